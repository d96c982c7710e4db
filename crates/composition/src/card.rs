//! Cards: what the text beside a model or dataset says of it.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_analysis::facts::{Facts, Inspected};
use chainwright_boms::evidence::{Evidence, Field, Source};
use chainwright_boms::inventory::{
    Acknowledgement, Aspect, Component, Kind, Licence, Metric, Party, Risk, Value,
};
use chainwright_core::location::Place;
use chainwright_repository::card::CardFacts;
use chainwright_repository::card::description::{Description, Section, Topic, describe};
use chainwright_repository::config::ReferenceKind;

use crate::layout::{Layout, outward};
use crate::{Request, property, quoted, text_of};

/// The card of a folder.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    /// The file, as readers of the document see it.
    pub(crate) file: String,
    /// What its front matter names.
    pub(crate) facts: CardFacts,
    /// What it tells.
    pub(crate) told: Description,
}

impl Card {
    fn at(&self, place: Place) -> Source {
        Source::at(self.file.clone(), place)
    }

    fn line(&self, line: u32) -> Source {
        self.at(Place::Line { line, column: 1 })
    }

    fn key(&self, key: &str) -> Source {
        self.at(Place::Pointer(format!("/{key}")))
    }

    /// Base models or datasets of the front matter; what the text mentions is no statement.
    pub(crate) fn names(&self, kind: ReferenceKind) -> impl Iterator<Item = (String, Source)> {
        self.facts
            .references
            .items()
            .iter()
            .filter(move |each| each.kind == kind && matches!(each.place, Place::Pointer(_)))
            .map(|each| (each.name.clone(), self.at(each.place.clone())))
    }

    /// Whether it speaks of a dataset rather than a model.
    pub(crate) fn is_of_data(&self) -> bool {
        self.told.has_dataset_keys && !self.told.has_model_keys
    }
}

/// The cards of all folders that have one.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    by_folder: BTreeMap<String, Card>,
}

impl Cards {
    pub(crate) fn read(request: &Request<'_>, layout: &Layout<'_>) -> Self {
        let mut cards = Self::default();
        let units = layout.models.iter().chain(&layout.datasets);
        let wanted: BTreeSet<&str> = units.flat_map(|unit| outward(&unit.key)).collect();
        for (key, folder) in &layout.folders {
            let is_wanted = layout.is_root(key) || wanted.contains(key.as_str());
            let card = folder.files.iter().filter(|_| is_wanted).find_map(|file| {
                let facts = card_of(file)?;
                let text = text_of(request, file);
                Some(Card {
                    file: layout.shown(&file.location),
                    facts: facts.clone(),
                    told: text
                        .map(|text| describe(&text, request.budget.limits()))
                        .unwrap_or_default(),
                })
            });
            if let Some(card) = card {
                cards.by_folder.insert(key.clone(), card);
            }
        }
        cards
    }

    pub(crate) fn of(&self, folder: &str) -> Option<&Card> {
        self.by_folder.get(folder)
    }

    /// The nearest card of a model in a folder around this one.
    pub(crate) fn above(&self, folder: &str) -> Option<(&str, &Card)> {
        outward(folder).skip(1).find_map(|outer| {
            let (key, card) = self.by_folder.get_key_value(outer)?;
            (!card.is_of_data()).then_some((key.as_str(), card))
        })
    }
}

fn card_of(file: &Inspected) -> Option<&CardFacts> {
    let name = file.location.file_name().to_ascii_lowercase();
    let is_card = matches!(
        name.as_str(),
        "readme.md"
            | "readme.markdown"
            | "model_card.md"
            | "modelcard.md"
            | "dataset_card.md"
            | "datasheet.md"
    );
    file.facts.iter().find_map(|facts| match facts {
        Facts::Card(card) if is_card => Some(card),
        _ => None,
    })
}

/// Puts down what a card says of a component. `most` is the strongest class that its word can have here: a card in a
/// folder above was perhaps not written for this component.
pub(crate) fn tell(card: &Card, component: &mut Component, most: Evidence) {
    let teller = Teller { card, most };
    teller.description(component);
    teller.licences(component);
    teller.front_matter(component);
    teller.results(component);
    for (topic, aspect) in topics(component.kind) {
        teller.sections(component, *topic, *aspect);
    }
    teller.risks(component);
    teller.developers(component);
}

struct Teller<'a> {
    card: &'a Card,
    most: Evidence,
}

/// Where the parts of a card go.
const fn topics(kind: Kind) -> &'static [(Topic, Aspect)] {
    match kind {
        Kind::Dataset => &[
            (Topic::IntendedUse, Aspect::IntendedUse),
            (Topic::OutOfScope, Aspect::OutOfScope),
            (Topic::Limitations, Aspect::Limitations),
            (Topic::Bias, Aspect::Bias),
            (Topic::Collection, Aspect::Collection),
            (Topic::Annotation, Aspect::Annotation),
            (Topic::PersonalData, Aspect::Sensitivity),
            (Topic::Preprocessing, Aspect::Preprocessing),
            (Topic::Provenance, Aspect::Provenance),
        ],
        _ => &[
            (Topic::IntendedUse, Aspect::IntendedUse),
            (Topic::OutOfScope, Aspect::OutOfScope),
            (Topic::Users, Aspect::Users),
            (Topic::Limitations, Aspect::Limitations),
            (Topic::Training, Aspect::Training),
            (Topic::TrainingData, Aspect::Training),
            (Topic::Preprocessing, Aspect::Preprocessing),
            (Topic::Hardware, Aspect::Hardware),
            (Topic::Security, Aspect::SecurityPolicy),
        ],
    }
}

