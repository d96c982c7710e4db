//! Who vouches for what was scanned, where somebody asked.

use std::io;

use chainwright_core::component::{Component, ComponentId, ComponentKind, EdgeKind};
use chainwright_core::scan::Scan;

use super::LINES_SHOWN;
use super::pen::{Ink, Pen, Symbol, plain, span};
use crate::text::{self, LONG, NAME};

/// Signatures and attestations with how far they are believed. Silent where nobody asked who signed.
pub(super) fn write(pen: &mut Pen<'_>, scan: &Scan, verbose: bool) -> io::Result<()> {
    let judged: Vec<(ComponentId, &Component)> = scan
        .graph
        .iter()
        .filter(|(_, component)| is_judged(component))
        .collect();
    if judged.is_empty() {
        return Ok(());
    }
    let count = text::counted(judged.len(), "signed document", "signed documents");
    pen.heading("proofs", &count)?;
    pen.blank()?;
    let limit = if verbose { judged.len() } else { LINES_SHOWN };
    for (id, component) in judged.iter().take(limit) {
        one(pen, scan, *id, component)?;
    }
    if judged.len() > limit {
        let more = text::counted(judged.len() - limit, "more document", "more documents");
        let more = span(Ink::Faint, format!("and {more} (--verbose shows all)"));
        pen.wrapped(&plain("  "), &plain("  "), &[more])?;
    }
    pen.blank()
}

fn is_judged(component: &Component) -> bool {
    let is_proof = matches!(
        component.kind,
        ComponentKind::Signature | ComponentKind::Attestation
    );
    let standing = component.attributes.get("standing");
    is_proof && standing.is_some_and(|standing| standing != "unchecked")
}

fn one(pen: &mut Pen<'_>, scan: &Scan, id: ComponentId, component: &Component) -> io::Result<()> {
    let attribute = |key: &str| component.attributes.get(key).map_or("", String::as_str);
    let standing = attribute("standing");
    let (symbol, ink) = if standing == "trusted" {
        (Symbol::Pass, Ink::Good)
    } else {
        (Symbol::Bullet, Ink::Faint)
    };
    let symbol = pen.symbol(symbol);
    let name = text::shown_name(&component.name, NAME);
    pen.wrapped(
        &span(ink, format!("{symbol} ")),
        &plain("  "),
        &[
            span(ink, standing.replace('-', " ")),
            plain("  "),
            span(Ink::Strong, name),
        ],
    )?;
    let signers = scan.graph.edges().iter().filter_map(|edge| {
        let is_signer = edge.from == id && edge.kind == EdgeKind::SignedBy;
        let signer = scan.graph.component(edge.to).filter(|_| is_signer)?;
        Some(format!("by {}", text::shown_name(&signer.name, NAME)))
    });
    let covers = match attribute("covers") {
        "" => None,
        covers => Some(format!("covers {covers}")),
    };
    for line in signers.take(LINES_SHOWN).chain(covers) {
        pen.wrapped(
            &plain("  "),
            &plain("    "),
            &[plain(text::shown(&line, LONG))],
        )?;
    }
    Ok(())
}
