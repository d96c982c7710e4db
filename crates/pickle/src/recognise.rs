//! Whether bytes begin a pickle, whatever the file is called.
//!
//! The opcodes are walked without values: every argument has to fit, and the stack must never run dry. A stream that
//! ends well, or that imports or calls something before it breaks, is one; text and other binary formats break
//! within a few bytes.

use crate::facts::Likeness;
use crate::names::{is_dotted, is_identifier};
use crate::opcode as op;

/// LIMIT: streams at the beginning that do nothing, before one that does.
const STREAMS: u32 = 1000;

/// How sure we are that `head`, the beginning of `size` bytes, begins a pickle; `None` if it would do nothing as one.
///
/// `head` should hold the first 64 KiB. [`Likeness::Plausible`] is worth a scan, but what that scan finds broken is no
/// news about a file that may be something else.
#[must_use]
pub fn recognise(head: &[u8], size: u64) -> Option<Likeness> {
    let mut rest = head;
    let mut left = size;
    let mut found = None;
    let mut streams = 0;
    while streams < STREAMS {
        let mut walk = Walk {
            head: rest,
            size: left,
            ..Walk::default()
        };
        let likeness = walk.likeness();
        found = found.max(likeness);
        if likeness == Some(Likeness::Certain) || !walk.is_at_stop || walk.rest().is_empty() {
            break;
        }
        // So many streams that do nothing stand there for something.
        streams = streams.saturating_add(1);
        left = left.saturating_sub(u64::try_from(walk.at).unwrap_or(u64::MAX));
        rest = rest.get(walk.at..).unwrap_or_default();
    }
    if streams >= STREAMS {
        found.max(Some(Likeness::Plausible))
    } else {
        found
    }
}

/// Whether bytes behind a stream are another one: anything that ends well, or is recognised.
pub(crate) fn continues(head: &[u8], size: u64) -> bool {
    let mut walk = Walk {
        head,
        size,
        ..Walk::default()
    };
    walk.likeness().is_some() || walk.is_at_stop
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Stop,
    /// The head ends before the stream does.
    OutOfBytes,
    Broken,
}

#[derive(Debug, Default)]
struct Walk<'a> {
    head: &'a [u8],
    size: u64,
    at: usize,
    opcodes: u32,
    /// Values on the stack above the last mark, and below each mark.
    held: u64,
    below: Vec<u64>,
    memo: u64,
    imports: u32,
    calls: u32,
    known_import: bool,
    sane_names: bool,
    is_at_stop: bool,
    /// Frames that fit into the source.
    frames: u32,
    /// The last short strings, for STACK_GLOBAL.
    texts: [Option<(usize, usize)>; 2],
}

