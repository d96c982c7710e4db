//! Signing under an identity against a stand-in for the services, and what comes of it held against its trusted root.

use chainwright_attestations::dsse::IN_TOTO;
use chainwright_attestations::{Statement, Subject};
use chainwright_keyless::sign::{IdentitySigner, Services, Token};
use chainwright_keyless::{Artifact, TrustedRoot, Verifier};
use chainwright_signing::{Matcher, Policy, Refused, Secret, SignError, Signer, TimeSource};
use chainwright_stand_in::{self as stand_in, Mood, StandIn};
use serde_json::json;

const ARTIFACT_SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

fn policy(identity: &str) -> Policy {
    Policy {
        identities: vec![Matcher::Exact(identity.to_owned())],
        issuers: vec![Matcher::Exact(stand_in::ISSUER.to_owned())],
        ..Policy::default()
    }
}

fn signer(service: &StandIn) -> IdentitySigner {
    let token = Token::new(&Secret::new(stand_in::token())).unwrap();
    IdentitySigner::new(Services::at(&service.address, &service.address), token).unwrap()
}

fn verifier(service: &StandIn) -> Verifier {
    Verifier::new(&TrustedRoot::from_json(service.trusted_root().as_bytes()).unwrap()).unwrap()
}

#[test]
fn what_is_signed_under_an_identity_verifies_offline() {
    let service = StandIn::start(Mood::Helpful);
    let statement = Statement::new(
        vec![Subject::new("foo", ARTIFACT_SHA256)],
        "https://example.com/claim",
        json!({}),
    );
    let signer = signer(&service);
    let attested = signer.sign_payload(IN_TOTO, &statement.write()).unwrap();
    let signed = signer.sign_artifact(b"foo").unwrap();
    let verifier = verifier(&service);
    for bundle in [attested, signed] {
        let verify =
            |artifact, identity| verifier.verify(&bundle.write(), artifact, &policy(identity));
        let verified = verify(Artifact::Bytes(b"foo"), stand_in::IDENTITY).unwrap();
        assert_eq!(
            verified.identity.unwrap().issuer.as_deref(),
            Some(stand_in::ISSUER)
        );
        assert_eq!(verified.moment.source, TimeSource::Log);
        let refused = verify(Artifact::Bytes(b"bar"), stand_in::IDENTITY);
        assert!(
            matches!(
                refused,
                Err(Refused::WrongArtifact { .. } | Refused::BadSignature)
            ),
            "{refused:?}"
        );
        let refused = verify(Artifact::Bytes(b"foo"), "other@example.com");
        assert!(
            matches!(refused, Err(Refused::WrongIdentity { .. })),
            "{refused:?}"
        );
        let public = Verifier::new(&TrustedRoot::public_good().unwrap()).unwrap();
        let refused = public.verify(
            &bundle.write(),
            Artifact::Bytes(b"foo"),
            &policy(stand_in::IDENTITY),
        );
        assert!(
            matches!(
                refused,
                Err(Refused::BadLogProof { .. } | Refused::BadChain { .. })
            ),
            "{refused:?}"
        );
    }
}

#[test]
fn a_service_that_fails_says_so_and_the_token_stays_hidden() {
    for mood in [Mood::Refusing, Mood::Talking, Mood::Silent] {
        let service = StandIn::start(mood);
        let error = signer(&service).sign_artifact(b"foo").unwrap_err();
        assert!(matches!(error, SignError::Service { .. }), "{error:?}");
        let shown = format!("{error} {error:?} {:?}", signer(&service));
        for part in stand_in::token().split('.').filter(|part| part.len() > 8) {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

#[test]
fn a_token_that_is_none_and_payloads_that_are_no_statements_are_refused() {
    for text in ["", "a.b", "a.b.c", "\u{0}"] {
        assert!(
            matches!(
                Token::new(&Secret::new(text)),
                Err(SignError::Service { .. })
            ),
            "{text:?}"
        );
    }
    let service = StandIn::start(Mood::Helpful);
    assert!(matches!(
        signer(&service).sign_payload("text/plain", b"x"),
        Err(SignError::Key(_))
    ));
    assert!(matches!(
        signer(&service).sign_payload(IN_TOTO, b"x"),
        Err(SignError::Service { .. })
    ));
}
