//! Whether a pattern backtracks exponentially: a repetition inside a repetition.
//!
//! A cheap test on the text of the pattern, meant for the short patterns of `TextIndex`; it builds no automaton.

/// Whether a group that holds an unbounded repetition or alternatives is itself repeated without bound.
pub(super) fn explodes(pattern: &str) -> bool {
    let mut groups: Vec<bool> = Vec::new();
    let mut is_class = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '[' if !is_class => is_class = true,
            ']' if is_class => is_class = false,
            _ if is_class => {}
            '(' => groups.push(false),
            '+' | '*' => {
                if let Some(open) = groups.last_mut() {
                    *open = true;
                }
            }
            ')' => {
                let repeats_inside = groups.pop().unwrap_or(false);
                let is_repeated = matches!(characters.peek(), Some('+' | '*' | '{'));
                if repeats_inside && is_repeated {
                    return true;
                }
                if repeats_inside && let Some(open) = groups.last_mut() {
                    *open = true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::explodes;

    #[test]
    fn nested_repetitions_explode() {
        for pattern in ["(a+)+", "((a*)b?)*", "(\\s*\\w+)*$", "(x+x+)+y"] {
            assert!(explodes(pattern), "{pattern}");
        }
        for pattern in ["\\s+", "[\\s+]+", "(ab)+", "a+b+", "\\(a+\\)+", "(?:,|;)+"] {
            assert!(!explodes(pattern), "{pattern}");
        }
    }
}
