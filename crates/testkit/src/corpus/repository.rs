//! Configuration, cards, secrets and hidden text around the weights.
//!
//! Tokens are synthetic and put together from parts when the cases are made, so that no text in the source looks
//! like a credential. By policy, configuration that leads to code *in the same repository* is worth a look but stays
//! below the gate; code from another repository, dangerous callables and paths out of the folder do not.

mod adapters;
mod cards;
mod configs;
mod hidden;
mod honest;
mod indexes;
mod packs;
mod secrets;
mod sentencepiece;
mod tokenizers;
mod vocabularies;

use super::{Case, Label};

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        adapters::cases(),
        cards::cases(),
        configs::cases(),
        hidden::cases(),
        honest::cases(),
        indexes::cases(),
        packs::cases(),
        secrets::cases(),
        sentencepiece::cases(),
        tokenizers::cases(),
        vocabularies::cases(),
    ]
    .concat()
}

/// A row of a table of cases: name, file, text.
type Row<'a> = (&'a str, &'a str, &'a str);

fn table(class: &'static str, label: Label, rows: &[Row<'_>]) -> Vec<Case> {
    rows.iter()
        .map(|(name, file, text)| Case::single(class, *name, label, *file, *text))
        .collect()
}
