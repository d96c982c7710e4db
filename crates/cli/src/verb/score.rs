//! `chainwright score`: how well a model or dataset repository is kept.
//!
//! Everything that the checks need is gathered here: what a scan sees, what the rules say, the documents that the checks
//! read themselves, and the history below `.git`. Paths are made relative to the target, so that the score does not
//! depend on where a clone lies.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use chainwright_advisories::vex;
use chainwright_analysis::facts::{Exposure, Facts};
use chainwright_analysis::{Inspected, RuleEntry, run as rules};
use chainwright_core::finding::Finding;
use chainwright_core::text::visible;
use chainwright_engine::{Request, Target};
use chainwright_history::{Bounds, History};
use chainwright_score::{
    Check, Document, MAX_DOCUMENT, Score, Style, Subject, human, is_wanted, json, score,
};
use chainwright_sources::{FileSource, walk};
use clap::ValueEnum;

use crate::gather::{Gathered, Gathering, gather, tell};
use crate::remote::Fetch;
use crate::{FAILURE, FINDINGS, output};

/// Score how well a model or dataset repository is kept: eighteen checks, 0 to 10 each, from a local clone.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 done, 1 below --fail-below, 2 an error or nothing that could be scored."
)]
pub(crate) struct Arguments {
    /// The clone: a folder, or a repository on the hub (hf://org/name[@revision]); the working folder if none is given.
    #[arg(value_name = "TARGET", default_value = ".")]
    target: String,

    /// Format of the score.
    #[arg(short, long, default_value = "human")]
    format: Format,

    /// Write the score to FILE.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Fail when the score is below NUMBER, 0 to 10 with at most one decimal.
    #[arg(long, value_name = "NUMBER", value_parser = tenths)]
    fail_below: Option<u32>,

    /// Ask only this check, and weigh it among those asked; may be repeated.
    #[arg(long, value_name = "NAME")]
    check: Vec<Check>,

    /// Show every probe and reason.
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    gathering: Gathering,

    /// Columns of the human form; the terminal's width if not given.
    #[arg(long, value_name = "COLUMNS", env = "COLUMNS", hide_env = true)]
    width: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// Reads `7` or `7.5` as tenths.
fn tenths(text: &str) -> Result<u32, String> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let read = |part: &str| part.parse::<u32>().ok().filter(|_| is_number(part));
    match (read(whole), read(tenth).filter(|_| tenth.len() == 1)) {
        (Some(whole), Some(tenth)) if whole * 10 + tenth <= 100 => Ok(whole * 10 + tenth),
        _ => Err("a number from 0 to 10 with at most one decimal".to_owned()),
    }
}

pub(crate) fn run(
    arguments: &Arguments,
    entries: &'static [RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    let targets = [arguments.target.clone()];
    let mut gathered = gather(&targets, &arguments.gathering, entries, fetch)?;
    let Some(target) = gathered.request.targets.first().cloned() else {
        bail!("there is no target");
    };
    let ours: Vec<_> = entries.iter().map(|entry| entry.rule).collect();
    settle(&mut gathered);
    let answers = rules::run(&ours, &gathered.raw.artifacts);
    let files = Files::below(&target, &gathered.request)?;
    let unread = unread(&gathered, &files, !answers.problems.is_empty());
    let artifacts = files.relative_artifacts(std::mem::take(&mut gathered.raw.artifacts));
    let findings = files.relative_findings(answers.findings);
    let documents = files.documents();
    let history = history(&target.path);
    let score = score(
        &Subject {
            artifacts: &artifacts,
            findings: &findings,
            documents: &documents,
            history: history.as_ref(),
            asked_advisories: gathered.has_advisories,
            unread: &unread,
        },
        &arguments.check,
    );
    if !gathered.has_advisories && !arguments.gathering.reading.quiet {
        tell(&[
            "packages were not compared with advisories; see `chainwright intel update`".to_owned(),
        ]);
    }
    write(arguments, &score)?;
    Ok(exit_code(arguments, &score))
}

fn exit_code(arguments: &Arguments, score: &Score) -> ExitCode {
    match (score.aggregate, arguments.fail_below) {
        (Some(reached), Some(least)) if reached < least => ExitCode::from(FINDINGS),
        (None, _) if !arguments.gathering.reading.allow_incomplete => ExitCode::from(FAILURE),
        _ => ExitCode::SUCCESS,
    }
}

fn history(target: &Path) -> Option<History> {
    chainwright_history::read(target, &Bounds::default(), &|| false)
}

/// Takes out what statements settle.
fn settle(gathered: &mut Gathered) {
    if gathered.statements.is_empty() {
        return;
    }
    let statements = &gathered.statements;
    let is_open = |exposure: &Exposure, known: &chainwright_analysis::facts::Known| {
        let subject = vex::Subject {
            package: Some(exposure.package.clone()),
            ..vex::Subject::default()
        };
        let matched = chainwright_advisories::Match {
            advisory: Arc::new(known.advisory.clone()),
            unknown: known.is_uncertain,
            evidence: known.evidence.clone(),
            fixed: known.fixed.clone(),
        };
        let applied = vex::apply(statements, &subject, vec![matched]);
        applied.iter().all(|each| each.suppressed.is_none())
    };
    for artifact in &mut gathered.raw.artifacts {
        for facts in &mut artifact.facts {
            let Facts::Exposed(exposures) = facts else {
                continue;
            };
            for exposure in exposures.iter_mut() {
                let known = std::mem::take(&mut exposure.known);
                let open = known.into_iter().filter(|known| is_open(exposure, known));
                let open: Vec<_> = open.collect();
                exposure.known = open;
            }
            exposures.retain(|exposure| !exposure.known.is_empty());
        }
        artifact
            .facts
            .retain(|facts| !matches!(facts, Facts::Exposed(all) if all.is_empty()));
    }
}

