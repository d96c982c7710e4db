//! Models that the reference implementation signed under an identity.

use std::fs;

use chainwright_keyless::{Artifact, TrustedRoot, Verifier};
use chainwright_signing::{Matcher, Policy, Refused, TimeSource};

use crate::data;

fn policy(identity: &str) -> Policy {
    Policy {
        identities: vec![Matcher::Exact(identity.to_owned())],
        issuers: vec![Matcher::Exact(
            "https://sigstore.verify.ibm.com/oauth2".to_owned(),
        )],
        ..Policy::default()
    }
}

#[test]
fn keyless_vectors_verify_under_their_identity_only() {
    let Some(folder) = data("oms") else { return };
    let verifier = Verifier::new(&TrustedRoot::public_good().unwrap()).unwrap();
    let versions = [
        ("v0.3.1", TimeSource::Log),
        ("v1.0.0", TimeSource::Log),
        ("v1.1.0", TimeSource::Timestamp),
    ];
    for (version, source) in versions {
        let bundle = fs::read(folder.join(format!("{version}-sigstore/model.sig"))).unwrap();
        let verify = |artifact, identity| verifier.verify(&bundle, artifact, &policy(identity));
        let verified = verify(Artifact::OwnSubject, "stefanb@us.ibm.com").unwrap();
        assert_eq!(verified.moment.source, source, "{version}");
        let refused = verify(Artifact::OwnSubject, "someone@else.example");
        assert!(
            matches!(refused, Err(Refused::WrongIdentity { .. })),
            "{version}"
        );
        let refused = verify(Artifact::Sha256([0; 32]), "stefanb@us.ibm.com");
        assert!(
            matches!(refused, Err(Refused::WrongArtifact { .. })),
            "{version}: {refused:?}"
        );
    }
}

#[test]
fn a_certificate_without_a_log_entry_is_refused() {
    let Some(folder) = data("oms") else { return };
    let verifier = Verifier::new(&TrustedRoot::public_good().unwrap()).unwrap();
    let path = folder.join("spec-vectors/v1.0/invalid/missing-tlog-entries.bundle.json");
    let bundle = fs::read(path).unwrap();
    let refused = verifier.verify(&bundle, Artifact::OwnSubject, &policy("stefanb@us.ibm.com"));
    assert!(
        matches!(
            refused,
            Err(Refused::NoTimestamp | Refused::BadLogProof { .. })
        ),
        "{refused:?}"
    );
}
