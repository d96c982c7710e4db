//! Models: one component for each, with what its configuration, its tensors and its card say, in this order of trust.

use std::collections::BTreeMap;

use chainwright_analysis::facts::{Facts, Inspected};
use chainwright_architecture::{
    ArchitectureFacts, Declared, DisagreementKind, Model, TensorEntry, check,
};
use chainwright_boms::evidence::{Evidence, Field, Source};
use chainwright_boms::inventory::{
    Aspect, Component, Derivation, HashAlgorithm, Kind, Licence, Party, Reference, Relation,
    RelationKind, Value,
};
use chainwright_core::location::Place;
use chainwright_repository::card::BaseRelation;
use chainwright_repository::config::{
    AdapterDetails, Details, DocumentKind, ModelDetails, ReferenceKind, TokenizerDetails,
};
use sha2::{Digest, Sha256};

use crate::layout::{Unit, Weight, documents, weight};
use crate::weights::{self, Table};
use crate::{Composer, card, contradict, naming, property, quoted};

/// Words that loaders give the main weights of a model, by which they are told from variants beside them.
const MAIN: [&str; 10] = [
    "model",
    "pytorch_model",
    "adapter_model",
    "diffusion_pytorch_model",
    "tf_model",
    "flax_model",
    "consolidated",
    "open_clip_pytorch_model",
    "open_clip_model",
    "weights",
];

/// One set of weights: a file, or the parts that make one.
struct Set<'a> {
    stem: String,
    files: Vec<&'a Inspected>,
    table: Option<Table>,
}

