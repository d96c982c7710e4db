//! Model-Card, Data-Disclosure, Evaluation-Evidence and Security-Contact: what the repository tells its readers.

use chainwright_analysis::facts::Facts;
use chainwright_boms::inventory::{Aspect, Component, Kind};
use chainwright_boms::read::Format as BomFormat;
use chainwright_repository::card::description::Topic;
use chainwright_repository::config::{Details, ReferenceKind};

use crate::answer::{Answer, Outcome};
use crate::documents::Role;
use crate::material::{Card, Material, RepositoryKind, has_address, has_commit};

/// A part of a card, the topics that fill it, and what it is worth in halves of a point.
type Part = (&'static str, &'static [Topic], u32);

const MODEL_PARTS: [Part; 6] = [
    ("intended-use", &[Topic::IntendedUse, Topic::Users], 3),
    ("out-of-scope", &[Topic::OutOfScope], 2),
    ("limitations", &[Topic::Limitations], 2),
    ("bias-and-risks", &[Topic::Bias], 2),
    ("training-data", &[Topic::TrainingData, Topic::Training], 2),
    ("evaluation", &[Topic::Evaluation], 2),
];

const DATASET_PARTS: [Part; 6] = [
    ("intended-use", &[Topic::IntendedUse, Topic::Users], 2),
    ("limitations", &[Topic::Limitations, Topic::OutOfScope], 2),
    ("bias-and-risks", &[Topic::Bias], 2),
    ("collection", &[Topic::Collection, Topic::Provenance], 4),
    ("contents", &[Topic::Contents], 2),
    ("personal-data", &[Topic::PersonalData], 2),
];

/// Sections with text and keys of the front matter.
pub(super) fn card(mut answer: Answer, material: &Material<'_>) -> Answer {
    let Some(card) = &material.card else {
        answer.probe("present", false);
        answer.lowers("there is no card");
        return answer.scored(0);
    };
    answer.probe("present", true);
    let is_dataset = material.kind == RepositoryKind::Dataset;
    let parts = if is_dataset {
        DATASET_PARTS
    } else {
        MODEL_PARTS
    };
    let mut halves = 0;
    let mut lacking = Vec::new();
    let mut ask = |answer: &mut Answer, name: &'static str, is_met: bool, worth: u32| {
        if answer.probe(name, is_met) {
            halves += worth;
        } else {
            lacking.push(name);
        }
    };
    let has_lead = card
        .told
        .lead
        .as_ref()
        .is_some_and(|(text, _)| !text.is_empty());
    let is_described = has_lead || card.has(&[Topic::Description]);
    ask(&mut answer, "description", is_described, 2);
    for (name, topics, worth) in parts {
        let is_measured = name == "evaluation" && !card.told.outcomes.is_empty();
        ask(&mut answer, name, is_measured || card.has(topics), worth);
    }
    let keys: [(&'static str, &[&str]); 3] = [
        ("licence-key", &["license", "license_name"]),
        (
            "task-key",
            &[
                "pipeline_tag",
                "library_name",
                "task_categories",
                "task_ids",
                "size_categories",
            ],
        ),
        ("language-or-tags-key", &["language", "tags"]),
    ];
    for (name, keys) in keys {
        ask(&mut answer, name, card.states(keys), 1);
    }
    if !is_dataset {
        ask(&mut answer, "usage", shows_usage(card), 1);
    }
    ask(&mut answer, "contact", has_mail_or_contact(card), 1);
    if lacking.is_empty() {
        answer.raises_in("tells everything that is asked for", card.path);
    } else {
        let text = format!("has no text about: {}", lacking.join(", "));
        answer.lowers_in(text, card.path);
    }
    answer.scored(halves / 2)
}

/// Whether the card shows how it is used: code, or a part about it.
fn shows_usage(card: &Card<'_>) -> bool {
    card.text.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("```") || line.starts_with("~~~")
    }) || headings(&card.text).any(|title| {
        ["usage", "how to", "get started", "quick"]
            .iter()
            .any(|word| title.contains(word))
    })
}

