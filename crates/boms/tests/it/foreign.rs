//! Documents that other people's tools made, against what their keys say.
//!
//! `tests/boms/foreign.py` of the repository makes them and the lists beside them: one line for each component with its
//! kind, name, version, package URL, digests and licences, and one for each dependency.

use std::fs;
use std::path::{Path, PathBuf};

use chainwright_boms::inventory::{HashAlgorithm, Kind, RelationKind};
use chainwright_boms::{Component, Format, Inventory, cyclonedx, read};
use chainwright_core::limits::Limits;

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|end| end != "expected"))
        .collect();
    paths.sort();
    paths
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Package => "library",
        other => other.as_str(),
    }
}

fn line(component: &Component) -> String {
    let mut digests: Vec<String> = component
        .hashes
        .iter()
        .filter_map(|(algorithm, field)| Some((algorithm, field.value()?)))
        .map(|(algorithm, digits)| format!("{}:{digits}", HashAlgorithm::cyclonedx(*algorithm)))
        .collect();
    digests.sort();
    let mut terms: Vec<&str> = component
        .licences
        .iter()
        .map(|licence| licence.term.as_str())
        .collect();
    terms.sort_unstable();
    [
        word(component.kind),
        &component.full_name(),
        component.version.text().unwrap_or_default(),
        component.purl.text().unwrap_or_default(),
        &digests.join(","),
        &terms.join(";"),
    ]
    .join("\t")
}

fn listed(inventory: &Inventory, format: Format) -> Vec<String> {
    let mut lines: Vec<String> = inventory.components.values().map(line).collect();
    lines.sort();
    let is_edge = |kind: RelationKind| match format {
        Format::Spdx2Json | Format::Spdx2TagValue => {
            matches!(kind, RelationKind::DependsOn | RelationKind::Contains)
        }
        _ => kind == RelationKind::DependsOn,
    };
    let name = |reference| inventory.component(reference).unwrap().full_name();
    let edges = inventory
        .relations
        .iter()
        .filter(|relation| is_edge(relation.kind))
        .map(|relation| format!("{}\t->\t{}", name(&relation.from), name(&relation.to)));
    let mut edges: Vec<String> = edges.collect();
    edges.sort();
    lines.extend(edges);
    lines
}

#[test]
fn documents_of_other_tools_are_read_component_by_component() {
    let mut count = 0;
    for path in documents() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        let (format, inventory) = read(&bytes, &name, &Limits::default()).unwrap();
        let expected = fs::read_to_string(path.with_file_name(format!("{name}.expected"))).unwrap();
        // Croissant names licences by their pages; we name them as everybody else does.
        let expected =
            expected.replace("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0");
        let listed = listed(&inventory, format);
        assert_eq!(listed, expected.lines().collect::<Vec<_>>(), "{name}");
        if format == Format::CycloneDx {
            let document = serde_json::from_slice(&bytes).unwrap();
            let violations = cyclonedx::check(&document);
            assert!(violations.is_empty(), "{name}: {violations:?}");
        }
        count += 1;
    }
    assert_eq!(count, 24, "documents in tests/foreign");
}
