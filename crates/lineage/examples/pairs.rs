//! Judges all pairs of trained models and tells how often the judgement is right.
//!
//! `python tests/lineage/make_pairs.py OUT`, then `cargo run --release -p chainwright-lineage --example pairs -- OUT`.
//! With a second argument, tells everything about the pairs whose derived file contains it.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    reason = "an example reads files, counts and talks"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, Window};
use chainwright_core::limits::Limits;
use chainwright_core::severity::Severity;
use chainwright_formats::{gguf, safetensors};
use chainwright_lineage::{Claim, Comparison, JudgementKind, Options, compare, infer, judge};
use chainwright_weights::{Dtype, Tensor};

type Pair = (String, String, String, String);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("expected a folder")?;
    let filter = arguments.next();
    let folder = Path::new(&folder);
    let pairs: Vec<Pair> = serde_json::from_slice(&std::fs::read(folder.join("pairs.json"))?)?;
    let mut confusion: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut right = 0_u32;
    for (base, derived, truth, claim) in &pairs {
        if filter
            .as_ref()
            .is_some_and(|filter| !derived.contains(filter.as_str()))
        {
            continue;
        }
        let budget = Budget::untimed(Limits::default());
        let (one, other) = (load(&folder.join(base))?, load(&folder.join(derived))?);
        let comparison = compare(&one, &other, Options::default(), &budget);
        let seen = verdict(&comparison, claim);
        let is_right = expected(truth).contains(&seen.as_str());
        right += u32::from(is_right);
        let likeness = &comparison.likeness;
        println!(
            "{} {truth:<18} {seen:<28} {base} -> {derived} [{claim}] cos {:.4} signs {:.3}/{} tokens {:.3} terms {:.3} {}",
            if is_right { "ok   " } else { "WRONG" },
            comparison.alignment().unwrap_or(0.0),
            likeness.signs.unwrap_or(0.0),
            likeness.signs_compared,
            likeness.tokens.unwrap_or(0.0),
            likeness.terms.unwrap_or(0.0),
            likeness.relatedness.as_str(),
        );
        if filter.is_some() {
            tell(&comparison, claim);
        }
        confusion
            .entry((truth.clone(), seen))
            .or_default()
            .push(derived.clone());
    }
    println!();
    for ((truth, seen), files) in &confusion {
        println!("{truth:<20} {seen:<30} {}", files.len());
    }
    let total: usize = confusion.values().map(Vec::len).sum();
    println!("right: {right} of {total}");
    Ok(())
}

/// What may be said of a pair. An adapter that is too light to tell from its rounding may pass as training.
fn expected(truth: &str) -> &'static [&'static str] {
    match truth {
        "same" => &["the same weights"],
        "conversion" => &["the same weights in another precision"],
        "fine-tune" => &["a fine-tune or merge"],
        "false-lora" => &["contradicted"],
        "lora" => &["a merged low-rank adapter"],
        "prune" => &["a pruning"],
        "quantisation" => &["a quantisation"],
        "tuned-quantisation" => &["a fine-tune or merge", "a quantisation"],
        "permuted" => &["the same origin with units in another order"],
        "unrelated" => &["no relation"],
        "edit" => &["edit"],
        _ => &[],
    }
}

fn claim_of(text: &str) -> Option<Claim> {
    Some(match text.split_once(':').map_or(text, |both| both.0) {
        "same" => Claim::Same,
        "fine-tune" => Claim::FineTune,
        "lora" => Claim::LoraMerge {
            rank: text.split_once(':').and_then(|both| both.1.parse().ok()),
        },
        "quantisation" => Claim::Quantisation,
        "merge" => Claim::Merge(None),
        "prune" => Claim::Prune,
        _ => return None,
    })
}

/// The verdict in one word: an edit above all, then a contradicted adapter, then the relation.
fn verdict(comparison: &Comparison, claim: &str) -> String {
    let judgements = judge(comparison, claim_of(claim));
    let is_edit = judgements.iter().any(|each| {
        each.severity >= Severity::Medium
            && matches!(
                each.kind,
                JudgementKind::RankOneEdit
                    | JudgementKind::FewRowEdit
                    | JudgementKind::TokenEdit
                    | JudgementKind::SingleTensorEdit
                    | JudgementKind::ReplacedTensor
            )
    });
    let relation = infer(comparison).relation;
    let contradicted = judgements.iter().any(|each| {
        each.severity >= Severity::Medium
            && matches!(
                each.kind,
                JudgementKind::ClaimContradicted | JudgementKind::UndocumentedChange
            )
    });
    if is_edit {
        "edit".to_owned()
    } else if contradicted && relation.is_descent() {
        "contradicted".to_owned()
    } else {
        relation.as_str().to_owned()
    }
}

fn tell(comparison: &Comparison, claim: &str) {
    for each in judge(comparison, claim_of(claim)) {
        println!(
            "    {} {} {:?} {} {:?} {:?}",
            each.severity,
            each.kind.as_str(),
            each.confidence,
            each.detail,
            each.tensors,
            each.evidence
        );
    }
    for tensor in &comparison.tensors {
        let spectrum = tensor.spectrum.as_ref();
        println!(
            "    {:<28} {:>5}x{:<5} rel {:.2e} cos {:.5} changed {:.3} rounding {:.2e} rows {}/{} top {:.1} | {}",
            tensor.key,
            tensor.rows,
            tensor.columns,
            tensor.relative(),
            tensor.cosine,
            tensor.changed_share(),
            tensor.rounding_norm / tensor.base_norm.max(1e-30),
            tensor.by_row.for_most,
            tensor.by_row.changed,
            tensor.by_row.strongest.first().map_or(0.0, |line| line.over_median),
            spectrum.map_or(String::new(), |s| format!(
                "top {:.2} four {:.2} stable {:.1} structure {:.2} rank {}{} left {:.2e}/{:.1e} s1/s2 {:.2} steps {:?}",
                s.top, s.top_four, s.stable_rank, s.structure, s.rank, if s.rank_is_open { "+" } else { "" },
                s.left_over, s.left_share,
                s.values.first().copied().unwrap_or(0.0) / s.values.get(1).copied().unwrap_or(1.0),
                tensor.steps.map(|steps| (steps.excess, steps.outlying_rows, steps.worst_row)),
            )),
        );
    }
}

fn load(path: &Path) -> Result<Vec<Tensor>, Box<dyn Error>> {
    let bytes: SharedBytes = Arc::new(std::fs::read(path)?);
    let budget = Budget::untimed(Limits::default());
    let window = |offset, length| -> SharedBytes {
        Arc::new(Window::new(Arc::clone(&bytes), offset, length))
    };
    if path.extension().is_some_and(|ending| ending == "gguf") {
        let (_, tensors) = gguf::tensors(bytes.as_ref(), &Limits::default(), &budget);
        let made = tensors.into_iter().map(|entry| Tensor {
            name: entry.name,
            dtype: Dtype::from_ggml(entry.type_number),
            shape: entry.shape,
            bytes: window(entry.offset, entry.length.unwrap_or(0)),
        });
        return Ok(made.collect());
    }
    let facts = safetensors::read(bytes.as_ref(), &Limits::default(), &budget);
    let made = facts.tensors.into_iter().map(|entry| {
        Ok::<Tensor, Box<dyn Error>>(Tensor {
            dtype: Dtype::from_safetensors(&entry.dtype).ok_or("unknown type")?,
            name: entry.name,
            shape: entry.shape,
            bytes: window(entry.offset, entry.length),
        })
    });
    made.collect()
}
