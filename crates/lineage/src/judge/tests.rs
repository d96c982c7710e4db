use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_testkit::lineage::{Model, Stored, StoredTensor};
use chainwright_weights::{Dtype, Tensor};

use super::*;
use crate::{Options, Relatedness, compare, fingerprint};

const DOWN: &str = "layers.2.mlp.down_proj";

fn tensors(stored: Vec<StoredTensor>) -> Vec<Tensor> {
    let made = stored.into_iter().map(|tensor| Tensor {
        name: tensor.name,
        dtype: match tensor.stored {
            Stored::F32 => Dtype::F32,
            Stored::Bf16 => Dtype::Bf16,
            Stored::F16 => Dtype::F16,
            Stored::Q8_0 => Dtype::Ggml(8),
            Stored::Q4_0 => Dtype::Ggml(2),
            Stored::F8E4M3 => Dtype::F8E4M3,
        },
        shape: tensor.shape,
        bytes: Arc::new(tensor.bytes),
    });
    made.collect()
}

fn full(model: &Model) -> Vec<Tensor> {
    tensors(model.stored(Stored::F32))
}

fn comparison(base: &[Tensor], derived: &[Tensor]) -> Comparison {
    compare(
        base,
        derived,
        Options::default(),
        &Budget::untimed(Limits::default()),
    )
}

