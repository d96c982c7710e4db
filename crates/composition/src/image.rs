//! Container images: layers, distribution, base.

use chainwright_analysis::facts::{Facts, Inspected, StackedImage};
use chainwright_boms::evidence::{Evidence, Field, Source};
use chainwright_boms::inventory::{
    Aspect, Component, Derivation, HashAlgorithm, Kind, Listing, Reference, Relation, RelationKind,
    Value,
};
use chainwright_core::location::Place;
use chainwright_images::base::BaseEvidence;

use crate::{Composer, files, naming, property, quoted};

impl Composer<'_> {
    /// Whether the target is an image: nothing but one, in a layout or an archive.
    pub(crate) fn is_image(&self) -> bool {
        self.request.targets.len() == 1
            && images(self.request.artifacts).count() == 1
            && !self.has_more_than_images()
    }

    fn has_more_than_images(&self) -> bool {
        let plain = self
            .request
            .artifacts
            .iter()
            .filter(|artifact| artifact.location.members().is_empty());
        plain.into_iter().any(|artifact| {
            let shown = self.layout.shown(&artifact.location);
            let is_of_the_layout = shown.starts_with("blobs/")
                || matches!(
                    shown.as_str(),
                    "oci-layout" | "index.json" | "manifest.json" | "repositories"
                )
                || shown.ends_with(".tar")
                || shown.ends_with(".tar.gz")
                || shown.ends_with(".json");
            !is_of_the_layout && !artifact.is_dull()
        })
    }

    /// Every image.
    pub(crate) fn images(&mut self) {
        let is_subject = self.is_image();
        let found: Vec<(&Inspected, &StackedImage)> = images(self.request.artifacts).collect();
        for (artifact, image) in found {
            self.image(artifact, image, is_subject);
        }
    }

    fn image(&mut self, artifact: &Inspected, image: &StackedImage, is_subject: bool) {
        let source = self.source(&artifact.location, Place::Whole);
        let mut component = if is_subject {
            self.inventory
                .components
                .remove(&self.subject)
                .unwrap_or_default()
        } else {
            Component::new(Kind::Container, String::new())
        };
        component.kind = Kind::Container;
        let target = self
            .request
            .targets
            .first()
            .map(|target| target.name.as_str())
            .unwrap_or_default();
        let tag = image.facts.tags.first().map_or(target, String::as_str);
        let (name, version) = split_tag(tag);
        component.name = quoted(name);
        if let Some(version) = version {
            component.version = Field::declared(quoted(version), source.clone());
        }
        if let Some(digests) = artifact
            .digests
            .filter(|_| artifact.location.file_name().len() == 64)
        {
            let digits = digests.sha256.to_string();
            let url = format!("pkg:oci/{}@sha256%3A{digits}", slug_of(naming::last(name)));
            component.purl = Field::of(url, Evidence::Inferred, source.clone());
            files::digests(&mut component, artifact, &source);
            component.aspects.remove(&Aspect::Size);
        }
        for tag in image.facts.tags.iter().skip(1) {
            component.properties.push(property("tag", quoted(tag)));
        }
        component
            .properties
            .push(property("platform", quoted(&image.facts.platform)));
        let bytes = image
            .facts
            .layers
            .iter()
            .fold(0_u64, |sum, layer| sum.saturating_add(layer.bytes));
        component.state(
            Aspect::Size,
            Field::verified(Value::Count(bytes), source.clone()),
        );
        if image.facts.missing_layers > 0 {
            let missing = property("missing-layers", image.facts.missing_layers.to_string());
            component.properties.push(missing);
        }
        let reference = self.inventory.add(component);
        if is_subject {
            self.subject = reference.clone();
            self.inventory.metadata.subject = Some(reference.clone());
        } else {
            let subject = self.subject.clone();
            self.hold(&subject, &reference, source.clone());
        }
        self.layers(&reference, image, &source);
        self.system(&reference, image, &source);
        self.base(&reference, image, &source);
    }

    fn layers(&mut self, container: &Reference, image: &StackedImage, source: &Source) {
        for (number, layer) in image.facts.layers.iter().enumerate() {
            let outer = layer
                .location
                .split("!/")
                .next()
                .unwrap_or_default()
                .to_owned();
            let shown = self.layout.shorten(&outer);
            let mut component = Component::new(Kind::File, format!("layer {number}: {shown}"));
            component.properties.push(property("role", "layer"));
            component
                .properties
                .push(property("diff-id", quoted(&layer.diff_id)));
            component
                .properties
                .push(property("made-by", quoted(&layer.made_by)));
            if let Some(blob) = self.tree.at(&outer) {
                let place = self.source(&blob.location, Place::Whole);
                files::digests(&mut component, blob, &place);
            } else if let Some(digits) = layer
                .diff_id
                .strip_prefix("sha256:")
                .filter(|_| layer.entries == 0)
            {
                let field = Field::declared(digits.to_owned(), source.clone());
                component.hashes.insert(HashAlgorithm::Sha256, field);
            }
            self.add_held(container, component, source.clone());
            // What lies in the layer belongs to the image.
            self.holders
                .insert(layer.location.clone(), container.clone());
            self.holders.insert(outer, container.clone());
        }
    }

    fn system(&mut self, container: &Reference, image: &StackedImage, source: &Source) {
        let Some(os) = &image.facts.os else { return };
        let mut component = Component::new(Kind::OperatingSystem, quoted(&os.id));
        if !os.version.is_empty() {
            component.version = Field::declared(quoted(&os.version), source.clone());
        }
        if !os.title.is_empty() {
            component.description = Field::declared(quoted(&os.title), source.clone());
        }
        let reference = self.inventory.add(component);
        self.hold(container, &reference, source.clone());
    }

    fn base(&mut self, container: &Reference, image: &StackedImage, source: &Source) {
        let Some(base) = image
            .facts
            .base
            .as_ref()
            .filter(|base| !base.name.is_empty())
        else {
            return;
        };
        let (name, version) = split_tag(&base.name);
        let evidence = match base.evidence {
            BaseEvidence::Layers => Evidence::Verified,
            BaseEvidence::Declared => Evidence::Declared,
            BaseEvidence::History => Evidence::Inferred,
        };
        let mut component = Component::new(Kind::Container, quoted(name));
        component.listing = Listing::Ancestor;
        if let Some(version) = version {
            component.version = Field::of(quoted(version), evidence, source.clone());
        }
        if let Some(digits) = base
            .digest
            .strip_prefix("sha256:")
            .filter(|digits| digits.len() == 64)
        {
            let field = Field::of(digits.to_owned(), evidence, source.clone());
            component.hashes.insert(HashAlgorithm::Sha256, field);
        }
        component
            .properties
            .push(property("trusted", base.is_trusted.to_string()));
        let reference = self.inventory.add(component);
        let kind = RelationKind::DerivedFrom(Derivation::Unknown);
        self.inventory.relate(Relation::known(
            container.clone(),
            kind,
            reference,
            evidence,
            source.clone(),
        ));
    }
}

fn images(artifacts: &[Inspected]) -> impl Iterator<Item = (&Inspected, &StackedImage)> {
    artifacts.iter().flat_map(|artifact| {
        artifact.facts.iter().filter_map(move |facts| match facts {
            Facts::Image(image) => Some((artifact, image.as_ref())),
            _ => None,
        })
    })
}

/// Name and tag of an image reference; the port of a registry is no tag.
pub(crate) fn split_tag(reference: &str) -> (&str, Option<&str>) {
    let plain = reference.split('@').next().unwrap_or(reference);
    match plain.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') && !name.is_empty() => (name, Some(tag)),
        _ => (plain, None),
    }
}

/// A name as package URLs of images may have it.
fn slug_of(name: &str) -> String {
    let plain = name.chars().map(|each| {
        if each.is_ascii_alphanumeric() || "-_.".contains(each) {
            each
        } else {
            '-'
        }
    });
    plain.collect::<String>().to_ascii_lowercase()
}
