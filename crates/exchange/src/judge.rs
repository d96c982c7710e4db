//! What a receiver makes of a file, item by item. Nothing is kept here but evidence against logs.
//!
//! An attestation is accepted if somebody whom the receiver accepts signed it and it is about an artifact of the file; a
//! proof, if a log of the receiver's policy shows that an entry about such an attestation or artifact is in it, with the
//! witnesses that the policy asks for, and the log continues what was seen of it before; an artifact, if one of these is
//! about it, no minimum of the receiver's trust file is missed, and the bytes that the receiver has are the ones meant.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_attestations::{Document, Limits, Statement};
use chainwright_ledger::{Entry, Memory};
use chainwright_provenance as provenance;
use chainwright_provenance::{Descriptor, Digests, Outcome, Signer, Trust};
use chainwright_transparency::policy::{Accepted, Policy, Rejection};
use chainwright_transparency::proof::LogProof;
use chainwright_transparency::{Hash, Note};
use serde_json::Value;

use crate::error::Reason;
use crate::file::{Exchange, Kind, MOST_ATTESTATION};
use crate::logs::{self, Growths, Signed, Step};
use crate::sha256;

/// LIMIT: JSON values of an attestation; each costs up to a hundred bytes of memory.
const MOST_VALUES: usize = 400_000;
/// LIMIT: artifacts that are judged by a trust file, and those times the subjects of all attestations.
const MOST_JUDGED: usize = 1000;
const MOST_PAIRS: usize = 20_000_000;
/// LIMIT: names of one artifact for which expectations are looked up.
const MOST_NAMES: usize = 16;

/// Why nobody who is accepted signed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    /// A short name.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Whether nothing was given to hold the signature against.
    pub is_unjudged: bool,
}

/// Who signed a document of these bytes, as far as the receiver accepts it.
pub type Signers<'a> = &'a dyn Fn(&Document, &[u8]) -> Result<Vec<Signer>, Untrusted>;

/// Something that the receiver has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// What it is called here.
    pub name: String,
    /// Its SHA-256, or the root digest of a folder.
    pub sha256: String,
}

/// By what a receiver judges.
pub struct Receiver<'a> {
    /// Who signed, and whether they are accepted.
    pub signers: Signers<'a>,
    /// Which logs to believe, and how many witnesses they need.
    pub logs: Option<&'a Policy>,
    /// What was seen of logs.
    pub seen: &'a Memory,
    /// Whom to trust how far, and what to expect.
    pub trust: Option<(&'a Trust, provenance::Options)>,
    /// What the receiver has of the artifacts.
    pub here: &'a [Here],
    /// Refuse attestations that no accepted proof shows in a log.
    pub require_logged: bool,
    /// Leave proofs out.
    pub ignore_proofs: bool,
}

impl std::fmt::Debug for Receiver<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Something that attestations are about.
    Artifact,
    /// An attestation.
    Attestation,
    /// A proof that something was logged.
    Proof,
}

/// What came of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is accepted.
    Accepted,
    /// Nobody can say.
    NotJudged,
    /// It is not accepted.
    Refused,
}

/// One item, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is.
    pub what: What,
    /// The name of an artifact, the SHA-256 of anything else.
    pub name: String,
    /// Why it is not accepted.
    pub reason: Option<Reason>,
    /// What is said: the type of a predicate, the log of a proof.
    pub says: String,
    /// Artifacts that it is about, by name.
    pub about: Vec<String>,
    /// Who signed, of an attestation; which witnesses cosigned, of a proof.
    pub by: Vec<String>,
    /// Whether the bytes of an artifact were compared with those that the receiver has.
    pub is_compared: bool,
    /// What an artifact reaches by the trust file: build level and source level.
    pub levels: Option<(u8, u8)>,
}

impl Item {
    fn new(what: What, name: &str) -> Self {
        Self {
            what,
            name: name.to_owned(),
            reason: None,
            says: String::new(),
            about: Vec::new(),
            by: Vec::new(),
            is_compared: false,
            levels: None,
        }
    }

    fn refuse(&mut self, reason: Reason) {
        self.reason.get_or_insert(reason);
    }

