//! A repository in memory that is kept as well as can be, and defects that can be put into it, one for each check.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chainwright_advisories::class::Advisory;
use chainwright_advisories::record::Kind;
use chainwright_analysis::facts::{Exposure, Facts, Known};
use chainwright_analysis::stream::Pass;
use chainwright_analysis::{Artifact, Inspected, inspect, run};
use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::inventory::{
    Aspect, Component, ExternalReference, HashAlgorithm, Inventory, Licence, Metadata, Metric,
    Party, Relation, RelationKind, Tool, Value,
};
use chainwright_boms::time::Timestamp;
use chainwright_boms::{Field, Source};
use chainwright_core::budget::Budget;
use chainwright_core::digest::Sha256;
use chainwright_core::limits::Limits;
use chainwright_core::location::{Location, Place};
use chainwright_core::package::{Ecosystem, Package};
use chainwright_core::severity::Severity;
use chainwright_dependencies::{Relation as Asked, Scope};
use chainwright_history::{Commit, History, Tag};
use chainwright_score::{Check, Document, Score, Subject, is_wanted, score};
use chainwright_testkit::archive::torch_zip;
use chainwright_testkit::pickle::{Py, call, dumps, text};
use chainwright_testkit::safetensors::Builder;
use serde_json::json;

/// A commit that nothing has.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Files with what else is known of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repo {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) history: Option<History>,
    pub(crate) is_exposed: bool,
    pub(crate) asked_advisories: bool,
}

impl Repo {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Self {
            files: files.collect(),
            ..Self::default()
        }
    }

    pub(crate) fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.to_owned(), bytes.into());
    }

    pub(crate) fn artifacts(&self) -> Vec<Inspected> {
        let budget = Budget::untimed(Limits::default());
        let mut found = Vec::new();
        for (path, bytes) in &self.files {
            let mut pass = Pass::default();
            pass.update(bytes);
            let artifact = Artifact {
                location: Location::file(path.clone()),
                bytes: Arc::new(bytes.clone()),
            };
            found.extend(inspect(&artifact, Some(pass.finish()), &budget));
        }
        if self.is_exposed {
            for artifact in &mut found {
                if artifact.location.path() == "requirements.txt" {
                    artifact.facts.push(Facts::Exposed(vec![exposure()]));
                }
            }
        }
        found
    }

    pub(crate) fn documents(&self) -> Vec<Document> {
        let wanted = self.files.iter().filter(|(path, _)| is_wanted(path));
        let documents = wanted.map(|(path, bytes)| Document {
            path: path.clone(),
            bytes: bytes.clone(),
        });
        documents.collect()
    }

    pub(crate) fn score(&self, wanted: &[Check]) -> Score {
        self.scored(&self.artifacts(), &self.documents(), wanted)
    }

    pub(crate) fn scored(
        &self,
        artifacts: &[Inspected],
        documents: &[Document],
        wanted: &[Check],
    ) -> Score {
        let rules: Vec<_> = chainwright_rules::ALL
            .iter()
            .map(|entry| entry.rule)
            .collect();
        let answers = run::run(&rules, artifacts);
        assert!(answers.problems.is_empty(), "{:?}", answers.problems);
        score(
            &Subject {
                artifacts,
                findings: &answers.findings,
                documents,
                history: self.history.as_ref(),
                asked_advisories: self.asked_advisories,
                unread: &[],
            },
            wanted,
        )
    }

    /// What one check says.
    pub(crate) fn ask(&self, check: Check) -> (Option<u8>, Vec<String>) {
        let score = self.score(&[check]);
        let answer = score.answers.first().expect("the check was asked");
        let reasons = answer.reasons.iter().map(|reason| reason.text.clone());
        (answer.score, reasons.collect())
    }
}

/// The repository with the defects of these checks.
pub(crate) fn repo(defects: &BTreeSet<Check>) -> Repo {
    repo_with("model.safetensors", defects)
}

