//! Leaves credentials out of what is written down.

use chainwright_repository::secrets;
use serde_json::Value;

/// What stands where a credential was.
const REDACTED: &str = "[redacted]";

/// Parts of names of options and variables that bear credentials.
const SECRET_WORDS: [&str; 9] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "credential",
    "api-key",
    "apikey",
    "private-key",
];

/// Whether an option, variable or parameter of this name bears a credential. `tokenizer` and `max-new-tokens` do not.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name
        .trim_start_matches('-')
        .to_ascii_lowercase()
        .replace(['_', '.'], "-");
    SECRET_WORDS.iter().any(|word| {
        name.match_indices(word).any(|(at, _)| {
            let before = name[..at].chars().next_back();
            let after = name[at + word.len()..].chars().next();
            before.is_none_or(|letter| letter == '-') && after.is_none_or(|letter| letter == '-')
        })
    })
}

/// A command without credentials.
pub(crate) fn command(words: &[String]) -> Vec<String> {
    let mut is_value = false;
    words
        .iter()
        .map(|word| {
            if std::mem::take(&mut is_value) && !word.starts_with('-') {
                return REDACTED.to_owned();
            }
            match word.split_once('=') {
                Some((name, value)) if is_secret_name(name) && !value.is_empty() => {
                    format!("{name}={REDACTED}")
                }
                _ => {
                    is_value = word.starts_with('-') && is_secret_name(word);
                    text(word)
                }
            }
        })
        .collect()
}

/// Text, or what stands for it if there is a credential in it.
pub(crate) fn text(text: &str) -> String {
    if secrets::find(text).is_empty() {
        text.to_owned()
    } else {
        REDACTED.to_owned()
    }
}

/// The value of a parameter without credentials.
pub(crate) fn value(name: &str, value: &Value) -> Value {
    match value {
        Value::String(_) if is_secret_name(name) => Value::from(REDACTED),
        Value::String(written) => Value::from(text(written)),
        Value::Array(items) => items.iter().map(|item| self::value(name, item)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), self::value(name, field)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_bear_credentials_are_told_from_those_that_only_sound_so() {
        for name in [
            "--hf-token",
            "HF_TOKEN",
            "--wandb_api_key",
            "password",
            "db.password",
            "--token",
            "AWS_SECRET_ACCESS_KEY",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "--tokenizer",
            "--max-new-tokens",
            "--keyring",
            "--pad-tokens",
            "secretary",
            "--monkey",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn a_command_is_kept_but_for_its_credentials() {
        let words = [
            "python",
            "train.py",
            "--hf-token",
            "abc",
            "--lr",
            "1e-4",
            "--api-key=abc",
            "WANDB_TOKEN=x",
            "--token",
            "--verbose",
        ];
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let expected = [
            "python",
            "train.py",
            "--hf-token",
            REDACTED,
            "--lr",
            "1e-4",
            "--api-key=[redacted]",
            "WANDB_TOKEN=[redacted]",
            "--token",
            "--verbose",
        ];
        assert_eq!(command(&words), expected);
    }

    #[test]
    fn a_credential_is_found_by_its_shape_wherever_it_stands() {
        let key = format!("hf_{}", "QpRvTzXkLmNcBdFgHjKwSyAeUiOoPqWxZr");
        assert_eq!(text(&format!("--remote=https://user:{key}@host")), REDACTED);
        let found = value("run", &json!({"a": [key], "token": "x", "n": 1}));
        assert_eq!(found, json!({"a": [REDACTED], "token": REDACTED, "n": 1}));
    }
}