impl Walk<'_> {
    fn likeness(&mut self) -> Option<Likeness> {
        let end = self.run();
        self.is_at_stop = end == End::Stop;
        let has_header = matches!(self.head, [op::PROTO, 0..=5, ..]);
        match end {
            End::Stop if has_header => Some(Likeness::Certain),
            End::Stop => self.after_stop(),
            _ if self.calls > 0 && (has_header || self.sane_names) => Some(Likeness::Certain),
            _ if self.imports > 0 && has_header => Some(Likeness::Certain),
            End::OutOfBytes if has_header && self.opcodes >= 4 => Some(Likeness::Certain),
            // Frames are read differently by different loaders, so that not even a broken one says much.
            _ if has_header && self.opcodes >= 2 => Some(Likeness::Plausible),
            _ if self.frames > 0 => Some(Likeness::Plausible),
            // A stream whose first literals fill the head: what it does stands behind them.
            End::OutOfBytes if self.is_cut() && (self.opcodes >= 1 || self.is_in_literal()) => {
                Some(Likeness::Plausible)
            }
            End::OutOfBytes if self.opcodes >= 8 && !self.is_text_like() => {
                Some(Likeness::Plausible)
            }
            End::OutOfBytes | End::Broken if self.imports > 0 && self.known_import => {
                Some(Likeness::Plausible)
            }
            End::OutOfBytes | End::Broken => None,
        }
    }

    fn run(&mut self) -> End {
        self.sane_names = true;
        loop {
            let Some(&opcode) = self.head.get(self.at) else {
                return End::OutOfBytes;
            };
            self.at = self.at.saturating_add(1);
            if opcode == op::STOP {
                return if self.held == 1 && self.below.is_empty() {
                    End::Stop
                } else {
                    End::Broken
                };
            }
            if let Err(end) = self.argument(opcode).and_then(|()| self.effect(opcode)) {
                return end;
            }
            self.opcodes = self.opcodes.saturating_add(1);
        }
    }

    fn rest(&self) -> &[u8] {
        self.head.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, count: u64) -> Result<(), End> {
        let at = u64::try_from(self.at)
            .unwrap_or(u64::MAX)
            .saturating_add(count);
        if at > self.size {
            return Err(End::Broken);
        }
        self.at = usize::try_from(at).unwrap_or(usize::MAX);
        if self.at > self.head.len() {
            Err(End::OutOfBytes)
        } else {
            Ok(())
        }
    }

    fn number(&mut self, width: usize) -> Result<u64, End> {
        let Some(bytes) = self.rest().get(..width) else {
            return Err(End::OutOfBytes);
        };
        let number = bytes
            .iter()
            .rev()
            .fold(0_u64, |sum, &byte| sum.wrapping_shl(8) | u64::from(byte));
        self.at = self.at.saturating_add(width);
        Ok(number)
    }

    fn line(&mut self) -> Result<(usize, usize), End> {
        let start = self.at;
        let Some(length) = memchr::memchr(b'\n', self.rest()) else {
            if self.is_cut() {
                return Err(End::OutOfBytes);
            }
            // At the end of a file, pure Python takes what there is without its last byte.
            self.at = self.head.len();
            return Ok((start, self.at.saturating_sub(1).max(start)));
        };
        self.at = self.at.saturating_add(length).saturating_add(1);
        Ok((start, start.saturating_add(length)))
    }

    fn text(&self, span: (usize, usize)) -> &str {
        self.head
            .get(span.0..span.1)
            .and_then(|raw| std::str::from_utf8(raw).ok())
            .unwrap_or_default()
    }

    fn argument(&mut self, opcode: u8) -> Result<(), End> {
        match op::shape(opcode) {
            None => Err(End::Broken),
            Some(op::Shape::Bare) => Ok(()),
            Some(op::Shape::Fixed(width)) => {
                let start = self.rest().first().copied();
                if opcode == op::FRAME {
                    let length = self.number(8)?;
                    self.frames = self.frames.saturating_add(u32::from(length <= self.size));
                    return Ok(());
                }
                self.skip(width)?;
                let is_bad = opcode == op::PROTO && start.is_some_and(|protocol| protocol > 5);
                if is_bad { Err(End::Broken) } else { Ok(()) }
            }
            Some(op::Shape::Line) => {
                let line = self.line()?;
                let text = self.text(line).trim();
                let fits = match opcode {
                    op::INT | op::LONG | op::GET | op::PUT | op::FLOAT => is_number(text),
                    op::STRING => {
                        text.len() >= 2
                            && text.starts_with(['\'', '"'])
                            && text.ends_with(['\'', '"'])
                    }
                    _ => true,
                };
                if fits { Ok(()) } else { Err(End::Broken) }
            }
            Some(op::Shape::TwoLines) => {
                let (module, name) = (self.line()?, self.line()?);
                self.import(module, name)
            }
            Some(op::Shape::Counted(width)) => {
                let length = self.number(usize::try_from(width).unwrap_or_default())?;
                let start = self.at;
                let is_text = matches!(
                    opcode,
                    op::BINUNICODE | op::SHORT_BINUNICODE | op::BINUNICODE8 | op::SHORT_BINSTRING
                );
                self.skip(length)?;
                if is_text {
                    let [_, last] = self.texts;
                    self.texts = [last, Some((start, self.at))];
                }
                Ok(())
            }
        }
    }

    fn import(&mut self, module: (usize, usize), name: (usize, usize)) -> Result<(), End> {
        let (module, name) = (self.text(module), self.text(name));
        let is_sane = is_dotted(module) && name.split('.').all(is_identifier);
        if !is_sane
            && (module.is_empty()
                || name.is_empty()
                || !module.chars().all(|it| it.is_ascii_graphic()))
        {
            return Err(End::Broken);
        }
        // Rows of a table are no names, whatever a policy thinks of names that hide something.
        let known = is_sane && crate::policy::is_known(module, name);
        self.sane_names &= is_sane;
        self.known_import |= known;
        self.imports = self.imports.saturating_add(1);
        Ok(())
    }

    fn take(&mut self, count: u64) -> Result<(), End> {
        self.held = self.held.checked_sub(count).ok_or(End::Broken)?;
        Ok(())
    }

    fn give(&mut self, count: u64) {
        self.held = self.held.saturating_add(count);
    }

    /// Takes everything above the mark.
    fn unmark(&mut self) -> Result<u64, End> {
        let above = self.held;
        self.held = self.below.pop().ok_or(End::Broken)?;
        Ok(above)
    }

    fn effect(&mut self, opcode: u8) -> Result<(), End> {
        match opcode {
            op::PROTO | op::FRAME => {}
            op::MARK => {
                self.below.push(self.held);
                self.held = 0;
            }
            op::POP if self.held == 0 => {
                self.unmark()?;
            }
            op::POP | op::APPEND => self.take(1)?,
            op::POP_MARK => {
                self.unmark()?;
            }
            op::DUP
            | op::PUT
            | op::BINPUT
            | op::LONG_BINPUT
            | op::MEMOIZE
            | op::READONLY_BUFFER
            | op::BINPERSID
            | op::TUPLE1 => {
                if self.held == 0 {
                    return Err(End::Broken);
                }
                if opcode == op::DUP {
                    self.give(1);
                }
                if matches!(opcode, op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE) {
                    self.memo = self.memo.saturating_add(1);
                }
            }
            op::GET | op::BINGET | op::LONG_BINGET => {
                if self.memo == 0 {
                    return Err(End::Broken);
                }
                self.give(1);
            }
            op::TUPLE2 => {
                self.take(2)?;
                self.give(1);
            }
            op::TUPLE3 => {
                self.take(3)?;
                self.give(1);
            }
            op::TUPLE | op::LIST | op::DICT | op::FROZENSET => {
                self.unmark()?;
                self.give(1);
            }
            op::SETITEM => {
                self.take(2)?;
                self.needs_target()?;
            }
            op::APPENDS | op::SETITEMS | op::ADDITEMS => {
                self.unmark()?;
                self.needs_target()?;
            }
            op::STACK_GLOBAL => {
                self.take(2)?;
                self.imports = self.imports.saturating_add(1);
                if let [Some(module), Some(name)] = self.texts {
                    self.known_import |=
                        crate::policy::is_known(self.text(module), self.text(name));
                }
                self.give(1);
            }
            op::REDUCE | op::NEWOBJ => {
                self.take(2)?;
                self.call();
            }
            op::NEWOBJ_EX => {
                self.take(3)?;
                self.call();
            }
            op::BUILD => {
                self.take(1)?;
                self.needs_target()?;
                self.calls = self.calls.saturating_add(u32::from(self.imports > 0));
            }
            op::INST => {
                self.unmark()?;
                self.call();
            }
            op::OBJ => {
                if self.unmark()? == 0 {
                    return Err(End::Broken);
                }
                self.call();
            }
            op::EXT1 | op::EXT2 | op::EXT4 => {
                self.imports = self.imports.saturating_add(1);
                self.give(1);
            }
            _ => self.give(1),
        }
        Ok(())
    }

    fn needs_target(&self) -> Result<(), End> {
        if self.held == 0 {
            Err(End::Broken)
        } else {
            Ok(())
        }
    }

    fn call(&mut self) {
        self.give(1);
        self.calls = self.calls.saturating_add(u32::from(self.imports > 0));
    }

    /// A stream without header that ends well: what follows tells whether it was meant.
    fn after_stop(&self) -> Option<Likeness> {
        let rest = self.rest();
        let is_all = u64::try_from(self.at).unwrap_or(u64::MAX) >= self.size;
        if self.imports > 0 {
            return Some(Likeness::Certain);
        }
        let padding = rest
            .iter()
            .all(|byte| *byte == 0 || byte.is_ascii_whitespace());
        if self.opcodes >= 3 && (is_all || padding) {
            Some(Likeness::Certain)
        } else if is_all || padding || matches!(rest, [op::PROTO, 0..=5, ..]) {
            Some(Likeness::Plausible)
        } else {
            None
        }
    }

    /// Whether the source goes on behind the head.
    fn is_cut(&self) -> bool {
        u64::try_from(self.head.len()).is_ok_and(|held| held < self.size)
    }

    /// Whether the head ends inside a string or bytes that begin the stream.
    fn is_in_literal(&self) -> bool {
        match self.head {
            [op::BINUNICODE, _, _, _, _, text @ ..] => {
                let text = text.get(..text.len().saturating_sub(4)).unwrap_or_default();
                std::str::from_utf8(text).map_or_else(|error| error.error_len().is_none(), |_| true)
            }
            [op::BINBYTES | op::BINSTRING | op::UNICODE, ..] | [op::STRING, b'\'' | b'"', ..] => {
                true
            }
            _ => false,
        }
    }

    /// Whether what was walked could as well be prose.
    fn is_text_like(&self) -> bool {
        let walked = self
            .head
            .get(..self.at.min(self.head.len()))
            .unwrap_or_default();
        self.imports == 0
            && walked
                .iter()
                .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
    }
}

