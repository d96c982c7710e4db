//! What every verb needs that looks at a target: which files, which configuration, which cache, which advisories.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, anyhow, bail};
use chainwright_advisories::date::Day;
use chainwright_advisories::vex::{self, Statement};
use chainwright_analysis::RuleEntry;
use chainwright_core::limits::Limits;
use chainwright_core::text::visible;
use chainwright_engine::{Advisories, RawScan, Request, Silent, Target, Verifying, collect};
use chainwright_intel::STALE_AFTER_DAYS;
use chainwright_policy::Config;
use chainwright_sources::Exclude;

use crate::intelligence;
use crate::progress::Bar;
use crate::proofs::trusting::Vouching;
use crate::remote::{Fetch, Fetched, Wanted};

/// Options of every verb that looks at a target and compares what it finds with advisories.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Gathering {
    #[command(flatten)]
    pub(crate) reading: Reading,

    /// Do not compare packages with advisories.
    #[arg(long, conflicts_with_all = ["intel", "vex"])]
    no_advisories: bool,

    #[command(flatten)]
    pub(crate) advice: Advice,

    #[command(flatten)]
    pub(crate) vouching: Vouching,
}

/// How a target is read.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct Reading {
    /// Leave out paths that match PATTERN; may be repeated.
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,

    /// What the names of your own packages begin with, such as `acme-` or `@acme/`; may be repeated.
    #[arg(long, value_name = "PREFIX")]
    internal_prefix: Vec<String>,

    /// Accept parts that could not be read.
    #[arg(long)]
    pub(crate) allow_incomplete: bool,

    /// Neither read nor write cached facts.
    #[arg(long)]
    no_cache: bool,

    /// Where cached facts are kept.
    #[arg(long, value_name = "FOLDER", env = "CHAINWRIGHT_CACHE_DIR")]
    cache_dir: Option<PathBuf>,

    #[command(flatten)]
    configured: Configured,

    /// Refuse targets that need the network.
    #[arg(long)]
    offline: bool,

    /// The platform of images that are fetched, such as linux/arm64; linux/amd64 if not given.
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    platform: Option<String>,

    /// Number of worker threads; one for each processor if not given.
    #[arg(short, long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Show nothing but errors on standard error, and no summary beside files.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Which configuration counts.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct Configured {
    /// Use this configuration instead of looking for chainwright.toml upwards.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Use no configuration file.
    #[arg(long)]
    no_config: bool,
}

/// What is known about weaknesses, and what somebody states about them.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct Advice {
    /// The store of advisories, as `chainwright intel update` makes it; the usual one if none is given.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_INTEL")]
    intel: Option<PathBuf>,

    /// Statements about weaknesses that do not matter here: OpenVEX, CycloneDX or CSAF; may be repeated.
    #[arg(long, value_name = "FILE")]
    vex: Vec<PathBuf>,
}

/// What was gathered.
pub(crate) struct Gathered {
    /// What was asked for, and what was seen of it. Advisories that statements settle are still in it.
    pub(crate) raw: RawScan,
    /// The request that gave it.
    pub(crate) request: Request,
    /// The statements that came with it.
    pub(crate) statements: Vec<Statement>,
    /// Whether packages were compared with advisories.
    pub(crate) has_advisories: bool,
    /// Whether files were left out on purpose.
    pub(crate) is_partial: bool,
    /// Files of fetched targets live as long as this.
    _fetched: Vec<Fetched>,
}

impl Gathered {
    /// Why not everything could be read, one line each.
    pub(crate) fn gaps(&self) -> Vec<String> {
        let files = self.raw.artifacts.iter().flat_map(|artifact| {
            let gaps = artifact
                .problems
                .iter()
                .filter(|problem| problem.kind.leaves_incomplete());
            gaps.map(|problem| format!("{}: {}", artifact.location, problem.detail))
        });
        let passed = self
            .raw
            .passed
            .iter()
            .filter(|passed| passed.leaves_incomplete);
        let passed = passed.map(|passed| format!("{}: {}", passed.shown, passed.reason));
        let mut gaps: Vec<String> = files.chain(passed).collect();
        gaps.sort();
        gaps.dedup();
        gaps
    }
}

/// What files are compared with besides the rules.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Advisories for packages.
    pub(crate) advisories: Option<Advisories>,
    /// Whom to trust with signatures.
    pub(crate) verifying: Option<Verifying>,
}

/// Whether a run without a store is worth having.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// Without it nothing can be called clean: its absence is told at every file that names packages.
    Needed,
    /// The usual one is asked if it is there.
    Welcome,
}

