//! Documents made to break us: any relations, any names, cut at every byte.

use chainwright_boms::inventory::{Derivation, Kind, Reference, Relation, RelationKind};
use chainwright_boms::read::read;
use chainwright_core::limits::Limits;
use chainwright_inventory::{Memory, Outline, Shelf, Sqlite, View, entry_of};
use proptest::prelude::*;

use crate::{Document, ask_base, ask_package};

const LINKS: [RelationKind; 7] = [
    RelationKind::DependsOn,
    RelationKind::Contains,
    RelationKind::TrainedOn,
    RelationKind::DerivedFrom(Derivation::Merge),
    RelationKind::Adapts,
    RelationKind::DeployedAs,
    RelationKind::TestedOn,
];

/// Documents over a few shared names, with any relations between them, dangling ones included.
fn documents() -> impl Strategy<Value = Vec<Document>> {
    let relation = (0_usize..12, 0_usize..LINKS.len(), 0_usize..12);
    let document = (
        0_usize..8,
        prop::collection::vec(relation, 0..40),
        any::<bool>(),
    );
    prop::collection::vec(document, 1..6).prop_map(|documents| {
        let build =
            |(subject, relations, has_subject): (usize, Vec<(usize, usize, usize)>, bool)| {
                let mut document = Document::default();
                let parts: Vec<Reference> = (0..10)
                    .map(|number| match number % 3 {
                        0 => document.part(Kind::Model, &format!("acme/m{number}"), "", "", ""),
                        1 => document.python(&format!("p{number}"), "1.0"),
                        _ => document.part(
                            Kind::File,
                            &format!("f{number}"),
                            "",
                            "",
                            &number.to_string().repeat(64),
                        ),
                    })
                    .collect();
                if has_subject {
                    document.0.metadata.subject = Some(parts[subject].clone());
                }
                let at = |place: usize| {
                    parts
                        .get(place)
                        .cloned()
                        .unwrap_or_else(|| Reference::new("nowhere"))
                };
                for (from, kind, to) in relations {
                    document
                        .0
                        .relations
                        .insert(Relation::plain(at(from), LINKS[kind], at(to)));
                }
                document
            };
        documents.into_iter().map(build).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_relations_end_and_both_shelves_agree(documents in documents()) {
        let entries: Vec<_> = documents
            .iter()
            .enumerate()
            .map(|(number, document)| entry_of(&document.0, "test", vec![number as u8], &format!("d{number}"), 100))
            .collect();
        let mut memory = Memory::new();
        memory.add(&entries, 100).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut store = Sqlite::create(&folder.path().join("inventory.db")).unwrap();
        store.add(&entries, 100).unwrap();
        for text in ["p1", "p4", "p7"] {
            let (left, right) = (ask_package(&memory, text), ask_package(&store, text));
            prop_assert_eq!(told(&left), told(&right));
            for reached in &left.reached {
                let mut routes = reached.routes.clone();
                routes.sort();
                routes.dedup();
                prop_assert_eq!(routes.len(), reached.routes.len());
                for route in &reached.routes {
                    prop_assert_eq!(&route.hops.last().unwrap().package.name, text);
                }
            }
            // Asking again gives the same.
            prop_assert_eq!(ask_package(&memory, text), left);
        }
        for model in ["acme/m0", "acme/m3"] {
            prop_assert_eq!(told(&ask_base(&memory, model)), told(&ask_base(&store, model)));
        }
    }

    #[test]
    fn every_listed_part_is_reached_from_the_subject(documents in documents()) {
        for document in &documents {
            let outline = Outline::of(&document.0);
            let Some(root) = outline.root else { continue };
            let mut seen = vec![false; outline.nodes.len()];
            let mut open = vec![root];
            while let Some(node) = open.pop() {
                if std::mem::replace(&mut seen[node as usize], true) {
                    continue;
                }
                open.extend(outline.links.iter().filter(|link| link.0 == node).map(|link| link.1));
            }
            let tested: Vec<_> = document.0.relations.iter().filter(|each| each.kind == RelationKind::TestedOn).collect();
            for (place, component) in document.0.components.values().enumerate() {
                let is_tested = tested.iter().any(|each| each.to == component.reference);
                prop_assert!(seen[place] || is_tested, "{}", component.name);
            }
        }
    }
}

fn told(answer: &chainwright_inventory::Answer) -> Vec<(String, Vec<String>)> {
    let of = answer.reached.iter();
    of.map(|reached| {
        (
            reached.state.name.clone(),
            reached.routes.iter().map(crate::line).collect(),
        )
    })
    .collect()
}

#[test]
fn a_document_cut_anywhere_is_read_or_refused() {
    let mut document = Document::about(Kind::Application, "app", "1", "");
    document.python("torch", "2.0");
    let whole = document.entry().document;
    for length in 0..whole.len() {
        if let Ok((format, inventory)) = read(&whole[..length], "cut", &Limits::default()) {
            let entry = entry_of(
                &inventory,
                format.as_str(),
                whole[..length].to_vec(),
                "cut",
                100,
            );
            Memory::new().add(&[entry], 100).unwrap();
        }
    }
}

#[test]
fn names_as_long_as_documents_are_cut() {
    let long = "é".repeat(1_000_000);
    let mut document = Document::about(Kind::Application, "app", "1", "");
    document.part(Kind::Package, &long, &long, "", "");
    let folder = tempfile::tempdir().unwrap();
    let mut store = Sqlite::create(&folder.path().join("inventory.db")).unwrap();
    store.add(&[document.entry()], 100).unwrap();
    let states = store.states(View::Now).unwrap();
    let nodes = store.nodes(states[0].id).unwrap();
    assert!(nodes.iter().all(|node| node.package.name.len() <= 2048));
}

#[test]
fn thousands_of_documents_about_one_model_cost_what_they_are() {
    let mut memory = Memory::timeless();
    let entries: Vec<_> = (0..3000)
        .map(|number| {
            let mut document =
                Document::about(Kind::Model, &format!("acme/child-{number}"), "1", "");
            let subject = document.subject();
            let base = document.part(Kind::Model, "acme/base", "", "", "");
            document.relate(&subject, RelationKind::Adapts, &base);
            document.entry()
        })
        .collect();
    memory.add(&entries, 100).unwrap();
    assert_eq!(ask_base(&memory, "acme/base").open, 3000);
}
