//! What is published: plugins, lists of plugins, entries of the MCP registry, desktop extensions.

use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::name::normalise;
use chainwright_packages::pinning::is_commit;
use chainwright_repository::document::Node;

use super::servers::{bare, server, variables};
use super::{MAX_ENTRIES, first_of, lookup, place, text_of};
use crate::facts::{
    Bundle, DomainRole, IdentityKind, LaunchedPackage, Login, Pin, ReferenceKind, Runner, Tool,
    ToolKind, Transport,
};
use crate::value::{address, cut};

pub(super) fn read_plugin(root: &Node, bundle: &mut Bundle) {
    bundle.title(root, &["name"]);
    identities(root, bundle);
    for key in [
        "commands",
        "agents",
        "skills",
        "hooks",
        "mcpServers",
        "contextFileName",
    ] {
        let Some(node) = root.get(key) else { continue };
        for item in node.items().iter().chain(std::iter::once(node)) {
            if let Some(text) = item.text() {
                bundle.refer(ReferenceKind::File, text, Pin::Local, item);
            }
        }
    }
}

fn identities(root: &Node, bundle: &mut Bundle) {
    bundle.identify(IdentityKind::Author, root.get("author"));
    bundle.identify(
        IdentityKind::Publisher,
        first_of(root, &["owner", "publisher"]),
    );
    bundle.identify(IdentityKind::Repository, root.get("repository"));
    bundle.identify(IdentityKind::Homepage, root.get("homepage"));
    bundle.identify(IdentityKind::Licence, root.get("license"));
}

pub(super) fn read_marketplace(root: &Node, bundle: &mut Bundle) {
    bundle.title(root, &["name"]);
    identities(root, bundle);
    for plugin in root
        .get("plugins")
        .map_or(&[][..], Node::items)
        .iter()
        .take(MAX_ENTRIES)
    {
        let Some(source) = plugin.get("source") else {
            continue;
        };
        if let Some(path) = source.text() {
            bundle.refer(ReferenceKind::Plugin, path, Pin::Local, source);
            continue;
        }
        let target = text_of(source, &["repo", "url", "package", "path"]).unwrap_or_default();
        let revision = text_of(source, &["sha", "commit", "ref"]).unwrap_or_default();
        let pin = match revision {
            revision if is_commit(revision) => Pin::Digest,
            "" => Pin::Open,
            _ => Pin::Moving,
        };
        bundle.refer(ReferenceKind::Plugin, &address(target), pin, source);
        if let Some(list) = plugin.get("mcpServers") {
            super::servers::read_list(list, bundle);
        }
    }
}

pub(super) fn read_registry_entry(root: &Node, bundle: &mut Bundle) {
    let root = root
        .get("server")
        .filter(|inner| inner.is_map())
        .unwrap_or(root);
    bundle.title(root, &["name"]);
    bundle.identify(IdentityKind::Repository, root.get("repository"));
    bundle.domain(DomainRole::Provider, root.get("websiteUrl"));
    let name = bundle.name.clone().unwrap_or_default();
    for node in root
        .get("packages")
        .map_or(&[][..], Node::items)
        .iter()
        .take(MAX_ENTRIES)
    {
        let mut found = bare(&name, Transport::Stdio, node);
        found.environment = variables(None);
        let kind =
            text_of(node, &["registryType", "registry_type", "registry_name"]).unwrap_or_default();
        found.launch.runner = match kind {
            "npm" => Runner::Npx,
            "pypi" => Runner::Uvx,
            "oci" | "docker" => Runner::Container,
            "nuget" => Runner::Dotnet,
            _ => Runner::Program,
        };
        found.launch.packages.extend(registered(kind, node));
        bundle.servers.push(found);
    }
    for node in root
        .get("remotes")
        .map_or(&[][..], Node::items)
        .iter()
        .take(MAX_ENTRIES)
    {
        if let Some(mut found) = server(&name, node) {
            if node.get("headers").is_some() {
                found.login = Login::Header;
            }
            bundle.servers.push(found);
        }
    }
}

/// A package as the registry of MCP names it.
fn registered(kind: &str, node: &Node) -> Option<LaunchedPackage> {
    let ecosystem = match kind {
        "npm" => Ecosystem::Npm,
        "pypi" => Ecosystem::PyPi,
        "oci" | "docker" => Ecosystem::Oci,
        "nuget" => Ecosystem::NuGet,
        "cargo" => Ecosystem::Cargo,
        _ => Ecosystem::Generic,
    };
    let identifier = text_of(node, &["identifier", "name"])?;
    let version =
        text_of(node, &["version"]).filter(|version| !version.is_empty() && *version != "latest");
    let has_digest =
        first_of(node, &["fileSha256", "file_sha256"]).is_some() || identifier.contains("@sha256:");
    let (name, tag) = match identifier
        .rsplit_once(':')
        .filter(|(_, tag)| ecosystem == Ecosystem::Oci && !tag.contains('/'))
    {
        Some((name, tag)) => (name, Some(tag)),
        None => (identifier, None),
    };
    let pin = match (has_digest, version.or(tag)) {
        (true, _) => Pin::Digest,
        (false, Some("latest") | None) => Pin::Open,
        (false, Some(version)) if version.contains(['^', '~', '*', '>', '<']) => Pin::Moving,
        (false, Some(_)) => Pin::Exact,
    };
    let exact = version
        .or(tag)
        .filter(|_| pin != Pin::Open && pin != Pin::Moving);
    Some(LaunchedPackage {
        package: Package::new(ecosystem, normalise(ecosystem, name), exact),
        written: cut(identifier),
        pin,
        place: place(node),
    })
}

pub(super) fn read_desktop_extension(root: &Node, bundle: &mut Bundle) {
    bundle.title(root, &["name"]);
    identities(root, bundle);
    let name = bundle.name.clone().unwrap_or_default();
    if let Some(found) = lookup(root, "server.mcp_config").and_then(|node| server(&name, node)) {
        bundle.servers.push(found);
    }
    for (key, kind) in [("tools", ToolKind::Tool), ("prompts", ToolKind::Prompt)] {
        for node in root
            .get(key)
            .map_or(&[][..], Node::items)
            .iter()
            .take(MAX_ENTRIES)
        {
            let Some(name) = text_of(node, &["name"]) else {
                continue;
            };
            bundle.tools.push(Tool {
                kind,
                name: cut(name),
                method: None,
                is_destructive: false,
                described_at: node.get("description").map(place),
                place: place(node),
            });
        }
    }
}
