//! What assistants are wired to: reading the files that say so, and their place in the graph.

use chainwright_agents::{Bundle, EndpointKind, GrantKind, IdentityKind, Server, recognise};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::read_range;
use chainwright_core::component::{ComponentId, ComponentKind, EdgeKind, Graph};
use chainwright_core::package::Package;
use chainwright_core::problem::ProblemKind;
use chainwright_packages::purl;

use crate::facts::{Facts, Inspected};
use crate::inspect::Artifact;

/// LIMIT: tools and permissions of one file that become nodes.
const MAX_NODES: usize = 500;

/// Reads the artifact as configuration of an assistant if its place and content say that it is one.
pub(crate) fn read(artifact: &Artifact, head: &[u8], budget: &Budget, own: &mut Inspected) {
    let path = if own.location.members().is_empty() {
        own.location.path()
    } else {
        own.location.innermost()
    };
    let Some(found) = recognise(path, head) else {
        return;
    };
    if own.size > budget.limits().text_bytes {
        return;
    }
    let size = usize::try_from(own.size).unwrap_or(usize::MAX);
    let Ok(bytes) = read_range(artifact.bytes.as_ref(), 0, size) else {
        return;
    };
    let bundle = chainwright_agents::read(found, &String::from_utf8_lossy(&bytes), budget);
    let is_silent = bundle.is_empty();
    // A broken file that would say nothing anyway is other readers' business.
    let problems = bundle.problems.iter();
    own.problems.extend(
        problems
            .filter(|problem| !is_silent || problem.kind != ProblemKind::Malformed)
            .cloned(),
    );
    if !is_silent {
        own.facts.push(Facts::Agent(Box::new(bundle)));
    }
}

/// What assistants are wired to, in one artifact.
pub fn bundles(artifact: &Inspected) -> impl Iterator<Item = &Bundle> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Agent(bundle) => Some(bundle.as_ref()),
        _ => None,
    })
}

/// Relates a file to the assistant that reads it, the servers and tools that it names, the packages behind them, who
/// stands behind them, and what may be touched.
pub(crate) fn relate(graph: &mut Graph, id: ComponentId, bundle: &Bundle) {
    let caller = match bundle.client {
        Some(client) => {
            let agent = graph.declare(ComponentKind::Agent, client.title());
            graph.connect(agent, EdgeKind::DependsOn, id);
            agent
        }
        None => id,
    };
    for server in &bundle.servers {
        relate_server(graph, caller, server);
    }
    for endpoint in &bundle.endpoints {
        let (kind, name) = match (endpoint.kind, &endpoint.model, &endpoint.url) {
            (EndpointKind::Server, _, _) => continue,
            (EndpointKind::Model, Some(model), _) => (ComponentKind::Model, model),
            (_, _, Some(url)) => (ComponentKind::Service, url),
            (_, None, None) | (EndpointKind::Telemetry | EndpointKind::Proxy, Some(_), None) => {
                continue;
            }
        };
        let other = graph.declare(kind, name);
        graph.connect(caller, EdgeKind::Calls, other);
    }
    for tool in bundle.tools.iter().take(MAX_NODES) {
        let node = graph.declare(ComponentKind::Tool, &tool.name);
        graph.connect(id, EdgeKind::Contains, node);
    }
    for identity in &bundle.identities {
        if matches!(
            identity.kind,
            IdentityKind::Publisher | IdentityKind::Author
        ) {
            let node = graph.declare(ComponentKind::Identity, &identity.text);
            graph.connect(id, EdgeKind::OwnedBy, node);
        }
    }
    for grant in bundle.grants.iter().take(MAX_NODES) {
        let resource = graph.declare(
            ComponentKind::Resource,
            resource(grant.kind, &grant.written),
        );
        graph.connect(caller, EdgeKind::MayTouch, resource);
    }
}

fn relate_server(graph: &mut Graph, caller: ComponentId, server: &Server) {
    let name = match (&server.url, server.launch.packages.first()) {
        (Some(url), _) => format!("{} ({url})", server.name),
        (None, Some(package)) => format!("{} ({})", server.name, package.written),
        (None, None) => server.name.clone(),
    };
    let service = graph.declare(ComponentKind::Service, &name);
    if let Some(component) = graph.component_mut(service) {
        let attributes = &mut component.attributes;
        attributes.insert("transport", server.transport.as_str().to_owned());
        attributes.insert("runner", server.launch.runner.as_str().to_owned());
    }
    graph.connect(caller, EdgeKind::Calls, service);
    for launched in &server.launch.packages {
        if let Some(package) = package(graph, &launched.package) {
            graph.connect(service, EdgeKind::DependsOn, package);
        }
    }
    for folder in &server.launch.folders {
        let resource = graph.declare(ComponentKind::Resource, folder);
        graph.connect(service, EdgeKind::MayTouch, resource);
    }
}

/// A package by its package URL, with or without a version.
fn package(graph: &mut Graph, package: &Package) -> Option<ComponentId> {
    if package.name.is_empty() {
        return None;
    }
    let id = graph.declare(ComponentKind::Package, &purl::write(package));
    if let (Some(version), Some(component)) = (&package.version, graph.component_mut(id)) {
        component.attributes.insert("version", version.clone());
    }
    Some(id)
}

/// What a permission reaches.
const fn resource(kind: GrantKind, written: &str) -> &str {
    match kind {
        GrantKind::AsksNothing
        | GrantKind::SandboxOff
        | GrantKind::TrustsServers
        | GrantKind::TrustsFolders => "everything on the machine",
        GrantKind::EveryTool => "every tool",
        GrantKind::EveryCommand => "every command",
        GrantKind::EveryFile => "every file",
        GrantKind::EveryHost => "every host",
        GrantKind::Tool
        | GrantKind::Command
        | GrantKind::Files
        | GrantKind::Host
        | GrantKind::Permission => written,
    }
}
