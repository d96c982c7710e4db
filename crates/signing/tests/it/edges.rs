//! Signatures at the edges of ECDSA and Ed25519, in the manner of the Wycheproof vectors.

use chainwright_attestations::{Content, Envelope, Limits, Material, Signature};
use chainwright_signing::{
    KeyKind, KeySigner, Moment, Policy, PrivateKey, PublicKey, Refused, Signer, Time, TimeSource,
    verify_envelope, verify_envelope_of_oms_0_2, verify_message,
};
use proptest::prelude::*;

use crate::fixture;

const MESSAGE: &[u8] = b"what is signed";

fn key(name: &str) -> PrivateKey {
    PrivateKey::from_pem(&fixture(&format!("keys/{name}.pkcs8.pem")), None).expect("a key")
}

/// The two integers of a DER signature as big-endian bytes without leading zeros.
fn integers(signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let body = if signature[1] == 0x81 {
        &signature[3..]
    } else {
        &signature[2..]
    };
    let length = usize::from(body[1]);
    let (first, second) = (&body[2..2 + length], &body[4 + length..]);
    let plain = |bytes: &[u8]| {
        bytes
            .iter()
            .copied()
            .skip_while(|byte| *byte == 0)
            .collect()
    };
    (plain(first), plain(second))
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut body = bytes.to_vec();
    if body.first().is_none_or(|byte| *byte >= 0x80) {
        body.insert(0, 0);
    }
    let mut encoded = vec![2, u8::try_from(body.len()).unwrap()];
    encoded.append(&mut body);
    encoded
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut encoded = vec![0x30];
    if body.len() >= 0x80 {
        encoded.push(0x81);
    }
    encoded.push(u8::try_from(body.len()).unwrap());
    encoded.extend(body);
    encoded
}

/// The order of P-256 (SEC 2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Adds or subtracts big-endian numbers of equal length; carries beyond the first byte are returned.
fn combine(left: &[u8], right: &[u8], sign: i32) -> (Vec<u8>, i32) {
    let mut carry = 0;
    let mut result = vec![0; left.len()];
    for at in (0..left.len()).rev() {
        let sum = i32::from(left[at]) + sign * i32::from(right[at]) + carry;
        result[at] = u8::try_from(sum.rem_euclid(256)).unwrap();
        carry = sum.div_euclid(256);
    }
    (result, carry)
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    [vec![0; 32 - bytes.len()], bytes.to_vec()].concat()
}

#[test]
fn both_signs_of_s_are_legal_and_numbers_beyond_the_order_are_not() {
    let key = key("p256");
    let (r, s) = integers(&key.sign(MESSAGE).unwrap());
    let verify = |r: &[u8], s: &[u8]| {
        key.public()
            .verify(MESSAGE, &sequence(&[&integer(r), &integer(s)]))
    };
    assert_eq!(verify(&r, &s), Ok(()));
    let (negated, _) = combine(&ORDER, &padded(&s), -1);
    let negated: Vec<u8> = negated.into_iter().skip_while(|byte| *byte == 0).collect();
    assert_eq!(verify(&r, &negated), Ok(()));
    let (beyond, carry) = combine(&padded(&s), &ORDER, 1);
    let beyond = if carry == 1 {
        [vec![1], beyond].concat()
    } else {
        beyond
    };
    assert_eq!(verify(&r, &beyond), Err(Refused::BadSignature));
    for (r, s) in [
        (vec![], s.clone()),
        (r.clone(), vec![]),
        (vec![], vec![]),
        (ORDER.to_vec(), s.clone()),
        (r.clone(), ORDER.to_vec()),
    ] {
        assert_eq!(verify(&r, &s), Err(Refused::BadSignature));
    }
    assert_eq!(verify(&[1], &[1]), Err(Refused::BadSignature));
    assert_eq!(verify(&s, &r), Err(Refused::BadSignature));
}

#[test]
fn encodings_that_are_not_der_are_refused() {
    for name in ["p256", "p384", "p521"] {
        let key = key(name);
        let good = key.sign(MESSAGE).unwrap();
        let (r, s) = integers(&good);
        let public = key.public();
        let refused =
            |signature: &[u8]| public.verify(MESSAGE, signature) == Err(Refused::BadSignature);
        for length in 0..good.len() {
            assert!(refused(&good[..length]), "{name} cut at {length}");
        }
        assert!(refused(&[good.as_slice(), &[0]].concat()), "trailing byte");
        assert!(
            refused(&sequence(&[&integer(&r), &integer(&s), &integer(&[1])])),
            "third integer"
        );
        assert!(
            refused(&sequence(&[&integer(&r), &integer(&s), &[5, 0]])),
            "appended null"
        );
        assert!(
            refused(&sequence(&[&[2, 0], &integer(&s)])),
            "empty integer"
        );
        assert!(refused(&[integer(&r), integer(&s)].concat()), "no sequence");
        let long = [vec![0, 0], r.clone()].concat();
        let long = [vec![2, u8::try_from(long.len()).unwrap()], long].concat();
        assert!(refused(&sequence(&[&long, &integer(&s)])), "padded integer");
        let mut tag = good.clone();
        tag[0] = 0x31;
        assert!(refused(&tag), "a set");
        let raw = [r.as_slice(), &s].concat();
        assert!(refused(&raw), "raw numbers");
    }
}

#[test]
fn a_key_of_another_kind_never_verifies() {
    let names = ["p256", "p384", "p521", "ed25519"];
    for signer in names {
        let signature = key(signer).sign(MESSAGE).unwrap();
        for verifier in names {
            let verified = key(verifier).public().verify(MESSAGE, &signature).is_ok();
            assert_eq!(verified, signer == verifier, "{signer} {verifier}");
        }
    }
}