/// Whether the card tells where its people are found.
fn has_mail_or_contact(card: &Card<'_>) -> bool {
    let says = ["contact", "authors", "maintainer", "developed by"];
    let by_heading = section_after(&card.text, &says).is_some_and(|text| !text.trim().is_empty());
    by_heading
        || card
            .text
            .split_whitespace()
            .any(|word| !word.contains("://") && has_address(word))
}

fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
}

/// The text below the first heading that has one of these words, up to the next heading.
fn section_after(text: &str, words: &[&str]) -> Option<String> {
    let mut lines = text.lines();
    lines.find(|line| {
        let title = line.to_lowercase();
        line.starts_with('#') && words.iter().any(|word| title.contains(word))
    })?;
    let below: Vec<&str> = lines.take_while(|line| !line.starts_with('#')).collect();
    Some(below.join("\n"))
}

/// Which data the model learned from, or what is said of the data itself.
pub(super) fn data(mut answer: Answer, material: &Material<'_>) -> Answer {
    match material.kind {
        RepositoryKind::Model => learned_from(answer, material),
        RepositoryKind::Dataset => own_data(answer, material),
        RepositoryKind::Other => {
            answer.probed("data", Outcome::NotApplicable);
            answer.inconclusive("there is neither a model nor a dataset")
        }
    }
}

fn learned_from(mut answer: Answer, material: &Material<'_>) -> Answer {
    let names = material.named(ReferenceKind::Dataset);
    let described: Vec<&Component> = datasets(material).collect();
    let is_named = !names.is_empty() || !described.is_empty();
    answer.probe("datasets-named", is_named);
    if !is_named {
        let topics = [Topic::TrainingData];
        let card = material.card.as_ref();
        let has_text = card.is_some_and(|card| card.has(&topics));
        let is_unknown = card.is_some_and(|card| {
            let mut about = card.told.about(Topic::TrainingData);
            about.any(|section| section.text.is_empty())
        });
        answer.probe("training-data-described", has_text);
        answer.probe("stated-unknown", is_unknown);
        answer.lowers("no dataset is named");
        return answer.scored(match (has_text, is_unknown) {
            (true, _) => 3,
            (false, true) => 2,
            (false, false) => 0,
        });
    }
    let matched = |name: &str| {
        described.iter().copied().find(|component| {
            let full = component.full_name();
            full == name
                || component.name == name
                || component
                    .purl
                    .text()
                    .is_some_and(|purl| purl.contains(name))
        })
    };
    let mut about: Vec<(String, Option<&Component>)> = names
        .iter()
        .map(|name| ((*name).to_owned(), matched(name)))
        .collect();
    if about.is_empty() {
        about.extend(described.iter().map(|each| (each.full_name(), Some(*each))));
    }
    let mut sum = 0_u64;
    for (name, component) in &about {
        let (told, lacking) = facets(*component);
        sum += told;
        if !lacking.is_empty() {
            let lacking = lacking.join(", ");
            answer.lowers(format!("of `{name}` nothing says: {lacking}"));
        }
    }
    let share = answer.share("facets-told", sum, about.len() as u64 * 4);
    answer.raises(format!("{} named", counted(about.len(), "dataset")));
    answer.scored(5 + share * 5 / 1000)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what} is")
    } else {
        format!("{count} {what}s are")
    }
}

/// Datasets that bills of materials and Croissant documents describe.
fn datasets<'a>(material: &'a Material<'_>) -> impl Iterator<Item = &'a Component> {
    let inventories = material.boms.iter().map(|bom| &bom.inventory);
    inventories.flat_map(|inventory| inventory.of_kind(Kind::Dataset))
}

