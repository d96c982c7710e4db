//! A command that is wrapped: what it reads and writes, measured before and after.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use chainwright_provenance::predicate::{BuildMetadata, Provenance};
use chainwright_provenance::{Descriptor, Digests};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::git::State;
use crate::{machine, packages, redact};

/// The build type of wrapped training runs, described in `docs/attest.md`.
pub const TRAINING_BUILD_TYPE: &str =
    "https://github.com/chainwright/chainwright/builds/training/v1";

/// What is to be run, and what is to be written down of it.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// Where it runs.
    pub folder: PathBuf,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// What it should write.
    pub outputs: Vec<PathBuf>,
    /// Settings that are worth a name of their own.
    pub parameters: BTreeMap<String, Value>,
    /// Variables of the environment that are written down, by name.
    pub variables: Vec<String>,
    /// Where what it prints is kept as well.
    pub log: Option<PathBuf>,
    /// Who runs it, as an address.
    pub builder: String,
    /// What this is called: its version is written down beside the builder.
    pub version: String,
}

/// Something that a run reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What it is for.
    pub role: Role,
    /// Where it lies.
    pub path: PathBuf,
    /// What it is called everywhere, such as `pkg:huggingface/acme/base@REVISION`.
    pub uri: Option<String>,
}

/// What an input is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The weights that it goes on from.
    Base,
    /// What it learns from.
    Data,
    /// How it is to learn.
    Recipe,
    /// Anything else.
    Other,
}

impl Role {
    /// The word for it in a record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base-model",
            Self::Data => "dataset",
            Self::Recipe => "recipe",
            Self::Other => "material",
        }
    }
}

/// What was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What came out.
    pub subjects: Vec<Descriptor>,
    /// How.
    pub provenance: Provenance,
}

/// Why nothing was written down.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// There is nothing to run.
    #[error("there is no command to run")]
    NoCommand,
    /// There would be nothing to speak of.
    #[error("no output is named, so there is nothing to attest")]
    NoOutput,
    /// The command did not start.
    #[error("`{command}` did not start: {source}")]
    Start {
        /// The program.
        command: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The command failed; nothing is attested of a failed run.
    #[error("the command ended with {status}; nothing is attested")]
    Failed {
        /// How it ended.
        status: ExitStatus,
    },
    /// Something could not be measured.
    #[error("`{}` could not be measured: {reason}", path.display())]
    Measure {
        /// Where it lies.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Something that was read is not what it was when the run began.
    #[error("`{}` changed while the command ran; nothing is attested", path.display())]
    InputChanged {
        /// Where it lies.
        path: PathBuf,
    },
    /// Something that should have been written is as it was before.
    #[error("`{}` is the same as before the command ran; nothing is attested", path.display())]
    OutputUnchanged {
        /// Where it lies.
        path: PathBuf,
    },
    /// What was printed could not be kept.
    #[error("`{}` could not be written: {source}", path.display())]
    Log {
        /// Where it should lie.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What a run needs of whoever starts it.
pub struct Surroundings<'a> {
    /// The digests of a file or folder.
    pub measure: &'a dyn Fn(&Path) -> Result<Digests, String>,
    /// Now, in RFC 3339.
    pub now: &'a dyn Fn() -> String,
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// Runs the command and writes down what went in and what came out.
///
/// # Errors
/// When it fails, when an input changed meanwhile, or when an output is missing or was not written: then nothing can be
/// said of it.
pub fn record(plan: &Plan, around: &Surroundings<'_>) -> Result<Record, RecordError> {
    if plan.outputs.is_empty() {
        return Err(RecordError::NoOutput);
    }
    let measured = |path: &Path| {
        (around.measure)(path).map_err(|reason| RecordError::Measure {
            path: path.to_owned(),
            reason,
        })
    };
    let before: Vec<Digests> = plan
        .inputs
        .iter()
        .map(|input| measured(&input.path))
        .collect::<Result<_, _>>()?;
    let outputs_before: Vec<Option<Digests>> = plan
        .outputs
        .iter()
        .map(|path| path.exists().then(|| measured(path)).transpose())
        .collect::<Result<_, _>>()?;
    let source = State::of(&plan.folder);
    let installed = packages::site_packages(around.variable).map(|site| packages::installed(&site));
    let started = (around.now)();
    let log = run(plan)?;
    let finished = (around.now)();
    for (input, digests) in plan.inputs.iter().zip(&before) {
        if measured(&input.path)? != *digests {
            return Err(RecordError::InputChanged {
                path: input.path.clone(),
            });
        }
    }
    let mut subjects = Vec::new();
    for (path, known) in plan.outputs.iter().zip(outputs_before) {
        let digests = measured(path)?;
        if known.as_ref() == Some(&digests) {
            return Err(RecordError::OutputUnchanged { path: path.clone() });
        }
        subjects.push(Descriptor::named(name_of(path)).with(digests));
    }
    let metadata = BuildMetadata {
        started: Some(started),
        finished: Some(finished),
        ..BuildMetadata::default()
    };
    let provenance = written(plan, around, &before, source, installed, metadata, log);
    Ok(Record {
        subjects,
        provenance,
    })
}

fn written(
    plan: &Plan,
    around: &Surroundings<'_>,
    before: &[Digests],
    source: Option<State>,
    installed: Option<Vec<Descriptor>>,
    metadata: BuildMetadata,
    log: Option<Descriptor>,
) -> Provenance {
    let mut dependencies = Vec::new();
    let mut named: BTreeMap<Role, Vec<Value>> = BTreeMap::new();
    for (input, digests) in plan.inputs.iter().zip(before) {
        let name = name_of(&input.path);
        let mut descriptor = Descriptor::named(name.clone()).with(digests.clone());
        descriptor.uri.clone_from(&input.uri);
        let role = Value::from(input.role.as_str());
        descriptor.annotations.insert("role".to_owned(), role);
        let shown = input.uri.clone().unwrap_or(name);
        named
            .entry(input.role)
            .or_default()
            .push(Value::from(shown));
        dependencies.push(descriptor);
    }
    if let Some(source) = source {
        dependencies.push(source.as_dependency(&name_of(&plan.folder)));
    }
    let mut internal = Map::new();
    internal.insert("machine".to_owned(), Value::Object(machine::describe()));
    if let Some(packages) = installed {
        let digests = packages::together(&packages);
        let digest = digests.get("sha256").unwrap_or_default();
        internal.insert("packages".to_owned(), json!(format!("sha256:{digest}")));
        dependencies.extend(packages);
    }
    let variables: Map<String, Value> = plan
        .variables
        .iter()
        .filter_map(|name| {
            let value = (around.variable)(name)?;
            Some((name.clone(), redact::value(name, &Value::from(value))))
        })
        .collect();
    if !variables.is_empty() {
        internal.insert("environment".to_owned(), Value::Object(variables));
    }
    Provenance {
        build_type: TRAINING_BUILD_TYPE.to_owned(),
        external: external(plan, named),
        internal,
        dependencies,
        builder: plan.builder.clone(),
        builder_versions: BTreeMap::from([("chainwright".to_owned(), plan.version.clone())]),
        metadata,
        byproducts: log.into_iter().collect(),
    }
}

fn external(plan: &Plan, mut named: BTreeMap<Role, Vec<Value>>) -> Map<String, Value> {
    let words: Vec<String> = plan
        .command
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut external = Map::new();
    external.insert("command".to_owned(), json!(redact::command(&words)));
    if let Some(mut recipes) = named.remove(&Role::Recipe) {
        let recipe = if recipes.len() == 1 {
            recipes.remove(0)
        } else {
            Value::from(recipes)
        };
        external.insert("recipe".to_owned(), recipe);
    }
    if let Some(bases) = named.remove(&Role::Base) {
        external.insert("baseModels".to_owned(), Value::from(bases));
    }
    if let Some(data) = named.remove(&Role::Data) {
        external.insert("datasets".to_owned(), Value::from(data));
    }
    if !plan.parameters.is_empty() {
        let parameters: Map<String, Value> = plan
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), redact::value(name, value)))
            .collect();
        external.insert("parameters".to_owned(), Value::Object(parameters));
    }
    external
}

