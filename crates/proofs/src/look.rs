//! All signatures and statements of a run, held against all of its files.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_attestations::{Content, Document, Limits, ReadError};
use chainwright_core::location::{Location, Place};
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::proof::{Mismatch, Omission, Proof, ProofKind, Standing, Vouched, Voucher};
use chainwright_core::text::visible;
use chainwright_oms::{Piece, read_statement};
use chainwright_provenance::predicate::{Kind, Provenance};
use chainwright_provenance::{Attestation, Options};
use chainwright_signing::{Moment, Refused, verify_message};

use crate::attested::{Taken, documents, take};
use crate::bases::bases;
use crate::cover::{Cover, cover};
use crate::levels::{FolderDigests, Judge, digests, folder_digests};
use crate::signature::{SignatureError, check_bundle};
use crate::standing::Judged;
use crate::tree::{Files, Root, is_weights, pointer};
use crate::trust::{About, Trust};

/// LIMIT: signed statements of one run.
const MOST: usize = 10_000;

/// LIMIT: subjects of all attestations of one run.
const MOST_SUBJECTS: usize = 50_000;

/// LIMIT: documents that are remembered for one file; those by somebody trusted take the place of others.
const MOST_VOUCHERS: usize = 32;

/// LIMIT: JSON values of one document.
const MOST_VALUES: usize = 2_000_000;

/// A document that may carry signatures.
#[derive(Debug, Clone)]
pub struct Carrier {
    /// How reports name it.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it was named and lies outside of every target.
    pub is_outside: bool,
}

/// What to hold signatures against.
#[derive(Debug, Clone, Default)]
pub struct Checking {
    /// Whom to trust.
    pub trust: Trust,
    /// Whom to trust how far with provenance, and what to expect.
    pub slsa: Option<chainwright_provenance::Trust>,
    /// How far to follow dependencies.
    pub options: Options,
}

/// Reads files of the tree again, by how reports name them.
pub trait Contents {
    /// Hashes a file in another way than the scan did; `None` if it cannot be read or changed since.
    fn rehash(
        &self,
        path: &str,
        hash: chainwright_oms::Hash,
        method: chainwright_oms::Method,
    ) -> Option<Vec<Piece>>;

    /// The content of a file, if it is not too large to be held at once.
    fn content(&self, path: &str) -> Option<Vec<u8>>;
}

/// Adds what signatures and statements say to the facts of the documents that carry them and of the files that they are
/// about. Without `checking`, what needs no trust is looked at all the same: digests, root digests, what is left out.
pub fn look(
    artifacts: &mut Vec<Inspected>,
    roots: &[Root],
    carriers: &[Carrier],
    checking: Option<&Checking>,
    now: Moment,
    contents: &dyn Contents,
) {
    let mut looking = Looking {
        checking,
        now,
        contents,
        proofs: BTreeMap::new(),
        vouched: BTreeMap::new(),
        attested: Vec::new(),
        folders: FolderDigests::new(),
        count: 0,
        subjects: 0,
        cut: BTreeSet::new(),
    };
    let files = Files::new(artifacts, roots);
    for carrier in carriers {
        looking.read(&files, carrier);
    }
    let paths: BTreeSet<String> = looking.proofs.keys().cloned().collect();
    looking.attribute(&files, artifacts, &paths);
    looking.forgive(&files);
    looking.judge(&files);
    let Looking {
        proofs,
        vouched,
        cut,
        ..
    } = looking;
    for (index, vouched) in vouched {
        if let Some(artifact) = artifacts.get_mut(index) {
            artifact.facts.push(Facts::Vouched(Box::new(vouched)));
        }
    }
    for artifact in artifacts.iter_mut() {
        if cut.contains(artifact.location.path()) {
            let detail = "more signed statements than are looked at in one run";
            let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, detail);
            artifact.problems.push(problem);
        }
    }
    attach(artifacts, proofs);
}

/// Puts proofs to the artifacts that carry them; a document from outside becomes an artifact of its own.
fn attach(artifacts: &mut Vec<Inspected>, mut proofs: BTreeMap<String, Vec<Proof>>) {
    for artifact in artifacts.iter_mut() {
        if artifact.location.members().is_empty()
            && let Some(found) = proofs.remove(artifact.location.path())
        {
            artifact.problems.extend(unjudged(&found));
            artifact.facts.push(Facts::Proofs(found));
        }
    }
    for (path, found) in proofs {
        artifacts.push(Inspected {
            location: Location::file(path),
            size: 0,
            digests: None,
            outer: None,
            formats: Vec::new(),
            problems: unjudged(&found),
            facts: vec![Facts::Proofs(found)],
        });
    }
}

