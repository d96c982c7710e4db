//! `pip.conf` and `uv.toml`: where packages are looked for on a machine.

use crate::document::parse_toml;
use crate::facts::{IncludeKind, IndexRole};
use crate::sink::{Sink, line};

use super::setup::ini;
use super::uv;

/// Reads `pip.conf`; its keys are pip's long options, in a section for all commands or for one.
pub(crate) fn read_pip(text: &str, sink: &mut Sink<'_>) {
    for entry in ini(text) {
        let place = line(entry.line);
        let key = entry.key.replace('_', "-");
        for value in entry.value.split_whitespace() {
            let place = place.clone();
            match key.as_str() {
                "index-url" => sink.index(IndexRole::Primary, value, place),
                "extra-index-url" => sink.index(IndexRole::Extra, value, place),
                "find-links" => sink.index(IndexRole::FindLinks, value, place),
                "trusted-host" => sink.index(IndexRole::TrustedHost, value, place),
                "requirement" => sink.include(IncludeKind::Requirements, value, place),
                "constraint" => sink.include(IncludeKind::Constraints, value, place),
                _ => sink.setting(&key, value, place),
            }
        }
        if sink.is_full() {
            return;
        }
    }
}

/// Reads `uv.toml`.
pub(crate) fn read_uv(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    uv::read_table(&parsed.root, sink);
}
