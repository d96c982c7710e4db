//! A Sigstore instance on a local port, for tests: a certificate authority with a certificate log, signature logs of both
//! APIs, a timestamp authority, and a CI system that gives identity tokens.
//!
//! Small, and only as right as verifiers ask: whatever it signs is accepted by every verifier that trusts its roots, which
//! is what the tests with other programs show. Keys are fresh for each instance; nothing of it is to be trusted.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test service that cannot go on stops"
)]

mod authority;
mod certificates;
mod http;
mod log;
mod stamp;
mod trust;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use chainwright_attestations::base64;
use chainwright_signing::{KeyKind, PrivateKey};
use serde_json::{Value, json};

use crate::certificates::Issuer;
use crate::log::Log;

/// The mail address that [`token`] names.
pub const IDENTITY: &str = "signer@example.com";

/// Who vouches for it.
pub const ISSUER: &str = "https://tokens.example.com";

/// How the services answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// As they should.
    Helpful,
    /// With an error that repeats the request.
    Refusing,
    /// With something else than was asked.
    Talking,
    /// Not at all.
    Silent,
    /// With what was right for the request before, or for another one.
    Replaying,
    /// By sending on to somewhere else.
    Redirecting,
}

/// A running instance. Its threads end with the process.
#[derive(Debug)]
pub struct StandIn {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    state: Arc<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) mood: Mood,
    /// How far the clock of the timestamp authority is behind.
    pub(crate) late: Duration,
    pub(crate) authority: Issuer,
    pub(crate) certificates: PrivateKey,
    pub(crate) first: Log,
    pub(crate) second: Log,
    pub(crate) stamps: Issuer,
    pub(crate) stamper: PrivateKey,
    pub(crate) stamper_certificate: Vec<u8>,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl StandIn {
    /// Starts an instance.
    #[must_use]
    pub fn start(mood: Mood) -> Self {
        Self::start_behind(mood, Duration::ZERO)
    }

    /// Starts an instance whose timestamp authority lives some time ago.
    #[must_use]
    pub fn start_behind(mood: Mood, late: Duration) -> Self {
        let stamps = Issuer::new("CN=Stand-in times");
        let stamper = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
        let state = Arc::new(State {
            mood,
            late,
            authority: Issuer::new("CN=Stand-in"),
            certificates: PrivateKey::generate(KeyKind::EcdsaP256).unwrap(),
            first: Log::new("log.example.com", KeyKind::EcdsaP256),
            second: Log::new("log2.example.com", KeyKind::Ed25519),
            stamper_certificate: stamps.stamper(&stamper),
            stamps,
            stamper,
            asked: Mutex::new(Vec::new()),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&serving);
                thread::spawn(move || http::serve(stream, &state));
            }
        });
        Self { address, state }
    }

    /// Paths that were asked for, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap().clone()
    }

    /// Where timestamps are given.
    #[must_use]
    pub fn timestamps(&self) -> String {
        format!("{}/timestamp", self.address)
    }

    /// The timestamp that the authority would give to a request.
    #[must_use]
    pub fn stamp(&self, request: &[u8]) -> Vec<u8> {
        stamp::answer(request, self.state.mood == Mood::Replaying, &self.state)
    }

    /// Logs a signed envelope with the certificate or key of its signer, as PEM text, in the log of the first API: the entry
    /// as bundles have it.
    #[must_use]
    pub fn log(&self, envelope: &Value, verifier: &str) -> Value {
        let content = json!({"envelope": envelope.to_string(), "verifiers": [base64::encode(verifier.as_bytes())]});
        let request =
            json!({"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": content}});
        let answer = self.state.first.first(&request);
        let entry = answer.as_object().unwrap().values().next().unwrap();
        log::as_bundled(entry, &self.state.first.id())
    }

    /// The root of the timestamp authority as PEM text.
    #[must_use]
    pub fn timestamp_root(&self) -> String {
        certificates::pem(&self.state.stamps.certificate)
    }

    /// What verifiers trust, as `trusted_root.json` has it.
    #[must_use]
    pub fn trusted_root(&self) -> String {
        trust::root(&self.state).to_string()
    }

    /// Where signers go, with a log of the first or the second API.
    #[must_use]
    pub fn signing_config(&self, api: u8) -> String {
        trust::config(&self.address, api).to_string()
    }

    /// Both in one document, as Python's clients take it.
    #[must_use]
    pub fn trust_config(&self, api: u8) -> String {
        let both = json!({
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": trust::root(&self.state),
            "signingConfig": trust::config(&self.address, api),
        });
        both.to_string()
    }
}

/// A token as an identity provider would give it; nobody checks its signature here.
#[must_use]
pub fn token() -> String {
    token_for(IDENTITY, 4_000_000_000)
}

/// A token for somebody, until some time.
#[must_use]
pub fn token_for(mail: &str, until: u64) -> String {
    let claims = json!({"iss": ISSUER, "sub": "1", "aud": "sigstore", "exp": until, "iat": 1_700_000_000, "email": mail, "email_verified": true});
    let part = |bytes: &[u8]| {
        base64::encode(bytes)
            .replace('+', "-")
            .replace('/', "_")
            .replace('=', "")
    };
    format!(
        "{}.{}.{}",
        part(br#"{"alg":"none"}"#),
        part(claims.to_string().as_bytes()),
        part(b"a signature of some length")
    )
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}
