//! Datasets: those that lie here, and those that files only name.

use chainwright_analysis::facts::Inspected;
use chainwright_boms::croissant;
use chainwright_boms::evidence::{Evidence, Field, Source};
use chainwright_boms::inventory::{Aspect, Component, Kind, Reference, Value};

use crate::layout::{Unit, is_data};
use crate::{Composer, card, contradict, naming, property, quoted};

impl Composer<'_> {
    /// Every dataset that lies here.
    pub(crate) fn datasets(&mut self) {
        for index in 0..self.layout.datasets.len() {
            let unit = &self.layout.datasets[index];
            self.dataset(unit);
        }
    }

    fn dataset(&mut self, unit: &Unit<'_>) {
        let is_subject = self.request.targets.len() == 1
            && self.layout.is_root(&unit.key)
            && self.layout.models.is_empty()
            && self
                .inventory
                .component(&self.subject)
                .is_some_and(|it| it.name.is_empty());
        let mut component = if is_subject {
            self.inventory
                .components
                .remove(&self.subject)
                .unwrap_or_default()
        } else {
            Component::new(Kind::Dataset, String::new())
        };
        component.kind = Kind::Dataset;
        let place = self.folder_source(unit);
        if let Some(origin) = self.origin_of(unit) {
            naming::note_origin(&mut component, &origin);
        }
        self.croissant(unit, &mut component);
        self.contents(unit, &mut component, &place);
        if let Some(card) = self.cards.of(&unit.key) {
            card::tell(card, &mut component, Evidence::Declared);
            if component.name.is_empty() {
                let pretty = card
                    .told
                    .stated("pretty_name")
                    .and_then(|it| it.values.first().cloned());
                let title = card
                    .told
                    .title
                    .as_ref()
                    .and_then(|(title, _)| naming::titled(title))
                    .map(str::to_owned);
                if let Some(name) = pretty.or(title) {
                    component.name = quoted(&name);
                    component
                        .properties
                        .push(property("name-from", card.file.clone()));
                }
            }
        }
        self.licence_files(unit, &mut component);
        if component.name.is_empty() {
            let name = naming::last(&unit.key);
            component.name = quoted(if name.is_empty() { "data" } else { name });
            component
                .properties
                .push(property("name-from", place.to_string()));
        }
        let holder = self.holder_around(&unit.key);
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
        for name in [name.unwrap_or_default(), unit.key.clone()] {
            let slug = naming::slug(&name);
            if !slug.is_empty() {
                self.remember(Kind::Dataset, slug, &reference);
            }
        }
        self.holders.insert(unit.key.clone(), reference);
    }

    /// Sizes and kinds of the data files.
    fn contents(&self, unit: &Unit<'_>, component: &mut Component, place: &Source) {
        let data: Vec<&&Inspected> = unit.files.iter().filter(|file| is_data(file)).collect();
        if data.is_empty() {
            return;
        }
        let size = data
            .iter()
            .fold(0_u64, |sum, file| sum.saturating_add(file.size));
        component.state(
            Aspect::Size,
            Field::verified(Value::Count(size), place.clone()),
        );
        let mut formats: Vec<String> = data.iter().map(|file| file.location.extension()).collect();
        formats.sort();
        formats.dedup();
        component.state(
            Aspect::Formats,
            Field::inferred(Value::list(formats), place.clone()),
        );
        self.records(&data, component, place);
    }

    /// Lines of JSON are counted; other formats say it in their own ways, which are not read.
    fn records(&self, data: &[&&Inspected], component: &mut Component, place: &Source) {
        let mut count = 0_u64;
        for file in data {
            if file.location.extension() != "jsonl" {
                return;
            }
            let Some(text) = self.text(file) else { return };
            let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
            count = count.saturating_add(lines as u64);
        }
        let stated = component
            .aspect(Aspect::Records)
            .and_then(|field| field.value())
            .cloned();
        if let Some(Value::Count(stated)) = stated
            && stated != count
        {
            contradict(
                component,
                format!("{stated} records are stated, {count} lines are there"),
            );
        }
        component.state(
            Aspect::Records,
            Field::verified(Value::Count(count), place.clone()),
        );
    }

    /// A Croissant description in the folder.
    fn croissant(&self, unit: &Unit<'_>, component: &mut Component) {
        for file in &unit.files {
            let name = file.location.file_name();
            if !matches!(
                name,
                "croissant.json" | "croissant_metadata.json" | "metadata.json"
            ) {
                continue;
            }
            let shown = self.layout.shown(&file.location);
            let value = self
                .text(file)
                .and_then(|text| serde_json::from_str(&text).ok());
            let read = value.and_then(|value| croissant::from_value(&value, &shown).ok());
            let Some(read) = read else { continue };
            if let Some(described) = read.subject() {
                take_over(component, described);
            }
            self.check_files(unit, component, &read);
            return;
        }
    }

    /// Digests that the description states, against the files.
    fn check_files(
        &self,
        unit: &Unit<'_>,
        component: &mut Component,
        read: &chainwright_boms::Inventory,
    ) {
        for stated in read.of_kind(Kind::File) {
            let digest = stated.hashes.values().find_map(|field| field.value());
            let here = unit
                .files
                .iter()
                .find(|file| file.location.file_name() == naming::last(&stated.name));
            let (Some(digest), Some(file)) = (digest, here) else {
                continue;
            };
            let Some(found) = file.digests else { continue };
            if digest.len() == 64 && !digest.eq_ignore_ascii_case(&found.sha256.to_string()) {
                let shown = self.layout.shown(&file.location);
                contradict(
                    component,
                    format!("{shown} has another SHA-256 than its description states"),
                );
            }
        }
    }

    /// A dataset that a file names: one that lies here if its name says so, else one that is elsewhere.
    pub(crate) fn dataset_named(&mut self, name: &str, source: &Source) -> (Reference, Evidence) {
        let key = (Kind::Dataset, name.to_owned());
        let slug = (Kind::Dataset, naming::slug(name));
        if let Some(reference) = self.here.get(&slug).cloned().flatten() {
            let declared = property("declared-as", quoted(name));
            if let Some(component) = self.component_mut(&reference)
                && !component.properties.contains(&declared)
            {
                component.properties.push(declared);
            }
            return (reference, Evidence::Inferred);
        }
        if let Some(known) = self.named.get(&key) {
            return (known.clone(), Evidence::Declared);
        }
        let reference = self
            .inventory
            .add(naming::named(Kind::Dataset, name, None, source));
        self.named.insert(key, reference.clone());
        (reference, Evidence::Declared)
    }
}

fn take_over(component: &mut Component, described: &Component) {
    if component.name.is_empty() {
        component.name.clone_from(&described.name);
        component
            .properties
            .push(property("name-from", "croissant"));
    }
    component.version.strengthen(described.version.clone());
    component
        .description
        .strengthen(described.description.clone());
    component.supplier.strengthen(described.supplier.clone());
    for licence in &described.licences {
        card::add_licence(component, licence.clone());
    }
    for (aspect, field) in &described.aspects {
        component.state(*aspect, field.clone());
    }
    component
        .references
        .extend(described.references.iter().cloned());
}
