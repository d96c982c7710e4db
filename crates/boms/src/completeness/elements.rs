//! The elements of each list, as questions to an inventory.

use super::{Answer, Element};
use crate::evidence::{Evidence, Field};
use crate::inventory::{Aspect, Component, HashAlgorithm, Inventory, Kind, Listing, RelationKind};

/// Components that are named as lacking.
const NAMED: usize = 5;

type Question = fn(&Inventory, &Component) -> Answer;

/// The clusters and elements of the G7 list.
pub(super) fn g7(inventory: &Inventory) -> Vec<Element> {
    let mut all = metadata(inventory);
    all.extend(system(inventory));
    let models: Vec<_> = parts(inventory, &[Kind::Model]);
    let questions: &[(&str, Question)] = &[
        ("name", |_, each| named(each)),
        ("identifier", |_, each| of(&each.purl)),
        ("version", |_, each| of(&each.version)),
        ("producer", |_, each| producer(each)),
        ("description", |_, each| of(&each.description)),
        ("timestamp", |_, each| {
            any(each, &[Aspect::Released, Aspect::Built])
        }),
        ("hash value and algorithm", hash),
        ("architecture", |_, each| {
            any(each, &[Aspect::Architecture, Aspect::ArchitectureFamily])
        }),
        ("training", training),
        ("limitations", |_, each| any(each, &[Aspect::Limitations])),
        ("licence", |_, each| licence(each)),
        ("external references", |_, each| referenced(each)),
    ];
    all.extend(ask(inventory, "models", &models, questions));
    let datasets = parts(inventory, &[Kind::Dataset]);
    let questions: &[(&str, Question)] = &[
        ("identity", |_, each| named(each)),
        ("provenance", |_, each| {
            any(each, &[Aspect::Provenance, Aspect::Collection])
        }),
        ("content", |_, each| {
            any(each, &[Aspect::Contents, Aspect::DatasetTypes])
        }),
        ("statistics", |_, each| {
            any(each, &[Aspect::Records, Aspect::Size])
        }),
        ("sensitivity", |_, each| {
            any(
                each,
                &[
                    Aspect::Sensitivity,
                    Aspect::PersonalData,
                    Aspect::Confidentiality,
                    Aspect::Classification,
                ],
            )
        }),
        ("licence", |_, each| licence(each)),
        ("tools", |_, each| {
            any(each, &[Aspect::Tools, Aspect::Annotation])
        }),
    ];
    all.extend(ask(inventory, "datasets", &datasets, questions));
    all.extend(infrastructure(inventory));
    all.extend(security(inventory));
    let systems = systems(inventory);
    let questions: &[(&str, Question)] = &[
        ("security metrics", |_, each| {
            any(each, &[Aspect::SecurityMetrics])
        }),
        ("operational performance", |_, each| {
            any(each, &[Aspect::OperationalMetrics, Aspect::Metrics])
        }),
    ];
    all.extend(ask(
        inventory,
        "key performance indicators",
        &systems,
        questions,
    ));
    all
}

/// The elements of the NTIA list.
pub(super) fn ntia(inventory: &Inventory) -> Vec<Element> {
    let all: Vec<_> = inventory
        .components
        .values()
        .filter(|each| each.listing == Listing::Part)
        .collect();
    let questions: &[(&str, Question)] = &[
        ("supplier name", |_, each| producer(each)),
        ("component name", |_, each| named(each)),
        ("version of the component", |_, each| {
            version_or_digest(each)
        }),
        ("other unique identifiers", |_, each| identifier(each)),
    ];
    let mut elements = ask(inventory, "components", &all, questions);
    let metadata = &inventory.metadata;
    elements.push(single(
        "document",
        "dependency relationship",
        related(inventory),
    ));
    elements.push(single(
        "document",
        "author of the data",
        said(!metadata.authors.is_empty()),
    ));
    elements.push(single(
        "document",
        "timestamp",
        said(metadata.timestamp.is_some()),
    ));
    elements
}

fn metadata(inventory: &Inventory) -> Vec<Element> {
    let metadata = &inventory.metadata;
    let has_version = metadata.tools.iter().any(|tool| !tool.version.is_empty());
    let context = metadata.context.is_some() || !metadata.lifecycles.is_empty();
    [
        ("author", said(!metadata.authors.is_empty())),
        // The writers of this crate always give both; a document that was read has them by its format.
        ("version", said(true)),
        ("data format", said(true)),
        (
            "author signature",
            said(metadata.signature.is_some() || metadata.is_signed),
        ),
        ("tool name", said(!metadata.tools.is_empty())),
        ("tool version", said(has_version)),
        ("generation context", said(context)),
        ("timestamp", said(metadata.timestamp.is_some())),
        ("dependency relationship", related(inventory)),
    ]
    .into_iter()
    .map(|(name, answer)| single("metadata", name, answer))
    .collect()
}