    /// What came of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match &self.reason {
            None => Verdict::Accepted,
            Some(reason) if reason.is_unjudged() => Verdict::NotJudged,
            Some(_) => Verdict::Refused,
        }
    }
}

/// What came of a file.
#[derive(Debug)]
pub struct Judged {
    /// Every item: artifacts, attestations, proofs.
    pub items: Vec<Item>,
    pub(crate) steps: Vec<Step>,
    pub(crate) vouched: bool,
}

impl Judged {
    /// What came of it as a whole: the worst of its items.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.items.iter().map(Item::verdict);
        verdicts.max().unwrap_or(Verdict::Refused)
    }
}

/// Judges a file.
#[must_use]
pub fn judge(exchange: &Exchange, receiver: &Receiver<'_>) -> Judged {
    let mut judging = Judging {
        exchange,
        receiver,
        by_digest: BTreeMap::new(),
        by_content: BTreeMap::new(),
        attestations: BTreeMap::new(),
        proofs: BTreeMap::new(),
        accepted: BTreeMap::new(),
        steps: Vec::new(),
    };
    for (name, artifact) in &exchange.artifacts {
        let names = judging.by_digest.entry(&artifact.sha256).or_default();
        names.push(name);
    }
    judging.attestations();
    if !receiver.ignore_proofs {
        judging.proofs();
    }
    if receiver.require_logged {
        judging.require_logged();
    }
    let artifacts = judging.artifacts();
    let attestations = judging.attestations.into_values().map(|read| read.item);
    let proofs = judging.proofs.into_values().map(|read| read.item);
    Judged {
        items: artifacts
            .into_iter()
            .chain(attestations)
            .chain(proofs)
            .collect(),
        steps: judging.steps,
        vouched: receiver
            .logs
            .is_some_and(|policy| !policy.needs_no_witness()),
    }
}

/// An attestation, and what was read of it.
struct ReadAttestation {
    item: Item,
    read: Option<provenance::Attestation>,
}

/// A proof, and what was read of it.
struct ReadProof {
    item: Item,
    signed: Option<Signed>,
    /// The attestation that its entry is about.
    attestation: Option<String>,
}

struct Judging<'a> {
    exchange: &'a Exchange,
    receiver: &'a Receiver<'a>,
    /// Names of artifacts by their digests.
    by_digest: BTreeMap<&'a str, Vec<&'a str>>,
    /// Attestations by the digest of their canonical JSON, which is how a log keeps small ones.
    by_content: BTreeMap<String, &'a str>,
    attestations: BTreeMap<&'a str, ReadAttestation>,
    proofs: BTreeMap<&'a str, ReadProof>,
    /// What the policy says of checkpoints, since many proofs share one.
    accepted: BTreeMap<String, Result<Accepted, Reason>>,
    steps: Vec<Step>,
}

impl<'a> Judging<'a> {
    fn attestations(&mut self) {
        for (digest, bytes) in &self.exchange.attestations {
            let mut item = Item::new(What::Attestation, digest);
            let read = match self.attestation(bytes, &mut item) {
                Ok(read) => Some(read),
                Err(reason) => {
                    item.refuse(reason);
                    None
                }
            };
            if let Some(content) = canonical(bytes) {
                self.by_content.insert(content, digest);
            }
            self.attestations
                .insert(digest, ReadAttestation { item, read });
        }
    }

    fn attestation(
        &self,
        bytes: &[u8],
        item: &mut Item,
    ) -> Result<provenance::Attestation, Reason> {
        let limits = Limits {
            bytes: MOST_ATTESTATION,
            values: MOST_VALUES,
        };
        let document = Document::read(bytes, &limits)?;
        let envelope = document
            .envelope()
            .ok_or_else(|| Reason::Statement("it signs a message".to_owned()))?;
        let statement = Statement::of_envelope(envelope, &limits)
            .map_err(|error| Reason::Statement(error.to_string()))?;
        item.says.clone_from(&statement.predicate_type);
        let subjects: Vec<Descriptor> = statement
            .subjects
            .iter()
            .map(|subject| Descriptor::read(&subject.to_value(), "subject"))
            .collect::<Result<_, _>>()
            .map_err(|error| Reason::Statement(error.to_string()))?;
        self.about(&subjects, item)?;
        let signers =
            (self.receiver.signers)(&document, bytes).map_err(|untrusted| Reason::Signer {
                code: untrusted.code,
                message: untrusted.message,
                is_unjudged: untrusted.is_unjudged,
            })?;
        item.by = signers.iter().map(shown).collect();
        Ok(provenance::Attestation {
            name: item.name.clone(),
            digests: Digests::sha256(&sha256(bytes)),
            subjects,
            predicate_type: statement.predicate_type,
            predicate: statement.predicate,
            signers,
        })
    }

