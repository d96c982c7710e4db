//! Signs in the lowest bits, judged against the other tensors of the file.

use chainwright_core::severity::Severity;

use super::values::whole_bits;
use super::{WeightSignKind, is_float};
use crate::dtype::Dtype;
use crate::review::TensorSummary;
use crate::stats::{Content, LowBits, Order, TensorStats};

type Add<'a> = dyn FnMut(WeightSignKind, Severity, f32, String) + 'a;

/// A plane of replaced bits: its slope lies nearer to 0 than to 1, by far more than chance allows.
const SLOPE: f32 = 0.6;
/// A rhythm that is reported without content that was recognised.
const STRONG_RHYTHM: f32 = 400.0;

/// What most tensors of a file have in common.
#[derive(Debug, Default)]
pub(super) struct Consensus {
    /// binary32 that was bfloat16 before, in most tensors.
    upcast: bool,
    /// binary16 that was bfloat16 before, in most tensors.
    upcast_half: bool,
    /// Blocks of floats, and those with rhythmic or uneven low bits.
    blocks: u64,
    rhythmic: u64,
    uneven: u64,
}

impl Consensus {
    pub(super) fn of(tensors: &[&TensorSummary]) -> Self {
        let mut all = Self::default();
        let mut votes = [(0_u64, 0_u64); 2];
        for tensor in tensors {
            let Some((stats, low)) = tensor
                .stats
                .as_ref()
                .and_then(|stats| Some((stats, stats.low.as_ref()?)))
            else {
                continue;
            };
            if !is_float(tensor.dtype) {
                continue;
            }
            all.blocks = all.blocks.saturating_add(stats.blocks.count);
            all.rhythmic = all.rhythmic.saturating_add(stats.blocks.rhythmic);
            all.uneven = all.uneven.saturating_add(stats.blocks.uneven);
            let slot = match tensor.dtype.plain() {
                Dtype::F32 => 0,
                Dtype::F16 => 1,
                _ => continue,
            };
            if let Some((upcast, total)) = votes.get_mut(slot)
                && is_weight(tensor, stats)
            {
                *total = total.saturating_add(stats.count);
                let clean = stats.count.saturating_sub(low.beyond);
                if low.beyond.saturating_mul(100) < stats.count || is_island(tensor, low) {
                    *upcast = upcast.saturating_add(stats.count);
                } else {
                    *upcast = upcast.saturating_add(clean.min(stats.count / 2));
                }
            }
        }
        let [full, half] =
            votes.map(|(upcast, total)| total > 0 && upcast.saturating_mul(2) > total);
        all.upcast = full;
        all.upcast_half = half;
        all
    }
}

