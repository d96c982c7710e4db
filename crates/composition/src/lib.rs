//! What a target holds, as an inventory: models, data, packages, images and how they hang together.
//!
//! What was inspected comes in, an [`Inventory`] goes out, from which bills of materials are written. Every statement
//! carries how it is known: `verified` only what was checked against the bytes (digests, formats, counted tensors, an
//! architecture that the tensors bear out), `declared` what a file says, with its place, `inferred` what was concluded.
//! Where a file says one thing and the bytes another, the bytes win and the contradiction is put down beside it; what
//! nobody says stays absent, and what an author says not to know is put down as such.
//!
//! The crate opens nothing itself: who calls it hands over the bytes of plain files on demand. It judges nothing.

mod card;
mod claims;
mod dataset;
mod files;
mod image;
mod layout;
mod lineage;
mod making;
mod model;
mod naming;
pub mod origin;
mod packages;
mod present;
mod proofs;
mod sets;
mod vulnerabilities;
mod weights;

use std::collections::BTreeMap;

use chainwright_advisories::vex::Statement;
use chainwright_analysis::Inspected;
use chainwright_analysis::Tree;
use chainwright_boms::evidence::{Evidence, Source};
use chainwright_boms::inventory::{
    Component, Inventory, Kind, Metadata, Property, Reference, Relation, RelationKind,
};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::location::{Location, Place};
use chainwright_core::package::Ecosystem;
use chainwright_core::text::visible;

use layout::Layout;
pub use origin::Origin;

/// LIMIT: bytes of a document that is read again for what it tells.
const MOST_TEXT: u64 = 4 * 1024 * 1024;
/// Characters of text from files that become names and properties.
const QUOTED: usize = 400;

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As the user wrote it, which is how locations begin.
    pub written: String,
    /// What people call it: the name of its folder or file.
    pub name: String,
    /// The repository that it is a copy of, if that is known.
    pub origin: Option<Origin>,
}

/// What an inventory is made from.
pub struct Request<'a> {
    /// What was looked at.
    pub targets: &'a [Target],
    /// What was seen in it, sorted by location.
    pub artifacts: &'a [Inspected],
    /// The bytes of a plain file by its path as locations show it; nothing if they are not to be had.
    pub open: &'a dyn Fn(&str) -> Option<SharedBytes>,
    /// Statements about weaknesses that do not matter here.
    pub statements: &'a [Statement],
    /// About the document: tools, authors, time.
    pub metadata: Metadata,
    /// Whether files were left out on purpose, so that no digest speaks for a folder as a whole.
    pub is_partial: bool,
    /// How far to go.
    pub budget: &'a Budget,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("targets", &self.targets)
            .field("artifacts", &self.artifacts.len())
            .finish_non_exhaustive()
    }
}

/// Says what a target holds.
#[must_use]
pub fn compose(request: &Request<'_>) -> Inventory {
    let tree = Tree::new(request.artifacts);
    let layout = Layout::of(request.targets, request.artifacts);
    let mut composer = Composer {
        request,
        tree: &tree,
        layout: &layout,
        cards: card::Cards::read(request, &layout),
        inventory: Inventory {
            metadata: request.metadata.clone(),
            ..Inventory::default()
        },
        subject: Reference::default(),
        holders: BTreeMap::new(),
        named: BTreeMap::new(),
        here: BTreeMap::new(),
        packages: BTreeMap::new(),
    };
    composer.subject();
    composer.images();
    composer.models();
    composer.datasets();
    composer.lineage();
    composer.files();
    composer.packages();
    composer.vulnerabilities();
    composer.making();
    composer.proofs();
    composer.inventory
}

/// An inventory in the making.
struct Composer<'a> {
    request: &'a Request<'a>,
    tree: &'a Tree<'a>,
    layout: &'a Layout<'a>,
    cards: card::Cards,
    inventory: Inventory,
    /// What the document is about.
    subject: Reference,
    /// The component that speaks for a folder, by the folder.
    holders: BTreeMap<String, Reference>,
    /// Models and datasets that files name, by kind and name.
    named: BTreeMap<(Kind, String), Reference>,
    /// Models and datasets that lie here, by kind and name; nothing where several have the name.
    here: BTreeMap<(Kind, String), Option<Reference>>,
    /// Packages by ecosystem, name and version, whatever their distribution.
    packages: BTreeMap<(Ecosystem, String, Option<String>), Reference>,
}

impl<'a> Composer<'a> {
    /// Where a statement was read, as readers of the document see the file.
    fn source(&self, location: &Location, place: Place) -> Source {
        Source::at(self.layout.shown(location), place)
    }

    /// The text of a plain file, unless it is longer than documents are.
    fn text(&self, artifact: &Inspected) -> Option<String> {
        text_of(self.request, artifact)
    }

    /// Adds a component that something holds.
    fn add_held(&mut self, holder: &Reference, component: Component, source: Source) -> Reference {
        let reference = self.inventory.add(component);
        self.hold(holder, &reference, source);
        reference
    }

    fn hold(&mut self, holder: &Reference, held: &Reference, source: Source) {
        self.inventory.relate(Relation::known(
            holder.clone(),
            RelationKind::Contains,
            held.clone(),
            Evidence::Verified,
            source,
        ));
    }

    /// The component of the innermost folder around a location that has one, else the subject.
    fn holder_of(&self, location: &Location) -> Reference {
        let around = location.surroundings();
        self.holder_around(&around)
    }

    fn holder_around(&self, folder: &str) -> Reference {
        let found = layout::outward(folder).find_map(|outer| self.holders.get(outer));
        found.unwrap_or(&self.subject).clone()
    }

    /// Remembers what lies here under a name; a name that several have names none.
    fn remember(&mut self, kind: Kind, name: String, reference: &Reference) {
        let entry = self.here.entry((kind, name));
        entry
            .and_modify(|known| {
                if known.as_ref() != Some(reference) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(reference.clone()));
    }

    fn component_mut(&mut self, reference: &Reference) -> Option<&mut Component> {
        self.inventory.components.get_mut(reference)
    }
}

/// The text of a plain file, unless it is longer than documents are.
fn text_of(request: &Request<'_>, artifact: &Inspected) -> Option<String> {
    if !artifact.location.members().is_empty() || artifact.size > MOST_TEXT {
        return None;
    }
    let bytes = (request.open)(artifact.location.path())?;
    let size = usize::try_from(bytes.size().min(MOST_TEXT)).ok()?;
    let bytes = read_range(bytes.as_ref(), 0, size).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Text from a file as it may stand in a document: one line, visible, not too long.
fn quoted(text: &str) -> String {
    visible(text, QUOTED)
}

fn property(name: &str, value: impl Into<String>) -> Property {
    Property::new(format!("chainwright:{name}"), value)
}

/// Notes that files and bytes disagree.
fn contradict(component: &mut Component, what: String) {
    component.properties.push(property("contradiction", what));
}

#[cfg(test)]
mod tests;