/// The same with another name for its weights.
pub(crate) fn repo_with(name: &str, defects: &BTreeSet<Check>) -> Repo {
    let has = |check| defects.contains(&check);
    let mut repo = Repo {
        asked_advisories: true,
        is_exposed: has(Check::VulnerableDeps),
        history: Some(history(defects)),
        ..Repo::default()
    };
    repo.put(name, weights());
    if has(Check::SafeSerialization) {
        let pickle = dumps(2, &Py::Dict(vec![(text("step"), Py::Int(3))]));
        repo.put("pytorch_model.bin", torch_zip("archive", &pickle).build());
    }
    if has(Check::NoKnownMalicious) {
        let pickle = dumps(2, &call("os", "system", vec![text("echo inert")]));
        repo.put("cache.pkl", pickle);
    }
    let config = if has(Check::NoRemoteCode) {
        json!({"model_type": "tiny", "auto_map": {"AutoModel": "stranger/repo--modeling.Tiny"}})
    } else {
        json!({"model_type": "tiny"})
    };
    repo.put("config.json", config.to_string());
    if has(Check::NoSecrets) {
        repo.put(".env", format!("HF_TOKEN={}\n", token()));
    }
    if has(Check::ArtifactIntegrity) {
        let index = json!({"metadata": {"total_size": 8}, "weight_map": {"a": "model-00001-of-00002.safetensors"}});
        repo.put("model.safetensors.index.json", index.to_string());
    }
    let pin = if has(Check::PinnedReferences) {
        "torch>=2\n".to_owned()
    } else {
        format!("torch==2.4.0 --hash=sha256:{}\n", "ab".repeat(32))
    };
    repo.put("requirements.txt", pin);
    if !has(Check::License) {
        repo.put("LICENSE", "Apache License\nVersion 2.0, January 2004\n");
    }
    if !has(Check::SecurityContact) {
        repo.put(
            "SECURITY.md",
            "# Security\n\nWrite to security@example.org.\n",
        );
    }
    repo.put("README.md", card(defects));
    prove(&mut repo, defects);
    repo
}

pub(crate) fn weights() -> Vec<u8> {
    let values: Vec<u8> = (0..64_u16)
        .flat_map(|value| (f32::from(value) / 64.0).to_le_bytes())
        .collect();
    Builder::new()
        .metadata("format", "pt")
        .tensor("embed.weight", "F32", &[8, 8], &values)
        .build()
}

/// A token of the right form that was never issued.
pub(crate) fn token() -> String {
    ["hf", "_", "QpRvTzXkLmNcBdFgHjKwSy", "AeUiOoPqWxZr"].concat()
}

fn card(defects: &BTreeSet<Check>) -> String {
    let has = |check| defects.contains(&check);
    let mut card = String::from("---\npipeline_tag: text-generation\nlanguage: en\n");
    if !has(Check::License) {
        card.push_str("license: apache-2.0\n");
    }
    if !has(Check::Lineage) {
        card.push_str("base_model: acme/base\nbase_model_relation: finetune\n");
    }
    if !has(Check::DataDisclosure) {
        card.push_str("datasets:\n- acme/tickets\n");
    }
    if !has(Check::EvaluationEvidence) {
        card.push_str(&format!(
            "model-index:\n- name: tiny\n  results:\n  - task:\n      type: text-generation\n    dataset:\n      name: TruthfulQA\n      type: acme/truthfulqa\n      revision: {COMMIT}\n    metrics:\n    - type: accuracy\n      value: 0.61\n"
        ));
    }
    card.push_str("---\n# Tiny\n\nA small model for tests.\n\n");
    if !has(Check::Lineage) {
        card.push_str(&format!(
            "Made from https://huggingface.co/acme/base/tree/{COMMIT} once.\n\n"
        ));
    }
    if !has(Check::ModelCard) {
        card.push_str(
            "## Intended use\n\nAnswering tickets.\n\n## Out-of-scope use\n\nAdvice.\n\n",
        );
        card.push_str("## Limitations\n\nShort memory.\n\n## Bias and risks\n\nEnglish only.\n\n");
        card.push_str("## Training data\n\nTickets of a year.\n\n## Evaluation\n\nBy hand.\n\n");
        card.push_str("## Contact\n\nteam@example.org\n\n");
    }
    card.push_str(&format!(
        "```python\nModel.from_pretrained(\"acme/tiny\", revision=\"{COMMIT}\")\n```\n"
    ));
    card
}

