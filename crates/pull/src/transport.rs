//! Requests to a registry: authentication, redirects that are followed by hand, and bodies that are bounded.

use std::io::{Read as _, Write};
use std::net::IpAddr;
use std::time::Duration;

use chainwright_core::text::visible;
use chainwright_images::Descriptor;
use reqwest::Url;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
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

/// A registry, and how it wants to be asked.
pub(crate) struct Registry<'a> {
    client: Client,
    host: String,
    repository: String,
    is_local: bool,
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
        let announced = response.headers().get("docker-content-digest");
        let announced = announced
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Ok((announced, self.bounded(response, most)?))
    }

    /// Writes a blob; its size and digest are compared on the way, and nothing beyond its size is read.
    pub(crate) fn blob(
        &mut self,
        descriptor: &Descriptor,
        to: &mut dyn Write,
    ) -> Result<(), PullError> {
        let patience = PATIENCE.saturating_add(Duration::from_secs(descriptor.size / SLOWEST));
        let path = format!("blobs/{}", descriptor.digest);
        let mut response = self.get(&path, "*/*", patience)?;
        let wrong_size = || PullError::Size {
            digest: descriptor.digest.clone(),
            size: descriptor.size,
        };
        let mut digest = Sha256::new();
        let mut left = descriptor.size;
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
        if found == descriptor.digest {
            Ok(())
        } else {
            Err(PullError::Digest {
                expected: descriptor.digest.clone(),
                found,
            })
        }
    }

    /// Asks for something of the repository, and once more with credentials if the registry wants them.
    fn get(&mut self, path: &str, accept: &str, patience: Duration) -> Result<Response, PullError> {
        let scheme = if self.is_local { "http" } else { "https" };
        let url = format!("{scheme}://{}/v2/{}/{path}", self.host, self.repository);
        let url =
            Url::parse(&url).map_err(|_| self.answer("a name that is no address".to_owned()))?;
        let mut response = self.follow(&url, accept, patience)?;
        if response.status().as_u16() == 401 && self.authorise(&response)? {
            response = self.follow(&url, accept, patience)?;
        }
        match response.status().as_u16() {
            200 => Ok(response),
            401 | 403 => Err(PullError::Unauthorised(self.host.clone())),
            status => Err(PullError::Refused {
                host: self.host.clone(),
                status,
                what: visible(path, 120),
            }),
        }
    }

    /// Follows redirects; only the registry itself gets the authorisation.
    fn follow(&self, url: &Url, accept: &str, patience: Duration) -> Result<Response, PullError> {
        let mut place = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self
                .client
                .get(place.clone())
                .header(ACCEPT, accept)
                .timeout(patience);
            if place.origin() == url.origin() {
                request = self.with_authorisation(request);
            }
            let response = self.send(request, &place)?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let target = response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok());
            let target = target.unwrap_or_default().to_owned();
            place = place
                .join(&target)
                .ok()
                .filter(|next| self.may_follow(next))
                .ok_or_else(|| PullError::Redirect {
                    host: self.host.clone(),
                    place: visible(&target, 200),
                })?;
        }
        Err(PullError::Redirect {
            host: self.host.clone(),
            place: "yet another place".to_owned(),
        })
    }

    fn send(&self, request: RequestBuilder, place: &Url) -> Result<Response, PullError> {
        request.send().map_err(|source| PullError::Unreachable {
            host: visible(place.host_str().unwrap_or(&self.host), 200),
            source: Box::new(source.without_url()),
        })
    }

    fn with_authorisation(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.authorised {
            Some(Authorisation::Basic(credentials)) => {
                request.basic_auth(&credentials.user, Some(&credentials.password))
            }
            Some(Authorisation::Token(value)) => {
                request.header(reqwest::header::AUTHORIZATION, value.clone())
            }
            None => request,
        }
    }

    /// HTTPS leads anywhere but to addresses that only this machine or its network can reach; a registry on this
    /// machine may also lead to itself by plain HTTP.
    fn may_follow(&self, place: &Url) -> bool {
        let host = place.host_str().unwrap_or_default();
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
                Some(self.token(&realm, &service, credentials)?)
            }
        };
        Ok(self.authorised.is_some())
    }

    /// Asks the token service for the right to read this one repository, whatever the registry would have us ask.
    fn token(
        &self,
        realm: &str,
        service: &str,
        credentials: Option<Credentials>,
    ) -> Result<Authorisation, PullError> {
        let mut place = Url::parse(realm)
            .ok()
            .filter(|place| self.may_follow(place))
            .ok_or_else(|| PullError::Redirect {
                host: self.host.clone(),
                place: visible(realm, 200),
            })?;
        let scope = format!("repository:{}:pull", self.repository);
        place.query_pairs_mut().append_pair("scope", &scope);
        if !service.is_empty() {
            place.query_pairs_mut().append_pair("service", service);
        }
        let mut request = self.client.get(place.clone());
        if let Some(credentials) = credentials {
            request = request.basic_auth(credentials.user, Some(credentials.password));
        }
        let response = self.send(request, &place)?;
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
