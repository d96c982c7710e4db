//! `chainwright scan`: the main job.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, anyhow};
use chainwright_advisories::date::Day;
use chainwright_advisories::vex::{self, Statement};
use chainwright_analysis::{Rule, RuleEntry};
use chainwright_core::scan::{Gate, Scan};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_core::text::visible;
use chainwright_engine::{Advisories, Request, Silent, Target, scan};
use chainwright_intel::STALE_AFTER_DAYS;
use chainwright_policy::{Baseline, Config, Date, Policy};
use chainwright_report::{Context, Format, RuleDescription, Style};
use chainwright_sources::Exclude;
use chrono::Datelike as _;

use crate::intelligence;
use crate::moving::Moving;
use crate::progress::Bar;
use crate::remote::{Fetch, Fetched, Wanted};
use crate::{FAILURE, FINDINGS, output};

/// Discover, inspect and judge every link under a folder, file or archive.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folders, files, archives, images, repositories on the hub (hf://org/name[@revision]), or images in registries
    /// (oci://registry/repository[:tag|@sha256:…]); the working folder if none is given.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

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

    /// Accept parts that could not be read or judged.
    #[arg(long)]
    allow_incomplete: bool,

    /// Leave out paths that match PATTERN; may be repeated.
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,

    /// Read only the structure of large files: no digests, no search of their bytes.
    #[arg(long)]
    no_hash: bool,

    /// Do not look at weights as numbers: no search for payloads in their bits, no review of adapters.
    #[arg(long)]
    no_weights: bool,

    /// Do not compare packages with advisories.
    #[arg(long, conflicts_with_all = ["intel", "vex"])]
    no_advisories: bool,

    /// The store of advisories, as `chainwright intel update` makes it.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_INTEL")]
    intel: Option<PathBuf>,

    /// How the names of your own packages begin, such as acme- or @acme/; may be repeated. Those that a public or second
    /// index could answer are reported.
    #[arg(long, value_name = "PREFIX")]
    internal_prefix: Vec<String>,

    /// Statements about weaknesses that do not matter here: OpenVEX, CycloneDX or CSAF; may be repeated.
    #[arg(long, value_name = "FILE")]
    vex: Vec<PathBuf>,

    /// Move files that are denied into FOLDER, with a record; `chainwright quarantine` brings them back.
    #[arg(long, value_name = "FOLDER")]
    quarantine: Option<PathBuf>,

    /// Neither read nor write cached facts.
    #[arg(long)]
    no_cache: bool,

    /// Where cached facts are kept.
    #[arg(long, value_name = "FOLDER", env = "CHAINWRIGHT_CACHE_DIR")]
    cache_dir: Option<PathBuf>,

    /// Use this configuration instead of looking for chainwright.toml upwards.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Use no configuration file.
    #[arg(long)]
    no_config: bool,

    /// Refuse targets that need the network.
    #[arg(long)]
    offline: bool,

    /// The platform of images that are fetched, such as linux/arm64; linux/amd64 if not given.
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    platform: Option<String>,

    /// Number of worker threads; one for each processor if not given.
    #[arg(short, long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Show every finding with all its evidence.
    #[arg(short, long)]
    verbose: bool,

    /// Show nothing but errors on standard error, and no summary beside files.
    #[arg(short, long)]
    quiet: bool,

    /// Colours: auto (default), always or never.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Colour,

    /// Columns of the human report; the terminal's width if not given.
    #[arg(long, value_name = "COLUMNS", env = "COLUMNS", hide_env = true)]
    width: Option<usize>,
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
    let config = config(arguments, entries)?;
    let policy = policy(arguments, &config)?;
    let (request, _fetched) = request(arguments, &config, fetch)?;
    let rules: Vec<&'static Rule> = entries
        .iter()
        .map(|entry| entry.rule)
        .filter(|rule| arguments.asks(rule))
        .collect();
    let interrupt = interrupt_flag()?;
    let silent = arguments.quiet || !io::stderr().is_terminal();
    let (scan, warnings) = if silent {
        scan(&request, &rules, &policy, today(), &Silent, &interrupt)?
    } else {
        scan(&request, &rules, &policy, today(), &Bar::new(), &interrupt)?
    };
    if !arguments.quiet {
        tell(&warnings);
    }
    write_reports(&reports, &scan, entries, arguments)?;
    if let Some(moving) = &quarantine {
        moving.move_denied(&scan, &request, arguments.quiet)?;
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
    } else if !arguments.quiet && arguments.format.is_none() {
        reports.push(Report {
            format: Format::Human,
            path: None,
        });
    }
    Ok(reports)
}

fn format_of(path: &Path) -> anyhow::Result<Format> {
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

fn config(arguments: &Arguments, entries: &[RuleEntry]) -> anyhow::Result<Config> {
    let path = match (&arguments.config, arguments.no_config) {
        (Some(path), _) => Some(path.clone()),
        (None, true) => None,
        (None, false) => std::env::current_dir()
            .ok()
            .and_then(|here| Config::discover(&here)),
    };
    let is_rule = |name: &str| entries.iter().any(|entry| entry.rule.id == name);
    path.map_or_else(
        || Ok(Config::default()),
        |path| Ok(Config::read(&path, &is_rule)?),
    )
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
        accept_incomplete: arguments.allow_incomplete,
    })
}

