//! Inventories made from a number: the same seed gives the same inventory, with honest and hostile text mixed.

use chainwright_boms::evidence::{Evidence, Field, Source};
use chainwright_boms::inventory::{
    Acknowledgement, Affected, AnalysisState, Aspect, Claim, Component, Derivation, Energy,
    Exploitability, ExternalReference, Form, HashAlgorithm, Inventory, Kind, Licence, Lifecycle,
    Measure, Metric, Party, Property, Rating, Reference, Relation, RelationKind, Risk, Severity,
    Step, Tool, Value, Vulnerability, Workflow,
};
use chainwright_boms::time::Timestamp;
use chainwright_core::location::Place;

/// Text that breaks careless writers; none of it means anything.
const STRANGE: [&str; 16] = [
    "",
    " ",
    "\u{0}\u{1}\u{1b}[31m",
    "a\nb\r\nc\td",
    "\u{202e}gnp.exe\u{202c}",
    "\u{feff}zero\u{200b}width",
    "\"quoted\\\" </script>",
    "../../etc/passwd",
    "C:\\models\\x.bin",
    "http://[broken/ url?#a#b%zz",
    "urn:cdx:not-a-uuid/1#x",
    "名前 modèle Ωμέγα 🦙",
    "${jndi:ldap://x} {{7*7}} %s%n",
    "a~b/c#d@e?f&g=h:i",
    "\u{e000}\u{fffe}\u{10ffff}",
    "NOASSERTION",
];

