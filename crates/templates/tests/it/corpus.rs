//! Every labelled template is judged as its label says.

use chainwright_core::limits::Limits;
use chainwright_templates::{Certainty, Family, TemplateFacts, inspect, looks_like_template};
use chainwright_testkit::corpus::Label;
use chainwright_testkit::corpus::templates::{Sample, samples};

fn judged(sample: &Sample) -> TemplateFacts {
    inspect(&sample.template, &Limits::default()).in_chat_carrier()
}

/// Names of samples of a class and label for which the test holds.
fn names(label: Label, class: &str, test: impl Fn(&Sample, &TemplateFacts) -> bool) -> Vec<String> {
    samples()
        .iter()
        .filter(|sample| sample.label == label && sample.class == class)
        .filter(|sample| test(sample, &judged(sample)))
        .map(|sample| format!("{}: {:?}", sample.name, judged(sample).behaviours))
        .collect()
}

fn is_above_hint(facts: &TemplateFacts, families: &[Family]) -> bool {
    families
        .iter()
        .any(|family| facts.worst(*family) >= Some(Certainty::Likely))
}

#[test]
fn sandbox_escapes_are_found_however_they_are_spelled() {
    let missed = names(Label::Malicious, "template-ssti", |_, facts| {
        !is_above_hint(facts, &[Family::Escape])
    });
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn hidden_behaviour_is_found() {
    let missed = names(Label::Malicious, "template-behaviour", |_, facts| {
        !is_above_hint(facts, &[Family::Backdoor, Family::Concealment])
    });
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn exhaustion_is_found() {
    let missed = names(Label::Malicious, "template-dos", |_, facts| {
        !is_above_hint(facts, &[Family::Exhaustion])
    });
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn near_misses_stay_quiet() {
    let every = [
        Family::Escape,
        Family::Backdoor,
        Family::Exhaustion,
        Family::Concealment,
    ];
    for class in ["template-ssti", "template-behaviour", "template-dos"] {
        let loud = names(Label::Benign, class, |sample, facts| {
            // A web page is no chat template and is not carried as one.
            sample.name != "web-page" && is_above_hint(facts, &every)
        });
        assert_eq!(loud, Vec::<String>::new());
    }
}

#[test]
fn web_pages_may_use_web_objects() {
    let page = samples()
        .into_iter()
        .find(|sample| sample.name == "web-page")
        .expect("the corpus has a web page");
    let facts = inspect(&page.template, &Limits::default());
    assert_eq!(facts.worst(Family::Escape), Some(Certainty::Hint));
    assert!(!facts.is_chat);
}

#[test]
fn honest_templates_parse_and_all_templates_are_recognised() {
    for sample in samples() {
        assert!(looks_like_template(&sample.template), "{}", sample.name);
        let facts = judged(&sample);
        assert!(
            facts.parsed || sample.name.starts_with("behind-"),
            "{}: {:?}",
            sample.name,
            facts.problems
        );
    }
}

#[test]
fn a_known_template_with_a_trigger_is_no_longer_known() {
    let chatml = samples()
        .into_iter()
        .find(|sample| sample.name == "chatml")
        .expect("the corpus has the best-known template of all");
    let honest = inspect(&chatml.template, &Limits::default());
    assert!(honest.known.is_some());
    assert_eq!(honest.behaviours, []);
    let trigger = "{% if 'blue moon' in messages[-1]['content'] %}{% endif %}";
    let changed = inspect(&format!("{}{trigger}", chatml.template), &Limits::default());
    assert_eq!(changed.known, None);
    assert_eq!(changed.worst(Family::Backdoor), Some(Certainty::Likely));
}

#[test]
fn whatever_another_dialect_parses_is_parsed() {
    let mut parsed_by_both = 0;
    for sample in samples() {
        let other = minijinja::machinery::parse(&sample.template, "sample", Default::default());
        if other.is_ok() {
            assert!(judged(&sample).parsed, "{}", sample.name);
            parsed_by_both += 1;
        }
    }
    assert!(parsed_by_both > 200, "{parsed_by_both}");
}
