//! Reads one artifact with every parser that recognises it, and everything inside it.
//!
//! Content decides, not the name: all parsers whose signature or structure matches have their say, so that a
//! polyglot shows all its faces.

mod layer;

use std::borrow::Cow;
use std::sync::Arc;

use chainwright_containers::{ContainerKind, Entry, Member};
use chainwright_core::budget::{Budget, Exhausted};
use chainwright_core::bytes::{ByteSource, ReadError, SharedBytes, Window, read_full, read_range};
use chainwright_core::location::{Location, Place};
use chainwright_core::model::{ModelFormat, ModelPart, PartContent};
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_formats::carve::{EmbeddedFacts, EmbeddedKind, find_embedded};
use chainwright_formats::signature::{self, Nature, Signature};
use chainwright_formats::{elf, gguf, lfs, npy, safetensors};
use chainwright_pickle::{Flavour, Likeness, PickleFacts, Tier, UseKind};

use crate::agents;
use crate::architecture;
use crate::facts::{CarriedTemplate, Facts, Format, Inspected};
use crate::images;
use crate::layers;
use crate::manifests;
use crate::models;
use crate::stream::{Measured, Passed};
use crate::text;
use crate::weights;

/// Bytes at either end that content is recognised by.
const EDGE: usize = 64 * 1024;

/// Bytes by which a tape archive is recognised.
const TAR_HEAD: usize = 512;

/// Bytes in their place.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Where they lie.
    pub location: Location,
    /// The bytes.
    pub bytes: SharedBytes,
}

/// Reads an artifact and everything inside it: the artifact first, then its members in order.
///
/// `passed` is what a pass over all bytes has found, if there was one; without it nothing is hashed and large
/// members are read by their structure alone.
#[must_use]
pub fn inspect(artifact: &Artifact, passed: Option<Passed>, budget: &Budget) -> Vec<Inspected> {
    let look = Look {
        budget,
        thorough: passed.is_some(),
    };
    let (digests, embedded, measured) = match passed {
        Some(passed) => (Some(passed.digests), passed.embedded, passed.weights),
        None => (None, EmbeddedFacts::default(), Measured::NotAsked),
    };
    let mut found = look.at(artifact, None, Surroundings::Tree, 0);
    attribute(embedded, &mut found);
    if let Some(first) = found.first_mut() {
        weights::read(&artifact.bytes, measured, budget, first);
    }
    let outer = digests.map(|digests| digests.sha256);
    for inspected in &mut found {
        inspected.outer = outer;
    }
    if let Some(first) = found.first_mut() {
        first.digests = digests;
    }
    found
}

/// What an artifact lies in; some formats only mean something there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surroundings {
    /// A folder.
    Tree,
    /// An archive with names of its own.
    Archive(ContainerKind),
    /// A compressed stream.
    Stream,
    /// A model file, which gives its parts names that promise nothing.
    Model,
}

/// What is needed to read the text of an artifact later on.
#[derive(Debug)]
pub(crate) struct Text {
    signatures: Vec<Signature>,
    /// Wide text is read for lists of packages alone.
    is_wide: bool,
}

/// Everything that the readers share.
struct Look<'a> {
    budget: &'a Budget,
    thorough: bool,
}