/// Signature, provenance, bill of materials and digests over whatever weights there are.
fn prove(repo: &mut Repo, defects: &BTreeSet<Check>) {
    let has = |check| defects.contains(&check);
    let weights: Vec<(String, String)> = repo
        .files
        .iter()
        .filter(|(path, _)| chainwright_history::is_weights(path))
        .map(|(path, bytes)| (path.clone(), sha256(bytes)))
        .collect();
    let sums: Vec<String> = weights
        .iter()
        .map(|(path, digest)| format!("{digest}  {path}\n"))
        .collect();
    repo.put("SHA256SUMS", sums.concat());
    if !has(Check::Signed) {
        repo.put("model.sig", bundle(&signature(&weights)));
    }
    if !has(Check::Provenance) {
        repo.put(
            "model.intoto.jsonl",
            format!("{}\n", bundle(&provenance(&weights))),
        );
    }
    if !has(Check::AiBom) {
        repo.put("aibom.cdx.json", bom(&weights, defects));
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut pass = Pass::default();
    pass.update(bytes);
    pass.finish().digests.sha256.to_string()
}

/// What OpenSSF Model Signing v1.0 states of these files.
pub(crate) fn signature(files: &[(String, String)]) -> serde_json::Value {
    let raw: Vec<u8> = files
        .iter()
        .flat_map(|(_, digest)| digest.parse::<Sha256>().expect("a digest").0)
        .collect();
    let resources: Vec<_> = files
        .iter()
        .map(|(name, digest)| json!({"name": name, "digest": digest, "algorithm": "sha256"}))
        .collect();
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "tiny", "digest": {"sha256": sha256(&raw)}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "resources": resources,
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": false},
        },
    })
}

fn provenance(files: &[(String, String)]) -> serde_json::Value {
    let subject: Vec<_> = files
        .iter()
        .map(|(name, digest)| json!({"name": name, "digest": {"sha256": digest}}))
        .collect();
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://example.org/training/v1",
                "resolvedDependencies": [
                    {"uri": "pkg:huggingface/acme/tickets", "digest": {"gitCommit": COMMIT}}
                ],
            },
            "runDetails": {"builder": {"id": "https://example.org/builder"}},
        },
    })
}

/// A Sigstore bundle around a statement, with a signature that nobody made.
pub(crate) fn bundle(statement: &serde_json::Value) -> String {
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": "00"}},
        "dsseEnvelope": {
            "payloadType": "application/vnd.in-toto+json",
            "payload": base64(statement.to_string().as_bytes()),
            "signatures": [{"sig": "AAAA", "keyid": null}],
        },
    })
    .to_string()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

/// A bill of materials that says everything that the G7 ask for.
fn bom(files: &[(String, String)], defects: &BTreeSet<Check>) -> Vec<u8> {
    cyclonedx::write(&inventory(files, defects), Edition::V1_7)
}

