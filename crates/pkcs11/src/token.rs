//! A key in a token.

use std::path::PathBuf;
use std::{fmt, fs, io};

use chainwright_attestations::Der;
use chainwright_signing::certificates::{chain_of, key_of};
use chainwright_signing::key::der_signature;
use chainwright_signing::{KeyKind, PublicKey, RawSigner, Secret, SignError};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::RawAuthPin;

use crate::uri::{Uri, UriError};

/// The key cannot be used. No variant holds a PIN.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The name of the key.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// No driver was named.
    #[error("no driver was named")]
    NoModule,
    /// The driver cannot be loaded.
    #[error("the driver `{path}` cannot be loaded")]
    Module {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        source: Error,
    },
    /// The file with the PIN cannot be read.
    #[error("the PIN cannot be read from `{path}`")]
    PinSource {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No PIN was given.
    #[error("the token asks for a PIN, and none was given")]
    PinNeeded,
    /// The PIN is wrong.
    #[error("the PIN is wrong")]
    WrongPin,
    /// Too many wrong PINs were given.
    #[error("the PIN is locked")]
    PinLocked,
    /// No such token.
    #[error("no token fits the name")]
    NoToken,
    /// More than one token.
    #[error("{0} tokens fit the name")]
    SeveralTokens(usize),
    /// No such key.
    #[error("no private key of the token fits the name")]
    NoKey,
    /// More than one key.
    #[error("{0} private keys of the token fit the name")]
    SeveralKeys(usize),
    /// The token has no public key beside the private one.
    #[error("the token has no public key with the ID of the private one")]
    NoPublicKey,
    /// The token has no certificate for the key.
    #[error("the token has no certificate for the key")]
    NoCertificate,
    /// A key of another kind.
    #[error("the key is of a kind that is not supported")]
    UnsupportedKey,
    /// The driver failed.
    #[error("the driver failed: {0}")]
    Driver(#[from] Error),
}

impl TokenError {
    /// What the reader can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Uri(_) => "write it as `pkcs11:token=LABEL;object=KEY`, see RFC 7512",
            Self::NoModule => {
                "name the driver, as in `pkcs11:...?module-path=/usr/lib/softhsm/libsofthsm2.so`"
            }
            Self::Module { .. } => {
                "check the path of the driver, and that it is for this kind of machine"
            }
            Self::PinSource { .. } | Self::PinNeeded => "give the PIN with `pin-source=file:PATH`",
            Self::WrongPin => "check the PIN; after some wrong ones the token locks itself",
            Self::PinLocked => "unlock the token with the tools of its vendor",
            Self::NoToken | Self::SeveralTokens(_) => {
                "list the tokens with `pkcs11-tool --list-token-slots` and name one by label or serial"
            }
            Self::NoKey | Self::SeveralKeys(_) => {
                "list the keys with `pkcs11-tool --login --list-objects` and name one by label or ID"
            }
            Self::NoPublicKey => "store the public key in the token under the same ID",
            Self::NoCertificate => {
                "store the certificate in the token under the ID of the key, or give it as a file"
            }
            Self::UnsupportedKey => "use a key on P-256, P-384 or P-521, or an Ed25519 key",
            Self::Driver(_) => {
                "check that the token is present and that its driver works, as with `pkcs11-tool --test`"
            }
        }
    }
}

/// A private key in a token, in a session that is logged in.
pub struct TokenKey {
    session: Session,
    handle: ObjectHandle,
    public: PublicKey,
    id: Vec<u8>,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "TokenKey({}, {})",
            self.public.kind(),
            self.public.hint()
        )
    }
}

impl TokenKey {
    /// Opens the one key that a URI names. A PIN that is given comes before the one that the URI names.
    pub fn open(uri: &Uri, pin: Option<&Secret>) -> Result<Self, TokenError> {
        let context = context(uri)?;
        let slot = slot(&context, uri)?;
        let session = context.open_ro_session(slot)?;
        login(&session, uri, pin)?;
        let handle = private_key(&session, uri)?;
        let id = id(&session, handle)?;
        let public = public_key(&session, &id)?;
        Ok(Self {
            session,
            handle,
            public,
            id,
        })
    }

    /// The certificates that the token has for the key: the one with its ID first, then those that issued it, as far as
    /// they lie there. Roots are left out: verifiers have their own.
    pub fn certificates(&self) -> Result<Vec<Der>, TokenError> {
        let of_key = certificates(&self.session, Some(&self.id))?;
        let fitting = of_key
            .into_iter()
            .find(|one| key_of(one).is_ok_and(|key| key == self.public));
        let leaf = fitting.ok_or(TokenError::NoCertificate)?;
        let others = certificates(&self.session, None)?;
        Ok(chain_of(leaf, &others))
    }
}

impl RawSigner for TokenKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs in the token, and checks what it gave: a driver that signs with another key is found out here.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let failed = |error: Error| SignError::Token(error.to_string());
        let signature = match self.public.kind().hash(message) {
            Some(hash) => {
                let raw = self
                    .session
                    .sign(&Mechanism::Ecdsa, self.handle, &hash)
                    .map_err(failed)?;
                der_signature(&raw)
                    .ok_or_else(|| SignError::Token("it gave no ECDSA signature".to_owned()))?
            }
            None => {
                let pure = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
                self.session
                    .sign(&pure, self.handle, message)
                    .map_err(failed)?
            }
        };
        let checked = self.public.verify(message, &signature);
        checked
            .map_err(|_| SignError::Token("its signature doesn't fit its public key".to_owned()))?;
        Ok(signature)
    }
}

