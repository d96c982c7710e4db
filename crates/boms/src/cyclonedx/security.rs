//! Vulnerabilities, formulation and declarations, in both directions.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::names::{JUSTIFICATIONS, METHODS, RESPONSES, STEP, TASKS};
use super::write::property;
use crate::inventory::{
    Affected, AnalysisState, Claim, Exploitability, Inventory, Property, Rating, Reference,
    Severity, Step, Vulnerability, Workflow,
};
use crate::json::{self, Builder, Object};
use crate::time::Timestamp;

/// The vulnerabilities as they are written.
pub(super) fn vulnerabilities(inventory: &Inventory, is_plain: bool) -> Vec<Json> {
    let mut written: Vec<Json> = Vec::new();
    let mut seen = BTreeSet::new();
    for vulnerability in &inventory.vulnerabilities {
        let mut object = write_vulnerability(vulnerability);
        if !is_plain && let Some(original) = &vulnerability.original {
            let is_unchanged = Json::Object(object.clone()) == original.understood;
            if is_unchanged && let Json::Object(whole) = &original.whole {
                object = whole.clone();
            }
        }
        let object = Json::Object(object);
        if seen.insert(object.to_string()) {
            written.push(object);
        }
    }
    written
}

pub(super) fn write_vulnerability(vulnerability: &Vulnerability) -> Object {
    let mut out = Builder::new();
    out.put("id", vulnerability.id.as_str());
    let mut source = Builder::new();
    source
        .put("name", vulnerability.source.as_str())
        .put("url", vulnerability.url.clone());
    out.put("source", source.object());
    let references = vulnerability.aliases.iter().map(|alias| {
        let mut builder = Builder::new();
        builder
            .put_text("id", alias)
            .put_any("source", Json::Object(Object::new()));
        builder.value()
    });
    out.put("references", references.collect::<Vec<_>>());
    let ratings = vulnerability.ratings.iter().map(write_rating);
    out.put("ratings", ratings.collect::<Vec<_>>());
    let cwes = vulnerability.cwes.iter().filter(|cwe| **cwe > 0);
    out.put("cwes", cwes.copied().map(Json::from).collect::<Vec<_>>());
    out.put("description", vulnerability.description.as_str())
        .put("recommendation", vulnerability.recommendation.as_str());
    if let Some(time) = &vulnerability.published {
        out.put("published", time.as_str());
    }
    if let Some(time) = &vulnerability.updated {
        out.put("updated", time.as_str());
    }
    if let Some(analysis) = &vulnerability.analysis {
        out.put("analysis", write_analysis(analysis));
    }
    let mut affects: Vec<Json> = Vec::new();
    let mut seen = BTreeSet::new();
    for affected in vulnerability
        .affects
        .iter()
        .filter(|affected| !affected.component.is_empty())
    {
        let affected = write_affected(affected);
        if seen.insert(affected.to_string()) {
            affects.push(affected);
        }
    }
    out.put("affects", affects);
    out.object()
}

fn write_rating(rating: &Rating) -> Json {
    let mut out = Builder::new();
    let mut source = Builder::new();
    source.put("name", rating.source.as_str());
    out.put("source", source.object());
    if let Some(score) = rating.score.and_then(serde_json::Number::from_f64) {
        out.put("score", Json::Number(score));
    }
    out.put("severity", rating.severity.as_str());
    if !rating.method.is_empty() {
        let is_known = METHODS.contains(&rating.method.as_str());
        out.put(
            "method",
            if is_known {
                rating.method.as_str()
            } else {
                "other"
            },
        );
    }
    out.put("vector", rating.vector.as_str());
    out.value()
}

fn write_analysis(analysis: &Exploitability) -> Json {
    let mut out = Builder::new();
    out.put("state", analysis.state.as_str());
    if JUSTIFICATIONS.contains(&analysis.justification.as_str()) {
        out.put("justification", analysis.justification.as_str());
    }
    let responses = analysis
        .responses
        .iter()
        .filter(|response| RESPONSES.contains(&response.as_str()));
    out.put("response", responses.cloned().collect::<Vec<_>>())
        .put("detail", analysis.detail.as_str());
    out.value()
}

fn write_affected(affected: &Affected) -> Json {
    let mut out = Builder::new();
    out.put_text("ref", affected.component.as_str());
    let versions = affected.versions.iter().map(|(version, status)| {
        let mut out = Builder::new();
        let key = if version.starts_with("vers:") {
            "range"
        } else {
            "version"
        };
        let cut: String = version.chars().take(1024).collect();
        out.put_text(key, &cut);
        if ["affected", "unaffected", "unknown"].contains(&status.as_str()) {
            out.put("status", status.as_str());
        }
        out.value()
    });
    out.put("versions", versions.collect::<Vec<_>>());
    out.value()
}