impl Look<'_> {
    /// `streamed` are the same bytes for reading forwards, if going back is dear.
    fn at(
        &self,
        artifact: &Artifact,
        streamed: Option<SharedBytes>,
        within: Surroundings,
        depth: u32,
    ) -> Vec<Inspected> {
        let (mut found, text) = self.at_all_but_text(artifact, streamed, within, depth);
        if let (Some(text), Some(own)) = (text, found.first_mut()) {
            self.read_text(artifact, &text, own);
        }
        found
    }

    fn read_text(&self, artifact: &Artifact, text: &Text, own: &mut Inspected) {
        if !text.is_wide {
            text::read(artifact, &text.signatures, self.budget, own);
        }
        manifests::read(artifact, &head_of(artifact), self.budget, own);
        if !text.is_wide {
            agents::read(artifact, &head_of(artifact), self.budget, own);
        }
        own.problems.dedup();
    }

    /// Reads everything but the text, and says whether there is one.
    fn at_all_but_text(
        &self,
        artifact: &Artifact,
        streamed: Option<SharedBytes>,
        within: Surroundings,
        depth: u32,
    ) -> (Vec<Inspected>, Option<Text>) {
        let mut own = Inspected {
            location: artifact.location.clone(),
            size: 0,
            digests: None,
            outer: None,
            formats: Vec::new(),
            facts: Vec::new(),
            problems: Vec::new(),
        };
        let on_the_way = self.read_streamed(artifact, streamed, depth, &mut own);
        let (head, tail) = match edges(artifact.bytes.as_ref()) {
            Ok(edges) => edges,
            Err(error) => {
                own.problems.push(unreadable(&error));
                own.size = artifact.bytes.size();
                let mut all = vec![own];
                all.extend(on_the_way.into_iter().flatten());
                return (all, None);
            }
        };
        // The size of a compressed member is known once it has been read.
        own.size = artifact.bytes.size();
        let signatures = signature::recognise(&head, &tail);
        let content = signatures.iter().filter(|each| **each != Signature::Pickle);
        own.formats.extend(content.copied().map(Format::Content));
        self.read_formats(artifact, &signatures, &mut own);
        if within == Surroundings::Tree && signatures.contains(&Signature::Elf) {
            note_stripped(artifact, &mut own);
        }
        let mut members = self.read_models(artifact, &head, &tail, depth, &mut own);
        for kind in chainwright_containers::recognise(artifact.bytes.as_ref()) {
            if kind != ContainerKind::Tar || on_the_way.is_none() {
                members.extend(self.read_container(artifact, kind, depth, &mut own));
            }
        }
        members.extend(on_the_way.into_iter().flatten());
        self.read_pickle(artifact, within, &head, &signatures, &mut own);
        images::read(artifact, &head, self.budget.limits().header_bytes, &mut own);
        self.read_inside(artifact, within, &mut own);
        self.judge_name(within, &signatures, &mut own);
        own.formats.sort_unstable();
        own.formats.dedup();
        own.problems.dedup();
        // Installers obey a byte-order mark, so wide text hides nothing from them.
        let is_wide = [[0xff, 0xfe], [0xfe, 0xff]]
            .iter()
            .any(|mark| head.starts_with(mark));
        let is_text = is_text(&head, &signatures);
        let text = (is_text || is_wide).then_some(Text {
            signatures,
            is_wide: !is_text,
        });
        let mut all = vec![own];
        all.extend(members);
        (all, text)
    }

    fn read_formats(&self, artifact: &Artifact, signatures: &[Signature], own: &mut Inspected) {
        let (source, limits) = (artifact.bytes.as_ref(), self.budget.limits());
        if signatures.contains(&Signature::Safetensors) {
            let facts = safetensors::read(source, limits, self.budget);
            own.problems.extend(facts.problems.iter().cloned());
            own.facts.push(Facts::Safetensors(facts));
        }
        if signatures.contains(&Signature::Gguf) {
            self.read_gguf(source, own);
        }
        if signatures.contains(&Signature::Npy) {
            self.read_npy(artifact, own);
        }
        if signatures.contains(&Signature::GitLfsPointer) {
            let text = read_range(source, 0, EDGE).unwrap_or_default();
            own.facts.extend(lfs::read(&text).map(Facts::LfsPointer));
            let detail = "a Git LFS pointer: the content was not fetched and cannot be judged";
            own.problems
                .push(Problem::new(ProblemKind::Unreadable, Place::Whole, detail));
        }
    }

    fn read_gguf(&self, source: &dyn ByteSource, own: &mut Inspected) {
        let (mut facts, tensors) = gguf::tensors(source, self.budget.limits(), self.budget);
        own.problems.extend(facts.problems.iter().cloned());
        for template in std::mem::take(&mut facts.templates) {
            let carried = CarriedTemplate {
                carrier: Place::Key(template.key),
                facts: chainwright_templates::inspect(&template.text, self.budget.limits())
                    .in_chat_carrier(),
            };
            own.facts.push(Facts::Template(carried));
        }
        let reviewed = architecture::review_gguf(&facts, &tensors).map(Box::new);
        own.facts.extend(reviewed.map(Facts::Architecture));
        own.facts.push(Facts::Gguf(facts));
    }

    /// Reads model formats, and what they contain that is a thing of its own.
    fn read_models(
        &self,
        artifact: &Artifact,
        head: &[u8],
        tail: &[u8],
        depth: u32,
        own: &mut Inspected,
    ) -> Vec<Inspected> {
        let mut found = Vec::new();
        for reader in models::recognise(head, tail, artifact.location.file_name()) {
            let mut facts = reader.read(&artifact.bytes, self.budget);
            own.problems.append(&mut facts.problems);
            own.formats.push(Format::Model(facts.format));
            for part in std::mem::take(&mut facts.parts) {
                found.extend(self.read_part(artifact, part, depth, own));
            }
            own.facts.push(Facts::Model(facts));
        }
        found
    }

    /// Reads a part of a model file as an artifact of its own.
    fn read_part(
        &self,
        artifact: &Artifact,
        part: ModelPart,
        depth: u32,
        own: &mut Inspected,
    ) -> Vec<Inspected> {
        if depth >= self.budget.limits().depth {
            own.problems
                .push(exhausted(&Exhausted::Depth(self.budget.limits().depth)));
            return Vec::new();
        }
        if let Err(error) = self.budget.enter_member() {
            own.problems.push(exhausted(&error));
            return Vec::new();
        }
        let bytes: SharedBytes = match part.content {
            PartContent::Stretch { offset, length } => {
                Arc::new(Window::new(artifact.bytes.clone(), offset, length))
            }
            PartContent::Decoded(bytes) => Arc::new(bytes),
        };
        let inner = Artifact {
            location: artifact.location.member(part.name),
            bytes,
        };
        let mut found = self.at(&inner, None, Surroundings::Model, depth.saturating_add(1));
        found.retain(|each| !each.is_dull() || !each.problems.is_empty());
        found
    }

    /// An array of objects is a header with a pickle behind it.
    fn read_npy(&self, artifact: &Artifact, own: &mut Inspected) {
        let facts = npy::read(artifact.bytes.as_ref(), self.budget.limits(), self.budget);
        own.problems.extend(facts.problems.iter().cloned());
        if let Some(offset) = facts.pickle_offset {
            let behind = Window::new(artifact.bytes.clone(), offset, u64::MAX);
            let pickle = chainwright_pickle::scan(&behind, Flavour::Plain, self.budget);
            own.problems.extend(pickle.problems.iter().cloned());
            own.formats.push(Format::Pickle);
            own.facts.push(Facts::Pickle(pickle));
        }
        own.facts.push(Facts::Npy(facts));
    }

    fn read_pickle(
        &self,
        artifact: &Artifact,
        within: Surroundings,
        head: &[u8],
        signatures: &[Signature],
        own: &mut Inspected,
    ) {
        let Some(likeness) = chainwright_pickle::recognise(head, own.size) else {
            return;
        };
        let is_other = signatures
            .iter()
            .any(|each| *each != Signature::Pickle && each.nature() != Nature::Text);
        if likeness == Likeness::Plausible && (is_other || !own.facts.is_empty()) {
            return;
        }
        let in_zip = within == Surroundings::Archive(ContainerKind::Zip);
        let flavour = if in_zip && is_torch_pickle(own.location.file_name()) {
            Flavour::TorchZip
        } else {
            Flavour::Plain
        };
        let facts = chainwright_pickle::scan(artifact.bytes.as_ref(), flavour, self.budget);
        let promised = signature::expected_for(&own.location.extension());
        let is_promised = promised.is_some_and(|kinds| kinds.contains(&Signature::Pickle));
        let is_text = !is_promised && signatures.iter().any(|each| each.nature() == Nature::Text);
        if (is_other && facts.worst() < Tier::Dangerous) || (is_text && !would_act(&facts)) {
            return;
        }
        own.formats.push(Format::Pickle);
        own.problems.extend(facts.problems.iter().cloned());
        own.facts.push(Facts::Pickle(facts));
    }

    fn read_container(
        &self,
        artifact: &Artifact,
        kind: ContainerKind,
        depth: u32,
        own: &mut Inspected,
    ) -> Vec<Inspected> {
        own.formats.push(Format::Container(kind));
        if depth >= self.budget.limits().depth {
            own.problems
                .push(exhausted(&Exhausted::Depth(self.budget.limits().depth)));
            return Vec::new();
        }
        if kind == ContainerKind::Tar && images::may_be_layer(&own.location) {
            return self.read_layer(artifact, depth, own);
        }
        let mut found = Vec::new();
        let mut anomalies = Vec::new();
        let mut problems = Vec::new();
        let opened =
            chainwright_containers::visit(&artifact.bytes, kind, self.budget, &mut |member| {
                found.extend(self.read_member(artifact, kind, member, depth));
                anomalies.extend(member.anomalies_after_reading());
                problems.extend(member.problem_after_reading());
            });
        own.problems.extend(opened.facts.problems.iter().cloned());
        own.problems.append(&mut problems);
        own.facts.push(Facts::Container(opened.facts));
        if !anomalies.is_empty() {
            own.facts.push(Facts::ContainerContent(anomalies));
        }
        found
    }

    /// Reads an archive in a compressed stream on the way, so that the stream is decompressed once; `None` if it
    /// holds something else.
    fn read_streamed(
        &self,
        artifact: &Artifact,
        streamed: Option<SharedBytes>,
        depth: u32,
        own: &mut Inspected,
    ) -> Option<Vec<Inspected>> {
        let bytes = streamed?;
        let mut head = vec![0; TAR_HEAD];
        read_full(bytes.as_ref(), 0, &mut head).ok()?;
        chainwright_containers::is_tar(&head).then(|| {
            let location = artifact.location.clone();
            self.read_container(
                &Artifact { location, bytes },
                ContainerKind::Tar,
                depth,
                own,
            )
        })
    }

    fn read_member(
        &self,
        artifact: &Artifact,
        kind: ContainerKind,
        member: &Member,
        depth: u32,
    ) -> Vec<Inspected> {
        let (Entry::File, Some(bytes)) = (&member.entry, &member.bytes) else {
            return Vec::new();
        };
        let within = if kind.is_single_stream() {
            Surroundings::Stream
        } else {
            Surroundings::Archive(kind)
        };
        let name = member_name(&artifact.location, member);
        let inner = Artifact {
            location: artifact.location.member(name),
            bytes: bytes.clone(),
        };
        let streamed = member.streamed().filter(|_| within == Surroundings::Stream);
        let mut found = self.at(&inner, streamed, within, depth.saturating_add(1));
        found.retain(is_worth_keeping);
        found
    }

    /// Searches members that the pass over the file could not see into.
    fn read_inside(&self, artifact: &Artifact, within: Surroundings, own: &mut Inspected) {
        let is_small = own.size <= self.budget.limits().member_bytes;
        let is_opaque = own.formats.iter().all(|format| match format {
            Format::Content(signature) => signature.nature() == Nature::Data,
            Format::Container(_) | Format::Model(_) | Format::Pickle => false,
        });
        if within == Surroundings::Tree || !self.thorough || !is_small || !is_opaque {
            return;
        }
        if let Ok(embedded) = find_embedded(artifact.bytes.as_ref(), 0..own.size, self.budget) {
            own.facts.extend(weighty(embedded).map(Facts::Embedded));
        }
    }

    fn judge_name(&self, within: Surroundings, signatures: &[Signature], own: &mut Inspected) {
        if matches!(within, Surroundings::Stream | Surroundings::Model) {
            return;
        }
        // Whether the bytes are a pickle is for the machine to say; an array of objects is one by right.
        let mut seen: Vec<Signature> = signatures
            .iter()
            .copied()
            .filter(|each| *each != Signature::Pickle)
            .collect();
        if own.formats.contains(&Format::Pickle) && !seen.contains(&Signature::Npy) {
            seen.push(Signature::Pickle);
        }
        let mismatch = signature::mismatch(&own.location.extension(), &seen);
        own.facts
            .extend(mismatch.filter(|_| own.size > 0).map(Facts::Mismatch));
    }
}