pub(crate) fn inventory(files: &[(String, String)], defects: &BTreeSet<Check>) -> Inventory {
    let source = || Source::file("aibom.cdx.json");
    let told = |value| Field::declared(value, source());
    let says = |text: &str| told(Value::list([text]));
    let mut inventory = Inventory {
        metadata: Metadata {
            timestamp: Timestamp::parse("2026-01-01T00:00:00Z"),
            tools: vec![Tool {
                vendor: "Acme".to_owned(),
                name: "maker".to_owned(),
                version: "1".to_owned(),
            }],
            authors: vec![Party::organisation("Acme")],
            context: Some("from the files at rest".to_owned()),
            signature: Some(json!({"algorithm": "ES256", "value": "AAAA"})),
            version: 1,
            ..Metadata::default()
        },
        ..Inventory::default()
    };
    let mut model = Component::new(chainwright_boms::Kind::Model, "tiny");
    model.group = "acme".to_owned();
    model.version = Field::declared(COMMIT.to_owned(), source());
    model.purl = Field::declared(format!("pkg:huggingface/acme/tiny@{COMMIT}"), source());
    model.description = Field::declared("A small model for tests.".to_owned(), source());
    model.supplier = Field::declared(Party::organisation("Acme"), source());
    model
        .licences
        .push(Licence::declared("Apache-2.0", source()));
    for kind in ["website", "security-contact"] {
        model.references.insert(ExternalReference {
            kind: kind.to_owned(),
            url: "https://acme.example/".to_owned(),
            comment: String::new(),
        });
    }
    for (aspect, value) in [
        (Aspect::Released, told(Value::text("2026-01-01T00:00:00Z"))),
        (Aspect::Architecture, told(Value::text("TinyForCausalLM"))),
        (Aspect::Training, says("a year of tickets")),
        (Aspect::Limitations, says("short memory")),
        (Aspect::DataFlow, says("tickets in, answers out")),
        (Aspect::Inputs, says("text")),
        (Aspect::Outputs, says("text")),
        (Aspect::Task, told(Value::text("text-generation"))),
        (Aspect::Hardware, says("one accelerator")),
        (Aspect::SecurityControls, says("signed releases")),
        (Aspect::Compliance, says("ISO 42001")),
        (
            Aspect::SecurityPolicy,
            says("https://acme.example/security"),
        ),
        (Aspect::SecurityMetrics, told(metric("refusals", "0.98"))),
        (Aspect::OperationalMetrics, told(metric("latency", "0.2 s"))),
    ] {
        model.state(aspect, value);
    }
    let model = inventory.add(model);
    inventory.metadata.subject = Some(model.clone());
    for (path, digest) in files {
        let mut file = Component::new(chainwright_boms::Kind::File, path.clone());
        file.hash(HashAlgorithm::Sha256, digest.clone(), source());
        let file = inventory.add(file);
        inventory.relate(Relation::plain(model.clone(), RelationKind::Contains, file));
    }
    let mut torch = Component::new(chainwright_boms::Kind::Package, "torch");
    torch.version = Field::declared("2.4.0".to_owned(), source());
    let torch = inventory.add(torch);
    inventory.relate(Relation::plain(
        model.clone(),
        RelationKind::DependsOn,
        torch,
    ));
    if !defects.contains(&Check::DataDisclosure) {
        let mut data = Component::new(chainwright_boms::Kind::Dataset, "tickets");
        data.group = "acme".to_owned();
        data.version = Field::declared(COMMIT.to_owned(), source());
        data.licences.push(Licence::declared("CC-BY-4.0", source()));
        for (aspect, value) in [
            (Aspect::Sensitivity, says("personal data removed")),
            (Aspect::Records, told(Value::Count(1200))),
            (Aspect::Provenance, says("the help desk")),
            (Aspect::Contents, told(Value::text("letters and answers"))),
            (Aspect::Tools, says("an export script")),
        ] {
            data.state(aspect, value);
        }
        let data = inventory.add(data);
        inventory.relate(Relation::plain(model, RelationKind::TrainedOn, data));
    }
    inventory
}

fn metric(name: &str, value: &str) -> Value {
    Value::Metrics(vec![Metric {
        name: name.to_owned(),
        value: value.to_owned(),
        slice: String::new(),
    }])
}

pub(crate) fn commit(number: usize) -> Commit {
    Commit {
        id: format!("{number:040x}"),
        parents: 1,
        author: if number.is_multiple_of(2) {
            "ada@example.org"
        } else {
            "bob@example.org"
        }
        .to_owned(),
        committer: "ada@example.org".to_owned(),
        subject: format!("Better weights (#{number})"),
        is_signed: true,
        weights: vec!["model.safetensors".to_owned()],
        changes_documents: true,
    }
}

fn history(defects: &BTreeSet<Check>) -> History {
    let mut line: Vec<Commit> = (1..6).rev().map(commit).collect();
    if defects.contains(&Check::ReviewDiscipline) {
        for commit in &mut line {
            commit.subject = "update".to_owned();
            commit.author.clone_from(&commit.committer);
            commit.is_signed = false;
        }
    }
    let tag = Tag {
        name: "v1".to_owned(),
        commit: line[0].id.clone(),
        is_signed: false,
        other_name: None,
        has_weights_of_head: true,
        moved: None,
    };
    let is_untagged = defects.contains(&Check::StableReleases);
    History {
        head: Some(line[0].id.clone()),
        searched: line.len(),
        line,
        is_whole_line: true,
        tags: if is_untagged { Vec::new() } else { vec![tag] },
        ..History::default()
    }
}

fn exposure() -> Exposure {
    Exposure {
        package: Package::new(Ecosystem::PyPi, "torch", Some("2.4.0")),
        place: Place::Line { line: 1, column: 1 },
        relation: Asked::Direct,
        scope: Scope::Runtime,
        known: vec![Known {
            advisory: Advisory {
                id: "CVE-2099-0001".to_owned(),
                aliases: Vec::new(),
                records: Vec::new(),
                summary: "a made-up weakness".to_owned(),
                kind: Kind::Vulnerability,
                severity: Some(Severity::Critical),
                cvss: None,
                cwes: Vec::new(),
                published: None,
                exploited: None,
                epss: None,
            },
            is_uncertain: false,
            evidence: "< 2.5".to_owned(),
            fixed: Some("2.5".to_owned()),
        }],
        clean: Some("2.5".to_owned()),
    }
}