/// What this program cannot check is not clean.
fn unjudged(proofs: &[Proof]) -> Vec<Problem> {
    let open = proofs
        .iter()
        .filter(|proof| proof.standing == Standing::Unjudged);
    open.map(|proof| {
        let reason = proof
            .refusal
            .as_ref()
            .map(|refusal| refusal.reason.as_str());
        let detail = format!(
            "the signature was not checked: {}",
            reason.unwrap_or("its form is not known")
        );
        Problem::new(ProblemKind::Unsupported, Place::Whole, detail)
    })
    .collect()
}

/// A statement, and where its proof is.
struct Attested {
    attestation: Attestation,
    path: String,
    number: usize,
}

struct Looking<'a> {
    checking: Option<&'a Checking>,
    now: Moment,
    contents: &'a dyn Contents,
    proofs: BTreeMap<String, Vec<Proof>>,
    vouched: BTreeMap<usize, Vouched>,
    attested: Vec<Attested>,
    folders: FolderDigests,
    count: usize,
    subjects: usize,
    /// Documents that were not looked at as a whole.
    cut: BTreeSet<String>,
}

impl Looking<'_> {
    fn read(&mut self, files: &Files<'_>, carrier: &Carrier) {
        let limits = Limits {
            values: MOST_VALUES,
            ..Limits::default()
        };
        for (document, bytes) in documents(&carrier.bytes, &limits) {
            if self.count >= MOST {
                self.cut.insert(carrier.path.clone());
                return;
            }
            let proof = match document {
                Ok(document) => self.document(files, carrier, &document, bytes),
                Err(ReadError::UnknownDocument | ReadError::NotJson { .. }) => None,
                Err(error) => self.checking.and_then(|_| unreadable(bytes, &error)),
            };
            if let Some(proof) = proof {
                self.count += 1;
                self.proofs
                    .entry(carrier.path.clone())
                    .or_default()
                    .push(proof);
            }
        }
    }

    fn document(
        &mut self,
        files: &Files<'_>,
        carrier: &Carrier,
        document: &Document,
        bytes: &[u8],
    ) -> Option<Proof> {
        if let Document::Bundle(bundle) = document
            && let Content::Message(_) = &bundle.content
        {
            return Some(self.message(files, carrier, bundle, bytes));
        }
        let trust = self.checking.map(|checking| &checking.trust);
        match take(document, bytes, &carrier.path, trust, self.now) {
            Ok(taken) if is_model_signature(&taken.attestation.predicate_type) => {
                Some(self.model(files, carrier, document, bytes, &taken))
            }
            Ok(taken) => Some(self.attestation(carrier, document, taken)),
            // An envelope around something else, such as a signed layout, says nothing here.
            Err(_) => None,
        }
    }

    fn model(
        &mut self,
        files: &Files<'_>,
        carrier: &Carrier,
        document: &Document,
        bytes: &[u8],
        taken: &Taken,
    ) -> Proof {
        let kind = ProofKind::ModelSignature;
        let of_type = taken.attestation.predicate_type.as_str();
        let Some(envelope) = document.envelope() else {
            return new_proof(kind, of_type, Judged::unchecked());
        };
        let signed = match read_statement(&envelope.payload) {
            Ok(signed) => signed,
            Err(error) => {
                let error = SignatureError::from(error);
                return new_proof(kind, of_type, Judged::error(&error));
            }
        };
        let judged = match (self.checking, document) {
            (None, _) => Judged::unchecked(),
            (Some(checking), Document::Bundle(bundle)) => {
                let is_sigstore = checking.trust.is_keyless(&bundle.material);
                match check_bundle(bytes, bundle, &checking.trust, self.now) {
                    Ok(checked) => Judged::verified(&checked.verified, is_sigstore),
                    Err(error) => Judged::error(&error),
                }
            }
            (Some(_), Document::Envelope(_)) => of_taken(taken, false),
        };
        let manifest = &signed.manifest;
        let rehash = |path: &str, hash, method| self.contents.rehash(path, hash, method);
        let found = cover(files, manifest, &carrier.path, carrier.is_outside, &rehash);
        if found.is_whole() && !found.is_single {
            let about = found.about.clone().unwrap_or_default();
            self.folders
                .entry(about)
                .or_default()
                .insert(manifest.root());
        }
        let mut proof = new_proof(kind, of_type, judged);
        proof.root = Some(manifest.root());
        self.vouch(files, &found.matching, &carrier.path, &mut proof);
        let Cover {
            about,
            mismatches,
            left_out,
            ..
        } = found;
        proof.about = about;
        proof.mismatches = mismatches;
        proof.left_out = left_out;
        proof
    }

    /// A signature over one file.
    fn message(
        &mut self,
        files: &Files<'_>,
        carrier: &Carrier,
        bundle: &chainwright_attestations::Bundle,
        bytes: &[u8],
    ) -> Proof {
        let Content::Message(message) = &bundle.content else {
            return new_proof(ProofKind::FileSignature, "", Judged::unchecked());
        };
        let found = signed_file(files, &carrier.path);
        let mut mismatches = Vec::new();
        let digest = found.and_then(|(_, artifact)| artifact.digests);
        if let (Some((_, artifact)), Some(digests), Some((name, value))) =
            (found, digest, &message.digest)
            && name == "SHA2_256"
            && value.as_slice() != digests.sha256.0
            && pointer(artifact).is_none()
        {
            let signed: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            mismatches.push(Mismatch {
                path: artifact.location.path().to_owned(),
                detail: format!("signed as {signed}, it is {}", digests.sha256),
                is_missing: false,
            });
        }
        let is_whole = mismatches.is_empty();
        let judged = match (self.checking, found, digest) {
            (Some(checking), Some((_, artifact)), Some(digests)) if is_whole => {
                let trust = &checking.trust;
                let is_sigstore = trust.is_keyless(&bundle.material);
                let verified = if is_sigstore {
                    trust.by_sigstore(bytes, About::Sha256(digests.sha256.0))
                } else {
                    match self.contents.content(artifact.location.path()) {
                        Some(content) => verify_message(
                            &content,
                            &message.signature,
                            &bundle.material,
                            &trust.policy,
                            self.now,
                        ),
                        None => Err(Refused::Unsupported {
                            what: "a signature by a key over so large a file".to_owned(),
                        }),
                    }
                };
                match verified {
                    Ok(verified) => Judged::verified(&verified, is_sigstore),
                    Err(refused) => Judged::refused(&refused),
                }
            }
            _ => Judged::unchecked(),
        };
        let mut proof = new_proof(ProofKind::FileSignature, "", judged);
        if let Some((index, artifact)) = found {
            proof.about = Some(artifact.location.path().to_owned());
            if is_whole {
                self.vouch(files, &[index], &carrier.path, &mut proof);
            }
        }
        proof.mismatches = mismatches;
        proof
    }

    fn attestation(&mut self, carrier: &Carrier, document: &Document, taken: Taken) -> Proof {
        let is_sigstore = match (self.checking, document) {
            (Some(checking), Document::Bundle(bundle)) => {
                checking.trust.is_keyless(&bundle.material)
            }
            _ => false,
        };
        let judged = if self.checking.is_some() {
            of_taken(&taken, is_sigstore)
        } else {
            Judged::unchecked()
        };
        let attestation = taken.attestation;
        let mut proof = new_proof(ProofKind::Attestation, &attestation.predicate_type, judged);
        proof.builder = builder(&attestation);
        let number = self.proofs.get(&carrier.path).map_or(0, Vec::len);
        self.subjects = self.subjects.saturating_add(attestation.subjects.len());
        if self.subjects > MOST_SUBJECTS {
            self.cut.insert(carrier.path.clone());
            return proof;
        }
        self.attested.push(Attested {
            attestation,
            path: carrier.path.clone(),
            number,
        });
        proof
    }

    /// Writes down who vouches for files.
    fn vouch(&mut self, files: &Files<'_>, indexes: &[usize], path: &str, proof: &mut Proof) {
        let voucher = Voucher {
            proof: path.to_owned(),
            kind: proof.kind,
            predicate_type: proof.predicate_type.clone(),
            standing: proof.standing,
            signers: proof.signers.clone(),
            builder: proof.builder.clone(),
        };
        for index in indexes {
            let size = files.get(*index).map_or(0, |artifact| artifact.size);
            proof.covered_files = proof.covered_files.saturating_add(1);
            proof.covered_bytes = proof.covered_bytes.saturating_add(size);
            let by = &mut self.vouched.entry(*index).or_default().by;
            let is_trusted = voucher.standing == Standing::Trusted;
            if by.len() < MOST_VOUCHERS {
                by.push(voucher.clone());
            } else if let Some(other) = by
                .iter_mut()
                .find(|other| is_trusted && other.standing != Standing::Trusted)
            {
                *other = voucher.clone();
            }
        }
    }

    /// Finds what statements are about: files by their digests, folders by their root digests.
    fn attribute(&mut self, files: &Files<'_>, artifacts: &[Inspected], paths: &BTreeSet<String>) {
        if self.attested.is_empty() {
            return;
        }
        let weights: Vec<usize> = files
            .iter()
            .filter(|(_, artifact)| is_weights(artifact))
            .map(|(index, _)| index)
            .collect();
        for (folder, roots) in folder_digests(files, &weights, paths, artifacts) {
            self.folders.entry(folder).or_default().extend(roots);
        }
        let mut by_sha256: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, artifact) in files.iter() {
            if let Some(digests) = artifact.digests {
                let of_digest = by_sha256.entry(digests.sha256.to_string()).or_default();
                of_digest.push(index);
            }
        }
        let attested = std::mem::take(&mut self.attested);
        let by_root: BTreeMap<String, String> = self
            .folders
            .iter()
            .flat_map(|(folder, roots)| roots.iter().map(|root| (root.to_string(), folder.clone())))
            .collect();
        for each in &attested {
            self.attribute_one(files, &by_sha256, &by_root, each);
        }
        self.attested = attested;
    }

    fn attribute_one(
        &mut self,
        files: &Files<'_>,
        by_sha256: &BTreeMap<String, Vec<usize>>,
        by_root: &BTreeMap<String, String>,
        each: &Attested,
    ) {
        let mut about: Option<String> = None;
        let mut indexes: BTreeSet<usize> = BTreeSet::new();
        let mut mismatches = Vec::new();
        for subject in &each.attestation.subjects {
            let Some(digest) = subject.digests.get("sha256") else {
                continue;
            };
            if let Some(found) = by_sha256.get(digest) {
                indexes.extend(found);
                continue;
            }
            if let Some(folder) = by_root.get(digest) {
                about = Some(folder.clone());
                indexes.extend(files.below(folder).map(|(_, index, _)| index));
                continue;
            }
            let name = subject.name.as_deref().unwrap_or_default();
            mismatches.extend(contradicted(files, &each.path, name, digest));
        }
        let is_asked = self.checking.is_some();
        let Some(mut proof) = self.taken_proof(each) else {
            return;
        };
        let indexes: Vec<usize> = indexes.into_iter().collect();
        if about.is_none()
            && let [only] = indexes.as_slice()
        {
            about = files
                .get(*only)
                .map(|artifact| artifact.location.path().to_owned());
        } else if about.is_none() && !indexes.is_empty() {
            let folder = each.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            about = Some(folder.to_owned());
        }
        proof.about = about;
        if is_asked {
            proof.mismatches = mismatches;
        }
        let is_trusted = proof.standing == Standing::Trusted;
        self.vouch(files, &indexes, &each.path, &mut proof);
        let bases = bases(&each.attestation, is_trusted);
        for index in &indexes {
            if let Some(vouched) = self.vouched.get_mut(index) {
                vouched.bases.extend(bases.iter().cloned());
                vouched.bases.truncate(MOST_VOUCHERS);
            }
        }
        if let Some(place) = self.place(each) {
            *place = proof;
        }
    }

    fn place(&mut self, each: &Attested) -> Option<&mut Proof> {
        self.proofs.get_mut(&each.path)?.get_mut(each.number)
    }

    fn taken_proof(&mut self, each: &Attested) -> Option<Proof> {
        self.place(each).map(|proof| proof.clone())
    }

    /// A file that one signature leaves out and another covers is covered.
    fn forgive(&mut self, files: &Files<'_>) {
        let covered: BTreeSet<String> = files
            .iter()
            .filter(|(index, _)| {
                let vouched = self.vouched.get(index);
                vouched.is_some_and(|vouched| vouched.by.iter().any(Voucher::is_about_content))
            })
            .map(|(_, artifact)| artifact.location.path().to_owned())
            .collect();
        for proof in self.proofs.values_mut().flatten() {
            let Some(folder) = proof.about.clone() else {
                continue;
            };
            let front = crate::tree::prefix(&folder);
            proof.left_out.retain(|left| {
                left.by == Omission::Ignored || !covered.contains(&format!("{front}{}", left.path))
            });
        }
    }

    /// Says of every weight file that was asked about how far anybody stands behind it.
    fn judge(&mut self, files: &Files<'_>) {
        let Some(checking) = self.checking else {
            return;
        };
        let attestations: Vec<Attestation> = self
            .attested
            .iter()
            .map(|each| each.attestation.clone())
            .collect();
        let folders = std::mem::take(&mut self.folders);
        let mut judge = checking
            .slsa
            .as_ref()
            .map(|trust| Judge::new(trust, checking.options, &attestations, &folders));
        for (index, artifact) in files.iter() {
            if is_weights(artifact) {
                let vouched = self.vouched.entry(index).or_default();
                vouched.levels = judge
                    .as_mut()
                    .and_then(|judge| judge.levels(files, artifact));
            }
        }
        for vouched in self.vouched.values_mut() {
            vouched.is_asked = true;
        }
    }
}

