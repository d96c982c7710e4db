//! What commands fetch and send.

use chainwright_core::severity::Confidence;

use super::judge::{Flow, Judge, same_file};
use super::programs::{Role, is_sender};
use crate::facts::BehaviourKind as Kind;
use crate::signs::{
    Endpoint, SecretPath, addresses, endpoint, is_secret_variable, secret_path, worst_endpoint,
};

/// How many downloaded files are remembered.
const MAX_DOWNLOADS: usize = 256;

impl Judge {
    pub(super) fn fetch_endpoint(&mut self, arguments: &[String], line: u32, shown: &str) {
        let worst = arguments
            .iter()
            .filter_map(|word| worst_endpoint(word))
            .max_by_key(|kind| matches!(kind, Endpoint::Suspicious | Endpoint::Metadata));
        match worst {
            Some(Endpoint::Suspicious) => {
                self.report(Kind::SuspiciousEndpoint, Confidence::Medium, line, shown);
            }
            Some(Endpoint::Metadata) => {
                self.report(Kind::CredentialAccess, Confidence::Medium, line, shown);
            }
            _ => {}
        }
    }

    pub(super) fn connect(
        &mut self,
        program: &str,
        arguments: &[String],
        before: Flow,
        line: u32,
        shown: &str,
    ) {
        let joined = arguments.join(" ");
        let lower = joined.to_ascii_lowercase();
        let runs_shell = [
            "/bin/sh",
            "/bin/bash",
            "/bin/zsh",
            "cmd.exe",
            "powershell",
            " sh",
            " bash",
        ]
        .iter()
        .any(|shell| lower.contains(shell));
        let has_exec = match program {
            "socat" => lower.contains("exec:") || lower.contains("system:"),
            _ => arguments.iter().any(|word| {
                matches!(word.as_str(), "-e" | "-c" | "--exec" | "--sh-exec")
                    || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('e'))
            }),
        };
        if has_exec && runs_shell || self.has_fifo {
            self.report(Kind::ReverseShell, Confidence::High, line, shown);
        } else if before.has_secret {
            self.report(Kind::Exfiltration, Confidence::High, line, shown);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one command, used once"
    )]
    pub(super) fn sends(
        &mut self,
        role: Role,
        program: &str,
        arguments: &[String],
        flow: Flow,
        inner: Flow,
        line: u32,
        shown: &str,
    ) {
        if !is_sender(program) {
            return;
        }
        let sends_data = match role {
            Role::Fetch => arguments.iter().any(|word| is_data_option(word)),
            Role::Connect => return,
            _ => true,
        };
        let sent = sent_words(program, arguments);
        let in_data = sent.iter().any(|word| {
            has_secret_variable(word)
                || word.starts_with('@') && secret_path(word.trim_start_matches('@')).is_some()
        }) || sent.iter().any(|word| {
            secret_path(word) == Some(SecretPath::Private) && sends_data && role == Role::Fetch
        });
        let file_copied = role != Role::Fetch
            && sent
                .iter()
                .any(|word| secret_path(word) == Some(SecretPath::Private))
            && arguments
                .iter()
                .any(|word| word.contains(':') || word.contains("://"))
            && !arguments.iter().any(|word| word == "-i");
        if in_data || inner.has_secret || file_copied || (flow.has_secret && sends_data) {
            let endpoint = arguments.iter().find_map(|word| worst_endpoint(word));
            let confidence = match endpoint {
                Some(Endpoint::WellKnown | Endpoint::Local) => Confidence::Low,
                _ => Confidence::High,
            };
            self.report(Kind::Exfiltration, confidence, line, shown);
        } else if inner.has_identity || flow.has_identity && sends_data {
            let endpoint = arguments.iter().find_map(|word| worst_endpoint(word));
            // Who resolves a name tells it to whoever serves its domain.
            let resolves = matches!(program, "nslookup" | "dig" | "host" | "ping");
            let asked = arguments
                .iter()
                .filter(|word| resolves && word.contains('.'));
            let endpoint =
                endpoint.or_else(|| asked.map(|word| crate::signs::endpoint(word)).next());
            let confidence = match endpoint {
                Some(Endpoint::WellKnown | Endpoint::Local) | None => Confidence::Low,
                Some(_) => Confidence::Medium,
            };
            self.report(Kind::Exfiltration, confidence, line, shown);
        }
    }

    pub(super) fn note_download(&mut self, file: String, confidence: Confidence) {
        if self.downloaded.len() < MAX_DOWNLOADS {
            self.downloaded.push((file, confidence));
        } else {
            self.found.is_cut = true;
        }
    }
}

