//! Counts and sums of a stretch of a tensor, and how they join.

use super::hidden::{self, Hidden};
use super::kernel::{self, Codes, Phases, Sums};
use super::pairs::{self, PairTest};
use super::rows::Rows;
use super::{BLOCK, BlockProfile, CONFIRMED, Layout, PLANES, QUANTISED_STEP, has_low_bits, layout};
use crate::decode;
use crate::dtype::Dtype;

/// Elements up to which a table of all codes would cost more than it saves.
const FEW: u64 = 16 * 1024;
/// Different bit patterns of NaN that are kept.
const NAN_PATTERNS: usize = 256;
/// Finds that are kept.
const FINDS: usize = 8;
/// A rhythm that chance does not give (chi-square with 7 degrees of freedom).
const RHYTHM: f64 = 100.0;
/// Entropy of eight planes below which low bits are called uneven.
const EVEN: f32 = 7.8;

/// Statistics in the making: of a whole tensor or of a stretch of it.
#[derive(Debug, Clone)]
pub struct Accumulator {
    pub(super) dtype: Dtype,
    pub(super) layout: Layout,
    /// Bytes of the tensor before the first one taken.
    start: u64,
    /// Bytes taken.
    pub(super) taken: u64,
    /// Counts of codes that are not in `codes` yet.
    recent: Option<Box<Codes>>,
    recent_count: u64,
    /// Counts of codes, once there is more than one stretch.
    total: Vec<u64>,
    /// Elements of small tensors, sorted out at the end.
    pub(super) few: Option<Vec<u16>>,
    /// Counts of bytes: by place in the element for floats, of all bytes otherwise.
    pub(super) bytes: Vec<[u64; 256]>,
    pub(super) sums: Sums,
    pub(super) special: Special,
    pub(super) nan_patterns: Vec<u64>,
    pub(super) union: u64,
    pub(super) beyond: u64,
    pub(super) first_beyond: u64,
    pub(super) last_beyond: u64,
    pub(super) beyond_half: u64,
    pub(super) ones: [u64; PLANES],
    pub(super) hash: u64,
    pub(super) text: u64,
    pub(super) blocks: BlockProfile,
    pub(super) hidden: Vec<Hidden>,
    confirmed: u32,
    /// Elements of a row, for smoothness.
    row: usize,
    pub(super) rows: Option<Rows>,
    pub(super) worst_pairs: Vec<PairTest>,
    values: Vec<f32>,
}

/// Elements that moments leave out, or that mean something of their own.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Special {
    pub nan: u64,
    pub positive: u64,
    pub negative: u64,
    pub zeros: u64,
    pub extremes: u64,
}

impl Special {
    /// Counts a value that is not finite.
    fn note(&mut self, value: f64) {
        let counter = if value.is_nan() {
            &mut self.nan
        } else if value > 0.0 {
            &mut self.positive
        } else {
            &mut self.negative
        };
        *counter = counter.saturating_add(1);
    }

    fn merge(&mut self, next: &Self) {
        self.nan = self.nan.saturating_add(next.nan);
        self.positive = self.positive.saturating_add(next.positive);
        self.negative = self.negative.saturating_add(next.negative);
        self.zeros = self.zeros.saturating_add(next.zeros);
        self.extremes = self.extremes.saturating_add(next.extremes);
    }
}

