//! Requests to a registry: authentication, redirects that are followed by hand, and bodies that are bounded.

use std::io::{Read as _, Write};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use chainwright_core::text::visible;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use sha2::{Digest as _, Sha256};

use crate::authentication::{Challenge, challenge};
use crate::document;
use crate::{Credentials, PullError, Reference};

/// Redirects that are followed for one request.
const MOST_REDIRECTS: usize = 5;

/// Bytes of the answer of a token service.
const MOST_TOKEN: u64 = 256 * 1024;

/// Time for a document, and for a blob besides what its size takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The slowest transfer that is waited for, in bytes each second.
const SLOWEST: u64 = 64 * 1024;

/// What is asked of a registry, once it knows who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To read one repository.
    Read,
    /// To read and write it.
    Write,
}

/// How a registry is talked to.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What is asked for.
    pub right: Right,
    /// Speak plain HTTP with a registry that is not on this machine. Whoever is on the way reads and changes everything.
    pub plain_http: bool,
    /// Time for everything together; `None` for no bound beside that of each request.
    pub patience: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            right: Right::Read,
            plain_http: false,
            patience: None,
        }
    }
}

/// A request, before it is known who asks.
struct Ask<'a> {
    method: Method,
    url: &'a Url,
    accept: &'a str,
    body: Option<(&'a str, &'a [u8])>,
    patience: Duration,
}

/// A registry, and how it wants to be asked.
pub(crate) struct Registry<'a> {
    client: Client,
    host: String,
    repository: String,
    is_local: bool,
    settings: Settings,
    ends: Option<Instant>,
    credentials: &'a dyn Fn(&str) -> Option<Credentials>,
    authorised: Option<Authorisation>,
}

enum Authorisation {
    Basic(Credentials),
    Token(HeaderValue),
}

