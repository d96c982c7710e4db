//! Pickles inside literals of pickles, given to a loader or complete in themselves.

use chainwright_core::bytes::{ByteSource, ReadError};
use chainwright_core::problem::ProblemKind;

use crate::code;
use crate::decode;
use crate::facts::{Capability, Flavour, Likeness, Reason, UseKind};
use crate::file;
use crate::input::Span;
use crate::literal::Coding;
use crate::machine::{Machine, Placement, Reading, Setting};
use crate::policy::Judgement;
use crate::recognise::recognise;
use crate::value::{Node, Value};

/// LIMIT: bytes of a payload that has to be decoded.
const DECODED: usize = 16 * 1024 * 1024;
/// LIMIT: bytes scanned in literals, in excess of the size of the file.
const EXCESS: u64 = 64 * 1024 * 1024;
const HEAD: usize = 64 * 1024;
/// LIMIT: members of a zip in a literal.
const ZIP_MEMBERS: usize = 64;

/// A stretch of a source, as a source.
#[derive(Debug)]
struct Stretch<'a> {
    source: &'a dyn ByteSource,
    span: Span,
}

impl ByteSource for Stretch<'_> {
    fn size(&self) -> u64 {
        self.span.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let rest = usize::try_from(self.span.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buffer.len().min(rest);
        match buffer.get_mut(..count) {
            Some(part) if count > 0 => self
                .source
                .read_at(self.span.start.saturating_add(offset), part),
            _ => Ok(0),
        }
    }

    fn as_slice(&self) -> Option<&[u8]> {
        let start = usize::try_from(self.span.start).ok()?;
        let end = start.checked_add(usize::try_from(self.span.length).ok()?)?;
        self.source.as_slice()?.get(start..end)
    }
}

