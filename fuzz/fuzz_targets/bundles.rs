//! Bundles, envelopes and statements: read strictly, written again, held against a policy; keys and certificates.

#![no_main]

use chainwright_attestations::{Bundle, Content, Document, Limits, Statement, base64, dsse};
use chainwright_signing::certificates::key_of;
use chainwright_signing::{Moment, Policy, PrivateKey, PublicKey, Roots, Time, verify_envelope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default();
    let _ = PublicKey::from_pem(data);
    let _ = PublicKey::from_der(data);
    let _ = PrivateKey::from_pem(data, None);
    let _ = Roots::from_pem(data);
    let _ = Statement::read(data, &limits);
    let _ = dsse::faulty_pae_of_oms_0_2("t", data);
    assert_eq!(base64::decode(&base64::encode(data)).as_deref(), Some(data));
    for document in Document::read_all(data, &limits).into_iter().flatten() {
        if let Document::Bundle(bundle) = &document {
            let again =
                Bundle::read(&bundle.write(), &limits).expect("what is written can be read");
            assert_eq!(again.content, bundle.content);
            for certificate in bundle.material.certificates() {
                let _ = key_of(certificate);
            }
            if let Content::Envelope(envelope) = &bundle.content {
                let refused = verify_envelope(
                    envelope,
                    &bundle.material,
                    &Policy::default(),
                    Moment::now(Time(0)),
                );
                assert!(refused.is_err(), "nothing is trusted");
            }
        }
        if let Some(envelope) = document.envelope() {
            let _ = Statement::of_envelope(envelope, &limits);
        }
    }
});
