//! The embedding against the vocabulary that is declared, and against the ids that the tokenizer gives.

use chainwright_core::text::visible;

use crate::facts::{ArchitectureFacts, DisagreementKind};
use crate::names::{Names, parts};
use crate::{Model, TensorEntry, TokenizerClaims};

/// What modules are called that turn ids into vectors.
const EMBEDDINGS: [&str; 9] = [
    "embed_tokens",
    "wte",
    "word_embeddings",
    "word_embedding",
    "shared",
    "tok_embeddings",
    "embed_in",
    "token_embedding",
    "token_embd",
];
/// Tokens that training uses and text does not.
const FILLERS: [&str; 5] = ["pad", "mask", "unk", "unused", "reserved"];
/// Rows behind a vocabulary that hide nothing.
const RESERVED: u64 = 8;
/// Parameters that no model of use has fewer of; stubs for tests take whatever tokenizer there is.
const SMALL: u64 = 5_000_000;
/// LIMIT: tokens shown.
const SHOWN: usize = 4;

/// Whether the tensor turns ids of words into vectors.
pub(crate) fn is_embedding(name: &str) -> bool {
    let module = name.strip_suffix(".weight").unwrap_or(name);
    let last = parts(module).last().unwrap_or_default();
    EMBEDDINGS.contains(&last)
}

pub(crate) fn check(model: &Model<'_>, names: &Names<'_>, facts: &mut ArchitectureFacts) {
    let tables: Vec<&TensorEntry> = names
        .all
        .iter()
        .filter(|tensor| is_embedding(&tensor.name) && tensor.shape.len() == 2)
        .collect();
    let declared = model.declared;
    let stated = declared.vocabularies();
    if declared.is_single() && !stated.is_empty() {
        for table in &tables {
            rows(table, &stated, declared.names(table_rows(table)), facts);
        }
    }
    if let Some(tokenizer) = model.tokenizer
        && !declared.has_code
        && !tables.is_empty()
    {
        tokens(tokenizer, names.all, facts);
    }
}

fn table_rows(table: &TensorEntry) -> u64 {
    table.shape.first().copied().unwrap_or(0)
}

fn rows(table: &TensorEntry, stated: &[u64], is_named: bool, facts: &mut ArchitectureFacts) {
    let rows = table_rows(table);
    let is_sum = stated
        .iter()
        .any(|one| stated.iter().any(|two| one.saturating_add(*two) == rows));
    // Mllama keeps eight rows behind its vocabulary for the marks of images.
    let beyond = |one: &u64| rows.checked_sub(*one).is_some_and(|more| more <= RESERVED);
    if is_named || is_sum || stated.iter().any(beyond) {
        return;
    }
    let told: Vec<String> = stated.iter().map(u64::to_string).collect();
    facts.add(
        DisagreementKind::Vocabulary,
        &table.name,
        table.elements(),
        || {
            format!(
                "has {rows} rows, a vocabulary of {} is declared",
                told.join(" or ")
            )
        },
    );
}

/// Ids beyond every side of every tensor are beyond the embedding, whatever it is called.
fn tokens(tokenizer: &TokenizerClaims, all: &[TensorEntry], facts: &mut ArchitectureFacts) {
    let sides = all.iter().flat_map(|tensor| tensor.shape.iter().copied());
    let largest = sides.max().unwrap_or(0);
    let tables = all.iter().filter(|tensor| is_embedding(&tensor.name));
    // Rows that were added behind the table lie in a table of their own.
    let together = tables.map(table_rows).fold(0, u64::saturating_add);
    let rows = largest.max(together);
    let word = tokenizer.largest_word.filter(|id| *id >= rows);
    let added: Vec<&(u64, String)> = tokenizer
        .added
        .iter()
        .filter(|(id, _)| *id >= rows)
        .collect();
    if let Some(id) = word {
        let is_far = id >= rows.saturating_add(rows >> 2);
        let kind = if is_far && facts.parameters < SMALL {
            DisagreementKind::TokensBeyondStub
        } else {
            DisagreementKind::TokensBeyondEmbedding
        };
        facts.add(kind, "", 0, || {
            format!("the tokenizer has words up to id {id}, the embedding has {rows} rows")
        });
    } else if !added.is_empty() {
        let is_filler = |text: &str| {
            let text = text.to_ascii_lowercase();
            FILLERS.iter().any(|filler| text.contains(filler))
        };
        let kind = if added.iter().all(|(_, text)| is_filler(text)) {
            DisagreementKind::FillerBeyondEmbedding
        } else {
            DisagreementKind::TokensBeyondEmbedding
        };
        let shown: Vec<String> = added
            .iter()
            .take(SHOWN)
            .map(|(id, text)| format!("{id} {}", visible(text, 40)))
            .collect();
        facts.add(kind, "", 0, || {
            format!(
                "the embedding has {rows} rows, the tokenizer adds {}",
                shown.join(", ")
            )
        });
    }
}
