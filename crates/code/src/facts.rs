//! What we saw in source code: closed lists of behaviours, each with the place that shows it.
//!
//! A fact says what the code does and how it is reached; whether that is acceptable is decided by rules and
//! policy. [`Behaviour::severity`] is the opinion that the measurements of this crate are made with.

use chainwright_core::location::Place;
use chainwright_core::problem::Problem;
use chainwright_core::severity::{Confidence, Severity};
use serde::{Deserialize, Serialize};

/// The most behaviours kept for one file; the rest is counted.
pub(crate) const MAX_BEHAVIOURS: usize = 200;
/// The most names kept in each list of names.
pub(crate) const MAX_NAMES: usize = 500;
/// The most characters of evidence kept for one behaviour.
pub(crate) const MAX_EVIDENCE: usize = 200;

/// What a stretch of code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BehaviourKind {
    /// Runs code that was decoded, decompressed, unmarshalled or otherwise assembled from disguised data.
    ExecDecoded,
    /// Runs code or a program that comes from the network or from another repository.
    ExecFetched,
    /// Runs text that the caller supplies, such as the body of a request.
    ExecInput,
    /// Runs text as code that could not be worked out.
    ExecDynamic,
    /// Runs the content of a file that is not Python source.
    ExecDataFile,
    /// Reaches a dangerous function through an assembled name or through the object model, to stay unseen.
    HiddenCall,
    /// Runs machine code: shellcode in executable memory, or a library from a writable or fetched place.
    NativeCode,
    /// Unpickles (or unmarshals) bytes that are embedded, disguised or fetched.
    UnsafeDeserialise,
    /// Starts a process.
    ProcessStart,
    /// Connects a shell to the network.
    ReverseShell,
    /// Downloads a program or script and runs it.
    DownloadAndRun,
    /// Installs packages.
    PackageInstall,
    /// Talks to another machine.
    NetworkAccess,
    /// Sends data to another machine.
    NetworkSend,
    /// Talks to a place known for taking stolen data or serving payloads: web hooks, paste sites, tunnels, bare addresses.
    SuspiciousEndpoint,
    /// Reads credentials: key files, token files, browser profiles, cloud metadata.
    CredentialAccess,
    /// Sends credentials, the environment or facts about the machine to another machine.
    Exfiltration,
    /// Makes itself run again: start-up files, scheduled jobs, authorised keys, interpreter hooks.
    Persistence,
    /// Deletes or overwrites what is not its own.
    Destruction,
    /// Replaces functions that others rely on, or switches protections off.
    Tampering,
    /// Looks for debuggers, virtual machines, users or dates before it acts.
    AntiAnalysis,
    /// Writes a file.
    FileWrite,
    /// Hides what it is: far-right code, direction marks, look-alike letters, machine-made names.
    Obfuscation,
    /// Mines cryptocurrency.
    Miner,
    /// Passes the trust in remote code on to another repository.
    RemoteCodeTrust,
}

impl BehaviourKind {
    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExecDecoded => "exec-decoded",
            Self::ExecFetched => "exec-fetched",
            Self::ExecInput => "exec-input",
            Self::ExecDynamic => "exec-dynamic",
            Self::ExecDataFile => "exec-data-file",
            Self::HiddenCall => "hidden-call",
            Self::NativeCode => "native-code",
            Self::UnsafeDeserialise => "unsafe-deserialise",
            Self::ProcessStart => "process-start",
            Self::ReverseShell => "reverse-shell",
            Self::DownloadAndRun => "download-and-run",
            Self::PackageInstall => "package-install",
            Self::NetworkAccess => "network-access",
            Self::NetworkSend => "network-send",
            Self::SuspiciousEndpoint => "suspicious-endpoint",
            Self::CredentialAccess => "credential-access",
            Self::Exfiltration => "exfiltration",
            Self::Persistence => "persistence",
            Self::Destruction => "destruction",
            Self::Tampering => "tampering",
            Self::AntiAnalysis => "anti-analysis",
            Self::FileWrite => "file-write",
            Self::Obfuscation => "obfuscation",
            Self::Miner => "miner",
            Self::RemoteCodeTrust => "remote-code-trust",
        }
    }
}

/// How execution gets to a behaviour, the least demanding way last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reach {
    /// Somebody has to call the function.
    Function,
    /// Only when the file is run as a script (`if __name__ == "__main__"`).
    Main,
    /// Reached from what a framework calls by itself: constructors, `forward`, `from_pretrained`, handler entries,
    /// `__reduce__`, set-up commands.
    Constructor,
    /// Runs when the module is imported, the cell or script is run, or the interpreter starts.
    Import,
}

impl Reach {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Main => "main",
            Self::Constructor => "constructor",
            Self::Import => "import",
        }
    }
}

/// One thing that the code does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviour {
    /// What.
    pub kind: BehaviourKind,
    /// How execution gets there.
    pub reach: Reach,
    /// Where: line and column, or the pointer to a notebook's line.
    pub place: Place,
    /// The source text, or the text it folds to, on one line and shortened.
    pub evidence: String,
    /// How sure we are that the code does this with harmful effect.
    #[serde(with = "confidence_name")]
    pub confidence: Confidence,
}

