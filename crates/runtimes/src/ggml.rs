//! The formats before GGUF: GGML, GGMF, GGJT and the adapters of GGLA.
//!
//! There is no table of contents: hyperparameters whose number depends on the network, a vocabulary, then tensors
//! one after the other to the end of the file. Readers in C trusted every count (the class of CVE-2026-47747 to
//! -47750, and of early llama.cpp). The versioned forms are those of LLaMA, so that a lie is a lie; for plain GGML
//! the known networks are tried, and if none fits, nothing is said to be clean.
//!
//! Sources: `llama.cpp` at the commits that introduced each magic number, the `examples` of ggml, whisper.cpp's
//! `whisper_model_load`.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{Cursor, SharedBytes, read_range};
use chainwright_core::fields::{u32_le, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};
use chainwright_core::problem::ProblemKind;

use crate::facts::{elements, lie};

/// `ggml`, without a version.
pub(crate) const GGML: u32 = 0x6767_6d6c;
/// `ggmf`: with a version and scores in the vocabulary.
pub(crate) const GGMF: u32 = 0x6767_6d66;
/// `ggjt`: with tensors at multiples of 32.
pub(crate) const GGJT: u32 = 0x6767_6a74;
/// `ggla`: an adapter.
pub(crate) const GGLA: u32 = 0x6767_6c61;

/// The class of the advisories about these readers.
const CLASS: &str = "CVE-2026-47747";
/// Bytes of a token beyond which it is none.
const TOKEN: u64 = 4096;
/// Tokens of a vocabulary beyond which it is none.
const TOKENS: u64 = 4_000_000;
/// Tensors between two looks at the clock.
const STEPS: u64 = 1024;

/// How a family of networks lays out its file.
#[derive(Debug, Clone, Copy)]
struct Layout {
    name: &'static str,
    /// 32-bit hyperparameters behind the magic number (and version).
    parameters: u64,
    /// Whether the first of them is the size of the vocabulary, or it stands behind them.
    counts_vocabulary_again: bool,
    /// Whether each token has a score.
    has_scores: bool,
    /// Whether mel filters stand before the vocabulary.
    has_filters: bool,
    /// Whether tensor data begin at multiples of 32.
    is_aligned: bool,
    /// Which hyperparameter is the size of the vocabulary.
    vocabulary: u64,
}

const PLAIN: Layout = Layout {
    name: "llama",
    parameters: 7,
    counts_vocabulary_again: false,
    has_scores: false,
    has_filters: false,
    is_aligned: false,
    vocabulary: 0,
};

/// Networks that plain GGML files are known of.
const LAYOUTS: &[Layout] = &[
    PLAIN,
    Layout {
        name: "gpt-2",
        parameters: 6,
        counts_vocabulary_again: true,
        ..PLAIN
    },
    Layout {
        name: "gpt-j or gpt-neox",
        parameters: 7,
        counts_vocabulary_again: true,
        ..PLAIN
    },
    Layout {
        name: "gpt-neox or bloom",
        parameters: 8,
        ..PLAIN
    },
    Layout {
        name: "gpt-neox",
        parameters: 7,
        ..PLAIN
    },
    Layout {
        name: "bloom",
        parameters: 7,
        ..PLAIN
    },
    Layout {
        name: "starcoder",
        parameters: 6,
        ..PLAIN
    },
    Layout {
        name: "bert",
        parameters: 7,
        ..PLAIN
    },
    Layout {
        name: "replit",
        parameters: 6,
        has_scores: true,
        vocabulary: 4,
        ..PLAIN
    },
    Layout {
        name: "mpt",
        parameters: 8,
        vocabulary: 4,
        ..PLAIN
    },
    Layout {
        name: "dolly",
        parameters: 8,
        counts_vocabulary_again: true,
        ..PLAIN
    },
    Layout {
        name: "whisper",
        parameters: 11,
        counts_vocabulary_again: true,
        has_filters: true,
        ..PLAIN
    },
];