/// What records of packages are compared with later: a library that `strip` has gone over is not what they mean.
fn note_stripped(artifact: &Artifact, own: &mut Inspected) {
    let is_recorded = layers::is_recorded(own.location.path());
    if is_recorded && elf::is_stripped_library(artifact.bytes.as_ref()) {
        own.facts.push(Facts::StrippedLibrary);
    }
}

/// Whether anything was seen in a member.
fn is_worth_keeping(member: &Inspected) -> bool {
    !member.is_dull() || !member.problems.is_empty()
}

/// Whether reading the bytes as a pickle would do anything. The letters of other formats and of texts are opcodes
/// too (`PK` asks for a persistent object, `c` and two lines are an import); such a reading only counts if it acts.
fn would_act(facts: &PickleFacts) -> bool {
    facts.uses.iter().any(|used| match used.tier {
        Tier::Dangerous => true,
        Tier::UnknownCall => used.kind != UseKind::Import,
        Tier::Safe | Tier::LibraryClass | Tier::UnknownClass => false,
    })
}

/// The beginning of an artifact, without a copy if it lies in memory.
fn head_of(artifact: &Artifact) -> Cow<'_, [u8]> {
    match artifact.bytes.as_slice() {
        Some(slice) => Cow::Borrowed(slice.get(..EDGE).unwrap_or(slice)),
        None => Cow::Owned(read_range(artifact.bytes.as_ref(), 0, EDGE).unwrap_or_default()),
    }
}

