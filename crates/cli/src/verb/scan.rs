//! `chainwright scan`: the main job.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

use anyhow::anyhow;
use chainwright_analysis::{Rule, RuleEntry};
use chainwright_core::scan::{Gate, Scan};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_engine::{Request, Silent, scan};
use chainwright_policy::{Baseline, Config, Date, Policy};
use chainwright_report::{Context, Format, RuleDescription, Style};
use chainwright_sources::Exclude;
use chrono::Datelike as _;

use crate::gather::{Gathering, Store, interrupt_flag, tell};
use crate::host::Homes;
use crate::moving::Moving;
use crate::progress::Bar;
use crate::remote::{Fetch, Fetched};
use crate::{FAILURE, FINDINGS, output};

/// Discover, inspect and judge every link under a folder, file or archive.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folders, files, archives, images, repositories on the hub (hf://org/name[@revision]), or images in registries
    /// (oci://registry/repository[:tag|@sha256:…]); the working folder if none is given.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

    #[command(flatten)]
    homes: Homes,

    /// Format of the report: human, json, sarif, junit, markdown or html.
    #[arg(short, long)]
    format: Option<Format>,

    /// Write the report to FILE, in the format its ending says unless --format is given; may be repeated.
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,

    /// The mildest severity that fails the run: info, low, medium (default), high or critical.
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<Severity>,

    /// The weakest confidence that fails the run: low (default), medium or high.
    #[arg(long, value_name = "CONFIDENCE")]
    fail_confidence: Option<Confidence>,

    /// Hide and count findings milder than this.
    #[arg(long, value_name = "SEVERITY")]
    min_severity: Option<Severity>,

    /// Hide and count findings less sure than this.
    #[arg(long, value_name = "CONFIDENCE")]
    min_confidence: Option<Confidence>,

    /// Only the rules of these stages.
    #[arg(long, value_name = "STAGE")]
    stage: Vec<Stage>,

    /// Hide and count the findings listed in FILE.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write all findings to FILE as the new baseline, and succeed.
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,

    /// Read only the structure of large files: no digests, no search of their bytes.
    #[arg(long, conflicts_with = "verify")]
    no_hash: bool,

    /// Do not look at weights as numbers: no search for payloads in their bits, no review of adapters.
    #[arg(long)]
    no_weights: bool,

    /// Move files that are denied into FOLDER, with a record; `chainwright quarantine` brings them back.
    #[arg(long, value_name = "FOLDER")]
    quarantine: Option<PathBuf>,

    /// Show every finding with all its evidence.
    #[arg(short, long)]
    verbose: bool,

    /// Colours: auto (default), always or never.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Colour,

    /// Columns of the human report; the terminal's width if not given.
    #[arg(long, value_name = "COLUMNS", env = "COLUMNS", hide_env = true)]
    width: Option<usize>,

    #[command(flatten)]
    gathering: Gathering,
}

