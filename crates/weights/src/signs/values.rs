//! Signs in the values and bytes of one tensor.

use chainwright_core::severity::Severity;

use super::{WeightSignKind, is_float};
use crate::dtype::{Dtype, Family};
use crate::review::TensorSummary;
use crate::stats::{Content, TensorStats};

type Add<'a> = dyn FnMut(WeightSignKind, Severity, f32, String) + 'a;

/// Parts of names of tensors that carry packed bits or state beside quantised weights.
const PACKED: [&str; 22] = [
    "qweight",
    "qzeros",
    "scales",
    "scale",
    "g_idx",
    "absmax",
    "quant_map",
    "quant_state",
    "scb",
    "packed",
    "codebook",
    "codes",
    "weight_format",
    "zero_point",
    "zeros",
    "_blocks",
    "encoded",
    "exponent",
    "mantissa",
    "luts",
    "rng",
    "nested",
];

pub(super) fn judge(
    tensor: &TensorSummary,
    stats: &TensorStats,
    quantised: &[String],
    add: &mut Add<'_>,
) {
    not_numbers(tensor, stats, add);
    not_weights(tensor, stats, quantised, add);
    let is_matrix = tensor.shape.len() >= 2;
    if stats.is_constant && is_matrix && stats.count >= 4096 && stats.mean != 0.0 {
        add(
            WeightSignKind::Constant,
            Severity::Info,
            0.5,
            format!("all {} elements are {}", stats.count, stats.mean),
        );
    }
    if let Some(rows) = &stats.rows
        && let Some((row, norm)) = rows.farthest.first()
    {
        let factor = norm / rows.median_norm.max(f64::MIN_POSITIVE);
        add(
            WeightSignKind::OutlierRows,
            Severity::Low,
            (factor.ln().abs() / 10.0) as f32,
            format!(
                "{} of {} rows stick out; row {row} has norm {norm:.4}, the median is {:.4}",
                rows.outliers, rows.count, rows.median_norm
            ),
        );
    }
}

fn not_numbers(tensor: &TensorSummary, stats: &TensorStats, add: &mut Add<'_>) {
    let is_weight = tensor.shape.len() >= 2 || stats.count >= 256;
    let random = is_random_float(stats);
    if stats.nan > 0 && !random {
        let hides_bits = stats.nan_contents >= 16;
        let severity = match (hides_bits, is_weight) {
            (true, _) => Severity::High,
            (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        };
        let contents = if hides_bits {
            format!(", with at least {} different contents", stats.nan_contents)
        } else {
            String::new()
        };
        let share = stats.nan as f32 / stats.count.max(1) as f32;
        let detail = format!(
            "{} of {} elements are NaN{contents}",
            stats.nan, stats.count
        );
        add(
            WeightSignKind::NotANumber,
            severity,
            0.5 + share / 2.0,
            detail,
        );
    }
    // Masks hold an infinity and one or two other values.
    let is_mask = stats.distinct <= 4 || is_mask_name(&tensor.name);
    if stats.infinities() > 0 && !random && !is_mask {
        let severity = if is_weight {
            Severity::Medium
        } else {
            Severity::Low
        };
        let detail = format!(
            "{} of {} elements are infinite",
            stats.infinities(),
            stats.count
        );
        add(WeightSignKind::Infinite, severity, 0.5, detail);
    }
    if stats.blocks.enormous > 0 && stats.distinct > 16 && !random {
        add(
            WeightSignKind::EnormousNumbers,
            Severity::Medium,
            stats.blocks.enormous as f32 / stats.blocks.count.max(1) as f32,
            format!(
                "{} of {} blocks hold numbers that no training gives, the first at byte {}",
                stats.blocks.enormous, stats.blocks.count, stats.blocks.first_enormous
            ),
        );
    }
}

fn is_mask_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "mask",
        "alibi",
        "causal",
        "masked_bias",
        "logit",
        "suppress",
        "min_val",
        "max_val",
    ]
    .iter()
    .any(|part| name.contains(part))
}

/// Whether the elements of a float tensor are random bits: all powers of two are about equally frequent.
fn is_random_float(stats: &TensorStats) -> bool {
    let top = stats.byte_entropy.last().copied().unwrap_or(0.0);
    let not_finite = stats.nan.saturating_add(stats.infinities());
    stats.byte_entropy.len() >= 2 && stats.count >= 1024 && top > 7.5 && not_finite > 0
}

fn not_weights(
    tensor: &TensorSummary,
    stats: &TensorStats,
    quantised: &[String],
    add: &mut Add<'_>,
) {
    let family = tensor.dtype.family();
    if is_float(tensor.dtype) && is_random_float(stats) {
        add(
            WeightSignKind::UniformBytes,
            Severity::High,
            1.0,
            format!(
                "{} floats are random bits ({:.2} of 8 bits of entropy in their highest byte)",
                stats.count,
                stats.byte_entropy.last().copied().unwrap_or(0.0)
            ),
        );
    }
    let is_byte = matches!(tensor.dtype.plain(), Dtype::U8 | Dtype::I8);
    let is_integer = matches!(family, Family::Integer);
    let is_uniform = stats.byte_chi_square > 0.6 && stats.byte_chi_square < 1.4;
    if is_integer && is_uniform && tensor.length >= 64 * 1024 {
        let name = tensor.name.to_ascii_lowercase();
        let has_context =
            PACKED.iter().any(|part| name.contains(part)) || quantised.contains(&tensor.name);
        let severity = if has_context || !is_byte {
            Severity::Info
        } else {
            Severity::Medium
        };
        add(
            WeightSignKind::UniformBytes,
            severity,
            0.7,
            format!(
                "{} bytes are perfectly uniform, as encrypted or compressed data are",
                tensor.length
            ),
        );
    }
    let is_text = stats.text_share > 0.97 && stats.distinct > 16;
    if stats.blocks.text > 0 && stats.count >= 64 && is_float(tensor.dtype) && stats.distinct > 16 {
        add(
            WeightSignKind::TextBytes,
            Severity::High,
            stats.text_share,
            format!(
                "floats that are text, from byte {} on",
                stats.blocks.first_text
            ),
        );
    } else if is_text && is_integer && tensor.length >= 256 {
        add(
            WeightSignKind::TextBytes,
            Severity::Low,
            stats.text_share,
            "bytes that are text".to_owned(),
        );
    }
    for found in stats.hidden.iter().filter(|found| found.bits >= 8) {
        let is_whole = u32::from(found.bits) == whole_bits(tensor.dtype);
        if is_whole && found.content != Content::Text {
            add(
                WeightSignKind::HiddenMagic,
                Severity::High,
                1.0,
                format!(
                    "its bytes begin like {}",
                    super::low::content_name(found.content)
                ),
            );
        }
    }
}

/// The bits of an element whose bytes were looked at as they are.
pub(super) fn whole_bits(dtype: Dtype) -> u32 {
    dtype
        .block()
        .map_or(8, |block| block.bytes.saturating_mul(8))
        & 0xff
}
