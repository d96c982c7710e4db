//! Writing to a log and reading from it.
//!
//! A batch is written in this order, and the order is what makes the log safe: first the entries and the tiles that hold
//! their hashes, flushed; then the signed checkpoint, flushed; then the checkpoint where readers look; then the caller
//! is told. A writer that dies in between leaves either files that no checkpoint covers, which the next writer
//! overwrites, or a batch that is committed and was not acknowledged. Before it adds anything, a writer recomputes the
//! root of the log from the right edge of its tiles and compares it with the checkpoint it is about to follow.

mod edge;

use chainwright_transparency::note::Signature;
use chainwright_transparency::proof::LogProof;
use chainwright_transparency::tile::{Fetch, Level, Tile, Tiles};
use chainwright_transparency::tree::{self, Frontier};
use chainwright_transparency::{Checkpoint, Hash, Note, SigningKey, VerifierKey, bundle};
use memchr::memmem;

use crate::error::LedgerError;
use crate::log::edge::Edge;
use crate::storage::{Batch, Storage, StorageError};

/// How often a writer tries again after another one was faster.
const TRIES: u32 = 20;

/// The largest object beside the log that an entry can bring along.
pub const MOST_BESIDE: usize = 64 << 20;

/// An entry to be added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewEntry {
    /// Its bytes, at most 65,535.
    pub bytes: Vec<u8>,
    /// What is too big for an entry, which names it by its digest: its path and its bytes.
    pub beside: Option<(String, Vec<u8>)>,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The position of the first entry of the batch.
    pub first: u64,
    /// The checkpoint that covers it.
    pub checkpoint: Checkpoint,
    /// The checkpoint as it was signed.
    pub note: Note,
}

/// A log that this key writes.
#[derive(Debug)]
pub struct Log<'a> {
    storage: &'a dyn Storage,
    key: &'a SigningKey,
    edge: Option<Edge>,
}

/// A log that anybody reads, at one checkpoint.
#[derive(Debug)]
pub struct Reader<'a> {
    stored: StoredTiles<'a>,
    checkpoint: Checkpoint,
    note: Note,
}

impl<'a> Log<'a> {
    /// Makes an empty log named after the key.
    ///
    /// # Errors
    ///
    /// If there is one already, or it cannot be written.
    pub fn create(storage: &'a dyn Storage, key: &'a SigningKey) -> Result<Self, LedgerError> {
        let turn = storage.turn()?;
        if let Some(head) = turn.head() {
            let text = Note::parse(head).map(|note| note.text().to_owned());
            let origin = text
                .ok()
                .and_then(|text| text.lines().next().map(str::to_owned));
            return Err(LedgerError::Exists(origin.unwrap_or_default()));
        }
        let checkpoint = Checkpoint {
            origin: key.verifier().name.to_string(),
            size: 0,
            root: Hash::of_nothing(),
            extensions: Vec::new(),
        };
        let note = sign(&checkpoint, key)?;
        let batch = Batch {
            checkpoint: note.to_string().into_bytes(),
            ..Batch::default()
        };
        match turn.commit(&batch) {
            // An answer may have been lost, and what stands in the way be this very log.
            Err(StorageError::Conflict)
                if storage.turn()?.head() == Some(batch.checkpoint.as_slice()) => {}
            done => done?,
        }
        Ok(Self::open(storage, key))
    }

    /// The log that this key writes.
    #[must_use]
    pub fn open(storage: &'a dyn Storage, key: &'a SigningKey) -> Self {
        Self {
            storage,
            key,
            edge: None,
        }
    }

    /// Adds entries in one batch, unless the log is not a continuation of `seen`. When this returns, they are durable
    /// and covered by the checkpoint that is returned. In a storage without locks, two writers that add the very same
    /// bytes to the same log at the same moment add them once.
    ///
    /// # Errors
    ///
    /// If nothing, or nothing that is known of, was added. After an error of the storage the batch may be there.
    pub fn append(
        &mut self,
        entries: &[NewEntry],
        seen: Option<&Checkpoint>,
    ) -> Result<Appended, LedgerError> {
        let mut tried = Vec::new();
        for _ in 0..TRIES {
            match self.append_once(entries, seen, &mut tried) {
                Err(LedgerError::Storage(StorageError::Conflict)) => self.edge = None,
                done => return done,
            }
        }
        Err(LedgerError::Contended(TRIES))
    }

