//! What is written can be read again, says the same, and is the same bytes every time.

use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::inventory::{Component, Inventory, Kind};
use chainwright_boms::{Evidence, read, spdx3};
use chainwright_core::limits::Limits;
use proptest::prelude::*;

use crate::generate;

/// What both sides must agree on for a component, in the words that every format can hold.
fn essence(inventory: &Inventory, component: &Component) -> String {
    let hashes: Vec<_> = component
        .hashes
        .iter()
        .filter_map(|(algorithm, field)| {
            Some((algorithm, field.value()?, field.evidence(), field.source()))
        })
        .collect();
    let licences: Vec<_> = component
        .licences
        .iter()
        .map(|licence| (&licence.term, licence.evidence, &licence.source))
        .collect();
    let aspects: Vec<_> = component
        .aspects
        .iter()
        .filter(|(_, field)| !field.is_absent())
        .filter(|(_, field)| field.value().is_none_or(|value| !value.lines().is_empty()))
        .collect();
    let relations: Vec<_> = inventory
        .from(&component.reference)
        .map(|relation| (relation.kind, &relation.to))
        .collect();
    format!(
        "{:?} {:?} {:?} {:?} {:?}\n{hashes:?}\n{licences:?}\n{aspects:#?}\n{relations:?}",
        component.kind,
        component.full_name(),
        component.version.value(),
        component.purl.value().filter(|text| !text.is_empty()),
        component
            .description
            .value()
            .filter(|text| !text.is_empty()),
    )
}

fn assert_same(before: &Inventory, after: &Inventory) {
    for (reference, component) in &before.components {
        if component.kind == Kind::Service {
            continue;
        }
        let found = after
            .component(reference)
            .unwrap_or_else(|| panic!("{reference} is gone"));
        assert_eq!(
            essence(before, component),
            essence(after, found),
            "{reference}"
        );
    }
}

#[test]
fn the_rich_inventory_survives_cyclonedx_with_all_its_evidence() {
    let before = generate::rich();
    for edition in [Edition::V1_6, Edition::V1_7] {
        let bytes = cyclonedx::write(&before, edition);
        let (_, after) = read(&bytes, "bom.json", &Limits::default()).unwrap();
        assert_same(&before, &after);
        assert_eq!(before.metadata.subject, after.metadata.subject);
        assert_eq!(before.metadata.timestamp, after.metadata.timestamp);
        assert_eq!(before.metadata.context, after.metadata.context);
        assert_eq!(
            before.vulnerabilities[0].analysis,
            after.vulnerabilities[0].analysis
        );
        assert_eq!(before.workflows, after.workflows);
        assert_eq!(before.claims, after.claims);
        let known: Vec<_> = before
            .relations
            .iter()
            .map(|each| (each.kind, each.evidence, &each.source))
            .collect();
        let found: Vec<_> = after
            .relations
            .iter()
            .map(|each| (each.kind, each.evidence, &each.source))
            .collect();
        assert_eq!(known, found);
    }
}

#[test]
fn the_rich_inventory_survives_spdx_3() {
    let before = generate::rich();
    let bytes = spdx3::write(&before);
    let (_, after) = read(&bytes, "bom.json", &Limits::default()).unwrap();
    assert_same(&before, &after);
    assert_eq!(before.metadata.subject, after.metadata.subject);
    assert_eq!(after.vulnerabilities[0].id, "CVE-2025-32434");
    assert_eq!(
        after.vulnerabilities[0]
            .analysis
            .as_ref()
            .map(|each| each.state),
        before.vulnerabilities[0]
            .analysis
            .as_ref()
            .map(|each| each.state)
    );
}

#[test]
fn every_field_of_a_read_document_names_where_it_stands() {
    let bytes = br#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
        {"type":"machine-learning-model","bom-ref":"m","name":"m","version":"1",
         "modelCard":{"modelParameters":{"task":"text-generation"}}}]}"#;
    let (_, inventory) = read(bytes, "theirs.json", &Limits::default()).unwrap();
    let model = inventory.components.values().next().unwrap();
    assert_eq!(model.version.evidence(), Evidence::Declared);
    assert_eq!(
        model.version.source().unwrap().to_string(),
        "theirs.json#pointer:/components/0/version"
    );
    let task = model
        .aspect(chainwright_boms::inventory::Aspect::Task)
        .unwrap();
    assert_eq!(
        task.source().unwrap().to_string(),
        "theirs.json#pointer:/components/0/modelCard/modelParameters/task"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_inventories_are_written_alike_and_read_again(seed in 0_u64..1_000_000, size in 1_usize..10) {
        let before = generate::inventory(seed, size);
        for edition in [Edition::V1_6, Edition::V1_7] {
            let bytes = cyclonedx::write(&before, edition);
            prop_assert_eq!(&bytes, &cyclonedx::write(&before.clone(), edition));
            let (_, after) = read(&bytes, "bom.json", &Limits::default()).unwrap();
            assert_same(&before, &after);
            let again = cyclonedx::write(&after, edition);
            let (_, twice) = read(&again, "bom.json", &Limits::default()).unwrap();
            prop_assert_eq!(&again, &cyclonedx::write(&twice, edition));
        }
        let bytes = spdx3::write(&before);
        prop_assert_eq!(&bytes, &spdx3::write(&before));
        let (_, after) = read(&bytes, "bom.json", &Limits::default()).unwrap();
        prop_assert_eq!(before.components.len(), after.components.len());
    }
}
