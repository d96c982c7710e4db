//! A registry on this machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use sha2::{Digest as _, Sha256};

const CONFIG: &[u8] = br#"{"os":"linux","architecture":"amd64","config":{},"rootfs":{"type":"layers","diff_ids":[]}}"#;

/// What is answered to a request.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    pub(crate) headers: Vec<(String, String)>,
    body: Vec<u8>,
    is_endless: bool,
}

impl Answer {
    pub(crate) fn ok(body: Vec<u8>) -> Self {
        Self::with(200, body)
    }

    fn with(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
            is_endless: false,
        }
    }

    pub(crate) fn endless() -> Self {
        Self {
            is_endless: true,
            ..Self::ok(vec![b'x'; 64 * 1024])
        }
    }

    pub(crate) fn redirect(place: &str) -> Self {
        Self {
            headers: vec![("Location".to_owned(), place.to_owned())],
            ..Self::with(307, Vec::new())
        }
    }
}

/// What a registry holds, and how it wants to be asked.
#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) manifests: BTreeMap<String, Answer>,
    pub(crate) blobs: BTreeMap<String, Answer>,
    pub(crate) basic: bool,
    pub(crate) token: Option<String>,
    pub(crate) gives_wrong_tokens: bool,
}

impl Contents {
    pub(crate) fn document(&self, name: &str) -> Vec<u8> {
        self.manifests[name].body.clone()
    }

    pub(crate) fn manifest_of(&mut self, name: &str, layers: &[(String, u64)]) {
        let layers: Vec<String> = layers
            .iter()
            .map(|(digest, size)| {
                let kind = "application/vnd.oci.image.layer.v1.tar";
                format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#)
            })
            .collect();
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"digest":"{}","size":{}}},"layers":[{}]}}"#,
            digest(CONFIG),
            CONFIG.len(),
            layers.join(",")
        );
        self.manifests
            .insert(name.to_owned(), Answer::ok(text.into_bytes()));
    }

    pub(crate) fn index(&mut self, name: &str, entries: &[(&str, &str, &str)]) {
        let entries: Vec<String> = entries
            .iter()
            .map(|(os, architecture, digits)| {
                format!(
                    r#"{{"digest":"sha256:{digits}","size":1,"platform":{{"os":"{os}","architecture":"{architecture}"}}}}"#
                )
            })
            .collect();
        let text = format!(
            r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
            entries.join(",")
        );
        self.manifests
            .insert(name.to_owned(), Answer::ok(text.into_bytes()));
    }

    fn answer(&self, request: &Request, host: &str) -> Answer {
        if request.path.starts_with("/token") {
            let token = if self.gives_wrong_tokens {
                "wrong"
            } else {
                self.token.as_deref().unwrap_or_default()
            };
            return Answer::ok(format!(r#"{{"token":"{token}"}}"#).into_bytes());
        }
        let is_allowed = match (&self.token, self.basic) {
            (Some(token), _) => request.authorisation == format!("Bearer {token}"),
            (None, true) => request.authorisation.starts_with("Basic "),
            (None, false) => true,
        };
        if !is_allowed {
            let challenge = if self.basic {
                r#"Basic realm="inert""#.to_owned()
            } else {
                format!(
                    r#"Bearer realm="http://{host}/token",service="inert",scope="repository:other:push""#
                )
            };
            let mut answer = Answer::with(401, Vec::new());
            answer
                .headers
                .push(("WWW-Authenticate".to_owned(), challenge));
            return answer;
        }
        let found = request.path.strip_prefix("/v2/team/app/").and_then(|rest| {
            match rest.split_once('/') {
                Some(("manifests", name)) => self.manifests.get(name),
                Some(("blobs", name)) => self.blobs.get(name),
                _ => None,
            }
        });
        found
            .cloned()
            .unwrap_or_else(|| Answer::with(404, Vec::new()))
    }
}

/// An image `v1` with one layer.
pub(crate) fn image(layer: &[u8]) -> Contents {
    let mut contents = Contents::default();
    contents
        .blobs
        .insert(digest(CONFIG), Answer::ok(CONFIG.to_vec()));
    contents
        .blobs
        .insert(digest(layer), Answer::ok(layer.to_vec()));
    contents.manifest_of("v1", &[(digest(layer), layer.len() as u64)]);
    contents
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

pub(crate) struct Registry {
    host: String,
    log: Arc<Mutex<Vec<String>>>,
}

struct Request {
    path: String,
    authorisation: String,
}

impl Registry {
    /// Serves until the test ends.
    pub(crate) fn start(contents: Contents) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let (contents, own, kept) = (Arc::new(contents), host.clone(), Arc::clone(&log));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (contents, host, log) = (Arc::clone(&contents), own.clone(), Arc::clone(&kept));
                thread::spawn(move || serve(stream, &contents, &host, &log));
            }
        });
        Self { host, log }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    contents: &Contents,
    host: &str,
    log: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut authorisation = String::new();
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("authorization")
        {
            value.clone_into(&mut authorisation);
        }
    }
    let kind = authorisation
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let shown = if kind.is_empty() {
        String::new()
    } else {
        format!(" authorization: {kind}")
    };
    log.lock().ok()?.push(format!("{path}{shown}"));
    let answer = contents.answer(
        &Request {
            path,
            authorisation,
        },
        host,
    );
    let mut head = format!("HTTP/1.1 {} Inert\r\nConnection: close\r\n", answer.status);
    if !answer.is_endless {
        write!(head, "Content-Length: {}\r\n", answer.body.len()).ok()?;
    }
    for (name, value) in &answer.headers {
        write!(head, "{name}: {value}\r\n").ok()?;
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    stream.write_all(&answer.body).ok()?;
    if answer.is_endless {
        loop {
            stream.write_all(&answer.body).ok()?;
        }
    }
    stream.flush().ok()
}
