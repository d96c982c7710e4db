//! What a signature must satisfy: keys, roots, identities, issuers, and how well its time must be known.

use std::fmt;

use regex::RegexBuilder;

use crate::certificates::Roots;
use crate::key::PublicKey;
use crate::refused::Refused;
use crate::time::TimeSource;
use crate::verify::Identity;

/// Length of one pattern.
const MOST_PATTERN_BYTES: usize = 10_000;

/// What a signature must satisfy. Trusts nothing until it is told to.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Keys that may sign.
    pub keys: Vec<PublicKey>,
    /// Roots whose certificates may sign.
    pub roots: Roots,
    /// Who may sign with a certificate; empty for anybody under the roots.
    pub identities: Vec<Matcher>,
    /// Who may vouch for the identity; empty for anybody under the roots.
    pub issuers: Vec<Matcher>,
    /// Accept certificates that had ended, as long as they were valid once.
    pub allow_expired: bool,
    /// Who must at least vouch for the time of a signature; by default nobody.
    pub least_time: TimeSource,
}

impl Policy {
    /// Whether a time from this source is known well enough.
    pub fn check_time(&self, found: TimeSource) -> Result<(), Refused> {
        if found < self.least_time {
            let needed = self.least_time;
            return Err(Refused::WeakTime { found, needed });
        }
        Ok(())
    }

    /// Holds an identity against the lists.
    pub fn check_identity(&self, identity: &Identity) -> Result<(), Refused> {
        let names = identity.names.iter().map(String::as_str);
        if !self.identities.is_empty()
            && !names
                .clone()
                .any(|name| matches_any(&self.identities, name))
        {
            return Err(Refused::WrongIdentity {
                expected: shown(&self.identities),
                found: names.collect::<Vec<_>>().join("`, `"),
            });
        }
        let issuer = identity.issuer.as_deref().unwrap_or_default();
        if !self.issuers.is_empty() && !matches_any(&self.issuers, issuer) {
            return Err(Refused::WrongIssuer {
                expected: shown(&self.issuers),
                found: issuer.to_owned(),
            });
        }
        Ok(())
    }
}

fn matches_any(matchers: &[Matcher], text: &str) -> bool {
    matchers.iter().any(|matcher| matcher.matches(text))
}

fn shown(matchers: &[Matcher]) -> String {
    let shown: Vec<_> = matchers
        .iter()
        .map(|matcher| format!("`{matcher}`"))
        .collect();
    shown.join(" or ")
}

/// A text, or a pattern for the whole of a text.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// Exactly this text.
    Exact(String),
    /// The whole text matches. Made by [`Matcher::pattern`].
    Pattern(Pattern),
}

/// A regular expression that must match the whole of a text.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: String,
    whole: regex::Regex,
}

impl Matcher {
    /// A regular expression for the whole text: there is no way to match a part by forgetting `^` or `$`.
    pub fn pattern(written: &str) -> Result<Self, Refused> {
        let refused = |reason: String| Refused::BadTrust { reason };
        if written.len() > MOST_PATTERN_BYTES {
            let reason = format!("a pattern is longer than {MOST_PATTERN_BYTES} bytes");
            return Err(refused(reason));
        }
        let compile = |text: &str| {
            let built = RegexBuilder::new(text).size_limit(1 << 20).build();
            built.map_err(|_| refused(format!("`{written}` is not a regular expression")))
        };
        // By itself first, so that an unbalanced bracket cannot break out of the group.
        compile(written)?;
        let whole = compile(&format!(r"\A(?:{written})\z"))?;
        Ok(Self::Pattern(Pattern {
            written: written.to_owned(),
            whole,
        }))
    }

    /// Whether a text is meant.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(expected) => expected == text,
            Self::Pattern(pattern) => pattern.whole.is_match(text),
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact(text) => text,
            Self::Pattern(pattern) => &pattern.written,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts_only() {
        let matches = |pattern: &str, text: &str| Matcher::pattern(pattern).unwrap().matches(text);
        assert!(matches("a|b", "b"));
        assert!(matches(r".*@example\.com", "x@example.com"));
        assert!(!matches("a|b", "bc"));
        assert!(!matches(r".*@example\.com", "x@example.com.evil"));
        assert!(!matches(r".*@example\.com", "evil\nx@example.com"));
        assert!(!matches("(?m)^a$", "a\nb"));
    }

    #[test]
    fn patterns_that_break_out_are_refused() {
        for pattern in [
            "a)|(?:b",
            "(",
            "(?x)a # c",
            r"\w{9999}",
            &"a".repeat(10_001),
        ] {
            assert!(Matcher::pattern(pattern).is_err());
        }
    }

    #[test]
    fn identities_and_issuers_are_told_apart() {
        let identity = Identity {
            names: vec!["a".to_owned(), "b".to_owned()],
            issuer: Some("i".to_owned()),
        };
        let mut policy = Policy::default();
        assert_eq!(policy.check_identity(&identity), Ok(()));
        policy.identities = vec![Matcher::Exact("b".to_owned())];
        assert_eq!(policy.check_identity(&identity), Ok(()));
        policy.issuers = vec![Matcher::Exact("j".to_owned())];
        assert!(matches!(
            policy.check_identity(&identity),
            Err(Refused::WrongIssuer { .. })
        ));
        policy.identities = vec![
            Matcher::Exact("c".to_owned()),
            Matcher::pattern("d.*").unwrap(),
        ];
        let refused = policy.check_identity(&identity).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "signed by `a`, `b`, not by `c` or `d.*`"
        );
    }
}
