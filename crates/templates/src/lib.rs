//! Chat templates judged by their Jinja syntax tree.
//!
//! A chat template is code that runs in the inference server on every request and writes the prompt. It can try to
//! leave its sandbox, and it can tell the model things that the user never sees. Both are judged here on the syntax
//! tree, with constants folded, so that spelling tricks don't matter.
//!
//! The way through the crate: `lexer` and `parser` build the `ast`; `judge` walks it with the knowledge in `names`,
//! `wording`, `fold` and `value`; `hidden` looks at the text as people see it; `findings` keeps what was noticed.
//!
//! Deliberately absent: rendering. No template is ever executed, and no file is read.

mod ast;
mod facts;
mod findings;
mod fingerprint;
mod fold;
mod hidden;
mod judge;
mod lexer;
mod names;
mod parser;
mod recognise;
mod value;
mod wording;

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

pub use facts::{Behaviour, BehaviourKind, Certainty, Family, TemplateFacts};
pub use recognise::looks_like_template;

use findings::Lines;
use judge::Judge;
use parser::{Trouble, TroubleKind};

/// Judges a template. Pure, bounded and total: broken input yields problems, never a failure.
#[must_use]
pub fn inspect(text: &str, limits: &Limits) -> TemplateFacts {
    let (source, is_cut) = within(text, limits);
    let lines = Lines::new(source);
    let (tree, troubles) = parser::parse(source);
    let mut judge = Judge::new(source);
    judge.run(&tree);
    let (is_chat, is_cut_short) = (judge.is_chat(), judge.is_cut_short);
    let mut findings = judge.findings;
    hidden::judge(source, &tree, &mut findings);
    if !troubles.is_empty() {
        recognise::gadgets(source, &mut findings);
    }
    let parsed = troubles.is_empty();
    let mut problems: Vec<Problem> = troubles
        .iter()
        .map(|trouble| problem(trouble, &lines))
        .collect();
    if is_cut_short {
        problems.push(limit("expressions are nested more deeply than is followed"));
    }
    if is_cut {
        problems.push(limit("the template is longer than is read"));
    }
    let (mut behaviours, omitted) = findings.finish(&lines);
    let fingerprint = fingerprint::of(source);
    let known = fingerprint::name_of(&fingerprint).map(str::to_owned);
    if known.is_some() {
        behaviours.retain(|behaviour| !is_settled_by_name(behaviour.kind));
    }
    TemplateFacts {
        parsed,
        is_chat,
        behaviours,
        omitted,
        problems,
        fingerprint,
        known,
    }
}

/// Whether a behaviour of a well-known template is what its authors meant. Layout and comments are no part of the
/// fingerprint, so what hides there is still reported.
const fn is_settled_by_name(kind: BehaviourKind) -> bool {
    matches!(kind.family(), Family::Backdoor)
        || matches!(
            kind,
            BehaviourKind::EncodedLiteral | BehaviourKind::AssembledText
        )
}

/// The part of the text that is read.
fn within<'a>(text: &'a str, limits: &Limits) -> (&'a str, bool) {
    let limit = usize::try_from(limits.text_bytes).unwrap_or(usize::MAX);
    if text.len() <= limit {
        return (text, false);
    }
    let end = (0..=limit)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    (text.get(..end).unwrap_or_default(), true)
}

fn limit(detail: &str) -> Problem {
    Problem::new(ProblemKind::LimitReached, Place::Whole, detail)
}

fn problem(trouble: &Trouble, lines: &Lines<'_>) -> Problem {
    let (kind, detail) = match trouble.kind {
        TroubleKind::Grammar => (
            ProblemKind::Malformed,
            "not Jinja grammar; the tag was skipped",
        ),
        TroubleKind::Unfinished => (
            ProblemKind::Truncated,
            "the template ends inside a tag or block",
        ),
        TroubleKind::TooDeep => (
            ProblemKind::LimitReached,
            "nested too deeply; this part was not followed",
        ),
        TroubleKind::TooLong => (ProblemKind::LimitReached, "more tokens than are read"),
    };
    Problem::new(kind, lines.place(trouble.at), detail)
}
