//! What an older file does not know yet: which source packages its parts were built from.

use chainwright_boms::evidence::{Field, Source};
use chainwright_boms::inventory::Component;
use chainwright_boms::read::read;
use chainwright_boms::source_package;
use chainwright_core::limits::Limits;
use chainwright_core::package::Package;
use rusqlite::Transaction;

use super::unpacked;
use super::write::{WriteError, Writer};
use crate::codec;
use crate::outline::{Node, Outline};

/// Learns the sources of every state from its document.
///
/// A document that is read differently from when it was written down keeps the numbers of its parts; of those, what their
/// package URLs say is learned.
pub(super) fn learn(transaction: &Transaction<'_>) -> Result<(), WriteError> {
    let mut writer = Writer::new(transaction);
    let mut ids = transaction.prepare("SELECT id FROM state ORDER BY id")?;
    let ids: Vec<i64> = ids
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in ids {
        let parts: Vec<u8> =
            transaction.query_row("SELECT bytes FROM parts WHERE state = ?1", [id], |row| {
                row.get(0)
            })?;
        let nodes = codec::read_nodes(&parts)?;
        let sources = match outline(transaction, id)? {
            Some(outline) if is_same(&outline.nodes, &nodes) => outline.sources,
            _ => by_purl(&nodes),
        };
        writer.sources(id, &nodes, &sources)?;
    }
    Ok(())
}

/// A state's document as it is read today.
fn outline(transaction: &Transaction<'_>, id: i64) -> Result<Option<Outline>, rusqlite::Error> {
    let sql = "SELECT state.origin, document.size, document.deflated FROM state
        JOIN document ON document.digest = state.document WHERE state.id = ?1";
    let (origin, size, deflated): (String, i64, Vec<u8>) =
        transaction.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let limits = Limits {
        header_bytes: u64::MAX,
        text_bytes: u64::MAX,
        ..Limits::default()
    };
    let document = unpacked(u64::try_from(size).unwrap_or_default(), &deflated).ok();
    let read = document.and_then(|document| read(&document, &origin, &limits).ok());
    Ok(read.map(|(_, inventory)| Outline::of(&inventory)))
}

fn is_same(today: &[Node], then: &[Node]) -> bool {
    let package = |node: &Node| (node.package.clone(), node.purl.clone());
    today.iter().map(package).eq(then.iter().map(package))
}

fn by_purl(nodes: &[Node]) -> Vec<(u32, Package)> {
    let stated = (0_u32..).zip(nodes).filter_map(|(place, node)| {
        let mut component = Component::new(node.kind, node.package.name.clone());
        component.purl = Field::declared(node.purl.clone(), Source::file(""));
        let source = source_package(&component, &node.package)?;
        (source != node.package).then_some((place, source))
    });
    stated.collect()
}
