//! The order of things.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use chainwright_analysis::facts::{Facts, TrustedBase};
use chainwright_analysis::{Inspected, Rule, Tree, graph, images, ownership, roles, run, verdict};
use chainwright_core::limits::Limits;
use chainwright_core::location::{Location, Place};
use chainwright_core::problem::{LocatedProblem, Problem, ProblemKind};
use chainwright_core::scan::{ArtifactRecord, Hidden, Scan, Statistics};
use chainwright_policy::{Date, Policy, decide};
use chainwright_sources::{Exclude, FoundFile, Link, Passed, WalkError, walk};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::adapters::Adapters;
use crate::advisories::Advisories;
use crate::architecture::Models;
use crate::beside::Split;
use crate::cache::{Cache, CacheKey};
use crate::includes::{self, Root};
use crate::packages;
use crate::progress::Progress;
use crate::read::{Depth, file_budget, read_file};
use crate::verified::{self, Verifying};

/// Stack of a worker; parsers of nested syntax are bounded in depth, and this is what the bound needs.
const STACK: usize = 16 * 1024 * 1024;

/// Something to scan that lies on this machine.
#[derive(Debug, Clone)]
pub struct Target {
    /// As the user wrote it.
    pub written: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl Target {
    /// What the cache knows the target by: fetched repositories by their name, not by where they were put.
    fn identity(&self) -> PathBuf {
        if self.written.contains("://") {
            PathBuf::from(&self.written)
        } else {
            self.path.clone()
        }
    }
}

/// What a run needs to know.
#[derive(Debug)]
pub struct Request {
    /// What to scan.
    pub targets: Vec<Target>,
    /// How far to go.
    pub limits: Limits,
    /// Whether to hash files and search their bytes.
    pub hash: bool,
    /// Whether to look at weights as numbers; only files that are hashed.
    pub weights: bool,
    /// The cache folder and what names this build; `None` for no cache.
    pub cache: Option<(PathBuf, String)>,
    /// Base images that somebody vouches for.
    pub trusted_bases: Vec<TrustedBase>,
    /// What packages are compared with; `None` if nobody asked.
    pub advisories: Option<Advisories>,
    /// How the names of one's own packages begin.
    pub internal_prefixes: Vec<String>,
    /// Whom to trust with signatures; `None` to look only at what needs no trust.
    pub verifying: Option<Verifying>,
    /// What to leave out.
    pub exclude: Exclude,
    /// Worker threads; `None` for one each processor.
    pub threads: Option<usize>,
}

/// A run cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A target cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// The user stopped the run.
    #[error("interrupted")]
    Interrupted,
    /// The system gives no threads.
    #[error("cannot start worker threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

/// Everything known before policy.
#[derive(Debug)]
pub struct RawScan {
    /// What was inspected, sorted by location.
    pub artifacts: Vec<Inspected>,
    /// What was passed by.
    pub passed: Vec<Passed>,
    /// Advisories that statements settle.
    pub settled: usize,
    /// What it cost.
    pub statistics: Statistics,
    /// Trouble that does not concern the targets, such as a cache that cannot be written.
    pub warnings: Vec<String>,
}

/// Runs everything: collect, ask the rules, apply policy, decide.
///
/// # Errors
/// When a target cannot be walked or the run was interrupted.
pub fn scan(
    request: &Request,
    rules: &[&'static Rule],
    policy: &Policy,
    today: Date,
    progress: &dyn Progress,
    interrupt: &Arc<AtomicBool>,
) -> Result<(Scan, Vec<String>), EngineError> {
    let started = Instant::now();
    let raw = collect(request, progress, interrupt)?;
    let answers = run::run(rules, &raw.artifacts);
    let judged = chainwright_policy::apply::apply(policy, answers.findings, today);
    let problems = problems(&raw, answers.problems);
    let unread = problems
        .iter()
        .filter(|each| each.problem.kind.leaves_incomplete())
        .count();
    let decision = decide(policy, &judged.findings, unread);
    let written: Vec<String> = request
        .targets
        .iter()
        .map(|target| target.written.clone())
        .collect();
    let graph = graph::build(&written, &Tree::new(&raw.artifacts));
    let verdicts = verdict::verdicts(&raw.artifacts, &judged.findings);
    let mut warnings = raw.warnings;
    warnings.extend(judged.notes);
    let artifacts = raw.artifacts.iter().zip(verdicts).map(record).collect();
    let scan = Scan {
        targets: written,
        graph,
        artifacts,
        findings: judged.findings,
        hidden: Hidden {
            by_vex: raw.settled,
            ..judged.hidden
        },
        problems,
        gate: policy.gate,
        decision,
        statistics: Statistics {
            elapsed: started.elapsed(),
            ..raw.statistics
        },
    };
    Ok((scan, warnings))
}

fn record(
    (inspected, verdict): (&Inspected, chainwright_core::decision::Verdict),
) -> ArtifactRecord {
    ArtifactRecord {
        location: inspected.location.clone(),
        size: inspected.size,
        digests: inspected.digests,
        formats: inspected
            .formats
            .iter()
            .map(|format| format.as_str())
            .collect(),
        verdict,
    }
}

fn problems(raw: &RawScan, of_rules: Vec<LocatedProblem>) -> Vec<LocatedProblem> {
    let of_files = raw.artifacts.iter().flat_map(|artifact| {
        let located = |problem: &Problem| LocatedProblem {
            location: artifact.location.clone(),
            problem: problem.clone(),
        };
        artifact.problems.iter().map(located)
    });
    let of_walk = raw
        .passed
        .iter()
        .filter(|passed| passed.leaves_incomplete)
        .map(|passed| {
            let problem =
                Problem::new(ProblemKind::Unreadable, Place::Whole, passed.reason.clone());
            LocatedProblem {
                location: Location::file(passed.shown.clone()),
                problem,
            }
        });
    let mut problems: Vec<LocatedProblem> = of_files.chain(of_walk).chain(of_rules).collect();
    problems.sort();
    problems.dedup();
    problems
}

/// Reads every file of the targets.
///
/// # Errors
/// When a target cannot be walked or the run was interrupted.
pub fn collect(
    request: &Request,
    progress: &dyn Progress,
    interrupt: &Arc<AtomicBool>,
) -> Result<RawScan, EngineError> {
    let started = SystemTime::now();
    let mut raw = RawScan {
        artifacts: Vec::new(),
        passed: Vec::new(),
        settled: 0,
        statistics: Statistics::default(),
        warnings: Vec::new(),
    };
    let mut visits = Vec::new();
    let mut links = Vec::new();
    for target in &request.targets {
        let visit = walk(
            &target.path,
            &target.written,
            &request.exclude,
            request.limits.files,
        )?;
        raw.statistics.files += visit.files.len() as u64;
        raw.statistics.bytes += visit.files.iter().map(|file| file.stamp.size).sum::<u64>();
        raw.passed.extend(visit.passed);
        links.extend(visit.links);
        visits.push((target, visit.files));
    }
    progress.begin(raw.statistics.files, raw.statistics.bytes);
    let mut adapters = Adapters::default();
    let mut split = Split::default();
    let mut models = Models::default();
    let first_of = |(target, files): &(&Target, Vec<FoundFile>)| {
        files.first().map(|file| Root::of(target, file))
    };
    let roots: Vec<Root> = visits.iter().filter_map(first_of).collect();
    let mut read: Vec<FoundFile> = Vec::new();
    let mut targets: Vec<(Target, usize)> = Vec::new();
    for (target, files) in visits {
        let cache = request.cache.as_ref().map(|(folder, build)| {
            let key = CacheKey {
                build: build.clone(),
                settings: settings(request),
            };
            Cache::open(folder, &target.identity(), key, started)
        });
        let worker = Worker {
            request,
            target,
            cache: cache.as_ref(),
            progress,
            interrupt,
            cached: AtomicU64::new(0),
        };
        let results = worker.read_all(&files)?;
        raw.statistics.cached += worker.cached.load(Ordering::Relaxed);
        if let Some(mut cache) = cache {
            let files = files.iter().zip(&results);
            cache.replace(
                files.map(|(file, facts)| (below(file, target), file.stamp, facts.as_slice())),
            );
            if let Err(error) = cache.save() {
                raw.warnings.push(unsaved(&error));
            }
        }
        for (file, found) in files.iter().zip(results) {
            adapters.notice(file, &found);
            split.notice(file, &found);
            models.notice(file);
            raw.artifacts.extend(found);
        }
        targets.push((target.clone(), read.len()));
        read.extend(files);
    }
    if request.weights && request.hash {
        adapters.review(&mut raw.artifacts, &request.limits, interrupt);
        split.measure(&mut raw.artifacts, &request.limits, interrupt);
    }
    models.review(&mut raw.artifacts, &request.limits, interrupt);
    note_links(links, &mut raw.artifacts);
    roles::settle(&mut raw.artifacts);
    ownership::settle(&mut raw.artifacts);
    images::stack(&mut raw.artifacts, &request.trusted_bases);
    includes::follow(&roots, &request.limits, &mut raw.artifacts, interrupt);
    raw.settled = packages::look(request, &mut raw.artifacts);
    if request.hash {
        let told = verified::verify(request, &targets, &read, &mut raw.artifacts);
        raw.warnings.extend(told);
    }
    progress.end();
    raw.artifacts
        .sort_by(|left, right| left.location.cmp(&right.location));
    raw.statistics.artifacts = raw.artifacts.len() as u64;
    Ok(raw)
}

/// Notes which artifacts are links that lead out of their target; a link to a folder becomes an artifact of its own.
fn note_links(links: Vec<Link>, artifacts: &mut Vec<Inspected>) {
    if links.is_empty() {
        return;
    }
    let files = artifacts.iter().enumerate();
    let places: BTreeMap<String, usize> = files
        .filter(|(_, artifact)| artifact.location.members().is_empty())
        .map(|(index, artifact)| (artifact.location.path().to_owned(), index))
        .collect();
    for link in links {
        let fact = Facts::LeavesTarget(link.target);
        let known = places
            .get(&link.shown)
            .and_then(|index| artifacts.get_mut(*index));
        match known {
            Some(artifact) => artifact.facts.push(fact),
            None => artifacts.push(Inspected {
                location: Location::file(link.shown),
                size: 0,
                digests: None,
                outer: None,
                formats: Vec::new(),
                facts: vec![fact],
                problems: Vec::new(),
            }),
        }
    }
}

fn unsaved(error: &io::Error) -> String {
    format!("the cache could not be written, the next scan will not be faster: {error}")
}

/// Everything besides the bytes that facts depend on.
fn settings(request: &Request) -> String {
    format!(
        "{:?} hash={} weights={}",
        request.limits, request.hash, request.weights
    )
}

/// The name of a file in the cache of its target.
fn below(file: &FoundFile, target: &Target) -> String {
    file.path
        .strip_prefix(&target.path)
        .unwrap_or(&file.path)
        .to_string_lossy()
        .into_owned()
}

struct Worker<'a> {
    request: &'a Request,
    target: &'a Target,
    cache: Option<&'a Cache>,
    progress: &'a dyn Progress,
    interrupt: &'a Arc<AtomicBool>,
    cached: AtomicU64,
}

impl Worker<'_> {
    fn read_all(&self, files: &[FoundFile]) -> Result<Vec<Vec<Inspected>>, EngineError> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let mut builder = rayon::ThreadPoolBuilder::new().stack_size(STACK);
        if let Some(threads) = self.request.threads {
            builder = builder.num_threads(threads);
        }
        let pool = builder.build().map_err(EngineError::Threads)?;
        let results = pool.install(|| files.par_iter().map(|file| self.read(file)).collect());
        if self.interrupt.load(Ordering::Relaxed) {
            return Err(EngineError::Interrupted);
        }
        Ok(results)
    }

    fn read(&self, file: &FoundFile) -> Vec<Inspected> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let inspected = self
            .cached_facts(file)
            .unwrap_or_else(|| self.read_now(file));
        self.progress.advance(file.stamp.size);
        inspected
    }

    fn cached_facts(&self, file: &FoundFile) -> Option<Vec<Inspected>> {
        let cache = self.cache?;
        let found = cache.unchanged(&below(file, self.target), &file.stamp, &file.shown)?;
        self.cached.fetch_add(1, Ordering::Relaxed);
        Some(found)
    }

    /// Reads a file now; a parser that panics costs this file, not the run.
    fn read_now(&self, file: &FoundFile) -> Vec<Inspected> {
        let budget = file_budget(&self.request.limits, file.stamp.size, self.interrupt);
        let known = |digest| {
            self.cache
                .and_then(|cache| cache.with_digest(digest, &file.shown))
        };
        let depth = Depth {
            hash: self.request.hash,
            weights: self.request.weights,
        };
        let read = || read_file(&file.path, &file.shown, depth, &known, &budget);
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            let detail = "a parser failed on this file; it was not judged";
            let problem = Problem::new(ProblemKind::InternalFailure, Place::Whole, detail);
            vec![Inspected::unread(
                Location::file(file.shown.clone()),
                problem,
            )]
        })
    }
}
