//! Descriptions of interfaces that models call: OpenAPI, web plugins, and the cards of other agents.

use chainwright_repository::document::Node;

use super::servers::bare;
use super::{MAX_ENTRIES, first_of, lookup, place, text_of};
use crate::facts::{Bundle, DomainRole, IdentityKind, Login, Tool, ToolKind, Transport};
use crate::value::{address, cut};

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "patch", "head", "options", "trace",
];

pub(super) fn read_openapi(root: &Node, bundle: &mut Bundle) {
    let info = root.get("info").unwrap_or(root);
    bundle.title(info, &["title"]);
    bundle.domain(
        DomainRole::Legal,
        first_of(
            info,
            &[
                "termsOfService",
                "x-privacy-policy-url",
                "x-legal-url",
                "x-privacy-policy",
            ],
        ),
    );
    bundle.domain(
        DomainRole::Legal,
        first_of(root, &["x-privacy-policy-url", "x-legal-info-url"]),
    );
    bundle.domain(DomainRole::Contact, lookup(info, "contact.url"));
    bundle.identify(IdentityKind::Author, info.get("contact"));
    let login = if has_login(root) {
        Login::Header
    } else {
        Login::None
    };
    let name = bundle.name.clone().unwrap_or_default();
    for node in root
        .get("servers")
        .map_or(&[][..], Node::items)
        .iter()
        .take(50)
    {
        if let Some(url) = text_of(node, &["url"]) {
            bundle.domain(DomainRole::Server, node.get("url"));
            let mut server = bare(&name, Transport::Http, node);
            server.url = Some(cut(&address(url)));
            server.login = login;
            bundle.servers.push(server);
        }
    }
    for scheme in lookup(root, "components.securitySchemes").map_or(&[][..], Node::entries) {
        for flow in scheme.1.get("flows").map_or(&[][..], Node::entries) {
            bundle.domain(DomainRole::Login, flow.1.get("authorizationUrl"));
            bundle.domain(DomainRole::Login, flow.1.get("tokenUrl"));
        }
    }
    for (path, operations) in root.get("paths").map_or(&[][..], Node::entries) {
        for (method, operation) in operations.entries() {
            if METHODS.contains(&method.to_ascii_lowercase().as_str())
                && bundle.tools.len() < MAX_ENTRIES
            {
                bundle.tools.push(operation_of(path, method, operation));
            }
        }
    }
}

fn operation_of(path: &str, method: &str, operation: &Node) -> Tool {
    let name = text_of(operation, &["operationId"]).unwrap_or(path);
    let words = format!("{name} {path}").to_ascii_lowercase();
    let is_destructive = method.eq_ignore_ascii_case("delete")
        || (!method.eq_ignore_ascii_case("get")
            && [
                "delete", "remove", "destroy", "transfer", "payment", "refund", "execute", "purge",
            ]
            .iter()
            .any(|word| words.contains(word)));
    Tool {
        kind: ToolKind::Operation,
        name: cut(name),
        method: Some(cut(&format!("{} {path}", method.to_ascii_uppercase()))),
        is_destructive,
        described_at: first_of(operation, &["description", "summary"]).map(place),
        place: place(operation),
    }
}

/// Whether any credential is asked for, anywhere.
fn has_login(root: &Node) -> bool {
    let is_there = |key: &str| {
        lookup(root, key).is_some_and(|node| !node.items().is_empty() || !node.entries().is_empty())
    };
    is_there("security")
        || is_there("components.securitySchemes")
        || is_there("securityDefinitions")
}

pub(super) fn read_web_plugin(root: &Node, bundle: &mut Bundle) {
    bundle.title(root, &["name_for_human", "name_for_model"]);
    bundle.description = text_of(root, &["description_for_model"]).map(cut);
    bundle.domain(DomainRole::Server, lookup(root, "api.url"));
    bundle.domain(DomainRole::Legal, root.get("legal_info_url"));
    bundle.domain(DomainRole::Contact, root.get("contact_email"));
    bundle.domain(DomainRole::Login, lookup(root, "auth.client_url"));
    bundle.domain(DomainRole::Login, lookup(root, "auth.authorization_url"));
    let name = bundle.name.clone().unwrap_or_default();
    if let Some((node, url)) = lookup(root, "api.url").and_then(|node| Some((node, node.text()?))) {
        let mut server = bare(&name, Transport::Http, node);
        server.url = Some(cut(&address(url)));
        server.login = match lookup(root, "auth.type").and_then(Node::text) {
            None | Some("none") => Login::None,
            Some("oauth") => Login::OAuth,
            Some(_) => Login::Header,
        };
        bundle.servers.push(server);
    }
}

pub(super) fn read_agent_card(root: &Node, bundle: &mut Bundle) {
    bundle.title(root, &["name"]);
    bundle.identify(IdentityKind::Publisher, root.get("provider"));
    bundle.domain(DomainRole::Provider, lookup(root, "provider.url"));
    bundle.domain(DomainRole::Legal, root.get("documentationUrl"));
    let has_login = ["security", "securitySchemes", "authentication"]
        .iter()
        .any(|key| {
            root.get(key)
                .is_some_and(|node| !node.items().is_empty() || !node.entries().is_empty())
        });
    let name = bundle.name.clone().unwrap_or_default();
    let others = first_of(root, &["additionalInterfaces", "supportedInterfaces"])
        .map_or(&[][..], Node::items);
    for node in std::iter::once(root).chain(others.iter().take(50)) {
        let Some(url) = text_of(node, &["url"]) else {
            continue;
        };
        bundle.domain(DomainRole::Server, node.get("url"));
        let mut server = bare(&name, Transport::Http, node.get("url").unwrap_or(node));
        server.url = Some(cut(&address(url)));
        server.login = if has_login {
            Login::Header
        } else {
            Login::None
        };
        bundle.servers.push(server);
    }
    for skill in root
        .get("skills")
        .map_or(&[][..], Node::items)
        .iter()
        .take(MAX_ENTRIES)
    {
        let Some(name) = text_of(skill, &["name", "id"]) else {
            continue;
        };
        bundle.tools.push(Tool {
            kind: ToolKind::Skill,
            name: cut(name),
            method: None,
            is_destructive: false,
            described_at: skill.get("description").map(place),
            place: place(skill),
        });
    }
}
