//! Lists of servers, in the spellings of all clients.

use chainwright_repository::document::Node;

use super::{MAX_ENTRIES, first_of, lookup, place, text_of, texts};
use crate::facts::{
    Bundle, Endpoint, EndpointKind, Given, Launched, Login, Runner, Server, Surface, Transport,
    Variable,
};
use crate::launch::resolve;
use crate::value::{address, credential, cut, given, is_reference};

/// Reads the servers under a key, and those of every project that a client remembers.
pub(super) fn read(root: &Node, key: &str, bundle: &mut Bundle) {
    let mut lists: Vec<&Node> = Vec::new();
    lists.extend(lookup(root, key));
    for other in ["mcpServers", "mcp.servers", "mcp_servers"] {
        if other != key && !key.is_empty() {
            lists.extend(lookup(root, other));
        }
    }
    for (_, project) in root.get("projects").map_or(&[][..], Node::entries) {
        lists.extend(project.get("mcpServers"));
    }
    // Plugins leave the key out: the file is the list.
    if lists.is_empty() && bundle.surface == Surface::ClientServers {
        lists.push(root);
    }
    for list in lists {
        read_list(list, bundle);
    }
}

/// A map from names to servers, or a list of servers with names.
pub(super) fn read_list(list: &Node, bundle: &mut Bundle) {
    for (name, node) in list.entries() {
        add(name, node, bundle);
    }
    for node in list.items() {
        let name = text_of(node, &["name", "id"]).unwrap_or_default();
        add(name, node, bundle);
    }
}

fn add(name: &str, node: &Node, bundle: &mut Bundle) {
    if !node.is_map() || bundle.servers.len() >= MAX_ENTRIES {
        return;
    }
    if let Some(server) = server(name, node) {
        if let Some(url) = &server.url {
            bundle.endpoints.push(Endpoint {
                kind: EndpointKind::Server,
                provider: Some(server.name.clone()),
                model: None,
                url: Some(url.clone()),
                credential: server
                    .headers
                    .first()
                    .map(|header| cut(header.value.shown())),
                place: server.place.clone(),
            });
        }
        bundle.servers.push(server);
    }
}

/// A server in any client's words; `None` for what is none.
pub(super) fn server(name: &str, node: &Node) -> Option<Server> {
    let (command, arguments) = command_of(node);
    let written_url = text_of(
        node,
        &[
            "url",
            "serverUrl",
            "httpUrl",
            "uri",
            "endpoint",
            "sse_url",
            "baseUrl",
        ],
    );
    let kind = text_of(node, &["type", "transport", "transportType"]).unwrap_or_default();
    if command.is_none() && written_url.is_none() {
        let is_builtin = matches!(kind, "builtin" | "platform" | "frontend" | "inline_python");
        return is_builtin.then(|| bare(name, Transport::BuiltIn, node));
    }
    let mut server = bare(name, Transport::Stdio, node);
    server.folder = text_of(node, &["cwd", "workingDirectory"]).map(cut);
    server.environment = variables(first_of(node, &["env", "environment", "envs"]));
    server.headers = variables(
        first_of(node, &["headers", "http_headers", "httpHeaders"])
            .or_else(|| lookup(node, "requestInit.headers"))
            .or_else(|| lookup(node, "requestOptions.headers")),
    );
    let mut url = written_url.map(str::to_owned);
    if let Some(command) = &command {
        let resolved = resolve(command, &arguments, &server.place);
        server.launch = resolved.launched;
        server.secrets = secrets_in(&arguments, node);
        server.arguments = shown(&arguments);
        server.command = Some(cut(command));
        url = url.or(resolved.bridge);
    }
    if let Some(url) = &url {
        server.transport = transport(kind, url, command.is_some());
        server.secrets.extend(secret_in_address(url, node));
        server.url = Some(cut(&address(url)));
    }
    server.login = login(node, &server, &arguments);
    read_approvals(node, &mut server);
    Some(server)
}

pub(super) fn bare(name: &str, transport: Transport, node: &Node) -> Server {
    Server {
        name: cut(name),
        transport,
        command: None,
        arguments: Vec::new(),
        folder: None,
        environment: Vec::new(),
        url: None,
        headers: Vec::new(),
        login: Login::None,
        secrets: Vec::new(),
        launch: Launched {
            runner: Runner::Remote,
            packages: Vec::new(),
            shell: None,
            folders: Vec::new(),
            exposed: Vec::new(),
            behaviours: Vec::new(),
        },
        is_disabled: node.get("disabled").is_some_and(Node::is_true)
            || text_of(node, &["enabled"]) == Some("false"),
        approved: Vec::new(),
        place: place(node),
    }
}

