//! From a source to its facts: stacked streams, the old PyTorch format, what trails, and both readings of frames.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::problem::ProblemKind;

use crate::collect::Collector;
use crate::facts::{
    AnomalyKind, Flavour, Likeness, PickleFacts, Stream, StreamEnd, Trailing, TrailingKind,
};
use crate::input::{Input, Span, content};
use crate::machine::{Machine, Placement, Reading, Run, Setting};
use crate::recognise::{continues, recognise};
use crate::value::Value;

/// The magic number that opens the PyTorch format before zip: `0x1950a86a20f9469cfc6c` as LONG1.
const TORCH_MAGIC: &[u8] = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
/// The pickles of that format: magic, protocol version, system, data, storage keys.
const TORCH_STREAMS: u64 = 5;
const HEAD: usize = 64 * 1024;
/// Enough of what follows a stream to tell whether it is another one.
const NEXT_HEAD: usize = 4096;
/// LIMIT: bytes behind the last stream that are searched for another pickle.
const SEARCHED: usize = 1024 * 1024;

/// Scans one source as `flavour` is read; the content may show another flavour, which is then followed.
///
/// Never fails: whatever is broken becomes a problem of the facts. Offsets are in the source.
#[must_use]
pub fn scan(source: &dyn ByteSource, flavour: Flavour, budget: &Budget) -> PickleFacts {
    let mut collector = Collector::new(flavour);
    let setting = Setting {
        budget,
        depth: 0,
        placement: Placement::Shifted(0),
        reading: Reading::Contiguous,
        skips_arrays: !matches!(flavour, Flavour::TorchLegacy | Flavour::TorchZip),
    };
    scan_streams(source, flavour, setting, &mut collector);
    collector.into_facts()
}

/// Scans a source, again where loaders read it differently; the uses of all readings come together.
pub(crate) fn scan_streams(
    source: &dyn ByteSource,
    flavour: Flavour,
    setting: Setting<'_>,
    collector: &mut Collector,
) {
    let first = pass(source, flavour, setting, collector, true);
    if first.straddles {
        let reading = Reading::DropAtFrameEnd;
        pass(
            source,
            flavour,
            Setting { reading, ..setting },
            collector,
            false,
        );
    }
    if first.has_code_in_array {
        let before = collector.snapshot();
        pass(
            source,
            flavour,
            Setting {
                skips_arrays: false,
                ..setting
            },
            collector,
            false,
        );
        collector.keep_only_dangerous_since(&before);
    }
}

#[derive(Debug, Clone, Copy)]
struct Pass {
    straddles: bool,
    has_code_in_array: bool,
}

/// One reading of all streams of a source.
fn pass(
    source: &dyn ByteSource,
    flavour: Flavour,
    setting: Setting<'_>,
    collector: &mut Collector,
    reports: bool,
) -> Pass {
    let is_top = setting.depth == 0 && reports;
    let mut machine = Machine::new(Input::new(source, 0), setting, collector);
    let mut index = 0_u64;
    let mut is_torch = flavour == Flavour::TorchLegacy;
    loop {
        let start = machine.input.position();
        let run = machine.run();
        index = index.saturating_add(1);
        if is_top {
            record(&mut machine, start, run);
        }
        if index == 1 && opens_torch(source, start) {
            is_torch = true;
            if is_top {
                machine.collector.flavour = Flavour::TorchLegacy;
            }
        }
        if run.end != StreamEnd::Stop {
            break;
        }
        if is_torch && index == TORCH_STREAMS {
            skip_storages(&mut machine, run.root, is_top);
        }
        if machine.input.remaining() == 0 {
            break;
        }
        let is_expected = is_torch && index < TORCH_STREAMS;
        if !is_expected && !next_stream(&mut machine, source, is_top) {
            break;
        }
        if is_torch && index >= TORCH_STREAMS && is_top {
            let at = machine.offset(machine.input.position());
            machine.collector.anomaly(AnomalyKind::ExtraStream, at);
        }
    }
    let has_code_in_array = setting.skips_arrays && machine.array_at.is_some();
    if let Some(at) = machine.array_at.filter(|_| has_code_in_array && reports) {
        let at = machine.offset(at);
        machine.collector.anomaly(AnomalyKind::AmbiguousArray, at);
    }
    Pass {
        straddles: reports && machine.straddles_at.is_some(),
        has_code_in_array: reports && has_code_in_array,
    }
}

fn record(machine: &mut Machine<'_, '_>, start: u64, run: Run) {
    let root = machine.heap.kind_name(run.root);
    let stream = Stream {
        offset: start,
        length: machine.input.position().saturating_sub(start),
        protocol: run.protocol,
        opcodes: run.opcodes,
        end: run.end,
        root: chainwright_core::text::visible(&root, 200),
    };
    machine.collector.stream(stream);
}