impl Accumulator {
    /// For the bytes of a tensor from `start` on, of which `length` will come; a tensor that is measured in one go
    /// starts at 0. `start` must be a multiple of [`BLOCK`].
    #[must_use]
    pub fn new(name: &str, dtype: Dtype, shape: &[u64], start: u64, length: u64) -> Self {
        let layout = layout(dtype);
        let counts_codes = matches!(layout, Layout::Short | Layout::Float | Layout::Double);
        let is_small = start == 0 && length <= FEW.saturating_mul(2);
        let planes = match layout {
            Layout::Float => 2,
            Layout::Short | Layout::Double => 0,
            Layout::Byte | Layout::Wide | Layout::Packed => 1,
        };
        Self {
            dtype: dtype.plain(),
            layout,
            start,
            taken: 0,
            recent: (counts_codes && !is_small).then(empty_codes),
            recent_count: 0,
            total: Vec::new(),
            few: (counts_codes && is_small).then(Vec::new),
            bytes: vec![[0; 256]; planes],
            sums: Sums::default(),
            special: Special::default(),
            nan_patterns: Vec::new(),
            union: 0,
            beyond: 0,
            first_beyond: u64::MAX,
            last_beyond: 0,
            beyond_half: 0,
            ones: [0; PLANES],
            hash: 0,
            text: 0,
            blocks: BlockProfile {
                first_rhythmic: u64::MAX,
                first_uneven: u64::MAX,
                first_enormous: u64::MAX,
                first_text: u64::MAX,
                entropy: (f32::INFINITY, f32::NEG_INFINITY),
                ..BlockProfile::default()
            },
            hidden: Vec::new(),
            confirmed: 0,
            row: shape
                .last()
                .map_or(1, |row| usize::try_from(*row).unwrap_or(usize::MAX)),
            rows: Rows::of(name, dtype, shape),
            worst_pairs: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Takes the next bytes: [`BLOCK`] of them, fewer only at the end of the tensor.
    pub fn block(&mut self, bytes: &[u8]) {
        let width = self.width();
        let whole = bytes
            .len()
            .saturating_sub(bytes.len().checked_rem(width).unwrap_or(0));
        let whole = bytes.get(..whole).unwrap_or_default();
        let position = self.start.saturating_add(self.taken);
        let number = position.checked_div(BLOCK as u64).unwrap_or(0);
        self.hash = self
            .hash
            .wrapping_add(kernel::mix(kernel::hash(bytes) ^ kernel::mix(number)));
        let text = kernel::text_bytes(bytes);
        self.text = self.text.saturating_add(text);
        if bytes.len() >= 64 && text.saturating_mul(100) >= (bytes.len() as u64).saturating_mul(97)
        {
            self.blocks.text = self.blocks.text.saturating_add(1);
            self.blocks.first_text = self.blocks.first_text.min(position);
        }
        self.blocks.count = self.blocks.count.saturating_add(1);
        let index = position.checked_div(width as u64).unwrap_or(0);
        if index == 0 && has_low_bits(self.dtype) {
            let head = whole.get(..width.saturating_mul(2048)).unwrap_or(whole);
            let elements = hidden::low_bits(head, width);
            let found = hidden::head(&elements, mantissa(self.dtype), 0);
            self.keep(found);
        }
        if position == 0
            && let Some(content) = hidden::plain(bytes.get(..4096).unwrap_or(bytes))
        {
            self.keep(Some(Hidden::whole(content, width)));
        }
        if number.is_multiple_of(16) && has_low_bits(self.dtype) {
            self.ask_smoothness(whole, width);
        }
        match self.layout {
            Layout::Short => self.shorts(whole, index, position),
            Layout::Float => self.floats(whole, index, position),
            Layout::Double => self.doubles(whole, index, position),
            Layout::Byte => self.plain_bytes(whole, position),
            Layout::Wide => self.wide_integers(whole),
            Layout::Packed => self.packed(whole, number, position),
        }
        if let Some(rows) = &mut self.rows {
            rows.add(self.dtype, whole, index);
        }
        self.taken = self.taken.saturating_add(bytes.len() as u64);
    }

    /// Bytes that were taken.
    #[must_use]
    pub const fn taken(&self) -> u64 {
        self.taken
    }

    /// Adds what was measured of the stretch that follows.
    pub fn merge(&mut self, mut next: Self) {
        self.settle();
        next.settle();
        self.add_codes(&next.total);
        if let (Some(few), Some(more)) = (&mut self.few, next.few) {
            few.extend(more);
        }
        for (counts, more) in self.bytes.iter_mut().zip(next.bytes) {
            for (count, more) in counts.iter_mut().zip(more) {
                *count = count.saturating_add(more);
            }
        }
        self.sums.merge(&next.sums);
        self.special.merge(&next.special);
        for pattern in next.nan_patterns {
            self.keep_nan(pattern);
        }
        self.union |= next.union;
        self.beyond = self.beyond.saturating_add(next.beyond);
        self.first_beyond = self.first_beyond.min(next.first_beyond);
        self.last_beyond = self.last_beyond.max(next.last_beyond);
        self.beyond_half = self.beyond_half.saturating_add(next.beyond_half);
        for (sum, more) in self.ones.iter_mut().zip(next.ones) {
            *sum = sum.saturating_add(more);
        }
        self.hash = self.hash.wrapping_add(next.hash);
        self.text = self.text.saturating_add(next.text);
        self.blocks.merge(&next.blocks);
        for find in next.hidden {
            self.keep(Some(find));
        }
        self.confirmed = self.confirmed.saturating_add(next.confirmed);
        if let (Some(rows), Some(more)) = (&mut self.rows, next.rows) {
            rows.merge(more);
        }
        keep_worse(&mut self.worst_pairs, next.worst_pairs);
        self.taken = self.taken.saturating_add(next.taken);
    }

    /// Bytes of an element; 1 for what is packed.
    fn width(&self) -> usize {
        match self.layout {
            Layout::Byte => 1,
            Layout::Short => 2,
            Layout::Float => 4,
            Layout::Double => 8,
            Layout::Wide | Layout::Packed => {
                self.dtype.block().map_or(1, |block| block.bytes as usize)
            }
        }
    }

    fn keep(&mut self, found: Option<Hidden>) {
        if let Some(found) = found
            && self.hidden.len() < FINDS
        {
            self.hidden.push(found);
        }
    }

    fn keep_nan(&mut self, pattern: u64) {
        if self.nan_patterns.len() < NAN_PATTERNS && !self.nan_patterns.contains(&pattern) {
            self.nan_patterns.push(pattern);
        }
    }

    fn shorts(&mut self, bytes: &[u8], index: u64, position: u64) {
        self.count(bytes, 2, |codes| kernel::count_codes(bytes, codes));
        let (infinite, huge, narrow, smallest) = match self.dtype {
            Dtype::F16 => (0x7c00_u16, 0x6c00, 7_u16, 0x0400),
            Dtype::Bf16 => (0x7f80, 0x5380, 0, 0),
            _ => (u16::MAX, u16::MAX, 0, 0),
        };
        let (mut enormous, mut union, mut beyond) = (0_u32, 0_u16, 0_u32);
        for raw in bytes.as_chunks::<2>().0 {
            let code = u16::from_le_bytes(*raw);
            let magnitude = code & 0x7fff;
            enormous =
                enormous.wrapping_add(u32::from((magnitude >= huge) & (magnitude < infinite)));
            // What is small is rounded to other bits than those of its former type.
            let is_normal = magnitude >= smallest;
            union |= if is_normal { code } else { 0 };
            beyond = beyond.wrapping_add(u32::from((code & narrow != 0) & is_normal));
        }
        self.union |= u64::from(union);
        self.note_beyond(bytes, 2, u64::from(narrow), beyond, index);
        self.note_enormous(enormous, bytes.len() / 2, position);
        self.low_bits(&kernel::phases_of_shorts(bytes), bytes, 2, index, position);
    }

    fn floats(&mut self, bytes: &[u8], index: u64, position: u64) {
        let facts = kernel::bits_of_floats(bytes);
        let (mut lowest, mut second) = ([0_u32; 256], [0_u32; 256]);
        self.count(bytes, 4, |codes| {
            kernel::count_floats(bytes, codes, &mut lowest, &mut second);
        });
        if self.few.is_some() {
            for [first, next, ..] in bytes.as_chunks::<4>().0 {
                for (table, byte) in [(&mut lowest, first), (&mut second, next)] {
                    if let Some(count) = table.get_mut(usize::from(*byte)) {
                        *count = count.wrapping_add(1);
                    }
                }
            }
        }
        for (counts, block) in self.bytes.iter_mut().zip([&lowest, &second]) {
            for (count, more) in counts.iter_mut().zip(block) {
                *count = count.saturating_add(u64::from(*more));
            }
        }
        let sums = if facts.largest < 0x7f80_0000 {
            finite_sums(bytes)
        } else {
            let values = bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|raw| f32::from_le_bytes(*raw));
            for value in values.clone().filter(|value| !value.is_finite()) {
                self.special.note(f64::from(value));
                if value.is_nan() {
                    self.keep_nan(u64::from(value.to_bits()));
                }
            }
            kernel::sums_of_any(values.map(f64::from))
        };
        self.special.zeros = self.special.zeros.saturating_add(u64::from(facts.zeros));
        self.sums.merge(&sums);
        self.union |= u64::from(facts.union);
        self.beyond_half = self
            .beyond_half
            .saturating_add(u64::from(facts.beyond_half));
        self.note_beyond(bytes, 4, 0xffff, facts.beyond, index);
        let mut enormous = 0_u32;
        if facts.largest >= 0x5380_0000 {
            for raw in bytes.as_chunks::<4>().0 {
                let magnitude = u32::from_le_bytes(*raw) & 0x7fff_ffff;
                let is_enormous = (0x5380_0000..0x7f7f_ffff).contains(&magnitude);
                enormous = enormous.wrapping_add(u32::from(is_enormous));
                let is_extreme = magnitude == 0x7f7f_ffff;
                self.special.extremes = self.special.extremes.saturating_add(u64::from(is_extreme));
            }
        }
        self.note_enormous(enormous, bytes.len() / 4, position);
        self.low_bits(&kernel::phases_of_floats(bytes), bytes, 4, index, position);
    }

    fn doubles(&mut self, bytes: &[u8], index: u64, position: u64) {
        let raw = bytes.as_chunks::<8>().0;
        let tops = raw
            .iter()
            .map(|raw| (u64::from_le_bytes(*raw) >> 48) as u16);
        match (&mut self.few, &mut self.recent) {
            (Some(few), _) => few.extend(tops),
            (None, Some(codes)) => {
                for code in tops {
                    if let Some(count) = codes.get_mut(usize::from(code)) {
                        *count = count.wrapping_add(1);
                    }
                }
            }
            (None, None) => {}
        }
        self.counted(raw.len() as u64);
        let (mut beyond, mut enormous) = (0_u32, 0_u32);
        for raw in raw {
            let bits = u64::from_le_bytes(*raw);
            let magnitude = bits & (u64::MAX >> 1);
            self.union |= bits;
            beyond = beyond.wrapping_add(u32::from(bits & 0x1fff_ffff != 0));
            let range = 0x4270_0000_0000_0000..0x7fef_ffff_ffff_ffff;
            enormous = enormous.wrapping_add(u32::from(range.contains(&magnitude)));
            let is_extreme = magnitude == 0x7fef_ffff_ffff_ffff;
            self.special.extremes = self.special.extremes.saturating_add(u64::from(is_extreme));
            self.special.zeros = self.special.zeros.saturating_add(u64::from(magnitude == 0));
        }
        let values = raw.iter().map(|raw| f64::from_le_bytes(*raw));
        for value in values.clone().filter(|value| !value.is_finite()) {
            self.special.note(value);
            if value.is_nan() {
                self.keep_nan(value.to_bits());
            }
        }
        self.sums.merge(&kernel::sums_of_any(values));
        self.note_beyond(bytes, 8, 0x1fff_ffff, beyond, index);
        self.note_enormous(enormous, raw.len(), position);
        self.low_bits(&kernel::phases_of_doubles(bytes), bytes, 8, index, position);
    }

    fn plain_bytes(&mut self, bytes: &[u8], position: u64) {
        self.all_bytes(bytes);
        if has_low_bits(self.dtype) {
            let phases = kernel::phases_of_bytes(bytes);
            self.low_bits(&phases, bytes, 1, position, position);
        }
    }

    fn wide_integers(&mut self, bytes: &[u8]) {
        self.all_bytes(bytes);
        let mut values = std::mem::take(&mut self.values);
        decode::decode(self.dtype, bytes, &mut values);
        let zeros = values.iter().filter(|value| **value == 0.0).count() as u64;
        self.special.zeros = self.special.zeros.saturating_add(zeros);
        self.sums.merge(&kernel::sums_of_any(
            values.iter().map(|value| f64::from(*value)),
        ));
        self.values = values;
    }

    fn packed(&mut self, bytes: &[u8], number: u64, position: u64) {
        self.all_bytes(bytes);
        let is_sampled = number.is_multiple_of(QUANTISED_STEP);
        let Some(size) = self.dtype.block().map(|block| u64::from(block.bytes)) else {
            return;
        };
        if is_sampled {
            // The first whole block behind the start of these bytes.
            let skip = position.next_multiple_of(size).saturating_sub(position);
            let rest = usize::try_from(skip)
                .ok()
                .and_then(|skip| bytes.get(skip..));
            let mut values = std::mem::take(&mut self.values);
            decode::decode(self.dtype, rest.unwrap_or_default(), &mut values);
            let zeros = values.iter().filter(|value| **value == 0.0).count() as u64;
            self.special.zeros = self.special.zeros.saturating_add(zeros);
            for value in values.iter().filter(|value| !value.is_finite()) {
                self.special.note(f64::from(*value));
            }
            self.sums.merge(&kernel::sums_of_any(
                values.iter().map(|value| f64::from(*value)),
            ));
            self.values = values;
        }
    }

    fn all_bytes(&mut self, bytes: &[u8]) {
        let mut counts = [0_u32; 256];
        kernel::count_bytes(bytes, &mut counts);
        if let Some(total) = self.bytes.first_mut() {
            for (count, more) in total.iter_mut().zip(counts) {
                *count = count.saturating_add(u64::from(more));
            }
        }
        if bytes.len() >= BLOCK / 4 {
            let counts = counts.map(u64::from);
            self.note_entropy(entropy(&counts));
            if (chi_square(&counts) - 1.0).abs() < 0.4 {
                self.blocks.uniform = self.blocks.uniform.saturating_add(1);
            }
        }
    }

    fn note_entropy(&mut self, bits: f32) {
        let (lowest, highest) = &mut self.blocks.entropy;
        *lowest = lowest.min(bits);
        *highest = highest.max(bits);
    }

    /// Counts elements by code, in the table or, for small tensors, in the list.
    fn count(&mut self, bytes: &[u8], width: usize, count: impl FnOnce(&mut Codes)) {
        let elements = bytes.len().checked_div(width).unwrap_or(0);
        match (&mut self.few, &mut self.recent) {
            (Some(few), _) => few.extend(bytes.chunks_exact(width).map(|raw| {
                let top = raw.last_chunk::<2>().copied().unwrap_or_default();
                u16::from_le_bytes(top)
            })),
            (None, Some(codes)) => count(codes),
            (None, None) => {}
        }
        self.counted(elements as u64);
    }

    /// Moves counts to the wide table before they could overflow.
    fn counted(&mut self, elements: u64) {
        self.recent_count = self.recent_count.saturating_add(elements);
        if self.recent_count > u64::from(u32::MAX / 2) {
            self.settle();
        }
    }

    fn note_beyond(&mut self, bytes: &[u8], width: usize, mask: u64, count: u32, index: u64) {
        if count == 0 {
            return;
        }
        self.beyond = self.beyond.saturating_add(u64::from(count));
        let is_beyond = |raw: &[u8]| {
            let low = raw
                .iter()
                .rev()
                .fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
            low & mask != 0 && (width != 2 || low & 0x7c00 != 0)
        };
        if self.first_beyond == u64::MAX
            && let Some(at) = bytes.chunks_exact(width).position(is_beyond)
        {
            self.first_beyond = index.saturating_add(at as u64);
        }
        if let Some(back) = bytes.chunks_exact(width).rev().position(is_beyond) {
            let count = bytes.len().checked_div(width).unwrap_or(0);
            let at = count.saturating_sub(back).saturating_sub(1);
            self.last_beyond = index.saturating_add(at as u64);
        }
    }

    fn note_enormous(&mut self, count: u32, elements: usize, position: u64) {
        if count > 0 && u64::from(count).saturating_mul(100) >= elements as u64 {
            self.blocks.enormous = self.blocks.enormous.saturating_add(1);
            self.blocks.first_enormous = self.blocks.first_enormous.min(position);
        }
    }

    /// Looks for a rhythm and for uneven use in the low bits of a block.
    fn low_bits(&mut self, phases: &Phases, bytes: &[u8], width: usize, index: u64, position: u64) {
        let lanes = bytes
            .len()
            .checked_div(width.saturating_mul(8))
            .unwrap_or(0) as f64;
        let mut strongest = 0.0_f64;
        let mut bits = 0.0_f32;
        for ((plane, ones), bit) in phases.iter().zip(&mut self.ones).zip(0_u32..) {
            let sum: u64 = plane.iter().map(|count| u64::from(*count)).sum();
            *ones = ones.saturating_add(sum);
            if bit >= mantissa(self.dtype).max(1) {
                continue;
            }
            let rate = sum as f64 / (8.0 * lanes).max(1.0);
            bits += plane_entropy(rate);
            if lanes >= 64.0 && rate > 0.002 && rate < 0.998 {
                let expected = rate * lanes;
                let scale = lanes * rate * (1.0 - rate);
                let rhythm: f64 = plane
                    .iter()
                    .map(|count| (f64::from(*count) - expected).powi(2) / scale)
                    .sum();
                strongest = strongest.max(rhythm);
            }
        }
        let planes = mantissa(self.dtype).min(8) as f32;
        let is_uneven = bits > 0.5 && bits < EVEN - (8.0 - planes) && bytes.len() >= BLOCK / 4;
        if bytes.len() >= BLOCK / 4 {
            self.note_entropy(bits);
        }
        if strongest > RHYTHM || is_uneven {
            self.confirm(strongest, is_uneven, bytes, width, index, position);
        }
    }

    /// Looks closely at a block that stands out.
    fn confirm(
        &mut self,
        rhythm: f64,
        is_uneven: bool,
        bytes: &[u8],
        width: usize,
        index: u64,
        position: u64,
    ) {
        // Zeros at regular places, as structured pruning leaves them, are no rhythm of bits.
        let rhythm = rhythm.min(rhythm_without_zeros(bytes, width, mantissa(self.dtype)));
        let rhythm = rhythm * variety(bytes);
        if is_uneven {
            self.blocks.uneven = self.blocks.uneven.saturating_add(1);
            self.blocks.first_uneven = self.blocks.first_uneven.min(position);
        }
        if rhythm > RHYTHM {
            self.blocks.rhythmic = self.blocks.rhythmic.saturating_add(1);
            self.blocks.first_rhythmic = self.blocks.first_rhythmic.min(position);
            self.blocks.strongest_rhythm = self.blocks.strongest_rhythm.max(rhythm as f32);
        } else if !is_uneven {
            return;
        }
        if self.confirmed < CONFIRMED && self.hidden.len() < FINDS {
            self.confirmed = self.confirmed.saturating_add(1);
            let elements = hidden::low_bits(bytes, width);
            let found = hidden::anywhere(&elements, mantissa(self.dtype), index);
            self.keep(found);
        }
    }

    /// Moves the counts of codes to the wide table and tests their pairs.
    pub(super) fn settle(&mut self) {
        if self.recent_count == 0 {
            return;
        }
        if let Some(codes) = self.recent.take() {
            let power = 8.0;
            let bits = code_mantissa(self.dtype);
            let pairs = pairs::test(
                &|code| codes.get(usize::from(code)).copied().map_or(0, u64::from),
                bits,
                power,
            );
            keep_worse(&mut self.worst_pairs, pairs);
            let wide: Vec<u64> = codes.iter().map(|count| u64::from(*count)).collect();
            self.add_codes(&wide);
            self.recent = Some(empty_codes());
        }
        self.recent_count = 0;
    }

    fn add_codes(&mut self, more: &[u64]) {
        if self.total.is_empty() {
            self.total = more.to_vec();
        } else {
            for (count, more) in self.total.iter_mut().zip(more) {
                *count = count.saturating_add(*more);
            }
        }
    }

    /// Codes with their counts, in order of the codes.
    pub(super) fn codes(&mut self) -> Vec<(u16, u64)> {
        if let Some(mut few) = self.few.take() {
            few.sort_unstable();
            return few
                .chunk_by(|left, right| left == right)
                .filter_map(|run| Some((*run.first()?, run.len() as u64)))
                .collect();
        }
        self.settle();
        (0..=u16::MAX)
            .zip(&self.total)
            .filter(|(_, count)| **count > 0)
            .map(|(code, count)| (code, *count))
            .collect()
    }

    /// The pairs of all counts together.
    pub(super) fn pairs(&self) -> Vec<PairTest> {
        if self.total.is_empty() {
            return Vec::new();
        }
        let count = |code: u16| self.total.get(usize::from(code)).copied().unwrap_or(0);
        pairs::test(&count, code_mantissa(self.dtype), 4.0)
    }
}

impl Accumulator {
    /// How far octaves are evenly filled where they should not be.
    pub(super) fn flat_octaves(&self) -> f32 {
        let bits = code_mantissa(self.dtype);
        if self.total.is_empty() || bits < 7 {
            return 0.0;
        }
        let count = |code: u16| self.total.get(usize::from(code)).copied().unwrap_or(0);
        pairs::flat_octaves(&count, bits)
    }