fn system(inventory: &Inventory) -> Vec<Element> {
    let systems = systems(inventory);
    let questions: &[(&str, Question)] = &[
        ("name", |_, each| named(each)),
        ("producer", |_, each| producer(each)),
        ("version", |_, each| of(&each.version)),
        ("components", |inventory, _| {
            said(inventory.components.len() > 1)
        }),
        ("timestamp", |inventory, each| {
            match any(each, &[Aspect::Released, Aspect::Built]) {
                Answer::Absent => said(inventory.metadata.timestamp.is_some()),
                answer => answer,
            }
        }),
        ("data flow and usage", |_, each| {
            any(each, &[Aspect::DataFlow])
        }),
        ("input and output", |_, each| {
            any(each, &[Aspect::Inputs, Aspect::Outputs])
        }),
        ("application area", |_, each| {
            any(each, &[Aspect::Domains, Aspect::IntendedUse, Aspect::Task])
        }),
    ];
    ask(inventory, "system", &systems, questions)
}

fn infrastructure(inventory: &Inventory) -> Vec<Element> {
    let software = [
        Kind::Package,
        Kind::Framework,
        Kind::Container,
        Kind::OperatingSystem,
        Kind::Platform,
    ];
    let has_software = !parts(inventory, &software).is_empty();
    let devices = [Kind::Device, Kind::Driver, Kind::Firmware];
    let hardware = if parts(inventory, &devices).is_empty() {
        best(inventory, Aspect::Hardware)
    } else {
        Answer::Present(Evidence::Declared)
    };
    vec![
        single("infrastructure", "software", said(has_software)),
        single("infrastructure", "hardware", hardware),
    ]
}

fn security(inventory: &Inventory) -> Vec<Element> {
    let has_advisories = !inventory.vulnerabilities.is_empty()
        || inventory.components.values().any(|each| {
            each.references.iter().any(|reference| {
                matches!(
                    reference.kind.as_str(),
                    "advisories" | "security-contact" | "vulnerability-assertion"
                )
            })
        });
    vec![
        single(
            "security",
            "controls",
            best(inventory, Aspect::SecurityControls),
        ),
        single(
            "security",
            "compliance",
            best(inventory, Aspect::Compliance),
        ),
        single(
            "security",
            "policy",
            best(inventory, Aspect::SecurityPolicy),
        ),
        single(
            "security",
            "vulnerability referencing",
            said(has_advisories),
        ),
    ]
}

/// What the document is about, else its applications, else its models.
fn systems(inventory: &Inventory) -> Vec<&Component> {
    if let Some(subject) = inventory.subject() {
        return vec![subject];
    }
    let applications = parts(inventory, &[Kind::Application]);
    if applications.is_empty() {
        parts(inventory, &[Kind::Model])
    } else {
        applications
    }
}

fn parts<'a>(inventory: &'a Inventory, kinds: &[Kind]) -> Vec<&'a Component> {
    inventory
        .components
        .values()
        .filter(|each| kinds.contains(&each.kind) && each.listing == Listing::Part)
        .collect()
}

fn single(cluster: &str, name: &str, answer: Answer) -> Element {
    Element {
        cluster: cluster.to_owned(),
        name: name.to_owned(),
        answer,
        asked: 1,
        answered: usize::from(matches!(answer, Answer::Present(_))),
        lacking: Vec::new(),
    }
}

fn ask(
    inventory: &Inventory,
    cluster: &str,
    components: &[&Component],
    questions: &[(&str, Question)],
) -> Vec<Element> {
    questions
        .iter()
        .map(|(name, question)| {
            let mut element = single(cluster, name, Answer::NotApplicable);
            element.asked = components.len();
            element.answered = 0;
            let mut weakest = Evidence::Verified;
            let mut unknown = 0_usize;
            for component in components {
                match question(inventory, component) {
                    Answer::Present(evidence) => {
                        element.answered = element.answered.saturating_add(1);
                        weakest = weakest.min(evidence);
                    }
                    Answer::StatedUnknown => unknown = unknown.saturating_add(1),
                    Answer::Absent | Answer::NotApplicable => {
                        if element.lacking.len() < NAMED {
                            let name = component.full_name();
                            element
                                .lacking
                                .push(chainwright_core::text::visible(&name, 200));
                        }
                    }
                }
            }
            element.answer = if components.is_empty() {
                Answer::NotApplicable
            } else if element.answered == components.len() {
                Answer::Present(weakest)
            } else if element.answered.saturating_add(unknown) == components.len() {
                Answer::StatedUnknown
            } else {
                Answer::Absent
            };
            element
        })
        .collect()
}

/// Of the document itself: there or not.
const fn said(is_there: bool) -> Answer {
    if is_there {
        Answer::Present(Evidence::Declared)
    } else {
        Answer::Absent
    }
}

fn of<T>(field: &Field<T>) -> Answer {
    if field.value().is_some() {
        Answer::Present(field.evidence())
    } else if field.is_stated_unknown() {
        Answer::StatedUnknown
    } else {
        Answer::Absent
    }
}

