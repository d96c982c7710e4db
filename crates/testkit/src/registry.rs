//! A registry on this machine that speaks the OCI distribution specification 1.1, well or badly as a test wants.
//!
//! It keeps everything in memory for as long as the test lives, listens on a port of the loopback address, and takes
//! pushes to every repository. Oddities are bound to a part of the path of a request.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Media type of the manifests that are pushed here.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What is odd about an answer.
#[derive(Debug, Clone)]
pub enum Odd {
    /// This status and nothing else.
    Status(u16),
    /// Elsewhere.
    Redirect(String),
    /// Other bytes.
    Bytes(Vec<u8>),
    /// A body without an end.
    Endless,
    /// Fewer bytes than announced, then nothing more.
    Short,
    /// No answer for a long time.
    Hang,
    /// The first answer, then these bytes: a tag that is moved.
    Moved(Vec<u8>),
    /// A further page, over and over.
    NextPage,
    /// A further page at another place.
    PageAt(String),
}

/// How a registry behaves.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// Whether it lists referrers itself.
    pub has_referrers: bool,
    /// Entries of one page of referrers.
    pub page: usize,
    /// A token without which nothing is answered.
    pub token: Option<String>,
    /// Oddities, for requests whose path has this part.
    pub odd: Vec<(String, Odd)>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            has_referrers: true,
            page: 100,
            token: None,
            odd: Vec::new(),
        }
    }
}

#[derive(Debug, Default)]
struct Kept {
    behaviour: Behaviour,
    /// By repository and digest.
    blobs: BTreeMap<(String, String), Vec<u8>>,
    /// By repository and digest or tag.
    manifests: BTreeMap<(String, String), Vec<u8>>,
    /// Requests, as `METHOD PATH`, and whether they were authorised.
    log: Vec<(String, String)>,
    asked: BTreeMap<String, usize>,
}

/// A running registry.
#[derive(Debug)]
pub struct Registry {
    host: String,
    kept: Arc<Mutex<Kept>>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    authorisation: String,
    body: Vec<u8>,
}

#[derive(Default)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    odd: Option<Odd>,
}

impl Answer {
    fn of(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }
}

/// `sha256:…` of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    /// Serves until the test ends.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let kept = Arc::new(Mutex::new(Kept {
            behaviour,
            ..Kept::default()
        }));
        let (own, shared) = (host.clone(), Arc::clone(&kept));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (host, kept) = (own.clone(), Arc::clone(&shared));
                thread::spawn(move || serve(stream, &kept, &host));
            }
        });
        Self { host, kept }
    }

    /// `ADDRESS:PORT`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Changes how it behaves.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        let mut kept = lock(&self.kept);
        kept.asked.clear();
        change(&mut kept.behaviour);
    }

    /// Answers requests whose path has this part oddly.
    pub fn odd(&self, part: &str, odd: Odd) {
        self.behave(|behaviour| behaviour.odd = vec![(part.to_owned(), odd)]);
    }

    /// Puts a blob there.
    pub fn blob(&self, repository: &str, bytes: &[u8]) -> String {
        let digest = digest(bytes);
        let key = (repository.to_owned(), digest.clone());
        lock(&self.kept).blobs.insert(key, bytes.to_vec());
        digest
    }

    /// Puts a manifest there, under its digest and a tag.
    pub fn manifest(&self, repository: &str, tag: &str, bytes: &[u8]) -> String {
        let digest = digest(bytes);
        let mut kept = lock(&self.kept);
        for name in [tag, &digest] {
            let key = (repository.to_owned(), name.to_owned());
            kept.manifests.insert(key, bytes.to_vec());
        }
        digest
    }

    /// Puts an image with one layer there; gives back its digest.
    pub fn image(&self, repository: &str, tag: &str, layer: &[u8]) -> String {
        let diff_id = digest(layer);
        let config = format!(
            r#"{{"os":"linux","architecture":"amd64","config":{{}},"rootfs":{{"type":"layers","diff_ids":["{diff_id}"]}}}}"#
        );
        let config = config.as_bytes();
        let kind = "application/vnd.oci.image.layer.v1.tar";
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": self.blob(repository, config),
                "size": config.len(),
            },
            "layers": [{ "mediaType": kind, "digest": self.blob(repository, layer), "size": layer.len() }],
        });
        self.manifest(repository, tag, manifest.to_string().as_bytes())
    }

    /// A manifest by tag or digest.
    #[must_use]
    pub fn read(&self, repository: &str, name: &str) -> Option<Vec<u8>> {
        let key = (repository.to_owned(), name.to_owned());
        lock(&self.kept).manifests.get(&key).cloned()
    }

    /// A blob by its digest.
    #[must_use]
    pub fn read_blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        let key = (repository.to_owned(), digest.to_owned());
        lock(&self.kept).blobs.get(&key).cloned()
    }

    /// Digests of manifests whose subject is this digest.
    #[must_use]
    pub fn referrers(&self, repository: &str, subject: &str) -> Vec<String> {
        lock(&self.kept)
            .referrers(repository, subject)
            .iter()
            .filter_map(|entry| Some(entry.get("digest")?.as_str()?.to_owned()))
            .collect()
    }

    /// Takes a manifest away.
    pub fn forget(&self, repository: &str, name: &str) {
        let key = (repository.to_owned(), name.to_owned());
        lock(&self.kept).manifests.remove(&key);
    }

    /// Requests so far: method and path, and the kind of authorisation.
    #[must_use]
    pub fn log(&self) -> Vec<(String, String)> {
        lock(&self.kept).log.clone()
    }
}