    /// Which artifacts of the file are meant. A statement that gives a name of the file to other bytes is refused:
    /// somebody exchanged the one or the other.
    fn about(&self, subjects: &[Descriptor], item: &mut Item) -> Result<(), Reason> {
        let mut about = BTreeSet::new();
        for subject in subjects {
            let Some(digest) = subject.digests.get("sha256") else {
                continue;
            };
            if let Some(names) = self.by_digest.get(digest) {
                about.extend(names.iter().map(|name| (*name).to_owned()));
            }
            let named = subject
                .name
                .as_deref()
                .and_then(|name| Some((name, self.exchange.artifacts.get(name)?)));
            if let Some((name, artifact)) = named
                && artifact.sha256 != digest
            {
                let name = name.to_owned();
                return Err(Reason::SwappedSubject { name });
            }
        }
        item.about = about.into_iter().collect();
        if item.about.is_empty() {
            return Err(Reason::AboutNothingHere);
        }
        Ok(())
    }

    fn proofs(&mut self) {
        for (digest, text) in &self.exchange.proofs {
            let mut read = ReadProof {
                item: Item::new(What::Proof, digest),
                signed: None,
                attestation: None,
            };
            if let Err(reason) = self.proof(text, &mut read) {
                read.item.refuse(reason);
            }
            self.proofs.insert(digest, read);
        }
        self.follow();
    }

    fn proof(&mut self, text: &str, read: &mut ReadProof) -> Result<(), Reason> {
        let proof =
            LogProof::parse(text.as_bytes()).map_err(|error| Reason::Proof(error.to_string()))?;
        let policy = self.receiver.logs.ok_or(Reason::NoLogTrusted)?;
        let known = self.accepted.entry(proof.checkpoint.to_string());
        let accepted = known
            .or_insert_with(|| accept(policy, &proof.checkpoint))
            .clone()?;
        read.item.says.clone_from(&accepted.checkpoint.origin);
        let cosigners = accepted.witnesses.iter();
        read.item.by = cosigners.map(|(key, _)| key.name.to_string()).collect();
        let leaf = proof.extra.as_ref().ok_or(Reason::NoEntry)?;
        let entry = Entry::read(leaf).ok_or(Reason::NoEntry)?;
        proof
            .check(&Hash::of_leaf(leaf), &accepted.checkpoint)
            .map_err(|error| Reason::NotInLog(error.to_string()))?;
        // The checkpoint is as signed and accepted whatever the entry is about.
        read.signed = Some(Signed {
            accepted,
            note: proof.checkpoint.clone(),
        });
        if let Some(digest) = self.logged_attestation(&entry) {
            read.attestation = Some(digest.to_owned());
            let item = self.attestations.get(digest).map(|known| &known.item);
            if let Some(item) = item {
                read.item.about.clone_from(&item.about);
            }
            if let Some(verdict) = item
                .map(Item::verdict)
                .filter(|verdict| *verdict != Verdict::Accepted)
            {
                let is_unjudged = verdict == Verdict::NotJudged;
                return Err(Reason::ProofOfRefused { is_unjudged });
            }
            return Ok(());
        }
        let about = self.logged_artifacts(&entry);
        if about.is_empty() {
            return Err(Reason::ProofOfNothingHere);
        }
        read.item.about = about;
        Ok(())
    }

