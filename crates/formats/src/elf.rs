//! Native libraries of Linux, as far as it matters whether somebody has stripped them.
//!
//! `strip` takes the symbol table and the debug sections off a library and writes the table of sections at its end. What
//! was in the file before cannot be told from what is left, so this says what a library looks like, not what was done.
//!
//! Source: System V ABI, chapter 4 ("ELF Header", "Sections"); nothing is loaded and no segment is looked at.

use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::fields::{Order, narrow};

/// Sections of one library; real ones have some forty.
const MOST_SECTIONS: u16 = 512;

/// Bytes of the names of sections.
const MOST_NAMES: u64 = 64 * 1024;

/// How far from the end the table of sections is looked for; going back in compressed content is dear.
const NEAR_THE_END: u64 = 256 * 1024;

const SYMBOLS: u32 = 2;
const DYNAMIC: u32 = 6;
const NO_BITS: u32 = 8;

/// Whether the bytes are a whole shared library without symbol table and debug sections, with its table of sections at the
/// end, as `strip` leaves it.
#[must_use]
pub fn is_stripped_library(source: &dyn ByteSource) -> bool {
    Library::read(source).is_some_and(|library| library.is_stripped(source).unwrap_or_default())
}

/// Where the fields of a header lie, which differ between 32 and 64 bits.
struct Library {
    order: Order,
    is_wide: bool,
    table: u64,
    count: u16,
    entry: u16,
    names: u16,
}

struct Section {
    name: u32,
    kind: u32,
    offset: u64,
    size: u64,
}

impl Library {
    fn read(source: &dyn ByteSource) -> Option<Self> {
        let head = read_range(source, 0, 64).ok()?;
        if !head.starts_with(b"\x7fELF") {
            return None;
        }
        let is_wide = match head.get(4)? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let order = match head.get(5)? {
            1 => Order::Little,
            2 => Order::Big,
            _ => return None,
        };
        const SHARED: u16 = 3;
        let is_shared = order.u16(&head, 16)? == SHARED;
        let (table, counts) = if is_wide {
            (order.u64(&head, 40)?, 58)
        } else {
            (u64::from(order.u32(&head, 32)?), 46)
        };
        is_shared.then_some(Self {
            order,
            is_wide,
            table,
            entry: order.u16(&head, counts)?,
            count: order.u16(&head, counts.checked_add(2)?)?,
            names: order.u16(&head, counts.checked_add(4)?)?,
        })
    }

    fn is_stripped(&self, source: &dyn ByteSource) -> Option<bool> {
        let least = if self.is_wide { 64 } else { 40 };
        let length = u64::from(self.count).checked_mul(u64::from(self.entry))?;
        let is_sound = self.entry == least && self.count > 0 && self.count <= MOST_SECTIONS;
        let is_at_end = self.table.checked_add(length)? == source.size();
        if !is_sound || !is_at_end || length > NEAR_THE_END {
            return Some(false);
        }
        let table = read_range(source, self.table, narrow(length)).ok()?;
        let sections: Option<Vec<Section>> = table
            .chunks_exact(usize::from(self.entry))
            .map(|entry| self.section(entry))
            .collect();
        let sections = sections?;
        let names = sections.get(usize::from(self.names))?;
        let is_near = names.offset >= source.size().saturating_sub(NEAR_THE_END);
        if names.size > MOST_NAMES || !is_near {
            return Some(false);
        }
        let names = read_range(source, names.offset, narrow(names.size)).ok()?;
        let is_debug = |section: &Section| {
            let name = names.get(narrow(section.name.into())..).unwrap_or_default();
            name.starts_with(b".debug") || name.starts_with(b".zdebug")
        };
        let is_inside = |section: &Section| {
            section.kind == NO_BITS
                || section
                    .offset
                    .checked_add(section.size)
                    .is_some_and(|end| end <= self.table)
        };
        let is_bare = |section: &Section| section.kind != SYMBOLS && !is_debug(section);
        Some(
            sections.iter().any(|section| section.kind == DYNAMIC)
                && sections.iter().all(is_bare)
                && sections.iter().all(is_inside),
        )
    }

    fn section(&self, entry: &[u8]) -> Option<Section> {
        let order = self.order;
        let (offset, size) = if self.is_wide {
            (order.u64(entry, 24)?, order.u64(entry, 32)?)
        } else {
            let offset = u64::from(order.u32(entry, 16)?);
            (offset, u64::from(order.u32(entry, 20)?))
        };
        Some(Section {
            name: order.u32(entry, 0)?,
            kind: order.u32(entry, 4)?,
            offset,
            size,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainwright_testkit::elf::library;

    #[test]
    fn libraries_are_stripped_if_no_symbols_and_no_debug_sections_are_left() {
        let bare = [".dynamic", ".text"];
        let cases: [(&[&str], bool); 4] = [
            (&bare, true),
            (&[".dynamic", ".text", ".symtab"], false),
            (&[".dynamic", ".debug_info"], false),
            (&[".text"], false),
        ];
        for (sections, expected) in cases {
            assert_eq!(
                is_stripped_library(&library(sections, 500)),
                expected,
                "{sections:?}"
            );
        }
    }

    #[test]
    fn what_follows_the_table_or_is_cut_is_no_work_of_strip() {
        let whole = library(&[".dynamic", ".text"], 500);
        for end in 0..whole.len() {
            assert!(!is_stripped_library(&whole[..end].to_vec()), "{end}");
        }
        let longer = [whole.as_slice(), b"more"].concat();
        assert!(!is_stripped_library(&longer));
    }

    #[test]
    fn every_changed_byte_is_survived() {
        let whole = library(&[".dynamic", ".text"], 8);
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = is_stripped_library(&bytes);
            }
        }
    }
}
