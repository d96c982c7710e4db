use proptest::prelude::*;

use super::*;

fn all(text: &str, depth: usize) -> Result<(), JsonErrorKind> {
    let mut tokens = Tokens::new(text, depth);
    while tokens.next_token().map_err(|error| error.kind)?.is_some() {}
    Ok(())
}

#[test]
fn exactly_rfc_8259_is_accepted() {
    for text in [
        "{}",
        "[]",
        " [1, -0, 0.5, 1e9, 1E-2, 10] ",
        "\"a\\u00e9\\n\"",
        "true",
        "null",
        "{\"a\":{\"b\":[]}}",
        "\"\\ud83d\\ude00\"",
        "[[],{},\"\"]",
        "-1.5e+3",
        "\t\r\n 1",
    ] {
        assert!(all(text, 8).is_ok(), "{text}");
    }
    for (text, kind) in [
        ("", JsonErrorKind::UnexpectedEnd),
        ("{", JsonErrorKind::UnexpectedEnd),
        ("{\"a\":1,}", JsonErrorKind::UnexpectedCharacter),
        ("[1,]", JsonErrorKind::UnexpectedCharacter),
        ("[1 2]", JsonErrorKind::UnexpectedCharacter),
        ("{a:1}", JsonErrorKind::UnexpectedCharacter),
        ("{\"a\" 1}", JsonErrorKind::UnexpectedCharacter),
        ("{\"a\":1]", JsonErrorKind::UnexpectedCharacter),
        ("[1}", JsonErrorKind::UnexpectedCharacter),
        ("01", JsonErrorKind::InvalidNumber),
        ("-", JsonErrorKind::InvalidNumber),
        ("1.", JsonErrorKind::InvalidNumber),
        ("1e", JsonErrorKind::InvalidNumber),
        ("+1", JsonErrorKind::UnexpectedCharacter),
        ("'a'", JsonErrorKind::UnexpectedCharacter),
        ("\"\n\"", JsonErrorKind::ControlCharacter),
        ("\"\\x\"", JsonErrorKind::InvalidEscape),
        ("\"\\ud800\"", JsonErrorKind::InvalidEscape),
        ("\"\\u+123\"", JsonErrorKind::InvalidEscape),
        ("{} {}", JsonErrorKind::TrailingContent),
        ("[[[]]]", JsonErrorKind::TooDeep),
        ("nul", JsonErrorKind::UnexpectedCharacter),
        ("\u{feff}{}", JsonErrorKind::UnexpectedCharacter),
    ] {
        assert_eq!(all(text, 2), Err(kind), "{text}");
    }
}

#[test]
fn equal_keys_are_both_delivered() {
    let mut tokens = Tokens::new("{\"a\":1,\"\\u0061\":2}", 4);
    let mut keys = Vec::new();
    while let Some(token) = tokens.next_token().expect("sound") {
        if let Token::Key(key) = token {
            keys.push(key.into_owned());
        }
    }
    assert_eq!(keys, ["a", "a"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_verdict_is_that_of_serde_json(text in "[\\[\\]{}\",:0-9eE.+\\-tfnaluers\\\\ ]{0,24}") {
        // A number may be sound and yet too large for a float, which only a value has to hold.
        let is_number_range = |error: &serde_json::Error| error.to_string().contains("out of range");
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(_) => prop_assert!(all(&text, 128).is_ok(), "{}", text),
            Err(error) if is_number_range(&error) => {}
            Err(_) => prop_assert!(all(&text, 128).is_err(), "{}", text),
        }
    }
}
