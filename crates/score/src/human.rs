//! The score for people: the number, what costs most first with what to do, and the rest in a line each.

use chainwright_core::text::visible;

use crate::Score;
use crate::answer::{Answer, Effect, Outcome, Reason};
use crate::check::METHODOLOGY_VERSION;

/// Checks that are told with reason and remedy.
const TOLD: usize = 4;
/// Columns that are used at most.
const WIDEST: usize = 120;

/// How it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether colours may be used.
    pub colour: bool,
    /// Columns.
    pub width: usize,
    /// Every probe and reason of every check.
    pub verbose: bool,
}

/// The score as text; `name` is what the user called the target.
#[must_use]
pub fn human(score: &Score, name: &str, style: &Style) -> String {
    let width = style.width.clamp(40, WIDEST);
    let mut page = Page {
        lines: Vec::new(),
        width,
        colour: style.colour,
    };
    page.head(score, name);
    let mut low: Vec<&Answer> = score.answers.iter().filter(|each| lost(each) > 0).collect();
    low.sort_by_key(|answer| (std::cmp::Reverse(lost(answer)), answer.check));
    let told = if style.verbose { low.len() } else { TOLD };
    for answer in low.iter().take(told) {
        page.told(answer, style.verbose);
    }
    let rest = low.get(told..).unwrap_or_default();
    if !rest.is_empty() {
        page.line("");
        for answer in rest {
            page.short(answer);
        }
    }
    page.names(
        "10",
        score.answers.iter().filter(|each| each.score == Some(10)),
    );
    page.names(
        " ?",
        score.answers.iter().filter(|each| each.score.is_none()),
    );
    if style.verbose {
        for answer in score.answers.iter().filter(|each| lost(each) == 0) {
            page.told(answer, true);
        }
    } else if !score.answers.is_empty() {
        page.line("");
        page.wrapped(
            "",
            "every reason with its place: --verbose or --format json",
        );
    }
    let mut text = page.lines.join("\n");
    text.push('\n');
    text
}

/// What a check costs the aggregate.
fn lost(answer: &Answer) -> u32 {
    let missing = answer.score.map_or(0, |score| 10 - u32::from(score));
    missing * answer.check.risk().quarters()
}

struct Page {
    lines: Vec<String>,
    width: usize,
    colour: bool,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.lines.push(text.to_owned());
    }

    fn head(&mut self, score: &Score, name: &str) {
        let number = score.aggregate.map_or_else(
            || "no score".to_owned(),
            |tenths| format!("{}.{} / 10", tenths / 10, tenths % 10),
        );
        let code = match score.aggregate {
            Some(70..) => "32",
            Some(40..) => "33",
            _ => "31",
        };
        let number = self.coloured(&number, code);
        let name = shortened(&visible(name, 200), self.width.saturating_sub(12));
        self.line(&format!("{number}  {name}"));
        let open = score
            .answers
            .iter()
            .filter(|each| each.score.is_none())
            .count();
        let asked = score.answers.len();
        let commit = score.commit.as_ref().map_or_else(
            || "no history".to_owned(),
            |commit| format!("commit {}", commit.get(..12).unwrap_or(commit)),
        );
        let text = format!(
            "{}, {commit}, {asked} checks, {open} inconclusive, methodology {METHODOLOGY_VERSION}",
            score.kind.as_str()
        );
        self.wrapped("", &text);
    }

    /// A check with its first reason and its remedy, or with everything.
    fn told(&mut self, answer: &Answer, verbose: bool) {
        self.line("");
        self.short(answer);
        if verbose {
            for probe in &answer.probes {
                let text = match probe.outcome {
                    Outcome::Met => format!("{}: yes", probe.name),
                    Outcome::Unmet => format!("{}: no", probe.name),
                    Outcome::Share(share) => {
                        format!("{}: {}.{} %", probe.name, share / 10, share % 10)
                    }
                    Outcome::NotApplicable => format!("{}: does not apply", probe.name),
                    Outcome::Unknown => format!("{}: not known", probe.name),
                };
                self.wrapped("      ", &text);
            }
            for reason in &answer.reasons {
                let sign = match reason.effect {
                    Effect::Lowers => "    - ",
                    Effect::Opens => "    ? ",
                    Effect::Raises => "    + ",
                };
                self.wrapped(sign, &told(reason));
            }
        } else {
            let lowers = answer
                .reasons
                .iter()
                .filter(|each| each.effect == Effect::Lowers);
            let count = lowers.clone().count();
            if let Some(reason) = lowers.clone().next() {
                let more = if count > 1 {
                    format!(" (and {} more)", count - 1)
                } else {
                    String::new()
                };
                let room = self.width.saturating_mul(2).saturating_sub(20 + more.len());
                let text = format!("{}{more}", shortened(&told(reason), room));
                self.wrapped("    - ", &text);
            }
        }
        if let Some(remedy) = &answer.remedy {
            self.wrapped("    → ", remedy);
        }
    }

    fn short(&mut self, answer: &Answer) {
        let shown = answer
            .score
            .map_or_else(|| " ?".to_owned(), |score| format!("{score:>2}"));
        let code = match answer.score {
            Some(7..) => "32",
            Some(4..=6) => "33",
            Some(_) => "31",
            None => "2",
        };
        let shown = self.coloured(&shown, code);
        let risk = answer.check.risk().as_str();
        self.line(&format!("{shown}  {} ({risk})", answer.check));
    }

    fn names<'a>(&mut self, sign: &str, answers: impl Iterator<Item = &'a Answer>) {
        let names: Vec<&str> = answers.map(|answer| answer.check.as_str()).collect();
        if !names.is_empty() {
            self.line("");
            self.wrapped(&format!("{sign}  "), &names.join(", "));
        }
    }

    fn coloured(&self, text: &str, code: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Words in lines of the page's width; the first line begins with `sign`, the others are indented as far.
    fn wrapped(&mut self, sign: &str, text: &str) {
        let indent = sign.chars().count();
        let room = self.width.saturating_sub(indent).max(20);
        let mut line = String::new();
        let mut lines = Vec::new();
        for word in text.split_whitespace() {
            let mut word = word.to_owned();
            loop {
                let used = line.chars().count();
                let needed = word.chars().count() + usize::from(used > 0);
                if used + needed <= room {
                    if used > 0 {
                        line.push(' ');
                    }
                    line.push_str(&word);
                    break;
                }
                if used > 0 {
                    lines.push(std::mem::take(&mut line));
                    continue;
                }
                // A path longer than the line goes on in the next one.
                lines.push(word.chars().take(room).collect());
                word = word.chars().skip(room).collect();
            }
        }
        lines.push(line);
        for (index, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
            let front = if index == 0 {
                sign.to_owned()
            } else {
                " ".repeat(indent)
            };
            self.lines.push(format!("{front}{line}"));
        }
    }
}

fn told(reason: &Reason) -> String {
    match (&reason.path, &reason.place) {
        (Some(path), Some(place)) => format!("{path}:{place}: {}", reason.text),
        (Some(path), None) => format!("{path}: {}", reason.text),
        (None, _) => reason.text.clone(),
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}