impl Machine<'_, '_> {
    /// Scans what a value holds, if it is a pickle; `by_loader` if a loader is known to read it.
    pub(super) fn load(&mut self, value: Value, by_loader: bool) {
        if self.may_load(0).is_none() {
            return;
        }
        match value {
            Value::Literal(literal) => {
                let span = literal.span;
                if span.length < 2 || !self.loaded.insert((span.start, span.length)) {
                    return;
                }
                if matches!(literal.coding, Coding::Bytes | Coding::Latin) {
                    let stretch = Stretch {
                        source: self.input.source(),
                        span,
                    };
                    let placement = match self.setting.placement {
                        Placement::Shifted(by) => Placement::Shifted(by.saturating_add(span.start)),
                        at @ Placement::At(_) => at,
                    };
                    self.load_source(&stretch, placement, by_loader);
                } else {
                    let bytes = literal.bytes(self.input.source(), DECODED);
                    self.load_source(&bytes, Placement::At(self.offset(span.start)), by_loader);
                }
            }
            Value::Node(id) => match self.heap.node(id) {
                Node::Bytes(bytes) => {
                    let bytes = bytes.clone();
                    self.loaded_bytes = self
                        .loaded_bytes
                        .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                    self.load_source(&bytes, Placement::At(self.here()), by_loader);
                }
                // `io.BytesIO(payload)` and other thin wrappers.
                Node::Object { arguments, .. } => {
                    let inner = arguments
                        .iter()
                        .copied()
                        .find(|it| matches!(it, Value::Literal(_)));
                    if let Some(inner) = inner {
                        self.load(inner, by_loader);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// Counts bytes of payloads that are copied or decoded; `None` when there were too many in this stream.
    pub(super) fn may_load(&mut self, count: usize) -> Option<()> {
        self.loaded_bytes = self
            .loaded_bytes
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if self.loaded_bytes <= self.input.end().saturating_add(EXCESS) {
            return Some(());
        }
        let here = self.here();
        let detail = "more payloads inside the pickle than are followed".to_owned();
        self.collector
            .problem(ProblemKind::LimitReached, here, detail);
        None
    }

    /// Looks into every string and bytes of a state.
    pub(super) fn load_all(&mut self, state: Value, depth: u8) {
        let inner: Vec<Value> = match state {
            Value::Node(id) if depth > 0 => match self.heap.node(id) {
                Node::Items { items, .. } => items.clone(),
                Node::Pairs { pairs, .. } => pairs.iter().map(|pair| pair.1).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        self.load(state, true);
        inner
            .into_iter()
            .for_each(|it| self.load_all(it, depth.saturating_sub(1)));
    }

    fn load_source(&mut self, source: &dyn ByteSource, placement: Placement, by_loader: bool) {
        let head = crate::input::content(
            source,
            Span {
                start: 0,
                length: source.size(),
            },
            HEAD,
        );
        let likeness = recognise(&head, source.size());
        let is_pickle = match likeness {
            Some(Likeness::Certain) => true,
            Some(Likeness::Plausible) => by_loader,
            None => false,
        };
        if is_pickle {
            self.scan_inside(source, placement);
        } else if head.starts_with(b"PK\x03\x04") {
            self.load_zip(source);
        } else if let Some(name) =
            code::sink_in_bytes(&head).filter(|_| by_loader && looks_marshalled(&head))
        {
            let judgement = Judgement::dangerous(Capability::CodeExecution, Reason::CodeNames);
            self.emit(
                UseKind::SerializedCode,
                judgement,
                "marshal",
                name,
                String::new,
            );
        }
    }

    fn scan_inside(&mut self, source: &dyn ByteSource, placement: Placement) {
        let here = self.here();
        self.loaded_bytes = self.loaded_bytes.saturating_add(source.size());
        let is_too_deep = self.setting.depth >= self.setting.budget.limits().depth;
        if is_too_deep || self.loaded_bytes > self.input.end().saturating_add(EXCESS) {
            let detail = "pickles inside pickles beyond what is followed".to_owned();
            self.collector
                .problem(ProblemKind::LimitReached, here, detail);
            return;
        }
        self.collector.nested();
        let setting = Setting {
            budget: self.setting.budget,
            depth: self.setting.depth.saturating_add(1),
            placement,
            reading: Reading::Contiguous,
            skips_arrays: true,
        };
        file::scan_streams(source, Flavour::Plain, setting, self.collector);
    }

    /// The members of a zip inside a literal, by their local headers; real files hold no zip here.
    fn load_zip(&mut self, source: &dyn ByteSource) {
        let bytes = crate::input::content(
            source,
            Span {
                start: 0,
                length: source.size(),
            },
            DECODED,
        );
        let here = self.here();
        let judgement = Judgement::new(crate::facts::Tier::UnknownCall, Reason::NestedPickle);
        self.emit(
            UseKind::Indirect,
            judgement,
            "zip archive",
            "in a literal",
            String::new,
        );
        for start in memchr::memmem::find_iter(&bytes, b"PK\x03\x04").take(ZIP_MEMBERS) {
            let Some(header) = bytes.get(start..start.saturating_add(30)) else {
                break;
            };
            let field = |at: usize| {
                let low = header.get(at).copied().unwrap_or_default();
                let high = header
                    .get(at.saturating_add(1))
                    .copied()
                    .unwrap_or_default();
                usize::from(u16::from_le_bytes([low, high]))
            };
            let data = start
                .saturating_add(30)
                .saturating_add(field(26))
                .saturating_add(field(28));
            let Some(rest) = bytes.get(data..) else {
                continue;
            };
            let member = match field(8) {
                0 => rest.to_vec(),
                8 => decode::inflate_raw(rest, DECODED).unwrap_or_default(),
                _ => continue,
            };
            let head = member.get(..HEAD.min(member.len())).unwrap_or_default();
            if recognise(head, u64::try_from(member.len()).unwrap_or(u64::MAX)).is_some() {
                self.scan_inside(&member, Placement::At(here));
            }
        }
    }
}

/// Marshalled code objects begin with `c`, with or without the reference flag.
fn looks_marshalled(head: &[u8]) -> bool {
    matches!(head.first(), Some(b'c' | 0xe3))
}