/// The request, and the fetched repositories that must live as long as it.
fn request(
    arguments: &Arguments,
    config: &Config,
    fetch: Option<Fetch>,
) -> anyhow::Result<(Request, Vec<Fetched>)> {
    let mut written = arguments.targets.clone();
    if written.is_empty() {
        written.push(".".to_owned());
    }
    let mut targets = Vec::new();
    let mut fetched = Vec::new();
    for target in written {
        if target.contains("://") {
            let wanted = Wanted {
                target: &target,
                platform: arguments.platform.as_deref(),
                limits: &config.limits,
            };
            let repository = wanted.fetch(arguments.offline, fetch)?;
            targets.push(Target {
                path: repository.folder().to_owned(),
                written: target,
            });
            fetched.push(repository);
        } else {
            targets.push(Target {
                path: PathBuf::from(&target),
                written: target,
            });
        }
    }
    let exclude: Vec<String> = config
        .exclude
        .iter()
        .chain(&arguments.exclude)
        .cloned()
        .collect();
    let request = Request {
        targets,
        limits: config.limits.clone(),
        hash: !arguments.no_hash,
        weights: !arguments.no_weights,
        cache: cache(arguments),
        trusted_bases: config.trusted_bases.clone(),
        advisories: advisories(arguments, config)?,
        internal_prefixes: config
            .internal_prefixes
            .iter()
            .chain(&arguments.internal_prefix)
            .cloned()
            .collect(),
        exclude: match &arguments.quarantine {
            Some(folder) => Exclude::new(&exclude)?.with_folder(folder),
            None => Exclude::new(&exclude)?,
        },
        threads: arguments.jobs.map(usize::from),
    };
    Ok((request, fetched))
}

/// What packages are compared with; `None` if the user does not want it.
fn advisories(arguments: &Arguments, config: &Config) -> anyhow::Result<Option<Advisories>> {
    if arguments.no_advisories {
        return Ok(None);
    }
    let mut statements = Vec::new();
    for path in &arguments.vex {
        statements.extend(statements_of(path)?);
    }
    let day = today().to_string();
    Ok(Some(Advisories {
        store: intelligence::location(arguments.intel.as_deref().or(config.intel_store.as_deref())),
        today: Day::read(&day).ok_or_else(|| anyhow!("the clock shows no date"))?,
        stale_after: config.stale_days.unwrap_or(STALE_AFTER_DAYS),
        statements,
        roots: arguments.targets.clone(),
    }))
}

fn statements_of(path: &Path) -> anyhow::Result<Vec<Statement>> {
    let shown = visible(&path.to_string_lossy(), 200);
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    let document = vex::parse(&bytes).with_context(|| format!("`{shown}`"))?;
    let rejected = document
        .rejected
        .iter()
        .map(|reason| format!("`{shown}`: {reason}"));
    tell(&rejected.collect::<Vec<_>>());
    Ok(document.statements)
}

/// The cache folder and what names this build of the program: its version, size and time of change.
fn cache(arguments: &Arguments) -> Option<(PathBuf, String)> {
    if arguments.no_cache {
        return None;
    }
    let folder = arguments.cache_dir.clone().or_else(default_cache_folder)?;
    let program = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let changed = program.modified().ok()?;
    let build = format!(
        "{} {} {changed:?}",
        env!("CARGO_PKG_VERSION"),
        program.len()
    );
    Some((folder, build))
}

/// `$XDG_CACHE_HOME/chainwright`, or what the system uses instead.
fn default_cache_folder() -> Option<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = set("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| {
            if cfg!(windows) {
                set("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                set("HOME").map(|home| home.join("Library/Caches"))
            } else {
                set("HOME").map(|home| home.join(".cache"))
            }
        })?;
    Some(base.join("chainwright"))
}

pub(crate) fn today() -> Date {
    let today = chrono::Utc::now().date_naive();
    Date {
        year: u16::try_from(today.year()).unwrap_or_default(),
        month: u8::try_from(today.month()).unwrap_or_default(),
        day: u8::try_from(today.day()).unwrap_or_default(),
    }
}

/// Set by Ctrl-C; a second Ctrl-C ends the process at once.
fn interrupt_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if shared.swap(true, Ordering::Relaxed) {
            std::process::abort();
        }
    })
    .context("cannot watch for Ctrl-C")?;
    Ok(flag)
}

fn tell(warnings: &[String]) {
    let mut err = io::stderr().lock();
    for warning in warnings {
        // Standard error may be closed; a warning is then lost, the report is not.
        let _ = writeln!(err, "warning: {}", visible(warning, 2000));
    }
}

fn write_reports(
    reports: &[Report],
    scan: &Scan,
    entries: &[RuleEntry],
    arguments: &Arguments,
) -> anyhow::Result<()> {
    static PAGES: OnceLock<Vec<String>> = OnceLock::new();
    let pages = PAGES.get_or_init(|| entries.iter().map(RuleEntry::page).collect());
    let rules: Vec<RuleDescription> = entries
        .iter()
        .zip(pages)
        .filter(|(entry, _)| arguments.asks(entry.rule))
        .map(|(entry, page)| describe(entry, page))
        .collect();
    let context = Context {
        scan,
        rules: &rules,
        tool_version: env!("CARGO_PKG_VERSION"),
        finished_at: Some(chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
    };
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
