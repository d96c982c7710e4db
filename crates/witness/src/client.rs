//! Asks a witness to cosign a checkpoint.

use std::io::Read as _;
use std::time::Duration;

use chainwright_transparency::note::{self, NoteError, Signature, VerifyError};
use chainwright_transparency::witness::AddCheckpoint;
use chainwright_transparency::{Hash, Note, VerifierKey};
use reqwest::Url;
use reqwest::blocking::{Client, Response};

/// LIMIT: bytes of an answer.
const MOST_BYTES: u64 = 1 << 20;
/// LIMIT: time for one question.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a witness may name another size.
const TRIES: u32 = 3;

/// Makes the proof from a size to the checkpoint that is to be cosigned.
pub type Prove<'a> = &'a dyn Fn(u64) -> Result<Vec<Hash>, Box<dyn std::error::Error + Send + Sync>>;

/// The ways to reach witnesses.
#[derive(Debug)]
pub struct Witnesses {
    client: Client,
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The address is none, or would send the question in the clear.
    #[error("`{0}` is not an address of https, or of http on this machine")]
    Address(String),
    /// Nobody answers.
    #[error("the witness at `{url}` cannot be reached")]
    Unreachable {
        /// Where.
        url: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The witness refuses.
    #[error("the witness at `{url}` refuses with {status}: {reason}")]
    Refused {
        /// Where.
        url: String,
        /// The status code.
        status: u16,
        /// What it says.
        reason: String,
    },
    /// The proof cannot be made.
    #[error("there is no proof from the size that the witness knows")]
    Proof(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is no signature.
    #[error("the witness answers with something that is no signature: {0}")]
    Answer(#[from] NoteError),
    /// The answer is not signed by this witness.
    #[error("the answer is not a cosignature by the key of this witness: {0}")]
    Signature(#[from] VerifyError),
}

impl Witnesses {
    /// The ways out of this machine.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub fn new() -> Result<Self, AskError> {
        Self::within(PATIENCE)
    }

    /// The ways out of this machine, where one question may take so long, and never longer than half a minute.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub fn within(limit: Duration) -> Result<Self, AskError> {
        let client = Client::builder()
            .timeout(limit.min(PATIENCE))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("chainwright")
            .build()
            .map_err(|source| unreachable_at("", source))?;
        Ok(Self { client })
    }
}

/// Asks the witness with this key for its cosignature, which is verified before it is given back. `guess` is the size
/// that the witness is thought to know.
///
/// # Errors
///
/// If there is none.
pub fn ask(
    ways: &Witnesses,
    url: &str,
    key: &VerifierKey,
    checkpoint: &Note,
    guess: u64,
    prove: Prove<'_>,
) -> Result<Signature, AskError> {
    let address = address(url)?;
    let mut old = guess;
    for _ in 0..TRIES {
        let request = AddCheckpoint {
            old,
            proof: prove(old).map_err(AskError::Proof)?,
            checkpoint: checkpoint.clone(),
        };
        let response = ways
            .client
            .post(address.clone())
            .body(request.to_string())
            .send()
            .map_err(|source| unreachable_at(url, source))?;
        let status = response.status().as_u16();
        let body = body(url, response)?;
        match status {
            200 => return verified(&body, key, checkpoint),
            409 => match body.strip_suffix('\n').and_then(|size| size.parse().ok()) {
                Some(size) if size != old => old = size,
                _ => return Err(refused(url, status, &body)),
            },
            _ => return Err(refused(url, status, &body)),
        }
    }
    Err(refused(url, 409, "it names another size each time"))
}

/// The signature of the witness among the lines of its answer.
fn verified(body: &str, key: &VerifierKey, checkpoint: &Note) -> Result<Signature, AskError> {
    let mut signed = Note::unsigned(checkpoint.text())?;
    for signature in note::read_signatures(body)? {
        signed.add(signature);
    }
    signed.verify(&[key])?;
    let line = signed
        .signatures()
        .iter()
        .find(|line| line.name == key.name && line.id == key.id);
    line.cloned()
        .ok_or(AskError::Signature(VerifyError::NoTrustedSignature))
}

fn address(url: &str) -> Result<Url, AskError> {
    let wrong = || AskError::Address(url.to_owned());
    let address = Url::parse(&format!("{}/add-checkpoint", url.trim_end_matches('/')))
        .map_err(|_| wrong())?;
    let is_here = matches!(
        address.host_str(),
        Some("127.0.0.1" | "localhost" | "[::1]")
    );
    match address.scheme() {
        "https" => Ok(address),
        "http" if is_here => Ok(address),
        _ => Err(wrong()),
    }
}

fn body(url: &str, response: Response) -> Result<String, AskError> {
    let mut body = Vec::new();
    response
        .take(MOST_BYTES)
        .read_to_end(&mut body)
        .map_err(|source| unreachable_at(url, source))?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn refused(url: &str, status: u16, reason: &str) -> AskError {
    AskError::Refused {
        url: url.to_owned(),
        status,
        reason: reason.trim().chars().take(200).collect(),
    }
}

fn unreachable_at(
    url: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> AskError {
    AskError::Unreachable {
        url: url.to_owned(),
        source: source.into(),
    }
}