fn context(uri: &Uri) -> Result<Pkcs11, TokenError> {
    let path = uri.module.clone().ok_or(TokenError::NoModule)?;
    let loaded = Pkcs11::new(&path);
    let context = loaded.map_err(|source| TokenError::Module { path, source })?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(context),
        Err(error) => Err(error.into()),
    }
}

fn slot(context: &Pkcs11, uri: &Uri) -> Result<Slot, TokenError> {
    let mut fitting = Vec::new();
    for slot in context.get_slots_with_initialized_token()? {
        let info = context.get_token_info(slot)?;
        let fits = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        if fits(&uri.token, info.label())
            && fits(&uri.serial, info.serial_number())
            && fits(&uri.manufacturer, info.manufacturer_id())
            && fits(&uri.model, info.model())
            && uri.slot.is_none_or(|wanted| wanted == slot.id())
        {
            fitting.push(slot);
        }
    }
    match fitting.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(TokenError::NoToken),
        several => Err(TokenError::SeveralTokens(several.len())),
    }
}

fn login(session: &Session, uri: &Uri, pin: Option<&Secret>) -> Result<(), TokenError> {
    let from_file = match (&uri.pin, &uri.pin_source) {
        (None, Some(path)) if pin.is_none() => {
            let read = fs::read(path);
            Some(Secret::new(read.map_err(|source| {
                TokenError::PinSource {
                    path: path.clone(),
                    source,
                }
            })?))
        }
        _ => None,
    };
    let pin = pin
        .or(uri.pin.as_ref())
        .or(from_file.as_ref())
        .ok_or(TokenError::PinNeeded)?;
    let raw = RawAuthPin::new(Box::new(pin.expose().to_vec()));
    match session.login_with_raw(UserType::User, &raw) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
            _,
        )) => Err(TokenError::WrongPin),
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::PinLocked),
        Err(error) => Err(error.into()),
    }
}

fn private_key(session: &Session, uri: &Uri) -> Result<ObjectHandle, TokenError> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    template.extend(
        uri.object
            .as_ref()
            .map(|label| Attribute::Label(label.clone().into_bytes())),
    );
    template.extend(uri.id.clone().map(Attribute::Id));
    match session.find_objects(&template)?.as_slice() {
        [key] => Ok(*key),
        [] => Err(TokenError::NoKey),
        several => Err(TokenError::SeveralKeys(several.len())),
    }
}

/// The ID under which a token keeps what belongs to a key.
fn id(session: &Session, private: ObjectHandle) -> Result<Vec<u8>, TokenError> {
    for attribute in session.get_attributes(private, &[AttributeType::Id])? {
        if let Attribute::Id(found) = attribute {
            return Ok(found);
        }
    }
    Err(TokenError::NoPublicKey)
}

fn certificates(session: &Session, id: Option<&[u8]>) -> Result<Vec<Der>, TokenError> {
    let mut template = vec![Attribute::Class(ObjectClass::CERTIFICATE)];
    template.extend(id.map(|id| Attribute::Id(id.to_vec())));
    let mut found = Vec::new();
    for handle in session.find_objects(&template)? {
        for attribute in session.get_attributes(handle, &[AttributeType::Value])? {
            if let Attribute::Value(der) = attribute {
                found.push(Der(der));
            }
        }
    }
    Ok(found)
}

/// The public half lies beside the private one, under the same ID.
fn public_key(session: &Session, id: &[u8]) -> Result<PublicKey, TokenError> {
    let template = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::Id(id.to_vec()),
    ];
    let found = session.find_objects(&template)?;
    let [handle] = found.as_slice() else {
        return Err(TokenError::NoPublicKey);
    };
    let (mut parameters, mut point) = (None, None);
    for attribute in
        session.get_attributes(*handle, &[AttributeType::EcParams, AttributeType::EcPoint])?
    {
        match attribute {
            Attribute::EcParams(found) => parameters = Some(found),
            Attribute::EcPoint(found) => point = Some(found),
            _ => {}
        }
    }
    let (Some(parameters), Some(point)) = (parameters, point) else {
        return Err(TokenError::UnsupportedKey);
    };
    let kind = KeyKind::of_parameters(&parameters).ok_or(TokenError::UnsupportedKey)?;
    let unwrapped = octets(&point).unwrap_or(&point);
    PublicKey::from_raw(kind, unwrapped).map_err(|_| TokenError::UnsupportedKey)
}

/// The point is wrapped as a DER octet string, as the standard says, or is bare, as some drivers have it.
fn octets(der: &[u8]) -> Option<&[u8]> {
    let (header, body) = match der {
        [4, 0x81, length, body @ ..] => (*length, body),
        [4, length @ 0..=0x7f, body @ ..] => (*length, body),
        _ => return None,
    };
    (usize::from(header) == body.len()).then_some(body)
}
