//! `chainwright.toml`: as written, with positions, and as validated.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use chainwright_core::digest::Sha256;
use chainwright_core::limits::Limits;
use chainwright_core::scan::Gate;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_images::base::TrustedBase;
use globset::Glob;
use serde::Deserialize;
use toml::Spanned;

use crate::allow::{AllowEntry, Date};

/// The name of the file, looked for in the working folder and upwards.
pub const FILE_NAME: &str = "chainwright.toml";

/// The configuration after validation; everything is optional.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where it came from.
    pub path: Option<PathBuf>,
    /// The gate, if set.
    pub gate: Option<Gate>,
    /// Patterns of paths to leave out.
    pub exclude: Vec<String>,
    /// Limits, with the defaults where nothing is set.
    pub limits: Limits,
    /// The allow-list.
    pub allow: Vec<AllowEntry>,
    /// Base images that somebody vouches for.
    pub trusted_bases: Vec<TrustedBase>,
    /// Where the store of advisories lies; relative paths begin at the folder of the configuration.
    pub intel_store: Option<PathBuf>,
    /// After how many days without news advisories count as old.
    pub stale_days: Option<u32>,
    /// How the names of one's own packages begin, such as `acme-` or `@acme/`.
    pub internal_prefixes: Vec<String>,
    /// Whom to trust with signatures.
    pub verify: Verify,
}

/// Whom to trust with signatures, and where more of them lie. Paths begin at the folder of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verify {
    /// Whether every scan verifies, also without being asked on the command line.
    pub always: bool,
    /// Public keys that may sign.
    pub keys: Vec<PathBuf>,
    /// Roots whose certificates may sign.
    pub certificate_roots: Vec<PathBuf>,
    /// Who may sign with a certificate, exactly.
    pub identities: Vec<String>,
    /// Who may sign, as patterns for whole names.
    pub identity_patterns: Vec<String>,
    /// Who may vouch for names, exactly.
    pub issuers: Vec<String>,
    /// Who may vouch, as patterns for whole names.
    pub issuer_patterns: Vec<String>,
    /// The trusted root of a Sigstore instance.
    pub trusted_root: Option<PathBuf>,
    /// Whether certificates that had ended count, as long as they were valid once.
    pub allow_expired: bool,
    /// Signatures outside of the targets.
    pub signatures: Vec<PathBuf>,
    /// Attestations outside of the targets: files or folders.
    pub attestations: Vec<PathBuf>,
    /// Whom to trust how far with provenance, and what to expect.
    pub slsa: Option<PathBuf>,
    /// Checkpoints of logs that were seen before.
    pub checkpoints: Vec<PathBuf>,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{}:{line}:{column}: {reason}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    gate: WrittenGate,
    #[serde(default)]
    scan: WrittenScan,
    #[serde(default)]
    limits: WrittenLimits,
    #[serde(default)]
    allow: Vec<Spanned<WrittenAllow>>,
    #[serde(default, rename = "trusted-base")]
    trusted_base: Vec<Spanned<WrittenBase>>,
    #[serde(default)]
    intel: WrittenIntel,
    #[serde(default)]
    dependencies: WrittenDependencies,
    #[serde(default)]
    verify: WrittenVerify,
}

/// One text or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Several {
    One(String),
    Many(Vec<String>),
}

impl Several {
    fn all(written: Option<Self>) -> Vec<String> {
        match written {
            None => Vec::new(),
            Some(Self::One(one)) => vec![one],
            Some(Self::Many(many)) => many,
        }
    }
}