/// Tensors beside which scales or states of quantisation lie.
pub(super) fn quantised_names(tensors: &[&TensorSummary]) -> Vec<String> {
    const SUFFIXES: [&str; 9] = [
        ".absmax",
        ".quant_map",
        ".SCB",
        "_scale",
        ".weight_format",
        "_scale_inv",
        "_scales",
        ".quant_state.bitsandbytes__nf4",
        ".quant_state.bitsandbytes__fp4",
    ];
    let mut names: Vec<String> = tensors
        .iter()
        .filter_map(|tensor| {
            let stem = SUFFIXES
                .iter()
                .find_map(|suffix| tensor.name.strip_suffix(suffix))?;
            Some([stem.to_owned(), format!("{stem}.weight")])
        })
        .flatten()
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether a tensor is large and varied enough to be trained weights.
fn is_weight(tensor: &TensorSummary, stats: &TensorStats) -> bool {
    tensor.shape.len() >= 2 && stats.count >= 1024 && !stats.is_constant && stats.distinct > 64
}

pub(super) fn judge(
    tensor: &TensorSummary,
    stats: &TensorStats,
    file: &Consensus,
    add: &mut Add<'_>,
) {
    let Some(low) = &stats.low else {
        return;
    };
    recognised(tensor, stats, add);
    if !is_float(tensor.dtype) || !is_weight(tensor, stats) {
        return;
    }
    let is_table = stats.blocks.smooth.saturating_mul(4) >= stats.blocks.asked.max(1);
    if !is_table {
        rhythm(stats, file, add);
        replaced(tensor, stats, low, add);
    }
    upcast(tensor, stats, low, file, add);
}

fn recognised(tensor: &TensorSummary, stats: &TensorStats, add: &mut Add<'_>) {
    for found in &stats.hidden {
        if u32::from(found.bits) == whole_bits(tensor.dtype) {
            continue;
        }
        let order = match found.order {
            Order::LowFirst => "lowest first",
            Order::HighFirst => "highest first",
        };
        let place = format!(
            "the lowest {} bits of each element ({order}) from element {} on",
            found.bits, found.element
        );
        let (kind, detail) = match found.content {
            Content::Text => (
                WeightSignKind::LowBitText,
                format!("{place} spell text: `{}`", found.sample),
            ),
            other => (
                WeightSignKind::HiddenMagic,
                format!("{place} begin {}", content_name(other)),
            ),
        };
        add(kind, Severity::High, 1.0, detail);
    }
}

fn rhythm(stats: &TensorStats, file: &Consensus, add: &mut Add<'_>) {
    let blocks = &stats.blocks;
    let is_exception = file.rhythmic.saturating_mul(2) < file.blocks || file.blocks < 8;
    if blocks.rhythmic > 0 && blocks.strongest_rhythm > STRONG_RHYTHM && is_exception {
        let share = blocks.rhythmic as f32 / blocks.count.max(1) as f32;
        add(
            WeightSignKind::LowBitPayload,
            Severity::Medium,
            share.max(0.5),
            format!(
                "low bits repeat a pattern of bytes in {} of {} blocks, the first at byte {}",
                blocks.rhythmic, blocks.count, blocks.first_rhythmic
            ),
        );
    }
    let is_exception = file.uneven.saturating_mul(4) < file.blocks;
    if blocks.uneven > 0 && blocks.rhythmic == 0 && is_exception {
        add(
            WeightSignKind::LowBitPayload,
            Severity::Low,
            blocks.uneven as f32 / blocks.count.max(1) as f32,
            format!(
                "low bits are used unevenly in {} of {} blocks, the first at byte {}",
                blocks.uneven, blocks.count, blocks.first_uneven
            ),
        );
    }
}

/// Planes that do not follow the density of the weights, and exponents in equal pairs.
fn replaced(tensor: &TensorSummary, stats: &TensorStats, low: &LowBits, add: &mut Add<'_>) {
    let offset = match tensor.dtype.plain() {
        Dtype::F32 | Dtype::C64 => 16,
        Dtype::F64 | Dtype::C128 => 48,
        _ => 0,
    };
    let suspect = low
        .pairs
        .iter()
        .chain(&low.worst_pairs)
        .filter(|test| test.scatter < 1.6 && test.power > 10.0)
        .filter(|test| test.slope + 4.0 / test.power < SLOPE)
        .max_by_key(|test| test.plane);
    if let Some(test) = suspect {
        add(
            WeightSignKind::LowBitPayload,
            Severity::Medium,
            1.0 - test.slope.max(0.0),
            format!(
                "the lowest {} bits look replaced: their slope is {:.2} of what the density of the weights gives, {:.0} deviations away",
                u32::from(test.plane).wrapping_add(1).wrapping_add(offset),
                test.slope,
                (1.0 - test.slope) * test.power
            ),
        );
    } else if low.flat_octaves > 0.9 && low.exponent_pairing <= 0.9 {
        add(
            WeightSignKind::LowBitPayload,
            Severity::Medium,
            low.flat_octaves,
            "all bits of the mantissa look replaced: they are evenly used where the density of the weights falls".to_owned(),
        );
    } else if low.exponent_pairing > 0.9 && stats.count >= 4096 {
        add(
            WeightSignKind::LowBitPayload,
            Severity::Medium,
            low.exponent_pairing,
            "neighbouring powers of two are equally frequent, as if all bits but the highest byte were replaced".to_owned(),
        );
    }
}

/// Bits below the precision that a file was upcast from.
fn upcast(
    tensor: &TensorSummary,
    stats: &TensorStats,
    low: &LowBits,
    file: &Consensus,
    add: &mut Add<'_>,
) {
    let applies = match tensor.dtype.plain() {
        Dtype::F32 => file.upcast,
        Dtype::F16 => file.upcast_half,
        _ => false,
    };
    if low.beyond == 0 {
        return;
    }
    if is_island(tensor, low) {
        add(
            WeightSignKind::LowBitPayload,
            Severity::High,
            1.0,
            format!(
                "{} elements use their lowest {} bits and none of those above, as only planted bits do",
                low.beyond,
                island_width(low.union)
            ),
        );
        return;
    }
    if !applies {
        return;
    }
    let numbers = stats.count.saturating_sub(stats.zeros).max(1);
    let share = low.beyond as f64 / numbers as f64;
    let stretch = low
        .last_beyond
        .saturating_sub(low.first_beyond)
        .saturating_add(1);
    let density = low.beyond as f64 / stretch.max(1) as f64;
    let row = tensor.shape.last().copied().unwrap_or(1).max(1);
    let starts_a_row = low.first_beyond.checked_rem(row) == Some(0);
    let ends_a_row = low.last_beyond.saturating_add(1).checked_rem(row) == Some(0);
    if share >= 0.95 {
        add(
            WeightSignKind::MixedUpcast,
            Severity::Info,
            0.3,
            "has more precision than most tensors of this file".to_owned(),
        );
    } else if density > 0.99 && low.beyond >= 256 {
        // Rows that were added to a vocabulary and trained in full precision are honest.
        let is_by_rows = starts_a_row && ends_a_row;
        add(
            WeightSignKind::PartialUpcast,
            if is_by_rows {
                Severity::Low
            } else {
                Severity::Medium
            },
            if is_by_rows { 0.3 } else { 0.8 },
            format!(
                "elements {} to {} have more precision than the rest of the tensor and the file",
                low.first_beyond, low.last_beyond
            ),
        );
    }
}

/// Whether only the lowest of the bits beyond a narrower type are used, with unused ones between them and the rest.
fn is_island(tensor: &TensorSummary, low: &LowBits) -> bool {
    let (beyond, gap) = match tensor.dtype.plain() {
        Dtype::F32 => (16, 3),
        Dtype::F16 => (3, 1),
        _ => return false,
    };
    let width = island_width(low.union);
    let top = 64_u32
        .wrapping_sub((low.union & 1_u64.wrapping_shl(beyond).wrapping_sub(1)).leading_zeros());
    low.beyond >= 64 && width > 0 && top == width && width.saturating_add(gap) <= beyond
}

/// The highest used bit of the lowest run of used bits, counted from 1.
fn island_width(union: u64) -> u32 {
    let first = union.trailing_zeros();
    if first > 2 {
        return 0;
    }
    first.saturating_add(union.wrapping_shr(first).trailing_ones())
}

pub(super) const fn content_name(content: Content) -> &'static str {
    match content {
        Content::Text => "text",
        Content::Elf => "an ELF program",
        Content::Pe => "a Windows program",
        Content::MachO => "a Mach-O program",
        Content::Script => "a script",
        Content::Pickle => "a pickle",
        Content::Archive => "an archive",
        Content::Document => "a document",
    }
}
