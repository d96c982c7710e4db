//! Licences as SPDX 3 elements: an expression, or a name of its own where there is none.

use crate::licence::{self, Term};

/// The expression for a term; a name that SPDX does not know becomes a `LicenseRef-`.
pub(super) fn expression(term: &str) -> String {
    if licence::classify(term) != Term::Name {
        return term.to_owned();
    }
    let slug: String = term
        .chars()
        .take(100)
        .map(|each| {
            if each.is_ascii_alphanumeric() || each == '.' {
                each
            } else {
                '-'
            }
        })
        .collect();
    format!("LicenseRef-{slug}")
}
