//! What models were made from: bases, and the data that they learned from or were measured on.

use std::collections::BTreeMap;

use chainwright_analysis::facts::Facts;
use chainwright_boms::evidence::{Evidence, Source};
use chainwright_boms::inventory::{Derivation, Kind, Listing, Reference, Relation, RelationKind};
use chainwright_core::location::Place;
use chainwright_repository::card::BaseRelation;
use chainwright_repository::config::{DocumentKind, ReferenceKind};

use crate::layout::{Unit, documents};
use crate::model::adapter_of;
use crate::{Composer, card, naming};

impl Composer<'_> {
    /// What models were made from.
    pub(crate) fn lineage(&mut self) {
        for index in 0..self.layout.models.len() {
            let unit = &self.layout.models[index];
            let Some(model) = self.holders.get(&unit.key).cloned() else {
                continue;
            };
            self.bases(unit, &model);
            self.training_data(unit, &model);
        }
        if let Some(card) = self
            .layout
            .roots
            .first()
            .and_then(|root| self.cards.of(&root.key))
        {
            let card = card.clone();
            let subject = self.subject.clone();
            let is_model = self
                .inventory
                .component(&subject)
                .is_some_and(|it| it.kind == Kind::Model);
            if !is_model && !card.is_of_data() {
                self.card_lineage(&subject, &card, Evidence::Declared);
            }
        }
    }

    fn bases(&mut self, unit: &Unit<'_>, model: &Reference) {
        let card = self.cards.of(&unit.key).cloned();
        let adapter = adapter_of(unit).cloned();
        let mut stated: BTreeMap<String, (RelationKind, Evidence, Source, Option<String>)> =
            BTreeMap::new();
        for file in unit
            .files
            .iter()
            .filter(|file| file.location.surroundings() == unit.key)
        {
            for document in documents(file) {
                for reference in document
                    .references
                    .items()
                    .iter()
                    .filter(|each| each.kind == ReferenceKind::BaseModel)
                {
                    let source = self.source(&file.location, reference.place.clone());
                    // What a model was loaded from when it was saved is not always what it was made from.
                    let (kind, evidence) = match document.kind {
                        DocumentKind::AdapterConfig => (RelationKind::Adapts, Evidence::Declared),
                        _ => (
                            RelationKind::DerivedFrom(Derivation::Unknown),
                            Evidence::Inferred,
                        ),
                    };
                    let entry = (kind, evidence, source, reference.revision.clone());
                    stated.entry(reference.name.clone()).or_insert(entry);
                }
            }
            for facts in &file.facts {
                if let Facts::Gguf(facts) = facts {
                    for (name, value) in gguf_bases(&facts.base_models) {
                        let source = self.source(&file.location, Place::Key(name));
                        let kind = RelationKind::DerivedFrom(Derivation::Unknown);
                        stated
                            .entry(value)
                            .or_insert((kind, Evidence::Declared, source, None));
                    }
                }
            }
        }
        if let Some(card) = &card {
            let kind = relation_of(card, adapter.is_some());
            for (name, source) in card.names(ReferenceKind::BaseModel) {
                let entry =
                    stated
                        .entry(name)
                        .or_insert((kind, Evidence::Declared, source.clone(), None));
                if entry.1 < Evidence::Declared {
                    *entry = (kind, Evidence::Declared, source, entry.3.take());
                }
            }
        }
        for (name, (kind, evidence, source, revision)) in stated {
            let base = self.ancestor(&name, revision.as_deref(), &source);
            self.inventory
                .relate(Relation::known(model.clone(), kind, base, evidence, source));
        }
    }

    fn training_data(&mut self, unit: &Unit<'_>, model: &Reference) {
        if let Some(card) = self.cards.of(&unit.key).cloned() {
            self.card_data(model, &card, Evidence::Declared);
        } else if let Some((folder, card)) = self.cards.above(&unit.key) {
            let (folder, card) = (folder.to_owned(), card.clone());
            if self.is_meant(unit, &folder, &card) {
                self.card_data(model, &card, Evidence::Inferred);
            }
        }
    }

    fn card_lineage(&mut self, from: &Reference, card: &card::Card, most: Evidence) {
        let kind = relation_of(card, false);
        for (name, source) in card.names(ReferenceKind::BaseModel).collect::<Vec<_>>() {
            let base = self.ancestor(&name, None, &source);
            self.inventory
                .relate(Relation::known(from.clone(), kind, base, most, source));
        }
        self.card_data(from, card, most);
    }

    fn card_data(&mut self, from: &Reference, card: &card::Card, most: Evidence) {
        for (name, source) in card.names(ReferenceKind::Dataset).collect::<Vec<_>>() {
            let (data, evidence) = self.dataset_named(&name, &source);
            let relation = RelationKind::TrainedOn;
            self.inventory.relate(Relation::known(
                from.clone(),
                relation,
                data,
                evidence.min(most),
                source,
            ));
        }
        let tested: Vec<(String, Source)> = card
            .told
            .outcomes
            .iter()
            .filter_map(|outcome| {
                let source = Source::at(card.file.clone(), outcome.place.clone());
                Some((outcome.repository.clone()?, source))
            })
            .collect();
        for (name, source) in tested {
            let (data, evidence) = self.dataset_named(&name, &source);
            let relation = RelationKind::TestedOn;
            self.inventory.relate(Relation::known(
                from.clone(),
                relation,
                data,
                evidence.min(most),
                source,
            ));
        }
    }

    /// A base model: one that is here under this name, else one that is only named.
    fn ancestor(&mut self, name: &str, revision: Option<&str>, source: &Source) -> Reference {
        let key = (Kind::Model, name.to_owned());
        if let Some(known) = self.named.get(&key) {
            return known.clone();
        }
        let here = self.here.get(&key).cloned().flatten();
        let here = here.filter(|_| naming::is_repository(name));
        let reference = here.unwrap_or_else(|| {
            let mut component = naming::named(Kind::Model, name, revision, source);
            component.listing = Listing::Ancestor;
            self.inventory.add(component)
        });
        self.named.insert(key, reference.clone());
        reference
    }
}

/// How a model was made from the bases that its card names.
fn relation_of(card: &card::Card, is_adapter: bool) -> RelationKind {
    match card.facts.base_relation {
        Some(BaseRelation::Adapter) => RelationKind::Adapts,
        Some(BaseRelation::Finetune) => RelationKind::DerivedFrom(Derivation::FineTune),
        Some(BaseRelation::Merge) => RelationKind::DerivedFrom(Derivation::Merge),
        Some(BaseRelation::Quantized) => RelationKind::DerivedFrom(Derivation::Quantisation),
        None if is_adapter => RelationKind::Adapts,
        None => RelationKind::DerivedFrom(Derivation::Unknown),
    }
}

/// Base models of a GGUF header: the address of the repository where it has one, else the name.
fn gguf_bases(entries: &[(String, String)]) -> Vec<(String, String)> {
    let mut bases: BTreeMap<&str, (String, String)> = BTreeMap::new();
    for (key, value) in entries {
        let number = key.split('.').nth(2).unwrap_or_default();
        let repository = value
            .strip_prefix("https://huggingface.co/")
            .filter(|name| naming::is_repository(name));
        let is_better = repository.is_some();
        if is_better || (key.ends_with(".name") && !bases.contains_key(number)) {
            let name = repository.unwrap_or(value);
            bases.insert(number, (key.clone(), name.to_owned()));
        }
    }
    bases.into_values().collect()
}
