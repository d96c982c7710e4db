//! What configurations and headers say of a model, held against its tensors: where these bear it out it is verified,
//! where they contradict it the contradiction is put down.

use chainwright_analysis::facts::{Facts, Inspected};
use chainwright_architecture::{
    ArchitectureFacts, Declared, DisagreementKind, Model, TensorEntry, check,
};
use chainwright_boms::evidence::{Evidence, Field, Source};
use chainwright_boms::inventory::{Aspect, Component, Licence, Party, Value};
use chainwright_core::location::Place;
use chainwright_formats::gguf::GgufFacts;
use chainwright_repository::config::{
    AdapterDetails, Details, DocumentKind, ModelDetails, TokenizerDetails,
};

use crate::layout::{Unit, documents};
use crate::sets::Set;
use crate::weights::Table;
use crate::{Composer, card, contradict, property, quoted};

impl Composer<'_> {
    /// What `config.json` and `adapter_config.json` say, held against the tensors.
    pub(crate) fn configuration(
        &self,
        unit: &Unit<'_>,
        component: &mut Component,
        table: Option<&Table>,
    ) {
        let own = unit
            .files
            .iter()
            .filter(|file| file.location.surroundings() == unit.key);
        for file in own {
            for document in documents(file) {
                let at =
                    |pointer: &str| self.source(&file.location, Place::Pointer(pointer.to_owned()));
                match &document.details {
                    Details::Model(details)
                        if document.kind == DocumentKind::ModelConfig
                            && file.location.file_name() == "config.json" =>
                    {
                        let is_borne_out =
                            table.is_some_and(|table| is_borne_out(file, details, table));
                        self.model_details(component, details, table, is_borne_out, &at);
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
        let evidence = if is_borne_out {
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
    pub(crate) fn headers(&self, component: &mut Component, set: Option<&Set<'_>>) {
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
        facts: &GgufFacts,
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
            let is_whole = entry(&format!("{family}.feed_forward_length")).is_none()
                || facts.tensor_names.iter().any(|name| name.contains("ffn"));
            let is_borne_out = is_sound
                && is_whole
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

    pub(crate) fn tokenizer(&self, unit: &Unit<'_>, component: &mut Component) {
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
}

fn architecture(file: &Inspected) -> Option<&ArchitectureFacts> {
    file.facts.iter().find_map(|facts| match facts {
        Facts::Architecture(facts) => Some(facts.as_ref()),
        _ => None,
    })
}

/// Whether the tensors have the names, layers and widths that the configuration declares, for a family that is known.
///
/// The comparison keeps silent about families and names that it does not know, so silence alone says nothing: beside
/// the real names one is put that no family has, and only where that one is noticed do the others count as known.
fn is_borne_out(file: &Inspected, details: &ModelDetails, table: &Table) -> bool {
    let mut reviews = file.facts.iter().filter_map(|facts| match facts {
        Facts::Architecture(facts) => Some(facts.as_ref()),
        _ => None,
    });
    // Ids of the tokenizer beyond the embedding say nothing against the architecture.
    let is_of_tokens = |kind: DisagreementKind| {
        matches!(
            kind,
            DisagreementKind::FillerBeyondEmbedding
                | DisagreementKind::TokensBeyondEmbedding
                | DisagreementKind::TokensBeyondStub
        )
    };
    // What is left out is of a kind of which a dozen are kept.
    let agrees = |review: &ArchitectureFacts| {
        let mut kinds = review.disagreements.iter().map(|each| each.kind);
        kinds.all(is_of_tokens)
    };
    let has_layers = details.sizes.numbers.iter().any(|(pointer, _)| {
        ["/num_hidden_layers", "/n_layer", "/num_layers", "/n_layers"].contains(&pointer.as_str())
    });
    let is_compared = reviews.next().is_some_and(agrees) && reviews.all(agrees);
    is_compared
        && has_layers
        && table.is_sound
        && are_names_known(details, table)
        && are_sizes_there(details, table)
}

/// Whether a tensor has each of the sizes that make a model: a part that is missing as a whole contradicts nothing, but
/// what it would have borne out is not there.
fn are_sizes_there(details: &ModelDetails, table: &Table) -> bool {
    details.sizes.numbers.iter().all(|(pointer, size)| {
        let has = |times: u64| table.sides.contains(&size.saturating_mul(times));
        match pointer.trim_start_matches("/text_config") {
            // Several matrices are often kept as one.
            "/hidden_size" | "/n_embd" | "/d_model" | "/intermediate_size" | "/n_inner"
            | "/ffn_dim" | "/d_ff" => has(1) || has(2) || has(3),
            "/vocab_size" => {
                // Rows are added to make the number round.
                let padded = *size..=size.saturating_add(size / 8);
                table.sides.range(padded).next().is_some()
            }
            _ => true,
        }
    })
}

fn are_names_known(details: &ModelDetails, table: &Table) -> bool {
    const PROBE: &str = "model.layers.0.zz_probe.zz_inner.zz_leaf";
    let tensor = |name: &String| TensorEntry {
        name: name.clone(),
        shape: vec![1],
        is_float: true,
        bytes: 1,
    };
    let probe = PROBE.to_owned();
    let tensors: Vec<TensorEntry> = table.names.iter().chain([&probe]).map(tensor).collect();
    let review = check(&Model {
        declared: &Declared::of(details),
        tensors: &tensors,
        index: None,
        tokenizer: None,
    });
    let foreign: Vec<&str> = review
        .disagreements
        .iter()
        .filter(|each| {
            matches!(
                each.kind,
                DisagreementKind::Foreign | DisagreementKind::ForeignBeside
            )
        })
        .map(|each| each.tensor.as_str())
        .collect();
    foreign == [PROBE] && !table.names.is_empty()
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