    fn append_once(
        &mut self,
        entries: &[NewEntry],
        seen: Option<&Checkpoint>,
        tried: &mut Vec<Appended>,
    ) -> Result<Appended, LedgerError> {
        let turn = self.storage.turn()?;
        let head = turn.head().ok_or(LedgerError::NoLog)?;
        // What is kept at hand is only as good as the commit that it came from.
        let edge = match self.edge.take().filter(|edge| edge.note == head) {
            Some(edge) => edge,
            None => Edge::load(self.storage, head, self.key.verifier())?,
        };
        if let Some(seen) = seen {
            edge.follows(self.storage, seen)?;
        }
        // Where an answer was lost, the writer that was faster may have been this one.
        for done in tried.iter() {
            match edge.follows(self.storage, &done.checkpoint) {
                Ok(()) => {
                    self.edge = Some(edge);
                    return Ok(done.clone());
                }
                Err(error) if error.is_misbehaviour() => {}
                Err(error) => return Err(error),
            }
        }
        if entries.is_empty() {
            let (checkpoint, note, _) = Checkpoint::open(head, self.key.verifier())?;
            let first = checkpoint.size;
            self.edge = Some(edge);
            return Ok(Appended {
                first,
                checkpoint,
                note,
            });
        }
        let first = edge.size();
        let (mut edge, mut batch) = edge.grow(entries)?;
        let checkpoint = Checkpoint {
            origin: self.key.verifier().name.to_string(),
            size: edge.size(),
            root: edge.root(),
            extensions: Vec::new(),
        };
        let note = sign(&checkpoint, self.key)?;
        batch.checkpoint = note.to_string().into_bytes();
        let appended = Appended {
            first,
            checkpoint,
            note,
        };
        tried.push(appended.clone());
        turn.commit(&batch)?;
        edge.note = batch.checkpoint;
        self.edge = Some(edge);
        Ok(appended)
    }
}

/// Adds signatures of witnesses to the checkpoint of a log, if it is still the one that they signed.
///
/// # Errors
///
/// If the log has moved on, or cannot be written.
pub fn add_signatures(
    storage: &dyn Storage,
    signed: &Note,
    signatures: &[Signature],
) -> Result<Note, LedgerError> {
    for _ in 0..TRIES {
        let turn = storage.turn()?;
        let mut note = Note::parse(turn.head().ok_or(LedgerError::NoLog)?)?;
        if note.text() != signed.text() {
            return Err(LedgerError::MovedOn);
        }
        for signature in signatures {
            // A witness may sign again, with a later time.
            note.remove(&signature.name, signature.id);
            note.add(signature.clone());
        }
        match turn.commit(&Batch {
            checkpoint: note.to_string().into_bytes(),
            ..Batch::default()
        }) {
            Err(StorageError::Conflict) => {}
            done => return done.map(|()| note).map_err(LedgerError::from),
        }
    }
    Err(LedgerError::Contended(TRIES))
}

fn sign(checkpoint: &Checkpoint, key: &SigningKey) -> Result<Note, LedgerError> {
    let text = checkpoint.to_string();
    let mut note = Note::unsigned(&text)?;
    // Logs sign without a time; it only matters to keys of witnesses.
    note.add(key.sign(&text, 0)?);
    Ok(note)
}

impl<'a> Reader<'a> {
    /// The log at its newest checkpoint, which the key must have signed.
    ///
    /// # Errors
    ///
    /// If there is no log, or not one of this key.
    pub fn open(storage: &'a dyn Storage, key: &VerifierKey) -> Result<Self, LedgerError> {
        let bytes = storage.checkpoint()?.ok_or(LedgerError::NoLog)?;
        let (checkpoint, note, _) = Checkpoint::open(&bytes, key)?;
        Ok(Self {
            stored: StoredTiles(storage),
            checkpoint,
            note,
        })
    }

    /// The log at its newest checkpoint, whoever signed that.
    ///
    /// # Errors
    ///
    /// If there is no log.
    pub fn open_unverified(storage: &'a dyn Storage) -> Result<Self, LedgerError> {
        let bytes = storage.checkpoint()?.ok_or(LedgerError::NoLog)?;
        let note = Note::parse(&bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self {
            stored: StoredTiles(storage),
            checkpoint,
            note,
        })
    }

