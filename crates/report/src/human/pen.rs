//! Lays words out in columns and inks them. Knows no findings.

use std::io;

use chainwright_core::severity::Severity;

use crate::context::Style;
use crate::text::columns;

/// How a run of text looks. Colour only repeats what the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Good,
    Level(Severity),
}

impl Ink {
    const fn escape(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\x1b[1m",
            Self::Faint => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Level(Severity::Critical) => "\x1b[1;31m",
            Self::Level(Severity::High) => "\x1b[31m",
            Self::Level(Severity::Medium) => "\x1b[33m",
            Self::Level(Severity::Low) => "\x1b[36m",
            Self::Level(Severity::Info) => "\x1b[34m",
        }
    }
}

/// A run of text in one ink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    text: String,
    ink: Ink,
}

pub(super) fn span(ink: Ink, text: impl Into<String>) -> Span {
    Span {
        text: text.into(),
        ink,
    }
}

pub(super) fn plain(text: impl Into<String>) -> Span {
    span(Ink::Plain, text)
}

/// Symbols, with a form for terminals that know ASCII only.
#[derive(Debug, Clone, Copy)]
pub(super) enum Symbol {
    Rule,
    Bar,
    Dot,
    Bullet,
    Pass,
    Level(Severity),
}

/// Writes lines to the terminal.
pub(super) struct Pen<'o> {
    out: &'o mut dyn io::Write,
    colour: bool,
    unicode: bool,
    width: usize,
}

impl<'o> Pen<'o> {
    pub(super) fn new(out: &'o mut dyn io::Write, style: &Style) -> Self {
        Self {
            out,
            colour: style.colour,
            unicode: style.unicode,
            width: style.width.clamp(40, 200),
        }
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) const fn symbol(&self, symbol: Symbol) -> &'static str {
        let (rich, ascii) = match symbol {
            Symbol::Rule => ("─", "-"),
            Symbol::Bar => ("│", "|"),
            Symbol::Dot => ("·", "-"),
            Symbol::Bullet => ("•", "*"),
            Symbol::Pass => ("✓", "+"),
            Symbol::Level(Severity::Critical) => ("✖", "X"),
            Symbol::Level(Severity::High) => ("▲", "!"),
            Symbol::Level(Severity::Medium) => ("◆", "?"),
            Symbol::Level(Severity::Low) => ("●", "o"),
            Symbol::Level(Severity::Info) => ("○", "."),
        };
        if self.unicode { rich } else { ascii }
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// One line, however long.
    pub(super) fn line(&mut self, spans: &[Span]) -> io::Result<()> {
        for span in spans {
            self.put(span.ink, &span.text)?;
        }
        self.blank()
    }

    /// A heading with a line up to its right-hand text, or the text below where there is no room beside it.
    pub(super) fn heading(&mut self, title: &str, right: &str) -> io::Result<()> {
        let rule = self.symbol(Symbol::Rule);
        let used = columns(title) + columns(right) + 5;
        let beside = used < self.width;
        let fill = if beside { self.width - used } else { 2 };
        self.line(&[
            span(Ink::Faint, rule.repeat(2)),
            span(Ink::Strong, format!(" {title} ")),
            span(Ink::Faint, rule.repeat(fill)),
            span(
                Ink::Faint,
                if beside {
                    format!(" {right}")
                } else {
                    String::new()
                },
            ),
        ])?;
        if beside {
            return Ok(());
        }
        self.wrapped(&plain("   "), &plain("   "), &[span(Ink::Faint, right)])
    }

    /// Words over as many lines as they need; the first line starts with `first`, the others with `rest`.
    pub(super) fn wrapped(&mut self, first: &Span, rest: &Span, spans: &[Span]) -> io::Result<()> {
        let margin = columns(&first.text).max(columns(&rest.text));
        let room = self.width.saturating_sub(margin).max(12);
        let spans: Vec<Span> = spans
            .iter()
            .map(|piece| span(piece.ink, self.within_ascii(&piece.text)))
            .collect();
        for (index, line) in wrap(&spans, room).iter().enumerate() {
            let margin = if index == 0 { first } else { rest };
            self.put(margin.ink, &margin.text)?;
            self.line(line)?;
        }
        Ok(())
    }

    fn put(&mut self, ink: Ink, text: &str) -> io::Result<()> {
        let escape = ink.escape();
        let text = self.within_ascii(text);
        if !self.colour || escape.is_empty() || text.trim().is_empty() {
            return self.out.write_all(text.as_bytes());
        }
        write!(self.out, "{escape}{text}\x1b[0m")
    }

    fn within_ascii(&self, text: &str) -> String {
        if self.unicode || text.is_ascii() {
            return text.to_owned();
        }
        let mut shown = String::with_capacity(text.len() * 2);
        for character in text.chars() {
            match character {
                '…' => shown.push_str("..."),
                _ if character.is_ascii() => shown.push(character),
                _ => shown.extend(character.escape_unicode()),
            }
        }
        shown
    }
}

/// Breaks spans into lines of at most `room` columns, between words where possible.
fn wrap(spans: &[Span], room: usize) -> Vec<Vec<Span>> {
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    for piece in spans {
        for word in piece.text.split_inclusive(' ') {
            let wide = columns(word.trim_end());
            if used > 0 && used + wide > room {
                lines.push(Vec::new());
                used = 0;
            }
            for chunk in chunks(word, room) {
                if used > 0 && used + columns(chunk.trim_end()) > room {
                    lines.push(Vec::new());
                    used = 0;
                }
                used += columns(chunk);
                push(&mut lines, piece.ink, chunk);
            }
        }
    }
    for line in &mut lines {
        if let Some(last) = line.last_mut() {
            last.text.truncate(last.text.trim_end().len());
        }
    }
    lines
}

fn push(lines: &mut [Vec<Span>], ink: Ink, text: &str) {
    let Some(line) = lines.last_mut() else { return };
    match line.last_mut() {
        Some(last) if last.ink == ink => last.text.push_str(text),
        _ => line.push(span(ink, text)),
    }
}

/// Cuts a word that is wider than a whole line.
fn chunks(word: &str, room: usize) -> Vec<&str> {
    if columns(word.trim_end()) <= room {
        return vec![word];
    }
    let mut chunks = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, character) in word.char_indices() {
        let wide = columns(character.encode_utf8(&mut [0; 4]));
        if used + wide > room {
            chunks.push(&word[start..index]);
            (start, used) = (index, 0);
        }
        used += wide;
    }
    chunks.push(&word[start..]);
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, room: usize) -> Vec<String> {
        wrap(&[plain(text)], room)
            .into_iter()
            .map(|line| line.into_iter().map(|span| span.text).collect())
            .collect()
    }

    #[test]
    fn lines_break_between_words_and_long_words_are_cut() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("see 字字字字", 6), ["see", "字字字", "字"]);
        assert_eq!(wrapped("", 6), [""]);
    }

    #[test]
    fn no_line_is_wider_than_the_room() {
        let text = "a bb ccc dddd eeeee ffffff ggggggg 字字字字字字 hhhhhhhhhhhhhhhhhhhhhhhhhhh i";
        for room in 12..60 {
            for line in wrapped(text, room) {
                assert!(columns(&line) <= room, "{line:?} in {room}");
            }
        }
    }
}
