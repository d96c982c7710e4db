//! `vet`: what changed between a model and what was made of it, judged as risk.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_adapters::{AdapterFacts, AdapterInput, Bank, BaseInfo, Screening, review, screen};
use chainwright_analysis::adapters::CONFIGURATION;
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::severity::Severity;
use chainwright_core::text::visible;
use chainwright_lineage::{Claim, Comparison, Judgement, Options, TensorDelta, compare, judge};
use chainwright_sources::{Exclude, walk};
use chainwright_weights::Tensor;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::{FAILURE, FINDINGS, beside, output};

/// Changed tensors that the human report lists.
const SHOWN: usize = 12;
/// Files of a model that are looked at.
const MOST_FILES: u64 = 100_000;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The base: a weight file, or a folder with a model's weight files.
    base: PathBuf,

    /// What is said to be made of it: a weight file, a folder, or an adapter's folder.
    derived: PathBuf,

    /// How it is said to have been made; what contradicts the claim is reported.
    #[arg(long, value_name = "HOW")]
    claim: Option<Claimed>,

    /// The rank of a merged adapter, with --claim lora-merge.
    #[arg(long, value_name = "NUMBER")]
    rank: Option<u32>,

    /// The other parent, with --claim merge.
    #[arg(long, value_name = "PATH")]
    with: Option<PathBuf>,

    /// The mildest severity that fails.
    #[arg(long, value_name = "SEVERITY", default_value = "medium")]
    fail_on: Severity,

    /// How to tell it.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Claimed {
    Same,
    FineTune,
    LoraMerge,
    Quantisation,
    Merge,
    Prune,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let budget = Budget::untimed(Limits::default());
    let base = Model::open(&arguments.base, &budget)?;
    let derived = Model::open(&arguments.derived, &budget)?;
    let vetted = match &derived.adapter_configuration {
        Some(configuration) => Vetted::adapter(&base, &derived, configuration, &budget)?,
        None => Vetted::model(
            &base,
            &derived,
            claim(arguments, &derived, &budget)?,
            &budget,
        ),
    };
    output::to_stdout(&|out| match arguments.format {
        Format::Human => vetted.human(arguments, out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &vetted)?;
            writeln!(out)
        }
    })?;
    Ok(vetted.exit_code(arguments.fail_on))
}

fn claim(arguments: &Arguments, derived: &Model, budget: &Budget) -> anyhow::Result<Option<Claim>> {
    if arguments.rank.is_some() && arguments.claim != Some(Claimed::LoraMerge) {
        bail!("--rank belongs to --claim lora-merge");
    }
    if arguments.with.is_some() && arguments.claim != Some(Claimed::Merge) {
        bail!("--with belongs to --claim merge");
    }
    let Some(claimed) = arguments.claim else {
        return Ok(None);
    };
    Ok(Some(match claimed {
        Claimed::Same => Claim::Same,
        Claimed::FineTune => Claim::FineTune,
        Claimed::LoraMerge => Claim::LoraMerge {
            rank: arguments.rank,
        },
        Claimed::Quantisation => Claim::Quantisation,
        Claimed::Prune => Claim::Prune,
        Claimed::Merge => match &arguments.with {
            Some(path) => {
                let other = Model::open(path, budget)?;
                let options = Options::default();
                let with = compare(&other.tensors, &derived.tensors, options, budget);
                Claim::Merge(Some(Box::new(with)))
            }
            None => Claim::Merge(None),
        },
    }))
}

/// The weights of a model, from one file or several.
#[derive(Debug, Default)]
struct Model {
    tensors: Vec<Tensor>,
    /// Files that hold them, and what else lies in the folder.
    files: Vec<String>,
    adapter_configuration: Option<PathBuf>,
    /// Tensors that could not be read, and why.
    problems: Vec<String>,
}

