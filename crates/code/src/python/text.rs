//! What source text gives away before it is evaluated: code out of sight, direction marks, look-alike letters,
//! names made by machines.

use std::collections::BTreeSet;

use chainwright_core::severity::Confidence;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange};

use super::found_in_text;
use super::interp::Interpreter;
use crate::facts::{BehaviourKind, Reach};

/// Blanks before code on a line, beyond what any editor shows.
const FAR_RIGHT: usize = 150;
/// Machine-made names from which on a file is called obfuscated.
const MACHINE_NAMES: usize = 8;

/// Judges the tokens and the raw text.
pub(super) fn judge_text(interpreter: &mut Interpreter<'_>, source: &str, tokens: &Tokens) {
    let mut judge = Judge {
        source,
        found: Vec::new(),
        machine_names: BTreeSet::new(),
        first_machine_name: None,
    };
    judge.tokens(tokens);
    for (confidence, range, evidence) in judge.found {
        let reach = Reach::Import.min(interpreter.reach);
        interpreter
            .found
            .entry((range.start().to_u32(), BehaviourKind::Obfuscation))
            .or_insert_with(|| found_in_text(confidence, range, reach, evidence));
    }
}

struct Judge<'s> {
    source: &'s str,
    found: Vec<(Confidence, TextRange, String)>,
    machine_names: BTreeSet<&'s str>,
    first_machine_name: Option<TextRange>,
}

impl<'s> Judge<'s> {
    fn text(&self, range: TextRange) -> &'s str {
        self.source
            .get(range.start().to_usize()..range.end().to_usize())
            .unwrap_or_default()
    }

    fn tokens(&mut self, tokens: &Tokens) {
        let mut previous: Option<(TokenKind, TextRange)> = None;
        for token in tokens.iter() {
            let (kind, range) = (token.kind(), token.range());
            match kind {
                TokenKind::Name => self.name(range),
                TokenKind::Comment | TokenKind::String | TokenKind::FStringMiddle => {
                    self.directions(range)
                }
                _ => {}
            }
            if let Some((before, before_range)) = previous {
                self.far_right(before, before_range, kind, range);
            }
            previous = Some((kind, range));
        }
        if self.machine_names.len() >= MACHINE_NAMES
            && let Some(range) = self.first_machine_name
        {
            let names: Vec<&str> = self.machine_names.iter().copied().take(4).collect();
            self.found.push((
                Confidence::Medium,
                range,
                format!("names made by a machine: {}", names.join(", ")),
            ));
        }
    }

    /// Letters of another alphabet inside a word, and styled letters that Python reads as plain ones.
    fn name(&mut self, range: TextRange) {
        let text = self.text(range);
        if is_machine_made(text) {
            self.machine_names.insert(text);
            self.first_machine_name.get_or_insert(range);
        }
        if text.is_ascii() {
            return;
        }
        let has_ascii = text
            .chars()
            .any(|character| character.is_ascii_alphabetic());
        let is_styled = |character: char| matches!(character, '\u{1d400}'..='\u{1d7ff}' | '\u{ff21}'..='\u{ff5a}' | '\u{2100}'..='\u{214f}' | '\u{24b6}'..='\u{24e9}');
        let styled = text
            .chars()
            .filter(|character| is_styled(*character))
            .count();
        let looks_latin = text.chars().any(is_look_alike);
        if styled >= 3 || has_ascii && looks_latin {
            self.found.push((
                Confidence::High,
                range,
                format!("look-alike letters in `{}`", text.escape_unicode()),
            ));
        }
    }

    /// Direction marks make a reader see another order than the interpreter (CVE-2021-42574).
    fn directions(&mut self, range: TextRange) {
        let text = self.text(range);
        if text.is_ascii() {
            return;
        }
        let is_mark = |character: char| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if text.chars().any(is_mark) {
            let has_override = text.chars().any(|character| {
                matches!(character, '\u{202d}' | '\u{202e}' | '\u{2066}' | '\u{2067}')
            });
            let confidence = if has_override {
                Confidence::Medium
            } else {
                Confidence::Low
            };
            self.found.push((
                confidence,
                range,
                "direction marks that hide the order of the text".to_owned(),
            ));
        }
    }

    /// Code behind a long run of blanks.
    fn far_right(
        &mut self,
        before: TokenKind,
        before_range: TextRange,
        kind: TokenKind,
        range: TextRange,
    ) {
        let follows_on_line = !matches!(
            before,
            TokenKind::Newline
                | TokenKind::NonLogicalNewline
                | TokenKind::Indent
                | TokenKind::Dedent
        );
        let is_code = !matches!(
            kind,
            TokenKind::Comment
                | TokenKind::Newline
                | TokenKind::NonLogicalNewline
                | TokenKind::EndOfFile
                | TokenKind::Dedent
                | TokenKind::Indent
        );
        let gap = range
            .start()
            .to_u32()
            .saturating_sub(before_range.end().to_u32());
        if !follows_on_line || !is_code || usize::try_from(gap).unwrap_or(0) < FAR_RIGHT {
            return;
        }
        let between = self
            .source
            .get(before_range.end().to_usize()..range.start().to_usize())
            .unwrap_or_default();
        if between
            .chars()
            .all(|character| matches!(character, ' ' | '\t'))
        {
            self.found
                .push((Confidence::High, range, format!("code behind {gap} blanks")));
        }
    }
}

/// Letters of other alphabets that look like Latin ones.
fn is_look_alike(character: char) -> bool {
    matches!(
        character,
        'а' | 'е'
            | 'о'
            | 'р'
            | 'с'
            | 'у'
            | 'х'
            | 'ѕ'
            | 'і'
            | 'ј'
            | 'ԁ'
            | 'һ'
            | 'ո'
            | 'ѵ'
            | 'ԝ'
            | 'ɡ'
            | 'ο'
            | 'ν'
            | 'ι'
            | 'А'
            | 'В'
            | 'Е'
            | 'К'
            | 'М'
            | 'Н'
            | 'О'
            | 'Р'
            | 'С'
            | 'Т'
            | 'Х'
    )
}

/// `_0x3fa2`, `IlIIlIlI`, `O0OO0O0O`, `__________`.
fn is_machine_made(name: &str) -> bool {
    let bare = name.trim_start_matches('_');
    if let Some(digits) = bare.strip_prefix("0x") {
        return digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if name.len() < 7 {
        return false;
    }
    let only = |letters: &str| name.chars().all(|character| letters.contains(character));
    (only("Il1_") || only("O0_") || only("oO0_"))
        && name.chars().collect::<BTreeSet<char>>().len() >= 2
        || only("_")
}
