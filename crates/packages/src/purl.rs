//! Package URLs (purl, ECMA-427): reading, the canonical form, and the way to and from our own packages.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use chainwright_core::package::{Ecosystem, Package};
use thiserror::Error;

use crate::name;

/// The longest text that is read as a package URL, in bytes.
pub const LONGEST: usize = 8192;

/// A package URL in its parts, decoded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    /// The type in lower case, `pypi`.
    pub kind: String,
    /// Scope, owner, group or vendor; segments are divided by `/`.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The version, digest or revision.
    pub version: Option<String>,
    /// Further data, by key in lower case; no value is empty.
    pub qualifiers: BTreeMap<String, String>,
    /// A path inside the package.
    pub subpath: Option<String>,
}

/// Why a text is no package URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PurlError {
    /// It does not begin with `pkg:`.
    #[error("a package URL begins with `pkg:`")]
    Scheme,
    /// The type is missing or has characters that no type has.
    #[error("a package URL needs a type of letters, digits, `.`, `+` and `-`")]
    Type,
    /// The name is missing.
    #[error("a package URL needs a name")]
    Name,
    /// A key of the qualifiers is malformed or there twice.
    #[error("qualifiers of a package URL need distinct keys of letters, digits, `.`, `-` and `_`")]
    Qualifier,
    /// A percent sign without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("a package URL has a broken percent encoding")]
    Encoding,
    /// Longer than any honest one.
    #[error("a package URL may have {LONGEST} bytes")]
    Length,
}

/// Reads a package URL.
///
/// # Errors
///
/// If it breaks the specification's rules; see [`PurlError`].
pub fn parse(text: &str) -> Result<Purl, PurlError> {
    if text.len() > LONGEST {
        return Err(PurlError::Length);
    }
    let (scheme, rest) = text.trim().split_once(':').ok_or(PurlError::Scheme)?;
    if !scheme.eq_ignore_ascii_case("pkg") {
        return Err(PurlError::Scheme);
    }
    let (rest, subpath) = split_tail(rest, '#');
    let (rest, qualifiers) = split_tail(rest, '?');
    let (kind, path) = rest
        .trim_matches('/')
        .split_once('/')
        .ok_or(PurlError::Name)?;
    let (path, version) = split_version(path.trim_matches('/'));
    let (namespace, name) = match path.rsplit_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, path),
    };
    Purl {
        kind: kind.to_owned(),
        namespace: namespace.map(segments).transpose()?,
        name: decode(name)?,
        version: version.map(decode).transpose()?,
        qualifiers: qualifiers
            .map(read_qualifiers)
            .transpose()?
            .unwrap_or_default(),
        subpath: subpath.map(segments).transpose()?,
    }
    .checked()
}

/// The canonical package URL of a package.
#[must_use]
pub fn write(package: &Package) -> String {
    Purl::from(package).to_string()
}

fn split_tail(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.rsplit_once(mark) {
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    }
}

/// The version follows the last `@`, except where that begins a scope (`@babel/core`).
fn split_version(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('@') {
        Some((head, version)) if !head.is_empty() && !head.ends_with('/') => (head, Some(version)),
        _ => (path, None),
    }
}

fn segments(text: &str) -> Result<String, PurlError> {
    let mut joined = String::new();
    for segment in text.split('/') {
        let decoded = decode(segment)?;
        if decoded.is_empty() || decoded == "." || decoded == ".." {
            continue;
        }
        if !joined.is_empty() {
            joined.push('/');
        }
        joined.push_str(&decoded);
    }
    Ok(joined)
}

fn read_qualifiers(text: &str) -> Result<BTreeMap<String, String>, PurlError> {
    let mut found = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(PurlError::Qualifier)?;
        let value = decode(value)?;
        if value.is_empty() {
            continue;
        }
        if found.insert(key.to_ascii_lowercase(), value).is_some() {
            return Err(PurlError::Qualifier);
        }
    }
    Ok(found)
}

fn decode(text: &str) -> Result<String, PurlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(PurlError::Encoding);
        };
        bytes.push(u8::try_from((high << 4) | low).map_err(|_| PurlError::Encoding)?);
    }
    String::from_utf8(bytes).map_err(|_| PurlError::Encoding)
}

fn encode(text: &str, keep: &str, out: &mut impl fmt::Write) -> fmt::Result {
    for byte in text.bytes() {
        let letter = char::from(byte);
        if byte.is_ascii_alphanumeric() || ".-_~:".contains(letter) || keep.contains(letter) {
            out.write_char(letter)?;
        } else {
            write!(out, "%{byte:02X}")?;
        }
    }
    Ok(())
}

