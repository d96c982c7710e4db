//! R's serialisation (`rds`, `RData`): XDR, ASCII and native binary.
//!
//! Honest model objects are full of code: closures, formulas, the call that fitted them. What no honest file holds is
//! a promise where a value belongs (CVE-2024-27322), which runs as soon as somebody looks at it, or a call of a
//! command where the model only remembers how it was made. The file is read into an arena without recursion; then the
//! places of code are judged. Sources: `serialize.c` and `saveload.c` of R 4. Compression is opened elsewhere.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::model::{ModelFacts, ModelFormat};

mod arena;
mod input;
mod judge;
mod walk;

/// The marks of saved workspaces: `RDX2`, `RDA3` and so on, before the serialisation proper.
const WORKSPACES: [&[u8]; 6] = [
    b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n",
];

/// Whether a head is R's serialisation.
pub(crate) fn is_rdata(head: &[u8]) -> bool {
    let workspace = WORKSPACES.iter().any(|mark| head.starts_with(mark));
    let body = if workspace {
        head.get(5..).unwrap_or_default()
    } else {
        head
    };
    let version = |bytes: Option<&[u8]>, order: chainwright_core::fields::Order| {
        bytes
            .and_then(|bytes| order.u32(bytes, 0))
            .is_some_and(|version| (2..=3).contains(&version))
    };
    match body {
        [b'X', b'\n', rest @ ..] => version(rest.get(..4), chainwright_core::fields::Order::Big),
        [b'B', b'\n', rest @ ..] => version(rest.get(..4), chainwright_core::fields::Order::Little),
        [b'A', b'\n', b'2' | b'3', b'\n' | b'\r', rest @ ..] => {
            rest.first().is_some_and(u8::is_ascii_digit)
        }
        _ => false,
    }
}

/// Reads a file.
pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::RData);
    let (arena, is_workspace) = walk::read(source, budget, &mut facts);
    facts.operators = u64::try_from(arena.len()).unwrap_or(u64::MAX);
    judge::judge(&arena, is_workspace, budget, &mut facts);
    facts
}