fn new_proof(kind: ProofKind, predicate_type: &str, judged: Judged) -> Proof {
    Proof {
        kind,
        predicate_type: visible(predicate_type, 300),
        standing: judged.standing,
        refusal: judged.refusal,
        signers: judged.signers,
        since: judged.since,
        about: None,
        root: None,
        covered_files: 0,
        covered_bytes: 0,
        mismatches: Vec::new(),
        left_out: Vec::new(),
        builder: None,
    }
}

/// A document that could not be read; other documents with a media type, such as manifests of images and trusted roots,
/// are none of our business.
fn unreadable(bytes: &[u8], error: &ReadError) -> Option<Proof> {
    const BUNDLE: &[u8] = b"application/vnd.dev.sigstore.bundle";
    let is_bundle = bytes.windows(BUNDLE.len()).any(|part| part == BUNDLE);
    if !is_bundle {
        return None;
    }
    let judged = match error {
        // A version to come is not broken.
        ReadError::UnknownVersion(_) => Judged::refused(&Refused::Unsupported {
            what: "this version of bundles".to_owned(),
        }),
        _ => {
            let hint = "fetch the signature again; it is not whole";
            Judged::invalid("malformed-bundle", &error.to_string(), hint)
        }
    };
    Some(new_proof(ProofKind::FileSignature, "", judged))
}