impl<'a> Registry<'a> {
    pub(crate) fn new(
        reference: &Reference,
        settings: Settings,
        credentials: &'a dyn Fn(&str) -> Option<Credentials>,
    ) -> Result<Self, PullError> {
        let host = reference.host().to_owned();
        let client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(15))
            .timeout(PATIENCE)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .user_agent(concat!("chainwright/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| PullError::Unreachable {
                host: host.clone(),
                source: Box::new(source),
            })?;
        Ok(Self {
            client,
            is_local: is_this_machine(&host),
            settings,
            ends: settings.patience.map(|patience| Instant::now() + patience),
            host,
            repository: reference.repository.clone(),
            credentials,
            authorised: None,
        })
    }

    pub(crate) fn answer(&self, what: String) -> PullError {
        PullError::Answer {
            host: self.host.clone(),
            what,
        }
    }

    /// A document of at most `most` bytes, and the digest that the registry announces for it.
    pub(crate) fn document(
        &mut self,
        path: &str,
        accepted: &[&str],
        most: u64,
    ) -> Result<(Option<String>, Vec<u8>), PullError> {
        let response = self.get(path, &accepted.join(", "), PATIENCE)?;
        let announced = text_of(response.headers(), "docker-content-digest");
        Ok((announced, self.bounded(response, most)?))
    }

    /// A document by its address in the repository, and the headers that came with it.
    pub(crate) fn document_at(
        &mut self,
        url: &Url,
        accept: &str,
        most: u64,
    ) -> Result<(HeaderMap, Vec<u8>), PullError> {
        let response = self.get_at(url, accept, PATIENCE)?;
        let headers = response.headers().clone();
        Ok((headers, self.bounded(response, most)?))
    }

    /// Sends something; the answer is what it is, and of its body nothing is read.
    pub(crate) fn send_to(
        &mut self,
        method: Method,
        url: &Url,
        body: Option<(&str, &[u8])>,
    ) -> Result<(u16, HeaderMap), PullError> {
        let size = body.map_or(0, |(_, bytes)| bytes.len() as u64);
        let response = self.exchange(&Ask {
            method,
            url,
            accept: "*/*",
            body,
            patience: PATIENCE.saturating_add(Duration::from_secs(size / SLOWEST)),
        })?;
        match response.status().as_u16() {
            401 | 403 => Err(PullError::Unauthorised(self.host.clone())),
            status => Ok((status, response.headers().clone())),
        }
    }

    /// Where something of the repository lies.
    pub(crate) fn url(&self, path: &str) -> Result<Url, PullError> {
        let is_plain = self.is_local || self.settings.plain_http;
        let scheme = if is_plain { "http" } else { "https" };
        let url = format!("{scheme}://{}/v2/{}/{path}", self.host, self.repository);
        Url::parse(&url).map_err(|_| self.answer("a name that is no address".to_owned()))
    }

    /// An address that the registry gives, if it may be gone to.
    pub(crate) fn next(&self, from: &Url, written: &str) -> Result<Url, PullError> {
        let next = from.join(written).ok();
        next.filter(|next| next.origin() == from.origin() || self.may_follow(next))
            .ok_or_else(|| PullError::Redirect {
                host: self.host.clone(),
                place: shown(written),
            })
    }

    /// Writes a blob; its size and digest are compared on the way, and nothing beyond its size is read.
    pub(crate) fn blob(
        &mut self,
        expected: &str,
        size: u64,
        to: &mut dyn Write,
    ) -> Result<(), PullError> {
        let patience = PATIENCE.saturating_add(Duration::from_secs(size / SLOWEST));
        let path = format!("blobs/{expected}");
        let mut response = self.get(&path, "*/*", patience)?;
        let wrong_size = || PullError::Size {
            digest: expected.to_owned(),
            size,
        };
        let mut digest = Sha256::new();
        let mut left = size;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let broken = |error| PullError::Broken(self.host.clone(), error);
            let count = response.read(&mut buffer).map_err(broken)?;
            let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
                break;
            };
            left = left.checked_sub(count as u64).ok_or_else(wrong_size)?;
            digest.update(piece);
            to.write_all(piece).map_err(PullError::Folder)?;
        }
        if left > 0 {
            return Err(wrong_size());
        }
        let found = document::shown(&digest.finalize());
        if found == expected {
            Ok(())
        } else {
            Err(PullError::Digest {
                expected: expected.to_owned(),
                found,
            })
        }
    }

    /// Asks for something of the repository, and once more with credentials if the registry wants them.
    fn get(&mut self, path: &str, accept: &str, patience: Duration) -> Result<Response, PullError> {
        let url = self.url(path)?;
        self.get_at(&url, accept, patience)
    }

    fn get_at(
        &mut self,
        url: &Url,
        accept: &str,
        patience: Duration,
    ) -> Result<Response, PullError> {
        let response = self.exchange(&Ask {
            method: Method::GET,
            url,
            accept,
            body: None,
            patience,
        })?;
        match response.status().as_u16() {
            200 => Ok(response),
            401 | 403 => Err(PullError::Unauthorised(self.host.clone())),
            status => Err(self.refused(status, url.path())),
        }
    }

    /// The registry refuses something.
    pub(crate) fn refused(&self, status: u16, what: &str) -> PullError {
        let below = format!("/v2/{}/", self.repository);
        PullError::Refused {
            host: self.host.clone(),
            status,
            what: visible(what.strip_prefix(&below).unwrap_or(what), 120),
        }
    }

    fn exchange(&mut self, ask: &Ask<'_>) -> Result<Response, PullError> {
        let response = self.follow(ask)?;
        if response.status().as_u16() == 401 && self.authorise(&response)? {
            return self.follow(ask);
        }
        Ok(response)
    }

    /// Follows redirects of what is read; only the registry itself gets the authorisation.
    fn follow(&self, ask: &Ask<'_>) -> Result<Response, PullError> {
        let own = self.url("")?.origin();
        let mut place = ask.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self
                .client
                .request(ask.method.clone(), place.clone())
                .header(ACCEPT, ask.accept)
                .timeout(self.within(ask.patience)?);
            if let Some((kind, bytes)) = ask.body {
                request = request.header(CONTENT_TYPE, kind).body(bytes.to_vec());
            }
            if place.origin() == own {
                request = self.with_authorisation(request);
            }
            let response = self.send(request, &place)?;
            let is_read = ask.method == Method::GET || ask.method == Method::HEAD;
            if !response.status().is_redirection() || !is_read {
                return Ok(response);
            }
            let target = text_of(response.headers(), LOCATION.as_str()).unwrap_or_default();
            place = place
                .join(&target)
                .ok()
                .filter(|next| self.may_follow(next))
                .ok_or_else(|| PullError::Redirect {
                    host: self.host.clone(),
                    place: shown(&target),
                })?;
        }
        Err(PullError::Redirect {
            host: self.host.clone(),
            place: "yet another place".to_owned(),
        })
    }

    /// The time for one request, which is never more than what is left.
    fn within(&self, patience: Duration) -> Result<Duration, PullError> {
        let Some(ends) = self.ends else {
            return Ok(patience);
        };
        let left = ends.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(PullError::TooSlow(self.host.clone()));
        }
        Ok(patience.min(left))
    }

    fn send(&self, request: RequestBuilder, place: &Url) -> Result<Response, PullError> {
        request.send().map_err(|source| {
            let host = visible(place.host_str().unwrap_or(&self.host), 200);
            if source.is_timeout() {
                return PullError::TooSlow(host);
            }
            PullError::Unreachable {
                host,
                source: Box::new(source.without_url()),
            }
        })
    }

    fn with_authorisation(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.authorised {
            Some(Authorisation::Basic(credentials)) if !credentials.is_identity_token => {
                request.basic_auth(&credentials.user, Some(&credentials.password))
            }
            Some(Authorisation::Token(value)) => {
                request.header(reqwest::header::AUTHORIZATION, value.clone())
            }
            Some(Authorisation::Basic(_)) | None => request,
        }
    }

    /// HTTPS leads anywhere but to addresses that only this machine or its network can reach; a registry on this
    /// machine may also lead to itself by plain HTTP, and so may one that the user wants it from.
    fn may_follow(&self, place: &Url) -> bool {
        let host = place.host_str().unwrap_or_default();
        let own = self.url("").map(|own| own.origin());
        if own.is_ok_and(|own| own == place.origin()) {
            return true;
        }
        match place.scheme() {
            "https" => self.is_local || !is_private(host),
            "http" => self.is_local && is_this_machine(host),
            _ => false,
        }
    }

    /// Does what the registry asks for; `false` if there is nothing more to be done.
    fn authorise(&mut self, response: &Response) -> Result<bool, PullError> {
        if self.authorised.is_some() {
            return Ok(false);
        }
        let mut asked = response.headers().get_all(WWW_AUTHENTICATE).iter();
        let Some(challenge) = asked.find_map(|value| challenge(value.to_str().ok()?)) else {
            return Ok(false);
        };
        let credentials = (self.credentials)(&self.host);
        self.authorised = match challenge {
            Challenge::Basic => credentials.map(Authorisation::Basic),
            Challenge::Token { realm, service } => {
                Some(self.token(&realm, &service, credentials.as_ref())?)
            }
        };
        Ok(self.authorised.is_some())
    }

    /// Asks the token service for the right to this one repository, whatever the registry would have us ask.
    fn token(
        &self,
        realm: &str,
        service: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Authorisation, PullError> {
        let mut place = Url::parse(realm)
            .ok()
            .filter(|place| self.may_follow(place))
            .ok_or_else(|| PullError::Redirect {
                host: self.host.clone(),
                place: shown(realm),
            })?;
        let right = match self.settings.right {
            Right::Read => "pull",
            Right::Write => "pull,push",
        };
        let scope = format!("repository:{}:{right}", self.repository);
        let mut asked = vec![("scope", scope.as_str())];
        if !service.is_empty() {
            asked.push(("service", service));
        }
        let request = match credentials {
            Some(credentials) if credentials.is_identity_token => {
                asked.extend([
                    ("grant_type", "refresh_token"),
                    ("client_id", "chainwright"),
                    ("refresh_token", &credentials.password),
                ]);
                let mut form = place.clone();
                form.set_query(None);
                form.query_pairs_mut().extend_pairs(asked);
                let form = form.query().unwrap_or_default().to_owned();
                let request = self.client.post(place.clone()).body(form);
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            }
            credentials => {
                place.query_pairs_mut().extend_pairs(asked);
                let request = self.client.get(place.clone());
                match credentials {
                    Some(own) => request.basic_auth(&own.user, Some(&own.password)),
                    None => request,
                }
            }
        };
        let response = self.send(request.timeout(self.within(PATIENCE)?), &place)?;
        if !response.status().is_success() {
            return Err(PullError::Unauthorised(self.host.clone()));
        }
        let bytes = self.bounded(response, MOST_TOKEN)?;
        let value: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        let named = |key: &str| value.as_ref()?.get(key)?.as_str().map(str::to_owned);
        let token = named("token").or_else(|| named("access_token"));
        let header = token.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok());
        let mut header = header.ok_or_else(|| self.answer("no token".to_owned()))?;
        header.set_sensitive(true);
        Ok(Authorisation::Token(header))
    }

    fn bounded(&self, response: Response, most: u64) -> Result<Vec<u8>, PullError> {
        let mut bytes = Vec::new();
        let read = response
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes);
        read.map_err(|error| PullError::Broken(self.host.clone(), error))?;
        if bytes.len() as u64 > most {
            return Err(PullError::TooLarge(format!("{most} bytes in one document")));
        }
        Ok(bytes)
    }
}

