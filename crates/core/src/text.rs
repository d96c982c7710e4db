//! Hostile text made harmless for people's eyes and terminals.

/// Shows text on one line: control characters, line breaks, bidirectional overrides, zero-width and tag
/// characters appear as `\n`, `\x1b` or `\u{202e}`; everything longer than `max` characters ends in `…`.
#[must_use]
pub fn visible(text: &str, max: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(max.saturating_mul(4)));
    for (index, character) in text.chars().enumerate() {
        if index >= max {
            shown.push('…');
            break;
        }
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if is_invisible(character) => shown.extend(character.escape_unicode()),
            _ if character.is_control() => shown.extend(character.escape_default()),
            _ => shown.push(character),
        }
    }
    shown
}

/// Whether a character shows nothing or changes how its neighbours are shown: zero-width, bidirectional
/// controls, variation selectors, tags and other default-ignorable code points (Unicode 16, `DerivedCoreProperties`).
#[must_use]
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_tricks_become_visible() {
        assert_eq!(visible("a\x1b[2Jb\r\n", 99), "a\\u{1b}[2Jb\\r\\n");
        assert_eq!(visible("x\u{202e}y\u{e0041}", 99), "x\\u{202e}y\\u{e0041}");
        assert_eq!(visible("größe 尺寸", 99), "größe 尺寸");
        assert_eq!(visible("abcdef", 3), "abc…");
    }
}
