//! `convert`: tensors of any weight file into safetensors, without executing anything.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, anyhow, bail};
use chainwright_analysis::{Rule, RuleEntry};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::text::visible;
use chainwright_engine::{Request, Silent, Target, scan};
use chainwright_policy::Policy;
use chainwright_sources::Exclude;
use chainwright_tensors::{Opened, Options, Report, Sink, Tied, convert};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::verb::scan::today;
use crate::{FINDINGS, beside, output};

/// The largest index file that is read.
const LONGEST_INDEX: u64 = 64 * 1024 * 1024;
/// Names that the human report lists of each kind.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The checkpoint: .pt, .pth, .bin, .ckpt, .pkl, .npz, .npy, .h5, .keras, .onnx, .tflite, .msgpack, the .index of a
    /// TensorFlow checkpoint or a `saved_model.pb`; or the index of a sharded one (.index.json).
    input: PathBuf,

    /// The file to write, or the index if the input is one.
    output: PathBuf,

    /// Two names for one tensor: drop all but the first and note it in the metadata, or keep a copy under each.
    #[arg(long, value_name = "HOW", default_value = "drop")]
    tied: TiedNames,

    /// Take only what lies below this name, such as `state_dict`, and leave it out of the names.
    #[arg(long, value_name = "NAME")]
    root: Option<String>,

    /// Replace the output if it exists.
    #[arg(long)]
    overwrite: bool,

    /// How to tell what was done.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TiedNames {
    Drop,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// What was done with one file.
#[derive(Debug, Serialize)]
struct Done {
    input: PathBuf,
    output: PathBuf,
    /// What the input was.
    format: &'static str,
    #[serde(flatten)]
    report: Report,
    problems: Vec<String>,
    /// What a scan says about the input; it was not run, but whoever still has it should know.
    findings: Vec<Warning>,
}

/// A finding in the file that was converted.
#[derive(Debug, Serialize)]
struct Warning {
    severity: String,
    rule: &'static str,
    message: String,
}

pub(crate) fn run(
    arguments: &Arguments,
    entries: &'static [RuleEntry],
) -> anyhow::Result<ExitCode> {
    let options = Options {
        tied: match arguments.tied {
            TiedNames::Drop => Tied::Drop,
            TiedNames::Keep => Tied::Keep,
        },
        root: arguments.root.clone(),
    };
    let interrupt = Arc::new(Interrupt::default());
    interrupt.watch()?;
    let converted = if is_index(&arguments.input) {
        shards(arguments, &options, &interrupt)
    } else {
        let (input, output) = (&arguments.input, &arguments.output);
        one(input, output, arguments.overwrite, &options, &interrupt).map(|done| vec![done])
    };
    let mut done = match converted {
        Err(_) if interrupt.is_set() => bail!(
            "interrupted; `{}` was not written",
            arguments.output.display()
        ),
        converted => converted?,
    };
    for done in &mut done {
        done.findings = warnings(&done.input, entries, &interrupt)?;
    }
    output::to_stdout(&|out| match arguments.format {
        Format::Human => done.iter().try_for_each(|done| human(done, out)),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &done)?;
            writeln!(out)
        }
    })?;
    let whole = done
        .iter()
        .all(|done| done.report.refused.is_empty() && done.problems.is_empty());
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}

fn is_index(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().ends_with(".index.json"))
}

/// Ctrl-C: what is under way ends, and its temporary file goes.
#[derive(Debug, Default)]
struct Interrupt {
    is_set: Arc<AtomicBool>,
    /// The file that is being written.
    temporary: Mutex<Option<PathBuf>>,
}

impl Interrupt {
    /// The first Ctrl-C ends the conversion at its next step, a second one the process at once.
    fn watch(self: &Arc<Self>) -> anyhow::Result<()> {
        let shared = Arc::clone(self);
        ctrlc::set_handler(move || {
            if shared.is_set.swap(true, Ordering::Relaxed) {
                if let Some(path) = shared.held().take() {
                    // Nobody is left to tell if it cannot be removed.
                    let _ = std::fs::remove_file(path);
                }
                std::process::abort();
            }
        })
        .context("cannot watch for Ctrl-C")
    }

    fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<PathBuf>> {
        self.temporary
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn budget(&self) -> Budget {
        let is_set = Arc::clone(&self.is_set);
        let stop = Arc::new(move || is_set.load(Ordering::Relaxed));
        Budget::new(Arc::new(Limits::default()), stop)
    }
}

fn one(
    input: &Path,
    output: &Path,
    overwrite: bool,
    options: &Options,
    interrupt: &Interrupt,
) -> anyhow::Result<Done> {
    if output.is_dir() {
        bail!("`{}` is a folder", output.display());
    }
    if output.exists() && !overwrite {
        bail!(
            "`{}` exists; give --overwrite to replace it",
            output.display()
        );
    }
    if is_same(input, output) {
        bail!("`{}` cannot be replaced by itself", input.display());
    }
    let budget = interrupt.budget();
    let opened = beside::open(input, &budget)?;
    let Some(format) = opened.format else {
        bail!("`{}` is no checkpoint that is known", input.display());
    };
    check_anything(&opened, input)?;
    let report = write(&opened, output, options, &budget, interrupt)?;
    Ok(Done {
        input: input.to_owned(),
        output: output.to_owned(),
        format: format.as_str(),
        report,
        problems: opened
            .problems
            .iter()
            .map(|problem| problem.detail.clone())
            .collect(),
        findings: Vec::new(),
    })
}

/// What loading the original would have done: findings at or above the usual gate.
fn warnings(
    input: &Path,
    entries: &'static [RuleEntry],
    interrupt: &Interrupt,
) -> anyhow::Result<Vec<Warning>> {
    let rules: Vec<&'static Rule> = entries.iter().map(|entry| entry.rule).collect();
    let request = Request {
        targets: vec![Target {
            written: input.to_string_lossy().into_owned(),
            path: input.to_owned(),
        }],
        limits: Limits::default(),
        hash: false,
        weights: false,
        cache: None,
        trusted_bases: Vec::new(),
        advisories: None,
        internal_prefixes: Vec::new(),
        verifying: None,
        exclude: Exclude::default(),
        threads: None,
    };
    let policy = Policy::default();
    let (scan, _) = scan(
        &request,
        &rules,
        &policy,
        today(),
        &Silent,
        &interrupt.is_set,
    )?;
    let denied = scan
        .findings
        .into_iter()
        .filter(|found| policy.gate.is_reached_by(found.severity, found.confidence));
    Ok(denied
        .map(|found| Warning {
            severity: found.severity.to_string(),
            rule: found.rule,
            message: found.message,
        })
        .collect())
}

/// A file without a tensor that can be read is an error, with the first reason.
fn check_anything(opened: &Opened, input: &Path) -> anyhow::Result<()> {
    if !opened.tensors.is_empty() {
        return Ok(());
    }
    let of_problem = opened
        .problems
        .first()
        .map(|problem| problem.detail.clone());
    let of_refused = opened.refused.first().map(|refused| refused.reason.clone());
    let reason = of_problem
        .or(of_refused)
        .unwrap_or_else(|| "there is no tensor in it".to_owned());
    Err(anyhow!("{reason}")).with_context(|| format!("cannot convert `{}`", input.display()))
}

fn is_same(input: &Path, output: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    real(input).is_some_and(|input| real(output) == Some(input))
}

/// A file that several threads write at once.
struct FileSink<'a>(&'a File);

impl Sink for FileSink<'_> {
    #[cfg(unix)]
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self.0, bytes, offset)
    }

    #[cfg(windows)]
    fn write_at(&self, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = std::os::windows::fs::FileExt::seek_write(self.0, bytes, offset)?;
            bytes = bytes.get(count..).unwrap_or_default();
            offset += count as u64;
        }
        Ok(())
    }
}

/// Writes beside the output and renames, so that the old file stays until the new one is whole.
fn write(
    opened: &Opened,
    path: &Path,
    options: &Options,
    budget: &Budget,
    interrupt: &Interrupt,
) -> anyhow::Result<Report> {
    let wrong = || format!("cannot write `{}`", path.display());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    output::readable_by_others(&mut builder);
    let temporary = builder
        .prefix(".chainwright-")
        .tempfile_in(folder)
        .with_context(wrong)?;
    *interrupt.held() = Some(temporary.path().to_owned());
    let report = convert(opened, &FileSink(temporary.as_file()), options, budget);
    let report = report.with_context(wrong).and_then(|report| {
        temporary.as_file().sync_all().with_context(wrong)?;
        Ok(report)
    });
    interrupt.held().take();
    let report = report?;
    temporary.persist(path).with_context(wrong)?;
    Ok(report)
}

/// Converts every file that an index names, and writes the index of the new ones.
fn shards(
    arguments: &Arguments,
    options: &Options,
    interrupt: &Interrupt,
) -> anyhow::Result<Vec<Done>> {
    let input = &arguments.input;
    if !is_index(&arguments.output) {
        bail!("the input is an index, so the output has to be one: NAME.safetensors.index.json");
    }
    let size = std::fs::metadata(input)
        .with_context(|| format!("cannot read `{}`", input.display()))?
        .len();
    if size > LONGEST_INDEX {
        bail!("`{}` is too large for an index", input.display());
    }
    let text =
        std::fs::read(input).with_context(|| format!("cannot read `{}`", input.display()))?;
    let index: Index = serde_json::from_slice(&text)
        .with_context(|| format!("`{}` is no index of shards", input.display()))?;
    if arguments.output.exists() && !arguments.overwrite {
        bail!(
            "`{}` exists; give --overwrite to replace it",
            arguments.output.display()
        );
    }
    let (from, to) = (folder_of(input), folder_of(&arguments.output));
    let mut done = Vec::new();
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for shard in index.weight_map.values() {
        if files.contains_key(shard.as_str()) {
            continue;
        }
        let fresh = converted_name(shard)?;
        done.push(one(
            &from.join(shard),
            &to.join(&fresh),
            arguments.overwrite,
            options,
            interrupt,
        )?);
        files.insert(shard, fresh);
    }
    let gone: Vec<&str> = done
        .iter()
        .flat_map(|done| &done.report.tied)
        .map(|tied| tied.name.as_str())
        .collect();
    let map: BTreeMap<&str, &str> = index
        .weight_map
        .iter()
        .filter(|(name, _)| !gone.contains(&name.as_str()))
        .filter_map(|(name, shard)| Some((name.as_str(), files.get(shard.as_str())?.as_str())))
        .collect();
    let fresh = serde_json::json!({ "metadata": index.metadata, "weight_map": map });
    output::to_file(&arguments.output, &|out| {
        serde_json::to_writer_pretty(&mut *out, &fresh)?;
        writeln!(out)
    })?;
    Ok(done)
}