type Edges<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// The beginning, and the end of what is longer; without copies of what lies in memory.
fn edges(source: &dyn ByteSource) -> Result<Edges<'_>, ReadError> {
    if let Some(slice) = source.as_slice() {
        let (head, rest) = slice.split_at_checked(EDGE).unwrap_or((slice, &[]));
        let tail = rest.get(rest.len().saturating_sub(EDGE)..).unwrap_or(rest);
        return Ok((Cow::Borrowed(head), Cow::Borrowed(tail)));
    }
    let head = read_range(source, 0, EDGE)?;
    let size = source.size();
    let edge = head.len() as u64;
    if size <= edge {
        return Ok((Cow::Owned(head), Cow::Borrowed(&[])));
    }
    let start = size.saturating_sub(EDGE as u64).max(edge);
    let tail = read_range(source, start, EDGE)?;
    Ok((Cow::Owned(head), Cow::Owned(tail)))
}

fn unreadable(error: &ReadError) -> Problem {
    match error {
        ReadError::Exhausted(reason) => exhausted(reason),
        ReadError::Corrupt(_) => {
            Problem::new(ProblemKind::Malformed, Place::Whole, error.to_string())
        }
        _ => Problem::new(
            ProblemKind::Unreadable,
            Place::Whole,
            format!("cannot be read: {error}"),
        ),
    }
}

