//! Object headers: the list of messages that describes a group, a dataset or a committed type.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A "Disk Format: Level 2A - Data Object Headers".

use std::collections::BTreeSet;
use std::collections::VecDeque;

use chainwright_core::fields::wide;

use super::file::File;
use crate::data::Fields;

/// Messages that are read of one object, over all its blocks; libhdf5 writes a few dozen.
const MESSAGES: usize = 70_000;
/// Continuation blocks of one object.
const BLOCKS: usize = 4_096;

/// One message of an object header.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) kind: u16,
    /// Its data are a reference to a message that lies elsewhere.
    pub(super) shared: bool,
    pub(super) data: Vec<u8>,
    /// The address of its data.
    pub(super) address: u64,
}

/// What an object header holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Header {
    pub(super) messages: Vec<Message>,
    /// Something was broken or cut; the messages before it are kept.
    pub(super) broken: bool,
    /// A bound was reached.
    pub(super) limited: bool,
}

impl Header {
    pub(super) fn find(&self, kind: u16) -> Option<&Message> {
        self.messages.iter().find(|message| message.kind == kind)
    }

    pub(super) fn all(&self, kind: u16) -> impl Iterator<Item = &Message> {
        self.messages
            .iter()
            .filter(move |message| message.kind == kind)
    }
}

struct Block {
    address: u64,
    length: u64,
}

/// Reads the object header at an address; `None` if there is none.
pub(super) fn read(file: &File, address: u64) -> Option<Header> {
    let head = file.at(address, 64)?;
    if head.starts_with(b"OHDR") {
        second(file, address, &head)
    } else {
        first(file, address, &head)
    }
}

fn first(file: &File, address: u64, head: &[u8]) -> Option<Header> {
    let mut fields = Fields::new(head);
    if fields.byte()? != 1 || fields.byte()? != 0 {
        return None;
    }
    fields.skip(6)?;
    let length = u64::from(fields.word()?);
    let start = Block {
        address: address.checked_add(16)?,
        length,
    };
    Some(collect(file, start, &Layout::First))
}

fn second(file: &File, address: u64, head: &[u8]) -> Option<Header> {
    let mut fields = Fields::new(head.get(4..)?);
    if fields.byte()? != 2 {
        return None;
    }
    let flags = fields.byte()?;
    if flags & 0x20 != 0 {
        fields.skip(16)?;
    }
    if flags & 0x10 != 0 {
        fields.skip(4)?;
    }
    let width = 1_usize.checked_shl(u32::from(flags & 3))?;
    let length = fields.number(width)?;
    let before = wide(fields.position()).checked_add(4)?;
    let start = Block {
        address: address.checked_add(before)?,
        length,
    };
    let layout = Layout::Second {
        ordered: flags & 4 != 0,
    };
    Some(collect(file, start, &layout))
}

enum Layout {
    First,
    Second { ordered: bool },
}

fn collect(file: &File, start: Block, layout: &Layout) -> Header {
    let mut header = Header::default();
    let mut seen = BTreeSet::new();
    let mut blocks = VecDeque::from([start]);
    while let Some(block) = blocks.pop_front() {
        if seen.len() >= BLOCKS || header.messages.len() >= MESSAGES {
            header.limited = true;
            break;
        }
        if !seen.insert(block.address) {
            header.broken = true;
            continue;
        }
        let Some(data) = file.at(block.address, block.length) else {
            header.broken = true;
            continue;
        };
        header.broken |= wide(data.len()) != block.length;
        let from = header.messages.len();
        if messages(&data, block.address, layout, &mut header).is_none() {
            header.broken = true;
        }
        let more = header.messages.get(from..).unwrap_or_default();
        blocks.extend(
            more.iter()
                .filter_map(|message| continuation(file, message, layout)),
        );
    }
    header
}

/// The block that a continuation message (0x0010) points to, without its frame.
fn continuation(file: &File, message: &Message, layout: &Layout) -> Option<Block> {
    if message.kind != 0x10 {
        return None;
    }
    let mut fields = Fields::new(&message.data);
    let address = file.address(&mut fields)?;
    let length = file.length(&mut fields)?;
    match layout {
        Layout::First => Some(Block { address, length }),
        Layout::Second { .. } => Some(Block {
            address: address.checked_add(4)?,
            length: length.checked_sub(8)?,
        }),
    }
}

fn messages(data: &[u8], address: u64, layout: &Layout, header: &mut Header) -> Option<()> {
    let mut fields = Fields::new(data);
    let frame = match layout {
        Layout::First => 8,
        Layout::Second { ordered } => 4_usize.saturating_add(if *ordered { 2 } else { 0 }),
    };
    // What is left when no message fits any more is a gap.
    while fields.rest().len() >= frame && header.messages.len() < MESSAGES {
        let (kind, length, flags);
        match layout {
            Layout::First => {
                kind = fields.short()?;
                length = fields.short()?;
                flags = fields.byte()?;
                fields.skip(3)?;
            }
            Layout::Second { ordered } => {
                kind = u16::from(fields.byte()?);
                length = fields.short()?;
                flags = fields.byte()?;
                fields.skip(if *ordered { 2 } else { 0 })?;
            }
        }
        let at = address.checked_add(wide(fields.position()))?;
        let content = fields.take(usize::from(length))?;
        if kind != 0 {
            header.messages.push(Message {
                kind,
                shared: flags & 2 != 0,
                data: content.to_vec(),
                address: at,
            });
        }
    }
    Some(())
}