impl Teller<'_> {
    fn field<T>(&self, value: T, source: Source) -> Field<T> {
        Field::of(value, self.most.min(Evidence::Declared), source)
    }

    fn description(&self, component: &mut Component) {
        let told = &self.card.told;
        let part = told
            .about(Topic::Description)
            .find(|section| !section.text.is_empty())
            .map(|section| (section.text.clone(), section.line));
        if let Some((text, line)) = told.lead.clone().or(part) {
            let field = self.field(text.clone(), self.card.line(line));
            component.description.strengthen(field);
            if component.kind == Kind::Dataset {
                let field = self.field(Value::text(text), self.card.line(line));
                component.state(Aspect::Contents, field);
            }
        }
    }

    fn licences(&self, component: &mut Component) {
        for term in &self.card.facts.licences {
            let licence = Licence {
                term: term.clone(),
                acknowledgement: Acknowledgement::Declared,
                url: self.card.told.licence_link.clone(),
                evidence: self.most.min(Evidence::Declared),
                source: Some(self.card.key("license")),
            };
            add_licence(component, licence);
        }
    }

    fn front_matter(&self, component: &mut Component) {
        let told = &self.card.told;
        let list = |component: &mut Component, key: &str, aspect: Aspect| {
            if let Some(stated) = told.stated(key) {
                let value = match aspect.form() {
                    chainwright_boms::inventory::Form::List => Value::list(stated.values.clone()),
                    _ => Value::text(stated.values.join(", ")),
                };
                let field = self.field(value, self.card.at(stated.place.clone()));
                component.state(aspect, field);
            }
        };
        list(component, "language", Aspect::Languages);
        if component.kind == Kind::Dataset {
            list(component, "task_categories", Aspect::Domains);
            list(component, "annotations_creators", Aspect::Annotation);
            list(component, "source_datasets", Aspect::Provenance);
        } else {
            list(component, "pipeline_tag", Aspect::Task);
            list(component, "library_name", Aspect::Library);
        }
        if let Some(tags) = told.stated("tags") {
            let tags = property("tags", tags.values.join(", "));
            component.properties.push(tags);
        }
        if let Some(size) = told.stated("size_categories") {
            let size = property("size-category", size.values.join(", "));
            component.properties.push(size);
        }
        if let Some(examples) = told.examples
            && component.kind == Kind::Dataset
        {
            let field = self.field(Value::Count(examples), self.card.key("dataset_info"));
            component.state(Aspect::Records, field);
        }
    }

    fn results(&self, component: &mut Component) {
        let Some(first) = self.card.told.outcomes.first() else {
            return;
        };
        let metrics = self.card.told.outcomes.iter().map(|outcome| Metric {
            name: outcome.metric.clone(),
            value: outcome.value.clone(),
            slice: outcome.dataset.clone(),
        });
        let source = self.card.at(first.place.clone());
        let field = self.field(Value::Metrics(metrics.collect()), source);
        component.state(Aspect::Metrics, field);
    }

    fn sections(&self, component: &mut Component, topic: Topic, aspect: Aspect) {
        let sections: Vec<&Section> = self.card.told.about(topic).collect();
        let Some(first) = sections.first() else {
            return;
        };
        let texts: Vec<String> = sections
            .iter()
            .filter(|section| !section.text.is_empty())
            .map(|section| section.text.clone())
            .collect();
        let source = self.card.line(first.line);
        let field = if texts.is_empty() {
            Field::stated_unknown(source)
        } else {
            self.field(Value::list(texts), source)
        };
        component.state(aspect, field);
    }

    /// Bias and risks of a model are a list of risks.
    fn risks(&self, component: &mut Component) {
        if component.kind == Kind::Dataset {
            return;
        }
        let sections: Vec<&Section> = self.card.told.about(Topic::Bias).collect();
        let Some(first) = sections.first() else {
            return;
        };
        let risks: Vec<Risk> = sections
            .iter()
            .filter(|section| !section.text.is_empty())
            .map(|section| Risk {
                name: section.text.clone(),
                ..Risk::default()
            })
            .collect();
        let source = self.card.line(first.line);
        let field = if risks.is_empty() {
            Field::stated_unknown(source)
        } else {
            self.field(Value::Risks(risks), source)
        };
        component.state(Aspect::Ethics, field);
    }

    /// `Developed by: NAME` as the hub's form has it.
    fn developers(&self, component: &mut Component) {
        let found = self.card.told.sections.iter().find_map(|section| {
            let (_, behind) = section.text.split_once("Developed by:")?;
            let end = behind
                .find(" Funded by")
                .or_else(|| behind.find(" Shared by"))
                .or_else(|| behind.find(" Model type"))
                .unwrap_or(behind.len());
            let name = behind.get(..end)?.trim().trim_matches(['[', ']']);
            let is_name = !name.is_empty()
                && name.chars().count() <= 80
                && !name.to_lowercase().contains("more information");
            is_name.then(|| (name.to_owned(), section.line))
        });
        if let Some((name, line)) = found {
            let party = Party::organisation(quoted(&name));
            let field = self.field(party, self.card.line(line));
            component.supplier.strengthen(field);
        }
    }
}

/// Adds a licence; of two with the same term the better known stays.
pub(crate) fn add_licence(component: &mut Component, licence: Licence) {
    let known = component
        .licences
        .iter_mut()
        .find(|known| known.term == licence.term);
    match known {
        Some(known) if known.evidence < licence.evidence => *known = licence,
        Some(_) => {}
        None => component.licences.push(licence),
    }
}
