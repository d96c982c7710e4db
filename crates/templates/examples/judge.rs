//! Judges template files: `judge FILES` prints what was noticed; `judge --table FILES` prints the table of known
//! templates for `src/fingerprint/known.rs`, named after the files.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use chainwright_core::limits::Limits;

#[expect(
    clippy::disallowed_methods,
    reason = "a tool for maintainers reads the files it is given"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let wants_table = arguments.first().is_some_and(|first| first == "--table");
    if wants_table {
        arguments.remove(0);
    }
    let mut out = std::io::stdout().lock();
    let mut table = BTreeMap::new();
    for path in &arguments {
        let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
        let facts = chainwright_templates::inspect(&text, &Limits::default());
        let name = Path::new(path)
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned());
        if wants_table {
            table.insert(facts.fingerprint, name.unwrap_or_default());
            continue;
        }
        writeln!(
            out,
            "{path}\tparsed={} chat={} known={:?}",
            facts.parsed, facts.is_chat, facts.known
        )?;
        for problem in &facts.problems {
            writeln!(out, "  problem {} {}", problem.place, problem.detail)?;
        }
        for behaviour in &facts.behaviours {
            writeln!(
                out,
                "  {:?} {:?} {} {}",
                behaviour.certainty, behaviour.kind, behaviour.place, behaviour.evidence
            )?;
        }
    }
    for (fingerprint, name) in table {
        writeln!(out, "    (\"{fingerprint}\", \"{name}\"),")?;
    }
    Ok(())
}
