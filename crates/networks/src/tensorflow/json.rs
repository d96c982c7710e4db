//! Walks JSON without building it: strings with the keys that lead to them, and where objects begin and end.
//!
//! Nesting is bounded, nothing is recursive, and what is broken ends the walk.

/// How deep documents may be nested.
const MAX_DEPTH: usize = 256;

/// Something in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// An object begins.
    Object,
    /// A list begins.
    List,
    /// An object or list that began at this position ends.
    End(usize),
    /// A text.
    Text(String),
    /// A number, a truth value or null, as written.
    Other(String),
}

/// Why a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The document is whole.
    Whole,
    /// It is not JSON, or breaks off.
    Broken,
    /// It is nested too deep.
    Deep,
}

/// One open object or list.
#[derive(Debug, Clone)]
pub(super) struct Level {
    /// The key of the value that is being read; empty in a list.
    pub(super) key: String,
    start: usize,
    is_object: bool,
    is_fresh: bool,
}

/// Hands every event with the open levels and its position to `see`.
pub(super) fn walk(text: &str, mut see: impl FnMut(&[Level], usize, Event)) -> Outcome {
    let bytes = text.as_bytes();
    let mut levels: Vec<Level> = Vec::new();
    let mut at = space(bytes, 0);
    loop {
        // A value stands here.
        let start = at;
        match bytes.get(at) {
            Some(b'{' | b'[') => {
                if levels.len() >= MAX_DEPTH {
                    return Outcome::Deep;
                }
                let is_object = bytes.get(at) == Some(&b'{');
                let event = if is_object {
                    Event::Object
                } else {
                    Event::List
                };
                see(&levels, start, event);
                levels.push(Level {
                    key: String::new(),
                    start,
                    is_object,
                    is_fresh: true,
                });
                at = at.saturating_add(1);
            }
            Some(b'"') => {
                let Some((value, next)) = string(text, at) else {
                    return Outcome::Broken;
                };
                see(&levels, start, Event::Text(value));
                at = next;
            }
            Some(_) => {
                let next = word(bytes, at);
                let Some(value) = text.get(at..next).filter(|value| !value.is_empty()) else {
                    return Outcome::Broken;
                };
                see(&levels, start, Event::Other(value.to_owned()));
                at = next;
            }
            None => return Outcome::Broken,
        }
        // Ends, commas and the next key.
        loop {
            at = space(bytes, at);
            let Some(level) = levels.last_mut() else {
                return if at == bytes.len() {
                    Outcome::Whole
                } else {
                    Outcome::Broken
                };
            };
            let was_fresh = std::mem::replace(&mut level.is_fresh, false);
            match bytes.get(at) {
                Some(b'}' | b']') => {
                    let begun = level.start;
                    levels.pop();
                    at = at.saturating_add(1);
                    see(&levels, at, Event::End(begun));
                    continue;
                }
                Some(b',') if !was_fresh => at = space(bytes, at.saturating_add(1)),
                Some(_) if was_fresh => {}
                _ => return Outcome::Broken,
            }
            if level.is_object {
                let Some((key, next)) = string(text, at) else {
                    return Outcome::Broken;
                };
                level.key = key;
                let colon = space(bytes, next);
                if bytes.get(colon) != Some(&b':') {
                    return Outcome::Broken;
                }
                at = space(bytes, colon.saturating_add(1));
            }
            break;
        }
    }
}

fn space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let count = rest
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    at.saturating_add(count)
}

fn word(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    at.saturating_add(rest.iter().take_while(is_word).count())
}

/// The text that begins with a quote, and the position behind it.
fn string(text: &str, at: usize) -> Option<(String, usize)> {
    let rest = text.get(at..)?.strip_prefix('"')?;
    let mut value = String::new();
    let mut characters = rest.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, at.saturating_add(index).saturating_add(2))),
            '\\' => {
                let (_, escaped) = characters.next()?;
                match escaped {
                    'n' => value.push('\n'),
                    't' => value.push('\t'),
                    'r' => value.push('\r'),
                    'b' => value.push('\u{8}'),
                    'f' => value.push('\u{c}'),
                    'u' => value.push(unicode(&mut characters)?),
                    other => value.push(other),
                }
            }
            other => value.push(other),
        }
    }
    None
}

fn unicode(characters: &mut std::str::CharIndices<'_>) -> Option<char> {
    let digits = characters.as_str().get(..4)?;
    let first = u32::from_str_radix(digits, 16).ok()?;
    let _ = characters.nth(3);
    let rest = characters.as_str();
    if let (0xd800..=0xdbff, Some(low)) = (first, rest.strip_prefix("\\u"))
        && let Some(low) = low
            .get(..4)
            .and_then(|low| u32::from_str_radix(low, 16).ok())
        && (0xdc00..=0xdfff).contains(&low)
    {
        let _ = characters.nth(5);
        let high = first.saturating_sub(0xd800).saturating_mul(0x400);
        let whole = high
            .saturating_add(low.saturating_sub(0xdc00))
            .saturating_add(0x10000);
        return char::from_u32(whole);
    }
    Some(char::from_u32(first).unwrap_or('\u{fffd}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_walked_with_their_keys() {
        let mut seen = Vec::new();
        let text =
            r#" {"a": {"b\u0061": ["x", 1.5, null], "e": {}, "f": []}, "c": "\ud83d\ude00\"" } "#;
        let outcome = walk(text, |levels, _, event| {
            if let Event::Text(value) | Event::Other(value) = event {
                let keys: Vec<_> = levels.iter().map(|level| level.key.as_str()).collect();
                seen.push(format!("{}={value}", keys.join("/")));
            }
        });
        assert_eq!(outcome, Outcome::Whole);
        assert_eq!(seen, ["a/ba/=x", "a/ba/=1.5", "a/ba/=null", "c=😀\""]);
        for broken in [
            "",
            "{",
            "[1,]",
            "[,1]",
            "{\"a\" 1}",
            "\"a",
            "[1] 2",
            "{a:1}",
            "\"\\u12",
        ] {
            assert_eq!(walk(broken, |_, _, _| {}), Outcome::Broken, "{broken}");
        }
        assert_eq!(walk(&"[".repeat(300), |_, _, _| {}), Outcome::Deep);
    }
}
