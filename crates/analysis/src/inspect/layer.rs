//! Reads the layer of an image, member by member as it is decompressed.

use chainwright_containers::{ContainerKind, Entry, Member};
use chainwright_core::budget::Budget;
use chainwright_images::layer::normal;

use super::{Artifact, Look, Surroundings, head_of, is_worth_keeping, member_name};
use crate::facts::{Facts, Inspected};
use crate::images;
use crate::layers::{self, Digests, Known, Layer, Ready};
use crate::ownership;
use crate::text;

impl Look<'_> {
    /// Reads the layer of an image: it has a count of members of its own, and texts wait for the records of packages.
    pub(super) fn read_layer(
        &self,
        artifact: &Artifact,
        depth: u32,
        own: &mut Inspected,
    ) -> Vec<Inspected> {
        let budget = self.budget.for_layer();
        let look = Look {
            budget: &budget,
            thorough: self.thorough,
        };
        let digests = Digests::default();
        let mut layer = Layer::new();
        let mut found = Vec::new();
        let mut opened = chainwright_containers::visit_tar_with_digests(
            &artifact.bytes,
            &budget,
            &|name| digests.wanted(name),
            &mut |member| {
                let known = known_of(member, &digests, &budget);
                found.extend(look.read_layer_member(artifact, member, known, depth, &mut layer));
                while let Some(ready) = layer.turn() {
                    found.extend(look.read_ready(ready));
                }
            },
        );
        layer.close();
        while let Some(ready) = layer.turn() {
            found.extend(look.read_ready(ready));
        }
        own.problems.extend(opened.facts.problems.iter().cloned());
        images::forgive(&mut opened.facts);
        let listing = images::listing(&opened.members, &layer.into_known());
        own.facts.push(Facts::Container(opened.facts));
        own.facts.push(Facts::Layer(listing));
        found
    }

    fn read_layer_member(
        &self,
        artifact: &Artifact,
        member: &Member,
        known: Known,
        depth: u32,
        layer: &mut Layer,
    ) -> Vec<Inspected> {
        let (Entry::File, Some(bytes)) = (&member.entry, &member.bytes) else {
            return Vec::new();
        };
        let inner = Artifact {
            location: artifact
                .location
                .member(member_name(&artifact.location, member)),
            bytes: bytes.clone(),
        };
        let within = Surroundings::Archive(ContainerKind::Tar);
        let depth = depth.saturating_add(1);
        let (mut found, mut text) = self.at_all_but_text(&inner, None, within, depth);
        let is_held = bytes.as_slice().is_some();
        let may_wait = || is_held && layers::may_wait(&member.name, &head_of(&inner));
        if let Some(text) = text.take_if(|_| !may_wait())
            && let Some(own) = found.first_mut()
        {
            self.read_text(&inner, &text, own);
        }
        let mut found = layer.take(member, found, text, known);
        found.retain(is_worth_keeping);
        found
    }

    /// Reads a text that has waited: as far as is judged in an owned file, or in full.
    fn read_ready(&self, ready: Ready) -> Vec<Inspected> {
        let Ready { waiting, owner } = ready;
        let mut found = waiting.found;
        let Some(own) = found.first_mut() else {
            return found;
        };
        let artifact = Artifact {
            location: own.location.clone(),
            bytes: waiting.bytes,
        };
        match owner {
            Some(owner) => {
                let signatures = &waiting.text.signatures;
                text::read_owned(&artifact, signatures, &owner, self.budget, own);
                found.retain_mut(|each| ownership::claim(each, owner.clone()));
            }
            None => self.read_text(&artifact, &waiting.text, own),
        }
        found.retain(is_worth_keeping);
        found
    }
}

fn known_of(member: &Member, digests: &Digests, budget: &Budget) -> Known {
    match (&member.entry, normal(&member.name)) {
        (Entry::File, Some(path)) => digests.known(&path, member, budget),
        _ => Known::default(),
    }
}
