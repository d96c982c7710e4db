//! An inventory as an SPDX 3.0.1 document.

mod element;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{CONTEXT, licences};
use crate::identity;
use crate::inventory::{
    Acknowledgement, AnalysisState, Component, Inventory, Kind, Party, Reference, RelationKind,
    Vulnerability,
};
use crate::json::{Builder, Object};
use crate::time::EPOCH;

/// The document as bytes, indented, with a line break at the end.
#[must_use]
pub fn write(inventory: &Inventory) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&to_value(inventory)).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// The document as a JSON value. Its identifiers follow from its content.
#[must_use]
pub fn to_value(inventory: &Inventory) -> Json {
    let content = serde_json::to_vec(inventory).unwrap_or_default();
    let mut graph = Graph {
        inventory,
        base: format!("urn:uuid:{}", identity::uuid("spdx3", &content)),
        elements: BTreeMap::new(),
        agents: BTreeMap::new(),
    };
    graph.components();
    graph.relations();
    graph.vulnerabilities();
    let creation = graph.creation();
    graph.document();
    let mut all = vec![creation];
    all.extend(graph.elements.into_values().map(Json::Object));
    let mut out = Builder::new();
    out.put("@context", CONTEXT).put("@graph", all);
    out.value()
}

struct Graph<'a> {
    inventory: &'a Inventory,
    base: String,
    elements: BTreeMap<String, Object>,
    agents: BTreeMap<Party, String>,
}

