//! What the rules about assistants share: which bundles and servers count, and which behaviours of a command are bad
//! wherever it runs.

use chainwright_agents::{Bundle, Scope, Server};
use chainwright_analysis::Inspected;
use chainwright_analysis::agents;
use chainwright_code::{Behaviour, BehaviourKind as Kind};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::Severity;

use crate::shared::{Judged, quoted};

/// Every bundle of an artifact.
pub(crate) fn bundles(artifact: &Inspected) -> impl Iterator<Item = &Bundle> {
    agents::bundles(artifact)
}

/// Every server that is switched on, with the bundle that names it.
pub(crate) fn servers(artifact: &Inspected) -> impl Iterator<Item = (&Bundle, &Server)> {
    bundles(artifact).flat_map(|bundle| {
        let servers = bundle.servers.iter().filter(|server| !server.is_disabled);
        servers.map(move |server| (bundle, server))
    })
}

/// Whether others than the user decide what the file says: whoever writes to the project or publishes the package.
pub(crate) const fn comes_from_others(bundle: &Bundle) -> bool {
    matches!(bundle.scope, Scope::Project | Scope::Shipped)
}

/// Evidence with its severity.
pub(crate) fn judged(severity: Severity, place: &Place, text: impl Into<String>) -> Judged {
    let (place, text) = (place.clone(), text.into());
    (severity, Evidence { place, text })
}

/// The worst thing that a command does whoever runs it, if it is bad; what programs do anyway does not count.
pub(crate) fn worst_behaviour(behaviours: &[Behaviour]) -> Option<(Severity, String)> {
    let bad = behaviours.iter().filter(|behaviour| {
        matches!(
            behaviour.kind,
            Kind::ExecDecoded
                | Kind::ExecFetched
                | Kind::HiddenCall
                | Kind::NativeCode
                | Kind::UnsafeDeserialise
                | Kind::ReverseShell
                | Kind::DownloadAndRun
                | Kind::SuspiciousEndpoint
                | Kind::CredentialAccess
                | Kind::Exfiltration
                | Kind::Persistence
                | Kind::Destruction
                | Kind::Tampering
                | Kind::Obfuscation
                | Kind::Miner
        )
    });
    let worst = bad.max_by_key(|behaviour| behaviour.severity())?;
    let severity = worst.severity();
    let text = format!("{}: {}", say(worst.kind), quoted(&worst.evidence));
    (severity >= Severity::Medium).then_some((severity, text))
}

const fn say(kind: Kind) -> &'static str {
    match kind {
        Kind::ExecDecoded => "it runs code that it decodes",
        Kind::ExecFetched | Kind::DownloadAndRun => "it downloads and runs a program",
        Kind::ReverseShell => "it connects a shell to the network",
        Kind::SuspiciousEndpoint => "it talks to a suspicious place",
        Kind::CredentialAccess => "it reads credentials",
        Kind::Exfiltration => "it sends secrets away",
        Kind::Persistence => "it arranges to be run again",
        Kind::Destruction => "it deletes what is not its own",
        Kind::Tampering => "it switches protections off",
        Kind::Miner => "it mines cryptocurrency",
        _ => "it hides what it runs",
    }
}
