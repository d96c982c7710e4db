//! Every case of the corpus is told from its opposite, by its content alone.

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_pickle::{Flavour, Tier, recognise, scan};
use chainwright_testkit::corpus::{Case, Label, pickle};

/// What a scanner that goes by content would see: nothing in what is not recognised.
fn worst(case: &Case) -> Tier {
    let (_, bytes) = &case.files[0];
    let head = &bytes[..bytes.len().min(64 * 1024)];
    if recognise(head, bytes.len() as u64).is_none() {
        return Tier::Safe;
    }
    scan(bytes, Flavour::Plain, &Budget::untimed(Limits::default())).worst()
}

fn wrong(label: Label, is_wrong: fn(Tier) -> bool) -> Vec<String> {
    pickle::cases()
        .iter()
        .filter(|case| case.label == label && is_wrong(worst(case)))
        .map(|case| format!("{}/{}", case.class, case.name))
        .collect()
}

#[test]
fn no_attack_is_missed() {
    assert_eq!(
        wrong(Label::Malicious, |tier| tier < Tier::UnknownCall),
        Vec::<String>::new()
    );
}

#[test]
fn no_honest_file_is_suspected() {
    assert_eq!(
        wrong(Label::Benign, |tier| tier >= Tier::UnknownCall),
        Vec::<String>::new()
    );
}

#[test]
fn listed_gadgets_are_dangerous_and_unlisted_ones_are_not_clean() {
    let listed = pickle::cases()
        .into_iter()
        .filter(|case| case.class.starts_with("gadget-"));
    let (dangerous, unknown): (Vec<_>, Vec<_>) =
        listed.partition(|case| worst(case) == Tier::Dangerous);
    assert!(
        dangerous.len() > unknown.len() * 8,
        "{} of {}",
        dangerous.len(),
        unknown.len()
    );
}

#[test]
fn cases_have_names_of_their_own() {
    let mut names: Vec<_> = pickle::cases()
        .into_iter()
        .map(|case| (case.class, case.name))
        .collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}
