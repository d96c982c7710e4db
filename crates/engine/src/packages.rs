//! What a run asks about packages once all files were read: advisories, lookalikes, names of one's own.
//!
//! The store is opened once for all questions.

use chainwright_analysis::Inspected;
use chainwright_analysis::{internal, lookalikes};
use chainwright_intel::{IntelError, Store};

use crate::advisories;
use crate::pipeline::Request;

/// Adds what is known about packages to the facts of the files that name them, and counts what statements settle.
pub(crate) fn look(request: &Request, artifacts: &mut [Inspected]) -> usize {
    internal::note(&request.internal_prefixes, artifacts);
    let store: Option<Result<Store, IntelError>> = request
        .advisories
        .as_ref()
        .map(|asked| Store::open(&asked.store));
    let open = store.as_ref().and_then(|store| store.as_ref().ok());
    // A store that cannot tell what is popular is not worth a word: the built-in names take its place.
    lookalikes::note(artifacts, &|ecosystem| {
        open.and_then(|store| store.popular(ecosystem).ok())
            .unwrap_or_default()
    });
    match (&request.advisories, &store) {
        (Some(asked), Some(store)) => advisories::compare(asked, store.as_ref(), artifacts),
        _ => 0,
    }
}