/// A small generator of numbers; enough for samples.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn text(&mut self) -> String {
        if self.chance(20) {
            let strange = self.pick(&STRANGE);
            return if self.chance(5) {
                strange.repeat(400)
            } else {
                strange.to_owned()
            };
        }
        let word = self.pick(&["llama", "tiny-model", "corpus", "Acme Ltd.", "fp16", "en"]);
        format!("{word}-{}", self.below(40))
    }

    fn texts(&mut self) -> Vec<String> {
        (0..=self.below(3)).map(|_| self.text()).collect()
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits)
            .map(|_| char::from_digit(u32::try_from(self.below(16)).unwrap(), 16).unwrap())
            .collect()
    }

    fn source(&mut self) -> Source {
        let file = if self.chance(70) {
            self.pick(&["README.md", "config.json", "model.safetensors"])
                .to_owned()
        } else {
            self.text()
        };
        let place = match self.below(5) {
            0 => Place::Whole,
            1 => Place::Byte(self.next()),
            2 => Place::Line { line: 3, column: 7 },
            3 => Place::Pointer(self.text()),
            _ => Place::Key(self.text()),
        };
        Source::at(file, place)
    }

    fn evidence(&mut self) -> Evidence {
        self.pick(&[Evidence::Inferred, Evidence::Declared, Evidence::Verified])
    }

    fn field<T>(&mut self, value: T) -> Field<T> {
        match self.below(4) {
            0 => Field::absent(),
            _ => {
                let evidence = self.evidence();
                Field::of(value, evidence, self.source())
            }
        }
    }

    fn party(&mut self) -> Party {
        Party {
            name: self.text(),
            urls: if self.chance(50) {
                self.texts()
            } else {
                Vec::new()
            },
            email: match self.below(3) {
                0 => Some("someone@example.org".to_owned()),
                1 => Some(self.text()),
                _ => None,
            },
            is_person: self.chance(50),
        }
    }

    fn value(&mut self, aspect: Aspect) -> Value {
        match aspect.form() {
            Form::Text if aspect == Aspect::Approach && self.chance(60) => {
                Value::text("self-supervised")
            }
            Form::Text => Value::text(self.text()),
            Form::List => Value::List(self.texts()),
            Form::Count => Value::Count(self.next()),
            Form::Flag => Value::Flag(self.chance(50)),
            Form::Risks => Value::Risks(vec![Risk {
                name: self.text(),
                harms: self.text(),
                benefits: self.text(),
                mitigation: self.text(),
            }]),
            Form::Metrics => Value::Metrics(vec![Metric {
                name: self.text(),
                value: "0.75".to_owned(),
                slice: self.text(),
            }]),
            Form::Energy => {
                let activity = if self.chance(80) {
                    "training".to_owned()
                } else {
                    self.text()
                };
                let amount = self.below(100_000) as f64 / 8.0;
                Value::Energy(vec![Energy {
                    activity,
                    kilowatt_hours: Measure::new(amount).unwrap(),
                    tonnes_co2: self.chance(50).then(|| Measure::new(amount / 3.0).unwrap()),
                }])
            }
            Form::Parties => Value::Parties(vec![self.party()]),
        }
    }

    fn component(&mut self) -> Component {
        let kind = self.pick(&Kind::ALL);
        let mut component = Component::new(kind, self.text());
        if self.chance(30) {
            component.group = self.text();
        }
        let version = if self.chance(5) {
            "9".repeat(3000)
        } else {
            self.text()
        };
        component.version = self.field(version);
        let purl = format!("pkg:huggingface/acme/m{}@{}", self.below(50), self.hex(40));
        let purl = if self.chance(90) { purl } else { self.text() };
        component.purl = self.field(purl);
        component.description = {
            let text = self.text();
            self.field(text)
        };
        component.supplier = {
            let party = self.party();
            self.field(party)
        };
        component.authors = (0..self.below(3)).map(|_| self.party()).collect();
        if self.chance(10) {
            component.cpe = Some("cpe:2.3:a:acme:x:1:*:*:*:*:*:*:*".to_owned());
            component.copyright = Some(self.text());
        }
        for _ in 0..self.below(4) {
            let (algorithm, _, _, digits) = self.pick(&HashAlgorithm::ALL);
            let digits = if self.chance(90) { digits } else { 7 };
            let field = {
                let digits = self.hex(digits);
                let source = self.source();
                Field::verified(digits, source)
            };
            component.hashes.insert(algorithm, field);
        }
        for _ in 0..self.below(3) {
            let term = match self.below(4) {
                0 => self.text(),
                1 => "Apache-2.0 OR (MIT AND BSD-3-Clause)".to_owned(),
                2 => "llama3.2".to_owned(),
                _ => "Apache-2.0".to_owned(),
            };
            component.licences.push(Licence {
                term,
                acknowledgement: self.pick(&[
                    Acknowledgement::Unstated,
                    Acknowledgement::Declared,
                    Acknowledgement::Concluded,
                ]),
                url: self.chance(20).then(|| self.text()),
                evidence: self.evidence(),
                source: Some(self.source()),
            });
        }
        for _ in 0..self.below(3) {
            let kind = self.pick(&["vcs", "website", "model-card", "distribution", "strange"]);
            let reference = ExternalReference {
                kind: kind.to_owned(),
                url: self.text(),
                comment: self.text(),
            };
            component.references.insert(reference);
        }
        for aspect in Aspect::ALL {
            if self.chance(15) {
                let value = self.value(*aspect);
                let field = self.field(value);
                component.state(*aspect, field);
            } else if self.chance(3) {
                let source = self.source();
                component.state(*aspect, Field::stated_unknown(source));
            }
        }
        for _ in 0..self.below(3) {
            let property = Property::new(self.text(), self.text());
            component.properties.push(property);
        }
        component
    }

    fn relation(&mut self, references: &[Reference]) -> Relation {
        let from = references[self.below(references.len())].clone();
        let to = if self.chance(95) {
            references[self.below(references.len())].clone()
        } else {
            Reference::new("somewhere-else")
        };
        let kind = self.pick(&RelationKind::ALL);
        if self.chance(70) {
            let evidence = self.evidence();
            Relation::known(from, kind, to, evidence, self.source())
        } else {
            Relation::plain(from, kind, to)
        }
    }

    fn vulnerability(&mut self, references: &[Reference]) -> Vulnerability {
        Vulnerability {
            id: format!("CVE-2026-{}", self.below(10_000)),
            source: self.text(),
            url: self.chance(50).then(|| self.text()),
            aliases: self.texts().into_iter().collect(),
            ratings: vec![Rating {
                method: self.pick(&["CVSSv31", "CVSSv4", "own", ""]).to_owned(),
                score: self.chance(80).then_some(7.5),
                severity: self.pick(&Severity::ALL),
                vector: self.text(),
                source: self.text(),
            }],
            cwes: [79, 502].into(),
            description: self.text(),
            recommendation: self.text(),
            published: Timestamp::parse("2026-01-02T03:04:05Z"),
            updated: None,
            affects: vec![Affected {
                component: references[self.below(references.len())].clone(),
                versions: vec![
                    (self.text(), "affected".to_owned()),
                    ("vers:pypi/>=1|<2".to_owned(), "strange".to_owned()),
                ],
            }],
            analysis: self.chance(60).then(|| Exploitability {
                state: self.pick(&AnalysisState::ALL),
                justification: self.pick(&["code_not_reachable", "because", ""]).to_owned(),
                responses: ["update".to_owned(), self.text()].into(),
                detail: self.text(),
            }),
            original: None,
        }
    }

    fn workflow(&mut self, references: &[Reference]) -> Workflow {
        let step = Step {
            name: self.text(),
            description: self.text(),
            commands: self.texts(),
        };
        Workflow {
            name: self.text(),
            description: self.text(),
            tasks: ["build".to_owned(), self.text()].into(),
            steps: vec![step.clone(), step],
            inputs: [references[self.below(references.len())].clone()].into(),
            outputs: [references[self.below(references.len())].clone()].into(),
            started: Timestamp::parse("2026-01-02T03:04:05Z"),
            ended: None,
            properties: vec![Property::new("seed", "7")],
        }
    }
}