#[test]
fn ed25519_keys_and_signatures_of_wrong_length_are_refused() {
    let key = key("ed25519");
    let good = key.sign(MESSAGE).unwrap();
    assert_eq!(good.len(), 64);
    for length in 0..64 {
        assert!(key.public().verify(MESSAGE, &good[..length]).is_err());
    }
    assert!(
        key.public()
            .verify(MESSAGE, &[good.as_slice(), &[0]].concat())
            .is_err()
    );
    assert!(PublicKey::from_raw(KeyKind::Ed25519, &[0; 31]).is_err());
    assert!(PublicKey::from_raw(KeyKind::EcdsaP256, &[4; 65]).is_err());
    assert!(PublicKey::from_raw(KeyKind::EcdsaP256, &[0]).is_err());
}

fn policy(names: &[&str]) -> Policy {
    let keys = names.iter().map(|name| key(name).public().clone());
    Policy {
        keys: keys.collect(),
        ..Policy::default()
    }
}

#[test]
fn envelopes_are_held_against_the_keys_of_the_policy() {
    let now = Moment::now(Time(0));
    let bundle = KeySigner::new(key("p256"))
        .sign_payload("t", b"payload")
        .unwrap();
    let Content::Envelope(envelope) = bundle.content else {
        panic!("an envelope")
    };
    let verify = |policy: &Policy| verify_envelope(&envelope, &bundle.material, policy, now);
    let verified = verify(&policy(&["p384", "p256"])).unwrap();
    assert_eq!(&verified.key, key("p256").public());
    assert_eq!(verified.identity, None);
    assert!(
        matches!(verify(&policy(&["p384"])), Err(Refused::WrongKey { expected, .. }) if expected.len() == 1)
    );
    assert!(matches!(
        verify(&Policy::default()),
        Err(Refused::NothingTrusted { .. })
    ));
    let strict = Policy {
        least_time: TimeSource::Log,
        ..policy(&["p256"])
    };
    assert_eq!(
        verify(&strict),
        Err(Refused::WeakTime {
            found: TimeSource::Clock,
            needed: TimeSource::Log
        })
    );

    let mut typed = envelope.clone();
    typed.payload_type.push('x');
    let refused = verify_envelope(&typed, &bundle.material, &policy(&["p256"]), now);
    assert_eq!(refused, Err(Refused::BadSignature));
    let mut swapped = envelope.clone();
    swapped.payload = b"paylaod".to_vec();
    let refused = verify_envelope(&swapped, &bundle.material, &policy(&["p256"]), now);
    assert_eq!(refused, Err(Refused::BadSignature));
}

/// `keys/oms-0.2.json` was made with PyPI `cryptography`: P-384 with SHA-256 over the faulty encoding.
#[test]
fn envelopes_of_model_signing_0_2_are_read_by_their_own_function_only() {
    let now = Moment::now(Time(0));
    let text = fixture("keys/oms-0.2.json");
    let mut envelope = Envelope::read(&text, &Limits::default()).unwrap();
    let material = Material::public_key("");
    let read = |envelope: &Envelope, names: &[&str]| {
        verify_envelope_of_oms_0_2(envelope, &material, &policy(names), now)
    };
    assert!(read(&envelope, &["p384"]).is_ok());
    assert_eq!(read(&envelope, &["p521"]), Err(Refused::BadSignature));
    let usual = verify_envelope(&envelope, &material, &policy(&["p384"]), now);
    assert_eq!(usual, Err(Refused::BadSignature));
    envelope.payload.push(b' ');
    assert_eq!(read(&envelope, &["p384"]), Err(Refused::BadSignature));
}

#[test]
fn a_hint_is_never_believed() {
    let now = Moment::now(Time(0));
    let signature = key("p256").sign(MESSAGE).unwrap();
    let lying = Material::public_key(key("p384").public().hint());
    assert!(verify_message(MESSAGE, &signature, &lying, &policy(&["p256"]), now).is_ok());
    let refused = verify_message(MESSAGE, &signature, &lying, &policy(&["p384"]), now);
    assert_eq!(refused, Err(Refused::BadSignature));
    let itself = Material::PublicKey {
        hint: String::new(),
        raw: Some(key("p256").public().to_pem().into_bytes()),
    };
    let refused = verify_message(MESSAGE, &signature, &itself, &policy(&["p384"]), now);
    assert!(
        matches!(refused, Err(Refused::WrongKey { found, .. }) if found == key("p256").public().hint())
    );
    assert!(verify_message(MESSAGE, &signature, &itself, &Policy::default(), now).is_err());
}

#[test]
fn one_good_signature_among_few_is_enough_and_too_many_are_refused() {
    let now = Moment::now(Time(0));
    let mut envelope = Envelope::signed("t", b"x".to_vec(), vec![1]);
    let good = key("p256").sign(&envelope.pae()).unwrap();
    envelope.signatures.push(Signature::new(good));
    let material = Material::public_key("");
    assert!(verify_envelope(&envelope, &material, &policy(&["p256"]), now).is_ok());
    let many = vec![envelope.signatures[1].clone(); 65];
    envelope.signatures = many;
    let refused = verify_envelope(&envelope, &material, &policy(&["p256"]), now);
    assert!(matches!(refused, Err(Refused::Unsupported { .. })));
}

proptest! {
    #[test]
    fn no_other_bytes_are_a_signature(bytes in prop::collection::vec(any::<u8>(), 0..150)) {
        for name in ["p256", "p384", "p521", "ed25519"] {
            prop_assert!(key(name).public().verify(MESSAGE, &bytes).is_err());
        }
    }
}
