//! How things were made, as far as files here tell: builds of images, pipelines, training.

use std::collections::BTreeSet;

use chainwright_analysis::facts::{Facts, Inspected};
use chainwright_boms::evidence::Field;
use chainwright_boms::inventory::{Aspect, Reference, Step, Value, Workflow};
use chainwright_core::location::Place;
use chainwright_dependencies::{ManifestFacts, ManifestKind};
use chainwright_packages::purl;
use serde_json::Value as Json;

use crate::{Composer, property, quoted};

/// LIMIT: steps of one file.
const MOST_STEPS: usize = 64;
/// LIMIT: settings of one training.
const MOST_SETTINGS: usize = 64;

impl Composer<'_> {
    /// Every file that tells how something was made.
    pub(crate) fn making(&mut self) {
        for artifact in self.request.artifacts {
            if !artifact.location.members().is_empty() {
                continue;
            }
            for facts in &artifact.facts {
                if let Facts::Manifest(manifest) = facts {
                    self.build(artifact, manifest);
                }
            }
            match artifact.location.file_name() {
                "trainer_state.json" => self.trainer(artifact),
                "all_results.json" | "eval_results.json" => self.results(artifact),
                _ => {}
            }
        }
    }

    fn build(&mut self, artifact: &Inspected, manifest: &ManifestFacts) {
        let (task, words) = match manifest.kind {
            ManifestKind::Dockerfile => ("build", ["RUN ", "COPY "].as_slice()),
            ManifestKind::Workflow => ("build", ["uses:", "run:"].as_slice()),
            _ => return,
        };
        let shown = self.layout.shown(&artifact.location);
        let text = self.text(artifact).unwrap_or_default();
        let is_step = |line: &&str| {
            let plain = line.trim_start_matches(['-', ' ']);
            words.iter().any(|word| {
                plain
                    .to_ascii_uppercase()
                    .starts_with(&word.to_ascii_uppercase())
            })
        };
        let steps = text
            .lines()
            .map(str::trim)
            .filter(is_step)
            .take(MOST_STEPS)
            .map(|line| Step {
                name: String::new(),
                description: String::new(),
                commands: vec![quoted(line)],
            });
        let inputs: BTreeSet<Reference> = manifest
            .packages
            .iter()
            .map(|each| Reference::new(purl::write(&each.package)))
            .filter(|reference| self.inventory.component(reference).is_some())
            .collect();
        let workflow = Workflow {
            name: shown,
            description: "read from the file; nothing was run".to_owned(),
            tasks: BTreeSet::from([task.to_owned()]),
            steps: steps.collect(),
            inputs,
            ..Workflow::default()
        };
        self.inventory.workflows.push(workflow);
    }

    /// What the Trainer of transformers keeps beside a checkpoint.
    fn trainer(&mut self, artifact: &Inspected) {
        let Some(Json::Object(state)) = self.json(artifact) else {
            return;
        };
        let holder = self.holder_of(&artifact.location);
        let mut settings = Vec::new();
        for key in [
            "epoch",
            "global_step",
            "max_steps",
            "num_train_epochs",
            "train_batch_size",
            "total_flos",
        ] {
            if let Some(number) = state.get(key).filter(|value| value.is_number()) {
                settings.push(format!("{key} = {number}"));
            }
        }
        settings.truncate(MOST_SETTINGS);
        if settings.is_empty() {
            return;
        }
        let source = self.source(&artifact.location, Place::Whole);
        if let Some(component) = self.component_mut(&holder) {
            let field = Field::declared(Value::list(settings.clone()), source.clone());
            component.state(Aspect::Hyperparameters, field);
        }
        let workflow = Workflow {
            name: source.file,
            description: "a training, as its trainer recorded it".to_owned(),
            tasks: BTreeSet::from(["other".to_owned()]),
            outputs: BTreeSet::from([holder]),
            properties: settings
                .iter()
                .filter_map(|setting| setting.split_once(" = "))
                .map(|(name, value)| property(name, value))
                .collect(),
            ..Workflow::default()
        };
        self.inventory.workflows.push(workflow);
    }

    /// Results that the Trainer wrote after an evaluation.
    fn results(&mut self, artifact: &Inspected) {
        let Some(Json::Object(results)) = self.json(artifact) else {
            return;
        };
        let metrics: Vec<_> = results
            .iter()
            .filter(|(name, value)| name.starts_with("eval_") && value.is_number())
            .take(MOST_SETTINGS)
            .map(|(name, value)| chainwright_boms::inventory::Metric {
                name: quoted(name),
                value: value.to_string(),
                slice: String::new(),
            })
            .collect();
        if metrics.is_empty() {
            return;
        }
        let holder = self.holder_of(&artifact.location);
        let source = self.source(&artifact.location, Place::Whole);
        if let Some(component) = self.component_mut(&holder) {
            component.state(
                Aspect::Metrics,
                Field::declared(Value::Metrics(metrics), source),
            );
        }
    }

    fn json(&self, artifact: &Inspected) -> Option<Json> {
        serde_json::from_str(&self.text(artifact)?).ok()
    }
}