    /// The attestation that an entry is about: by the digest of its bytes, or by its content.
    fn logged_attestation(&self, entry: &Entry) -> Option<&'a str> {
        let digest = entry.digest.as_deref()?.strip_prefix("sha256:")?;
        if let Some((known, _)) = self.exchange.attestations.get_key_value(digest) {
            return Some(known);
        }
        let envelope = entry.envelope.as_ref()?;
        let content = serde_json_canonicalizer::to_vec(envelope).ok()?;
        self.by_content.get(&sha256(&content)).copied()
    }

    fn logged_artifacts(&self, entry: &Entry) -> Vec<String> {
        let file = entry
            .digest
            .as_deref()
            .and_then(|digest| digest.strip_prefix("sha256:"));
        let mut about = Vec::new();
        for (digest, is_folder) in [(file, false), (entry.oms_root.as_deref(), true)] {
            let names = digest.and_then(|digest| self.by_digest.get(digest));
            let meant = names.into_iter().flatten().filter(|name| {
                let kind = self.exchange.artifacts.get(**name).map(|known| known.kind);
                match kind {
                    Some(Kind::Folder) => is_folder,
                    Some(Kind::File) => !is_folder,
                    Some(Kind::Digest) => true,
                    None => false,
                }
            });
            about.extend(meant.map(|name| (*name).to_owned()));
        }
        about
    }

    /// Holds the logs against what was seen of them; a log that does not continue it takes all its proofs along.
    fn follow(&mut self) {
        let mut by_origin: BTreeMap<String, BTreeMap<(u64, [u8; 32]), Signed>> = BTreeMap::new();
        for signed in self.proofs.values().filter_map(|read| read.signed.as_ref()) {
            let checkpoint = &signed.accepted.checkpoint;
            by_origin
                .entry(checkpoint.origin.clone())
                .or_default()
                .entry((checkpoint.size, checkpoint.root.0))
                .or_insert_with(|| signed.clone());
        }
        let growths = Growths {
            brought: &self.exchange.growths,
            vouched: self
                .receiver
                .logs
                .is_some_and(|policy| !policy.needs_no_witness()),
        };
        for (origin, signed) in by_origin {
            let signed: Vec<Signed> = signed.into_values().collect();
            match logs::continues(&signed, self.receiver.seen, growths) {
                Ok(step) => self.steps.extend(step),
                Err(reason) => {
                    for read in self.proofs.values_mut() {
                        let is_meant = read
                            .signed
                            .as_ref()
                            .is_some_and(|signed| signed.accepted.checkpoint.origin == origin);
                        if is_meant {
                            read.item.reason = Some(reason.clone());
                        }
                    }
                }
            }
        }
    }

    fn require_logged(&mut self) {
        let logged: BTreeSet<&str> = self
            .proofs
            .values()
            .filter(|read| read.item.reason.is_none())
            .filter_map(|read| read.attestation.as_deref())
            .collect();
        for (digest, read) in &mut self.attestations {
            if !logged.contains(*digest) {
                read.item.refuse(Reason::NotLogged);
            }
        }
    }

    fn artifacts(&self) -> Vec<Item> {
        let accepted: Vec<provenance::Attestation> = self
            .attestations
            .values()
            .filter(|read| read.item.reason.is_none())
            .filter_map(|read| read.read.clone())
            .collect();
        let mut vouched: BTreeSet<&str> = BTreeSet::new();
        let mut unsure: BTreeSet<&str> = BTreeSet::new();
        let attestations = self.attestations.values().map(|read| &read.item);
        let proofs = self.proofs.values().map(|read| &read.item);
        for item in attestations.chain(proofs) {
            match item.verdict() {
                Verdict::Accepted => vouched.extend(item.about.iter().map(String::as_str)),
                Verdict::NotJudged => unsure.extend(item.about.iter().map(String::as_str)),
                Verdict::Refused => {}
            }
        }
        let said = Said::new(&accepted);
        let mut items = Vec::new();
        for (name, artifact) in &self.exchange.artifacts {
            let mut item = Item::new(What::Artifact, name);
            item.says = format!("sha256:{}", artifact.sha256);
            if let Some(found) = self.differs(name, &artifact.sha256) {
                item.refuse(Reason::BytesDiffer { found });
            }
            let mut here = self.receiver.here.iter();
            item.is_compared = here.any(|here| here.sha256 == artifact.sha256);
            if !vouched.contains(name.as_str()) {
                let is_unjudged = unsure.contains(name.as_str());
                item.refuse(Reason::NothingVouches { is_unjudged });
            }
            self.judge_levels(name, &artifact.sha256, &said, &mut item);
            items.push(item);
        }
        for here in self.receiver.here {
            if !self.by_digest.contains_key(here.sha256.as_str())
                && !self.exchange.artifacts.contains_key(&here.name)
            {
                let mut item = Item::new(What::Artifact, &here.name);
                item.says = format!("sha256:{}", here.sha256);
                item.refuse(Reason::NotInFile);
                items.push(item);
            }
        }
        items
    }

    /// The digest of what is here under the same name, if it is another.
    fn differs(&self, name: &str, sha256: &str) -> Option<String> {
        let mut here = self.receiver.here.iter();
        here.find(|here| here.name == name && here.sha256 != sha256)
            .map(|here| here.sha256.clone())
    }

    /// An artifact is held against what is expected under each name that it is given here, in the file, or by those who
    /// signed: to be called otherwise in the file is no way around an expectation.
    fn judge_levels(&self, name: &str, digest: &str, said: &Said<'_>, item: &mut Item) {
        let Some((trust, options)) = &self.receiver.trust else {
            return;
        };
        let digests = Digests::sha256(digest);
        let signed = said.names.get(digest).into_iter().flatten().copied();
        let here = self.receiver.here.iter();
        let here = here
            .filter(|here| here.sha256 == digest)
            .map(|here| here.name.as_str());
        let names: BTreeSet<&str> = signed.chain(here).chain([name]).collect();
        let count = self.exchange.artifacts.len();
        let is_too_much = count > MOST_JUDGED || count.saturating_mul(said.subjects) > MOST_PAIRS;
        if is_too_much || names.len() > MOST_NAMES {
            item.refuse(Reason::TooManyToJudge);
            return;
        }
        let mut unmet = Vec::new();
        for name in names {
            let artifact = provenance::Artifact {
                name: name.to_owned(),
                digests: digests.clone(),
            };
            let Outcome {
                build,
                source,
                unmet: missed,
                ..
            } = provenance::verify(&artifact, said.attestations, trust, options);
            let (lowest_build, lowest_source) = item.levels.unwrap_or((u8::MAX, u8::MAX));
            item.levels = Some((
                lowest_build.min(build.level),
                lowest_source.min(source.level),
            ));
            for reason in missed {
                if !unmet.contains(&reason) {
                    unmet.push(reason);
                }
            }
        }
        if !unmet.is_empty() {
            item.refuse(Reason::BelowMinimum(unmet));
        }
    }
}

