//! The verbs.

pub(crate) mod affected;
pub(crate) mod bom;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod intel;
pub(crate) mod inventory;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod quarantine;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod score;
pub(crate) mod vet;
