//! What is fetched, sent and connected to, and what leaves with it.

use chainwright_core::severity::Confidence;
use ruff_text_size::TextRange;

use super::files::is_own_folder;
use super::interp::Interpreter;
use super::names;
use super::pure::data_taint;
use super::value::{Abstract, Args, Taint};
use crate::facts::{BehaviourKind as Kind, Reach};
use crate::signs::{self, Endpoint, HOLE};

impl<'a> Interpreter<'a> {
    /// Judges an address; gives what kind of place it is.
    pub(super) fn judge_address(&mut self, address: &Abstract<'a>, range: TextRange) -> Endpoint {
        let Some(text) = address.as_text() else {
            return Endpoint::Unknown;
        };
        let endpoint = signs::endpoint(text);
        if matches!(endpoint, Endpoint::WellKnown | Endpoint::Local) && !text.starts_with("http:") {
            self.has_trusted_source = true;
        } else {
            self.has_other_source = true;
        }
        let evidence = Some(text.to_owned());
        match endpoint {
            Endpoint::Suspicious => self.report(
                Kind::SuspiciousEndpoint,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                evidence,
            ),
            Endpoint::Metadata => self.report(
                Kind::CredentialAccess,
                self.unasked(Confidence::High, Confidence::Low),
                range,
                evidence,
            ),
            _ => {}
        }
        if signs::names_miner(text) {
            self.report(Kind::Miner, Confidence::High, range, Some(text.to_owned()));
        }
        endpoint
    }

