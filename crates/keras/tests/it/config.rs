//! Configurations by what they name and hold.

use chainwright_core::model::{Effect, ModelHazardKind as K, PartContent};
use chainwright_core::problem::ProblemKind;
use chainwright_keras::{Kind, recognise};
use chainwright_testkit::keras::{
    base64, bytecode, function, lambda, legacy, legacy_lambda, object, sequential,
};

use super::read_as;

#[track_caller]
fn check(layer: &str, expected: &[(K, Effect)]) {
    let facts = read_as(Kind::Config, sequential(&[layer.to_owned()]).as_bytes());
    let found: Vec<_> = facts
        .hazards
        .iter()
        .map(|hazard| (hazard.kind, hazard.effect))
        .collect();
    assert_eq!(found, expected, "{:?}", facts.hazards);
    assert_eq!(facts.problems, []);
}

#[test]
fn names_are_looked_up_exactly() {
    use Effect::{Conditional, OnLoad};
    let named = |module: &str, class: &str| object(module, class, "{}");
    check(&named("keras.layers", "Dense"), &[]);
    check(&named("tf_keras.layers", "Dense"), &[]);
    check(&named("keras.src.layers.core.dense", "Dense"), &[]);
    check(&named("tensorflow.keras.layers", "Dense"), &[]);
    check(
        &named("keras.layers", "LayerOfTomorrow"),
        &[(K::UnknownCallable, Conditional)],
    );
    check(
        &named("keras.layersx", "Dense"),
        &[(K::UnknownCallable, OnLoad)],
    );
    check(
        &named("kerasx.layers", "Dense"),
        &[(K::UnknownCallable, Conditional)],
    );
    check(&named("os", "system"), &[(K::DangerousCallable, OnLoad)]);
    check(
        &named("wsgiref.util", "FileWrapper"),
        &[(K::UnknownCallable, OnLoad)],
    );
    check(
        &named("somewhere", "Layer"),
        &[(K::UnknownCallable, Conditional)],
    );
    check(&named("somewhere", "run"), &[(K::UnknownCallable, OnLoad)]);
    check(&function("keras.activations", "relu"), &[]);
    check(
        &function("keras.utils", "get_file"),
        &[(K::NetworkUse, OnLoad)],
    );
    check(
        &function("keras.layers", "some_helper"),
        &[(K::UnknownCallable, OnLoad)],
    );
    check(
        &function("keras.losses", "loss_of_tomorrow"),
        &[(K::UnknownCallable, Conditional)],
    );
    check(&function("builtins", "relu"), &[]);
    check(
        &function("builtins", "my_loss"),
        &[(K::CustomOperator, OnLoad)],
    );
    check(
        &function("builtins", "eval"),
        &[(K::DangerousCallable, OnLoad)],
    );
    check(
        &function("builtins", "vars"),
        &[(K::UnknownCallable, OnLoad)],
    );
}

#[test]
fn a_name_without_a_module_is_for_the_user_to_provide() {
    check(&legacy("Dense", "{}"), &[]);
    check(
        &legacy("Custom>Mine", "{}"),
        &[(K::CustomOperator, Effect::OnLoad)],
    );
    check(
        &legacy("Mine", "{}"),
        &[(K::CustomOperator, Effect::OnLoad)],
    );
    check(
        &legacy("os.system", "{}"),
        &[(K::DangerousCallable, Effect::OnLoad)],
    );
}

#[test]
fn bytecode_becomes_a_part_and_says_what_it_calls() {
    let code = bytecode(&["os", "system"]);
    let facts = read_as(Kind::Config, sequential(&[lambda(&code)]).as_bytes());
    assert_eq!(facts.hazards[0].kind, K::EmbeddedCode);
    assert_eq!(facts.hazards[0].effect, Effect::Conditional);
    assert_eq!(facts.hazards[1].subject, "os, system");
    assert_eq!(facts.parts.len(), 1);
    assert_eq!(facts.parts[0].content, PartContent::Decoded(code.clone()));
    let facts = read_as(Kind::Config, sequential(&[legacy_lambda(&code)]).as_bytes());
    assert_eq!(facts.hazards[0].effect, Effect::OnLoad);
    assert_eq!(facts.parts.len(), 1);
}

#[test]
fn a_pickled_torch_module_becomes_a_part() {
    let pickle = b"\x80\x02]q\x00.";
    let config = format!("{{\"module\": \"{}\"}}", base64(pickle));
    let layer = object("keras.layers", "TorchModuleWrapper", &config);
    let facts = read_as(Kind::Config, sequential(&[layer]).as_bytes());
    assert_eq!(facts.hazards[0].kind, K::EmbeddedCode);
    assert_eq!(
        facts.parts[0].content,
        PartContent::Decoded(pickle.to_vec())
    );
}

#[test]
fn vocabularies_are_lists_or_paths() {
    let lookup = |vocabulary: &str| {
        object(
            "keras.layers",
            "StringLookup",
            &format!("{{\"vocabulary\": {vocabulary}}}"),
        )
    };
    check(&lookup("[\"/etc/x\", \"../y\"]"), &[]);
    check(&lookup("null"), &[]);
    check(
        &lookup("\"vocabulary.txt\""),
        &[(K::FileRead, Effect::Conditional)],
    );
    check(&lookup("\"/etc/x\""), &[(K::PathAbsolute, Effect::OnLoad)]);
    check(
        &lookup("\"https://example.invalid/x\""),
        &[(K::NetworkUse, Effect::OnLoad)],
    );
}

#[test]
fn python_writes_numbers_that_json_lacks() {
    let layer = object(
        "keras.layers",
        "ReLU",
        "{\"max_value\": Infinity, \"negative_slope\": NaN}",
    );
    check(&layer, &[]);
}

#[test]
fn escapes_and_other_encodings_hide_nothing() {
    let text = sequential(&[lambda(&bytecode(&["x"]))]);
    let escaped = text
        .replace("Lambda", "L\\u0061mbda")
        .replace("__lambda__", "\\u005f_lambda__");
    assert!(read_as(Kind::Config, escaped.as_bytes()).has(K::EmbeddedCode));
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(recognise(&wide, &[], "config.json"), [Kind::Config]);
    assert!(read_as(Kind::Config, &wide).has(K::EmbeddedCode));
    let wider: Vec<u8> = text
        .chars()
        .flat_map(|each| u32::from(each).to_be_bytes())
        .collect();
    assert_eq!(recognise(&wider, &[], "config.json"), [Kind::Config]);
    assert!(read_as(Kind::Config, &wider).has(K::EmbeddedCode));
}

#[test]
fn what_stands_before_broken_syntax_is_judged() {
    let mut text = sequential(&[lambda(&bytecode(&["x"]))]);
    text.truncate(text.len() - 2);
    let facts = read_as(Kind::Config, text.as_bytes());
    assert!(facts.has(K::EmbeddedCode));
    assert_eq!(facts.problems[0].kind, ProblemKind::Malformed);
}

#[test]
fn content_decides_what_is_recognised() {
    let kinds = |text: &str, name: &str| recognise(text.as_bytes(), &[], name);
    assert_eq!(kinds(&sequential(&[]), "weights.bin"), [Kind::Config]);
    assert_eq!(
        kinds("{\"model_type\": \"bert\", \"layers\": 2}", "config.json"),
        []
    );
    assert_eq!(
        kinds("class_name: Model\nconfig: {}\nbackend: x\n", "a.yaml"),
        [Kind::Config]
    );
    assert_eq!(
        kinds("A text on class_name: and config: fields.", "a.md"),
        []
    );
}