/// What accepted attestations say, and by what names they call things.
struct Said<'a> {
    attestations: &'a [provenance::Attestation],
    names: BTreeMap<&'a str, BTreeSet<&'a str>>,
    subjects: usize,
}

impl<'a> Said<'a> {
    fn new(attestations: &'a [provenance::Attestation]) -> Self {
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut count = 0_usize;
        let subjects = attestations.iter();
        for subject in subjects.flat_map(|attestation| &attestation.subjects) {
            count = count.saturating_add(1);
            if let (Some(digest), Some(name)) = (subject.digests.get("sha256"), &subject.name) {
                names.entry(digest).or_default().insert(name);
            }
        }
        Self {
            attestations,
            names,
            subjects: count,
        }
    }
}

fn accept(policy: &Policy, note: &Note) -> Result<Accepted, Reason> {
    policy.accept(note).map_err(|rejection| match rejection {
        Rejection::UnknownLog { origin } => Reason::UnknownLog(origin),
        Rejection::Quorum { .. } => Reason::Quorum(rejection.to_string()),
        Rejection::Signature(_) => Reason::LogSignature(rejection.to_string()),
        _ => Reason::Proof(rejection.to_string()),
    })
}

/// The digest of the canonical form, if there is one.
fn canonical(bytes: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    Some(sha256(&serde_json_canonicalizer::to_vec(&value).ok()?))
}

fn shown(signer: &Signer) -> String {
    match signer {
        Signer::Key { fingerprint } => format!("key {fingerprint}"),
        Signer::Identity { subject, issuer } if issuer.is_empty() => subject.clone(),
        Signer::Identity { subject, issuer } => format!("{subject} ({issuer})"),
    }
}
