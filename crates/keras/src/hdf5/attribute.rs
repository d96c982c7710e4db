//! Attributes: small named values beside a group or a dataset. Only texts and bytes are read.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.m "Attribute", IV.A.2.v "Attribute Info".

use chainwright_core::fields::{narrow, wide};

use super::file::File;
use super::header::{Header, Message};
use super::heap::{self, FractalHeap};
use super::shape::{self, Class, Dataspace, Datatype};
use super::tree::{self, Walk};
use crate::data::Fields;

/// Attributes of one object that are read.
const ATTRIBUTES: usize = 20_000;
/// Values of one attribute that are read.
const VALUES: u64 = 4_096;
/// Bytes of all values of one attribute.
const VALUE_BYTES: usize = 32 * 1024 * 1024;

/// One attribute; values are kept if they are text or bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) values: Vec<Vec<u8>>,
    pub(super) elements: Option<u64>,
    pub(super) element_size: u64,
    pub(super) broken: bool,
}

/// The attributes of an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Attributes {
    pub(super) list: Vec<Attribute>,
    pub(super) broken: bool,
    pub(super) limited: bool,
    pub(super) unsupported: bool,
}

/// Reads compact (0x000C) and dense (0x0015) attributes.
pub(super) fn attributes(file: &File, header: &Header) -> Attributes {
    let mut found = Attributes::default();
    for message in header.all(0x0c) {
        if message.shared {
            found.unsupported = true;
            continue;
        }
        found.add(attribute(file, &message.data));
    }
    for message in header.all(0x15) {
        if dense(file, &message.data, &mut found).is_none() {
            found.broken = true;
        }
    }
    found
}

impl Attributes {
    fn add(&mut self, attribute: Option<Attribute>) {
        match attribute {
            _ if self.list.len() >= ATTRIBUTES => self.limited = true,
            Some(attribute) => self.list.push(attribute),
            None => self.broken = true,
        }
    }
}

fn dense(file: &File, data: &[u8], found: &mut Attributes) -> Option<()> {
    let mut fields = Fields::new(data);
    fields.skip(1)?;
    if fields.byte()? & 1 != 0 {
        fields.skip(2)?;
    }
    let heap = file.address(&mut fields)?;
    let names = file.address(&mut fields)?;
    if !file.is_defined(heap) {
        return Some(());
    }
    let heap = FractalHeap::open(file, heap)?;
    found.unsupported |= heap.partial;
    let walk = tree::second(file, names, &mut |record| {
        let shared = record.get(8).is_some_and(|flags| flags & 2 != 0);
        match record
            .get(..8)
            .and_then(|identifier| heap.object(file, identifier))
        {
            _ if shared => found.unsupported = true,
            Some((_, raw)) => found.add(attribute(file, &raw)),
            None => found.broken |= !heap.partial,
        }
        Some(())
    });
    found.broken |= walk == Walk::Broken;
    found.limited |= walk == Walk::Limited;
    Some(())
}

fn attribute(file: &File, data: &[u8]) -> Option<Attribute> {
    let mut fields = Fields::new(data);
    let version = fields.byte()?;
    let flags = fields.byte()?;
    let name = usize::from(fields.short()?);
    let datatype = usize::from(fields.short()?);
    let dataspace = usize::from(fields.short()?);
    if version == 3 {
        fields.skip(1)?;
    }
    let padded = |length: usize| match version {
        1 => length.next_multiple_of(8),
        _ => length,
    };
    let name = fields.take(padded(name))?;
    let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
    let datatype = part(
        file,
        fields.take(padded(datatype))?,
        0x03,
        version >= 2 && flags & 1 != 0,
    )?;
    let dataspace = part(
        file,
        fields.take(padded(dataspace))?,
        0x01,
        version >= 2 && flags & 2 != 0,
    )?;
    let datatype = Datatype::parse(&datatype)?;
    let elements = Dataspace::parse(file, &dataspace)?.elements();
    let mut attribute = Attribute {
        name: String::from_utf8_lossy(name).into_owned(),
        values: Vec::new(),
        elements,
        element_size: datatype.size,
        broken: false,
    };
    attribute.broken = values(
        file,
        datatype,
        elements.unwrap_or(0),
        fields.rest(),
        &mut attribute.values,
    )
    .is_none();
    Some(attribute)
}

fn part(file: &File, data: &[u8], kind: u16, shared: bool) -> Option<Vec<u8>> {
    shape::resolve(
        file,
        &Message {
            kind,
            shared,
            data: data.to_vec(),
            address: u64::MAX,
        },
    )
}

/// The texts or byte strings among the elements.
fn values(
    file: &File,
    datatype: Datatype,
    elements: u64,
    data: &[u8],
    found: &mut Vec<Vec<u8>>,
) -> Option<()> {
    let mut total = 0_usize;
    let mut fields = Fields::new(data);
    let width = narrow(datatype.size);
    match datatype.class {
        Class::Text => {
            for _ in 0..elements.min(VALUES) {
                let raw = fields.take(width)?;
                let end = raw
                    .iter()
                    .rposition(|&byte| byte != 0)
                    .map_or(0, |last| last.saturating_add(1));
                found.push(raw.get(..end)?.to_vec());
            }
        }
        Class::Opaque => found.push(fields.take(width)?.to_vec()),
        Class::Integer if datatype.size == 1 => found.push(fields.take(narrow(elements))?.to_vec()),
        Class::VariableText | Class::Sequence => {
            for _ in 0..elements.min(VALUES) {
                let value = variable(file, &mut fields)?;
                total = total.saturating_add(value.len());
                if total > VALUE_BYTES {
                    return None;
                }
                found.push(value);
            }
        }
        _ => {}
    }
    Some(())
}

/// A value in the global heap: its length, the address of a collection and an index in it.
pub(super) fn variable(file: &File, fields: &mut Fields<'_>) -> Option<Vec<u8>> {
    let length = narrow(u64::from(fields.word()?));
    let heap = file.address(fields)?;
    let index = u64::from(fields.word()?);
    if length == 0 || heap == 0 {
        return Some(Vec::new());
    }
    let mut value = heap::global(file, heap, index)?;
    // A sequence counts elements, a text bytes; the object in the heap knows its own length.
    if wide(value.len()) > wide(length) && value.get(length..)?.iter().all(|&byte| byte == 0) {
        value.truncate(length);
    }
    Some(value)
}