impl Set<'_> {
    fn format(&self) -> &str {
        self.table
            .as_ref()
            .map_or("", |table| table.format.as_str())
    }
}

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
                || self.layout.models.len() == 1 && self.is_single_file())
    }

    /// The sets of weights, each with its table.
    fn sets<'u>(&self, unit: &Unit<'u>) -> Vec<Set<'u>> {
        let mut sets: BTreeMap<(String, String, String), Vec<&'u Inspected>> = BTreeMap::new();
        for file in unit
            .files
            .iter()
            .copied()
            .filter(|file| weight(file).is_some())
        {
            let stem = weights::stem(file.location.file_name());
            let key = (
                file.location.surroundings(),
                stem,
                file.location.extension(),
            );
            sets.entry(key).or_default().push(file);
        }
        let set = |((_, stem, _), files): ((String, String, String), Vec<&'u Inspected>)| {
            let mut table: Option<Table> = None;
            let mut is_whole = true;
            for file in &files {
                match (weights::table(self.request, file), &mut table) {
                    (Some(next), Some(table)) => table.join(&next),
                    (Some(next), None) => table = Some(next),
                    (None, _) => is_whole = false,
                }
            }
            if let Some(table) = &mut table {
                table.is_sound &= is_whole && has_all_parts(&files);
            }
            Set { stem, files, table }
        };
        sets.into_iter().map(set).collect()
    }

    /// What the tables of the weights show.
    fn weights(&self, component: &mut Component, set: Option<&Set<'_>>) {
        let Some(set) = set else { return };
        let Some(first) = set.files.first() else {
            return;
        };
        let source = || self.source(&first.location, Place::Whole);
        let Some(table) = &set.table else { return };
        let evidence = if table.is_sound {
            Evidence::Verified
        } else {
            Evidence::Declared
        };
        let formats = Value::list([table.format.clone()]);
        component.state(Aspect::Formats, Field::of(formats, evidence, source()));
        let types = Value::list(table.type_names());
        component.state(Aspect::DataTypes, Field::of(types, evidence, source()));
        let count = table.parameters();
        if !table.is_packed() && count > 0 {
            component.state(
                Aspect::ParameterCount,
                Field::of(Value::Count(count), evidence, source()),
            );
        } else if table.elements() > 0 {
            component
                .properties
                .push(property("stored-elements", table.elements().to_string()));
        }
        component
            .properties
            .push(property("tensors", table.tensors.to_string()));
        if !table.is_sound {
            let what = "the table of tensors is not borne out by the bytes; counts are what the header claims";
            component
                .properties
                .push(property("unsound-weights", format!("{}: {what}", source())));
        }
    }

    /// What `config.json` and `adapter_config.json` say, held against the tensors.
    fn configuration(&self, unit: &Unit<'_>, component: &mut Component, table: Option<&Table>) {
        let own = unit
            .files
            .iter()
            .filter(|file| file.location.surroundings() == unit.key);
        for file in own {
            for document in documents(file) {
                let at =
                    |pointer: &str| self.source(&file.location, Place::Pointer(pointer.to_owned()));
                match &document.details {
                    Details::Model(details) if document.kind == DocumentKind::ModelConfig => {
                        if file.location.file_name() == "config.json" {
                            let is_borne_out = is_borne_out(file, details);
                            self.model_details(component, details, table, is_borne_out, &at);
                        }
                    }
                    Details::Adapter(details) => adapter_details(component, details, &at),
                    _ => {}
                }
            }
        }
    }

    fn model_details(
        &self,
        component: &mut Component,
        details: &ModelDetails,
        table: Option<&Table>,
        is_borne_out: bool,
        at: &dyn Fn(&str) -> Source,
    ) {
        let evidence = if is_borne_out && table.is_some_and(|table| table.is_sound) {
            Evidence::Verified
        } else {
            Evidence::Declared
        };
        if let Some(family) = &details.model_type {
            let field = Field::of(Value::text(quoted(family)), evidence, at("/model_type"));
            component.state(Aspect::ArchitectureFamily, field);
        }
        if !details.architectures.is_empty() {
            let classes: Vec<String> = details
                .architectures
                .iter()
                .map(|name| quoted(name))
                .collect();
            let field = Field::of(
                Value::text(classes.join(", ")),
                evidence,
                at("/architectures"),
            );
            component.state(Aspect::Architecture, field);
        }
        if let Some((pointer, length)) = context_length(details) {
            component.state(
                Aspect::ContextLength,
                Field::declared(Value::Count(length), at(pointer)),
            );
        }
        self.types_against(component, details, table, at);
        if let Some(method) = &details.quantization {
            let source = at("/quantization_config/quant_method");
            let is_plain =
                table.is_some_and(|table| table.is_sound && !table.is_packed() && !is_small(table));
            if is_plain {
                let what = format!(
                    "{source} says `{}`, the tensors are plain floating-point numbers",
                    quoted(method)
                );
                contradict(component, what);
            } else {
                component.state(
                    Aspect::Quantisation,
                    Field::declared(Value::text(quoted(method)), source),
                );
            }
        }
        if let Some(version) = &details.transformers_version {
            component
                .properties
                .push(property("transformers-version", quoted(version)));
        }
        if let Some(words) = details.vocab_size {
            component
                .properties
                .push(property("vocabulary-size", words.to_string()));
        }
        if details.sizes.has_code {
            component
                .properties
                .push(property("brings-code", "auto_map"));
        }
    }

    /// The declared type of the numbers against the tensors; the tensors win.
    fn types_against(
        &self,
        component: &mut Component,
        details: &ModelDetails,
        table: Option<&Table>,
        at: &dyn Fn(&str) -> Source,
    ) {
        let Some(dtype) = &details.dtype else { return };
        let source = at("/torch_dtype");
        let Some(table) = table else {
            let types = Value::list([quoted(dtype)]);
            component.state(Aspect::DataTypes, Field::declared(types, source));
            return;
        };
        let short = short_type(dtype);
        let is_there = table
            .types
            .keys()
            .any(|name| name.eq_ignore_ascii_case(&short));
        if !is_there && !table.is_packed() && !is_small(table) && table.format == "safetensors" {
            let types = table.type_names().join(", ");
            let what = format!("{source} says `{}`, the tensors are {types}", quoted(dtype));
            contradict(component, what);
        }
    }

    /// What the header of the weights says of the model: GGUF carries everything in it.
    fn headers(&self, component: &mut Component, set: Option<&Set<'_>>) {
        let Some(set) = set else { return };
        for file in &set.files {
            for facts in &file.facts {
                if let Facts::Gguf(facts) = facts {
                    let key = |key: &str| self.source(&file.location, Place::Key(key.to_owned()));
                    self.gguf(component, file, facts, set, &key);
                }
            }
        }
    }

    fn gguf(
        &self,
        component: &mut Component,
        file: &Inspected,
        facts: &chainwright_formats::gguf::GgufFacts,
        set: &Set<'_>,
        key: &dyn Fn(&str) -> Source,
    ) {
        let entry = |name: &str| {
            let found = facts.entries.iter().find(|entry| entry.key == name);
            found
                .map(|entry| entry.value.as_str())
                .filter(|value| !value.is_empty())
        };
        let is_sound = set.table.as_ref().is_some_and(|table| table.is_sound);
        if let Some(family) = &facts.architecture {
            let reviewed = architecture(file);
            let is_borne_out = is_sound
                && reviewed
                    .is_some_and(|review| review.disagreements.is_empty() && review.left_out == 0);
            let evidence = if is_borne_out {
                Evidence::Verified
            } else {
                Evidence::Declared
            };
            let value = Value::text(quoted(family));
            component.state(
                Aspect::ArchitectureFamily,
                Field::of(value, evidence, key("general.architecture")),
            );
            let length = format!("{family}.context_length");
            if let Some(count) = entry(&length).and_then(|value| value.parse().ok()) {
                component.state(
                    Aspect::ContextLength,
                    Field::declared(Value::Count(count), key(&length)),
                );
            }
        }
        if let Some(table) = &set.table {
            quantisation(
                component,
                facts.file_type.as_deref(),
                table,
                &self.source(&file.location, Place::Whole),
                key,
            );
        }
        for (name, aspect) in [
            ("general.finetune", Aspect::Training),
            ("general.languages", Aspect::Languages),
        ] {
            if let Some(value) = entry(name) {
                component.state(
                    aspect,
                    Field::declared(Value::list([quoted(value)]), key(name)),
                );
            }
        }
        if let Some(text) = entry("general.description") {
            component
                .description
                .strengthen(Field::declared(quoted(text), key("general.description")));
        }
        if let Some(version) = entry("general.version") {
            component
                .version
                .strengthen(Field::declared(quoted(version), key("general.version")));
        }
        for name in ["general.organization", "general.author"] {
            if let Some(value) = entry(name) {
                let party = Party::organisation(quoted(value));
                component
                    .supplier
                    .strengthen(Field::declared(party, key(name)));
            }
        }
        if let Some(licence) = &facts.license {
            let term = chainwright_repository::licence::of_card_name(licence);
            card::add_licence(
                component,
                Licence::declared(quoted(&term), key("general.license")),
            );
        }
    }

    fn tokenizer(&self, unit: &Unit<'_>, component: &mut Component) {
        for file in &unit.files {
            for document in documents(file) {
                if let Details::Tokenizer(details) = &document.details
                    && file.location.surroundings() == unit.key
                {
                    tokenizer_details(component, details);
                }
            }
            for facts in &file.facts {
                if let Facts::Template(template) = facts {
                    let source = self.source(&file.location, template.carrier.clone());
                    let field = Field::declared(Value::text(source.to_string()), source);
                    component.state(Aspect::Template, field);
                }
            }
        }
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
    fn is_meant(&self, unit: &Unit<'_>, folder: &str, above: &card::Card) -> bool {
        let is_only = self
            .layout
            .models
            .iter()
            .filter(|other| crate::layout::is_within(&other.key, folder))
            .count()
            == 1;
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
        for (key, folder) in &self.layout.folders {
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
                Some(file) if self.is_single_file() => file.location.file_name(),
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
        let here = self
            .inventory
            .of_kind(Kind::Model)
            .find(|each| each.full_name() == name && naming::is_repository(name))
            .map(|each| each.reference.clone());
        let reference = here.unwrap_or_else(|| {
            let mut component = naming::named(Kind::Model, name, revision, source);
            component.listing = chainwright_boms::inventory::Listing::Ancestor;
            self.inventory.add(component)
        });
        self.named.insert(key, reference.clone());
        reference
    }
}

/// The main set of weights and the others. Without a usual name the only set is the main one; of several, none is.
/// Weights of the same model in another format are no variants.
fn split<'s, 'a>(sets: &'s [Set<'a>]) -> (Option<&'s Set<'a>>, Vec<&'s Set<'a>>) {
    let is_main = |set: &&Set<'_>| MAIN.contains(&set.stem.as_str());
    let rank = |set: &Set<'_>| match set.format() {
        "safetensors" => 0,
        "GGUF" => 1,
        "" => 9,
        _ => 2,
    };
    if let [only] = sets {
        return (Some(only), Vec::new());
    }
    let main = sets.iter().filter(is_main).min_by_key(|set| rank(set));
    let stems: std::collections::BTreeSet<&str> =
        sets.iter().map(|set| set.stem.as_str()).collect();
    if main.is_none() && stems.len() == 1 {
        return (sets.iter().min_by_key(|set| rank(set)), Vec::new());
    }
    let variants = sets
        .iter()
        .filter(|set| !is_main(set) && is_variant(set))
        .collect();
    (main, variants)
}