impl Purl {
    /// Brings the parts into the form that the type asks for.
    ///
    /// # Errors
    ///
    /// If the type, the name or a qualifier's key is not allowed.
    pub fn checked(mut self) -> Result<Self, PurlError> {
        let legal_type = self
            .kind
            .starts_with(|next: char| next.is_ascii_alphabetic())
            && self
                .kind
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || ".+-".contains(next));
        if !legal_type {
            return Err(PurlError::Type);
        }
        self.kind.make_ascii_lowercase();
        self.name = self.name.trim_matches('/').to_owned();
        if self.name.is_empty() {
            return Err(PurlError::Name);
        }
        self.qualifiers.retain(|_, value| !value.is_empty());
        let legal_key = |key: &String| {
            key.starts_with(|next: char| next.is_ascii_alphabetic())
                && key
                    .chars()
                    .all(|next| next.is_ascii_alphanumeric() || ".-_".contains(next))
        };
        if !self.qualifiers.keys().all(legal_key) {
            return Err(PurlError::Qualifier);
        }
        for part in [&mut self.namespace, &mut self.version, &mut self.subpath] {
            if part.as_deref().is_some_and(str::is_empty) {
                *part = None;
            }
        }
        self.normalise();
        Ok(self)
    }

    /// The type's own rules (purl-spec `types/*-definition.json`).
    fn normalise(&mut self) {
        match self.kind.as_str() {
            "pypi" => self.name = self.name.to_lowercase().replace('_', "-"),
            "golang" | "github" | "bitbucket" | "composer" | "deb" | "apk" | "alpm" | "hex"
            | "luarocks" => {
                self.name = self.name.to_lowercase();
                self.namespace = self.namespace.take().map(|text| text.to_lowercase());
            }
            "oci" | "npm" => self.name = self.name.to_lowercase(),
            "rpm" => self.namespace = self.namespace.take().map(|text| text.to_lowercase()),
            "huggingface" => self.version = self.version.take().map(|text| text.to_lowercase()),
            "mlflow" => {
                let databricks = self
                    .qualifiers
                    .get("repository_url")
                    .is_some_and(|url| url.contains("azuredatabricks"));
                if databricks {
                    self.name = self.name.to_lowercase();
                }
            }
            _ => {}
        }
    }

    /// The package that is meant; `None` for types that are no ecosystem of ours.
    ///
    /// The distribution comes from the qualifier `distro`, an image's whole name from `repository_url` and, where no
    /// digest is given, its version from `tag`.
    #[must_use]
    pub fn to_package(&self) -> Option<Package> {
        let ecosystem = Ecosystem::from_purl_type(&self.kind)?;
        let qualifier = |key: &str| self.qualifiers.get(key).cloned();
        let joined = |mark: &str| match &self.namespace {
            Some(namespace) => format!("{namespace}{mark}{}", self.name),
            None => self.name.clone(),
        };
        let (name, distribution, version) = match ecosystem {
            Ecosystem::Debian | Ecosystem::Alpine | Ecosystem::Rpm => {
                let distribution = qualifier("distro").or_else(|| self.namespace.clone());
                (
                    self.name.clone(),
                    distribution.unwrap_or_default(),
                    self.system_version(),
                )
            }
            Ecosystem::Oci => {
                let version = self.version.clone().or_else(|| qualifier("tag"));
                (
                    qualifier("repository_url").unwrap_or_else(|| joined("/")),
                    String::new(),
                    version,
                )
            }
            Ecosystem::Maven => (joined(":"), String::new(), self.version.clone()),
            _ => (joined("/"), String::new(), self.version.clone()),
        };
        Some(Package {
            ecosystem,
            distribution,
            name: name::normalise(ecosystem, &name),
            version,
        })
    }

    /// An rpm's epoch stands in a qualifier of its own.
    fn system_version(&self) -> Option<String> {
        let version = self.version.clone()?;
        Some(match self.qualifiers.get("epoch") {
            Some(epoch) if self.kind == "rpm" && epoch != "0" => format!("{epoch}:{version}"),
            _ => version,
        })
    }
}

impl From<&Package> for Purl {
    fn from(package: &Package) -> Self {
        let mut version = package.version.clone();
        let mut qualifiers = BTreeMap::new();
        let split = |mark: char| match package.name.rsplit_once(mark) {
            Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
            None => (None, package.name.clone()),
        };
        let (namespace, name) = match package.ecosystem {
            Ecosystem::Debian | Ecosystem::Alpine | Ecosystem::Rpm => {
                let id = package.distribution.split('-').next().unwrap_or_default();
                if !package.distribution.is_empty() {
                    qualifiers.insert("distro".to_owned(), package.distribution.clone());
                }
                let parts = version.as_deref().and_then(|text| text.split_once(':'));
                if package.ecosystem == Ecosystem::Rpm
                    && let Some((epoch, rest)) = parts
                {
                    qualifiers.insert("epoch".to_owned(), epoch.to_owned());
                    version = Some(rest.to_owned());
                }
                (Some(id.to_owned()), package.name.clone())
            }
            Ecosystem::Oci => {
                if package.name.contains('/') {
                    qualifiers.insert("repository_url".to_owned(), package.name.clone());
                }
                if let Some(tag) = version.take_if(|text| !text.contains(':')) {
                    qualifiers.insert("tag".to_owned(), tag);
                }
                (None, split('/').1)
            }
            Ecosystem::Maven => split(':'),
            Ecosystem::PyPi | Ecosystem::Cargo | Ecosystem::Conda => (None, package.name.clone()),
            _ => split('/'),
        };
        let purl = Self {
            kind: package.ecosystem.purl_type().to_owned(),
            namespace,
            name,
            version,
            qualifiers,
            subpath: None,
        };
        purl.clone().checked().unwrap_or(purl)
    }
}

/// The canonical form.
impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}", self.kind)?;
        if let Some(namespace) = self.namespace.as_deref().filter(|text| !text.is_empty()) {
            f.write_char('/')?;
            encode(namespace, "/", f)?;
        }
        f.write_char('/')?;
        encode(&self.name, "", f)?;
        if let Some(version) = &self.version {
            f.write_char('@')?;
            encode(version, "", f)?;
        }
        for (at, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}=", if at == 0 { '?' } else { '&' })?;
            encode(value, "", f)?;
        }
        if let Some(subpath) = &self.subpath {
            f.write_char('#')?;
            encode(subpath, "/", f)?;
        }
        Ok(())
    }
}
