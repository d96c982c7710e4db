//! What is left when the catalogue does not know a name: the family that nobody has listed yet.
//!
//! Operators, functions and classes of model formats: each family of the parsers' tables is left out by configuration
//! ([`Catalogue`]), and every case that it had a part in is judged again. Parsers know what of a format is harmless, so
//! what is missing comes out as unknown.
//!
//! Names in pickles: every entry of the catalogue of dangerous names is taken away at once, not one family at a time: a call of what was
//! listed becomes a call of an unknown name, and a class that was listed becomes an unknown class, as the policy would
//! have them. What a case does beside naming a dangerous callable (a lying container, a broken stream) still counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use chainwright_analysis::facts::Facts;
use chainwright_analysis::stream::Pass;
use chainwright_analysis::{Artifact, Inspected, Rule, inspect, run};
use chainwright_core::budget::Budget;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::limits::Limits;
use chainwright_core::location::Location;
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_pickle::{Tier, UseKind};
use chainwright_rules::ALL;
use chainwright_testkit::corpus::{self, Label};

use crate::harness::{Files, inspect_all};

/// Classes of the corpus whose cases call a gadget.
const GADGETS: [&str; 12] = [
    "computed-name",
    "gadget-direct",
    "gadget-fickling-ghsa",
    "gadget-ml-library",
    "gadget-picklescan-ghsa",
    "gadget-stdlib",
    "gadget-third-party",
    "nested-attribute",
    "opcode-tricks",
    "passed-on",
    "py2-alias",
    "state-overwrite",
];

/// `NEWOBJ` allocates a class and runs neither its `__init__` nor a function: without the catalogue such a case is an
/// unknown class, as honest classes of users are.
fn only_allocates(name: &str) -> bool {
    name.contains("newobj")
}