#[derive(Debug, serde::Deserialize)]
struct Index {
    #[serde(default)]
    metadata: serde_json::Value,
    weight_map: BTreeMap<String, String>,
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

/// `pytorch_model-00001-of-00002.bin` becomes `model-00001-of-00002.safetensors`; a shard is a plain file name.
fn converted_name(shard: &str) -> anyhow::Result<String> {
    let is_plain = Path::new(shard)
        .file_name()
        .is_some_and(|name| name == shard)
        && !shard.contains('\\');
    if !is_plain {
        bail!(
            "the index names `{}`, which is no file beside it",
            visible(shard, 200)
        );
    }
    let stem = shard.rsplit_once('.').map_or(shard, |(stem, _)| stem);
    let stem = stem.strip_prefix("pytorch_").unwrap_or(stem);
    Ok(format!("{stem}.safetensors"))
}

fn human(done: &Done, out: &mut dyn Write) -> io::Result<()> {
    let report = &done.report;
    writeln!(
        out,
        "{}: {} tensors of a {}, {} bytes",
        visible(&done.output.to_string_lossy(), 500),
        report.tensors,
        done.format,
        report.bytes
    )?;
    let tied = report.tied.iter().map(|tied| {
        format!(
            "{} is {}",
            visible(&tied.name, 100),
            visible(&tied.kept, 100)
        )
    });
    list(
        out,
        "left out because another name stands for the same tensor",
        tied,
    )?;
    let refused = report.refused.iter().map(|refused| {
        format!(
            "{}: {}",
            visible(&refused.name, 100),
            visible(&refused.reason, 200)
        )
    });
    list(out, "not converted", refused)?;
    let leftovers = report.leftovers.iter().map(|left| {
        format!(
            "{} = {}",
            visible(&left.name, 100),
            visible(&left.value, 100)
        )
    });
    list(out, "no tensors, so not in the new file", leftovers)?;
    let findings = done.findings.iter().map(|found| {
        let message = visible(&found.message, 200);
        format!("{} {}: {message}", found.severity, found.rule)
    });
    list(
        out,
        "the original is dangerous to load; it was only read",
        findings,
    )?;
    let problems = done.problems.iter().map(|problem| visible(problem, 200));
    list(out, "problems", problems)?;
    if report.outside > 0 {
        writeln!(out, "  {} tensors lie outside of --root", report.outside)?;
    }
    Ok(())
}

fn list(
    out: &mut dyn Write,
    title: &str,
    lines: impl ExactSizeIterator<Item = String>,
) -> io::Result<()> {
    let count = lines.len();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "  {title}: {count}")?;
    for line in lines.take(SHOWN) {
        writeln!(out, "    {line}")?;
    }
    if count > SHOWN {
        writeln!(
            out,
            "    … and {} more; --format json lists them",
            count - SHOWN
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use chainwright_core::bytes::SharedBytes;

    use super::*;

    #[test]
    fn an_interrupted_conversion_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4000000,), }\n";
        let mut array = b"\x93NUMPY\x01\x00".to_vec();
        array.extend(u16::try_from(header.len()).expect("short").to_le_bytes());
        array.extend(header.as_bytes());
        array.resize(array.len() + 16_000_000, 0);
        let bytes: SharedBytes = Arc::new(array);
        let opened = chainwright_tensors::open(&bytes, &Budget::untimed(Limits::default()));
        // The time is up after some pieces were written.
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let stop = Arc::new(move || counter.fetch_add(1, Ordering::Relaxed) > 3);
        let budget = Budget::new(Arc::default(), stop);
        let interrupt = Interrupt::default();
        let path = folder.path().join("out.safetensors");
        let written = write(&opened, &path, &Options::default(), &budget, &interrupt);
        assert!(written.is_err());
        assert!(asked.load(Ordering::Relaxed) > 3);
        assert!(interrupt.held().is_none());
        assert_eq!(folder.path().read_dir().expect("there").count(), 0);
    }
}
