//! Objects by their name, wherever they lie.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::rc::Rc;

use flate2::read::ZlibDecoder;

use crate::delta;
use crate::facts::Bounds;
use crate::id::ObjectId;
use crate::objects::Kind;
use crate::pack::{Head, MAX_INDEX, Pack, Stored};
use crate::place::GitFolder;

/// LIMIT: packs of one repository.
const MAX_PACKS: usize = 512;
/// LIMIT: deltas between an object and the one that it is made from; git itself writes at most 4095.
const MAX_CHAIN: usize = 4096;
/// LIMIT: bytes of objects that are kept at hand.
const MAX_KEPT: usize = 48 << 20;
/// LIMIT: bytes of all deltas of one object.
const MAX_DELTAS: usize = 64 << 20;
/// What looking something up costs at least, so that a chain of nothing has an end.
const STEP_COST: u64 = 64;

/// Why an object cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("objects are missing")]
    Missing,
    #[error("{0}")]
    Broken(&'static str),
    #[error("an object is larger than is read")]
    TooLarge,
    #[error("the history is larger than is read")]
    Spent,
}

/// What may still be decompressed.
#[derive(Debug)]
pub(crate) struct Ledger {
    left: u64,
}

impl Ledger {
    pub(crate) const fn new(left: u64) -> Self {
        Self { left }
    }

    pub(crate) fn spend(&mut self, bytes: u64) -> Result<(), Trouble> {
        let cost = bytes.saturating_add(STEP_COST);
        self.left = self.left.checked_sub(cost).ok_or(Trouble::Spent)?;
        Ok(())
    }
}

/// An object.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
}

/// The objects of a repository.
#[derive(Debug)]
pub(crate) struct Store<'a> {
    folder: &'a GitFolder,
    packs: Vec<Pack>,
    ledger: Ledger,
    most: u64,
    kept: BTreeMap<(usize, u64), Rc<Object>>,
    kept_bytes: usize,
    /// What was wrong with packs.
    pub(crate) troubles: Vec<Trouble>,
}

impl<'a> Store<'a> {
    pub(crate) fn open(folder: &'a GitFolder, bounds: &Bounds) -> Self {
        let mut store = Self {
            folder,
            packs: Vec::new(),
            ledger: Ledger::new(bounds.inflated),
            most: bounds.object,
            kept: BTreeMap::new(),
            kept_bytes: 0,
            troubles: Vec::new(),
        };
        let names = folder.list("objects/pack", MAX_PACKS.saturating_mul(8));
        let stems = names
            .iter()
            .filter_map(|(name, is_folder)| name.strip_suffix(".idx").filter(|_| !is_folder));
        for stem in stems {
            if store.packs.len() >= MAX_PACKS {
                store.troubles.push(Trouble::Spent);
                break;
            }
            match store.open_pack(stem) {
                Ok(pack) => store.packs.push(pack),
                Err(trouble) => store.troubles.push(trouble),
            }
        }
        store
    }

    fn open_pack(&self, stem: &str) -> Result<Pack, Trouble> {
        let index = self
            .folder
            .read(&format!("objects/pack/{stem}.idx"), MAX_INDEX)
            .ok_or(Trouble::Broken("an index of a pack cannot be read"))?;
        let (file, size) = self
            .folder
            .open(&format!("objects/pack/{stem}.pack"))
            .ok_or(Trouble::Missing)?;
        Pack::new(file, size, index)
    }

    /// The object of a name, if it has at most `most` bytes.
    pub(crate) fn get(&mut self, id: &ObjectId, most: u64) -> Result<Rc<Object>, Trouble> {
        self.ledger.spend(0)?;
        let place = (0..).zip(&self.packs).find_map(|(pack, each)| {
            let offset = each.find(id)?;
            Some((pack, offset))
        });
        match place {
            Some((pack, offset)) => self.packed(pack, offset, most.min(self.most)),
            None => self.loose(id, most.min(self.most)),
        }
    }

