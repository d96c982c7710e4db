//! `affected`: what a vulnerability, package, digest, licence or base model touches, and by which ways.

pub(crate) mod tell;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use chainwright_advisories::Advisory;
use chainwright_advisories::vex::{self, Statement};
use chainwright_advisories::{Findings, Match};
use chainwright_analysis::RuleEntry;
use chainwright_core::digest::Sha256;
use chainwright_core::package::Package;
use chainwright_core::text::visible;
use chainwright_intel::{Freshness, IntelError, STALE_AFTER_DAYS, Store};
use chainwright_inventory::{
    Answer, Entry, Judge, LicenceQuestion, Memory, Options, Question, Ranges, Selection, Settle,
    Settled, Shelf, Sqlite, Verdict, View, affected, parse_base, parse_package, parse_purl,
    read_folder,
};
use chainwright_policy::Config;
use clap::{Args, ValueEnum};

use crate::gather::{Advice, Configured, Reading, day};
use crate::remote::Fetch;
use crate::verb::inventory::{self, Taking, Where};
use crate::{FAILURE, FINDINGS, output};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Look at these bills of materials, folders, files, archives, images, repositories (hf://…) or images in registries
    /// (oci://…) instead of the inventory.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

    /// Look at every bill of materials below FOLDER instead of the inventory; may be repeated.
    #[arg(long, value_name = "FOLDER")]
    boms: Vec<PathBuf>,

    #[command(flatten)]
    asked: Asked,

    #[command(flatten)]
    reading: Reading,
}

/// A question to the inventory.
#[derive(Debug, Args)]
pub(crate) struct OfInventory {
    #[command(flatten)]
    asked: Asked,

    #[command(flatten)]
    configured: Configured,
}

/// What is asked, and how to tell it.
#[derive(Debug, Args)]
#[group(skip)]
struct Asked {
    #[command(flatten)]
    subject: Subject,

    #[command(flatten)]
    store: Where,

    #[command(flatten)]
    advice: Advice,

    /// After how many days without news advisories are stale; as configured if not given, else 14.
    #[arg(long, value_name = "DAYS")]
    max_age: Option<u32>,

    /// What was true on this day or at this moment instead of now.
    #[arg(long, value_name = "DATE", value_parser = inventory::moment_of)]
    as_of: Option<i64>,

    /// As far as was known on this day or at this moment.
    #[arg(long, value_name = "DATE", value_parser = inventory::moment_of)]
    known: Option<i64>,

    /// Documents that are told with their ways; the others are counted. 0 means all.
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,

    /// Ways that are told of one document.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    routes: u16,

    /// How to tell it.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// Write the answer to FILE.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Subject {
    /// A weakness by any of its names: CVE, GHSA, PYSEC, RUSTSEC …
    #[arg(long, value_name = "ID")]
    vuln: Option<String>,

    /// A package URL; without a version all of them.
    #[arg(long, value_name = "PURL")]
    purl: Option<String>,

    /// A package and a range of its versions, such as torch@<2.1 or npm:@scope/name@^1.2.
    #[arg(long, value_name = "NAME@RANGE")]
    package: Option<String>,

    /// A file, image or model by its SHA-256.
    #[arg(long, value_name = "HEX", value_parser = digest)]
    sha256: Option<Sha256>,

    /// Terms of use: an SPDX expression, an identifier with a trailing *, or a name.
    #[arg(long, value_name = "EXPRESSION", alias = "license")]
    licence: Option<String>,

