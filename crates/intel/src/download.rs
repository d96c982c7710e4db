//! Fetching feeds, and only when somebody asks for an address.
//!
//! HTTPS only, plain HTTP for this machine's own address; a limit on size and time; redirects stay within these rules.

use std::io::Read as _;
use std::time::Duration;

use reqwest::Url;
use reqwest::blocking::Client;
use reqwest::redirect::Policy;

use crate::error::IntelError;

/// LIMIT: bytes of one download.
const MOST_BYTES: u64 = 8 << 30;
/// LIMIT: time for one download.
const MOST_TIME: Duration = Duration::from_secs(1800);
const CONNECT: Duration = Duration::from_secs(20);
const MOST_REDIRECTS: usize = 5;

/// Fetches an address.
///
/// # Errors
/// When the address is not allowed, cannot be reached, or sends too much.
pub fn download(address: &str) -> Result<Vec<u8>, IntelError> {
    let failed = |reason: String| IntelError::Fetch {
        url: address.to_owned(),
        reason,
    };
    let url = Url::parse(address).map_err(|error| failed(error.to_string()))?;
    if !is_allowed(&url) {
        return Err(failed("only https is fetched".to_owned()));
    }
    let policy = Policy::custom(|attempt| {
        if attempt.previous().len() > MOST_REDIRECTS {
            attempt.error("too many redirects")
        } else if is_allowed(attempt.url()) {
            attempt.follow()
        } else {
            attempt.error("a redirect leaves https")
        }
    });
    let client = Client::builder()
        .redirect(policy)
        .connect_timeout(CONNECT)
        .timeout(MOST_TIME)
        .user_agent(concat!("chainwright/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| failed(causes(&error)))?;
    let response = client
        .get(url)
        .send()
        .and_then(reqwest::blocking::Response::error_for_status);
    let response = response.map_err(|error| failed(causes(&error.without_url())))?;
    let mut body = Vec::new();
    let read = response.take(MOST_BYTES + 1).read_to_end(&mut body);
    read.map_err(|error| failed(error.to_string()))?;
    if body.len() as u64 > MOST_BYTES {
        return Err(failed(format!("it has more than {MOST_BYTES} bytes")));
    }
    Ok(body)
}

fn is_allowed(url: &Url) -> bool {
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// An error and what lies behind it, on one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut shown = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        shown.push_str(": ");
        shown.push_str(&inner.to_string());
        cause = inner.source();
    }
    shown
}