/// Whether weights beside the main ones are a model of their own: not the state of an optimiser, not a scalar.
fn is_variant(set: &Set<'_>) -> bool {
    let stem = set.stem.to_ascii_lowercase();
    let is_state = [
        "optimizer",
        "scheduler",
        "rng_state",
        "training_args",
        "scaler",
        "trainer_state",
        "random_states",
    ]
    .iter()
    .any(|word| stem.starts_with(word));
    !is_state
        && set
            .files
            .iter()
            .any(|file| weight(file) != Some(Weight::Perhaps))
}

/// Whether a set of numbered parts has them all.
fn has_all_parts(files: &[&Inspected]) -> bool {
    let expected = files.first().and_then(|file| {
        let name = file.location.file_name();
        let (_, behind) = name.rsplit_once("-of-")?;
        behind.split('.').next()?.parse::<usize>().ok()
    });
    expected.is_none_or(|expected| expected == files.len())
}

fn architecture(file: &Inspected) -> Option<&ArchitectureFacts> {
    file.facts.iter().find_map(|facts| match facts {
        Facts::Architecture(facts) => Some(facts.as_ref()),
        _ => None,
    })
}

/// Whether the tensors have the names, layers and widths that the configuration declares, for a family that is known.
fn is_borne_out(file: &Inspected, details: &ModelDetails) -> bool {
    let mut reviews = file.facts.iter().filter_map(|facts| match facts {
        Facts::Architecture(facts) => Some(facts.as_ref()),
        _ => None,
    });
    let agrees =
        |review: &ArchitectureFacts| review.disagreements.is_empty() && review.left_out == 0;
    let has_layers = details.sizes.numbers.iter().any(|(pointer, _)| {
        ["/num_hidden_layers", "/n_layer", "/num_layers", "/n_layers"].contains(&pointer.as_str())
    });
    let first = reviews.next();
    first.is_some_and(agrees) && reviews.all(agrees) && has_layers && is_known_family(details)
}