/// An address without its query, in which credentials may stand.
fn shown(place: &str) -> String {
    let bare = place.split(['?', '#']).next().unwrap_or_default();
    visible(bare, 200)
}

/// The text of a header.
pub(crate) fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn address(host: &str) -> Option<IpAddr> {
    let bare = host.trim_start_matches('[');
    let bare = bare.split(']').next().unwrap_or(bare);
    bare.parse()
        .ok()
        .or_else(|| host.rsplit_once(':')?.0.parse().ok())
}

/// Loopback by its address or by the one name that always means it.
fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || address(host).is_some_and(|address| address.is_loopback())
}

/// Addresses that mean something else on every machine, such as those of a cloud's metadata service.
fn is_private(host: &str) -> bool {
    let is_inner = |address: IpAddr| match address {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            v6.is_loopback()
                || v6.is_unspecified()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
                || v6.to_ipv4_mapped().is_some()
        }
    };
    is_this_machine(host) || address(host).is_some_and(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_inner_addresses_are_told_from_others() {
        for host in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:80",
            "[::1]:5000",
            "127.8.9.1",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "localhost.example",
            "10.0.0.1",
            "ghcr.io:443",
            "127.0.0.1.example",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
        for host in [
            "169.254.169.254",
            "10.1.2.3",
            "[fd00::1]",
            "[::ffff:10.0.0.1]",
            "localhost",
        ] {
            assert!(is_private(host), "{host}");
        }
        assert!(!is_private("cdn.example") && !is_private("8.8.8.8"));
    }
}