fn exhausted(reason: &Exhausted) -> Problem {
    Problem::new(ProblemKind::LimitReached, Place::Whole, reason.to_string())
}

/// Text is UTF-8 without NUL bytes, or something that was recognised as a kind of text.
fn is_text(head: &[u8], signatures: &[Signature]) -> bool {
    let known = signatures.iter().any(|signature| {
        let source = [Signature::Script, Signature::Batch, Signature::Python];
        signature.nature() == Nature::Text || source.contains(signature)
    });
    let clean = head.get(..head.len().min(4096)).unwrap_or(head);
    known || (signatures.is_empty() && !clean.is_empty() && is_utf8(clean))
}

/// Whether the bytes are UTF-8 without NUL, a character cut at the end aside.
fn is_utf8(bytes: &[u8]) -> bool {
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole && !bytes.contains(&0)
}

/// The pickles that PyTorch's zip reader loads.
fn is_torch_pickle(name: &str) -> bool {
    matches!(name, "data.pkl" | "constants.pkl" | "attributes.pkl")
        || name
            .rsplit_once('.')
            .is_some_and(|(_, extension)| extension == "pkl")
}

/// The name of a member; a compressed stream holds its own name without the ending.
fn member_name(container: &Location, member: &Member) -> String {
    if !member.name.is_empty() {
        return member.name.clone();
    }
    let name = container.file_name();
    let stem = name
        .rsplit_once('.')
        .map(|(stem, _)| stem)
        .filter(|stem| !stem.is_empty());
    match (stem, container.extension().as_str()) {
        (Some(stem), "gz" | "bz2" | "xz" | "lzma" | "zst" | "lz4" | "z") => stem.to_owned(),
        (Some(stem), "tgz" | "tbz" | "txz") => format!("{stem}.tar"),
        _ => "content".to_owned(),
    }
}