    /// Whether neighbours in a block follow each other: tables have a rhythm of their own.
    fn ask_smoothness(&mut self, bytes: &[u8], width: usize) {
        let part = bytes.get(..width.saturating_mul(4096)).unwrap_or(bytes);
        let mut values = std::mem::take(&mut self.values);
        decode::decode(self.dtype, part, &mut values);
        values.retain(|value| value.is_finite());
        self.blocks.asked = self.blocks.asked.saturating_add(1);
        if is_smooth(&values, self.row) {
            self.blocks.smooth = self.blocks.smooth.saturating_add(1);
        }
        self.values = values;
    }
}

/// Whether values are strongly correlated with those one to four places on, or a row on.
fn is_smooth(values: &[f32], row: usize) -> bool {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let centred: Vec<f64> = values
        .iter()
        .map(|value| f64::from(*value) - mean)
        .collect();
    let energy: f64 = centred.iter().map(|value| value * value).sum();
    let correlation = |lag: usize| {
        let later = centred.get(lag..).unwrap_or_default();
        let sum: f64 = centred
            .iter()
            .zip(later)
            .map(|(first, second)| first * second)
            .sum();
        let kept = later.len() as f64 / count;
        sum / (energy * kept).max(f64::MIN_POSITIVE)
    };
    values.len() >= 64
        && ((1..=4).any(|lag| correlation(lag) > 0.5)
            || (row.saturating_mul(2) <= values.len() && correlation(row) > 0.7))
}

impl BlockProfile {
    fn merge(&mut self, next: &Self) {
        self.count = self.count.saturating_add(next.count);
        self.rhythmic = self.rhythmic.saturating_add(next.rhythmic);
        self.first_rhythmic = self.first_rhythmic.min(next.first_rhythmic);
        self.strongest_rhythm = self.strongest_rhythm.max(next.strongest_rhythm);
        self.uneven = self.uneven.saturating_add(next.uneven);
        self.first_uneven = self.first_uneven.min(next.first_uneven);
        self.enormous = self.enormous.saturating_add(next.enormous);
        self.first_enormous = self.first_enormous.min(next.first_enormous);
        self.text = self.text.saturating_add(next.text);
        self.first_text = self.first_text.min(next.first_text);
        self.uniform = self.uniform.saturating_add(next.uniform);
        self.smooth = self.smooth.saturating_add(next.smooth);
        self.asked = self.asked.saturating_add(next.asked);
        self.entropy.0 = self.entropy.0.min(next.entropy.0);
        self.entropy.1 = self.entropy.1.max(next.entropy.1);
    }
}

fn empty_codes() -> Box<Codes> {
    vec![0_u32; 65536]
        .into_boxed_slice()
        .try_into()
        .unwrap_or_else(|_| Box::new([0; 65536]))
}

fn finite_sums(bytes: &[u8]) -> Sums {
    let (groups, rest) = bytes.as_chunks::<16>();
    let value = |raw: &[u8; 4]| f32::from_le_bytes(*raw);
    let mut sums = kernel::sums_of_finite(groups.iter().map(|group| {
        let mut lanes = [0.0_f32; 4];
        for (lane, raw) in lanes.iter_mut().zip(group.as_chunks::<4>().0) {
            *lane = value(raw);
        }
        lanes
    }));
    let rest = rest
        .as_chunks::<4>()
        .0
        .iter()
        .map(|raw| f64::from(value(raw)));
    sums.merge(&kernel::sums_of_any(rest));
    sums
}

/// For each plane the test with the lower slope.
fn keep_worse(worst: &mut Vec<PairTest>, found: Vec<PairTest>) {
    for test in found {
        match worst.iter_mut().find(|known| known.plane == test.plane) {
            Some(known) if test.slope < known.slope => *known = test,
            Some(_) => {}
            None => worst.push(test),
        }
    }
    worst.sort_by_key(|test| test.plane);
}

/// The strongest rhythm of elements that are not zero.
fn rhythm_without_zeros(bytes: &[u8], width: usize, mantissa: u32) -> f64 {
    let mut ones = [[0_u32; 8]; PLANES];
    let mut counts = [0_u32; 8];
    for group in bytes.chunks_exact(width.saturating_mul(8)) {
        for (lane, raw) in group.chunks_exact(width).enumerate() {
            let (Some(low), Some(count)) = (raw.first(), counts.get_mut(lane)) else {
                continue;
            };
            let (top, rest) = raw.split_last().unwrap_or((&0, &[]));
            let is_zero = top & 0x7f == 0 && rest.iter().all(|byte| *byte == 0);
            if is_zero {
                continue;
            }
            *count = count.wrapping_add(1);
            for (bit, plane) in (0_u32..).zip(&mut ones) {
                if let Some(sum) = plane.get_mut(lane) {
                    *sum = sum.wrapping_add(u32::from(low.wrapping_shr(bit) & 1));
                }
            }
        }
    }
    let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    let mut strongest = 0.0_f64;
    for plane in ones.iter().take(mantissa.max(1) as usize) {
        let sum: f64 = plane.iter().map(|count| f64::from(*count)).sum();
        let rate = sum / total.max(1.0);
        if !(0.002..0.998).contains(&rate) {
            continue;
        }
        let rhythm = plane.iter().zip(counts).map(|(ones, count)| {
            let count = f64::from(count);
            let scale = (count * rate * (1.0 - rate)).max(1.0);
            (f64::from(*ones) - count * rate).powi(2) / scale
        });
        strongest = strongest.max(rhythm.sum());
    }
    strongest
}

/// The share of different pieces of 32 bytes: low where rows repeat.
fn variety(bytes: &[u8]) -> f64 {
    let mut hashes: Vec<u64> = bytes.chunks(32).map(kernel::hash).collect();
    let all = hashes.len().max(1);
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len() as f64 / all as f64
}

/// Mantissa bits of an element; the bits of small integers count as such.
pub(super) const fn mantissa(dtype: Dtype) -> u32 {
    match dtype.plain() {
        Dtype::F64 | Dtype::C128 => 52,
        Dtype::F32 | Dtype::C64 => 23,
        Dtype::F16 => 10,
        Dtype::Bf16 => 7,
        Dtype::I16 | Dtype::U16 | Dtype::I8 | Dtype::U8 => 8,
        _ => 0,
    }
}

/// Mantissa bits in the codes that are counted.
pub(super) const fn code_mantissa(dtype: Dtype) -> u32 {
    match dtype.plain() {
        Dtype::F32 | Dtype::C64 | Dtype::Bf16 => 7,
        Dtype::F16 => 10,
        Dtype::F64 | Dtype::C128 => 4,
        _ => 0,
    }
}

/// The entropy of counts in bits.
pub(super) fn entropy(counts: &[u64]) -> f32 {
    let total: u64 = counts.iter().sum();
    let total = total as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = *count as f64 / total;
            -share * share.log2()
        })
        .sum::<f64>() as f32
}

/// Chi-square against a uniform distribution over its expectation: 1 for random bytes.
pub(super) fn chi_square(counts: &[u64]) -> f32 {
    let total: u64 = counts.iter().sum();
    let expected = total as f64 / counts.len().max(1) as f64;
    if expected < 8.0 {
        return 0.0;
    }
    let sum: f64 = counts
        .iter()
        .map(|count| (*count as f64 - expected).powi(2) / expected)
        .sum();
    (sum / (counts.len().max(2) as f64 - 1.0)) as f32
}

fn plane_entropy(rate: f64) -> f32 {
    if rate <= 0.0 || rate >= 1.0 {
        return 0.0;
    }
    (-rate * rate.log2() - (1.0 - rate) * (1.0 - rate).log2()) as f32
}
