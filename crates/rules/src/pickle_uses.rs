//! What the rules about pickles share: how a stream uses names, in words.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_pickle::{PickleFacts, Reason, Tier, Use, UseKind};

use crate::shared::{SHOWN, quoted};

pub(crate) fn pickles(artifact: &Inspected) -> impl Iterator<Item = &PickleFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Pickle(facts) => Some(facts),
        _ => None,
    })
}

/// Whether a name is reached through the process, a hook or a changed object, for `pickle-indirection` to tell.
pub(crate) fn is_indirect(used: &Use) -> bool {
    match used.kind {
        UseKind::Mutation | UseKind::DynamicGlobal | UseKind::Extension | UseKind::PersistentId => {
            used.tier >= Tier::UnknownClass
        }
        UseKind::SetState => used.tier == Tier::Dangerous && used.reason == Reason::StateOfGlobal,
        UseKind::Import
        | UseKind::Reduce
        | UseKind::Inst
        | UseKind::Obj
        | UseKind::NewObj
        | UseKind::NewObjEx
        | UseKind::Indirect
        | UseKind::SerializedCode => false,
    }
}

/// What the stream uses, in backticks: `module.name(arguments)` for a call, `module.name` for anything else.
pub(crate) fn subject(used: &Use) -> String {
    let name = match (used.module.is_empty(), used.name.is_empty()) {
        (false, false) => format!("{}.{}", used.module, used.name),
        (true, _) => used.name.clone(),
        (_, true) => used.module.clone(),
    };
    if is_call(used) {
        quoted(&format!("{name}{}", used.arguments))
    } else {
        quoted(&name)
    }
}

/// Evidence for uses of names in a pickle.
pub(crate) fn uses(used: &[&Use]) -> Vec<Evidence> {
    let shown = used.iter().take(SHOWN);
    shown
        .map(|used| Evidence {
            place: Place::Byte(used.offset),
            text: account(used),
        })
        .collect()
}

/// The subject, how it is used, where and how often.
fn account(used: &Use) -> String {
    let mut text = format!("{}, {}", subject(used), manner(used.kind));
    if is_change(used) && !used.arguments.is_empty() {
        text.push_str(" by ");
        text.push_str(&quoted(&used.arguments));
    }
    if used.depth > 0 {
        text.push_str(", in a nested pickle");
    }
    if used.count > 1 {
        text.push_str(&format!(", {} times", used.count));
    }
    text
}

/// Whether the arguments are those of a call; a class that is made without any is shown as a class.
fn is_call(used: &Use) -> bool {
    let is_bare_class = used.kind == UseKind::NewObj && used.arguments == "()";
    !is_bare_class && !is_change(used)
}

const fn is_change(used: &Use) -> bool {
    matches!(used.kind, UseKind::Mutation | UseKind::SetState)
}

const fn manner(kind: UseKind) -> &'static str {
    match kind {
        UseKind::Import => "referred to",
        UseKind::Reduce => "called (REDUCE)",
        UseKind::Inst => "called (INST)",
        UseKind::Obj => "called (OBJ)",
        UseKind::NewObj => "made (NEWOBJ)",
        UseKind::NewObjEx => "made (NEWOBJ_EX)",
        UseKind::SetState => "given a state (BUILD)",
        UseKind::Indirect => "called by another call",
        UseKind::Mutation => "changed",
        UseKind::Extension => "taken from the extension registry",
        UseKind::PersistentId => "left to the loading program",
        UseKind::DynamicGlobal => "imported by a computed name",
        UseKind::SerializedCode => "carried as bytecode",
    }
}