/// How many of licence, sensitivity, size and digest are told, and which are not.
fn facets(component: Option<&Component>) -> (u64, Vec<&'static str>) {
    let says = |aspects: &[Aspect]| {
        component.is_some_and(|component| {
            let mut fields = aspects
                .iter()
                .filter_map(|aspect| component.aspect(*aspect));
            fields.any(|field| !field.is_absent())
        })
    };
    let sensitivity = [
        Aspect::Sensitivity,
        Aspect::PersonalData,
        Aspect::Classification,
        Aspect::Confidentiality,
    ];
    let facets = [
        (
            "licence",
            component.is_some_and(|each| !each.licences.is_empty()),
        ),
        ("sensitivity", says(&sensitivity)),
        ("size", says(&[Aspect::Size, Aspect::Records])),
        (
            "digest",
            component.is_some_and(|each| {
                !each.hashes.is_empty() || each.version.text().is_some_and(has_commit)
            }),
        ),
    ];
    let lacking = facets
        .iter()
        .filter(|(_, told)| !told)
        .map(|(name, _)| *name)
        .collect();
    let told = facets.iter().filter(|(_, told)| *told).count() as u64;
    (told, lacking)
}

/// Two points each for licence, sensitivity, size, digest and origin of the data that lies here.
fn own_data(mut answer: Answer, material: &Material<'_>) -> Answer {
    let card = material.card.as_ref();
    let has = |topics: &[Topic]| card.is_some_and(|card| card.has(topics));
    let states = |keys: &[&str]| card.is_some_and(|card| card.states(keys));
    let best = datasets(material)
        .map(|each| facets(Some(each)))
        .max_by_key(|(told, _)| *told);
    let lacking = best.map_or(
        vec!["licence", "sensitivity", "size", "digest"],
        |(_, lacking)| lacking,
    );
    let in_bom = |name| !lacking.contains(&name);
    let is_listed = material.subject.artifacts.iter().flat_map(|each| &each.facts).any(|facts| {
        matches!(facts, Facts::Config(document) if matches!(document.details, Details::Digests(_)))
    });
    let has_examples = card.is_some_and(|card| card.told.examples.is_some());
    let facets = [
        (
            "licence",
            in_bom("licence") || states(&["license", "license_name"]),
        ),
        (
            "sensitivity",
            in_bom("sensitivity") || has(&[Topic::PersonalData]),
        ),
        (
            "size",
            in_bom("size") || has_examples || states(&["size_categories"]),
        ),
        ("digest", in_bom("digest") || is_listed),
        (
            "origin",
            has(&[Topic::Provenance, Topic::Collection]) || states(&["source_datasets"]),
        ),
    ];
    let mut points = 0;
    for (name, is_told) in facets {
        if answer.probe(name, is_told) {
            points += 2;
        } else {
            answer.lowers(format!("nothing says the {name} of the data"));
        }
    }
    if material
        .boms
        .iter()
        .any(|bom| bom.format == BomFormat::Croissant)
    {
        answer.raises("a Croissant document describes the data");
    }
    answer.scored(points)
}

/// Words of benchmarks and measures that are about harm.
const SAFETY: [&str; 24] = [
    "safety",
    "toxic",
    "harm",
    "bias",
    "refusal",
    "jailbreak",
    "advbench",
    "strongreject",
    "xstest",
    "truthfulqa",
    "bbq",
    "crows",
    "winogender",
    "winobias",
    "stereoset",
    "bold",
    "wmdp",
    "do-not-answer",
    "donotanswer",
    "simplesafety",
    "red team",
    "hate",
    "agentharm",
    "injection",
];