    fn loose(&mut self, id: &ObjectId, most: u64) -> Result<Rc<Object>, Trouble> {
        let name = id.to_string();
        let (front, back) = name.split_at_checked(2).ok_or(Trouble::Missing)?;
        let path = format!("objects/{front}/{back}");
        let (file, _) = self.folder.open(&path).ok_or(Trouble::Missing)?;
        let mut stream = ZlibDecoder::new(file);
        let broken = Trouble::Broken("a loose object is broken");
        let mut head = Vec::new();
        loop {
            let mut byte = [0];
            stream.read_exact(&mut byte).map_err(|_| broken)?;
            match byte {
                [0] => break,
                [_] if head.len() > 40 => return Err(broken),
                [byte] => head.push(byte),
            }
        }
        let blank = head.iter().position(|byte| *byte == b' ').ok_or(broken)?;
        let (name, size) = head.split_at_checked(blank).ok_or(broken)?;
        let kind = Kind::of_name(name).ok_or(broken)?;
        let size = std::str::from_utf8(size).map_err(|_| broken)?;
        let size: u64 = size.trim_start().parse().map_err(|_| broken)?;
        if size > most {
            return Err(Trouble::TooLarge);
        }
        self.ledger.spend(size)?;
        let mut bytes = Vec::new();
        let mut limited = stream.take(size.saturating_add(1));
        limited.read_to_end(&mut bytes).map_err(|_| broken)?;
        if u64::try_from(bytes.len()).ok() != Some(size) {
            return Err(broken);
        }
        Ok(Rc::new(Object { kind, bytes }))
    }

    fn packed(&mut self, pack: usize, offset: u64, most: u64) -> Result<Rc<Object>, Trouble> {
        let mut deltas = Vec::new();
        let mut held = 0_usize;
        let mut at = offset;
        // Down to an object that is whole, or at hand …
        let mut object = loop {
            if let Some(kept) = self.kept.get(&(pack, at)) {
                break Rc::clone(kept);
            }
            if deltas.len() >= MAX_CHAIN {
                return Err(Trouble::Broken("an object is made by too many steps"));
            }
            let (head, bytes) = self.stored(pack, at, deltas.is_empty().then_some(most))?;
            let base = match head.stored {
                Stored::Whole(kind) => {
                    let object = Rc::new(Object { kind, bytes });
                    self.keep(pack, at, &object);
                    break object;
                }
                Stored::OffsetDelta(base) => base,
                Stored::NamedDelta(base) => self
                    .packs
                    .get(pack)
                    .and_then(|each| each.find(&base))
                    .ok_or(Trouble::Missing)?,
            };
            held = held.saturating_add(bytes.len());
            if held > MAX_DELTAS {
                return Err(Trouble::TooLarge);
            }
            deltas.push((at, bytes));
            at = base;
        };
        // … and up again.
        while let Some((at, delta)) = deltas.pop() {
            let (_, made) = delta::sizes(&delta)?;
            self.ledger.spend(made)?;
            let bytes = delta::apply(&object.bytes, &delta, self.most)?;
            let kind = object.kind;
            object = Rc::new(Object { kind, bytes });
            self.keep(pack, at, &object);
        }
        if u64::try_from(object.bytes.len()).is_ok_and(|size| size <= most) {
            Ok(object)
        } else {
            Err(Trouble::TooLarge)
        }
    }

    /// The head and the bytes of what lies at an offset. `wanted` bounds the object that was asked for, before anything
    /// of it is decompressed.
    fn stored(
        &mut self,
        pack: usize,
        at: u64,
        wanted: Option<u64>,
    ) -> Result<(Head, Vec<u8>), Trouble> {
        let each = self.packs.get(pack).ok_or(Trouble::Missing)?;
        let head = each.head(at)?;
        let is_whole = matches!(head.stored, Stored::Whole(_));
        let most = wanted.filter(|_| is_whole).unwrap_or(self.most);
        if head.size > most {
            return Err(Trouble::TooLarge);
        }
        let bytes = each.inflate(&head, &mut self.ledger)?;
        Ok((head, bytes))
    }

    fn keep(&mut self, pack: usize, at: u64, object: &Rc<Object>) {
        let size = object.bytes.len();
        if size > MAX_KEPT / 4 {
            return;
        }
        if self.kept_bytes.saturating_add(size) > MAX_KEPT {
            self.kept.clear();
            self.kept_bytes = 0;
        }
        if self.kept.insert((pack, at), Rc::clone(object)).is_none() {
            self.kept_bytes = self.kept_bytes.saturating_add(size);
        }
    }
}