/// Bytes and elements of a block by the number of its type.
const fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (4, 1),
        1 | 25 | 30 => (2, 1),
        // Sizes of these changed between versions; the smallest is taken.
        2 => (18, 32),
        3 => (20, 32),
        4 | 5 => (20, 32),
        6 => (22, 32),
        7 => (24, 32),
        8 => (34, 32),
        9 => (36, 32),
        10 => (84, 256),
        11 => (110, 256),
        12 => (144, 256),
        13 => (176, 256),
        14 => (210, 256),
        15 => (292, 256),
        24 => (1, 1),
        27 | 28 => (8, 1),
        _ => return None,
    })
}

/// Whether bytes between tensors may be a little more than the type says: types whose blocks shrank.
const fn changed(kind: u32) -> bool {
    matches!(kind, 2..=9)
}

/// Reads such a file.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Ggml);
    let head = read_range(bytes.as_ref(), 0, 64).unwrap_or_default();
    let number = |index: usize| u32_le(&head, index.saturating_mul(4)).unwrap_or_default();
    let magic = number(0);
    match magic {
        GGLA => {
            facts.version = format!("ggla {}", number(1));
            let mut walk = Walk::new(bytes, budget, 16, true);
            finish(&mut walk, &mut facts);
        }
        GGMF | GGJT => {
            let name = if magic == GGMF { "ggmf" } else { "ggjt" };
            facts.version = format!("{name} {}", number(1));
            let layout = Layout {
                has_scores: true,
                is_aligned: magic == GGJT,
                ..PLAIN
            };
            let mut walk = Walk::new(bytes, budget, 8, layout.is_aligned);
            if let Err(stop) = walk.vocabulary(layout) {
                walk.say(&stop, &mut facts);
                return facts;
            }
            finish(&mut walk, &mut facts);
        }
        _ => plain(bytes, budget, &mut facts),
    }
    facts
}

/// Plain GGML does not say which network it holds: the layout that comes farthest is it.
fn plain(bytes: &SharedBytes, budget: &Budget, facts: &mut ModelFacts) {
    facts.version = "ggml".to_owned();
    let fitting = LAYOUTS.iter().find(|layout| {
        let mut walk = Walk::new(bytes, budget, 4, false);
        walk.vocabulary(**layout).is_ok() && (walk.left() == 0 || walk.tensor().is_ok())
    });
    let fitting = fitting.or_else(|| {
        LAYOUTS.iter().find(|layout| {
            let mut walk = Walk::new(bytes, budget, 4, false);
            walk.vocabulary(**layout).is_ok()
                && matches!(walk.tensor(), Err(Stop::Lie(..)))
                && walk.has_plausible_name()
        })
    });
    match fitting {
        Some(layout) => {
            facts.producer = layout.name.to_owned();
            let mut walk = Walk::new(bytes, budget, 4, false);
            if walk.vocabulary(*layout).is_ok() {
                finish(&mut walk, facts);
            }
        }
        None => facts.problem(
            ProblemKind::Unsupported,
            Place::Byte(4),
            "a GGML file of a network that is not known, or a broken one",
        ),
    }
}

fn finish(walk: &mut Walk<'_>, facts: &mut ModelFacts) {
    let mut steps = 0_u64;
    while walk.left() > 0 {
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(STEPS) && walk.budget.check_time().is_err() {
            let detail = "time was up within the tensors";
            facts.problem(ProblemKind::LimitReached, Place::Byte(walk.at()), detail);
            return;
        }
        let before = walk.at();
        match walk.tensor() {
            Ok(elements) => {
                facts.operators = facts.operators.saturating_add(1);
                facts.parameters = facts.parameters.saturating_add(elements);
            }
            Err(Stop::Lie(at, subject, detail))
                if facts.operators > 0 && !walk.has_plausible_name() =>
            {
                facts.hazard(ModelHazard::new(
                    Kind::StrayData,
                    Effect::Conditional,
                    Place::Byte(before),
                    &subject,
                    "bytes behind the last tensor belong to nothing",
                    "",
                ));
                facts.problem(ProblemKind::Malformed, Place::Byte(at), detail);
                return;
            }
            Err(stop) => {
                walk.say(&stop, facts);
                return;
            }
        }
    }
}

