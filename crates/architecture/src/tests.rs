use proptest::prelude::*;

use super::*;

fn tensor(name: &str, shape: &[u64]) -> TensorEntry {
    TensorEntry {
        name: name.to_owned(),
        shape: shape.to_vec(),
        is_float: true,
        bytes: shape.iter().product::<u64>() * 2,
    }
}

/// A model of the Llama family, six layers deep.
fn llama() -> (Declared, Vec<TensorEntry>) {
    let numbers = [
        ("/hidden_size", 32),
        ("/intermediate_size", 88),
        ("/num_hidden_layers", 6),
        ("/num_attention_heads", 4),
        ("/num_key_value_heads", 2),
        ("/vocab_size", 96),
    ];
    let declared = Declared {
        model_type: Some("llama".to_owned()),
        architectures: vec!["LlamaForCausalLM".to_owned()],
        numbers: numbers
            .into_iter()
            .map(|(pointer, number)| (pointer.to_owned(), number))
            .collect(),
        ..Declared::default()
    };
    let mut tensors = vec![
        tensor("model.embed_tokens.weight", &[96, 32]),
        tensor("model.norm.weight", &[32]),
        tensor("lm_head.weight", &[96, 32]),
    ];
    for layer in 0..6 {
        for (name, shape) in [
            ("input_layernorm", &[32][..]),
            ("self_attn.q_proj", &[32, 32]),
            ("self_attn.k_proj", &[16, 32]),
            ("self_attn.v_proj", &[16, 32]),
            ("self_attn.o_proj", &[32, 32]),
            ("mlp.up_proj", &[88, 32]),
            ("mlp.gate_proj", &[88, 32]),
            ("mlp.down_proj", &[32, 88]),
        ] {
            tensors.push(tensor(
                &format!("model.layers.{layer}.{name}.weight"),
                shape,
            ));
        }
    }
    (declared, tensors)
}

fn kinds(declared: &Declared, tensors: &[TensorEntry]) -> Vec<DisagreementKind> {
    let model = Model {
        declared,
        tensors,
        index: None,
        tokenizer: None,
    };
    let mut kinds: Vec<DisagreementKind> = check(&model)
        .disagreements
        .into_iter()
        .map(|each| each.kind)
        .collect();
    kinds.dedup();
    kinds
}

fn changed(key: &str, number: u64) -> Declared {
    let (mut declared, _) = llama();
    for (pointer, value) in &mut declared.numbers {
        if pointer == key {
            *value = number;
        }
    }
    declared
}

#[test]
fn a_model_that_is_what_it_declares_is_quiet() {
    let (declared, tensors) = llama();
    assert_eq!(kinds(&declared, &tensors), []);
}

#[test]
fn other_sizes_are_told() {
    let (_, tensors) = llama();
    for (key, number, kind) in [
        ("/num_hidden_layers", 7, DisagreementKind::Layers),
        ("/num_hidden_layers", 5, DisagreementKind::Layers),
        ("/hidden_size", 40, DisagreementKind::Width),
        ("/vocab_size", 57, DisagreementKind::Vocabulary),
        ("/vocab_size", 110, DisagreementKind::Vocabulary),
    ] {
        let declared = changed(key, number);
        assert!(kinds(&declared, &tensors).contains(&kind), "{key} {number}");
    }
}

#[test]
fn other_tensors_are_told() {
    let (declared, tensors) = llama();
    let with = |name: &str| [tensors.clone(), vec![tensor(name, &[64, 64])]].concat();
    for (name, kind) in [
        ("payload", DisagreementKind::Foreign),
        ("model.mlp.weight", DisagreementKind::Foreign),
        ("vision_tower.patch.weight", DisagreementKind::Foreign),
        ("lm_head.payload.weight", DisagreementKind::Foreign),
        (
            "model.layers.3.mlp.q_proj.weight",
            DisagreementKind::LayerExtra,
        ),
    ] {
        assert!(kinds(&declared, &with(name)).contains(&kind), "{name}");
    }
    for name in [
        "_orig_mod.model.norm.weight",
        "model.layers.2.self_attn.rotary_emb.inv_freq",
        "score.weight",
    ] {
        assert!(
            !kinds(&declared, &with(name)).contains(&DisagreementKind::Foreign),
            "{name}"
        );
    }
    let without = |part: &str| -> Vec<TensorEntry> {
        let kept = tensors.iter().filter(|tensor| !tensor.name.contains(part));
        kept.cloned().collect()
    };
    assert_eq!(
        kinds(&declared, &without("layers.3.")),
        [DisagreementKind::Layers]
    );
    assert_eq!(
        kinds(&declared, &without("layers.5.")),
        [DisagreementKind::Layers]
    );
    assert_eq!(
        kinds(&declared, &without("layers.3.mlp.up_proj")),
        [DisagreementKind::LayerIncomplete]
    );
}