impl Model {
    fn open(path: &Path, budget: &Budget) -> anyhow::Result<Self> {
        let written = path.to_string_lossy().into_owned();
        let visit = walk(path, &written, &Exclude::default(), MOST_FILES)?;
        let mut by_kind: BTreeMap<u8, Vec<PathBuf>> = BTreeMap::new();
        let mut model = Self::default();
        for file in visit.files {
            let name = file
                .path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if name == CONFIGURATION {
                model.adapter_configuration = Some(file.path.clone());
            }
            if let Some(order) = kind(&name, path.is_file()) {
                by_kind.entry(order).or_default().push(file.path);
            }
            model.files.push(name);
        }
        // The same weights often lie there in several formats; the safest one is taken.
        for files in by_kind.into_values() {
            for file in files {
                model.add(&file, budget)?;
            }
            if !model.tensors.is_empty() {
                return Ok(model);
            }
        }
        let why = model.problems.first().cloned();
        let why = why.unwrap_or_else(|| "no weight file that is known".to_owned());
        bail!("`{}`: {why}", path.display());
    }

    fn add(&mut self, path: &Path, budget: &Budget) -> anyhow::Result<()> {
        let opened = beside::open(path, budget)?;
        let problems = opened.problems.iter().map(|problem| problem.detail.clone());
        self.problems.extend(problems);
        let refused = opened
            .refused
            .iter()
            .map(|refused| format!("{}: {}", refused.name, refused.reason));
        self.problems.extend(refused);
        for tensor in &opened.tensors {
            match tensor.to_tensor() {
                Some(tensor) => self.tensors.push(tensor),
                None => self.problems.push(format!(
                    "{}: a view that is not contiguous; convert the file first",
                    tensor.name
                )),
            }
        }
        Ok(())
    }
}

/// Weight files by their ending, the preferred ones first; a file that was named is taken whatever it is called.
fn kind(name: &str, is_named: bool) -> Option<u8> {
    let is_training_state = [
        "optimizer",
        "scheduler",
        "rng_state",
        "training_args",
        "scaler",
    ]
    .iter()
    .any(|start| name.starts_with(start));
    if is_training_state && !is_named {
        return None;
    }
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("safetensors") => Some(0),
        Some("gguf") => Some(1),
        Some("bin" | "pt" | "pth" | "ckpt") => Some(2),
        Some("npz") => Some(3),
        Some("keras") => Some(4),
        Some("h5" | "hdf5") => Some(5),
        Some("onnx") => Some(6),
        Some("index") => Some(7),
        Some("msgpack") => Some(8),
        Some("tflite") => Some(9),
        _ => is_named.then_some(10),
    }
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Vetted {
    schema: &'static str,
    judgements: Vec<Judged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adapter: Option<AdapterFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    screening: Option<Screening>,
    problems: Vec<String>,
}

/// A judgement as the report writes it.
#[derive(Debug, Serialize)]
struct Judged {
    severity: &'static str,
    confidence: &'static str,
    kind: &'static str,
    detail: String,
    tensors: Vec<String>,
    evidence: BTreeMap<&'static str, f64>,
    #[serde(skip)]
    rank: Severity,
}

impl From<Judgement> for Judged {
    fn from(judgement: Judgement) -> Self {
        Self {
            severity: judgement.severity.as_str(),
            confidence: judgement.confidence.as_str(),
            kind: judgement.kind.as_str(),
            detail: judgement.detail,
            tensors: judgement.tensors,
            evidence: judgement.evidence.into_iter().collect(),
            rank: judgement.severity,
        }
    }
}

