//! Certificates: authorities, and what they issue.

use std::time::Duration;

use chainwright_attestations::base64;
use chainwright_signing::{KeyKind, PrivateKey, PublicKey};
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{BitString, OctetString, UtcTime};
use der::{Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, TbsCertificate, Version};

use crate::{now, sha256};

const DAY: u64 = 86_400;

/// A certificate authority that signs itself.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) name: &'static str,
    pub(crate) key: PrivateKey,
    pub(crate) certificate: Vec<u8>,
}

impl Issuer {
    pub(crate) fn new(name: &'static str) -> Self {
        let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
        let mut issuer = Self {
            name,
            key,
            certificate: Vec::new(),
        };
        let constraints = BasicConstraints {
            ca: true,
            path_len_constraint: None,
        };
        let usages = KeyUsages::KeyCertSign | KeyUsages::CRLSign;
        let extensions = vec![
            extension(&constraints, true),
            extension(&KeyUsage(usages), true),
            extension(&key_id(issuer.key.public()), false),
        ];
        let now = now().as_secs();
        let valid = (now - 4000 * DAY, now + 4000 * DAY);
        let body = issuer.body(issuer.key.public(), name, valid, extensions);
        issuer.certificate = issuer.sign(&body);
        issuer
    }

    /// The certificate of a timestamp authority.
    pub(crate) fn stamper(&self, key: &PrivateKey) -> Vec<u8> {
        let stamping = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
        let extensions = vec![
            extension(&KeyUsage(KeyUsages::DigitalSignature.into()), true),
            extension(&ExtendedKeyUsage(vec![stamping]), true),
            extension(&key_id(key.public()), false),
            self.authority_key(),
        ];
        let now = now().as_secs();
        let valid = (now - 3900 * DAY, now + 3900 * DAY);
        self.sign(&self.body(key.public(), "CN=Stand-in clock", valid, extensions))
    }

    pub(crate) fn authority_key(&self) -> Extension {
        let identifier = AuthorityKeyIdentifier {
            key_identifier: Some(key_id(self.key.public()).0),
            authority_cert_issuer: None,
            authority_cert_serial_number: None,
        };
        extension(&identifier, false)
    }

    pub(crate) fn body(
        &self,
        subject_key: &PublicKey,
        subject: &str,
        valid: (u64, u64),
        extensions: Vec<Extension>,
    ) -> TbsCertificate {
        let name = |text: &str| match text {
            "" => Name::default(),
            text => text.parse().unwrap(),
        };
        // Until 2049 times are in the short form (RFC 5280, section 4.1.2.5).
        let time = |seconds: u64| {
            Time::UtcTime(UtcTime::from_unix_duration(Duration::from_secs(seconds)).unwrap())
        };
        TbsCertificate {
            version: Version::V3,
            serial_number: SerialNumber::new(&[&[1], &sha256(subject_key.to_der())[..8]].concat())
                .unwrap(),
            signature: ecdsa(),
            issuer: name(self.name),
            validity: Validity {
                not_before: time(valid.0),
                not_after: time(valid.1),
            },
            subject: name(subject),
            subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(subject_key.to_der())
                .unwrap(),
            issuer_unique_id: None,
            subject_unique_id: None,
            extensions: Some(extensions),
        }
    }

    pub(crate) fn sign(&self, body: &TbsCertificate) -> Vec<u8> {
        let signature = self.key.sign(&body.to_der().unwrap()).unwrap();
        let certificate = Certificate {
            tbs_certificate: body.clone(),
            signature_algorithm: ecdsa(),
            signature: BitString::from_bytes(&signature).unwrap(),
        };
        certificate.to_der().unwrap()
    }
}

pub(crate) fn key_id(key: &PublicKey) -> SubjectKeyIdentifier {
    SubjectKeyIdentifier(OctetString::new(&sha256(key.raw())[..20]).unwrap())
}

fn ecdsa() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        parameters: None,
    }
}

pub(crate) fn extension<T: AssociatedOid + Encode>(value: &T, critical: bool) -> Extension {
    raw_extension(T::OID, critical, value.to_der().unwrap())
}

pub(crate) fn raw_extension(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: Vec<u8>,
) -> Extension {
    Extension {
        extn_id,
        critical,
        extn_value: OctetString::new(value).unwrap(),
    }
}

pub(crate) fn pem(der: &[u8]) -> String {
    let text = base64::encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}
