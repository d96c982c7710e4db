//! The crate as its users see it: one suite for everything that is a shelf, a whole supply chain, and what is hostile.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod hostile;
mod seam;
mod store;

use chainwright_boms::inventory::{
    Component, HashAlgorithm, Inventory, Kind, Reference, Relation, RelationKind,
};
use chainwright_boms::{Field, Source};
use chainwright_inventory::{
    Answer, Entry, Judge, Options, Outline, Question, Ranges, Route, Selection, Shelf, affected,
};

/// Builds a document part by part.
#[derive(Debug, Default)]
pub(crate) struct Document(pub(crate) Inventory);

impl Document {
    pub(crate) fn about(kind: Kind, name: &str, version: &str, purl: &str) -> Self {
        let mut document = Self::default();
        let subject = document.part(kind, name, version, purl, "");
        document.0.metadata.subject = Some(subject);
        document
    }

    pub(crate) fn part(
        &mut self,
        kind: Kind,
        name: &str,
        version: &str,
        purl: &str,
        sha256: &str,
    ) -> Reference {
        let source = || Source::file("test");
        let mut component = Component::new(kind, name);
        if !version.is_empty() {
            component.version = Field::declared(version.to_owned(), source());
        }
        if !purl.is_empty() {
            component.purl = Field::declared(purl.to_owned(), source());
        }
        if !sha256.is_empty() {
            component.hash(HashAlgorithm::Sha256, sha256, source());
        }
        self.0.add(component)
    }

    pub(crate) fn python(&mut self, name: &str, version: &str) -> Reference {
        self.part(
            Kind::Package,
            name,
            version,
            &format!("pkg:pypi/{name}@{version}"),
            "",
        )
    }

    pub(crate) fn subject(&self) -> Reference {
        self.0.metadata.subject.clone().unwrap()
    }

    pub(crate) fn relate(&mut self, from: &Reference, kind: RelationKind, to: &Reference) {
        let source = Source::file("test");
        let evidence = chainwright_boms::Evidence::Declared;
        self.0.relate(Relation::known(
            from.clone(),
            kind,
            to.clone(),
            evidence,
            source,
        ));
    }

    /// The document as an entry named by its subject.
    pub(crate) fn entry(&self) -> Entry {
        let subject = self.0.subject().unwrap();
        Entry {
            name: subject.full_name(),
            version: subject.version.text().unwrap_or_default().to_owned(),
            origin: "test".to_owned(),
            format: "test".to_owned(),
            document: chainwright_boms::cyclonedx::write(
                &self.0,
                chainwright_boms::cyclonedx::Edition::V1_7,
            ),
            outline: Outline::of(&self.0),
            ..Entry::default()
        }
    }
}

pub(crate) fn ask_about(
    shelf: &dyn Shelf,
    (selections, ranges): (Vec<Selection>, Ranges),
) -> Answer {
    let question = Question {
        selections,
        judge: Some(&ranges as &dyn Judge),
        ..Question::default()
    };
    affected(shelf, &question, &Options::default()).unwrap()
}

pub(crate) fn ask_package(shelf: &dyn Shelf, text: &str) -> Answer {
    ask_about(shelf, chainwright_inventory::parse_package(text).unwrap())
}

pub(crate) fn ask_base(shelf: &dyn Shelf, text: &str) -> Answer {
    ask_about(shelf, chainwright_inventory::parse_base(text).unwrap())
}

pub(crate) fn ask_digest(shelf: &dyn Shelf, digits: &str) -> Answer {
    let digest: chainwright_core::digest::Sha256 = digits.parse().unwrap();
    let question = Question {
        digests: vec![digest.0],
        ..Question::default()
    };
    affected(shelf, &question, &Options::default()).unwrap()
}

/// The names of what is touched, in the order of the answer.
pub(crate) fn names(answer: &Answer) -> Vec<&str> {
    answer
        .reached
        .iter()
        .map(|reached| reached.state.name.as_str())
        .collect()
}

/// A route in one line, as `a -link-> b`.
pub(crate) fn line(route: &Route) -> String {
    let mut line = String::new();
    for hop in &route.hops {
        if let Some(link) = hop.link {
            line.push_str(&format!(" -{}-> ", link.as_str()));
        } else if !line.is_empty() {
            line.push_str(" ? ");
        }
        line.push_str(&hop.package.name);
    }
    line
}

/// The routes of one document.
pub(crate) fn routes(answer: &Answer, name: &str) -> Vec<String> {
    let of = answer
        .reached
        .iter()
        .filter(|reached| reached.state.name == name);
    of.flat_map(|reached| reached.routes.iter().map(line))
        .collect()
}