/// The program and its arguments: two keys, one list, or a table of its own.
fn command_of(node: &Node) -> (Option<String>, Vec<String>) {
    let owned = |node: &Node| {
        texts(node)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let arguments = first_of(node, &["args", "arguments"]).map_or_else(Vec::new, owned);
    let Some(command) = first_of(node, &["command", "cmd"]) else {
        return (None, arguments);
    };
    if command.is_map() {
        let arguments = command.get("args").map_or(arguments, owned);
        return (
            text_of(command, &["path", "command"]).map(str::to_owned),
            arguments,
        );
    }
    if let Some((first, rest)) = owned(command).split_first() {
        return (
            Some(first.clone()),
            rest.iter().cloned().chain(arguments).collect(),
        );
    }
    (None, arguments)
}

/// Names and values of a map, or of a list of `NAME=value`.
pub(super) fn variables(node: Option<&Node>) -> Vec<Variable> {
    let Some(node) = node else { return Vec::new() };
    let mut found: Vec<Variable> = Vec::new();
    for (name, value) in node.entries().iter().take(MAX_ENTRIES) {
        found.push(Variable {
            name: cut(name),
            value: given(name, value.scalar().unwrap_or_default()),
            place: place(value),
        });
    }
    for item in node.items().iter().take(MAX_ENTRIES) {
        let text = item.scalar().unwrap_or_default();
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        found.push(Variable {
            name: cut(name),
            value: given(name, value),
            place: place(item),
        });
    }
    found
}

/// The name under which an argument is judged: its option, or the name before `=`.
fn named(arguments: &[String]) -> impl Iterator<Item = (&str, &str)> {
    let before = std::iter::once("").chain(arguments.iter().map(String::as_str));
    before.zip(arguments).map(|(previous, argument)| {
        let bare = argument.trim_start_matches('-');
        // A header is one argument: `Authorization: Bearer …`.
        let header = bare
            .split_once(':')
            .filter(|(name, _)| matches!(previous, "--header" | "-H") && !name.contains(' '));
        match header.or_else(|| {
            bare.split_once('=')
                .filter(|(name, _)| !name.contains(['/', ' ', '?']))
        }) {
            Some((name, value)) => (name, value.trim()),
            None if previous.starts_with('-') => (previous, argument.as_str()),
            None => ("", argument.as_str()),
        }
    })
}

fn secrets_in(arguments: &[String], node: &Node) -> Vec<Variable> {
    let found = named(arguments).filter_map(|(name, value)| {
        if is_reference(value) {
            return None;
        }
        let (family, shown) = credential(name, value)?;
        Some(Variable {
            name: cut(name),
            value: Given::Secret { family, shown },
            place: place(first_of(node, &["args", "arguments", "command"]).unwrap_or(node)),
        })
    });
    found.collect()
}

/// The arguments with credentials shortened.
fn shown(arguments: &[String]) -> Vec<String> {
    let shown = named(arguments)
        .zip(arguments)
        .map(|((name, value), whole)| {
            if is_reference(value) {
                return cut(whole);
            }
            match credential(name, value) {
                Some((_, shown)) => cut(&whole.replace(value, &shown)),
                None if whole.contains("://") => cut(&address(whole)),
                None => cut(whole),
            }
        });
    shown.collect()
}

/// A credential in the user part or the query of an address.
fn secret_in_address(url: &str, node: &Node) -> Vec<Variable> {
    let mut found = Vec::new();
    let mut take = |name: &str, value: &str| {
        if is_reference(value) || value.is_empty() {
            return;
        }
        if let Some((family, shown)) = credential(name, value) {
            found.push(Variable {
                name: cut(name),
                value: Given::Secret { family, shown },
                place: place(first_of(node, &["url", "serverUrl", "httpUrl"]).unwrap_or(node)),
            });
        }
    };
    if let Some((_, query)) = url.split_once('?') {
        for (name, value) in query
            .split(['&', '#'])
            .filter_map(|part| part.split_once('='))
        {
            take(name, value);
        }
    }
    let user = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
    if let Some((_, password)) = user.and_then(|(user, _)| user.split_once(':')) {
        take("password", password);
    }
    found
}

fn transport(kind: &str, url: &str, is_bridged: bool) -> Transport {
    let kind = kind.to_ascii_lowercase();
    if url.starts_with("ws") || kind.contains("ws") || kind.contains("websocket") {
        Transport::WebSocket
    } else if kind.contains("sse")
        || (!kind.contains("http") && url.trim_end_matches('/').ends_with("/sse"))
    {
        Transport::Sse
    } else if kind == "stdio" && is_bridged {
        Transport::Stdio
    } else {
        Transport::Http
    }
}

fn login(node: &Node, server: &Server, arguments: &[String]) -> Login {
    let has_oauth = first_of(
        node,
        &[
            "oauth",
            "auth",
            "authorization",
            "authProviderType",
            "OAUTH",
            "scopes",
        ],
    )
    .is_some();
    let is_token = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["auth", "token", "key", "secret", "cookie", "session"]
            .iter()
            .any(|word| name.contains(word))
    };
    let has_header = server.headers.iter().any(|header| is_token(&header.name))
        || first_of(
            node,
            &[
                "bearer_token_env_var",
                "bearerToken",
                "env_http_headers",
                "headersHelper",
                "apiKey",
                "inputs",
            ],
        )
        .is_some()
        || arguments
            .iter()
            .any(|argument| argument.starts_with("--header") || argument == "-H");
    let in_query = text_of(node, &["url", "serverUrl", "httpUrl", "uri"])
        .and_then(|url| url.split_once('?'))
        .is_some_and(|(_, query)| is_token(query));
    if has_header {
        Login::Header
    } else if has_oauth {
        Login::OAuth
    } else if in_query {
        Login::Query
    } else {
        Login::None
    }
}

/// Tools that are called without asking.
fn read_approvals(node: &Node, server: &mut Server) {
    for key in [
        "alwaysAllow",
        "autoApprove",
        "always_allow",
        "autoApproveTools",
        "auto_approve",
        "allowedTools",
        "autoApproved",
    ] {
        let Some(found) = node.get(key) else { continue };
        if found.is_true() {
            server.approved.push("*".to_owned());
        }
        server.approved.extend(
            found
                .items()
                .iter()
                .filter_map(Node::text)
                .take(MAX_ENTRIES)
                .map(cut),
        );
    }
    let trusts = node.get("trust").is_some_and(Node::is_true)
        || matches!(
            text_of(
                node,
                &[
                    "default_tools_approval_mode",
                    "approval_mode",
                    "require_approval",
                    "requireApproval"
                ]
            ),
            Some("approve" | "never" | "auto")
        );
    if trusts {
        server.approved.push("*".to_owned());
    }
}