    pub(super) fn judge_fetch(
        &mut self,
        arguments: &Args<'a>,
        position: usize,
        range: TextRange,
    ) -> Abstract<'a> {
        let method = if position == 1 {
            arguments.get(0, "method").and_then(Abstract::as_known_text)
        } else {
            None
        };
        if method.is_some_and(|method| {
            matches!(
                method.to_ascii_uppercase().as_str(),
                "POST" | "PUT" | "PATCH"
            )
        }) {
            self.judge_send(arguments, position, range);
            return Abstract::unknown(Taint::NETWORK);
        }
        let address = arguments
            .get(position, "url")
            .cloned()
            .unwrap_or_else(Abstract::nothing);
        let endpoint = self.judge_address(&address, range);
        let body = arguments
            .all()
            .filter(|_| position == 0)
            .skip(1)
            .fold(Taint::NONE, |taint, argument| taint | data_taint(argument));
        let headers = arguments.keyword("headers").map_or(Taint::NONE, data_taint);
        let params = arguments.keyword("params").map_or(Taint::NONE, data_taint)
            | arguments.keyword("data").map_or(Taint::NONE, data_taint)
            | arguments.keyword("cookies").map_or(Taint::NONE, data_taint);
        // A machine that is asked by its name learns nothing from the name.
        let asked = if names_no_host(&address) {
            address.taint.without(Taint::HOST)
        } else {
            address.taint
        };
        self.judge_leak(
            asked | params,
            headers | body.without(Taint::SECRET),
            endpoint,
            range,
        );
        let is_beacon = self.unused == Some(range);
        let is_library = self.is_library;
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local => Confidence::Low,
            Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => Confidence::High,
            Endpoint::Other if is_beacon || is_library => Confidence::High,
            Endpoint::Unknown if is_beacon => Confidence::High,
            Endpoint::Other | Endpoint::Unknown => Confidence::Medium,
        };
        self.report(Kind::NetworkAccess, confidence, range, None);
        Abstract::unknown(Taint::NETWORK)
    }

    /// Private data in an address, a body or a header.
    pub(super) fn judge_leak(
        &mut self,
        data: Taint,
        headers: Taint,
        endpoint: Endpoint,
        range: TextRange,
    ) {
        let is_trusted = matches!(endpoint, Endpoint::WellKnown | Endpoint::Local);
        let is_bad = matches!(endpoint, Endpoint::Suspicious | Endpoint::BareAddress);
        if is_trusted && !data.has(Taint::ENVIRONMENT) {
            return;
        }
        if data.has(Taint::ENVIRONMENT | Taint::WALKED) || headers.has(Taint::ENVIRONMENT) {
            let confidence = if is_trusted {
                Confidence::Medium
            } else {
                Confidence::High
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        } else if data.has(Taint::SECRET) {
            let confidence = if is_bad {
                Confidence::High
            } else if endpoint == Endpoint::Unknown {
                Confidence::Low
            } else {
                self.unasked(Confidence::High, Confidence::Low)
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        } else if headers.has(Taint::SECRET) && is_bad {
            self.report(
                Kind::Exfiltration,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        } else if headers.has(Taint::SECRET)
            && endpoint == Endpoint::Other
            && self.reach == Reach::Import
            && self.unused == Some(range)
        {
            self.report(Kind::Exfiltration, Confidence::Medium, range, None);
        } else if data.has(Taint::HOST) {
            let confidence = if is_bad {
                Confidence::High
            } else {
                match self.reach {
                    Reach::Import => Confidence::High,
                    Reach::Constructor => Confidence::Medium,
                    Reach::Main | Reach::Function => Confidence::Low,
                }
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        }
    }

    pub(super) fn judge_send(&mut self, arguments: &Args<'a>, position: usize, range: TextRange) {
        let address = arguments
            .get(position, "url")
            .cloned()
            .unwrap_or_else(Abstract::nothing);
        let endpoint = self.judge_address(&address, range);
        let headers = arguments.keyword("headers").map_or(Taint::NONE, data_taint)
            | arguments.keyword("auth").map_or(Taint::NONE, data_taint);
        let mut data = address.taint;
        for argument in arguments.positional.iter().skip(position.saturating_add(1)) {
            data |= data_taint(argument);
        }
        for (name, argument) in &arguments.keywords {
            if !matches!(
                name.as_str(),
                "headers" | "auth" | "url" | "cert" | "verify" | "timeout"
            ) {
                data |= data_taint(argument);
            }
        }
        self.judge_leak(data, headers, endpoint, range);
        let miner = arguments
            .all()
            .any(|argument| argument.as_text().is_some_and(signs::names_miner));
        if miner {
            self.report(Kind::Miner, Confidence::High, range, None);
        }
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local => Confidence::Low,
            Endpoint::Unknown => Confidence::Medium,
            Endpoint::Other | Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => {
                Confidence::High
            }
        };
        self.report(Kind::NetworkSend, confidence, range, None);
    }

    pub(super) fn judge_send_open(&mut self, arguments: &Args<'a>, range: TextRange) {
        let data = arguments
            .all()
            .fold(Taint::NONE, |taint, argument| taint | data_taint(argument));
        if data.has(Taint::PRIVATE | Taint::WALKED) {
            let confidence = if data.has(Taint::ENVIRONMENT | Taint::WALKED) {
                Confidence::High
            } else {
                self.unasked(Confidence::High, Confidence::Low)
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        } else if data.has(Taint::HOST) && self.reach == Reach::Import {
            self.report(Kind::Exfiltration, Confidence::High, range, None);
        }
        if arguments.all().any(|argument| {
            argument
                .as_bytes()
                .is_some_and(|bytes| signs::names_miner(&String::from_utf8_lossy(bytes)))
        }) {
            self.report(Kind::Miner, Confidence::High, range, None);
        }
        self.report(Kind::NetworkSend, Confidence::Medium, range, None);
    }

    pub(super) fn judge_connect(
        &mut self,
        path: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let first = arguments.at(0).cloned().unwrap_or_else(Abstract::nothing);
        let host = match first.elements() {
            Some(elements) => elements.first().cloned().unwrap_or_else(Abstract::nothing),
            None => first,
        };
        let endpoint = self.judge_address(&host, range);
        self.judge_leak(host.taint, Taint::NONE, endpoint, range);
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local => Confidence::Low,
            Endpoint::Unknown => Confidence::Medium,
            Endpoint::Other | Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => {
                Confidence::High
            }
        };
        if endpoint != Endpoint::Local && path.contains("socket") {
            self.seen.connection.get_or_insert(range);
        }
        self.report(Kind::NetworkAccess, confidence, range, None);
        let result = format!("{path}()");
        if names::is_known(&result) {
            Abstract::path(&result, Taint::SOCKET)
        } else {
            Abstract::unknown(Taint::SOCKET | Taint::NETWORK)
        }
    }

    pub(super) fn judge_resolve(&mut self, name: &Abstract<'a>, range: TextRange) -> Abstract<'a> {
        let endpoint = self.judge_address(name, range);
        if name.taint.has(Taint::PRIVATE)
            || name.taint.has(Taint::HOST) && name.as_text().is_some_and(|text| text.contains(HOLE))
        {
            let confidence = if name.taint.has(Taint::PRIVATE) {
                Confidence::High
            } else {
                self.unasked(Confidence::High, Confidence::Medium)
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        }
        let confidence = if endpoint == Endpoint::Other {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        self.report(Kind::NetworkAccess, confidence, range, None);
        Abstract::unknown(Taint::NETWORK)
    }

    pub(super) fn judge_download(
        &mut self,
        arguments: &Args<'a>,
        address: usize,
        target: usize,
        range: TextRange,
    ) -> Abstract<'a> {
        let source = arguments
            .get(address, "url")
            .cloned()
            .unwrap_or_else(Abstract::nothing);
        let endpoint = self.judge_address(&source, range);
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local => Confidence::Low,
            Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => Confidence::High,
            Endpoint::Other if self.is_library => Confidence::High,
            Endpoint::Other | Endpoint::Unknown => Confidence::Medium,
        };
        self.report(Kind::NetworkAccess, confidence, range, None);
        let path = arguments
            .at(target)
            .or_else(|| arguments.keyword("filename"))
            .or_else(|| arguments.keyword("output"))
            .or_else(|| arguments.keyword("dst"));
        if let Some(path) = path {
            let path = path.clone();
            self.drop_file(
                &path,
                arguments.variables.get(target).copied().flatten(),
                range,
            );
            return path.tainted(Taint::DROPPED);
        }
        Abstract::unknown(Taint::DROPPED)
    }

    /// Remembers that a file comes from the network or from a disguise.
    pub(super) fn drop_file(
        &mut self,
        path: &Abstract<'a>,
        variable: Option<&'a str>,
        range: TextRange,
    ) {
        // Only what comes from a place that honest code downloads from gets the benefit of the doubt.
        if self.has_other_source || !self.has_trusted_source {
            self.drop_confidence = Confidence::High;
        }
        if let Some(text) = path.as_text() {
            if signs::is_startup_path(text) && !is_own_folder(text) {
                self.report(
                    Kind::Persistence,
                    Confidence::High,
                    range,
                    Some(text.to_owned()),
                );
            }
            if !text.chars().all(|character| character == HOLE) && self.dropped.len() < 256 {
                let text = text.to_owned();
                self.dropped.insert(text);
            }
        }
        if let Some(variable) = variable {
            self.mark(variable, Taint::DROPPED);
        }
    }
}

/// Whether the host of an address is known only when the code runs, as a whole.
fn names_no_host(address: &Abstract<'_>) -> bool {
    let authority = address
        .as_text()
        .and_then(|text| text.split_once("://"))
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    authority.is_some_and(|authority| {
        authority.starts_with(HOLE)
            && authority
                .chars()
                .all(|next| next == HOLE || next == ':' || next.is_ascii_digit())
    })
}
