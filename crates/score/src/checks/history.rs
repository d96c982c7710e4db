//! Review-Discipline and Stable-Releases: how changes come in, and whether what was released stays.

use std::collections::BTreeSet;

use chainwright_history::{Commit, History};

use crate::answer::{Answer, Effect, Outcome};
use crate::material::Material;

/// How many commits of the main line are looked at.
const LOOKED_AT: usize = 30;

fn history<'a>(material: &Material<'a>) -> Result<&'a History, &'static str> {
    let history = material.subject.history.ok_or("there is no history here")?;
    if history.line.is_empty() {
        return Err(if history.problems.is_empty() {
            "nothing was committed yet"
        } else {
            "the history could not be read"
        });
    }
    Ok(history)
}

/// Five points for changes by request, three for a second person, two for signatures.
pub(super) fn review(mut answer: Answer, material: &Material<'_>) -> Answer {
    let history = match history(material) {
        Ok(history) => history,
        Err(why) => return answer.inconclusive(why),
    };
    let line = history.line.get(..LOOKED_AT).unwrap_or(&history.line);
    if history.is_shallow && line.len() < 2 {
        return answer.inconclusive("the clone is shallow and holds too few commits");
    }
    let count = line.len() as u64;
    let share = |is: fn(&Commit) -> bool| line.iter().filter(|commit| is(commit)).count() as u64;
    // What begins a repository cannot have been asked for.
    let begun = line
        .iter()
        .filter(|commit| commit.parents == 0 && line.len() > 1)
        .count() as u64;
    let requested = share(is_requested);
    let by_request = answer.share("by-request", requested, count - begun);
    let people: BTreeSet<&str> = line
        .iter()
        .flat_map(|commit| [commit.author.as_str(), commit.committer.as_str()])
        .filter(|person| !is_machine(person))
        .collect();
    let has_second = answer.probe("two-people", people.len() > 1);
    let signed = share(|commit| commit.is_signed);
    let signed = answer.share("signed", signed, count);
    if by_request < 1000 {
        let direct = count - begun - requested;
        answer.lowers(format!(
            "{direct} of the last {count} commits came in without a request"
        ));
    }
    if !has_second {
        answer.lowers("nobody but one person took part");
    }
    if signed < 1000 {
        answer.lowers("not every commit carries a signature");
    }
    if signed > 0 {
        let text = "signatures of commits are counted, not verified";
        answer.note(Effect::Opens, text, None, None);
    }
    answer.scored((by_request * 5 + signed * 2) / 1000 + u32::from(has_second) * 3)
}

/// Whether a commit joins a branch, or says which request it came from.
fn is_requested(commit: &Commit) -> bool {
    let numbered = commit.subject.rsplit_once("(#").is_some_and(|(_, rest)| {
        let digits = rest.trim_end().trim_end_matches(')');
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    commit.parents > 1 || numbered
}

/// Addresses behind which nobody sits.
fn is_machine(person: &str) -> bool {
    person.is_empty() || person.contains("noreply@") || person.contains("[bot]")
}

/// Four points for tags, three for HEAD's weights being released, three for weights that change with a word.
pub(super) fn releases(mut answer: Answer, material: &Material<'_>) -> Answer {
    let history = match history(material) {
        Ok(history) => history,
        Err(why) => return answer.inconclusive(why),
    };
    if history.is_shallow && history.tags.is_empty() {
        return answer.inconclusive("the clone is shallow and holds no tags");
    }
    let cap = overwritten(&mut answer, history);
    let has_tags = answer.probe("tagged", !history.tags.is_empty());
    let is_released = history.tags.iter().any(|tag| tag.has_weights_of_head);
    answer.probe("weights-released", is_released);
    let changes: Vec<&Commit> = history
        .line
        .iter()
        .filter(|commit| !commit.weights.is_empty())
        .collect();
    let silent = changes.iter().filter(|commit| !commit.changes_documents);
    let silent: Vec<&str> = silent
        .map(|commit| commit.id.get(..12).unwrap_or(&commit.id))
        .collect();
    let told = (changes.len() - silent.len()) as u64;
    let share = if changes.is_empty() {
        answer.probed("weight-changes-described", Outcome::NotApplicable);
        1000
    } else {
        answer.share("weight-changes-described", told, changes.len() as u64)
    };
    if !has_tags {
        answer.lowers("no release is tagged");
    } else if !is_released {
        answer.lowers("the weights of HEAD were never released under a tag");
    }
    for id in silent {
        answer.lowers(format!(
            "commit {id} changes weights without a word in card or change log"
        ));
    }
    let points = u32::from(has_tags) * 4 + u32::from(is_released) * 3 + share * 3 / 1000;
    answer.scored(points.min(cap))
}

/// What was overwritten, and how far that holds the score down.
fn overwritten(answer: &mut Answer, history: &History) -> u32 {
    let mut cap = 10;
    for tag in &history.tags {
        if let Some(moved) = &tag.moved {
            let text = format!(
                "tag `{}` was moved; {} of {} weight files were replaced under it",
                tag.name, moved.replaced, moved.weights
            );
            answer.lowers(text);
            let is_grave = moved.replaced * 10 > moved.weights * 3;
            cap = cap.min(if is_grave { 0 } else { 5 });
        }
        if let Some(other) = &tag.other_name {
            answer.lowers(format!("tag `{}` calls itself `{other}`", tag.name));
            cap = cap.min(5);
        }
    }
    answer.probe("no-tag-moved", cap == 10);
    for name in &history.forced {
        answer.lowers(format!("`{name}` was overwritten by force"));
        cap = cap.min(7);
    }
    answer.probe("no-force-push", history.forced.is_empty());
    cap
}