fn opens_torch(source: &dyn ByteSource, start: u64) -> bool {
    let head = content(source, Span { start, length: 32 }, 32);
    let head = head
        .strip_prefix(b"\x80".as_slice())
        .and_then(|rest| rest.get(1..))
        .unwrap_or(&head);
    head.starts_with(TORCH_MAGIC)
}

/// The storages that the keys of the fifth stream announce: an element count each, then raw bytes.
fn skip_storages(machine: &mut Machine<'_, '_>, keys: Value, is_top: bool) {
    let start = machine.input.position();
    let count = machine.heap.count(keys).unwrap_or_default();
    let known: Vec<u64> = machine
        .heap
        .items(keys)
        .map(|(items, _)| items.to_vec())
        .unwrap_or_default()
        .into_iter()
        .map(|key| {
            machine
                .heap
                .text(key)
                .and_then(|key| machine.storages.get(&key).copied())
                .unwrap_or(4)
        })
        .collect();
    let mut sizes = known.into_iter();
    for _ in 0..count {
        let Ok(elements) = machine.input.number(8) else {
            break;
        };
        // Beyond the keys that are kept, storages are taken to be of the kind that most are.
        let size = sizes.next().unwrap_or(4);
        if machine.input.span(elements.saturating_mul(size)).is_err() {
            let at = machine.offset(start);
            machine.collector.problem(
                ProblemKind::Truncated,
                at,
                "the storages are shorter than announced".to_owned(),
            );
            break;
        }
    }
    let length = machine.input.position().saturating_sub(start);
    if is_top && length > 0 && machine.input.remaining() == 0 {
        machine.collector.trailing = Some(Trailing {
            offset: start,
            length,
            kind: TrailingKind::Storages,
        });
    }
}

/// Looks at what follows a stream; true if the input stands at another pickle.
fn next_stream(machine: &mut Machine<'_, '_>, source: &dyn ByteSource, is_top: bool) -> bool {
    let offset = machine.input.position();
    let length = machine.input.remaining();
    let head = content(
        source,
        Span {
            start: offset,
            length,
        },
        NEXT_HEAD,
    );
    if continues(&head, length) {
        return true;
    }
    let kind = if head.iter().all(|&byte| byte == 0) {
        first_other_byte(source, offset, length, |byte| byte == 0)
            .map_or(TrailingKind::Zeros, |_| TrailingKind::Unknown)
    } else if head.iter().all(u8::is_ascii_whitespace) {
        TrailingKind::Blank
    } else {
        TrailingKind::Unknown
    };
    let found = (kind == TrailingKind::Unknown)
        .then(|| search(source, offset, length))
        .flatten();
    if is_top {
        let kind = if found.is_some() {
            TrailingKind::Pickle
        } else {
            kind
        };
        machine.collector.trailing.get_or_insert(Trailing {
            offset,
            length,
            kind,
        });
    }
    let Some(at) = found else { return false };
    if is_top {
        machine.collector.anomaly(AnomalyKind::ExtraStream, at);
    }
    machine.input.seek_to(at);
    true
}

fn first_other_byte(
    source: &dyn ByteSource,
    start: u64,
    length: u64,
    is_same: fn(u8) -> bool,
) -> Option<u64> {
    let mut input = Input::new(source, start);
    // LIMIT: padding beyond this is taken to go on.
    for _ in 0..length.min(64 * 1024 * 1024) {
        let at = input.position();
        if !is_same(input.byte().ok()?) {
            return Some(at);
        }
    }
    None
}

/// A pickle further in, behind bytes that belong to nothing.
fn search(source: &dyn ByteSource, offset: u64, length: u64) -> Option<u64> {
    let skipped = skip_zeros(source, offset, length);
    let start = offset.saturating_add(skipped);
    let rest = length.saturating_sub(skipped);
    let bytes = content(
        source,
        Span {
            start,
            length: rest,
        },
        SEARCHED,
    );
    let is_certain = |at: usize| {
        let tail = bytes.get(at..).unwrap_or_default();
        let tail = tail.get(..HEAD.min(tail.len())).unwrap_or_default();
        let size = rest.saturating_sub(u64::try_from(at).unwrap_or(u64::MAX));
        recognise(tail, size) == Some(Likeness::Certain)
    };
    let candidates = std::iter::once(0)
        .chain(memchr::memchr2_iter(0x80, b'c', &bytes))
        .take(4096);
    let at = candidates.into_iter().find(|&at| is_certain(at))?;
    Some(start.saturating_add(u64::try_from(at).unwrap_or_default()))
}

fn skip_zeros(source: &dyn ByteSource, offset: u64, length: u64) -> u64 {
    let end = first_other_byte(source, offset, length, |byte| byte == 0);
    end.unwrap_or(offset).saturating_sub(offset)
}
