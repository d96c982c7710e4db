//! What rules of every kind share: picking facts, putting findings into words, and reporting the worst first.
//!
//! What only the rules about one subject share lies beside it: pickles, configuration, templates, code.

use std::cmp::Reverse;

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::Sink;
use chainwright_containers::ContainerFacts;
use chainwright_core::finding::Evidence;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_formats::flaw::{Flaw, Flaws};

/// Pieces of evidence that one finding shows; a report is no dump.
pub(crate) const SHOWN: usize = 8;

/// Evidence with the severity that it calls for.
pub(crate) type Judged = (Severity, Evidence);

pub(crate) fn containers(artifact: &Inspected) -> impl Iterator<Item = &ContainerFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Container(facts) => Some(facts),
        _ => None,
    })
}

/// Reports everything that was judged as one finding, which is as bad as the worst of it. `message` makes a sentence
/// of the first of the worst.
pub(crate) fn report_worst(
    mut judged: Vec<Judged>,
    confidence: Confidence,
    message: impl FnOnce(&str) -> String,
    sink: &mut Sink<'_>,
) {
    judged.sort_by_key(|(severity, _)| Reverse(*severity));
    let Some((severity, first)) = judged.first() else {
        return;
    };
    let (severity, message) = (*severity, message(&first.text));
    let told = judged.into_iter().map(|(_, evidence)| evidence);
    sink.report_as(severity, confidence, message, told.take(SHOWN).collect());
}

/// Reports what a parser found wrong with a structure; `judge` gives each flaw its severity and its text.
pub(crate) fn report_flaws<Kind>(
    flaws: &Flaws<Kind>,
    judge: impl Fn(&Flaw<Kind>) -> Option<(Severity, String)>,
    sink: &mut Sink<'_>,
) {
    let judged = flaws.kept.iter().filter_map(|flaw| {
        let (severity, text) = judge(flaw)?;
        let place = flaw.place.clone();
        Some((severity, Evidence { place, text }))
    });
    report_worst(judged.collect(), Confidence::High, str::to_owned, sink);
}

/// Hostile text in backticks; backticks inside it become apostrophes.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

/// `1 thing`, `2 things`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {many}")
    }
}
