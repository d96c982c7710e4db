//! Asking a timestamp authority (RFC 3161), for signatures by keys and certificates.

use chainwright_signing::SignError;
use chainwright_signing::timestamp::Request;

use super::{MOST_SHOWN, client, runtime};

/// Bytes of an answer; real ones have some thousands.
const LARGEST: usize = 1 << 20;

/// The answer of an authority to a request, as a bundle keeps it. It is held against the request, not against roots.
pub fn timestamp(authority: &str, request: &Request) -> Result<Vec<u8>, SignError> {
    let failed = |reason: String| SignError::Service {
        service: "the timestamp authority",
        reason: reason.chars().take(MOST_SHOWN).collect(),
    };
    let client = client()?;
    let answer = runtime()?.block_on(async {
        let sent = client
            .post(authority)
            .header("content-type", "application/timestamp-query")
            .header("accept", "application/timestamp-reply")
            .body(request.bytes().to_vec());
        let mut answer = sent.send().await.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("it answered with status {}", answer.status()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err("its answer is too large".to_owned());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    });
    let answer = answer.map_err(failed)?;
    request
        .check(&answer)
        .map_err(|error| failed(error.to_string()))?;
    Ok(answer)
}