/// The best answer that any of several aspects gives.
fn any(component: &Component, aspects: &[Aspect]) -> Answer {
    let answers = aspects
        .iter()
        .filter_map(|aspect| component.aspect(*aspect))
        .filter(|field| {
            let is_blank = |value: &crate::inventory::Value| {
                value.lines().iter().all(|line| line.trim().is_empty())
            };
            !field.value().is_some_and(is_blank)
        })
        .map(of);
    answers.fold(Answer::Absent, better)
}

fn better(left: Answer, right: Answer) -> Answer {
    match (left, right) {
        (Answer::Present(left), Answer::Present(right)) => Answer::Present(left.max(right)),
        (present @ Answer::Present(_), _) | (_, present @ Answer::Present(_)) => present,
        (Answer::StatedUnknown, _) | (_, Answer::StatedUnknown) => Answer::StatedUnknown,
        _ => Answer::Absent,
    }
}

fn best(inventory: &Inventory, aspect: Aspect) -> Answer {
    inventory
        .components
        .values()
        .map(|component| any(component, &[aspect]))
        .fold(Answer::Absent, better)
}

fn named(component: &Component) -> Answer {
    said(!component.name.trim().is_empty())
}

fn producer(component: &Component) -> Answer {
    match of(&component.supplier) {
        Answer::Present(evidence)
            if component
                .supplier
                .value()
                .is_some_and(|party| !party.name.trim().is_empty()) =>
        {
            Answer::Present(evidence)
        }
        Answer::StatedUnknown => Answer::StatedUnknown,
        _ => said(
            component
                .authors
                .iter()
                .any(|each| !each.name.trim().is_empty()),
        ),
    }
}

/// A digest of the component itself, or of everything that it holds.
fn hash(inventory: &Inventory, component: &Component) -> Answer {
    if let Some(answer) = digest(component) {
        return answer;
    }
    let mut weakest = Evidence::Verified;
    let mut count = 0_usize;
    for relation in inventory.from(&component.reference) {
        let held = inventory.component(&relation.to);
        let (RelationKind::Contains, Some(held)) = (relation.kind, held) else {
            continue;
        };
        match digest(held) {
            Some(Answer::Present(evidence)) => weakest = weakest.min(evidence),
            _ => return Answer::Absent,
        }
        count = count.saturating_add(1);
    }
    if count > 0 {
        Answer::Present(weakest)
    } else {
        Answer::Absent
    }
}

/// The best of its digests; MD5 and SHA-1 can be forged and do not count.
fn digest(component: &Component) -> Option<Answer> {
    component
        .hashes
        .iter()
        .filter(|(algorithm, _)| !matches!(algorithm, HashAlgorithm::Md5 | HashAlgorithm::Sha1))
        .filter_map(|(_, field)| field.value().map(|_| field.evidence()))
        .max()
        .map(Answer::Present)
}

fn training(inventory: &Inventory, component: &Component) -> Answer {
    let stated = any(
        component,
        &[Aspect::Training, Aspect::Hyperparameters, Aspect::Approach],
    );
    let related = inventory
        .from(&component.reference)
        .filter(|relation| relation.kind == RelationKind::TrainedOn || relation.kind.is_lineage())
        .map(|relation| Answer::Present(relation.evidence.max(Evidence::Inferred)));
    related.fold(stated, better)
}

fn licence(component: &Component) -> Answer {
    let is_unknown = |term: &str| {
        matches!(
            term.trim().to_ascii_lowercase().as_str(),
            "" | "noassertion" | "none" | "unknown" | "other"
        )
    };
    let known = component
        .licences
        .iter()
        .filter(|licence| !is_unknown(&licence.term))
        .map(|licence| Answer::Present(licence.evidence.max(Evidence::Inferred)));
    let unknown = if component.licences.is_empty() {
        Answer::Absent
    } else {
        Answer::StatedUnknown
    };
    known.fold(unknown, better)
}

fn referenced(component: &Component) -> Answer {
    said(!component.references.is_empty())
}

fn version_or_digest(component: &Component) -> Answer {
    match of(&component.version) {
        Answer::Absent if component.kind == Kind::File => {
            digest(component).unwrap_or(Answer::Absent)
        }
        answer => answer,
    }
}

fn identifier(component: &Component) -> Answer {
    match of(&component.purl) {
        Answer::Absent if component.cpe.is_some() => Answer::Present(Evidence::Declared),
        Answer::Absent => digest(component).unwrap_or(Answer::Absent),
        answer => answer,
    }
}

fn related(inventory: &Inventory) -> Answer {
    let grounds = inventory
        .relations
        .iter()
        .filter(|relation| {
            matches!(
                relation.kind,
                RelationKind::DependsOn | RelationKind::Contains
            ) || relation.kind.is_lineage()
        })
        .map(|relation| relation.evidence.max(Evidence::Inferred));
    match grounds.min() {
        Some(evidence) => Answer::Present(evidence),
        None => said(inventory.components.len() == 1),
    }
}