impl Behaviour {
    /// Whether importing (or running) the file is enough.
    #[must_use]
    pub const fn at_import(&self) -> bool {
        matches!(self.reach, Reach::Import)
    }

    /// How bad it is, from kind, reach and confidence.
    #[must_use]
    pub fn severity(&self) -> Severity {
        severity_of(self.kind, self.reach, self.confidence)
    }
}

/// How bad a behaviour is.
fn severity_of(kind: BehaviourKind, reach: Reach, confidence: Confidence) -> Severity {
    use BehaviourKind as Kind;
    let runs_unasked = reach >= Reach::Constructor;
    let unasked = |unasked, called| if runs_unasked { unasked } else { called };
    let by_confidence = |high, medium, low| match confidence {
        Confidence::High => high,
        Confidence::Medium => medium,
        Confidence::Low => low,
    };
    match kind {
        Kind::ExecDecoded
        | Kind::ExecFetched
        | Kind::ReverseShell
        | Kind::DownloadAndRun
        | Kind::Exfiltration
        | Kind::Miner
        | Kind::NativeCode
        | Kind::HiddenCall
        | Kind::Persistence
        | Kind::Destruction
        | Kind::UnsafeDeserialise => by_confidence(
            unasked(Severity::Critical, Severity::High),
            unasked(Severity::Medium, Severity::Low),
            Severity::Low,
        ),
        Kind::CredentialAccess
        | Kind::SuspiciousEndpoint
        | Kind::ExecInput
        | Kind::ExecDataFile
        | Kind::Tampering => by_confidence(
            Severity::High,
            unasked(Severity::Medium, Severity::Low),
            Severity::Low,
        ),
        Kind::Obfuscation => by_confidence(Severity::High, Severity::Medium, Severity::Low),
        Kind::ProcessStart | Kind::NetworkSend => match reach {
            Reach::Import => by_confidence(Severity::High, Severity::Medium, Severity::Low),
            Reach::Constructor => by_confidence(Severity::Medium, Severity::Low, Severity::Info),
            Reach::Main | Reach::Function => Severity::Info,
        },
        Kind::NetworkAccess => match reach {
            Reach::Import => by_confidence(Severity::Medium, Severity::Low, Severity::Info),
            Reach::Constructor => by_confidence(Severity::Low, Severity::Low, Severity::Info),
            Reach::Main | Reach::Function => Severity::Info,
        },
        Kind::ExecDynamic | Kind::AntiAnalysis => match reach {
            Reach::Import => by_confidence(Severity::Medium, Severity::Low, Severity::Info),
            Reach::Constructor => by_confidence(Severity::Medium, Severity::Low, Severity::Info),
            Reach::Main | Reach::Function => Severity::Info,
        },
        Kind::PackageInstall => by_confidence(Severity::Medium, Severity::Low, Severity::Info),
        Kind::FileWrite => by_confidence(Severity::Medium, Severity::Low, Severity::Info),
        Kind::RemoteCodeTrust => by_confidence(Severity::Medium, Severity::Low, Severity::Info),
    }
}

/// What Python source does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonFacts {
    /// Whether the whole text is valid Python; behaviours are looked for either way.
    pub parsed: bool,
    /// What it does, by place.
    pub behaviours: Vec<Behaviour>,
    /// How many more behaviours there were.
    pub behaviours_left_out: u32,
    /// Top-level names of the modules it imports, sorted.
    pub imports: Vec<String>,
    /// Modules that it imports, as written: dotted, with leading dots where they are relative; sorted.
    pub loads: Vec<String>,
    /// Names of its top-level classes, in order.
    pub classes: Vec<String>,
    /// Names of its top-level functions, in order.
    pub functions: Vec<String>,
    /// What was broken or beyond a limit.
    pub problems: Vec<Problem>,
}

impl PythonFacts {
    /// The worst severity of all behaviours.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.behaviours.iter().map(Behaviour::severity).max()
    }
}

/// What JavaScript does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JavaScriptFacts {
    /// What it does, by place.
    pub behaviours: Vec<Behaviour>,
    /// How many more behaviours there were.
    pub behaviours_left_out: u32,
    /// The modules and files that it loads, as written; sorted.
    pub requires: Vec<String>,
    /// What was broken or beyond a limit.
    pub problems: Vec<Problem>,
}

impl JavaScriptFacts {
    /// The worst severity of all behaviours.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.behaviours.iter().map(Behaviour::severity).max()
    }
}

/// What a shell script, `Makefile` or `Dockerfile` does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellFacts {
    /// What it does, by place.
    pub behaviours: Vec<Behaviour>,
    /// How many more behaviours there were.
    pub behaviours_left_out: u32,
    /// What was broken or beyond a limit.
    pub problems: Vec<Problem>,
}

impl ShellFacts {
    /// The worst severity of all behaviours.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.behaviours.iter().map(Behaviour::severity).max()
    }
}

/// Keeps a confidence as its name, since the core's type is not stored by itself.
mod confidence_name {
    use chainwright_core::severity::Confidence;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature is given by serde's `with`"
    )]
    pub(super) fn serialize<S: Serializer>(
        confidence: &Confidence,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(confidence.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Confidence, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