/// An inventory of about `size` components.
pub(crate) fn inventory(seed: u64, size: usize) -> Inventory {
    let mut dice = Dice::new(seed);
    let mut inventory = Inventory::default();
    let mut references = Vec::new();
    for _ in 0..size.max(1) {
        let component = dice.component();
        references.push(inventory.add(component));
    }
    for _ in 0..size * 2 {
        let relation = dice.relation(&references);
        inventory.relate(relation);
    }
    for _ in 0..dice.below(3) {
        let vulnerability = dice.vulnerability(&references);
        inventory.vulnerabilities.push(vulnerability);
        let workflow = dice.workflow(&references);
        inventory.workflows.push(workflow);
        inventory.claims.push(Claim {
            target: references[dice.below(references.len())].clone(),
            predicate: dice.text(),
            reasoning: dice.text(),
            evidence: vec![(dice.text(), dice.text())],
            source: None,
        });
    }
    let subject = references
        .iter()
        .find(|reference| inventory.components[*reference].kind != Kind::Service);
    inventory.metadata.subject = subject.filter(|_| dice.chance(80)).cloned();
    if dice.chance(80) {
        inventory.metadata.timestamp = Timestamp::from_epoch(1_767_225_600 + seed);
    }
    if dice.chance(80) {
        inventory.metadata.tools.push(Tool {
            vendor: "chainwright".to_owned(),
            name: "chainwright".to_owned(),
            version: "0.1.0".to_owned(),
        });
    }
    inventory.metadata.authors = (0..dice.below(3)).map(|_| dice.party()).collect();
    inventory.metadata.supplier = dice.chance(30).then(|| dice.party());
    inventory.metadata.lifecycles = [dice.pick(&Lifecycle::ALL)].into();
    inventory.metadata.context = dice.chance(50).then(|| dice.text());
    inventory
        .metadata
        .properties
        .push(Property::new(dice.text(), dice.text()));
    inventory
}