/// The kinds of complaints, at medium and above.
fn complaints(comparison: &Comparison, claim: Claim) -> Vec<JudgementKind> {
    let judged = judge(comparison, Some(claim)).into_iter();
    let mut kinds: Vec<JudgementKind> = judged
        .filter(|each| each.severity >= Severity::Medium)
        .map(|each| each.kind)
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[test]
fn honest_descendants_fit_their_claims() {
    let base = Model::new(1);
    let half = base.clone().rounded();
    let cases: Vec<(&str, &Model, Vec<Tensor>, Relation, Claim)> = vec![
        ("same", &base, full(&base), Relation::Same, Claim::Same),
        (
            "bf16",
            &base,
            tensors(base.stored(Stored::Bf16)),
            Relation::Conversion,
            Claim::Same,
        ),
        (
            "f16",
            &base,
            tensors(base.stored(Stored::F16)),
            Relation::Conversion,
            Claim::Same,
        ),
        (
            "tuned",
            &base,
            full(&base.clone().fine_tuned(7, 0.03)),
            Relation::FineTune,
            Claim::FineTune,
        ),
        (
            "tuned far",
            &base,
            full(&base.clone().fine_tuned(8, 0.4)),
            Relation::FineTune,
            Claim::FineTune,
        ),
        (
            "tuned with tokens",
            &base,
            full(&base.clone().fine_tuned(8, 0.05).with_tokens(7)),
            Relation::FineTune,
            Claim::FineTune,
        ),
        (
            "tuned in bf16",
            &half,
            tensors(half.clone().fine_tuned(9, 0.02).stored(Stored::Bf16)),
            Relation::FineTune,
            Claim::FineTune,
        ),
        (
            "adapter",
            &base,
            full(&base.clone().lora_merged(3, 4, 0.02)),
            Relation::LoraMerge,
            Claim::LoraMerge { rank: Some(4) },
        ),
        (
            "adapter in bf16",
            &half,
            tensors(half.clone().lora_merged(3, 8, 0.05).stored(Stored::Bf16)),
            Relation::LoraMerge,
            Claim::LoraMerge { rank: Some(8) },
        ),
        (
            "q8_0",
            &base,
            tensors(base.stored(Stored::Q8_0)),
            Relation::Quantisation,
            Claim::Quantisation,
        ),
        (
            "q4_0",
            &base,
            tensors(base.stored(Stored::Q4_0)),
            Relation::Quantisation,
            Claim::Quantisation,
        ),
        (
            "q4_0 for llama.cpp",
            &base,
            tensors(base.clone().in_gguf_names(4, 2).stored(Stored::Q4_0)),
            Relation::Quantisation,
            Claim::Quantisation,
        ),
        (
            "fp8",
            &base,
            tensors(base.stored(Stored::F8E4M3)),
            Relation::Quantisation,
            Claim::Quantisation,
        ),
        (
            "pruned",
            &base,
            full(&base.clone().pruned(0.5)),
            Relation::Prune,
            Claim::Prune,
        ),
        (
            "merged",
            &base,
            full(
                &base
                    .clone()
                    .fine_tuned(1, 0.1)
                    .merged(&base.clone().fine_tuned(2, 0.1), 0.4),
            ),
            Relation::FineTune,
            Claim::Merge(None),
        ),
        (
            "slerped",
            &base,
            full(
                &base
                    .clone()
                    .fine_tuned(1, 0.1)
                    .slerped(&base.clone().fine_tuned(2, 0.1), 0.4),
            ),
            Relation::FineTune,
            Claim::Merge(None),
        ),
    ];
    for (name, base, derived, relation, claim) in cases {
        let seen = comparison(&full(base), &derived);
        assert_eq!(infer(&seen).relation, relation, "{name}");
        assert_eq!(complaints(&seen, claim), [], "{name}");
        assert_eq!(seen.likeness.relatedness, Relatedness::Related, "{name}");
    }
}

#[test]
fn edits_are_seen_alone_and_beneath_training() {
    use JudgementKind::{ClaimContradicted, FewRowEdit, RankOneEdit, ReplacedTensor, TokenEdit};
    let base = Model::new(2);
    let tuned = base.clone().fine_tuned(5, 0.03);
    let mut replaced = tuned.clone();
    replaced.tensor_mut(DOWN).values = Model::new(9).tensor_mut(DOWN).values.clone();
    let cases: Vec<(&str, Model, Claim, &[JudgementKind])> = vec![
        (
            "outer product",
            base.clone().with_rank_one(DOWN, 1, 0.05),
            Claim::Unknown,
            &[RankOneEdit],
        ),
        (
            "said to be the same",
            base.clone().with_rank_one(DOWN, 1, 0.05),
            Claim::Same,
            &[ClaimContradicted, RankOneEdit],
        ),
        (
            "one row",
            base.clone().with_rows(DOWN, &[17], 1, 0.5),
            Claim::Unknown,
            &[FewRowEdit],
        ),
        (
            "tokens",
            base.clone().with_rows("embed_tokens", &[5, 600], 1, 1.0),
            Claim::Unknown,
            &[TokenEdit],
        ),
        (
            "outer product beneath training",
            tuned.clone().with_rank_one(DOWN, 1, 0.2),
            Claim::FineTune,
            &[RankOneEdit],
        ),
        (
            "row beneath training",
            tuned.clone().with_rows(DOWN, &[17], 1, 1.0),
            Claim::FineTune,
            &[FewRowEdit],
        ),
        (
            "tokens beneath training",
            tuned.with_rows("embed_tokens", &[5, 600], 1, 1.5),
            Claim::FineTune,
            &[TokenEdit],
        ),
        (
            "another model's matrix",
            replaced,
            Claim::FineTune,
            &[ReplacedTensor],
        ),
    ];
    for (name, derived, claim, expected) in cases {
        let seen = complaints(&comparison(&full(&base), &full(&derived)), claim);
        for kind in expected {
            assert!(seen.contains(kind), "{name}: {seen:?}");
        }
    }
}

#[test]
fn an_edit_beneath_a_quantiser_is_seen() {
    let base = Model::new(3);
    for stored in [Stored::Q8_0, Stored::Q4_0] {
        let edited = base.clone().with_rank_one(DOWN, 1, 0.4);
        let seen = comparison(&full(&base), &tensors(edited.stored(stored)));
        assert!(
            complaints(&seen, Claim::Quantisation).contains(&JudgementKind::RankOneEdit),
            "{stored:?}"
        );
    }
}

#[test]
fn a_wrong_base_is_told_whatever_is_claimed() {
    let (base, other) = (full(&Model::new(4)), full(&Model::new(5)));
    let seen = comparison(&base, &other);
    assert_eq!(infer(&seen).relation, Relation::Unrelated);
    assert_eq!(seen.likeness.relatedness, Relatedness::Unrelated);
    for claim in [
        Claim::FineTune,
        Claim::Quantisation,
        Claim::LoraMerge { rank: None },
    ] {
        let seen = complaints(&seen, claim);
        assert_eq!(
            seen,
            [
                JudgementKind::DoesNotDescend,
                JudgementKind::ClaimContradicted
            ]
        );
    }
}

#[test]
fn units_in_another_order_do_not_hide_the_origin() {
    let base = Model::new(6);
    for with_embedding in [false, true] {
        let hidden = base.clone().permuted(3, with_embedding).fine_tuned(4, 0.02);
        let seen = comparison(&full(&base), &full(&hidden));
        assert_eq!(
            seen.likeness.relatedness,
            Relatedness::Related,
            "{with_embedding}"
        );
        if with_embedding {
            assert_eq!(infer(&seen).relation, Relation::Rearranged);
        }
    }
}

#[test]
fn claims_that_do_not_fit_are_contradicted() {
    use JudgementKind::{ClaimContradicted, UndocumentedChange};
    let base = Model::new(7);
    let dense = comparison(&full(&base), &full(&base.clone().fine_tuned(1, 0.1)));
    assert!(complaints(&dense, Claim::LoraMerge { rank: Some(8) }).contains(&ClaimContradicted));
    assert!(complaints(&dense, Claim::Quantisation).contains(&ClaimContradicted));
    assert!(complaints(&dense, Claim::Same).contains(&ClaimContradicted));
    assert!(complaints(&dense, Claim::Prune).contains(&UndocumentedChange));
    let adapter = comparison(&full(&base), &full(&base.clone().lora_merged(1, 12, 0.05)));
    assert_eq!(
        complaints(&adapter, Claim::LoraMerge { rank: Some(4) }),
        [ClaimContradicted]
    );
    let more = base
        .clone()
        .lora_merged(1, 4, 0.05)
        .with_rows("embed_tokens", &[3], 1, 0.5);
    let more = comparison(&full(&base), &full(&more));
    assert!(complaints(&more, Claim::LoraMerge { rank: Some(4) }).contains(&UndocumentedChange));
}

#[test]
fn scaling_and_noise_are_named() {
    let base = Model::new(8);
    let kinds = |derived: Model| -> Vec<JudgementKind> {
        let seen = comparison(&full(&base), &full(&derived));
        judge(&seen, None)
            .into_iter()
            .map(|each| each.kind)
            .collect()
    };
    assert!(kinds(base.clone().scaled(1.05)).contains(&JudgementKind::Rescaled));
    assert!(kinds(base.clone().noisy(1, 0.05)).contains(&JudgementKind::NoiseAdded));
    let tuned = kinds(base.clone().fine_tuned(1, 0.05));
    assert!(
        !tuned.contains(&JudgementKind::Rescaled) && !tuned.contains(&JudgementKind::NoiseAdded)
    );
}

#[test]
fn a_bias_on_the_scores_of_tokens_is_named() {
    let base = Model::new(8);
    let mut derived = full(&base);
    derived.push(Tensor {
        name: "lm_head.bias".to_owned(),
        dtype: Dtype::F32,
        shape: vec![640],
        bytes: Arc::new(vec![0; 2560]),
    });
    let seen = comparison(&full(&base), &derived);
    assert_eq!(complaints(&seen, Claim::Same), [JudgementKind::HeadBias]);
}

#[test]
fn a_fingerprint_is_small_and_survives_what_descendants_go_through() {
    let budget = Budget::untimed(Limits::default());
    let base = Model::new(11);
    let kept = fingerprint(&full(&base), &budget);
    let bytes = serde_json::to_vec(&kept)
        .expect("facts are plain data")
        .len();
    assert!(bytes < 40_000, "{bytes}");
    let tuned = base.fine_tuned(1, 0.2);
    let descendants = [
        full(&tuned.clone().with_tokens(9)),
        full(&tuned.clone().pruned(0.7)),
        full(&tuned.clone().permuted(2, true)),
        tensors(tuned.clone().in_gguf_names(4, 2).stored(Stored::Q4_0)),
        full(&tuned.scaled(2.0)),
    ];
    for descendant in descendants {
        assert_eq!(
            kept.similarity(&fingerprint(&descendant, &budget))
                .relatedness,
            Relatedness::Related
        );
    }
    for seed in 20..24 {
        let stranger = fingerprint(&full(&Model::new(seed)), &budget);
        assert_eq!(
            kept.similarity(&stranger).relatedness,
            Relatedness::Unrelated
        );
    }
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 6] = [
        "model.embed_tokens.weight",
        "model.layers.0.self_attn.q_proj.weight",
        "blk.0.attn_qkv.weight",
        "model.layers.0.mlp.down_proj.weight",
        "lm_head.weight",
        "model.layers.0.mlp.down_proj.weight_scale",
    ];

    fn any_tensor() -> impl Strategy<Value = Tensor> {
        let dtype = prop_oneof![
            Just(Dtype::F32),
            Just(Dtype::Bf16),
            Just(Dtype::I8),
            Just(Dtype::F8E4M3),
            (0_u32..45).prop_map(Dtype::Ggml),
        ];
        let size = prop_oneof![0_u64..40, Just(u64::MAX), Just(1 << 33)];
        let shape = proptest::collection::vec(size, 0..4);
        let bytes = proptest::collection::vec(any::<u8>(), 0..2048);
        (0..NAMES.len(), dtype, shape, bytes).prop_map(|(name, dtype, shape, bytes)| Tensor {
            name: NAMES[name].to_owned(),
            dtype,
            shape,
            bytes: Arc::new(bytes),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_tensors_are_compared_without_panic_and_alike_twice(
            base in proptest::collection::vec(any_tensor(), 0..5),
            derived in proptest::collection::vec(any_tensor(), 0..5),
        ) {
            let once = comparison(&base, &derived);
            let judged = judge(&once, Some(Claim::Quantisation));
            let again = comparison(&base, &derived);
            prop_assert_eq!(format!("{once:?}"), format!("{again:?}"));
            prop_assert_eq!(judged, judge(&again, Some(Claim::Quantisation)));
        }
    }
}