/// A vulnerability as it was read.
pub(super) fn read_vulnerability(object: &Object) -> Vulnerability {
    let source = json::object(object, "source");
    let time = |key: &str| json::text(object, key).and_then(Timestamp::parse);
    let mut vulnerability = Vulnerability {
        id: json::owned(object, "id"),
        source: source
            .map(|source| json::owned(source, "name"))
            .unwrap_or_default(),
        url: source
            .and_then(|source| json::text(source, "url"))
            .map(str::to_owned),
        aliases: json::objects(object, "references")
            .filter_map(|reference| json::text(reference, "id"))
            .map(str::to_owned)
            .collect(),
        ratings: json::objects(object, "ratings").map(read_rating).collect(),
        cwes: json::list(object, "cwes")
            .iter()
            .filter_map(|cwe| u32::try_from(cwe.as_u64()?).ok())
            .collect(),
        description: json::owned(object, "description"),
        recommendation: json::owned(object, "recommendation"),
        published: time("published"),
        updated: time("updated"),
        affects: json::objects(object, "affects")
            .map(read_affected)
            .collect(),
        analysis: json::object(object, "analysis").and_then(read_analysis),
        original: None,
    };
    let understood = write_vulnerability(&vulnerability);
    if understood != *object {
        vulnerability.original = Some(crate::inventory::Original {
            understood: Json::Object(understood),
            whole: Json::Object(object.clone()),
        });
    }
    vulnerability
}

fn read_rating(object: &Object) -> Rating {
    let severity = json::text(object, "severity").unwrap_or_default();
    Rating {
        method: json::owned(object, "method"),
        score: object.get("score").and_then(Json::as_f64),
        severity: Severity::ALL
            .into_iter()
            .find(|each| each.as_str() == severity)
            .unwrap_or_default(),
        vector: json::owned(object, "vector"),
        source: json::object(object, "source")
            .map(|source| json::owned(source, "name"))
            .unwrap_or_default(),
    }
}

fn read_analysis(object: &Object) -> Option<Exploitability> {
    let state = json::text(object, "state")?;
    Some(Exploitability {
        state: AnalysisState::ALL
            .into_iter()
            .find(|each| each.as_str() == state)?,
        justification: json::owned(object, "justification"),
        responses: json::texts(object, "response").into_iter().collect(),
        detail: json::owned(object, "detail"),
    })
}

fn read_affected(object: &Object) -> Affected {
    Affected {
        component: Reference::new(json::owned(object, "ref")),
        versions: json::objects(object, "versions")
            .map(|each| {
                let version = json::text(each, "version").or_else(|| json::text(each, "range"));
                (
                    version.unwrap_or_default().to_owned(),
                    json::owned(each, "status"),
                )
            })
            .collect(),
    }
}

/// How things were made, as it is written; the names are those of the workflows.
pub(super) fn formulation(inventory: &Inventory, names: &[String]) -> Vec<Json> {
    let workflows: Vec<_> = inventory
        .workflows
        .iter()
        .zip(names)
        .map(|(workflow, name)| write_workflow(workflow, name))
        .collect();
    if workflows.is_empty() {
        return Vec::new();
    }
    let mut out = Builder::new();
    out.put("workflows", workflows);
    vec![out.value()]
}

fn write_workflow(workflow: &Workflow, name: &str) -> Json {
    let mut out = Builder::new();
    out.put_text("bom-ref", name)
        .put_text("uid", name)
        .put("name", workflow.name.as_str())
        .put("description", workflow.description.as_str());
    let known = |task: &&String| TASKS.contains(&task.as_str());
    let mut tasks: Vec<_> = workflow.tasks.iter().filter(known).cloned().collect();
    if tasks.is_empty() {
        tasks.push("other".to_owned());
    }
    out.put("taskTypes", tasks);
    let mut steps: Vec<Json> = Vec::new();
    let mut seen = BTreeSet::new();
    for step in &workflow.steps {
        let mut written = write_step(step, None);
        if !seen.insert(written.to_string()) {
            written = write_step(step, Some(steps.len()));
        }
        steps.push(written);
    }
    out.put("steps", steps);
    let resource = |reference: &Reference, is_output: bool| {
        let mut inner = Builder::new();
        inner.put_text("ref", reference.as_str());
        let mut outer = Builder::new();
        if is_output {
            outer.put("type", "artifact");
        }
        outer.put("resource", inner.object());
        outer.value()
    };
    let named = |reference: &&Reference| !reference.is_empty();
    let inputs = workflow.inputs.iter().filter(named);
    let outputs = workflow.outputs.iter().filter(named);
    out.put(
        "inputs",
        inputs.map(|each| resource(each, false)).collect::<Vec<_>>(),
    );
    out.put(
        "outputs",
        outputs.map(|each| resource(each, true)).collect::<Vec<_>>(),
    );
    if let Some(time) = &workflow.started {
        out.put("timeStart", time.as_str());
    }
    if let Some(time) = &workflow.ended {
        out.put("timeEnd", time.as_str());
    }
    let properties = workflow
        .properties
        .iter()
        .map(|each| property(&each.name, &each.value));
    out.put("properties", properties.collect::<Vec<_>>());
    out.value()
}