fn of_taken(taken: &Taken, is_sigstore: bool) -> Judged {
    match (&taken.verified, &taken.refused) {
        (Some(verified), _) => Judged::verified(verified, is_sigstore),
        (None, Some(refused)) => Judged::refused(refused),
        (None, None) => Judged::unchecked(),
    }
}

fn is_model_signature(predicate_type: &str) -> bool {
    Kind::of(predicate_type) == Some(Kind::ModelSignature)
        || predicate_type == "https://model_signing/Digests/v0.1"
}

fn builder(attestation: &Attestation) -> Option<String> {
    let provenance = match Kind::of(&attestation.predicate_type)? {
        Kind::Provenance => Provenance::read(&attestation.predicate).ok()?,
        Kind::OldProvenance => Provenance::read_old(&attestation.predicate).ok()?,
        _ => return None,
    };
    Some(visible(&provenance.builder, 300))
}

/// The file that a signature beside it is over: `weights.gguf` for `weights.gguf.sigstore.json`.
fn signed_file<'a>(files: &Files<'a>, path: &str) -> Option<(usize, &'a Inspected)> {
    [
        ".sigstore.json",
        ".sigstore",
        ".bundle.json",
        ".bundle",
        ".sig",
    ]
    .iter()
    .find_map(|ending| files.at(path.strip_suffix(ending)?))
}

/// A file that a subject names and that has another digest.
fn contradicted(files: &Files<'_>, at: &str, name: &str, digest: &str) -> Option<Mismatch> {
    let name = name.trim_start_matches("./");
    if name.is_empty() {
        return None;
    }
    let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = format!("{}{name}", crate::tree::prefix(folder));
    let (_, artifact) = files.at(&beside)?;
    let present = digests(artifact).filter(|_| pointer(artifact).is_none())?;
    Some(Mismatch {
        path: beside,
        detail: format!(
            "attested as {}, it is {}",
            visible(digest, 80),
            present.get("sha256").unwrap_or_default()
        ),
        is_missing: false,
    })
}