/// A complete inventory of an honest project: an adapter over a base model, with its data and its packages.
pub(crate) fn rich() -> Inventory {
    let card = |pointer: &str| Source::at("README.md", Place::Pointer(pointer.to_owned()));
    let mut inventory = Inventory::default();
    let weights = Source::file("model.safetensors");
    let mut model = Component::new(Kind::Model, "support-assistant");
    model.group = "acme".to_owned();
    let commit = "8c9dbf1f4bd8a1d0c4d6a1f0a5f0f5cbb0d5e9a1";
    model.version = Field::declared(commit.to_owned(), Source::file(".git/HEAD"));
    model.purl = Field::declared(
        format!("pkg:huggingface/acme/support-assistant@{commit}"),
        card("/model_id"),
    );
    model.description = Field::declared("Answers support questions.".to_owned(), card("/summary"));
    model.supplier = Field::declared(Party::organisation("Acme"), card("/organization"));
    model.hash(HashAlgorithm::Sha256, "ab".repeat(32), weights.clone());
    model.hash(HashAlgorithm::Blake3, "cd".repeat(32), weights.clone());
    model
        .licences
        .push(Licence::declared("Apache-2.0", card("/license")));
    model.references.insert(ExternalReference {
        kind: "model-card".to_owned(),
        url: "https://huggingface.co/acme/support-assistant".to_owned(),
        comment: String::new(),
    });
    let config = |key: &str| Source::at("config.json", Place::Pointer(format!("/{key}")));
    for (aspect, value, evidence, source) in [
        (
            Aspect::Task,
            Value::text("text-generation"),
            Evidence::Declared,
            card("/pipeline_tag"),
        ),
        (
            Aspect::ArchitectureFamily,
            Value::text("llama"),
            Evidence::Verified,
            config("model_type"),
        ),
        (
            Aspect::Architecture,
            Value::text("LlamaForCausalLM"),
            Evidence::Declared,
            config("architectures/0"),
        ),
        (
            Aspect::ParameterCount,
            Value::Count(1_235_814_400),
            Evidence::Verified,
            weights.clone(),
        ),
        (
            Aspect::DataTypes,
            Value::list(["BF16"]),
            Evidence::Verified,
            weights.clone(),
        ),
        (
            Aspect::Quantisation,
            Value::text("none"),
            Evidence::Verified,
            weights.clone(),
        ),
        (
            Aspect::ContextLength,
            Value::Count(131_072),
            Evidence::Declared,
            config("max_position_embeddings"),
        ),
        (
            Aspect::Formats,
            Value::list(["safetensors"]),
            Evidence::Verified,
            weights.clone(),
        ),
        (
            Aspect::Inputs,
            Value::list(["text"]),
            Evidence::Inferred,
            card("/pipeline_tag"),
        ),
        (
            Aspect::Outputs,
            Value::list(["text"]),
            Evidence::Inferred,
            card("/pipeline_tag"),
        ),
        (
            Aspect::IntendedUse,
            Value::list(["customer support"]),
            Evidence::Declared,
            card("/intended-use"),
        ),
        (
            Aspect::Limitations,
            Value::list(["invents order numbers"]),
            Evidence::Declared,
            card("/limitations"),
        ),
        (
            Aspect::Training,
            Value::list(["LoRA, 3 epochs"]),
            Evidence::Declared,
            card("/training"),
        ),
        (
            Aspect::Approach,
            Value::text("supervised"),
            Evidence::Declared,
            card("/training"),
        ),
        (
            Aspect::Released,
            Value::text("2026-05-01T00:00:00Z"),
            Evidence::Declared,
            card("/date"),
        ),
        (
            Aspect::Metrics,
            Value::Metrics(vec![Metric {
                name: "accuracy".to_owned(),
                value: "0.81".to_owned(),
                slice: "held-out tickets".to_owned(),
            }]),
            Evidence::Declared,
            card("/model-index/0"),
        ),
        (
            Aspect::Ethics,
            Value::Risks(vec![Risk {
                name: "sounds sure when wrong".to_owned(),
                mitigation: "answers cite the manual".to_owned(),
                ..Risk::default()
            }]),
            Evidence::Declared,
            card("/ethics"),
        ),
        (
            Aspect::Fairness,
            Value::Risks(vec![Risk {
                name: "speakers of rare languages".to_owned(),
                harms: "worse answers".to_owned(),
                benefits: "answers at all".to_owned(),
                mitigation: "hand-over to people".to_owned(),
            }]),
            Evidence::Declared,
            card("/bias"),
        ),
        (
            Aspect::Energy,
            Value::Energy(vec![Energy {
                activity: "fine-tuning".to_owned(),
                kilowatt_hours: Measure::new(12.5).unwrap(),
                tonnes_co2: Measure::new(0.004),
            }]),
            Evidence::Declared,
            card("/co2_eq_emissions"),
        ),
    ] {
        model.state(aspect, Field::of(value, evidence, source));
    }
    let model = inventory.add(model);
    let mut base = Component::new(Kind::Model, "Llama-3.2-1B");
    base.group = "meta-llama".to_owned();
    base.version = Field::declared(
        "4e20de362430cd3b72f300e6b0f18e50e7166e08".to_owned(),
        card("/base_model"),
    );
    base.licences
        .push(Licence::declared("llama3.2", card("/license")));
    let base = inventory.add(base);
    let mut data = Component::new(Kind::Dataset, "tickets");
    data.group = "acme".to_owned();
    data.version = Field::declared("1.2".to_owned(), card("/datasets/0"));
    data.supplier = Field::declared(Party::organisation("Acme"), card("/datasets/0"));
    data.licences
        .push(Licence::declared("CC-BY-4.0", card("/datasets/0")));
    let croissant = |key: &str| Source::at("croissant.json", Place::Pointer(format!("/{key}")));
    for (aspect, value, key) in [
        (
            Aspect::Contents,
            Value::text("Support tickets with answers."),
            "description",
        ),
        (Aspect::DatasetTypes, Value::list(["text"]), "recordSet"),
        (
            Aspect::Classification,
            Value::text("internal"),
            "classification",
        ),
        (
            Aspect::Sensitivity,
            Value::list(["names"]),
            "rai:personalSensitiveInformation",
        ),
        (Aspect::Size, Value::Count(120_000_000), "distribution"),
        (Aspect::Records, Value::Count(40_000), "recordSet"),
        (
            Aspect::Collection,
            Value::list(["exported from the help desk"]),
            "rai:dataCollection",
        ),
        (
            Aspect::Provenance,
            Value::list(["help desk 2020-2025"]),
            "prov",
        ),
        (
            Aspect::Bias,
            Value::list(["mostly English"]),
            "rai:dataBiases",
        ),
        (
            Aspect::Owners,
            Value::Parties(vec![Party::organisation("Acme")]),
            "creator",
        ),
    ] {
        data.state(aspect, Field::declared(value, croissant(key)));
    }
    data.hash(
        HashAlgorithm::Sha256,
        "12".repeat(32),
        Source::file("tickets.jsonl"),
    );
    let data = inventory.add(data);
    let mut file = Component::new(Kind::File, "model.safetensors");
    file.hash(HashAlgorithm::Sha256, "34".repeat(32), weights);
    let file = inventory.add(file);
    let mut package = Component::new(Kind::Package, "torch");
    package.version = Field::declared("2.4.0".to_owned(), Source::file("requirements.txt"));
    package.purl = Field::declared(
        "pkg:pypi/torch@2.4.0".to_owned(),
        Source::file("requirements.txt"),
    );
    package
        .licences
        .push(Licence::declared("BSD-3-Clause", Source::file("METADATA")));
    let package = inventory.add(package);
    for (from, kind, to) in [
        (
            &model,
            RelationKind::DerivedFrom(Derivation::FineTune),
            &base,
        ),
        (&model, RelationKind::TrainedOn, &data),
        (&model, RelationKind::TestedOn, &data),
        (&model, RelationKind::Contains, &file),
        (&model, RelationKind::DependsOn, &package),
    ] {
        let relation = Relation::known(
            from.clone(),
            kind,
            to.clone(),
            Evidence::Declared,
            card("/"),
        );
        inventory.relate(relation);
    }
    inventory.vulnerabilities.push(Vulnerability {
        id: "CVE-2025-32434".to_owned(),
        source: "NVD".to_owned(),
        aliases: ["GHSA-53q9-r3pm-6pq6".to_owned()].into(),
        ratings: vec![Rating {
            method: "CVSSv4".to_owned(),
            score: Some(9.3),
            severity: Severity::Critical,
            ..Rating::default()
        }],
        cwes: [502].into(),
        description: "Loading with weights_only can run code.".to_owned(),
        recommendation: "Upgrade to 2.6.0.".to_owned(),
        affects: vec![Affected {
            component: package,
            versions: vec![("2.4.0".to_owned(), "affected".to_owned())],
        }],
        analysis: Some(Exploitability {
            state: AnalysisState::NotAffected,
            justification: "code_not_reachable".to_owned(),
            responses: ["update".to_owned()].into(),
            detail: "Only safetensors are loaded.".to_owned(),
        }),
        ..Vulnerability::default()
    });
    inventory.workflows.push(Workflow {
        name: "fine-tuning".to_owned(),
        tasks: ["build".to_owned()].into(),
        steps: vec![Step {
            name: "train".to_owned(),
            description: "LoRA over the base".to_owned(),
            commands: vec!["python train.py".to_owned()],
        }],
        inputs: [base, data].into(),
        outputs: [model.clone()].into(),
        started: Timestamp::parse("2026-04-01T10:00:00Z"),
        ended: Timestamp::parse("2026-04-01T12:00:00Z"),
        ..Workflow::default()
    });
    inventory.claims.push(Claim {
        target: model.clone(),
        predicate: "weights hold no executable code".to_owned(),
        reasoning: "the format cannot".to_owned(),
        evidence: vec![("format".to_owned(), "safetensors header".to_owned())],
        source: None,
    });
    inventory.metadata.subject = Some(model);
    inventory.metadata.timestamp = Timestamp::parse("2026-06-01T00:00:00Z");
    inventory.metadata.tools.push(Tool {
        vendor: "chainwright".to_owned(),
        name: "chainwright".to_owned(),
        version: "0.1.0".to_owned(),
    });
    inventory.metadata.authors.push(Party::organisation("Acme"));
    inventory.metadata.lifecycles.insert(Lifecycle::PostBuild);
    inventory.metadata.context = Some("scan of the finished repository".to_owned());
    inventory
}