/// Whether Python would read text as a number, in any base.
fn is_number(text: &str) -> bool {
    text.bytes()
        .next()
        .is_some_and(|it| it.is_ascii_digit() || b"+-.ni".contains(&it.to_ascii_lowercase()))
        && text
            .bytes()
            .all(|it| it.is_ascii_hexdigit() || b"xXoOlLnNiItTyYfF_.+-".contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(bytes: &[u8]) -> Option<Likeness> {
        recognise(bytes, u64::try_from(bytes.len()).expect("short"))
    }

    #[test]
    fn pickles_are_recognised_whole_and_broken() {
        for bytes in [
            b"cos\nsystem\n(S'id'\ntR.".as_slice(),
            b"cos\nsystem\n(S'id'\ntR",
            b"cos\nsystem\n(S'id'\ntR\xff\xff",
            b"I0x10\n0cos\nsystem\n(S'id'\ntR.",
            b"N.cos\nsystem\n(S'id'\ntR.",
            b"(lp0\nI1\na.",
            b"\x80\x02}q\x00.",
            b"\x80\x04\x95\x0a\0\0\0\0\0\0\0}\x94\x8c\x01a",
            b"(Vecho\nios\nsystem\n",
        ] {
            assert_eq!(
                likeness(bytes),
                Some(Likeness::Certain),
                "{}",
                bytes.escape_ascii()
            );
        }
    }

    #[test]
    fn what_could_be_one_is_worth_a_look() {
        for bytes in [
            b"N.".as_slice(),
            b"cos\nsystem\n",
            b"\x80\x04\x95\x05\0\0\0\0\0\0\0cjson",
        ] {
            assert_eq!(
                likeness(bytes),
                Some(Likeness::Plausible),
                "{}",
                bytes.escape_ascii()
            );
        }
        let mut long = b"X\x00\x00\x02\x00".to_vec();
        long.resize(65_536, b'x');
        assert_eq!(recognise(&long, 200_000), Some(Likeness::Plausible));
    }

    #[test]
    fn other_formats_are_not_taken_for_pickles() {
        for bytes in [
            b"".as_slice(),
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"\x93NUMPY\x01\0v\0{'descr': '<f8'}",
            b"GGUF\x03\0\0\0\x10\0\0\0\0\0\0\0",
            b"PK\x03\x04\x14\0\0\0\x08\0",
            b"\x7fELF\x02\x01\x01\0",
            b"(\0\0\0\0\0\0\0{\"a\":{}}",
            b"\x1f\x8b\x08\0\0\0\0\0",
            b"{\"a\": 1}",
            b"import os\nos.system('id')\n",
            b"cat\ndog\nelephant\nfish\n",
            b"I never said that.\nNot once.\n",
            b"The quick brown fox.\n",
            b"id,text\n1,hello\n",
            b"c,d\n1,2\n3,4\n",
            b"<html>",
            b"]) or {}.\n",
            b"\0\0\x80\x3f\0\0\0\x40",
        ] {
            assert_eq!(likeness(bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