/// Gives what was found in the bytes of a file to the artifact it lies in.
///
/// Archives and pickles have readers of their own that judge code, pickles and members; only programs that are no
/// member of theirs are told here. Texts and programs are what they are.
fn attribute(mut embedded: EmbeddedFacts, found: &mut [Inspected]) {
    let Some((first, members)) = found.split_first_mut() else {
        return;
    };
    if first.formats.iter().any(speaks_for_itself) {
        return;
    }
    if embedded.gave_up {
        let detail = "too many candidates for hidden programs; not all of them were judged";
        first.problems.push(Problem::new(
            ProblemKind::LimitReached,
            Place::Whole,
            detail,
        ));
    }
    let has_own_reader = |facts: &Facts| matches!(facts, Facts::Container(_) | Facts::Pickle(_));
    // PyTables keeps objects as pickles; the parser of HDF5 hands them out, and the machine has judged them.
    let is_judged = |each: &Inspected| each.formats.contains(&Format::Pickle);
    if first.formats.contains(&Format::Model(ModelFormat::Hdf5)) && members.iter().any(is_judged) {
        embedded
            .found
            .retain(|find| find.kind != EmbeddedKind::Pickle);
    }
    if first.facts.iter().any(has_own_reader) {
        let programs = members
            .iter()
            .filter(|each| each.formats.iter().any(is_program))
            .count();
        embedded.found.retain(|find| is_binary(find.kind));
        if embedded.found.len() <= programs {
            return;
        }
    }
    first.facts.extend(weighty(embedded).map(Facts::Embedded));
}

fn speaks_for_itself(format: &Format) -> bool {
    match format {
        Format::Content(signature) => {
            matches!(
                signature.nature(),
                Nature::Text | Nature::Program | Nature::Media
            )
        }
        Format::Container(_) | Format::Model(_) | Format::Pickle => false,
    }
}

fn is_program(format: &Format) -> bool {
    match format {
        Format::Content(signature) => signature.nature() == Nature::Program,
        Format::Container(_) | Format::Model(_) | Format::Pickle => false,
    }
}

const fn is_binary(kind: EmbeddedKind) -> bool {
    match kind {
        EmbeddedKind::Elf | EmbeddedKind::Pe | EmbeddedKind::MachO => true,
        EmbeddedKind::Script
        | EmbeddedKind::CodeText
        | EmbeddedKind::Pickle
        | EmbeddedKind::Zip => false,
    }
}

/// Finds that are worth keeping: something was found.
fn weighty(embedded: EmbeddedFacts) -> Option<EmbeddedFacts> {
    (!embedded.found.is_empty()).then_some(embedded)
}