fn name_of(path: &Path) -> String {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real.file_name()
        .unwrap_or(real.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Runs the command; what it prints goes on to where it would have gone, and into the log if one is asked for.
fn run(plan: &Plan) -> Result<Option<Descriptor>, RecordError> {
    let (program, arguments) = plan.command.split_first().ok_or(RecordError::NoCommand)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&plan.folder);
    let log = match &plan.log {
        Some(path) => {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let file = File::create(path).map_err(|source| RecordError::Log {
                path: path.clone(),
                source,
            })?;
            Some((path, Mutex::new(Log::new(file))))
        }
        None => None,
    };
    let mut child = command.spawn().map_err(|source| RecordError::Start {
        command: program.to_string_lossy().into_owned(),
        source,
    })?;
    if let Some((_, log)) = &log {
        pass_on(&mut child, log);
    }
    let status = child.wait().map_err(|source| RecordError::Start {
        command: program.to_string_lossy().into_owned(),
        source,
    })?;
    let log = match log {
        Some((path, log)) => {
            let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
            let digests = log.finish().map_err(|source| RecordError::Log {
                path: path.clone(),
                source,
            })?;
            Some(Descriptor::named(name_of(path)).with(digests))
        }
        None => None,
    };
    if status.success() {
        Ok(log)
    } else {
        Err(RecordError::Failed { status })
    }
}

/// Hands what the command prints on, until it closes both streams.
fn pass_on(child: &mut Child, log: &Mutex<Log>) {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(|| copy(out, &mut io::stdout(), log));
        copy(err, &mut io::stderr(), log);
    });
}

fn copy(from: Option<impl Read>, to: &mut dyn Write, log: &Mutex<Log>) {
    let Some(mut from) = from else {
        return;
    };
    let mut buffer = [0_u8; 8192];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => {
                let bytes = &buffer[..count];
                // Nobody may be left to read it; the command goes on all the same.
                let _ = to.write_all(bytes).and_then(|()| to.flush());
                log.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .write(bytes);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// A file of what was printed, and its digest.
struct Log {
    file: File,
    hasher: Sha256,
    failure: Option<io::Error>,
}

impl Log {
    fn new(file: File) -> Self {
        Self {
            file,
            hasher: Sha256::new(),
            failure: None,
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        if self.failure.is_none() {
            self.failure = self.file.write_all(bytes).err();
        }
    }

    fn finish(self) -> io::Result<Digests> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        self.file.sync_all()?;
        let digest = self.hasher.finalize();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Digests::sha256(&hex))
    }
}

#[cfg(test)]
mod tests;