/// Whether a tensor that no module asks for would be noticed in this family, so that silence means something.
fn is_known_family(details: &ModelDetails) -> bool {
    let declared = Declared::of(details);
    let tensor = |name: String| TensorEntry {
        name,
        shape: vec![3, 5, 7, 11],
        is_float: true,
        bytes: 1,
    };
    let mut tensors: Vec<TensorEntry> = (0..8)
        .map(|layer| tensor(format!("model.layers.{layer}.zz_probe.zz_inner.zz_leaf")))
        .collect();
    tensors.push(tensor("model.zz_probe.zz_leaf".to_owned()));
    let review = check(&Model {
        declared: &declared,
        tensors: &tensors,
        index: None,
        tokenizer: None,
    });
    let mut found = review.disagreements.iter();
    found.any(|each| each.kind == DisagreementKind::Foreign)
}

/// The keys under which families declare how many tokens they take.
const CONTEXT: [&str; 12] = [
    "/max_position_embeddings",
    "/n_positions",
    "/max_seq_len",
    "/max_sequence_length",
    "/seq_length",
    "/n_ctx",
    "/model_max_length",
    "/text_config/max_position_embeddings",
    "/llm_config/max_position_embeddings",
    "/thinker_config/text_config/max_position_embeddings",
    "/max_target_positions",
    "/max_length",
];

fn context_length(details: &ModelDetails) -> Option<(&'static str, u64)> {
    CONTEXT.iter().find_map(|key| {
        let found = details
            .sizes
            .numbers
            .iter()
            .find(|(pointer, _)| pointer == key);
        found.map(|(_, length)| (*key, *length))
    })
}

/// Whether numbers of one byte or less make a real share, as quantised weights have them.
fn is_small(table: &Table) -> bool {
    table.type_names().iter().any(|name| {
        let name = name.to_ascii_uppercase();
        name.starts_with("F8")
            || name.starts_with("F4")
            || name.starts_with("F6")
            || name.starts_with('Q')
    })
}

