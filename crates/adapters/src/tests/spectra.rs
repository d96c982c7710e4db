//! The numbers are those of `tests/screening/features.py`.

use std::collections::BTreeMap;

use chainwright_testkit::adapters::Adapter;

use super::look;
use crate::{Bank, features, screen};

const EXPECTED: &str = include_str!("../../../../tests/screening/data/formula.json");

/// `formula_adapter` of `features.py`.
fn formula_adapter(rank: u64, layers: u64, width: u64, inner: u64) -> Adapter {
    let shapes = [
        ("self_attn.q_proj", width, width),
        ("self_attn.k_proj", width / 2, width),
        ("self_attn.v_proj", width / 2, width),
        ("self_attn.o_proj", width, width),
        ("mlp.gate_proj", inner, width),
        ("mlp.up_proj", inner, width),
        ("mlp.down_proj", width, inner),
    ];
    let mut adapter = Adapter::lora(rank, rank * 2, &[]);
    let mut number = 0.0;
    for layer in 0..layers {
        for (name, rows, columns) in shapes {
            number += 1.0;
            let down: Vec<f32> = (0..rank * columns)
                .map(|index| (index as f64 * (0.37 + 0.01 * number)).sin() as f32)
                .collect();
            let up: Vec<f32> = (0..rows * rank)
                .map(|index| ((index as f64 * (0.11 + 0.02 * number)).cos() * 0.01 * number) as f32)
                .collect();
            let module = format!("base_model.model.model.layers.{layer}.{name}");
            adapter = adapter
                .values(&format!("{module}.lora_A.weight"), &[rank, columns], &down)
                .values(&format!("{module}.lora_B.weight"), &[rows, rank], &up);
        }
    }
    adapter
}

#[test]
fn features_equal_those_that_made_the_bank() {
    let expected: BTreeMap<String, BTreeMap<String, f64>> =
        serde_json::from_str(EXPECTED).expect("numbers of features.py");
    assert_eq!(expected.len(), 3);
    for (setting, expected) in expected {
        let numbers: Vec<u64> = setting
            .split(',')
            .map(|each| each.parse().unwrap())
            .collect();
        let adapter = formula_adapter(numbers[0], numbers[1], numbers[2], numbers[3]);
        let own = features(&look(&adapter, None, &[]).modules);
        assert_eq!(
            own.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>()
        );
        for (name, value) in &expected {
            let distance = (own[name] - value).abs();
            assert!(
                distance < 1e-5 * (1.0 + value.abs()),
                "{setting} {name}: {} {value}",
                own[name]
            );
        }
    }
}

#[test]
fn a_screening_names_its_bank_and_admits_when_it_is_not_calibrated() {
    let bank = Bank::embedded();
    let facts = look(&Adapter::honest(8, 3), None, &[]);
    let screening = screen(&facts, &bank).expect("enough modules");
    assert!((0.0..=1.0).contains(&screening.score) && (0.0..=1.0).contains(&screening.percentile));
    assert_eq!(
        (screening.bank, screening.bank_version),
        (bank.id.clone(), bank.version)
    );
    assert!(!screening.is_calibrated);
    assert_eq!(
        screening.reason,
        "the bank holds no adapters of `example/base-7b`"
    );
    let own = Bank {
        bases: vec!["example/base-7b".to_owned()],
        ..bank
    };
    assert!(screen(&facts, &own).is_some_and(|screening| screening.is_calibrated));
}

#[test]
fn too_few_changes_are_not_screened() {
    let few = Adapter::lora(4, 8, &["q_proj"]).pair("l.0.q_proj", 4, 8, 8);
    assert!(screen(&look(&few, None, &[]), &Bank::embedded()).is_none());
    assert!(screen(&look(&Adapter::honest(4, 3), None, &[]), &Bank::default()).is_none());
}