#[test]
fn what_is_not_declared_is_not_judged() {
    let (declared, tensors) = llama();
    let with = [tensors, vec![tensor("router.weight", &[64, 64])]].concat();
    let has_code = Declared {
        has_code: true,
        ..changed("/num_hidden_layers", 9)
    };
    let unknown = Declared {
        model_type: Some("own".to_owned()),
        ..declared.clone()
    };
    let own_class = Declared {
        architectures: vec!["LlamaForCausalLMEagle".to_owned()],
        ..declared
    };
    for declared in [has_code, unknown, own_class] {
        assert_eq!(kinds(&declared, &with), [], "{declared:?}");
    }
}

#[test]
fn ids_beyond_the_embedding_are_told() {
    let (declared, tensors) = llama();
    let ask = |largest_word: u64, added: &[(u64, &str)]| {
        let tokenizer = TokenizerClaims {
            largest_word: Some(largest_word),
            added: added
                .iter()
                .map(|(id, text)| (*id, (*text).to_owned()))
                .collect(),
        };
        let model = Model {
            declared: &declared,
            tensors: &tensors,
            index: None,
            tokenizer: Some(&tokenizer),
        };
        check(&model).disagreements.first().map(|each| each.kind)
    };
    assert_eq!(ask(95, &[]), None);
    assert_eq!(ask(500, &[]), Some(DisagreementKind::TokensBeyondStub));
    assert_eq!(ask(96, &[]), Some(DisagreementKind::TokensBeyondEmbedding));
    assert_eq!(
        ask(90, &[(96, "<|x|>")]),
        Some(DisagreementKind::TokensBeyondEmbedding)
    );
    assert_eq!(
        ask(90, &[(96, "[PAD]")]),
        Some(DisagreementKind::FillerBeyondEmbedding)
    );
}

#[test]
fn the_index_is_counted() {
    let (declared, tensors) = llama();
    let count = u64::try_from(tensors.len()).unwrap();
    let bytes = tensors.iter().map(|tensor| tensor.bytes).sum();
    for (mapped, total_size, expected) in [
        (count, Some(bytes), None),
        (count, None, None),
        (count - 1, None, Some(DisagreementKind::BeyondIndex)),
        (count + 1, None, Some(DisagreementKind::IndexTensors)),
        (count, Some(bytes + 1), Some(DisagreementKind::IndexSize)),
    ] {
        let model = Model {
            declared: &declared,
            tensors: &tensors,
            index: Some(IndexClaims {
                tensors: mapped,
                total_size,
            }),
            tokenizer: None,
        };
        let found = check(&model).disagreements.first().map(|each| each.kind);
        assert_eq!(found, expected, "{mapped}");
    }
}

#[test]
fn tables_are_sound() {
    for (text, fields) in [
        (include_str!("families.txt"), 3),
        (include_str!("gguf.txt"), 2),
    ] {
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        assert!(names.is_sorted(), "generated tables are sorted");
        assert!(text.lines().all(|line| line.split('\t').count() == fields));
        assert!(names.len() > 100);
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_the_same_gives_the_same(
        names in proptest::collection::vec("(model|layers|[0-9]{1,9}|blk|weight|\\.){0,12}", 0..40),
        shapes in proptest::collection::vec(proptest::collection::vec(any::<u64>(), 0..4), 40),
        numbers in proptest::collection::vec(("/(hidden_size|num_hidden_layers|vocab_size|x/[0-9])", any::<u64>()), 0..12),
        tokens in any::<Option<u64>>(),
    ) {
        let tensors: Vec<TensorEntry> = names
            .iter()
            .zip(&shapes)
            .map(|(name, shape)| TensorEntry { name: name.clone(), shape: shape.clone(), is_float: true, bytes: u64::MAX })
            .collect();
        let declared = Declared { numbers: numbers.clone(), model_type: Some("llama".to_owned()), architectures: vec!["LlamaModel".to_owned()], ..Declared::default() };
        let tokenizer = TokenizerClaims { largest_word: tokens, added: vec![] };
        let model = Model { declared: &declared, tensors: &tensors, index: None, tokenizer: Some(&tokenizer) };
        prop_assert_eq!(check(&model), check(&model));
        let gguf = GgufDeclared { architecture: "llama".to_owned(), numbers, tokens, is_split: false };
        prop_assert_eq!(check_gguf(&gguf, &tensors), check_gguf(&gguf, &tensors));
    }
}