impl Vetted {
    fn model(base: &Model, derived: &Model, claim: Option<Claim>, budget: &Budget) -> Self {
        let comparison = compare(&base.tensors, &derived.tensors, Options::default(), budget);
        // Judgements speak of the names that all conventions share; people know the ones of their file.
        let written: BTreeMap<&str, &str> = comparison
            .tensors
            .iter()
            .map(|tensor| (tensor.key.as_str(), tensor.derived_name.as_str()))
            .collect();
        let named = |mut judged: Judged| {
            for tensor in &mut judged.tensors {
                if let Some(name) = written.get(tensor.as_str()) {
                    *tensor = (*name).to_owned();
                }
            }
            judged
        };
        let judgements = judge(&comparison, claim).into_iter();
        let judgements: Vec<Judged> = judgements.map(Judged::from).map(named).collect();
        let unread = comparison.problems.iter();
        let unread: Vec<String> = unread.map(|problem| problem.detail.clone()).collect();
        Self {
            schema: SCHEMA,
            judgements,
            problems: problems(base, derived).chain(unread).collect(),
            comparison: Some(comparison),
            adapter: None,
            screening: None,
        }
    }

    fn adapter(
        base: &Model,
        derived: &Model,
        configuration: &Path,
        budget: &Budget,
    ) -> anyhow::Result<Self> {
        let text = std::fs::read(configuration)
            .with_context(|| format!("cannot read `{}`", configuration.display()))?;
        let configuration: serde_json::Value = serde_json::from_slice(&text)
            .with_context(|| format!("`{}` is not JSON", configuration.display()))?;
        let info = BaseInfo {
            shapes: base
                .tensors
                .iter()
                .map(|tensor| (tensor.name.clone(), tensor.shape.clone()))
                .collect(),
            norms: norms(&base.tensors),
            ..BaseInfo::default()
        };
        let input = AdapterInput {
            config: Some(&configuration),
            tensors: &derived.tensors,
            base: Some(&info),
            files: &derived.files,
        };
        let facts = review(&input, budget);
        let judgements = facts.signs.iter().map(|sign| Judged {
            severity: sign.severity().as_str(),
            confidence: "high",
            kind: sign.kind.as_str(),
            detail: sign.detail.clone(),
            tensors: Some(sign.module.clone())
                .filter(|module| !module.is_empty())
                .into_iter()
                .collect(),
            evidence: BTreeMap::new(),
            rank: sign.severity(),
        });
        Ok(Self {
            schema: SCHEMA,
            judgements: judgements.collect(),
            comparison: None,
            screening: screen(&facts, &Bank::embedded()),
            problems: problems(base, derived).collect(),
            adapter: Some(facts),
        })
    }

    fn exit_code(&self, gate: Severity) -> ExitCode {
        if self.judgements.iter().any(|judged| judged.rank >= gate) {
            ExitCode::from(FINDINGS)
        } else if self.problems.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILURE)
        }
    }

    fn human(&self, arguments: &Arguments, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{} against {}",
            visible(&arguments.derived.to_string_lossy(), 300),
            visible(&arguments.base.to_string_lossy(), 300)
        )?;
        for judged in &self.judgements {
            writeln!(
                out,
                "  {:8} {}: {}",
                judged.severity,
                judged.kind,
                visible(&judged.detail, 400)
            )?;
            for tensor in judged.tensors.iter().take(4) {
                writeln!(out, "           {}", visible(tensor, 160))?;
            }
            if judged.tensors.len() > 4 {
                writeln!(out, "           and {} more", judged.tensors.len() - 4)?;
            }
        }
        if let Some(comparison) = &self.comparison {
            differences(comparison, out)?;
        }
        if let Some(adapter) = &self.adapter {
            strengths(adapter, self.screening.as_ref(), out)?;
        }
        for problem in self.problems.iter().take(SHOWN) {
            writeln!(out, "  not read: {}", visible(problem, 200))?;
        }
        Ok(())
    }
}

/// The version of the JSON report.
const SCHEMA: &str = "chainwright-vet/1";

fn problems<'a>(base: &'a Model, derived: &'a Model) -> impl Iterator<Item = String> {
    let base: Vec<String> = base
        .problems
        .iter()
        .map(|problem| format!("base: {problem}"))
        .collect();
    let derived: Vec<String> = derived
        .problems
        .iter()
        .map(|problem| format!("derived: {problem}"))
        .collect();
    base.into_iter().chain(derived)
}

