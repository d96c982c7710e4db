//! No-Secrets: credentials in the files and in everything that was ever committed.

use std::collections::BTreeSet;

use chainwright_analysis::facts::Facts;
use chainwright_core::location::Place;
use chainwright_core::severity::Severity;
use chainwright_repository::secrets::{Certainty, SecretHit};

use crate::answer::{Answer, Effect, Outcome};
use crate::check::Check;
use crate::material::Material;
use crate::rules::{Counts, counts};

/// A credential whose form is known leaves nothing; one that only looks random leaves half.
pub(super) fn secrets(mut answer: Answer, material: &Material<'_>) -> Answer {
    let mut cap = 10;
    let mut here: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for artifact in material.subject.artifacts {
        for facts in &artifact.facts {
            let Facts::Secrets(hits) = facts else {
                continue;
            };
            for hit in hits {
                cap = cap.min(limit(hit));
                here.insert((artifact.location.path(), &hit.pattern, &hit.shown));
                answer.lowers_at(told(hit), &artifact.location, &hit.place);
            }
        }
    }
    for finding in material.subject.findings {
        let speaks = counts(finding.rule) == Counts::For(Check::NoSecrets);
        if speaks && finding.rule != "secret-exposed" && finding.severity >= Severity::Medium {
            cap = 0;
            let at = &finding.subject.location;
            answer.lowers_at(finding.message.clone(), at, &Place::Whole);
        }
    }
    answer.probe("none-in-files", cap == 10);
    let Some(history) = material.subject.history else {
        answer.probed("none-in-history", Outcome::NotApplicable);
        answer.note(
            Effect::Opens,
            "there is no history here to search",
            None,
            None,
        );
        return finished(answer, cap, true);
    };
    let mut is_clean = true;
    for past in &history.secrets {
        let key = (
            past.path.as_str(),
            past.hit.pattern.as_str(),
            past.hit.shown.as_str(),
        );
        if here.contains(&key) {
            continue;
        }
        is_clean = false;
        cap = cap.min(limit(&past.hit));
        let commit = past.commit.get(..12).unwrap_or(&past.commit);
        let text = format!("{} in commit {commit}", told(&past.hit));
        let place = Some(past.hit.place.clone());
        answer.note(Effect::Lowers, text, Some(past.path.clone()), place);
    }
    let is_whole = history.problems.is_empty();
    let outcome = match (is_clean, is_whole) {
        (false, _) => Outcome::Unmet,
        (true, true) => Outcome::Met,
        (true, false) => Outcome::Unknown,
    };
    answer.probed("none-in-history", outcome);
    for problem in &history.problems {
        let text = format!(
            "the history was not searched as a whole: {}",
            problem.detail
        );
        answer.note(Effect::Opens, text, None, None);
    }
    if history.is_shallow {
        let text = "the clone is shallow; older commits were not searched";
        answer.note(Effect::Opens, text, None, None);
    }
    finished(answer, cap, is_whole)
}

fn finished(mut answer: Answer, cap: u32, is_whole: bool) -> Answer {
    if cap == 10 && !is_whole {
        return answer.inconclusive("what was not searched cannot be called clean");
    }
    if cap == 10 {
        answer.raises("no credentials were found");
    }
    answer.scored(cap)
}

const fn limit(hit: &SecretHit) -> u32 {
    match hit.certainty {
        Certainty::High | Certainty::Medium => 0,
        Certainty::Low => 5,
    }
}

fn told(hit: &SecretHit) -> String {
    format!("{} `{}`", hit.pattern, hit.shown)
}
