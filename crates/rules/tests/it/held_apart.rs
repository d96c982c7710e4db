//! What is left when the catalogue does not know a name: the family that nobody has listed yet.
//!
//! Every entry of the catalogue of dangerous names is taken away at once, not one family at a time: a call of what was
//! listed becomes a call of an unknown name, and a class that was listed becomes an unknown class, as the policy would
//! have them. What a case does beside naming a dangerous callable (a lying container, a broken stream) still counts.

use std::collections::BTreeMap;

use chainwright_analysis::facts::Facts;
use chainwright_analysis::{Inspected, Rule, run};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_pickle::{Tier, UseKind};
use chainwright_rules::ALL;
use chainwright_testkit::corpus::{self, Label};

use crate::harness::inspect_all;

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
