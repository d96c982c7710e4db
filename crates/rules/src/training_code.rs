//! What the rules about code share: they differ only in the behaviours they look for.

use std::cmp::Reverse;

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::Sink;
use chainwright_code::{Behaviour, BehaviourKind as Kind, Reach};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::Severity;

use crate::shared::{SHOWN, quoted};

/// Reports the wanted behaviours of all code in an artifact, one finding for each severity.
pub(crate) fn report_behaviours(
    artifact: &Inspected,
    wanted: impl Fn(Kind) -> bool,
    sink: &mut Sink<'_>,
) {
    for facts in &artifact.facts {
        let (language, behaviours) = match facts {
            Facts::Python(facts) => (Language::Python, &facts.behaviours),
            Facts::Shell(facts) => (Language::Shell, &facts.behaviours),
            Facts::JavaScript(facts) => (Language::JavaScript, &facts.behaviours),
            _ => continue,
        };
        let mut found: Vec<&Behaviour> = behaviours
            .iter()
            .filter(|behaviour| wanted(behaviour.kind) && !is_part(behaviour, behaviours))
            // Every web page and command-line tool starts programs and talks to servers when somebody asks it to.
            .filter(|behaviour| {
                language != Language::JavaScript || behaviour.severity() > Severity::Info
            })
            .collect();
        found.sort_by_key(|behaviour| (Reverse(behaviour.severity()), behaviour.place.clone()));
        for group in found.chunk_by(|left, right| left.severity() == right.severity()) {
            report_group(group, language, sink);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Shell,
    JavaScript,
}

fn report_group(group: &[&Behaviour], language: Language, sink: &mut Sink<'_>) {
    let Some(first) = group.first() else { return };
    let told = group.iter().take(SHOWN).map(|behaviour| Evidence {
        place: behaviour.place.clone(),
        text: describe(behaviour, language),
    });
    sink.report_as(
        first.severity(),
        first.confidence,
        describe(first, language),
        told.collect(),
    );
}

/// Whether a graver behaviour at the same place, which another finding tells, consists of this one.
fn is_part(behaviour: &Behaviour, all: &[Behaviour]) -> bool {
    let wholes: &[Kind] = match behaviour.kind {
        Kind::ProcessStart => &[Kind::ReverseShell, Kind::DownloadAndRun],
        Kind::NetworkSend => &[Kind::Exfiltration],
        _ => return false,
    };
    all.iter().any(|other| {
        wholes.contains(&other.kind)
            && other.place == behaviour.place
            && other.severity() >= behaviour.severity()
    })
}

/// What the code does, how execution gets there, and the code that shows it.
fn describe(behaviour: &Behaviour, language: Language) -> String {
    let (action, reach) = (action(behaviour.kind), reach(behaviour.reach, language));
    // Hiding is no act: it needs nobody to run it.
    if behaviour.kind == Kind::Obfuscation {
        return format!("{action}: {}", shown(behaviour));
    }
    format!("{action} {reach}: {}", shown(behaviour))
}

/// The evidence is code, except where it is a phrase with quotations of its own.
fn shown(behaviour: &Behaviour) -> String {
    let evidence = behaviour.evidence.as_str();
    if let Some(code) = evidence.strip_prefix("runs `") {
        return format!("`{code}");
    }
    if behaviour.kind == Kind::Obfuscation || evidence.starts_with("imports `") {
        return evidence.to_owned();
    }
    quoted(evidence)
}

const fn reach(reach: Reach, language: Language) -> &'static str {
    match (language, reach) {
        (Language::Python, Reach::Import) => "when imported",
        (Language::JavaScript, Reach::Import | Reach::Constructor | Reach::Main) => "when loaded",
        (Language::Python, Reach::Constructor) => "when an object is made or used",
        (Language::Python, Reach::Main) => "when run as a script",
        (Language::Python | Language::Shell | Language::JavaScript, Reach::Function) => {
            "in a function"
        }
        (Language::Shell, Reach::Import | Reach::Constructor | Reach::Main) => "when run",
    }
}

const fn action(kind: Kind) -> &'static str {
    match kind {
        Kind::ExecDecoded => "runs code that it decodes",
        Kind::ExecFetched => "runs code that it fetches",
        Kind::ExecInput => "runs text of its caller as code",
        Kind::ExecDynamic => "runs text as code",
        Kind::ExecDataFile => "runs the content of a data file",
        Kind::HiddenCall => "reaches a dangerous function by detours",
        Kind::NativeCode => "runs machine code",
        Kind::UnsafeDeserialise => "unpickles disguised or fetched bytes",
        Kind::ProcessStart => "starts a process",
        Kind::ReverseShell => "connects a shell to the network",
        Kind::DownloadAndRun => "downloads and runs a program",
        Kind::PackageInstall => "installs packages",
        Kind::NetworkAccess => "talks to another machine",
        Kind::NetworkSend => "sends data to another machine",
        Kind::SuspiciousEndpoint => "talks to a suspicious place",
        Kind::CredentialAccess => "reads credentials",
        Kind::Exfiltration => "sends secrets or facts about the machine away",
        Kind::Persistence => "arranges to be run again",
        Kind::Destruction => "deletes or overwrites what is not its own",
        Kind::Tampering => "replaces functions or switches protections off",
        Kind::AntiAnalysis => "looks for observers",
        Kind::FileWrite => "writes a file",
        Kind::Obfuscation => "hides what it is",
        Kind::Miner => "mines cryptocurrency",
        Kind::RemoteCodeTrust => "trusts code of another repository",
    }
}
