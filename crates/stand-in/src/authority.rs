//! The certificate authority: a certificate of ten minutes for whom a token names.

use chainwright_attestations::base64;
use chainwright_signing::PublicKey;
use const_oid::ObjectIdentifier;
use der::Encode;
use der::asn1::{Ia5String, OctetString, Utf8StringRef};
use serde_json::{Value, json};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName};

use crate::certificates::{extension, key_id, pem, raw_extension};
use crate::{State, now, sha256};

/// The claims of a token. Nothing of it is checked.
fn claims(request: &Value) -> Value {
    let token = request["credentials"]["oidcIdentityToken"]
        .as_str()
        .unwrap();
    let middle = token.split('.').nth(1).unwrap();
    let middle = middle.replace('-', "+").replace('_', "/");
    serde_json::from_slice(&base64::decode(&middle).unwrap()).unwrap()
}

/// A certificate with the promise of the certificate log in it (RFC 6962, section 3.3).
pub(crate) fn certify(request: &Value, state: &State) -> Value {
    let asked = &request["publicKeyRequest"];
    let key = asked["publicKey"]["content"].as_str().unwrap();
    let subject = PublicKey::from_pem(key.as_bytes()).unwrap();
    let proof = base64::decode(asked["proofOfPossession"].as_str().unwrap()).unwrap();
    let claims = claims(request);
    let mail = claims["email"].as_str();
    let identity = mail.or(claims["sub"].as_str()).unwrap();
    subject.verify(identity.as_bytes(), &proof).unwrap();
    let issuer = claims["iss"].as_str().unwrap();
    let name = Ia5String::new(identity).unwrap();
    let name = match mail {
        Some(_) => GeneralName::Rfc822Name(name),
        None => GeneralName::UniformResourceIdentifier(name),
    };
    let code_signing = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
    let written = Utf8StringRef::new(issuer).unwrap().to_der().unwrap();
    let mut extensions = vec![
        extension(&KeyUsage(KeyUsages::DigitalSignature.into()), true),
        extension(&ExtendedKeyUsage(vec![code_signing]), false),
        extension(&key_id(&subject), false),
        state.authority.authority_key(),
        extension(&SubjectAltName(vec![name]), true),
        raw_extension(
            ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.1"),
            false,
            issuer.as_bytes().to_vec(),
        ),
        raw_extension(
            ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.8"),
            false,
            written,
        ),
    ];
    let begins = now().as_secs() - 60;
    let valid = (begins, begins + 600);
    let before = state
        .authority
        .body(&subject, "", valid, extensions.clone());
    let promise = promise(&before.to_der().unwrap(), state);
    extensions.push(raw_extension(
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2"),
        false,
        OctetString::new(promise).unwrap().to_der().unwrap(),
    ));
    let leaf = state.authority.body(&subject, "", valid, extensions);
    let leaf = state.authority.sign(&leaf);
    let chain = [pem(&leaf), pem(&state.authority.certificate)];
    json!({"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}})
}

fn promise(before: &[u8], state: &State) -> Vec<u8> {
    let log = &state.certificates;
    let millis = u64::try_from(now().as_millis()).unwrap().to_be_bytes();
    let length = u32::try_from(before.len()).unwrap().to_be_bytes();
    let issuer = sha256(state.authority.key.public().to_der());
    let signed = [
        &[0, 0],
        millis.as_slice(),
        &[0, 1],
        &issuer,
        &length[1..],
        before,
        &[0, 0],
    ]
    .concat();
    let signature = log.sign(&signed).unwrap();
    let short = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        [length.as_slice(), bytes].concat()
    };
    let id = sha256(log.public().to_der());
    let signature = short(&signature);
    let promise = [&[0], id.as_slice(), &millis, &[0, 0, 4, 3], &signature].concat();
    short(&short(&promise))
}