/// In the words of the options of `verify`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenVerify {
    #[serde(default)]
    always: bool,
    key: Option<Several>,
    certificate_roots: Option<Several>,
    identity: Option<Several>,
    identity_regex: Option<Several>,
    issuer: Option<Several>,
    issuer_regex: Option<Several>,
    trusted_root: Option<String>,
    #[serde(default)]
    allow_expired: bool,
    signature: Option<Several>,
    attestation: Option<Several>,
    slsa: Option<String>,
    checkpoint: Option<Several>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenIntel {
    store: Option<Spanned<String>>,
    stale_days: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenDependencies {
    #[serde(default)]
    internal_prefixes: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenGate {
    severity: Option<Spanned<String>>,
    confidence: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenScan {
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLimits {
    depth: Option<u32>,
    members: Option<u64>,
    image_members: Option<u64>,
    unpacked_bytes: Option<u64>,
    ratio: Option<u64>,
    header_bytes: Option<u64>,
    text_bytes: Option<u64>,
    member_bytes: Option<u64>,
    file_seconds: Option<u64>,
    files: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAllow {
    rule: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    sha256: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
    expires: Option<Spanned<toml::value::Datetime>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenBase {
    name: String,
    #[serde(default)]
    layers: Vec<String>,
    #[serde(default)]
    digests: Vec<String>,
}

impl Config {
    /// Looks for the file in `folder` and every folder above it.
    #[must_use]
    pub fn discover(folder: &Path) -> Option<PathBuf> {
        folder
            .ancestors()
            .map(|above| above.join(FILE_NAME))
            .find(|path| path.is_file())
    }

    /// Reads and validates the file; `is_rule` knows the names of rules.
    ///
    /// # Errors
    /// When the file cannot be read or something in it is wrong, with its line and column.
    pub fn read(path: &Path, is_rule: &dyn Fn(&str) -> bool) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path, is_rule)
    }

    /// Validates the text of a configuration file.
    ///
    /// # Errors
    /// When something in it is wrong, with its line and column.
    pub fn parse(
        text: &str,
        path: &Path,
        is_rule: &dyn Fn(&str) -> bool,
    ) -> Result<Self, ConfigError> {
        let reader = Reader {
            text,
            path,
            is_rule,
        };
        let written: Written = toml::from_str(text)
            .map_err(|error| reader.invalid(error.span().unwrap_or_default(), error.message()))?;
        reader.validate(written)
    }
}

struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
    is_rule: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn invalid(&self, span: Range<usize>, reason: impl AsRef<str>) -> ConfigError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        let reason = reason.as_ref().lines().collect::<Vec<_>>().join(", ");
        ConfigError::Invalid {
            path: self.path.to_owned(),
            line,
            column,
            reason,
        }
    }

    fn validate(&self, written: Written) -> Result<Config, ConfigError> {
        for pattern in &written.scan.exclude {
            self.glob(pattern)?;
        }
        Ok(Config {
            path: Some(self.path.to_owned()),
            gate: self.gate(&written.gate)?,
            exclude: written
                .scan
                .exclude
                .into_iter()
                .map(Spanned::into_inner)
                .collect(),
            limits: limits(&written.limits),
            allow: written
                .allow
                .iter()
                .map(|entry| self.allow(entry))
                .collect::<Result<_, _>>()?,
            trusted_bases: written
                .trusted_base
                .iter()
                .map(|entry| self.trusted_base(entry))
                .collect::<Result<_, _>>()?,
            intel_store: self.store(&written.intel)?,
            stale_days: written.intel.stale_days,
            internal_prefixes: written
                .dependencies
                .internal_prefixes
                .iter()
                .map(|prefix| self.prefix(prefix))
                .collect::<Result<_, _>>()?,
            verify: self.verify(written.verify),
        })
    }

    fn verify(&self, written: WrittenVerify) -> Verify {
        let folder = self.path.parent().unwrap_or_else(|| Path::new(""));
        let path = |path: String| folder.join(path);
        let paths = |several| Several::all(several).into_iter().map(path).collect();
        Verify {
            always: written.always,
            keys: paths(written.key),
            certificate_roots: paths(written.certificate_roots),
            identities: Several::all(written.identity),
            identity_patterns: Several::all(written.identity_regex),
            issuers: Several::all(written.issuer),
            issuer_patterns: Several::all(written.issuer_regex),
            trusted_root: written.trusted_root.map(path),
            allow_expired: written.allow_expired,
            signatures: paths(written.signature),
            attestations: paths(written.attestation),
            slsa: written.slsa.map(path),
            checkpoints: paths(written.checkpoint),
        }
    }

    fn store(&self, written: &WrittenIntel) -> Result<Option<PathBuf>, ConfigError> {
        let Some(store) = &written.store else {
            return Ok(None);
        };
        if store.get_ref().is_empty() {
            return Err(self.invalid(store.span(), "the path of the store is empty"));
        }
        let folder = self.path.parent().unwrap_or_else(|| Path::new(""));
        Ok(Some(folder.join(store.get_ref())))
    }

    /// A prefix that every name has says nothing about anybody's own.
    fn prefix(&self, written: &Spanned<String>) -> Result<String, ConfigError> {
        let prefix = written.get_ref().trim();
        if prefix.chars().filter(|c| c.is_alphanumeric()).count() < 2 {
            let reason = format!("`{prefix}` is too short for a prefix such as acme- or @acme/");
            return Err(self.invalid(written.span(), reason));
        }
        Ok(prefix.to_owned())
    }

    fn trusted_base(&self, entry: &Spanned<WrittenBase>) -> Result<TrustedBase, ConfigError> {
        let written = entry.get_ref();
        if written.layers.is_empty() && written.digests.is_empty() {
            let reason =
                "a trusted base needs the digests of its `layers`, or `digests` of its manifest";
            return Err(self.invalid(entry.span(), reason));
        }
        let mut all = written.layers.iter().chain(&written.digests);
        if let Some(wrong) = all.find(|digest| !is_digest(digest)) {
            let reason = format!("`{wrong}` is not a digest such as sha256:…");
            return Err(self.invalid(entry.span(), reason));
        }
        Ok(TrustedBase {
            name: written.name.clone(),
            diff_ids: written.layers.clone(),
            digests: written.digests.clone(),
        })
    }

    fn gate(&self, written: &WrittenGate) -> Result<Option<Gate>, ConfigError> {
        if written.severity.is_none() && written.confidence.is_none() {
            return Ok(None);
        }
        let severity = written
            .severity
            .as_ref()
            .map(|text| self.parsed(text))
            .transpose()?;
        let confidence = written
            .confidence
            .as_ref()
            .map(|text| self.parsed(text))
            .transpose()?;
        Ok(Some(Gate {
            severity: severity.unwrap_or(Severity::Medium),
            confidence: confidence.unwrap_or(Confidence::Low),
        }))
    }

    fn allow(&self, entry: &Spanned<WrittenAllow>) -> Result<AllowEntry, ConfigError> {
        let written = entry.get_ref();
        let Some(reason) = &written.reason else {
            return Err(self.invalid(entry.span(), "an allow entry needs a `reason`"));
        };
        if reason.get_ref().trim().is_empty() {
            return Err(self.invalid(reason.span(), "the reason is empty"));
        }
        if written.rule.is_none() && written.path.is_none() && written.sha256.is_none() {
            let reason = "an allow entry needs a `rule`, a `path` or a `sha256`".to_owned();
            return Err(self.invalid(entry.span(), reason));
        }
        if let Some(rule) = written
            .rule
            .as_ref()
            .filter(|rule| !(self.is_rule)(rule.get_ref()))
        {
            let reason = format!("there is no rule `{}`", rule.get_ref());
            return Err(self.invalid(rule.span(), reason));
        }
        let path = written
            .path
            .as_ref()
            .map(|pattern| self.glob(pattern))
            .transpose()?;
        Ok(AllowEntry {
            rule: written.rule.as_ref().map(|rule| rule.get_ref().clone()),
            path: path.map(|glob| glob.compile_matcher()),
            sha256: written
                .sha256
                .as_ref()
                .map(|text| self.parsed::<Sha256>(text))
                .transpose()?,
            reason: reason.get_ref().clone(),
            expires: written
                .expires
                .as_ref()
                .map(|date| self.date(date))
                .transpose()?,
        })
    }

    fn parsed<T>(&self, text: &Spanned<String>) -> Result<T, ConfigError>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        text.get_ref()
            .parse()
            .map_err(|error: T::Err| self.invalid(text.span(), error.to_string()))
    }

    fn glob(&self, pattern: &Spanned<String>) -> Result<Glob, ConfigError> {
        Glob::new(pattern.get_ref()).map_err(|error| {
            let reason = format!(
                "`{}` is not a valid pattern: {}",
                pattern.get_ref(),
                error.kind()
            );
            self.invalid(pattern.span(), reason)
        })
    }

    fn date(&self, written: &Spanned<toml::value::Datetime>) -> Result<Date, ConfigError> {
        let date = written.get_ref().date.ok_or_else(|| {
            self.invalid(written.span(), "`expires` needs a date, such as 2027-01-31")
        })?;
        Ok(Date {
            year: date.year,
            month: date.month,
            day: date.day,
        })
    }
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn limits(written: &WrittenLimits) -> Limits {
    let default = Limits::default();
    Limits {
        depth: written.depth.unwrap_or(default.depth),
        members: written.members.unwrap_or(default.members),
        image_members: written.image_members.unwrap_or(default.image_members),
        unpacked_bytes: written.unpacked_bytes.unwrap_or(default.unpacked_bytes),
        ratio: written.ratio.unwrap_or(default.ratio),
        header_bytes: written.header_bytes.unwrap_or(default.header_bytes),
        text_bytes: written.text_bytes.unwrap_or(default.text_bytes),
        member_bytes: written.member_bytes.unwrap_or(default.member_bytes),
        file_time: written
            .file_seconds
            .map_or(default.file_time, std::time::Duration::from_secs),
        files: written.files.unwrap_or(default.files),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let parsed = Config::parse(text, Path::new("chainwright.toml"), &|rule| rule == "known");
        let shown = match parsed {
            Ok(config) => format!("{} allowed", config.allow.len()),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn trust_is_written_once_or_several_times_and_lies_beside_the_file() {
        let text = "[verify]\nkey = \"a.pub\"\nidentity = [\"x\", \"y\"]\nslsa = \"t.toml\"\n";
        let path = Path::new("here/chainwright.toml");
        let verify = Config::parse(text, path, &|_| true).unwrap().verify;
        assert_eq!(verify.keys, [Path::new("here/a.pub")]);
        assert_eq!(verify.identities, ["x", "y"]);
        assert_eq!(verify.slsa.as_deref(), Some(Path::new("here/t.toml")));
        assert!(!verify.always && verify.issuers.is_empty());
        check(
            "[verify]\nkeys = \"a.pub\"\n",
            "chainwright.toml:2:1: unknown field `keys`, expected one of `always`, `key`, `certificate-roots`, `identity`, \
             `identity-regex`, `issuer`, `issuer-regex`, `trusted-root`, `allow-expired`, `signature`, `attestation`, `slsa`, \
             `checkpoint`",
        );
    }

    #[test]
    fn mistakes_are_shown_with_their_place() {
        check("", "0 allowed");
        check("[gate]\nseverity = \"high\"\n", "0 allowed");
        check(
            "[gate]\nseverity = \"hihg\"\n",
            "chainwright.toml:2:12: unknown level `hihg`, expected info, low, medium, high or critical",
        );
        check(
            "[[allow]]\nrule = \"known\"\nreason = \"reviewed\"\nexpires = 2027-01-31\n",
            "1 allowed",
        );
        check(
            "[[allow]]\nrule = \"known\"\n",
            "chainwright.toml:1:1: an allow entry needs a `reason`",
        );
        check(
            "[[allow]]\nreason = \"because\"\n",
            "chainwright.toml:1:1: an allow entry needs a `rule`, a `path` or a `sha256`",
        );
        check(
            "[[allow]]\nrule = \"unknown\"\nreason = \"x\"\n",
            "chainwright.toml:2:8: there is no rule `unknown`",
        );
        check(
            "[scan]\nexclude = [\"ok\", \"a{\"]\n",
            "chainwright.toml:2:18: `a{` is not a valid pattern: unclosed alternate group; missing '}' \
             (maybe escape '{' with '[{]'?)",
        );
        check(
            "[intel]\nstore = \"advisories.db\"\nstale-days = 30\n[dependencies]\ninternal-prefixes = [\"acme-\"]\n",
            "0 allowed",
        );
        check(
            "[dependencies]\ninternal-prefixes = [\"acme-\", \"-\"]\n",
            "chainwright.toml:2:31: `-` is too short for a prefix such as acme- or @acme/",
        );
        check(
            "[[allow]]\nsha256 = \"abc\"\nreason = \"x\"\n",
            "chainwright.toml:2:10: `abc` is not a digest of 64 hexadecimal digits",
        );
    }

    #[test]
    fn a_store_lies_beside_its_configuration_unless_its_path_is_absolute() {
        for (written, expected) in [
            ("db/intel.db", "/work/db/intel.db"),
            ("/data/i.db", "/data/i.db"),
        ] {
            let text = format!("[intel]\nstore = \"{written}\"\n");
            let config =
                Config::parse(&text, Path::new("/work/chainwright.toml"), &|_| true).unwrap();
            assert_eq!(config.intel_store.as_deref(), Some(Path::new(expected)));
        }
    }

    #[test]
    fn unknown_keys_and_broken_toml_are_refused() {
        for text in ["[gat]\n", "gate = 1\n", "[gate\n", "[limits]\ndepth = -1\n"] {
            let error = Config::parse(text, Path::new("c.toml"), &|_| true)
                .unwrap_err()
                .to_string();
            assert!(error.starts_with("c.toml:"), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
