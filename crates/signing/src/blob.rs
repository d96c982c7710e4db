//! Signatures over the bytes of a file of any size, which is read once and held nowhere.

use std::io::{self, Read};

use aws_lc_rs::digest::{self, Context, Digest};

use crate::key::KeyKind;

/// Ed25519 signs no digest, so that its messages are held; larger ones are refused, in bytes.
const LARGEST_HELD: u64 = 64 << 20;

/// Bytes that are read at once.
const STEP: usize = 1 << 16;

/// What keys of one kind sign of a file.
#[derive(Debug)]
pub struct Prehashed(pub(crate) Inner);

#[derive(Debug)]
pub(crate) enum Inner {
    /// ECDSA signs a digest.
    Digest(Digest),
    /// Ed25519 signs the bytes.
    Bytes(Vec<u8>),
}

impl Prehashed {
    /// The digest, where one is signed.
    #[must_use]
    pub fn digest(&self) -> Option<&[u8]> {
        match &self.0 {
            Inner::Digest(digest) => Some(digest.as_ref()),
            Inner::Bytes(_) => None,
        }
    }
}

impl KeyKind {
    /// Reads a file as keys of this kind sign it.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than 64 MiB and the kind is Ed25519.
    pub fn prehash(self, file: &mut dyn Read) -> io::Result<Prehashed> {
        let algorithm = match self {
            Self::EcdsaP256 => &digest::SHA256,
            Self::EcdsaP384 => &digest::SHA384,
            Self::EcdsaP521 => &digest::SHA512,
            Self::Ed25519 => {
                let mut bytes = Vec::new();
                file.take(LARGEST_HELD + 1).read_to_end(&mut bytes)?;
                if bytes.len() as u64 > LARGEST_HELD {
                    return Err(io::Error::other("too large for an Ed25519 signature"));
                }
                return Ok(Prehashed(Inner::Bytes(bytes)));
            }
        };
        let mut context = Context::new(algorithm);
        let mut piece = vec![0; STEP];
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Ok(Prehashed(Inner::Digest(context.finish()))),
                Ok(read) => context.update(piece.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_key::PrivateKey;

    #[test]
    fn every_kind_verifies_what_it_signed_and_nothing_else() {
        let file = vec![7; 3 * STEP + 5];
        for kind in KeyKind::ALL {
            let key = PrivateKey::generate(kind).unwrap();
            let signature = key.sign(&file).unwrap();
            let prehashed = kind.prehash(&mut file.as_slice()).unwrap();
            assert!(
                key.public().verify_prehashed(&prehashed, &signature),
                "{kind}"
            );
            let other = kind.prehash(&mut &file[1..]).unwrap();
            assert!(!key.public().verify_prehashed(&other, &signature), "{kind}");
            // What Ed25519 signs are the bytes themselves, which serve every kind.
            let digests = [KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::EcdsaP521];
            for wrong in digests.into_iter().filter(|wrong| *wrong != kind) {
                let prehashed = wrong.prehash(&mut file.as_slice()).unwrap();
                assert!(
                    !key.public().verify_prehashed(&prehashed, &signature),
                    "{kind} {wrong}"
                );
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_held_is_refused() {
        let mut endless = io::repeat(0);
        assert!(KeyKind::Ed25519.prehash(&mut endless).is_err());
    }
}