/// Measured results: numbers 4, on named datasets 6, at a revision 8, and one about safety 2 more.
pub(super) fn evaluation(mut answer: Answer, material: &Material<'_>) -> Answer {
    if material.kind != RepositoryKind::Model {
        return answer.inconclusive("there is no model");
    }
    let files: Vec<String> = material
        .documents(Role::Evaluation)
        .map(|document| document.text().to_lowercase())
        .collect();
    let numeric = |text: &str| {
        let text = text.trim().trim_matches(['"', '\'']).trim_end_matches('%');
        text.parse::<f64>().is_ok_and(f64::is_finite)
    };
    let field = |text: &str, key: &str, holds: &dyn Fn(&str) -> bool| {
        text.lines().any(|line| {
            let line = line.trim_start().trim_start_matches("- ");
            let value = line
                .strip_prefix(key)
                .and_then(|rest| rest.strip_prefix(':'));
            value.is_some_and(|value| holds(value.trim()))
        })
    };
    let card = material.card.as_ref();
    let outcomes = card.map_or(&[][..], |card| card.told.outcomes.as_slice());
    let measured: Vec<_> = outcomes
        .iter()
        .filter(|outcome| numeric(&outcome.value))
        .collect();
    let by_file = files.iter().any(|text| field(text, "value", &numeric));
    let has_numbers = answer.probe("numbers", !measured.is_empty() || by_file);
    let has_dataset = measured.iter().any(|outcome| !outcome.dataset.is_empty())
        || files
            .iter()
            .any(|text| field(text, "id", &|value| !value.is_empty()));
    answer.probe("dataset-named", has_numbers && has_dataset);
    let front = card
        .map(|card| front_matter(&card.text))
        .unwrap_or_default();
    let is_commit = |value: &str| has_commit(value);
    let has_revision = field(&front, "revision", &is_commit) && !measured.is_empty()
        || files.iter().any(|text| field(text, "revision", &is_commit));
    answer.probe("revision-named", has_numbers && has_revision);
    let is_safety = |text: &str| {
        let text = text.to_lowercase();
        SAFETY.iter().any(|word| text.contains(word))
    };
    let has_safety = measured
        .iter()
        .any(|outcome| is_safety(&outcome.metric) || is_safety(&outcome.dataset))
        || files.iter().any(|text| is_safety(text));
    answer.probe("safety-measured", has_safety);
    if !has_numbers {
        answer.lowers("no measured results are given in a form that programs read");
        let has_prose = card.is_some_and(|card| card.has(&[Topic::Evaluation]));
        return answer.scored(u32::from(has_prose) * 2);
    }
    let mut points = 4;
    for (is_met, text) in [
        (has_dataset, "the results name no dataset"),
        (has_revision, "the results name no revision of the dataset"),
        (has_safety, "no result is about safety"),
    ] {
        if is_met {
            points += 2;
        } else {
            answer.lowers(text);
        }
    }
    answer.scored(points)
}

/// The front matter of a card in lower case.
fn front_matter(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').to_lowercase();
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return String::new();
    }
    let matter: Vec<&str> = lines.take_while(|line| line.trim_end() != "---").collect();
    matter.join("\n")
}

/// Where weaknesses are reported.
pub(super) fn contact(mut answer: Answer, material: &Material<'_>) -> Answer {
    let policies: Vec<_> = material.documents(Role::Security).collect();
    let with_address = policies.iter().find(|document| {
        let text = document.text();
        has_address(&text)
            || text
                .to_lowercase()
                .contains("private vulnerability reporting")
    });
    answer.probe("policy", !policies.is_empty());
    answer.probe("policy-with-address", with_address.is_some());
    let in_card = material.card.as_ref().and_then(|card| {
        let words = [
            "security",
            "contact",
            "disclosure",
            "vulnerabilit",
            "reporting",
        ];
        section_after(&card.text, &words)
    });
    let card_address = in_card.as_ref().is_some_and(|text| has_address(text));
    answer.probe("card-contact", card_address);
    if let Some(document) = with_address {
        answer.raises_in("says where weaknesses are reported", &document.path);
        return answer.scored(10);
    }
    if card_address {
        answer.lowers("the card gives an address, but there is no SECURITY.md");
        return answer.scored(7);
    }
    if policies.is_empty() {
        answer.lowers("nothing says where weaknesses are reported");
    } else {
        answer.lowers("the security policy gives no address");
    }
    answer.scored(if policies.is_empty() { 0 } else { 3 })
}
