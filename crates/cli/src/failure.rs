//! How a failure is told: one line, its causes, and what to do about it.

use std::io::Write as _;
use std::process::ExitCode;

use chainwright_core::text::visible;
use chainwright_engine::EngineError;
use chainwright_exchange::KeepError;
use chainwright_intel::IntelError;
use chainwright_inventory::InventoryError;
use chainwright_ledger::LedgerError;
use chainwright_signing::{KeyError, Refused, SignError};
use chainwright_sources::WalkError;

use crate::FAILURE;
use crate::output::is_closed_pipe;

const WIDTH: usize = 2000;

/// Tells the user and gives the exit code. A closed pipe is not a failure.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if error
        .chain()
        .any(|cause| cause.downcast_ref().is_some_and(is_closed_pipe))
    {
        return ExitCode::SUCCESS;
    }
    let causes: Vec<String> = error
        .chain()
        .map(|cause| visible(&cause.to_string(), WIDTH))
        .collect();
    let mut message = format!("error: {}\n", causes.join(": "));
    if let Some(hint) = error.chain().find_map(hint) {
        message.push_str(&format!("  hint: {hint}\n"));
    }
    // Standard error may be closed as well; there is nobody left to tell.
    let _ = std::io::stderr().write_all(message.as_bytes());
    ExitCode::from(FAILURE)
}

fn hint(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if let Some(error) = cause.downcast_ref::<WalkError>() {
        return walk_hint(error);
    }
    if let Some(error) = cause.downcast_ref::<IntelError>() {
        return error.hint();
    }
    if let Some(error) = cause.downcast_ref::<InventoryError>() {
        return error.hint();
    }
    if let Some(error) = cause.downcast_ref::<KeepError>() {
        return error.hint();
    }
    if let Some(error) = cause.downcast_ref::<KeyError>() {
        return Some(error.hint());
    }
    if let Some(error) = cause.downcast_ref::<Refused>() {
        return Some(error.hint());
    }
    if let Some(error) = cause.downcast_ref::<SignError>() {
        return crate::proofs::signers::hint(error);
    }
    #[cfg(feature = "pkcs11")]
    if let Some(error) = cause.downcast_ref::<chainwright_pkcs11::TokenError>() {
        return Some(error.hint());
    }
    if let Some(error) = cause.downcast_ref::<LedgerError>() {
        return error.hint();
    }
    #[cfg(feature = "registries")]
    if let Some(error) = cause.downcast_ref::<chainwright_pull::PullError>() {
        return error.hint();
    }
    match cause.downcast_ref::<EngineError>()? {
        EngineError::Walk(error) => walk_hint(error),
        EngineError::Interrupted => {
            Some("nothing was written; the last report and cache are intact")
        }
        _ => None,
    }
}

fn walk_hint(error: &WalkError) -> Option<&'static str> {
    match error {
        WalkError::Missing(_) => {
            Some("check the spelling, or give a folder, file or archive that exists")
        }
        WalkError::Unreadable { .. } => Some("check who may read it"),
        WalkError::NotAFile(_) => Some("give a folder, a regular file or an archive"),
        _ => None,
    }
}