    /// A model that others were made from, such as owner/model or owner/model@revision.
    #[arg(long, value_name = "OWNER/MODEL")]
    base: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

fn digest(text: &str) -> Result<Sha256, String> {
    let digits = text
        .trim()
        .trim_start_matches("sha256:")
        .to_ascii_lowercase();
    digits
        .parse()
        .map_err(|_| "a SHA-256 has 64 hexadecimal digits".to_owned())
}

pub(crate) fn run(
    arguments: &Arguments,
    entries: &[RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    let config = arguments.reading.config(entries)?;
    if arguments.targets.is_empty() && arguments.boms.is_empty() {
        let shelf = Sqlite::open(&arguments.asked.store.location())?;
        return answer(&shelf, &arguments.asked, &config, Unread::default());
    }
    let taking = Taking {
        reading: &arguments.reading,
        config: &config,
        fetch,
        now: chrono::Utc::now().timestamp(),
    };
    let (entries, reasons) = look(arguments, &taking)?;
    let mut shelf = Memory::timeless();
    shelf.add(&entries, taking.now)?;
    drop(entries);
    let unread = Unread {
        reasons,
        is_accepted: arguments.reading.allow_incomplete,
    };
    answer(&shelf, &arguments.asked, &config, unread)
}

/// Asks the inventory.
pub(crate) fn run_on_inventory(
    arguments: &OfInventory,
    entries: &[RuleEntry],
) -> anyhow::Result<ExitCode> {
    let config = arguments.configured.config(entries)?;
    let shelf = Sqlite::open(&arguments.asked.store.location())?;
    answer(&shelf, &arguments.asked, &config, Unread::default())
}

/// The documents that are meant, and why some could not be read.
fn look(arguments: &Arguments, taking: &Taking<'_>) -> anyhow::Result<(Vec<Entry>, Vec<String>)> {
    let (mut entries, mut gaps) = (Vec::new(), Vec::new());
    for folder in &arguments.boms {
        let found = read_folder(folder, &taking.config.limits, taking.now)?;
        for unread in found.unread {
            gaps.push(format!(
                "`{}` could not be read: {}",
                unread.path.display(),
                unread.reason
            ));
        }
        if found.entries.is_empty() {
            gaps.push(format!("`{}` holds no bill of materials", folder.display()));
        }
        entries.extend(found.entries);
    }
    for target in &arguments.targets {
        let taken = taking.take(target)?;
        gaps.extend(taken.gaps);
        entries.push(taken.entry);
    }
    Ok((entries, gaps))
}

/// What could not be read of the targets.
#[derive(Default)]
struct Unread {
    reasons: Vec<String>,
    /// Whether the user accepts that.
    is_accepted: bool,
}

fn answer(
    shelf: &dyn Shelf,
    asked: &Asked,
    config: &Config,
    unread: Unread,
) -> anyhow::Result<ExitCode> {
    let mut gaps = Vec::new();
    let sought = Sought::of(asked, config, &mut gaps)?;
    let (statements, rejected) = asked.advice.stated()?;
    gaps.extend(rejected);
    let settling = Settling {
        statements: &statements,
        advisory: sought.advisory.clone(),
    };
    let question = Question {
        selections: sought.selections.clone(),
        judge: sought.judge.as_deref(),
        digests: sought.digests.clone(),
        licence: sought.licence.clone(),
        vulnerability: sought.names.clone(),
        settle: (!statements.is_empty()).then_some(&settling),
    };
    let options = Options {
        view: view(asked),
        most_documents: asked.limit,
        most_routes: usize::from(asked.routes),
    };
    let answer = affected(shelf, &question, &options)?;
    if answer.documents == 0 {
        gaps.push("there is no document to look at".to_owned());
    }
    if answer.unsure > 0 && answer.open == 0 {
        gaps.push("some versions are not known or cannot be compared".to_owned());
    }
    let is_complete = gaps.is_empty() && (unread.is_accepted || unread.reasons.is_empty());
    let gaps = [unread.reasons, gaps].concat();
    let told = tell::Told {
        answer: &answer,
        sought: &sought,
        gaps: &gaps,
    };
    let write = |out: &mut dyn std::io::Write| match asked.format {
        Format::Human => told.human(out),
        Format::Json => told.json(out),
    };
    match &asked.output {
        Some(path) => output::to_file(path, &write)?,
        None => output::to_stdout(&write)?,
    }
    Ok(exit_code(&answer, is_complete))
}

fn exit_code(answer: &Answer, is_complete: bool) -> ExitCode {
    match (answer.is_affected(), is_complete) {
        (true, _) => ExitCode::from(FINDINGS),
        (false, false) => ExitCode::from(FAILURE),
        (false, true) => ExitCode::SUCCESS,
    }
}

fn view(asked: &Asked) -> View {
    match (asked.as_of, asked.known) {
        (None, None) => View::Now,
        (valid, known) => View::At {
            valid: valid.unwrap_or(i64::MAX),
            known: known.unwrap_or(i64::MAX),
        },
    }
}

/// What is looked for.
pub(crate) struct Sought {
    /// In words.
    title: String,
    /// The weakness, if it is one that the store knows.
    advisory: Option<Arc<Advisory>>,
    selections: Vec<Selection>,
    judge: Option<Box<dyn Judge>>,
    digests: Vec<[u8; 32]>,
    licence: Option<LicenceQuestion>,
    names: Vec<String>,
}

impl Sought {
    fn of(asked: &Asked, config: &Config, gaps: &mut Vec<String>) -> anyhow::Result<Self> {
        let subject = &asked.subject;
        let ranges = |title: &str, (selections, ranges): (Vec<Selection>, Ranges)| Self {
            selections,
            judge: Some(Box::new(ranges)),
            ..Self::plain(title)
        };
        if let Some(id) = &subject.vuln {
            return Self::weakness(id, asked, config, gaps);
        }
        if let Some(text) = &subject.purl {
            return Ok(ranges(text, parse_purl(text)?));
        }
        if let Some(text) = &subject.package {
            return Ok(ranges(text, parse_package(text)?));
        }
        if let Some(text) = &subject.base {
            return Ok(ranges(text, parse_base(text)?));
        }
        if let Some(text) = &subject.licence {
            return Ok(Self {
                licence: Some(LicenceQuestion::parse(text)?),
                ..Self::plain(text)
            });
        }
        let digest = subject.sha256.ok_or_else(|| anyhow!("nothing is asked"))?;
        let mut sought = Self {
            digests: vec![digest.0],
            ..Self::plain(&format!("sha256:{digest}"))
        };
        // What is known about the bytes is worth telling; that nothing is known is no gap here.
        if let Ok(store) = Store::open(&asked.advice.store(config)) {
            sought.advisory = store
                .digest(&digest)?
                .into_iter()
                .next()
                .map(|found| found.advisory);
        }
        Ok(sought)
    }

    fn plain(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            advisory: None,
            selections: Vec::new(),
            judge: None,
            digests: Vec::new(),
            licence: None,
            names: Vec::new(),
        }
    }

    /// A weakness: by what the store knows of it, and by what documents say themselves.
    fn weakness(
        id: &str,
        asked: &Asked,
        config: &Config,
        gaps: &mut Vec<String>,
    ) -> anyhow::Result<Self> {
        let mut sought = Self {
            names: vec![id.to_owned()],
            ..Self::plain(id)
        };
        let store = match Store::open(&asked.advice.store(config)) {
            Ok(store) => store,
            Err(error @ IntelError::Missing(_)) => {
                gaps.push(format!(
                    "{error}: only what documents say themselves was looked at"
                ));
                return Ok(sought);
            }
            Err(error) => return Err(error.into()),
        };
        let stale_after = asked.max_age.or(config.stale_days);
        match store.freshness(day()?, stale_after.unwrap_or(STALE_AFTER_DAYS)) {
            Freshness::Fresh => {}
            Freshness::Stale { days: u32::MAX } => {
                gaps.push("nobody knows how old the advisories are".to_owned())
            }
            Freshness::Stale { days } => gaps.push(format!("the advisories are {days} days old")),
            Freshness::Missing | Freshness::Empty => {
                gaps.push("the store of advisories is empty".to_owned())
            }
        }
        let Some(advisory) = store.advisory(id)? else {
            if store.show(id)?.is_none() {
                gaps.push(format!(
                    "the store of advisories knows nothing named `{}`",
                    visible(id, 200)
                ));
            }
            return Ok(sought);
        };
        let mut selections = BTreeSet::new();
        let mut digests = BTreeSet::new();
        for touched in store.affected(id)?.unwrap_or_default() {
            let mut selection = Selection::of(&touched.package);
            // Which distribution is meant is for the judge to say.
            selection.distribution.clear();
            selections.insert(selection);
            for claim in &touched.digests {
                digests.extend(claim.sha256.parse::<Sha256>().ok().map(|digest| digest.0));
            }
        }
        sought.names = advisory.ids().map(str::to_owned).collect();
        sought.selections = selections.into_iter().collect();
        sought.digests = digests.into_iter().collect();
        sought.judge = Some(Box::new(Advised {
            store,
            id: advisory.id.clone(),
        }));
        sought.advisory = Some(advisory);
        Ok(sought)
    }
}

/// Judges versions by one weakness of the store.
struct Advised {
    store: Store,
    id: String,
}

impl Judge for Advised {
    fn judge(
        &self,
        package: &Package,
    ) -> Result<Verdict, Box<dyn std::error::Error + Send + Sync>> {
        let Findings { matches, clean } = self.store.findings(package)?;
        let Some(found) = matches
            .into_iter()
            .find(|found| found.advisory.id == self.id)
        else {
            return Ok(Verdict::Untouched);
        };
        let Match {
            unknown,
            evidence,
            fixed,
            ..
        } = found;
        Ok(if unknown {
            Verdict::Unknown {
                why: evidence,
                fixed,
            }
        } else {
            Verdict::Touched {
                evidence,
                fixed,
                clean,
            }
        })
    }
}

/// Settles parts by statements that the user gives.
struct Settling<'a> {
    statements: &'a [Statement],
    advisory: Option<Arc<Advisory>>,
}

impl Settle for Settling<'_> {
    fn settles(&self, part: &Settled) -> Option<String> {
        let advisory = self.advisory.clone()?;
        let settled = |package: &Package| {
            let subject = vex::Subject {
                roots: part.roots.clone(),
                root_digests: part.root_digests.clone(),
                package: Some(package.clone()),
                digests: part.digests.clone(),
            };
            let matched = Match {
                advisory: Arc::clone(&advisory),
                unknown: false,
                evidence: String::new(),
                fixed: None,
            };
            let mut applied = vex::apply(self.statements, &subject, vec![matched]);
            applied.pop()?.suppressed
        };
        // Distributions state what they know about sources.
        let suppressed = settled(&part.package).or_else(|| settled(part.source.as_ref()?))?;
        let by = if suppressed.author.is_empty() {
            String::new()
        } else {
            format!(" ({})", suppressed.author)
        };
        Some(format!(
            "{}: {}{by}",
            suppressed.status.as_str(),
            suppressed.reason
        ))
    }
}
