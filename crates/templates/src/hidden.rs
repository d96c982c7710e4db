//! What people don't see when they read the template: invisible characters, look-alike letters, far-away code.
//!
//! Deliberately absent: a ban on other scripts. Joiners between letters of scripts that need them, emoji sequences
//! and a byte-order mark at the start are honest.

use chainwright_core::text::is_invisible;

use crate::ast::Tree;
use crate::facts::{BehaviourKind, Certainty};
use crate::findings::Findings;
use crate::wording;

/// Blanks in a row that push what follows out of any window.
const FAR_COLUMNS: usize = 160;
/// Empty lines in a row that push what follows off any screen.
const FAR_LINES: usize = 40;

/// Judges the text of a template as such.
pub(crate) fn judge(source: &str, tree: &Tree<'_>, findings: &mut Findings) {
    if !source.is_ascii() {
        invisible(source, 0, findings);
        look_alikes(source, findings);
    }
    far_away(source, findings);
    for (at, comment) in &tree.comments {
        for hit in wording::hostile(comment) {
            let words = comment.get(hit.start..hit.end).unwrap_or_default();
            if hit.kind == BehaviourKind::InjectedInstruction {
                findings.add(
                    BehaviourKind::CommentInstruction,
                    hit.certainty,
                    at.saturating_add(hit.start),
                    words,
                );
            }
        }
    }
}

/// Notes invisible characters of a text that starts at `at`.
pub(crate) fn invisible(text: &str, at: usize, findings: &mut Findings) {
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    let mut noted = 0usize;
    while let Some((offset, character)) = characters.next() {
        if is_invisible(character) {
            let after = characters.peek().map(|(_, character)| *character);
            if let Some(certainty) =
                suspicion(before, character, after, at.saturating_add(offset) == 0)
            {
                let start = offset.saturating_sub(before.map_or(0, char::len_utf8));
                let context: String = text
                    .get(start..)
                    .unwrap_or_default()
                    .chars()
                    .take(60)
                    .collect();
                findings.add(
                    BehaviourKind::HiddenCharacters,
                    certainty,
                    at.saturating_add(offset),
                    &context,
                );
                noted = noted.saturating_add(1);
                // LIMIT: a few places prove it; a text full of them must not cost more.
                if noted >= 8 {
                    return;
                }
            }
        }
        before = Some(character);
    }
}

fn suspicion(
    before: Option<char>,
    character: char,
    after: Option<char>,
    is_start: bool,
) -> Option<Certainty> {
    let is_foreign = |character: Option<char>| {
        character.is_some_and(|character| !character.is_ascii() && !is_invisible(character))
    };
    match character {
        '\u{feff}' if is_start => None,
        // Flags of regions are written with tag characters behind a black flag.
        '\u{e0000}'..='\u{e007f}' => {
            let continues = before
                .is_some_and(|before| matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007e}'));
            (!continues).then_some(Certainty::Proven)
        }
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Certainty::Likely),
        '\u{fe00}'..='\u{fe0f}' => {
            let is_keycap =
                before.is_some_and(|before| before.is_ascii_digit() || matches!(before, '#' | '*'));
            (!is_foreign(before) && !is_keycap).then_some(Certainty::Likely)
        }
        '\u{200c}' | '\u{200d}' => {
            let joins = (is_foreign(before) || before == Some('\u{fe0f}'))
                && (is_foreign(after) || after.is_some_and(char::is_whitespace));
            (!joins).then_some(Certainty::Likely)
        }
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{ad}' | '\u{2028}' | '\u{2029}' | '\u{34f}'
        | '\u{17b4}' | '\u{17b5}' => {
            let is_latin = before.is_some_and(|before| before.is_ascii_alphabetic())
                && after.is_some_and(|after| after.is_ascii_alphabetic());
            Some(if is_latin {
                Certainty::Likely
            } else {
                Certainty::Hint
            })
        }
        _ => Some(Certainty::Likely),
    }
}

/// Words that mix Latin letters with Cyrillic or Greek ones that look the same.
fn look_alikes(source: &str, findings: &mut Findings) {
    const TWINS: &str = "аеорсухіѕјһԁԛԝɡАВЕКМНОРСТУХІЅЈοαεικνρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";
    let mut noted = 0usize;
    let mut start = None;
    for (at, character) in source.char_indices().chain([(source.len(), ' ')]) {
        match (start, character.is_alphabetic()) {
            (None, true) => start = Some(at),
            (Some(begin), false) => {
                start = None;
                let word = source.get(begin..at).unwrap_or_default();
                if word.is_ascii() || word.len() > 64 {
                    continue;
                }
                let has_latin = word.chars().filter(char::is_ascii_alphabetic).count() >= 2;
                let twins = word
                    .chars()
                    .filter(|character| TWINS.contains(*character))
                    .count();
                let others = word
                    .chars()
                    .filter(|character| !character.is_ascii())
                    .count();
                if has_latin && twins > 0 && twins == others {
                    findings.add(
                        BehaviourKind::HiddenCharacters,
                        Certainty::Likely,
                        begin,
                        word,
                    );
                    noted = noted.saturating_add(1);
                    if noted >= 8 {
                        return;
                    }
                }
            }
            _ => {}
        }
    }
}

/// Code behind a long run of blanks or empty lines.
fn far_away(source: &str, findings: &mut Findings) {
    let mut at = 0usize;
    let mut empty_lines = 0usize;
    for line in source.split_inclusive('\n') {
        let body = line.trim_end();
        if body.is_empty() {
            empty_lines = empty_lines.saturating_add(1);
        } else {
            if empty_lines >= FAR_LINES {
                findings.add(BehaviourKind::HiddenCode, Certainty::Likely, at, body);
            }
            empty_lines = 0;
            if body.len() > FAR_COLUMNS
                && let Some((offset, hidden)) = behind_blanks(body)
            {
                findings.add(
                    BehaviourKind::HiddenCode,
                    Certainty::Likely,
                    at.saturating_add(offset),
                    hidden,
                );
            }
        }
        at = at.saturating_add(line.len());
    }
}

fn behind_blanks(line: &str) -> Option<(usize, &str)> {
    let mut run = 0usize;
    for (offset, character) in line.char_indices() {
        if character.is_whitespace() {
            run = run.saturating_add(1);
        } else if run >= FAR_COLUMNS {
            return Some((offset, line.get(offset..).unwrap_or_default()));
        } else {
            run = 0;
        }
    }
    None
}