/// How sure it is that running what this command fetches does harm.
pub(super) fn fetch_confidence(arguments: &[String]) -> Confidence {
    let mut best = None;
    for word in arguments {
        for address in addresses(word) {
            let known = match endpoint(address) {
                Endpoint::WellKnown
                    if address.starts_with("https:") && !is_personal_page(address) =>
                {
                    Confidence::Low
                }
                Endpoint::Local => Confidence::Low,
                Endpoint::WellKnown | Endpoint::Unknown => Confidence::Medium,
                Endpoint::Other if address.starts_with("https:") => Confidence::Medium,
                Endpoint::Other
                | Endpoint::Suspicious
                | Endpoint::BareAddress
                | Endpoint::Metadata => Confidence::High,
            };
            best = best.max(Some(known));
        }
    }
    if best.is_none() {
        let bare = arguments
            .iter()
            .filter(|word| !word.starts_with('-'))
            .map(|word| endpoint(word));
        let is_bad = bare
            .into_iter()
            .any(|kind| matches!(kind, Endpoint::BareAddress | Endpoint::Suspicious));
        return if is_bad {
            Confidence::High
        } else {
            Confidence::Medium
        };
    }
    best.unwrap_or(Confidence::Medium)
}

/// Places within well-known hosts where anybody publishes.
pub(super) fn is_personal_page(address: &str) -> bool {
    [
        "gist.github",
        "raw.githubusercontent",
        "huggingface.co/",
        "github.io",
        "s3.amazonaws",
        "amazonaws.com",
        "storage.googleapis",
    ]
    .iter()
    .any(|part| address.contains(part))
        && ![
            "nvm-sh/",
            "Homebrew/",
            "ohmyzsh/",
            "pyenv/",
            "kubernetes/",
            "helm/",
            "rustdesk/",
            "conda-forge/",
            "huggingface/",
            "pytorch/",
        ]
        .iter()
        .any(|owner| address.contains(owner))
}

/// The files that a fetching command writes.
pub(super) fn output_files(program: &str, arguments: &[String]) -> Vec<String> {
    let mut files = Vec::new();
    let mut previous = "";
    for word in arguments {
        let is_output = match program {
            "wget" => matches!(previous, "-O" | "--output-document" | "-qO"),
            _ => matches!(
                previous,
                "-o" | "--output"
                    | "-sSLo"
                    | "-sLo"
                    | "-Lo"
                    | "-fsSLo"
                    | "-so"
                    | "-OutFile"
                    | "-outfile"
            ),
        };
        if is_output {
            files.push(word.clone());
        }
        previous = word;
    }
    if files.is_empty() {
        for word in arguments {
            if let Some(address) = addresses(word).next() {
                let path = address.split(['?', '#']).next().unwrap_or_default();
                files.push(same_file(path).to_owned());
            }
        }
    }
    files.retain(|file| file != "-" && !file.is_empty());
    files
}

/// Whether a text expands a variable that holds a credential.
pub(super) fn has_secret_variable(word: &str) -> bool {
    word.match_indices('$').any(|(at, _)| {
        let rest = word.get(at.saturating_add(1)..).unwrap_or_default();
        let rest = rest.trim_start_matches('{');
        let name: &str = rest
            .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .next()
            .unwrap_or_default();
        is_secret_variable(name)
    })
}

pub(super) fn is_data_option(word: &str) -> bool {
    matches!(
        word,
        "-d" | "-F"
            | "-T"
            | "--data"
            | "--data-binary"
            | "--data-raw"
            | "--data-urlencode"
            | "--form"
            | "--json"
            | "--upload-file"
    ) || [
        "--post-data",
        "--post-file",
        "--body-data",
        "--body-file",
        "--data=",
        "-d@",
        "-F@",
        "-InFile",
        "-Body",
    ]
    .iter()
    .any(|start| word.starts_with(start))
}

/// The arguments that leave the machine: everything but headers and credentials for the service itself.
pub(super) fn sent_words<'w>(program: &str, arguments: &'w [String]) -> Vec<&'w str> {
    let mut sent = Vec::new();
    let mut previous = "";
    for word in arguments {
        let is_header = matches!(
            previous,
            "-H" | "--header"
                | "-u"
                | "--user"
                | "-b"
                | "--cookie"
                | "-i"
                | "-o"
                | "-O"
                | "--cacert"
                | "--cert"
                | "--key"
                | "-E"
                | "-e"
                | "--rsh"
        ) || word.starts_with("--header")
            || word.starts_with("--http-p")
            || word.to_ascii_lowercase().starts_with("authorization:");
        if !is_header {
            sent.push(word.as_str());
        }
        previous = word;
    }
    if matches!(program, "git" | "docker" | "huggingface-cli" | "hf") {
        sent.clear();
    }
    sent
}