/// Why reading ends.
#[derive(Debug)]
enum Stop {
    /// The file is over.
    End,
    /// Time is up.
    Late,
    /// A number that cannot be true, at a place.
    Lie(u64, String, &'static str),
    /// A type that is not known.
    Unknown(u32),
}

struct Walk<'a> {
    cursor: Cursor<'a>,
    budget: &'a Budget,
    is_aligned: bool,
    has_name: bool,
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a SharedBytes, budget: &'a Budget, at: u64, is_aligned: bool) -> Self {
        Self {
            cursor: Cursor::at(bytes.as_ref(), at),
            budget,
            is_aligned,
            has_name: false,
        }
    }

    const fn at(&self) -> u64 {
        self.cursor.position()
    }

    fn left(&self) -> u64 {
        self.cursor.remaining()
    }

    /// Whether the last tensor's name was text, so that the layout is right and its numbers are meant.
    const fn has_plausible_name(&self) -> bool {
        self.has_name
    }

    fn say(&self, stop: &Stop, facts: &mut ModelFacts) {
        match stop {
            Stop::End => facts.problem(
                ProblemKind::Truncated,
                Place::Byte(self.at()),
                "the file ends within its header or a tensor",
            ),
            Stop::Late => facts.problem(
                ProblemKind::LimitReached,
                Place::Byte(self.at()),
                "time was up within the vocabulary",
            ),
            Stop::Lie(at, subject, detail) => lie(facts, *at, subject, detail, CLASS),
            Stop::Unknown(kind) => facts.problem(
                ProblemKind::Unsupported,
                Place::Byte(self.at()),
                format!("tensor type {kind}"),
            ),
        }
    }

    fn u32(&mut self) -> Result<u32, Stop> {
        let mut raw = [0_u8; 4];
        for slot in &mut raw {
            *slot = self.cursor.next_byte().ok().flatten().ok_or(Stop::End)?;
        }
        Ok(u32::from_le_bytes(raw))
    }

    /// Passes over hyperparameters and vocabulary.
    fn vocabulary(&mut self, layout: Layout) -> Result<(), Stop> {
        let start = self.at();
        let mut tokens = 0;
        for index in 0..layout.parameters {
            let number = self.u32()?;
            if index == layout.vocabulary {
                tokens = number;
            }
        }
        if layout.has_filters {
            let (mels, steps) = (self.u32()?, self.u32()?);
            let length = u64::from(mels)
                .saturating_mul(u64::from(steps))
                .saturating_mul(4);
            self.pass(length, "mel filters")?;
        }
        if layout.counts_vocabulary_again {
            tokens = self.u32()?;
        }
        let tokens = u64::from(tokens);
        if tokens > TOKENS || tokens.saturating_mul(4) > self.left() {
            let subject = format!("{tokens} tokens");
            return Err(Stop::Lie(
                start,
                subject,
                "a vocabulary is larger than the file can hold",
            ));
        }
        for index in 0..tokens {
            let at = self.at();
            if index.is_multiple_of(STEPS) && self.budget.check_time().is_err() {
                return Err(Stop::Late);
            }
            let length = u64::from(self.u32()?);
            if length > TOKEN || length > self.left() {
                let subject = format!("token of {length} bytes");
                return Err(Stop::Lie(at, subject, "a token is longer than any token"));
            }
            self.cursor.skip(length);
            if layout.has_scores {
                self.u32()?;
            }
        }
        Ok(())
    }

    fn pass(&mut self, length: u64, what: &str) -> Result<(), Stop> {
        if length > self.left() {
            let subject = format!("{what} of {length} bytes");
            let detail = "data reach beyond the end of the file";
            return Err(Stop::Lie(self.at(), subject, detail));
        }
        self.cursor.skip(length);
        Ok(())
    }

    /// Passes over one tensor and returns the number of its elements.
    fn tensor(&mut self) -> Result<u64, Stop> {
        let start = self.at();
        self.has_name = false;
        let (rank, name_length, kind) = (self.u32()?, self.u32()?, self.u32()?);
        let bad = |what: String, detail| Err(Stop::Lie(start, what, detail));
        if !(1..=4).contains(&rank) {
            // Lies about the rank are told from other layouts by the name that follows.
            self.has_name = (1..=256).contains(&name_length) && kind < 64;
            return bad(
                format!("{rank} dimensions"),
                "a tensor has more dimensions than readers have room for",
            );
        }
        let mut shape = Vec::new();
        for _ in 0..rank {
            shape.push(i64::from(self.u32()?.cast_signed()));
        }
        if u64::from(name_length) > self.left() || name_length > 1024 {
            self.has_name = kind < 64;
            let detail = "the name of a tensor is longer than readers have room for";
            return bad(format!("name of {name_length} bytes"), detail);
        }
        let name = self.name(name_length)?;
        let Some((bytes, items)) = block(kind) else {
            return Err(Stop::Unknown(kind));
        };
        let count = elements(shape.iter().copied());
        let length = count.and_then(|count| count.div_ceil(items).checked_mul(bytes));
        let (Some(count), Some(length)) = (count, length) else {
            return bad(
                format!("{name} {shape:?}"),
                "the size of a tensor overflows or cannot be",
            );
        };
        if self.is_aligned {
            let position = self.at().next_multiple_of(32);
            self.cursor.seek_to(position);
        }
        if length > self.left() {
            return bad(
                format!("{name} {shape:?}"),
                "a tensor reaches beyond the end of the file",
            );
        }
        self.cursor.skip(length);
        if changed(kind) {
            self.find_next(kind, count);
        }
        Ok(count)
    }

    fn name(&mut self, length: u32) -> Result<String, Stop> {
        let mut name = Vec::new();
        for _ in 0..length {
            let byte = self.cursor.next_byte().ok().flatten().ok_or(Stop::End)?;
            name.push(byte);
        }
        self.has_name = wide(name.len()) > 0
            && name
                .iter()
                .all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    /// Older blocks of some types are larger: the sizes that were ever used are tried.
    fn find_next(&mut self, kind: u32, count: u64) {
        let end = self.at();
        if self.looks_like_tensor() {
            return;
        }
        let older: &[u64] = match kind {
            2 => &[20],
            3..=5 => &[24],
            6 => &[24, 22],
            8 => &[36],
            9 => &[40, 44],
            _ => &[],
        };
        let smaller = block(kind).map_or(0, |(bytes, _)| bytes);
        for size in older {
            let more = count
                .div_ceil(32)
                .saturating_mul(size.saturating_sub(smaller));
            self.cursor.seek_to(end.saturating_add(more));
            if self.looks_like_tensor() {
                return;
            }
        }
        self.cursor.seek_to(end);
    }

    /// Whether the next bytes are the head of a tensor, or the end of the file.
    fn looks_like_tensor(&mut self) -> bool {
        let at = self.at();
        let found = match (self.left(), self.u32(), self.u32(), self.u32()) {
            (0, ..) => true,
            (_, Ok(rank), Ok(length), Ok(kind)) => {
                (1..=4).contains(&rank) && (1..=256).contains(&length) && block(kind).is_some()
            }
            _ => false,
        };
        let is_over = self.left() == 0 && at > 0 && found;
        self.cursor.seek_to(at);
        found || is_over
    }
}
