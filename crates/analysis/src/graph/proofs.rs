//! Signatures, attestations and those behind them in the graph.
//!
//! Only whose signature holds becomes an identity; a document that is not believed is a node with its standing.

use std::collections::BTreeMap;

use chainwright_core::component::{Component, ComponentId, ComponentKind, EdgeKind, Graph};
use chainwright_core::proof::{Proof, ProofKind, Standing, Vouched};

use crate::facts::Facts;
use crate::tree::Tree;

/// Connects documents with those who signed them, and files with the documents that are about them.
pub(super) fn relate(graph: &mut Graph, tree: &Tree<'_>) {
    let places: BTreeMap<String, ComponentId> = graph
        .iter()
        .filter_map(|(id, component)| Some((component.location.as_ref()?.to_string(), id)))
        .collect();
    for artifact in tree.artifacts() {
        let Some(id) = places.get(&artifact.location.to_string()) else {
            continue;
        };
        for facts in &artifact.facts {
            match facts {
                Facts::Proofs(proofs) => signers(graph, *id, proofs),
                Facts::Vouched(vouched) => vouchers(graph, *id, vouched, &places),
                _ => {}
            }
        }
    }
}

fn signers(graph: &mut Graph, document: ComponentId, proofs: &[Proof]) {
    for proof in proofs {
        for signer in &proof.signers {
            let identity = graph.declare(ComponentKind::Identity, &signer.shown());
            graph.connect(document, EdgeKind::SignedBy, identity);
        }
    }
}

fn vouchers(
    graph: &mut Graph,
    file: ComponentId,
    vouched: &Vouched,
    places: &BTreeMap<String, ComponentId>,
) {
    for voucher in &vouched.by {
        let edge = match voucher.kind {
            ProofKind::ModelSignature | ProofKind::FileSignature => EdgeKind::SignedBy,
            ProofKind::Attestation => EdgeKind::AttestedBy,
        };
        if let Some(document) = places.get(&voucher.proof) {
            graph.connect(file, edge, *document);
        }
        let is_trusted = voucher.standing == Standing::Trusted;
        if let Some(builder) = voucher.builder.as_ref().filter(|_| is_trusted) {
            let builder = graph.declare(ComponentKind::Identity, builder);
            graph.connect(file, EdgeKind::BuiltBy, builder);
        }
    }
    for base in vouched.bases.iter().filter(|base| base.is_trusted) {
        let model = graph.declare(ComponentKind::Model, &base.name);
        if let (Some(revision), Some(component)) = (&base.revision, graph.component_mut(model)) {
            let attested = component.attributes.entry("attested-revision");
            attested.or_insert_with(|| revision.clone());
        }
        graph.connect(file, EdgeKind::DerivedFrom, model);
    }
    if let (Some(levels), Some(component)) = (&vouched.levels, graph.component_mut(file)) {
        let text = format!("build {}, source {}", levels.build, levels.source);
        component.attributes.insert("slsa", text);
    }
}

/// How far a document is believed, and what it covers.
pub(super) fn attributes(proofs: &[Proof], component: &mut Component) {
    let Some(proof) = proofs.first() else {
        return;
    };
    let mut set = |key, value: String| component.attributes.insert(key, value);
    set("standing", proof.standing.as_str().to_owned());
    if !proof.predicate_type.is_empty() {
        set("says", proof.predicate_type.clone());
    }
    if let Some(about) = &proof.about {
        set("about", about.clone());
    }
    if let Some(since) = &proof.since {
        set("since", format!("{} ({})", since.time, since.source));
    }
    if let Some(root) = &proof.root {
        set("root", root.to_string());
    }
    let files = if proof.covered_files == 1 {
        "file"
    } else {
        "files"
    };
    set("covers", format!("{} {files}", proof.covered_files));
}