/// Reads everything below the targets. What statements settle is told with its reason, not left out.
pub(crate) fn gather(
    targets: &[String],
    options: &Gathering,
    entries: &[RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<Gathered> {
    let config = options.reading.configured.config(entries)?;
    let advisories = options.advisories(&config, Store::Welcome)?;
    let statements = options.advice.statements()?;
    let verifying = options.vouching.verifying(&config.verify)?;
    let asked = Asked {
        advisories,
        verifying,
    };
    let mut gathered = options.reading.gather(targets, &config, asked, fetch)?;
    gathered.statements = statements;
    Ok(gathered)
}

impl Gathering {
    /// The configuration that counts.
    pub(crate) fn config(&self, entries: &[RuleEntry]) -> anyhow::Result<Config> {
        self.reading.config(entries)
    }

    /// The request, and the fetched targets that must live as long as it.
    pub(crate) fn request(
        &self,
        targets: &[String],
        config: &Config,
        store: Store,
        fetch: Option<Fetch>,
    ) -> anyhow::Result<(Request, Vec<Fetched>)> {
        let asked = Asked {
            advisories: self.advisories(config, store)?,
            verifying: self.vouching.verifying(&config.verify)?,
        };
        self.reading.request(targets, config, asked, fetch)
    }

    /// What packages are compared with; `None` if the user does not want it, or if nobody needs it and it is not there.
    fn advisories(&self, config: &Config, needed: Store) -> anyhow::Result<Option<Advisories>> {
        let store = self.advice.store(config);
        let is_missed = needed == Store::Needed || self.advice.is_named(config);
        if self.no_advisories || (!is_missed && !store.exists()) {
            return Ok(None);
        }
        Ok(Some(Advisories {
            store,
            today: day()?,
            stale_after: config.stale_days.unwrap_or(STALE_AFTER_DAYS),
            statements: Vec::new(),
            roots: Vec::new(),
        }))
    }
}

impl Configured {
    /// The configuration that counts.
    pub(crate) fn config(&self, entries: &[RuleEntry]) -> anyhow::Result<Config> {
        let path = match (&self.config, self.no_config) {
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
}

impl Reading {
    /// The configuration that counts.
    pub(crate) fn config(&self, entries: &[RuleEntry]) -> anyhow::Result<Config> {
        self.configured.config(entries)
    }

    /// Patterns of paths to leave out.
    pub(crate) fn excluded(&self, config: &Config) -> Vec<String> {
        let both = config.exclude.iter().chain(&self.exclude);
        both.cloned().collect()
    }

    /// Whether nobody watches the progress.
    pub(crate) fn is_silent(&self) -> bool {
        self.quiet || !io::stderr().is_terminal()
    }

    /// Reads everything below the targets, and compares it with advisories if some are given.
    pub(crate) fn gather(
        &self,
        targets: &[String],
        config: &Config,
        asked: Asked,
        fetch: Option<Fetch>,
    ) -> anyhow::Result<Gathered> {
        let (request, fetched) = self.request(targets, config, asked, fetch)?;
        let interrupt = interrupt_flag()?;
        let raw = if self.is_silent() {
            collect(&request, &Silent, &interrupt)?
        } else {
            collect(&request, &Bar::new(), &interrupt)?
        };
        if !self.quiet {
            tell(&raw.warnings);
        }
        Ok(Gathered {
            has_advisories: request.advisories.is_some(),
            is_partial: !self.excluded(config).is_empty(),
            raw,
            request,
            statements: Vec::new(),
            _fetched: fetched,
        })
    }

    /// The request, and the fetched targets that must live as long as it.
    fn request(
        &self,
        targets: &[String],
        config: &Config,
        asked: Asked,
        fetch: Option<Fetch>,
    ) -> anyhow::Result<(Request, Vec<Fetched>)> {
        let (targets, fetched) = places(targets, self, config, fetch)?;
        let prefixes = config.internal_prefixes.iter();
        let request = Request {
            targets,
            limits: config.limits.clone(),
            hash: true,
            weights: true,
            cache: cache(self),
            trusted_bases: config.trusted_bases.clone(),
            internal_prefixes: prefixes.chain(&self.internal_prefix).cloned().collect(),
            advisories: asked.advisories,
            verifying: asked.verifying,
            exclude: Exclude::new(&self.excluded(config))?,
            threads: self.jobs.map(usize::from),
        };
        Ok((request, fetched))
    }
}

impl Advice {
    /// The store that counts: as given, else as configured, else the usual one.
    pub(crate) fn store(&self, config: &Config) -> PathBuf {
        intelligence::location(self.intel.as_deref().or(config.intel_store.as_deref()))
    }

    /// Whether somebody asked for a certain store.
    fn is_named(&self, config: &Config) -> bool {
        self.intel.is_some() || config.intel_store.is_some()
    }

    /// What the given documents state; what cannot be used of them is told.
    pub(crate) fn statements(&self) -> anyhow::Result<Vec<Statement>> {
        let (statements, rejected) = self.stated()?;
        tell(&rejected);
        Ok(statements)
    }

    /// What the given documents state, and why some of it cannot be used.
    pub(crate) fn stated(&self) -> anyhow::Result<(Vec<Statement>, Vec<String>)> {
        let (mut statements, mut rejected) = (Vec::new(), Vec::new());
        for path in &self.vex {
            let shown = visible(&path.to_string_lossy(), 200);
            let bytes = read_bounded(path).with_context(|| format!("cannot read `{shown}`"))?;
            let document = vex::parse(&bytes).with_context(|| format!("`{shown}`"))?;
            let reasons = document.rejected.iter();
            rejected.extend(reasons.map(|reason| format!("`{shown}`: {reason}")));
            statements.extend(document.statements);
        }
        Ok((statements, rejected))
    }
}

/// The content of a document of a size that people write.
fn read_bounded(path: &Path) -> anyhow::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    let most = Limits::default().header_bytes;
    if size > most {
        bail!("it has {size} bytes, more than {most}");
    }
    Ok(std::fs::read(path)?)
}

/// The day that the clock shows.
pub(crate) fn day() -> anyhow::Result<Day> {
    let today = crate::verb::scan::today().to_string();
    Day::read(&today).ok_or_else(|| anyhow!("the clock shows no date"))
}

/// Where targets lie, and the fetched ones that must live as long as they are read.
fn places(
    written: &[String],
    options: &Reading,
    config: &Config,
    fetch: Option<Fetch>,
) -> anyhow::Result<(Vec<Target>, Vec<Fetched>)> {
    let here = [".".to_owned()];
    let written = if written.is_empty() { &here } else { written };
    let mut targets = Vec::new();
    let mut fetched = Vec::new();
    for target in written {
        let path = if target.contains("://") {
            let wanted = Wanted {
                target,
                platform: options.platform.as_deref(),
                limits: &config.limits,
            };
            let repository = wanted.fetch(options.offline, fetch)?;
            let path = repository.folder().to_owned();
            fetched.push(repository);
            path
        } else {
            PathBuf::from(target)
        };
        targets.push(Target {
            path,
            written: target.clone(),
        });
    }
    Ok((targets, fetched))
}

/// The cache folder and what names this build of the program: its version, size and time of change.
fn cache(options: &Reading) -> Option<(PathBuf, String)> {
    if options.no_cache {
        return None;
    }
    let folder = options.cache_dir.clone().or_else(default_cache_folder)?;
    let program = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let changed = program.modified().ok()?;
    let version = env!("CARGO_PKG_VERSION");
    Some((folder, format!("{version} {} {changed:?}", program.len())))
}

/// `$XDG_CACHE_HOME/chainwright`, or what the system uses instead.
pub(crate) fn default_cache_folder() -> Option<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = || {
        if cfg!(windows) {
            set("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            set("HOME").map(|home| home.join("Library/Caches"))
        } else {
            set("HOME").map(|home| home.join(".cache"))
        }
    };
    let base = set("XDG_CACHE_HOME").filter(|path| Path::is_absolute(path));
    Some(base.or_else(home)?.join("chainwright"))
}

/// Set by Ctrl-C; a second Ctrl-C ends the process at once.
pub(crate) fn interrupt_flag() -> anyhow::Result<Arc<AtomicBool>> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(flag) = FLAG.get() {
        return Ok(Arc::clone(flag));
    }
    let flag = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if shared.swap(true, Ordering::Relaxed) {
            std::process::abort();
        }
    })
    .context("cannot watch for Ctrl-C")?;
    Ok(Arc::clone(FLAG.get_or_init(|| flag)))
}

/// Warnings on standard error.
pub(crate) fn tell(warnings: &[String]) {
    let mut err = io::stderr().lock();
    for warning in warnings {
        // Standard error may be closed; a warning is then lost, the result is not.
        let _ = writeln!(err, "warning: {}", visible(warning, 2000));
    }
}
