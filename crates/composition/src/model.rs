//! Models: one component for each, with what its configuration, its tensors and its card say, in this order of trust.

use std::collections::BTreeMap;

use chainwright_analysis::facts::Facts;
use chainwright_boms::evidence::{Evidence, Source};
use chainwright_boms::inventory::{Component, HashAlgorithm, Kind, Licence, Reference};
use chainwright_core::location::Place;
use chainwright_repository::config::{AdapterDetails, Details, ReferenceKind};
use sha2::{Digest, Sha256};

use crate::layout::{Unit, documents};
use crate::sets::{Set, split};
use crate::{Composer, card, naming, property, quoted};

impl Composer<'_> {
    /// Every model, the outer ones first.
    pub(crate) fn models(&mut self) {
        for index in 0..self.layout.models.len() {
            let unit = &self.layout.models[index];
            self.model(unit);
        }
    }

    fn model(&mut self, unit: &Unit<'_>) {
        let sets = self.sets(unit);
        let is_subject = self.is_subject(unit);
        let mut component = if is_subject {
            self.inventory
                .components
                .remove(&self.subject)
                .unwrap_or_default()
        } else {
            Component::new(Kind::Model, String::new())
        };
        component.kind = Kind::Model;
        let (main, variants) = split(&sets);
        self.weights(&mut component, main);
        self.configuration(
            unit,
            &mut component,
            main.and_then(|set| set.table.as_ref()),
        );
        self.headers(&mut component, main);
        self.tokenizer(unit, &mut component);
        self.licence_files(unit, &mut component);
        self.tell_cards(unit, &mut component);
        self.root_digest(unit, &mut component);
        self.name(unit, &mut component, main);
        let holder = self.holder_around(&unit.key);
        let place = self.folder_source(unit);
        let reference = self.inventory.add(component);
        if is_subject {
            self.subject = reference.clone();
            self.inventory.metadata.subject = Some(reference.clone());
        } else {
            self.hold(&holder, &reference, place);
        }
        let name = self
            .inventory
            .component(&reference)
            .map(Component::full_name);
        self.remember(Kind::Model, name.unwrap_or_default(), &reference);
        self.holders.insert(unit.key.clone(), reference.clone());
        for set in variants {
            self.variant(&reference, set);
        }
    }

    pub(crate) fn folder_source(&self, unit: &Unit<'_>) -> Source {
        let shown = self.layout.shorten(&unit.key);
        Source::file(if shown.is_empty() {
            ".".to_owned()
        } else {
            shown
        })
    }

    fn is_subject(&self, unit: &Unit<'_>) -> bool {
        self.request.targets.len() == 1
            && (self.layout.is_root(&unit.key)
                || self.layout.models.len() == 1 && self.layout.is_single_file)
    }

    /// Licences that files of the folder contain as text.
    pub(crate) fn licence_files(&self, unit: &Unit<'_>, component: &mut Component) {
        for file in unit
            .files
            .iter()
            .filter(|file| file.location.surroundings() == unit.key)
        {
            for facts in &file.facts {
                if let Facts::Licence(term) = facts {
                    let source = self.source(&file.location, Place::Whole);
                    card::add_licence(component, Licence::declared(term.clone(), source));
                }
            }
        }
    }

    fn tell_cards(&self, unit: &Unit<'_>, component: &mut Component) {
        if let Some(own) = self.cards.of(&unit.key) {
            card::tell(own, component, Evidence::Declared);
            return;
        }
        if let Some((folder, above)) = self.cards.above(&unit.key)
            && self.is_meant(unit, folder, above)
        {
            card::tell(above, component, Evidence::Inferred);
        }
    }

    /// Whether a card in a folder above is about this model: it names the adapter's base, or there is no other model.
    pub(crate) fn is_meant(&self, unit: &Unit<'_>, folder: &str, above: &card::Card) -> bool {
        let is_only = self.layout.models_below(folder) == 1;
        let bases: Vec<String> = above
            .names(ReferenceKind::BaseModel)
            .map(|(name, _)| name)
            .collect();
        let is_named = adapter_of(unit)
            .and_then(|details| details.base_model.as_ref())
            .is_some_and(|base| bases.contains(base));
        is_only || is_named
    }

    /// The identity of a model folder: a digest over the digests of its files in the order of their names, as
    /// OpenSSF Model Signing makes it.
    fn root_digest(&self, unit: &Unit<'_>, component: &mut Component) {
        let is_plain = unit
            .files
            .iter()
            .all(|file| file.location.members().is_empty());
        if self.request.is_partial || !is_plain {
            return;
        }
        let mut digests: BTreeMap<String, [u8; 32]> = BTreeMap::new();
        let below = self.layout.folders.range(unit.key.clone()..);
        for (key, folder) in below.take_while(|(key, _)| key.starts_with(unit.key.as_str())) {
            if !crate::layout::is_within(key, &unit.key) {
                continue;
            }
            for file in folder
                .files
                .iter()
                .filter(|file| file.location.members().is_empty())
            {
                let whole = file.location.path();
                let name = whole
                    .strip_prefix(unit.key.as_str())
                    .unwrap_or(whole)
                    .trim_start_matches('/');
                let first = name.split('/').next().unwrap_or_default();
                if matches!(first, ".git" | ".gitignore" | ".gitattributes" | ".github")
                    || name == "model.sig"
                {
                    continue;
                }
                let Some(found) = file.digests else { return };
                digests.insert(name.to_owned(), found.sha256.0);
            }
        }
        if digests.is_empty() {
            return;
        }
        let mut hasher = Sha256::new();
        for digest in digests.values() {
            hasher.update(digest);
        }
        let root: [u8; 32] = hasher.finalize().into();
        let digits = chainwright_core::digest::Sha256(root).to_string();
        component.hash(HashAlgorithm::Sha256, digits, self.folder_source(unit));
        component.properties.push(property(
            "digest-of",
            "folder, as OpenSSF Model Signing v1.0 sums it up",
        ));
    }

    /// The name of a model: its repository, else what its header or card calls it, else its folder.
    fn name(&self, unit: &Unit<'_>, component: &mut Component, set: Option<&Set<'_>>) {
        let origin = self.origin_of(unit);
        if let Some(origin) = &origin {
            naming::note_origin(component, origin);
        }
        if !component.name.is_empty() {
            if let Some(origin) = origin {
                component
                    .properties
                    .push(property("name-from", origin.source.to_string()));
            }
            return;
        }
        let (name, source) = self.name_in_files(unit, set).unwrap_or_else(|| {
            let folder = naming::last(&unit.key);
            let first = set.and_then(|set| set.files.first());
            let name = match first {
                Some(file) if self.layout.is_single_file => file.location.file_name(),
                _ if folder.is_empty() => first.map_or("model", |file| file.location.file_name()),
                _ => folder,
            };
            (quoted(name), self.folder_source(unit))
        });
        component.name = name;
        component
            .properties
            .push(property("name-from", source.to_string()));
    }

    fn name_in_files(&self, unit: &Unit<'_>, set: Option<&Set<'_>>) -> Option<(String, Source)> {
        let header = set.into_iter().flat_map(|set| &set.files).find_map(|file| {
            file.facts.iter().find_map(|facts| match facts {
                Facts::Gguf(facts) => {
                    let name = facts.name.as_ref().filter(|name| !name.trim().is_empty())?;
                    let place = Place::Key("general.name".to_owned());
                    Some((quoted(name), self.source(&file.location, place)))
                }
                _ => None,
            })
        });
        let card = || {
            let card = self.cards.of(&unit.key)?;
            let source = |place| Source::at(card.file.clone(), place);
            if let Some(name) = &card.told.index_name {
                return Some((
                    quoted(name),
                    source(Place::Pointer("/model-index/0/name".to_owned())),
                ));
            }
            let (title, line) = card.told.title.as_ref()?;
            Some((
                quoted(title),
                source(Place::Line {
                    line: *line,
                    column: 1,
                }),
            ))
        };
        header.or_else(card)
    }

    /// Another set of weights in the folder of a model.
    fn variant(&mut self, model: &Reference, set: &Set<'_>) {
        let mut component = Component::new(Kind::Model, quoted(&set.stem));
        self.weights(&mut component, Some(set));
        self.headers(&mut component, Some(set));
        if let [file] = set.files.as_slice() {
            crate::files::digests(
                &mut component,
                file,
                &self.source(&file.location, Place::Whole),
            );
        }
        let source = set.files.first().map_or_else(
            || Source::file("."),
            |file| self.source(&file.location, Place::Whole),
        );
        component
            .properties
            .push(property("name-from", source.to_string()));
        let group = self.inventory.component(model).map(Component::full_name);
        component.group = group.unwrap_or_default();
        let reference = self.add_held(model, component, source);
        for file in &set.files {
            self.holders
                .insert(file.location.to_string(), reference.clone());
        }
    }
}

pub(crate) fn adapter_of<'u>(unit: &Unit<'u>) -> Option<&'u AdapterDetails> {
    unit.files
        .iter()
        .filter(|file| file.location.surroundings() == unit.key)
        .flat_map(|file| documents(file))
        .find_map(|document| match &document.details {
            Details::Adapter(details) => Some(details),
            _ => None,
        })
}