    /// What the checkpoint says.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The checkpoint as it was signed.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Where the log is kept.
    #[must_use]
    pub fn storage(&self) -> &'a dyn Storage {
        self.stored.0
    }

    /// The entries of one bundle, from the position that the tile begins with.
    ///
    /// # Errors
    ///
    /// If they cannot be had.
    pub fn bundle(&self, index: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        let size = self.checkpoint.size;
        let tile = Tile::in_tree(Level::Entries, index, size).ok_or(LedgerError::NoEntry {
            index: index.saturating_mul(256),
            size,
        })?;
        let bytes = read_bundle(self.stored.0, tile)?;
        let entries = bundle::entries(&bytes, tile.width)
            .map_err(|source| LedgerError::Bundle { tile, source })?;
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// One entry. Only a proof shows that it is the one that was logged.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, LedgerError> {
        let size = self.checkpoint.size;
        let missing = LedgerError::NoEntry { index, size };
        if index >= size {
            return Err(missing);
        }
        let place = usize::try_from(index % 256).unwrap_or_default();
        self.bundle(index / 256)?
            .into_iter()
            .nth(place)
            .ok_or(missing)
    }

    /// The last entry for which this holds, among those that contain the text.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub fn find_last(
        &self,
        text: &str,
        holds: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Option<u64>, LedgerError> {
        let finder = memmem::Finder::new(text);
        for index in (0..self.checkpoint.size.div_ceil(256)).rev() {
            let Some(tile) = Tile::in_tree(Level::Entries, index, self.checkpoint.size) else {
                continue;
            };
            let bytes = read_bundle(self.stored.0, tile)?;
            if finder.find(&bytes).is_none() {
                continue;
            }
            let entries = bundle::entries(&bytes, tile.width)
                .map_err(|source| LedgerError::Bundle { tile, source })?;
            let place = entries
                .iter()
                .rposition(|entry| finder.find(entry).is_some() && holds(entry));
            if let Some(place) = place {
                let place = u64::try_from(place).unwrap_or_default();
                return Ok(Some(index.saturating_mul(256).saturating_add(place)));
            }
        }
        Ok(None)
    }

    /// The proof that an entry is in the log, which was checked before it is given out.
    ///
    /// # Errors
    ///
    /// If there is no such entry, or the files of the log do not show it.
    pub fn prove(&self, index: u64, extra: Option<Vec<u8>>) -> Result<LogProof, LedgerError> {
        let entry = self.entry(index)?;
        let path = tree::prove_inclusion(&self.tiles(), index, self.checkpoint.size)?;
        let proof = LogProof {
            extra,
            index,
            path,
            checkpoint: self.note.clone(),
        };
        proof.check(&Hash::of_leaf(&entry), &self.checkpoint)?;
        Ok(proof)
    }

    /// The root that the log had at a size, as its files say. That they belong to the signed root is shown by
    /// [`Reader::prove_growth`].
    ///
    /// # Errors
    ///
    /// If the log has no such size or cannot be read.
    pub fn root_at(&self, size: u64) -> Result<Hash, LedgerError> {
        if size > self.checkpoint.size {
            return Err(LedgerError::NoEntry {
                index: size,
                size: self.checkpoint.size,
            });
        }
        Ok(Frontier::load(&self.tiles(), size)?.root())
    }

    /// The proof that the log at this checkpoint begins with that of an older one, which was checked before it is given
    /// out.
    ///
    /// # Errors
    ///
    /// If it does not.
    pub fn prove_growth(&self, old: &Checkpoint) -> Result<Vec<Hash>, LedgerError> {
        let new = &self.checkpoint;
        if old.size > new.size {
            return Err(LedgerError::RolledBack {
                origin: new.origin.clone(),
                remembered: old.size,
                found: new.size,
            });
        }
        let proof = tree::prove_consistency(&self.tiles(), old.size, new.size)?;
        tree::check_consistency(old.size, &old.root, new.size, &new.root, &proof).map_err(
            |_| LedgerError::Equivocated {
                origin: new.origin.clone(),
                remembered: old.size,
                found: new.size,
            },
        )?;
        Ok(proof)
    }

    fn tiles(&self) -> Tiles<'_, StoredTiles<'a>> {
        Tiles::new(&self.stored, self.checkpoint.size)
    }
}

/// The tiles of a storage.
#[derive(Debug)]
pub(crate) struct StoredTiles<'a>(pub(crate) &'a dyn Storage);

impl Fetch for StoredTiles<'_> {
    type Error = LedgerError;

    fn fetch(&self, tile: Tile) -> Result<Vec<u8>, LedgerError> {
        if let Some(bytes) = self.0.read(&tile.to_string())? {
            return Ok(bytes);
        }
        // A partial tile may have been removed once the full one was there.
        let mut full = self
            .0
            .read(&tile.full().to_string())?
            .ok_or(LedgerError::Missing(tile))?;
        full.truncate(usize::from(tile.width).saturating_mul(Hash::LEN));
        Ok(full)
    }
}

/// The bytes of a bundle, cut from the full one if the partial one is gone.
pub(crate) fn read_bundle(storage: &dyn Storage, tile: Tile) -> Result<Vec<u8>, LedgerError> {
    if let Some(bytes) = storage.read(&tile.to_string())? {
        return Ok(bytes);
    }
    let full = tile.full();
    let bytes = storage
        .read(&full.to_string())?
        .ok_or(LedgerError::Missing(tile))?;
    let entries = bundle::entries(&bytes, full.width)
        .map_err(|source| LedgerError::Bundle { tile: full, source })?;
    let mut cut = Vec::new();
    for entry in entries.into_iter().take(usize::from(tile.width)) {
        bundle::push(&mut cut, entry).map_err(|source| LedgerError::Bundle { tile, source })?;
    }
    Ok(cut)
}