/// The Frobenius norm of every tensor that can be decoded.
fn norms(tensors: &[Tensor]) -> BTreeMap<String, f64> {
    let mut norms = BTreeMap::new();
    for tensor in tensors {
        let mut energy = 0.0_f64;
        let decoded = chainwright_weights::decode::blocks(tensor, &mut |values, _| {
            energy += values
                .iter()
                .map(|value| f64::from(*value) * f64::from(*value))
                .sum::<f64>();
        });
        if decoded.is_ok() && energy.is_finite() {
            norms.insert(tensor.name.clone(), energy.sqrt());
        }
    }
    norms
}

fn differences(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let mut changed: Vec<&TensorDelta> = comparison.changed_tensors().collect();
    changed.sort_by(|left, right| right.relative().total_cmp(&left.relative()));
    writeln!(
        out,
        "  {} of {} tensors differ, {:.1} % of the elements; {} added, {} missing, {} reshaped",
        changed.len(),
        comparison.tensors.len(),
        percent(comparison.changed, comparison.compared),
        comparison.added.len(),
        comparison.removed.len(),
        comparison.reshaped.len()
    )?;
    if changed.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "  {:>9} {:>7} {:>8} {:>7} {:>9}  tensor",
        "relative", "cosine", "changed", "rank-1", "rows 90%"
    )?;
    for tensor in changed.iter().take(SHOWN) {
        let first = tensor.spectrum.as_ref().map_or_else(
            || "-".to_owned(),
            |spectrum| format!("{:.0} %", 100.0 * spectrum.top),
        );
        writeln!(
            out,
            "  {:>9.2e} {:>7.4} {:>6.1} % {:>7} {:>9}  {}",
            tensor.relative(),
            tensor.cosine,
            100.0 * tensor.changed_share(),
            first,
            tensor.by_row.for_most,
            visible(&tensor.derived_name, 100)
        )?;
    }
    if changed.len() > SHOWN {
        writeln!(
            out,
            "  and {} more; --format json has them all",
            changed.len() - SHOWN
        )?;
    }
    Ok(())
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    100.0 * part as f64 / whole as f64
}

fn strengths(
    adapter: &AdapterFacts,
    screening: Option<&Screening>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "  an adapter of kind {} that changes {} modules of {}",
        visible(adapter.kind.as_deref().unwrap_or("unknown"), 40),
        adapter.modules_in_all,
        visible(
            adapter.base.name.as_deref().unwrap_or("an unnamed base"),
            120
        )
    )?;
    let mut modules: Vec<_> = adapter.modules.iter().collect();
    let strength =
        |module: &chainwright_adapters::ModuleFacts| module.relative.or(module.norm).unwrap_or(0.0);
    modules.sort_by(|left, right| strength(right).total_cmp(&strength(left)));
    writeln!(
        out,
        "  {:>9} {:>6} {:>7}  module",
        "relative", "rank", "share"
    )?;
    for module in modules.iter().take(SHOWN) {
        let relative = module
            .relative
            .map_or_else(|| "-".to_owned(), |value| format!("{value:.2e}"));
        let rank = module
            .rank
            .map_or_else(|| "-".to_owned(), |rank| rank.to_string());
        let share = module
            .share
            .map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share));
        writeln!(
            out,
            "  {relative:>9} {rank:>6} {share:>7}  {}",
            visible(&module.name, 100)
        )?;
    }
    if let Some(screening) = screening {
        let standing = if screening.is_calibrated {
            format!(
                "above {:.0} % of the honest ones",
                100.0 * screening.percentile
            )
        } else {
            format!("not calibrated: {}", visible(&screening.reason, 160))
        };
        writeln!(
            out,
            "  backdoor screening {:.2} (bank {} version {}; {standing})",
            screening.score, screening.bank, screening.bank_version
        )?;
    }
    Ok(())
}