fn short_type(dtype: &str) -> String {
    let plain = dtype.rsplit('.').next().unwrap_or(dtype);
    match plain {
        "float32" | "float" => "F32",
        "float16" | "half" => "F16",
        "bfloat16" => "BF16",
        "float64" | "double" => "F64",
        "float8_e4m3fn" => "F8_E4M3",
        "float8_e5m2" => "F8_E5M2",
        other => other,
    }
    .to_owned()
}

/// The file type of a GGUF header against its tensors.
fn quantisation(
    component: &mut Component,
    claimed: Option<&str>,
    table: &Table,
    file: &Source,
    key: &dyn Fn(&str) -> Source,
) {
    let Some(main) = table.main_type() else {
        return;
    };
    let is_plain = |name: &str| matches!(name, "F32" | "F16" | "BF16" | "F64");
    let evidence = if table.is_sound {
        Evidence::Verified
    } else {
        Evidence::Declared
    };
    match claimed {
        // `Q4_K_M` and `Q4_K_S` are mixtures whose larger part is `Q4_K`.
        Some(claimed)
            if claimed == main
                || claimed
                    .strip_prefix(main)
                    .is_some_and(|rest| rest.starts_with('_')) =>
        {
            if !is_plain(claimed) {
                let field = Field::of(Value::text(claimed), evidence, key("general.file_type"));
                component.state(Aspect::Quantisation, field);
            }
        }
        claimed => {
            if !is_plain(main) {
                component.state(
                    Aspect::Quantisation,
                    Field::of(Value::text(main), evidence, file.clone()),
                );
            }
            if let Some(claimed) = claimed
                && table.is_sound
                && table.elements() > 0
            {
                let source = key("general.file_type");
                let what = format!(
                    "{source} says `{}`, most numbers are {main}",
                    quoted(claimed)
                );
                contradict(component, what);
            }
        }
    }
}

fn adapter_of<'u>(unit: &Unit<'u>) -> Option<&'u AdapterDetails> {
    unit.files
        .iter()
        .filter(|file| file.location.surroundings() == unit.key)
        .flat_map(|file| documents(file))
        .find_map(|document| match &document.details {
            Details::Adapter(details) => Some(details),
            _ => None,
        })
}

fn adapter_details(
    component: &mut Component,
    details: &AdapterDetails,
    at: &dyn Fn(&str) -> Source,
) {
    if let Some(method) = &details.peft_type {
        let field = Field::declared(
            Value::text(format!("adapter ({})", quoted(method))),
            at("/peft_type"),
        );
        component.state(Aspect::ArchitectureFamily, field);
    }
    let task = details.task_type.as_deref().and_then(task_of);
    if let Some(task) = task {
        component.state(
            Aspect::Task,
            Field::inferred(Value::text(task), at("/task_type")),
        );
    }
    let mut settings = Vec::new();
    if let Some(rank) = details.rank {
        settings.push(format!("r = {rank}"));
    }
    if let Some(alpha) = &details.alpha {
        settings.push(format!("lora_alpha = {}", quoted(alpha)));
    }
    if !details.target_modules.is_empty() {
        settings.push(format!(
            "target_modules = {}",
            quoted(&details.target_modules.join(", "))
        ));
    }
    if !settings.is_empty() {
        component.state(
            Aspect::Hyperparameters,
            Field::declared(Value::list(settings), at("")),
        );
    }
}

/// The task in the words of the hub for PEFT's.
fn task_of(peft: &str) -> Option<&'static str> {
    Some(match peft {
        "CAUSAL_LM" | "SEQ_2_SEQ_LM" => "text-generation",
        "SEQ_CLS" => "text-classification",
        "TOKEN_CLS" => "token-classification",
        "QUESTION_ANS" => "question-answering",
        "FEATURE_EXTRACTION" => "feature-extraction",
        _ => return None,
    })
}

fn tokenizer_details(component: &mut Component, details: &TokenizerDetails) {
    for (name, value) in [
        ("tokenizer-class", &details.class),
        ("tokenizer-algorithm", &details.algorithm),
    ] {
        if let Some(value) = value {
            let found = property(name, quoted(value));
            if !component.properties.contains(&found) {
                component.properties.push(found);
            }
        }
    }
    if let Some(vocabulary) = details.vocabulary.as_ref().filter(|words| words.words > 0) {
        component
            .properties
            .push(property("tokenizer-words", vocabulary.words.to_string()));
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