/// Forgets every dangerous name.
fn forget(artifacts: &mut [Inspected]) {
    for facts in artifacts.iter_mut().flat_map(|each| &mut each.facts) {
        match facts {
            Facts::Pickle(pickle) => {
                for used in &mut pickle.uses {
                    if used.tier == Tier::Dangerous && used.capability.is_some() {
                        used.capability = None;
                        let is_class = used.name.chars().any(char::is_uppercase);
                        used.tier = match used.kind {
                            UseKind::Import => Tier::UnknownClass,
                            UseKind::NewObj | UseKind::NewObjEx if is_class => Tier::UnknownClass,
                            _ => Tier::UnknownCall,
                        };
                    }
                }
            }
            Facts::Model(model) => {
                for hazard in &mut model.hazards {
                    if hazard.kind == ModelHazardKind::DangerousCallable {
                        hazard.kind = ModelHazardKind::UnknownCallable;
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn families_that_no_catalogue_lists_still_reach_the_gate() {
    let rules: Vec<&'static Rule> = ALL.iter().map(|entry| entry.rule).collect();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    for case in corpus::all() {
        let calls_a_gadget = GADGETS.contains(&case.class) && !only_allocates(&case.name);
        if case.label != Label::Malicious || !calls_a_gadget {
            continue;
        }
        let mut artifacts = inspect_all(&case.files);
        forget(&mut artifacts);
        let found = run::run(&rules, &artifacts).findings;
        let flagged = found.iter().any(|each| each.severity >= Severity::Medium);
        let (seen, all) = counts.entry(case.class).or_default();
        *all += 1;
        *seen += usize::from(flagged);
        if !flagged {
            missed.push(format!("{}/{}", case.class, case.name));
        }
    }
    let seen: usize = counts.values().map(|(seen, _)| seen).sum();
    let all: usize = counts.values().map(|(_, all)| all).sum();
    assert!(all >= 300, "only {all} cases");
    assert!(
        seen * 100 >= all * 99,
        "{seen} of {all}: {counts:?}\n{}",
        missed.join("\n")
    );
}

/// Families of the tables of model formats, and how the classes of the corpus begin whose cases they may concern.
/// A name without a colon leaves out all parts of a table at once.
#[rustfmt::skip]
const FAMILIES: &[(&[&str], &[&str])] = &[
    (&["tensorflow:read"], &["tensorflow"]),
    (&["tensorflow:match"], &["tensorflow"]),
    (&["tensorflow:records"], &["tensorflow"]),
    (&["tensorflow:table"], &["tensorflow"]),
    (&["tensorflow:restore"], &["tensorflow"]),
    (&["tensorflow:save"], &["tensorflow"]),
    (&["tensorflow:write"], &["tensorflow"]),
    (&["tensorflow:cache"], &["tensorflow"]),
    (&["tensorflow:log"], &["tensorflow"]),
    (&["tensorflow:print"], &["tensorflow"]),
    (&["tensorflow:urls"], &["tensorflow"]),
    (&["tensorflow:python"], &["tensorflow"]),
    (&["tensorflow:network"], &["tensorflow"]),
    (&["tensorflow:remote"], &["tensorflow"]),
    (&["tensorflow:descriptor"], &["tensorflow"]),
    (&["tensorflow:region"], &["tensorflow"]),
    (&["tensorflow:module"], &["tensorflow"]),
    (&["tensorflow:target"], &["tensorflow"]),
    (&["tensorflow:graph"], &["tensorflow"]),
    (&["tensorflow"], &["tensorflow"]),
    (&["flex:read"], &["tflite"]),
    (&["flex:write"], &["tflite"]),
    (&["flex:python"], &["tflite"]),
    (&["flex:network"], &["tflite"]),
    (&["flex"], &["tflite"]),
    (&["onnx:interpreter"], &["onnx"]),
    (&["onnx:process"], &["onnx"]),
    (&["onnx:network"], &["onnx"]),
    (&["onnx:context"], &["onnx"]),
    (&["onnx"], &["onnx"]),
    (&["caffe:modules"], &["caffe"]),
    (&["caffe2:python"], &["caffe"]),
    (&["caffe2:read"], &["caffe"]),
    (&["caffe2:write"], &["caffe"]),
    (&["caffe2:network"], &["caffe"]),
    (&["caffe2"], &["caffe"]),
    (&["cntk:modules"], &["cntk"]),
    (&["paddle:python"], &["paddle"]),
    (&["paddle:read"], &["paddle"]),
    (&["paddle:write"], &["paddle"]),
    (&["paddle:network"], &["paddle"]),
    (&["paddle"], &["paddle"]),
    (&["mxnet:custom"], &["mxnet"]),
    (&["mxnet:pointer"], &["mxnet"]),
    (&["mxnet:read"], &["mxnet"]),
    (&["mxnet"], &["mxnet"]),
    (&["keras:python"], &["keras"]),
    (&["keras:own"], &["keras"]),
    (&["keras:operators"], &["keras"]),
    (&["keras:functions"], &["keras"]),
    (&["keras"], &["keras"]),
    (&["python-names"], &["skops", "spacy", "orbax"]),
    (&["java-names"], &["pmml"]),
    (&["torch-mobile"], &["torch-mobile"]),
    (&["torch-export"], &["torch-export"]),
];

/// Inspects every file with a catalogue that may lack families.
fn inspect_with(files: &Files, catalogue: Catalogue) -> Vec<Inspected> {
    let inspected = files.iter().flat_map(|(name, bytes)| {
        let limits = Limits::default().for_file(bytes.len() as u64);
        let budget = Budget::untimed(limits).with_catalogue(catalogue);
        let artifact = Artifact {
            location: Location::file(name.clone()),
            bytes: Arc::new(bytes.clone()),
        };
        let mut pass = Pass::default();
        pass.update(bytes);
        inspect(&artifact, Some(pass.finish()), &budget)
    });
    let mut all: Vec<Inspected> = inspected.collect();
    all.sort_by(|left, right| left.location.cmp(&right.location));
    all
}

/// The worst that the rules say.
fn worst(rules: &[&'static Rule], artifacts: &[Inspected]) -> Option<Severity> {
    let found = run::run(rules, artifacts).findings;
    found.iter().map(|each| each.severity).max()
}

#[test]
fn operators_that_no_table_lists_still_reach_the_gate() {
    let rules: Vec<&'static Rule> = ALL.iter().map(|entry| entry.rule).collect();
    let is_of_a_format = |class: &str| {
        let starts = FAMILIES.iter().flat_map(|(_, starts)| *starts);
        starts.into_iter().any(|start| class.starts_with(start))
    };
    let cases: Vec<_> = corpus::all()
        .into_iter()
        .filter(|case| case.label == Label::Malicious && is_of_a_format(case.class))
        .map(|case| (inspect_with(&case.files, Catalogue::default()), case))
        .collect();
    let mut told = Vec::new();
    let mut wrong = Vec::new();
    for (family, starts) in FAMILIES {
        let (mut seen, mut all) = (0_usize, 0_usize);
        let mut missed = Vec::new();
        let concerned = cases
            .iter()
            .filter(|(_, case)| starts.iter().any(|start| case.class.starts_with(start)));
        for (whole, case) in concerned {
            let without = inspect_with(&case.files, Catalogue::without(family));
            let is_member = whole.len() != without.len()
                || whole
                    .iter()
                    .zip(&without)
                    .any(|(with, without)| with.facts != without.facts);
            if !is_member {
                continue;
            }
            all += 1;
            if worst(&rules, &without) >= Some(Severity::Medium) {
                seen += 1;
            } else {
                missed.push(format!("{}/{}", case.class, case.name));
            }
        }
        let line = format!("{}: {seen} of {all}", family.join(" "));
        eprintln!("{line}");
        if all == 0 || seen * 100 < all * 99 {
            wrong.push(format!("{line}, missed {missed:?}"));
        }
        told.push(line);
    }
    assert!(
        wrong.is_empty(),
        "{}\n{}",
        wrong.join("\n"),
        told.join("\n")
    );
}
