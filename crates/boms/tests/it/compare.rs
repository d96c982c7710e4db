//! Merging, comparing and measuring.

use chainwright_boms::completeness::Answer;
use chainwright_boms::diff::{Detail, Gate};
use chainwright_boms::inventory::{
    Affected, Component, Derivation, HashAlgorithm, Inventory, Kind, Licence, Rating, Relation,
    RelationKind, Severity, Vulnerability,
};
use chainwright_boms::{Evidence, Field, Source, Standard, diff, measure, merge};

use crate::generate;

fn package(name: &str, version: &str) -> Component {
    let mut component = Component::new(Kind::Package, name);
    let source = Source::file("lock");
    component.version = Field::declared(version.to_owned(), source.clone());
    component.purl = Field::declared(format!("pkg:pypi/{name}@{version}"), source);
    component
}

#[test]
fn an_inventory_equals_itself_and_merging_it_changes_nothing() {
    for inventory in [generate::rich(), generate::inventory(5, 8)] {
        assert!(diff(&inventory, &inventory).is_empty());
        let merged = merge(&[inventory.clone(), inventory.clone()]);
        let difference = diff(&merge(std::slice::from_ref(&inventory)), &merged);
        assert!(difference.is_empty(), "{difference:#?}");
    }
}

#[test]
fn an_upgrade_is_a_change_and_not_two() {
    let (mut before, mut after) = (Inventory::default(), Inventory::default());
    before.add(package("torch", "2.4.0"));
    before.add(package("gone", "1"));
    after.add(package("torch", "2.6.0"));
    after.add(package("new", "1"));
    let difference = diff(&before, &after);
    assert_eq!(difference.changed.len(), 1);
    assert_eq!(
        difference.changed[0].details,
        [Detail::Version("2.4.0".to_owned(), "2.6.0".to_owned())]
    );
    assert_eq!(difference.added[0].name, "new");
    assert_eq!(difference.removed[0].name, "gone");
    assert!(difference.stops(&Gate::default()).is_empty());
    let strict = Gate {
        added: true,
        ..Gate::default()
    };
    assert_eq!(difference.stops(&strict).len(), 1);
}

#[test]
fn other_bytes_lineage_and_new_vulnerabilities_stop_a_pipeline() {
    let before = generate::rich();
    let mut after = before.clone();
    let subject = after.metadata.subject.clone().unwrap();
    let model = after.components.get_mut(&subject).unwrap();
    let field = Field::verified("ef".repeat(32), Source::file("model.safetensors"));
    model.hashes.insert(HashAlgorithm::Sha256, field);
    model
        .licences
        .push(Licence::declared("GPL-3.0-only", Source::file("LICENSE")));
    let base = after.add(Component::new(Kind::Model, "stranger"));
    after.relate(Relation::plain(
        subject.clone(),
        RelationKind::DerivedFrom(Derivation::Merge),
        base,
    ));
    after.vulnerabilities.push(Vulnerability {
        id: "CVE-2026-1".to_owned(),
        ratings: vec![Rating {
            severity: Severity::High,
            ..Rating::default()
        }],
        affects: vec![Affected {
            component: subject,
            versions: Vec::new(),
        }],
        ..Vulnerability::default()
    });
    let difference = diff(&before, &after);
    let reasons = difference.stops(&Gate::default());
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    let gate = Gate {
        licences: true,
        ..Gate::default()
    };
    assert_eq!(difference.stops(&gate).len(), 4);
    assert_eq!(diff(&after, &before).fixed.len(), 1);
}

#[test]
fn merging_keeps_the_better_known_statement_and_all_names() {
    let (mut left, mut right) = (Inventory::default(), Inventory::default());
    let mut known = package("torch", "2.4.0");
    known.hash(
        HashAlgorithm::Sha256,
        "ab".repeat(32),
        Source::file("torch.whl"),
    );
    known.reference = chainwright_boms::Reference::new("their-name");
    right.add(known);
    let mut plain = package("torch", "2.4.0");
    let field = Field::declared("cd".repeat(32), Source::file("lock"));
    plain.hashes.insert(HashAlgorithm::Sha256, field);
    left.add(plain);
    let other = right.add(package("numpy", "2"));
    right.relate(Relation::plain(
        chainwright_boms::Reference::new("their-name"),
        RelationKind::DependsOn,
        other,
    ));
    let merged = merge(&[left, right]);
    assert_eq!(merged.components.len(), 2);
    let torch = merged
        .components
        .values()
        .find(|each| each.name == "torch")
        .unwrap();
    assert_eq!(
        torch.hashes[&HashAlgorithm::Sha256].value().unwrap(),
        &"ab".repeat(32)
    );
    assert_eq!(
        torch.hashes[&HashAlgorithm::Sha256].evidence(),
        Evidence::Verified
    );
    assert_eq!(merged.from(&torch.reference).count(), 1);
}

#[test]
fn a_complete_project_lacks_little_and_an_empty_one_all() {
    let rich = measure(&generate::rich(), Standard::G7);
    let missing: Vec<_> = rich
        .missing()
        .map(|each| (each.cluster.as_str(), each.name.as_str()))
        .collect();
    insta::assert_debug_snapshot!(missing);
    assert!(rich.score() > 60, "{}", rich.score());
    let hash = rich
        .elements
        .iter()
        .find(|each| each.cluster == "models" && each.name == "architecture");
    assert_eq!(
        hash.unwrap().answer,
        Answer::Absent,
        "the base model says nothing"
    );
    let empty = measure(&Inventory::default(), Standard::G7);
    assert!(empty.score() < 20, "{}", empty.score());
    assert!(!measure(&Inventory::default(), Standard::Ntia).is_met());
}

#[test]
fn an_unknown_that_is_stated_is_worth_more_than_silence() {
    let aspect = chainwright_boms::inventory::Aspect::Limitations;
    let model = |is_stated: bool| {
        let mut inventory = Inventory::default();
        let mut model = Component::new(Kind::Model, "m");
        if is_stated {
            model.state(aspect, Field::stated_unknown(Source::file("README.md")));
        }
        inventory.add(model);
        measure(&inventory, Standard::G7)
    };
    let of = |result: &chainwright_boms::Completeness| {
        result
            .elements
            .iter()
            .find(|each| each.name == "limitations")
            .unwrap()
            .answer
    };
    assert_eq!(of(&model(true)), Answer::StatedUnknown);
    assert_eq!(of(&model(false)), Answer::Absent);
    assert!(model(true).score() >= model(false).score());
}
