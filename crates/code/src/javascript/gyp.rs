//! `binding.gyp`: what `node-gyp` runs while it makes build files: `<!(command)`, `<!@(command)`, and the `action` of
//! actions and rules (GYP, "Input Format Reference").
//!
//! The file is Python's literal syntax with comments; only the commands are looked for.

/// The commands, each with the line (from 0) it stands on.
pub(crate) fn commands(text: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for sign in ["<!(", "<!@(", "<!pymod_do_main("] {
        for (at, _) in text.match_indices(sign).take(200) {
            let start = at.saturating_add(sign.len());
            let rest = text.get(start..).unwrap_or_default();
            if let Some(inner) = up_to_closing(rest, '(', ')') {
                found.push((line(text, at), inner.replace("\\\"", "\"")));
            }
        }
    }
    for (at, _) in text.match_indices("action").take(200) {
        let rest = text.get(at.saturating_add(6)..).unwrap_or_default();
        let rest = rest.trim_start_matches(['\'', '"']).trim_start();
        let Some(rest) = rest.strip_prefix(':').map(str::trim_start) else {
            continue;
        };
        let Some(list) = rest
            .strip_prefix('[')
            .and_then(|rest| up_to_closing(rest, '[', ']'))
        else {
            continue;
        };
        let words: Vec<String> = strings(list)
            .into_iter()
            .take(64)
            .map(|word| quote(&word))
            .collect();
        if !words.is_empty() {
            found.push((line(text, at), words.join(" ")));
        }
    }
    found.sort();
    found
}

fn quote(word: &str) -> String {
    if word.contains([' ', ';', '|', '&', '"']) && !word.contains('\'') {
        return format!("'{word}'");
    }
    word.to_owned()
}

/// The strings of a list.
fn strings(list: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = list;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = rest
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .unwrap_or('"');
        let inner = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let Some(end) = inner.find(quote) else { break };
        found.push(inner.get(..end).unwrap_or_default().to_owned());
        rest = inner.get(end.saturating_add(1)..).unwrap_or_default();
    }
    found
}

/// The text up to the bracket that closes what is open, no further than a command is long.
fn up_to_closing(text: &str, open: char, close: char) -> Option<&str> {
    let mut depth = 0_u32;
    for (at, character) in text.char_indices().take(8_192) {
        if character == open {
            depth = depth.saturating_add(1);
        } else if character == close {
            if depth == 0 {
                return text.get(..at);
            }
            depth = depth.saturating_sub(1);
        }
    }
    None
}

fn line(text: &str, at: usize) -> u32 {
    let front = text.get(..at).unwrap_or_default();
    u32::try_from(front.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}
