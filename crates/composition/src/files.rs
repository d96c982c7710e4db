//! Files that matter on their own: weights, tokenizers, configurations, code, documents, data.

use chainwright_analysis::facts::{Facts, Inspected};
use chainwright_analysis::graph::kind_of;
use chainwright_boms::evidence::{Field, Source};
use chainwright_boms::inventory::{Aspect, Component, HashAlgorithm, Kind, Value};
use chainwright_core::component::ComponentKind;
use chainwright_core::location::Place;

use crate::layout::{documents, weight};
use crate::{Composer, property};

/// Folders of installed packages; their files belong to packages.
const INSTALLED: [&str; 3] = ["site-packages/", "dist-packages/", "node_modules/"];

impl Composer<'_> {
    /// Every file that is something in the supply chain; members of archives only if they are models' files.
    pub(crate) fn files(&mut self) {
        for artifact in self.request.artifacts {
            let is_inside = !artifact.location.members().is_empty();
            let Some(role) = role(artifact).filter(|_| self.layout.is_there(artifact)) else {
                continue;
            };
            let whole = artifact.location.to_string();
            let is_installed = INSTALLED.iter().any(|folder| whole.contains(folder));
            let is_of_a_model = matches!(
                role,
                "weights" | "adapter" | "tokenizer" | "model-configuration"
            );
            if is_installed || (is_inside && !is_of_a_model) || self.is_the_subject(artifact) {
                continue;
            }
            let source = self.source(&artifact.location, Place::Whole);
            let mut component = Component::new(Kind::File, source.file.clone());
            component.properties.push(property("role", role));
            describe(&mut component, artifact, &source);
            let holder = match self.holders.get(&whole) {
                // A variant of one file carries the digests itself.
                Some(_) => continue,
                None => self.holder_of(&artifact.location),
            };
            self.add_held(&holder, component, source);
        }
    }

    /// Whether the document is about this very file.
    fn is_the_subject(&mut self, artifact: &Inspected) -> bool {
        if !self.layout.is_single_file || !artifact.location.members().is_empty() {
            return false;
        }
        let source = self.source(&artifact.location, Place::Whole);
        let subject = self.subject.clone();
        if let Some(component) = self.component_mut(&subject) {
            describe(component, artifact, &source);
        }
        true
    }
}

fn describe(component: &mut Component, artifact: &Inspected, source: &Source) {
    digests(component, artifact, source);
    if weight(artifact).is_some() {
        let formats: Vec<&str> = artifact
            .formats
            .iter()
            .map(|format| format.as_str())
            .collect();
        if !formats.is_empty() && component.kind == Kind::File {
            let formats = Value::list(formats);
            component.state(Aspect::Formats, Field::verified(formats, source.clone()));
        }
    }
}

/// Digests and size of a file; a pointer only declares those of what it stands for.
pub(crate) fn digests(component: &mut Component, artifact: &Inspected, source: &Source) {
    for facts in &artifact.facts {
        if let Facts::LfsPointer(pointer) = facts {
            if let Some(digits) = &pointer.sha256 {
                let field = Field::declared(digits.clone(), source.clone());
                component.hashes.insert(HashAlgorithm::Sha256, field);
            }
            if let Some(size) = pointer.size {
                component.state(
                    Aspect::Size,
                    Field::declared(Value::Count(size), source.clone()),
                );
            }
            component.properties.push(property(
                "not-fetched",
                "a Git LFS pointer stands in its place",
            ));
            return;
        }
    }
    component.state(
        Aspect::Size,
        Field::verified(Value::Count(artifact.size), source.clone()),
    );
    if let Some(digests) = artifact.digests {
        component.hash(
            HashAlgorithm::Sha256,
            digests.sha256.to_string(),
            source.clone(),
        );
        component.hash(
            HashAlgorithm::Blake3,
            digests.blake3.to_string(),
            source.clone(),
        );
    }
}

/// What a file is in the supply chain; nothing if it is nothing.
fn role(artifact: &Inspected) -> Option<&'static str> {
    if weight(artifact).is_some() {
        let is_adapter = kind_of(artifact) == Some(ComponentKind::Adapter);
        return Some(if is_adapter { "adapter" } else { "weights" });
    }
    let is_manifest = artifact
        .facts
        .iter()
        .any(|facts| matches!(facts, Facts::Manifest(_)));
    if is_manifest {
        return Some("dependencies");
    }
    Some(match kind_of(artifact)? {
        ComponentKind::Tokenizer => "tokenizer",
        ComponentKind::Template => "chat-template",
        ComponentKind::Configuration if documents(artifact).next().is_some() => {
            "model-configuration"
        }
        ComponentKind::Configuration => "configuration",
        ComponentKind::Code => "code",
        ComponentKind::Document => "document",
        ComponentKind::Dataset => "data",
        ComponentKind::Weights => "weights",
        ComponentKind::Adapter => "adapter",
        ComponentKind::Licence
        | ComponentKind::Repository
        | ComponentKind::Model
        | ComponentKind::Image
        | ComponentKind::Package
        | _ => return None,
    })
}
