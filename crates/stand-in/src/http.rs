//! One request, one answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::{Mood, State, authority, stamp, token};

pub(crate) fn serve(mut stream: TcpStream, state: &State) {
    let Some((path, request)) = request(&mut stream) else {
        return;
    };
    state.asked.lock().unwrap().push(path.clone());
    let (status, answer) = match state.mood {
        Mood::Silent => return,
        Mood::Refusing => ("401 Unauthorized", request),
        Mood::Talking => ("200 OK", b"good morning".to_vec()),
        Mood::Redirecting => ("307 Temporary Redirect\r\nlocation: /elsewhere", Vec::new()),
        Mood::Helpful | Mood::Replaying => ("201 Created", helpful(&path, &request, state)),
    };
    let kind = if path.starts_with("/timestamp") {
        "application/timestamp-reply"
    } else {
        "application/json"
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&answer));
}

fn helpful(path: &str, request: &[u8], state: &State) -> Vec<u8> {
    if path.starts_with("/timestamp") {
        return stamp::answer(request, state.mood == Mood::Replaying, state);
    }
    if path.starts_with("/token") {
        return json!({"value": token()}).to_string().into_bytes();
    }
    let request: Value = serde_json::from_slice(request).unwrap();
    let answer = if path.contains("signingCert") {
        authority::certify(&request, state)
    } else if path.starts_with("/api/v2/") {
        state.second.second(&request)
    } else {
        state.first.first(&request)
    };
    answer.to_string().into_bytes()
}

/// Path and body of a request.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        seen.extend_from_slice(&buffer[..count]);
        let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&seen[..end]).into_owned();
        let body = &seen[end + 4..];
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .trim()
                .parse::<usize>()
                .ok()
        });
        if body.len() >= length.unwrap_or(0) {
            return Some((head.split(' ').nth(1)?.to_owned(), body.to_vec()));
        }
    }
}