fn write_step(step: &Step, number: Option<usize>) -> Json {
    let mut out = Builder::new();
    out.put("name", step.name.as_str())
        .put("description", step.description.as_str());
    let commands = step.commands.iter().map(|command| {
        let mut out = Builder::new();
        out.put_text("executed", command);
        out.value()
    });
    out.put("commands", commands.collect::<Vec<_>>());
    if let Some(number) = number {
        out.put("properties", vec![property(STEP, &number.to_string())]);
    }
    out.value()
}

/// The workflows of a document.
pub(super) fn read_workflows(document: &Object) -> Vec<Workflow> {
    json::objects(document, "formulation")
        .flat_map(|formula| json::objects(formula, "workflows"))
        .map(read_workflow)
        .collect()
}

fn read_workflow(object: &Object) -> Workflow {
    let time = |key: &str| json::text(object, key).and_then(Timestamp::parse);
    let resources = |key: &str| {
        json::objects(object, key)
            .filter_map(|each| json::text(json::object(each, "resource")?, "ref"))
            .map(Reference::new)
            .collect()
    };
    Workflow {
        name: json::owned(object, "name"),
        description: json::owned(object, "description"),
        tasks: json::texts(object, "taskTypes").into_iter().collect(),
        steps: json::objects(object, "steps").map(read_step).collect(),
        inputs: resources("inputs"),
        outputs: resources("outputs"),
        started: time("timeStart"),
        ended: time("timeEnd"),
        properties: json::objects(object, "properties")
            .map(|each| Property::new(json::owned(each, "name"), json::owned(each, "value")))
            .collect(),
    }
}

fn read_step(object: &Object) -> Step {
    Step {
        name: json::owned(object, "name"),
        description: json::owned(object, "description"),
        commands: json::objects(object, "commands")
            .map(|command| json::owned(command, "executed"))
            .collect(),
    }
}

/// Claims as they are written; the names are those of each claim and its grounds.
pub(super) fn declarations(inventory: &Inventory, names: &[(String, Vec<String>)]) -> Object {
    let mut claims = Vec::new();
    let mut grounds = Vec::new();
    for (claim, (name, ground_names)) in inventory.claims.iter().zip(names) {
        let mut out = Builder::new();
        out.put_text("bom-ref", name)
            .put("target", claim.target.as_str())
            .put("predicate", claim.predicate.as_str())
            .put("reasoning", claim.reasoning.as_str())
            .put("evidence", ground_names.clone());
        claims.push(out.value());
        for ((property, description), name) in claim.evidence.iter().zip(ground_names) {
            let mut out = Builder::new();
            out.put_text("bom-ref", name)
                .put("propertyName", property.as_str())
                .put("description", description.as_str());
            grounds.push(out.value());
        }
    }
    let mut out = Builder::new();
    out.put("claims", claims).put("evidence", grounds);
    out.object()
}

/// The claims of a document.
pub(super) fn read_claims(document: &Object) -> Vec<Claim> {
    let Some(declarations) = json::object(document, "declarations") else {
        return Vec::new();
    };
    let grounds: std::collections::BTreeMap<_, _> = json::objects(declarations, "evidence")
        .filter_map(|ground| {
            let text = (
                json::owned(ground, "propertyName"),
                json::owned(ground, "description"),
            );
            Some((json::text(ground, "bom-ref")?, text))
        })
        .collect();
    json::objects(declarations, "claims")
        .map(|claim| Claim {
            target: Reference::new(json::owned(claim, "target")),
            predicate: json::owned(claim, "predicate"),
            reasoning: json::owned(claim, "reasoning"),
            evidence: json::texts(claim, "evidence")
                .iter()
                .filter_map(|name| grounds.get(name.as_str()).cloned())
                .collect(),
            source: None,
        })
        .collect()
}