impl Graph<'_> {
    /// The identifier of something by a label and what tells it apart.
    fn id(&self, label: &str, distinct: &str) -> String {
        let digest = identity::sha256(distinct.as_bytes());
        let digest = digest.get(..24).unwrap_or_default();
        format!("{}#{label}-{digest}", self.base)
    }

    fn component_id(&self, reference: &Reference) -> String {
        match self.inventory.component(reference) {
            Some(component) => self.id(component.kind.as_str(), reference.as_str()),
            None => self.id("other", reference.as_str()),
        }
    }

    fn add(&mut self, id: &str, element: &str, mut out: Builder) {
        out.put("type", element)
            .put("spdxId", id)
            .put("creationInfo", "_:creationInfo");
        self.elements.insert(id.to_owned(), out.object());
    }

    fn agent(&mut self, party: &Party) -> String {
        if let Some(id) = self.agents.get(party) {
            return id.clone();
        }
        let distinct = serde_json::to_string(party).unwrap_or_default();
        let id = self.id("agent", &distinct);
        let mut out = Builder::new();
        out.put_text("name", &party.name);
        let email = party.email.iter().map(|email| ("email", email));
        let urls = party.urls.iter().map(|url| ("urlScheme", url));
        let identifiers = email.chain(urls).map(|(kind, text)| {
            let mut out = Builder::new();
            out.put("type", "ExternalIdentifier")
                .put("externalIdentifierType", kind)
                .put_text("identifier", text);
            out.value()
        });
        out.put("externalIdentifier", identifiers.collect::<Vec<_>>());
        let element = if party.is_person {
            "Person"
        } else {
            "Organization"
        };
        self.add(&id, element, out);
        self.agents.insert(party.clone(), id.clone());
        id
    }

    fn creation(&mut self) -> Json {
        let metadata = &self.inventory.metadata;
        let mut makers: Vec<_> = metadata
            .authors
            .iter()
            .map(|author| self.agent(author))
            .collect();
        let tools: Vec<_> = metadata
            .tools
            .iter()
            .map(|tool| {
                let name = format!("{} {}", tool.name, tool.version);
                let id = self.id("tool", &name);
                let mut out = Builder::new();
                out.put("name", name.trim());
                self.add(&id, "Tool", out);
                id
            })
            .collect();
        if makers.is_empty() {
            let id = self.id("agent", "generator");
            let mut out = Builder::new();
            let name = metadata
                .tools
                .first()
                .map_or("chainwright", |tool| tool.name.as_str());
            out.put_text("name", name);
            self.add(&id, "SoftwareAgent", out);
            makers.push(id);
        }
        let created = metadata
            .timestamp
            .as_ref()
            .and_then(crate::time::Timestamp::in_utc_seconds)
            .unwrap_or_else(|| EPOCH.to_owned());
        let mut out = Builder::new();
        out.put("type", "CreationInfo")
            .put("@id", "_:creationInfo")
            .put("specVersion", "3.0.1")
            .put("created", created)
            .put("createdBy", makers)
            .put("createdUsing", tools)
            .put("comment", metadata.context.clone());
        out.value()
    }

    fn document(&mut self) {
        let inventory = self.inventory;
        let subject = inventory.metadata.subject.as_ref();
        let roots: Vec<_> = match subject.filter(|each| inventory.component(each).is_some()) {
            Some(subject) => vec![self.component_id(subject)],
            None => inventory
                .components
                .keys()
                .map(|each| self.component_id(each))
                .collect(),
        };
        let all: Vec<_> = self.elements.keys().cloned().collect();
        let mut profiles = vec!["core", "software", "simpleLicensing", "extension"];
        if inventory.of_kind(Kind::Model).next().is_some() {
            profiles.push("ai");
        }
        if inventory.of_kind(Kind::Dataset).next().is_some() {
            profiles.push("dataset");
        }
        if !inventory.vulnerabilities.is_empty() {
            profiles.push("security");
        }
        profiles.sort_unstable();
        let name = inventory
            .subject()
            .map_or_else(|| "bill of materials".to_owned(), Component::full_name);
        let bom = self.id("sbom", "");
        let mut out = Builder::new();
        out.put_text("name", &name)
            .put("rootElement", roots)
            .put("element", all.clone())
            .put("software_sbomType", vec!["analyzed"])
            .put("profileConformance", profiles.clone());
        self.add(&bom, "software_Sbom", out);
        let id = self.id("document", "");
        let mut elements = all;
        elements.push(bom.clone());
        let mut out = Builder::new();
        out.put_text("name", &name)
            .put("rootElement", vec![bom])
            .put("element", elements)
            .put("profileConformance", profiles);
        self.add(&id, "SpdxDocument", out);
    }

    fn components(&mut self) {
        let inventory = self.inventory;
        for component in inventory.components.values() {
            let id = self.component_id(&component.reference);
            let mut out = element::component(inventory, component);
            if let Some(supplier) = component.supplier.value() {
                let supplier = self.agent(supplier);
                out.put("suppliedBy", supplier);
            }
            let makers: Vec<_> = component
                .authors
                .iter()
                .map(|author| self.agent(author))
                .collect();
            out.put("originatedBy", makers);
            self.add(&id, element::class(component.kind), out);
            self.licences(component, &id);
        }
    }

    fn licences(&mut self, component: &Component, from: &str) {
        for (index, licence) in component.licences.iter().enumerate() {
            let expression = licences::expression(&licence.term);
            let to = self.id("licence", &licence.term);
            let mut out = Builder::new();
            out.put_text("simplelicensing_licenseExpression", &expression);
            if expression != licence.term {
                out.put("name", licence.term.as_str());
            }
            self.add(&to, "simplelicensing_LicenseExpression", out);
            let kind = if licence.acknowledgement == Acknowledgement::Concluded {
                "hasConcludedLicense"
            } else {
                "hasDeclaredLicense"
            };
            let ground = licence
                .source
                .as_ref()
                .map(|source| format!("{} {source}", licence.evidence));
            let distinct = format!("{index}\n{kind}");
            self.relationship(from, kind, vec![to], ground.unwrap_or_default(), &distinct);
        }
    }

    fn relationship(
        &mut self,
        from: &str,
        kind: &str,
        to: Vec<String>,
        comment: String,
        distinct: &str,
    ) {
        let distinct = format!("{from}\n{kind}\n{}\n{distinct}", to.join("\n"));
        let id = self.id("relationship", &distinct);
        let mut out = Builder::new();
        out.put("from", from)
            .put("relationshipType", kind)
            .put("to", to)
            .put("comment", comment);
        self.add(&id, "Relationship", out);
    }

    fn relations(&mut self) {
        let inventory = self.inventory;
        for relation in &inventory.relations {
            let is_known = inventory.component(&relation.from).is_some()
                && inventory.component(&relation.to).is_some();
            if !is_known {
                continue;
            }
            let (from, to) = (
                self.component_id(&relation.from),
                self.component_id(&relation.to),
            );
            let kind = match relation.kind {
                RelationKind::DependsOn => "dependsOn",
                RelationKind::Contains => "contains",
                RelationKind::TrainedOn => "trainedOn",
                RelationKind::TestedOn => "testedOn",
                RelationKind::DerivedFrom(_) | RelationKind::Adapts => "descendantOf",
                RelationKind::DeployedAs | RelationKind::LicensedUnder => "other",
            };
            let mut comment = relation.kind.as_str().to_owned();
            if let Some(source) = &relation.source {
                comment = format!("{comment} {} {source}", relation.evidence);
            }
            self.relationship(&from, kind, vec![to], comment, relation.kind.as_str());
        }
    }

    fn vulnerabilities(&mut self) {
        let inventory = self.inventory;
        for (index, vulnerability) in inventory.vulnerabilities.iter().enumerate() {
            let id = self.id("vulnerability", &format!("{index}\n{}", vulnerability.id));
            self.add(
                &id,
                "security_Vulnerability",
                element::vulnerability(vulnerability),
            );
            let mut touched: Vec<_> = vulnerability
                .affects
                .iter()
                .filter(|each| inventory.component(&each.component).is_some())
                .map(|each| self.component_id(&each.component))
                .collect();
            touched.sort_unstable();
            touched.dedup();
            for component in &touched {
                let kind = "hasAssociatedVulnerability";
                self.relationship(component, kind, vec![id.clone()], String::new(), "");
            }
            if !touched.is_empty() {
                self.assessment(vulnerability, &id, touched);
            }
        }
    }

    /// What was concluded about a vulnerability, as a VEX relationship.
    fn assessment(&mut self, vulnerability: &Vulnerability, id: &str, touched: Vec<String>) {
        let Some(analysis) = &vulnerability.analysis else {
            return;
        };
        let mut out = Builder::new();
        let (element, kind) = match analysis.state {
            AnalysisState::Resolved | AnalysisState::ResolvedWithPedigree => {
                ("security_VexFixedVulnAssessmentRelationship", "fixedIn")
            }
            AnalysisState::InTriage => (
                "security_VexUnderInvestigationVulnAssessmentRelationship",
                "underInvestigationFor",
            ),
            AnalysisState::Exploitable => {
                let action = if vulnerability.recommendation.is_empty() {
                    "none stated"
                } else {
                    vulnerability.recommendation.as_str()
                };
                out.put("security_actionStatement", action);
                ("security_VexAffectedVulnAssessmentRelationship", "affects")
            }
            AnalysisState::FalsePositive | AnalysisState::NotAffected => {
                match element::justification(&analysis.justification) {
                    Some(justification) => {
                        out.put("security_justificationType", justification);
                    }
                    None => {
                        let impact = format!("{} {}", analysis.justification, analysis.detail);
                        out.put_text("security_impactStatement", impact.trim());
                    }
                }
                (
                    "security_VexNotAffectedVulnAssessmentRelationship",
                    "doesNotAffect",
                )
            }
        };
        out.put("from", id)
            .put("relationshipType", kind)
            .put("to", touched)
            .put("security_statusNotes", analysis.detail.as_str());
        let id = self.id("assessment", id);
        self.add(&id, element, out);
    }
}