/// What could not be read besides single files, in words without places of this machine.
fn unread(gathered: &Gathered, files: &Files, has_failed: bool) -> Vec<String> {
    let passed = gathered
        .raw
        .passed
        .iter()
        .filter(|passed| passed.leaves_incomplete);
    let mut unread: Vec<String> = passed
        .map(|passed| format!("{}: {}", files.relative(&passed.shown), passed.reason))
        .collect();
    if gathered.is_partial {
        unread.push("files were left out on purpose".to_owned());
    }
    if has_failed {
        unread.push("a rule failed; its answer is missing".to_owned());
    }
    unread.sort();
    unread
}

/// The files of the target by the name that reports give them.
struct Files {
    /// What every shown name begins with.
    prefix: String,
    by_shown: BTreeMap<String, (String, PathBuf)>,
}

impl Files {
    fn below(target: &Target, request: &Request) -> anyhow::Result<Self> {
        let visit = walk(
            &target.path,
            &target.written,
            &request.exclude,
            request.limits.files,
        )?;
        let mut prefix = String::new();
        let mut by_shown = BTreeMap::new();
        for file in visit.files {
            let below = file.path.strip_prefix(&target.path).unwrap_or(&file.path);
            let below = if below.as_os_str().is_empty() {
                Path::new(file.path.file_name().unwrap_or_default())
            } else {
                below
            };
            let parts: Vec<_> = below
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            let relative = parts.join("/");
            if let Some(front) = file.shown.strip_suffix(&relative) {
                front.clone_into(&mut prefix);
            }
            by_shown.insert(file.shown, (relative, file.path));
        }
        Ok(Self { prefix, by_shown })
    }

    fn relative<'a>(&'a self, shown: &'a str) -> &'a str {
        match self.by_shown.get(shown) {
            Some((relative, _)) => relative,
            None => shown.strip_prefix(&self.prefix).unwrap_or(shown),
        }
    }

    fn relative_artifacts(&self, mut artifacts: Vec<Inspected>) -> Vec<Inspected> {
        for artifact in &mut artifacts {
            let relative = self.relative(artifact.location.path()).to_owned();
            artifact.location = artifact.location.below(relative);
        }
        artifacts.sort_by(|left, right| left.location.cmp(&right.location));
        artifacts
    }

    fn relative_findings(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        for finding in &mut findings {
            let location = &finding.subject.location;
            let relative = self.relative(location.path()).to_owned();
            finding.subject.location = location.below(relative);
            if !self.prefix.is_empty() {
                finding.message = finding.message.replace(&self.prefix, "");
            }
        }
        findings
    }

    /// The documents that the checks read themselves. What cannot be read is as if it were not there; the scan says so.
    fn documents(&self) -> Vec<Document> {
        let wanted = self
            .by_shown
            .values()
            .filter(|(relative, _)| is_wanted(relative));
        let read = wanted.filter_map(|(relative, path)| {
            let bytes = content(path).ok()?;
            Some(Document {
                path: relative.clone(),
                bytes,
            })
        });
        read.collect()
    }
}

/// The content of a regular file of a bounded size.
fn content(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = visible(&path.to_string_lossy(), 200);
    // Refuses what is no regular file before anything could block.
    FileSource::open(path).with_context(|| format!("cannot read `{shown}`"))?;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        bail!("`{shown}` is too large");
    }
    Ok(bytes)
}

fn write(arguments: &Arguments, score: &Score) -> anyhow::Result<()> {
    let terminal = std::io::stdout().is_terminal() && arguments.output.is_none();
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let columns = || {
        let size = console::Term::stdout().size_checked();
        size.map_or(100, |(_, columns)| usize::from(columns))
    };
    let text = match arguments.format {
        Format::Json => json(score),
        Format::Human => human(
            score,
            &arguments.target,
            &Style {
                colour: terminal && !refused,
                width: arguments.width.unwrap_or_else(columns),
                verbose: arguments.verbose,
            },
        ),
    };
    match &arguments.output {
        Some(path) => output::to_file(path, &|out| out.write_all(text.as_bytes())),
        None => output::to_stdout(&|out| out.write_all(text.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_as_tenths() {
        for (text, expected) in [
            ("7", Some(70)),
            ("7.5", Some(75)),
            ("10", Some(100)),
            ("0", Some(0)),
        ] {
            assert_eq!(tenths(text).ok(), expected, "{text}");
        }
        for text in [
            "",
            "-1",
            "10.1",
            "7.55",
            "7.",
            ".5",
            "x",
            "1e1",
            "99999999999",
        ] {
            assert!(tenths(text).is_err(), "{text}");
        }
    }
}