impl Arguments {
    /// Whether the rule takes part in the run.
    fn asks(&self, rule: &Rule) -> bool {
        self.stage.is_empty() || self.stage.contains(&rule.stage)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

pub(crate) fn run(
    arguments: &Arguments,
    entries: &'static [RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    let reports = reports(arguments)?;
    let quarantine = arguments
        .quarantine
        .as_deref()
        .map(|folder| Moving::prepare(folder, &arguments.targets))
        .transpose()?;
    let config = arguments.gathering.config(entries)?;
    let policy = policy(arguments, &config)?;
    let (request, _fetched) = request(arguments, &config, fetch)?;
    let rules: Vec<&'static Rule> = entries
        .iter()
        .map(|entry| entry.rule)
        .filter(|rule| arguments.asks(rule))
        .collect();
    let interrupt = interrupt_flag()?;
    let (scan, warnings) = if arguments.gathering.reading.is_silent() {
        scan(&request, &rules, &policy, today(), &Silent, &interrupt)?
    } else {
        scan(&request, &rules, &policy, today(), &Bar::new(), &interrupt)?
    };
    if !arguments.gathering.reading.quiet {
        tell(&warnings);
    }
    write_reports(&reports, &scan, entries, arguments)?;
    if let Some(moving) = &quarantine {
        moving.move_denied(&scan, &request, arguments.gathering.reading.quiet)?;
    }
    if let Some(path) = &arguments.write_baseline {
        Baseline::write(path, &scan.findings)?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(exit_code(&scan))
}

fn exit_code(scan: &Scan) -> ExitCode {
    let over = scan
        .findings
        .iter()
        .any(|found| scan.gate.is_reached_by(found.severity, found.confidence));
    match (over, scan.decision.incomplete) {
        (true, _) => ExitCode::from(FINDINGS),
        (false, true) => ExitCode::from(FAILURE),
        (false, false) => ExitCode::SUCCESS,
    }
}

/// A report to be written, and where; `None` is standard output.
struct Report {
    format: Format,
    path: Option<PathBuf>,
}

fn reports(arguments: &Arguments) -> anyhow::Result<Vec<Report>> {
    let mut reports = Vec::new();
    for path in &arguments.output {
        let format = match arguments.format {
            Some(format) => format,
            None => format_of(path)?,
        };
        reports.push(Report {
            format,
            path: Some(path.clone()),
        });
    }
    if reports.is_empty() {
        reports.push(Report {
            format: arguments.format.unwrap_or(Format::Human),
            path: None,
        });
    } else if !arguments.gathering.reading.quiet && arguments.format.is_none() {
        reports.push(Report {
            format: Format::Human,
            path: None,
        });
    }
    Ok(reports)
}

pub(crate) fn format_of(path: &Path) -> anyhow::Result<Format> {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("json") => Ok(Format::Json),
        Some("sarif") => Ok(Format::Sarif),
        Some("html" | "htm") => Ok(Format::Html),
        Some("md" | "markdown") => Ok(Format::Markdown),
        Some("xml") => Ok(Format::Junit),
        Some("txt" | "log") => Ok(Format::Human),
        _ => Err(anyhow!(
            "the ending of `{}` names no format; use --format, or .json, .sarif, .html, .md, .xml or .txt",
            path.display()
        )),
    }
}

fn policy(arguments: &Arguments, config: &Config) -> anyhow::Result<Policy> {
    let default = Policy::default();
    let gate = config.gate.unwrap_or(default.gate);
    let baseline = match &arguments.baseline {
        Some(path) => Baseline::read(path)?,
        None => Baseline::default(),
    };
    Ok(Policy {
        gate: Gate {
            severity: arguments.fail_on.unwrap_or(gate.severity),
            confidence: arguments.fail_confidence.unwrap_or(gate.confidence),
        },
        threshold: Gate {
            severity: arguments.min_severity.unwrap_or(default.threshold.severity),
            confidence: arguments
                .min_confidence
                .unwrap_or(default.threshold.confidence),
        },
        allow: config.allow.clone(),
        baseline,
        accept_incomplete: arguments.gathering.reading.allow_incomplete,
    })
}

/// The request, and the fetched targets that must live as long as it.
fn request(
    arguments: &Arguments,
    config: &Config,
    fetch: Option<Fetch>,
) -> anyhow::Result<(Request, Vec<Fetched>)> {
    let options = &arguments.gathering;
    let targets = arguments.homes.with(&arguments.targets)?;
    let targets = &targets;
    let (mut request, fetched) = options.request(targets, config, Store::Needed, fetch)?;
    request.hash = !arguments.no_hash;
    request.weights = !arguments.no_weights;
    if let Some(folder) = &arguments.quarantine {
        request.exclude = Exclude::new(&options.reading.excluded(config))?.with_folder(folder);
    }
    if let Some(advisories) = &mut request.advisories {
        advisories.statements = options.advice.statements()?;
        advisories.roots.clone_from(targets);
    }
    Ok((request, fetched))
}

pub(crate) fn today() -> Date {
    let today = chrono::Utc::now().date_naive();
    Date {
        year: u16::try_from(today.year()).unwrap_or_default(),
        month: u8::try_from(today.month()).unwrap_or_default(),
        day: u8::try_from(today.day()).unwrap_or_default(),
    }
}

fn write_reports(
    reports: &[Report],
    scan: &Scan,
    entries: &[RuleEntry],
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let rules = descriptions(entries, |rule| arguments.asks(rule));
    let context = context(scan, &rules);
    let style = style(arguments);
    for report in reports {
        let plain = Style {
            colour: false,
            ..style
        };
        match &report.path {
            Some(path) => output::to_file(path, &|out: &mut dyn Write| {
                chainwright_report::render(report.format, &context, &plain, out)
            })?,
            None => output::to_stdout(&|out: &mut dyn Write| {
                chainwright_report::render(report.format, &context, &style, out)
            })?,
        }
    }
    Ok(())
}

/// What reports say of the rules that take part.
fn descriptions(entries: &[RuleEntry], asks: impl Fn(&Rule) -> bool) -> Vec<RuleDescription> {
    static PAGES: OnceLock<Vec<String>> = OnceLock::new();
    let pages = PAGES.get_or_init(|| entries.iter().map(RuleEntry::page).collect());
    entries
        .iter()
        .zip(pages)
        .filter(|(entry, _)| asks(entry.rule))
        .map(|(entry, page)| describe(entry, page))
        .collect()
}

fn context<'a>(scan: &'a Scan, rules: &'a [RuleDescription]) -> Context<'a> {
    Context {
        scan,
        rules,
        tool_version: env!("CARGO_PKG_VERSION"),
        finished_at: Some(chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
    }
}

/// A report with every rule, as bytes.
pub(crate) fn rendered(
    scan: &Scan,
    entries: &[RuleEntry],
    format: Format,
) -> anyhow::Result<Vec<u8>> {
    let rules = descriptions(entries, |_| true);
    let mut bytes = Vec::new();
    let style = Style {
        colour: false,
        ..Style::default()
    };
    chainwright_report::render(format, &context(scan, &rules), &style, &mut bytes)?;
    Ok(bytes)
}

fn describe(entry: &RuleEntry, page: &'static str) -> RuleDescription {
    let rule = entry.rule;
    RuleDescription {
        id: rule.id,
        summary: rule.summary,
        stage: rule.stage,
        severity: rule.severity,
        page,
        help_uri: format!(
            "{}/blob/main/docs/rules/{}/{}.md",
            env!("CARGO_PKG_REPOSITORY"),
            rule.stage,
            rule.id
        ),
        controls: rule.controls,
    }
}

fn style(arguments: &Arguments) -> Style {
    let terminal = io::stdout().is_terminal();
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = match arguments.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && !refused,
    };
    let default = Style::default();
    Style {
        colour,
        width: arguments
            .width
            .or_else(terminal_width)
            .unwrap_or(default.width),
        verbose: arguments.verbose,
        unicode: speaks_unicode(),
    }
}

fn terminal_width() -> Option<usize> {
    console::Term::stdout()
        .size_checked()
        .map(|(_, columns)| usize::from(columns))
}

fn speaks_unicode() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL")
        .or_else(|| set("LC_CTYPE"))
        .or_else(|| set("LANG"));
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
