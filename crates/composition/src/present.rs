//! What the document is about, and which repository a folder is a copy of.

use chainwright_boms::evidence::Evidence;
use chainwright_boms::inventory::{Component, Kind, Reference};

use crate::layout::{Unit, is_within};
use crate::{Composer, Origin, card, property, quoted};

impl Composer<'_> {
    /// Adds what the document is about: the target, or a system that holds all targets. What turns out to be a model,
    /// a dataset or an image takes its place later.
    pub(crate) fn subject(&mut self) {
        let [target] = self.request.targets else {
            let names: Vec<&str> = self
                .request
                .targets
                .iter()
                .map(|each| each.name.as_str())
                .collect();
            let component = Component::new(Kind::Application, quoted(&names.join(" + ")));
            self.set_subject(component);
            return;
        };
        // A model, dataset or image gets its name from its own files, so only the rest gets one here.
        let is_other = self.stands_for_itself();
        let mut component = Component::new(Kind::Application, String::new());
        if !is_other {
            if let Some(origin) = &target.origin {
                crate::naming::note_origin(&mut component, origin);
            }
            if component.name.is_empty() {
                component.name = quoted(&target.name);
                component
                    .properties
                    .push(property("name-from", "the target's name"));
            }
            let root = self
                .layout
                .roots
                .first()
                .map(|root| root.key.clone())
                .unwrap_or_default();
            if let Some(card) = self.cards.of(&root) {
                card::tell(card, &mut component, Evidence::Declared);
            }
            self.root_licences(&root, &mut component);
        }
        self.set_subject(component);
    }

    fn set_subject(&mut self, mut component: Component) {
        if component.name.is_empty() {
            // Taken out again by the model, dataset or image that the target is.
            component.reference = Reference::new("target");
        }
        let reference = self.inventory.add(component);
        self.inventory.metadata.subject = Some(reference.clone());
        self.subject = reference;
    }

    /// Whether the target is itself a model, a dataset or an image.
    fn stands_for_itself(&self) -> bool {
        let is_at_root = |unit: &Unit<'_>| self.layout.is_root(&unit.key);
        self.layout.models.iter().any(is_at_root)
            || (self.layout.is_single_file && self.layout.models.len() == 1)
            || self.is_image()
            || (self.layout.models.is_empty() && self.layout.datasets.iter().any(is_at_root))
    }

    fn root_licences(&self, root: &str, component: &mut Component) {
        let Some(folder) = self.layout.folders.get(root) else {
            return;
        };
        let unit = Unit {
            key: root.to_owned(),
            files: folder.files.clone(),
        };
        self.licence_files(&unit, component);
    }

    /// The repository that the folder of a model or dataset is a copy of.
    pub(crate) fn origin_of(&self, unit: &Unit<'_>) -> Option<Origin> {
        let is_alone = self.layout.is_single_file;
        let at_root = self
            .request
            .targets
            .iter()
            .zip(&self.layout.roots)
            .find(|(_, root)| {
                root.key == unit.key || (is_alone && is_within(&root.key, &unit.key))
            });
        let found = at_root.and_then(|(target, _)| target.origin.clone());
        found.or_else(|| Origin::of_path(&unit.key).filter(|origin| !origin.repository.is_empty()))
    }
}
