//! Groups: what is linked in them, in the old storage (symbol tables) and the newer ones (link messages, dense links).
//!
//! Source: HDF5 File Format Specification 3.0, III.B "Group Symbol Table Nodes", IV.A.2.c "Link Info", IV.A.2.g "Link".

use super::file::File;
use super::header::Header;
use super::heap::{FractalHeap, LocalHeap};
use super::tree::{self, Walk};
use crate::data::Fields;

/// Links of one group that are kept.
const LINKS: usize = 200_000;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// An object header.
    Hard(u64),
    /// A path in the same file.
    Soft(Vec<u8>),
    /// A path in another file.
    External { file: Vec<u8>, path: Vec<u8> },
    /// A class that the application registers.
    UserDefined(u8),
}

/// A named link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) name: Vec<u8>,
    pub(super) target: Target,
}

/// The links of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    pub(super) links: Vec<Link>,
    pub(super) broken: bool,
    pub(super) limited: bool,
    /// Stored in a way that is not read.
    pub(super) unsupported: bool,
}

impl Links {
    fn add(&mut self, link: Option<Link>) {
        match link {
            _ if self.links.len() >= LINKS => self.limited = true,
            Some(link) => self.links.push(link),
            None => self.broken = true,
        }
    }

    fn walked(&mut self, walk: Walk) {
        self.broken |= walk == Walk::Broken;
        self.limited |= walk == Walk::Limited;
    }
}

/// Whether an object header is that of a group.
pub(super) fn is_group(header: &Header) -> bool {
    [0x11, 0x02, 0x06]
        .iter()
        .any(|&kind| header.find(kind).is_some())
}

/// The links of a group; storages are read one after the other, since a crafted file may have several.
pub(super) fn links(file: &File, header: &Header) -> Links {
    let mut found = Links::default();
    for message in header.all(0x11) {
        let mut fields = Fields::new(&message.data);
        let addresses = file.address(&mut fields).zip(file.address(&mut fields));
        match addresses {
            Some((root, heap)) => symbol_table(file, root, heap, &mut found),
            None => found.broken = true,
        }
    }
    for message in header.all(0x06) {
        found.add(link(file, &message.data));
    }
    for message in header.all(0x02) {
        if dense(file, &message.data, &mut found).is_none() {
            found.broken = true;
        }
    }
    found
}

fn symbol_table(file: &File, root: u64, heap: u64, found: &mut Links) {
    let Some(heap) = LocalHeap::open(file, heap) else {
        found.broken = true;
        return;
    };
    let mut nodes = Vec::new();
    let walk = tree::groups(file, root, &mut |node| {
        if nodes.len() < LINKS {
            nodes.push(node);
        }
    });
    found.walked(walk);
    for node in nodes {
        if found.limited {
            return;
        }
        if symbols(file, node, &heap, found).is_none() {
            found.broken = true;
        }
    }
}

fn symbols(file: &File, node: u64, heap: &LocalHeap, found: &mut Links) -> Option<()> {
    let head = file.at(node, 8)?;
    let mut fields = Fields::new(&head);
    if fields.take(4)? != b"SNOD" {
        return None;
    }
    fields.skip(2)?;
    let entries = u64::from(fields.short()?);
    let entry = file.offsets.checked_mul(2)?.checked_add(24)?;
    let data = file.at(
        node.checked_add(8)?,
        entries.checked_mul(u64::try_from(entry).ok()?)?,
    )?;
    for raw in data.chunks_exact(entry) {
        found.add(symbol(file, raw, heap));
    }
    Some(())
}

fn symbol(file: &File, raw: &[u8], heap: &LocalHeap) -> Option<Link> {
    let mut fields = Fields::new(raw);
    let name = heap.text(file.address(&mut fields)?)?.to_vec();
    let address = file.address(&mut fields)?;
    let cached = fields.word()?;
    fields.skip(4)?;
    let target = if cached == 2 {
        Target::Soft(heap.text(u64::from(fields.word()?))?.to_vec())
    } else {
        Target::Hard(address)
    };
    Some(Link { name, target })
}

fn dense(file: &File, data: &[u8], found: &mut Links) -> Option<()> {
    let mut fields = Fields::new(data);
    fields.skip(1)?;
    if fields.byte()? & 1 != 0 {
        fields.skip(8)?;
    }
    let heap = file.address(&mut fields)?;
    let names = file.address(&mut fields)?;
    if !file.is_defined(heap) {
        return Some(());
    }
    let heap = FractalHeap::open(file, heap)?;
    found.unsupported |= heap.partial;
    let mut broken = false;
    let walk = tree::second(file, names, &mut |record| {
        let linked = record
            .get(4..)
            .and_then(|identifier| heap.object(file, identifier));
        match linked {
            Some((_, raw)) => found.add(link(file, &raw)),
            None => broken = true,
        }
        Some(())
    });
    found.walked(walk);
    found.broken |= broken && !heap.partial;
    Some(())
}

/// A link message (0x0006).
fn link(file: &File, data: &[u8]) -> Option<Link> {
    let mut fields = Fields::new(data);
    if fields.byte()? != 1 {
        return None;
    }
    let flags = fields.byte()?;
    let kind = if flags & 8 != 0 { fields.byte()? } else { 0 };
    if flags & 4 != 0 {
        fields.skip(8)?;
    }
    if flags & 16 != 0 {
        fields.skip(1)?;
    }
    let width = 1_usize.checked_shl(u32::from(flags & 3))?;
    let length = usize::try_from(fields.number(width)?).ok()?;
    let name = fields.take(length)?.to_vec();
    let target = match kind {
        0 => Target::Hard(file.address(&mut fields)?),
        1 => {
            let length = usize::from(fields.short()?);
            Target::Soft(fields.take(length)?.to_vec())
        }
        64 => {
            let length = usize::from(fields.short()?);
            let mut fields = Fields::new(fields.take(length)?);
            fields.skip(1)?;
            let file = fields.text()?.to_vec();
            let path = fields.text().unwrap_or_else(|| fields.rest()).to_vec();
            Target::External { file, path }
        }
        other => Target::UserDefined(other),
    };
    Some(Link { name, target })
}
