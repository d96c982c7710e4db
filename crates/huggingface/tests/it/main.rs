//! The hub client against a local server that speaks the hub's protocol.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use chainwright_huggingface::{FetchLimits, HubError, HubTarget, fetch_from};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const LIMITS: FetchLimits = FetchLimits {
    files: 100,
    bytes: 1 << 20,
};

/// A hub with one model repository, `org/model`. Serves until the process ends.
fn hub(files: &[(&str, &str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let files: BTreeMap<String, String> = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let files = files.clone();
            thread::spawn(move || serve(&stream, &files));
        }
    });
    format!("http://{address}")
}

fn serve(stream: &TcpStream, files: &BTreeMap<String, String>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request).unwrap_or(0) == 0 {
            return;
        }
        let mut header = String::new();
        while reader.read_line(&mut header).unwrap_or(0) > 2 {
            header.clear();
        }
        let mut words = request.split_whitespace();
        let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let (status, body, extra) = answer(path, files);
        let mut out = stream;
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nContent-Type: application/json\r\n{extra}\r\n",
            body.len()
        );
        let body = if method == "HEAD" { "" } else { &body };
        if out
            .write_all(head.as_bytes())
            .and_then(|()| out.write_all(body.as_bytes()))
            .is_err()
        {
            return;
        }
    }
}

fn answer(path: &str, files: &BTreeMap<String, String>) -> (&'static str, String, String) {
    let path = path.split('?').next().unwrap_or_default();
    if path == "/api/models/org/model/tree/main" || path == "/api/models/org/model/tree/v1" {
        let entries: Vec<serde_json::Value> = files
            .iter()
            .map(|(name, text)| {
                serde_json::json!({"type": "file", "oid": "0", "size": text.len(), "path": name})
            })
            .collect();
        return (
            "200 OK",
            serde_json::Value::Array(entries).to_string(),
            String::new(),
        );
    }
    let name = path
        .strip_prefix("/org/model/resolve/main/")
        .or_else(|| path.strip_prefix("/org/model/resolve/v1/"));
    match name.and_then(|name| files.get(name)) {
        Some(text) => (
            "200 OK",
            text.clone(),
            format!("X-Repo-Commit: {COMMIT}\r\nETag: \"etag\"\r\n"),
        ),
        None => (
            "404 Not Found",
            "{}".to_owned(),
            "X-Error-Code: RepoNotFound\r\n".to_owned(),
        ),
    }
}

#[test]
fn every_file_of_a_repository_is_fetched_and_removed_afterwards() {
    let endpoint = hub(&[("config.json", "{}"), ("sub/model.safetensors", "weights")]);
    for name in ["hf://org/model", "hf://org/model@v1"] {
        let target: HubTarget = name.parse().expect("well formed");
        let fetched = fetch_from(&target, LIMITS, Some(&endpoint)).expect("served");
        let read =
            |name: &str| std::fs::read_to_string(fetched.path().join(name)).expect("fetched");
        assert_eq!(read("config.json"), "{}");
        assert_eq!(read("sub/model.safetensors"), "weights");
        let folder = fetched.folder().to_owned();
        drop(fetched);
        assert!(!folder.exists());
    }
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    for name in ["../outside", "/absolute", "a/../../b", "C:\\x", "a\\..\\b"] {
        let endpoint = hub(&[(name, "x")]);
        let target: HubTarget = "hf://org/model".parse().expect("well formed");
        let error = fetch_from(&target, LIMITS, Some(&endpoint)).expect_err("hostile name");
        assert!(
            matches!(&error, HubError::FileName(found) if found == name),
            "{error:?}"
        );
    }
}

#[test]
fn what_is_too_large_or_missing_is_refused() {
    let endpoint = hub(&[("a", "12345"), ("b", "12345")]);
    let target: HubTarget = "hf://org/model".parse().expect("well formed");
    let few = FetchLimits {
        files: 1,
        bytes: 100,
    };
    assert!(matches!(
        fetch_from(&target, few, Some(&endpoint)),
        Err(HubError::TooLarge(_))
    ));
    let small = FetchLimits { files: 9, bytes: 9 };
    assert!(matches!(
        fetch_from(&target, small, Some(&endpoint)),
        Err(HubError::TooLarge(_))
    ));
    let other: HubTarget = "hf://org/other".parse().expect("well formed");
    let error = fetch_from(&other, LIMITS, Some(&endpoint)).expect_err("not there");
    assert_eq!(error.to_string(), "cannot fetch hf://org/other");
}

#[test]
fn targets_are_read_as_people_write_them() {
    for name in [
        "hf://org/model",
        "hf://gpt2",
        "hf://datasets/org/data@refs/pr/1",
        "hf://spaces/a/b",
    ] {
        assert_eq!(
            name.parse::<HubTarget>().expect("well formed").to_string(),
            name
        );
    }
    for name in [
        "hf://",
        "hf://a/b/c/d",
        "hf://../x",
        "hf://a/b@",
        "hf://a b/c",
        "https://x/y",
        "hf://a/..",
    ] {
        assert!(name.parse::<HubTarget>().is_err(), "{name}");
    }
}
