//! B-trees of both versions, walked without recursion and within bounds.
//!
//! Source: HDF5 File Format Specification 3.0, III.A.1 "Version 1 B-trees", III.A.2 "Version 2 B-trees".

use std::collections::BTreeSet;

use chainwright_core::fields::wide;

use super::file::File;
use super::heap::encoded_width;
use crate::data::Fields;

/// Nodes of one tree that are visited.
const NODES: usize = 100_000;

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    Complete,
    /// A node was broken; others were read.
    Broken,
    /// A bound was reached.
    Limited,
}

/// Visits the leaves of a version 1 tree of type 0 (groups): the address of every symbol table node.
pub(super) fn groups(file: &File, root: u64, visit: &mut dyn FnMut(u64)) -> Walk {
    first(file, root, 0, wide(file.lengths), &mut |_, child| {
        visit(child)
    })
}

/// Visits the leaves of a version 1 tree of type 1 (chunks): the key and the address of every chunk.
pub(super) fn chunks(
    file: &File,
    root: u64,
    dimensions: usize,
    visit: &mut dyn FnMut(&[u8], u64),
) -> Walk {
    let key = wide(dimensions).saturating_mul(8).saturating_add(8);
    first(file, root, 1, key, visit)
}

fn first(file: &File, root: u64, kind: u8, key: u64, visit: &mut dyn FnMut(&[u8], u64)) -> Walk {
    let mut walk = Walk::Complete;
    let mut seen = BTreeSet::new();
    let mut waiting = vec![root];
    while let Some(address) = waiting.pop() {
        if seen.len() >= NODES || waiting.len() >= NODES {
            return Walk::Limited;
        }
        let read = seen.insert(address)
            && first_node(file, address, kind, key, visit, &mut waiting).is_some();
        if !read {
            walk = Walk::Broken;
        }
    }
    walk
}

fn first_node(
    file: &File,
    address: u64,
    kind: u8,
    key: u64,
    visit: &mut dyn FnMut(&[u8], u64),
    waiting: &mut Vec<u64>,
) -> Option<()> {
    let head = file.at(address, 8)?;
    let mut fields = Fields::new(&head);
    if fields.take(4)? != b"TREE" || fields.byte()? != kind {
        return None;
    }
    let level = fields.byte()?;
    let entries = u64::from(fields.short()?);
    let siblings = wide(file.offsets).checked_mul(2)?;
    let entry = key.checked_add(wide(file.offsets))?;
    let start = address.checked_add(8)?.checked_add(siblings)?;
    let data = file.at(start, entries.checked_mul(entry)?)?;
    let mut fields = Fields::new(&data);
    let mut children = Vec::new();
    for _ in 0..entries {
        let key = fields.take(usize::try_from(key).ok()?)?;
        let child = file.address(&mut fields)?;
        if level == 0 {
            visit(key, child);
        } else {
            children.push(child);
        }
    }
    waiting.extend(children.into_iter().rev());
    Some(())
}

/// Visits every record of a version 2 tree.
pub(super) fn second(file: &File, header: u64, visit: &mut dyn FnMut(&[u8]) -> Option<()>) -> Walk {
    let Some(tree) = Tree::open(file, header) else {
        return Walk::Broken;
    };
    let mut walk = Walk::Complete;
    let mut seen = BTreeSet::new();
    let mut waiting = vec![(tree.root, tree.root_records, tree.depth)];
    while let Some((address, records, level)) = waiting.pop() {
        if !file.is_defined(address) {
            continue;
        }
        if seen.len() >= NODES || waiting.len() >= NODES {
            return Walk::Limited;
        }
        let read = seen.insert(address)
            && tree
                .node(file, (address, records, level), visit, &mut waiting)
                .is_some();
        if !read {
            walk = Walk::Broken;
        }
    }
    walk
}

struct Tree {
    node_size: u64,
    record: usize,
    depth: u16,
    root: u64,
    root_records: u64,
    /// Bytes of a child's record count.
    count_width: usize,
    /// Bytes of a child's total record count, by the level of the child.
    total_widths: Vec<usize>,
}

impl Tree {
    fn open(file: &File, header: u64) -> Option<Self> {
        let head = file.at(header, 64)?;
        let mut fields = Fields::new(&head);
        if fields.take(4)? != b"BTHD" {
            return None;
        }
        fields.skip(2)?;
        let node_size = u64::from(fields.word()?);
        let record = usize::from(fields.short()?);
        let depth = fields.short()?;
        fields.skip(2)?;
        let root = file.address(&mut fields)?;
        let root_records = u64::from(fields.short()?);
        if record == 0 || depth > 32 {
            return None;
        }
        let mut tree = Self {
            node_size,
            record,
            depth,
            root,
            root_records,
            count_width: 0,
            total_widths: vec![0],
        };
        tree.widths(file)?;
        Some(tree)
    }

    /// Works out how wide the counts in internal nodes are, level by level, as the library does.
    fn widths(&mut self, file: &File) -> Option<()> {
        let record = wide(self.record);
        let leaf = self.node_size.checked_sub(10)?.checked_div(record)?;
        self.count_width = encoded_width(leaf);
        let mut total = leaf;
        for level in 1..usize::from(self.depth).saturating_add(1) {
            let below = *self.total_widths.get(level.checked_sub(1)?)?;
            let pointer = file
                .offsets
                .checked_add(self.count_width)?
                .checked_add(below)?;
            let space = self.node_size.checked_sub(wide(pointer))?.checked_sub(10)?;
            let most = space.checked_div(record.checked_add(wide(pointer))?)?;
            total = most
                .saturating_add(1)
                .saturating_mul(total)
                .saturating_add(most);
            self.total_widths.push(encoded_width(total));
        }
        Some(())
    }

    fn node(
        &self,
        file: &File,
        (address, records, level): (u64, u64, u16),
        visit: &mut dyn FnMut(&[u8]) -> Option<()>,
        waiting: &mut Vec<(u64, u64, u16)>,
    ) -> Option<()> {
        let data = file.at(address, self.node_size)?;
        let mut fields = Fields::new(&data);
        let expected: &[u8] = if level == 0 { b"BTLF" } else { b"BTIN" };
        if fields.take(4)? != expected {
            return None;
        }
        fields.skip(2)?;
        for _ in 0..records {
            visit(fields.take(self.record)?);
        }
        let Some(below) = level.checked_sub(1) else {
            return Some(());
        };
        let total = *self.total_widths.get(usize::from(below))?;
        for _ in 0..records.checked_add(1)? {
            let child = file.address(&mut fields)?;
            let count = fields.number(self.count_width)?;
            fields.skip(total)?;
            waiting.push((child, count, below));
        }
        Some(())
    }
}
