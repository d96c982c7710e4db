//! `pkcs11:` URIs (RFC 7512), strictly: attributes that would be passed over could name another key.

use std::fmt;
use std::path::PathBuf;

use chainwright_signing::Secret;

/// Which key, on which token, through which driver.
#[derive(Clone, Default)]
pub struct Uri {
    /// Label of the token.
    pub token: Option<String>,
    /// Serial number of the token.
    pub serial: Option<String>,
    /// Manufacturer of the token.
    pub manufacturer: Option<String>,
    /// Model of the token.
    pub model: Option<String>,
    /// Number of the slot.
    pub slot: Option<u64>,
    /// Label of the key.
    pub object: Option<String>,
    /// `CKA_ID` of the key.
    pub id: Option<Vec<u8>>,
    /// Path of the driver.
    pub module: Option<PathBuf>,
    /// The PIN itself.
    pub pin: Option<Secret>,
    /// Path of a file with the PIN.
    pub pin_source: Option<PathBuf>,
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Uri(token {:?}, object {:?}, id {:?})",
            self.token, self.object, self.id
        )
    }
}

/// The text is no URI of a private key. No variant shows the text: it may hold a PIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Another scheme.
    #[error("the name of a key in a token begins with `pkcs11:`")]
    Scheme,
    /// An attribute without a value.
    #[error("`{0}` has no value")]
    NoValue(String),
    /// An attribute that is not known; it might name another key.
    #[error("the attribute `{0}` is not known")]
    Unknown(String),
    /// An attribute twice.
    #[error("the attribute `{0}` appears twice")]
    Repeated(String),
    /// A value that is not what the attribute wants.
    #[error("the value of `{0}` is not valid")]
    Value(String),
}

impl Uri {
    /// Reads a URI.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let rest = text.strip_prefix("pkcs11:").ok_or(UriError::Scheme)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self::default();
        let mut seen = Vec::new();
        let path = path.split(';').map(|attribute| (attribute, false));
        let query = query.split('&').map(|attribute| (attribute, true));
        for (attribute, is_query) in path
            .chain(query)
            .filter(|(attribute, _)| !attribute.is_empty())
        {
            let (name, value) = attribute
                .split_once('=')
                .ok_or_else(|| UriError::NoValue(plain(attribute)))?;
            if seen.contains(&name) {
                return Err(UriError::Repeated(plain(name)));
            }
            seen.push(name);
            let value = decode(value).ok_or_else(|| UriError::Value(plain(name)))?;
            uri.set(name, value, is_query)?;
        }
        Ok(uri)
    }

    fn set(&mut self, name: &str, value: Vec<u8>, is_query: bool) -> Result<(), UriError> {
        let refused = || UriError::Value(plain(name));
        let text = |value: Vec<u8>| String::from_utf8(value).map_err(|_| refused());
        match (name, is_query) {
            ("token", false) => self.token = Some(text(value)?),
            ("serial", false) => self.serial = Some(text(value)?),
            ("manufacturer", false) => self.manufacturer = Some(text(value)?),
            ("model", false) => self.model = Some(text(value)?),
            ("slot-id", false) => self.slot = Some(text(value)?.parse().map_err(|_| refused())?),
            ("object", false) => self.object = Some(text(value)?),
            ("id", false) => self.id = Some(value),
            ("type", false) if value != b"private" => return Err(refused()),
            ("type", false) => {}
            ("module-path", true) => self.module = Some(text(value)?.into()),
            ("pin-value", true) => self.pin = Some(Secret::new(value)),
            ("pin-source", true) => {
                let source = text(value)?;
                let path = source.strip_prefix("file:").unwrap_or(&source);
                self.pin_source = Some(path.strip_prefix("//").unwrap_or(path).into());
            }
            // Vendors may add attributes with this prefix; they select nothing that others know.
            (vendor, true) if vendor.starts_with("x-") => {}
            _ => return Err(UriError::Unknown(plain(name))),
        }
        Ok(())
    }
}

/// A name that can be shown: whatever is long or strange may be part of a PIN.
fn plain(name: &str) -> String {
    let is_plain = name.len() <= 20
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if is_plain {
        name.to_owned()
    } else {
        "…".to_owned()
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let value = |digit: u8| char::from(digit).to_digit(16);
        let byte = value(digits[0])? * 16 + value(digits[1])?;
        decoded.push(u8::try_from(byte).ok()?);
        rest = after;
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification_are_read() {
        let uri = Uri::parse("pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;type=private;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin").unwrap();
        assert_eq!(uri.token.as_deref(), Some("The Software PKCS#11 Softtoken"));
        assert_eq!(uri.manufacturer.as_deref(), Some("Snake Oil, Inc."));
        assert_eq!(
            uri.id.as_deref(),
            Some([0x69, 0x95, 0x3e, 0x5c, 0xf4, 0xbd, 0xec, 0x91].as_slice())
        );
        assert_eq!(uri.pin_source, Some(PathBuf::from("/etc/token_pin")));
        let uri = Uri::parse("pkcs11:slot-id=327;object=k?module-path=/mnt/libmypkcs11.so.1&pin-value=1%2034&x-vendor=a").unwrap();
        assert_eq!(uri.slot, Some(327));
        assert_eq!(uri.module, Some(PathBuf::from("/mnt/libmypkcs11.so.1")));
        assert_eq!(uri.pin.unwrap().expose(), b"1 34");
        assert!(Uri::parse("pkcs11:").is_ok());
    }

    #[test]
    fn what_could_name_another_key_is_refused() {
        let refused = |text: &str| Uri::parse(text).unwrap_err();
        assert_eq!(refused("pkcs12:object=a"), UriError::Scheme);
        assert_eq!(
            refused("pkcs11:object=a;object=b"),
            UriError::Repeated("object".to_owned())
        );
        assert_eq!(
            refused("pkcs11:objekt=a"),
            UriError::Unknown("objekt".to_owned())
        );
        assert_eq!(
            refused("pkcs11:object"),
            UriError::NoValue("object".to_owned())
        );
        assert_eq!(
            refused("pkcs11:type=public"),
            UriError::Value("type".to_owned())
        );
        assert_eq!(
            refused("pkcs11:pin-value=1"),
            UriError::Unknown("pin-value".to_owned())
        );
        assert_eq!(
            refused("pkcs11:?object=a"),
            UriError::Unknown("object".to_owned())
        );
        for text in [
            "pkcs11:id=%4",
            "pkcs11:id=%",
            "pkcs11:id=%zz",
            "pkcs11:slot-id=-1",
            "pkcs11:token=%ff",
            "pkcs11:id=%\u{e4}a",
        ] {
            assert!(matches!(refused(text), UriError::Value(_)), "{text}");
        }
    }

    #[test]
    fn a_pin_is_never_shown() {
        let uri = Uri::parse("pkcs11:object=a?pin-value=hunter2").unwrap();
        assert!(!format!("{uri:?}").contains("hunter2"));
        for text in [
            "pkcs11:?pin-value",
            "pkcs11:?hunter2",
            "pkcs11:?pin-value=hunter2%",
            "pkcs11:?pinhunter2=x",
        ] {
            let error = Uri::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}");
        }
    }
}