impl Kept {
    fn referrers(&self, repository: &str, subject: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for ((there, name), bytes) in &self.manifests {
            if there != repository || !name.starts_with("sha256:") {
                continue;
            }
            let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
            if value["subject"]["digest"] != subject {
                continue;
            }
            let own = value["artifactType"].as_str();
            found.push(json!({
                "mediaType": MANIFEST,
                "digest": name,
                "size": bytes.len(),
                "artifactType": own.or(value["config"]["mediaType"].as_str()),
                "annotations": value["annotations"],
            }));
        }
        found
    }

    fn answer(&mut self, request: &Request, host: &str) -> Answer {
        if request.path == "/token" {
            return self.give_token(request);
        }
        if let Some(token) = &self.behaviour.token
            && request.authorisation != format!("Bearer {token}")
        {
            let challenge = format!(r#"Bearer realm="http://{host}/token",service="inert""#);
            return Answer::of(401).with("WWW-Authenticate", challenge);
        }
        let odd = self.behaviour.odd.iter();
        let odd = odd
            .filter(|(part, _)| request.path.contains(part.as_str()))
            .map(|(_, odd)| odd.clone())
            .next();
        let count = self.asked.entry(request.path.clone()).or_default();
        *count += 1;
        let is_first = *count == 1;
        let usual = self.usual(request);
        match odd {
            None => usual,
            Some(Odd::Status(status)) => Answer::of(status),
            Some(Odd::Redirect(place)) => Answer::of(307).with("Location", place),
            Some(Odd::Bytes(bytes)) => Answer::of(200).body(bytes),
            Some(Odd::Moved(_)) if is_first => usual,
            Some(Odd::Moved(bytes)) => Answer::of(200).body(bytes),
            Some(Odd::NextPage) => {
                let next = format!(
                    "<{}?n={}>; rel=\"next\"",
                    request.path,
                    *self.asked.get(&request.path).unwrap_or(&0)
                );
                usual.with("Link", next)
            }
            Some(Odd::PageAt(place)) => usual.with("Link", format!("<{place}>; rel=\"next\"")),
            Some(odd @ (Odd::Endless | Odd::Short | Odd::Hang)) => Answer {
                odd: Some(odd),
                ..usual
            },
        }
    }

    fn give_token(&self, request: &Request) -> Answer {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let asked = format!("{}&{body}", request.query);
        let is_known = request.authorisation.starts_with("Basic ")
            || body.contains("grant_type=refresh_token");
        if !is_known || !asked.contains("scope=repository") {
            return Answer::of(401);
        }
        let token = self.behaviour.token.clone().unwrap_or_default();
        let text = json!({ "access_token": token }).to_string();
        Answer::of(200).body(text.into_bytes())
    }

    fn usual(&mut self, request: &Request) -> Answer {
        let Some(rest) = request.path.strip_prefix("/v2/") else {
            return Answer::of(404);
        };
        for (word, is_manifest) in [("/manifests/", true), ("/blobs/uploads/", false)] {
            if let Some((repository, name)) = rest.split_once(word) {
                return if is_manifest {
                    self.manifest(request, repository, name)
                } else {
                    self.upload(request, repository)
                };
            }
        }
        if let Some((repository, name)) = rest.split_once("/blobs/") {
            let key = (repository.to_owned(), name.to_owned());
            let found = self.blobs.get(&key).cloned();
            return found.map_or_else(|| Answer::of(404), |bytes| Answer::of(200).body(bytes));
        }
        match rest.split_once("/referrers/") {
            Some((repository, subject)) if self.behaviour.has_referrers => {
                self.list(request, repository, subject)
            }
            _ => Answer::of(404),
        }
    }

    fn manifest(&mut self, request: &Request, repository: &str, name: &str) -> Answer {
        let key = |name: &str| (repository.to_owned(), name.to_owned());
        if request.method == "PUT" {
            let digest = digest(&request.body);
            if name.starts_with("sha256:") && name != digest {
                return Answer::of(400);
            }
            self.manifests.insert(key(&digest), request.body.clone());
            self.manifests.insert(key(name), request.body.clone());
            let value: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let answer = Answer::of(201).with("Docker-Content-Digest", digest);
            return match value["subject"]["digest"].as_str() {
                Some(subject) if self.behaviour.has_referrers => {
                    answer.with("OCI-Subject", subject)
                }
                _ => answer,
            };
        }
        match self.manifests.get(&key(name)) {
            Some(bytes) => Answer::of(200)
                .with("Docker-Content-Digest", digest(bytes))
                .body(bytes.clone()),
            None => Answer::of(404),
        }
    }

    fn upload(&mut self, request: &Request, repository: &str) -> Answer {
        if request.method == "POST" {
            return Answer::of(202)
                .with("Location", format!("/v2/{repository}/blobs/uploads/1?s=x"));
        }
        let digest = digest(&request.body);
        let said = format!("digest={}", digest.replace(':', "%3A"));
        if !request.query.contains(&said) {
            return Answer::of(400);
        }
        let key = (repository.to_owned(), digest);
        self.blobs.insert(key, request.body.clone());
        Answer::of(201)
    }

    fn list(&self, request: &Request, repository: &str, subject: &str) -> Answer {
        let all = self.referrers(repository, subject);
        let from = request.query.strip_prefix("from=");
        let from: usize = from.and_then(|from| from.parse().ok()).unwrap_or(0);
        let page: Vec<&Value> = all.iter().skip(from).take(self.behaviour.page).collect();
        let to = from + page.len();
        let text = json!({ "schemaVersion": 2, "manifests": page }).to_string();
        let answer = Answer::of(200).body(text.into_bytes());
        if to < all.len() {
            return answer.with(
                "Link",
                format!("<{}?from={to}>; rel=\"next\"", request.path),
            );
        }
        answer
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut authorisation, mut length) = (String::new(), 0_usize);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.clone_into(&mut authorisation),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length.min(64 << 20)];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request {
        method,
        path: path.replace("%3A", ":"),
        query: query.to_owned(),
        authorisation,
        body,
    })
}

fn serve(mut stream: TcpStream, kept: &Mutex<Kept>, host: &str) -> Option<()> {
    let request = read(&stream)?;
    let answer = {
        let mut kept = lock(kept);
        let kind = request.authorisation.split(' ').next().unwrap_or_default();
        let line = format!("{} {}", request.method, request.path);
        kept.log.push((line, kind.to_owned()));
        kept.answer(&request, host)
    };
    if matches!(answer.odd, Some(Odd::Hang)) {
        thread::sleep(Duration::from_secs(600));
        return None;
    }
    let mut head = format!("HTTP/1.1 {} Inert\r\nConnection: close\r\n", answer.status);
    match answer.odd {
        Some(Odd::Endless) => {}
        Some(Odd::Short) => head.push_str("Content-Length: 1000000\r\n"),
        _ => {
            let _ = write!(head, "Content-Length: {}\r\n", answer.body.len());
        }
    }
    for (name, value) in &answer.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    if request.method != "HEAD" {
        stream.write_all(&answer.body).ok()?;
    }
    if matches!(answer.odd, Some(Odd::Endless)) {
        let filler = vec![b' '; 64 * 1024];
        loop {
            stream.write_all(&filler).ok()?;
        }
    }
    stream.flush().ok()
}
