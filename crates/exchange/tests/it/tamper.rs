//! What somebody on the way can do to a file, and what the receiver says of it.

use chainwright_exchange::{
    Artifact, Exchange, Growth, Here, Hint, HintKind, Kind, Verdict, sha256,
};
use chainwright_ledger::{Entry, NewEntry};
use chainwright_provenance::Trust;
use chainwright_transparency::key::Kind as NoteKind;
use chainwright_transparency::policy::Policy as LogPolicy;
use chainwright_transparency::proof::LogProof;
use chainwright_transparency::{Checkpoint, Hash, Note};

use crate::format::{read, small};
use crate::world::{ORIGIN, World, codes, note_key};

#[test]
fn an_untouched_file_is_accepted() {
    let world = World::new();
    let exchange = world.exchange();
    let again = read(&exchange.write()).unwrap();
    let judged = world.import(&again);
    assert_eq!(codes(&judged), Vec::<&str>::new());
    assert_eq!(judged.verdict(), Verdict::Accepted);
    // Two artifacts, two attestations, two proofs.
    assert_eq!(judged.items.len(), 6);
    assert_eq!(world.import(&again).verdict(), Verdict::Accepted);
    assert_eq!(
        Exchange::default().write(),
        b"{\"exchange\":1,\"type\":\"exchange\"}\n{\"lines\":1,\"sha256\":\""
            .iter()
            .copied()
            .chain(sha256(b"{\"exchange\":1,\"type\":\"exchange\"}\n").into_bytes())
            .chain(*b"\",\"type\":\"end\"}\n")
            .collect::<Vec<u8>>()
    );
    // That there is nothing is not the same as that all is well.
    assert_eq!(
        world.judge(&Exchange::default()).verdict(),
        Verdict::Refused
    );
}

/// Lines of a file without their ends.
fn lines(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn joined(lines: &[String]) -> Vec<u8> {
    let mut text = lines.join("\n");
    text.push('\n');
    text.into_bytes()
}

/// The lines with a last line that fits them, as somebody would write it who can count.
fn sealed(mut lines: Vec<String>) -> Vec<u8> {
    lines.pop();
    let body = joined(&lines);
    let end = format!(
        "{{\"lines\":{},\"sha256\":\"{}\",\"type\":\"end\"}}\n",
        lines.len(),
        sha256(&body)
    );
    [body, end.into_bytes()].concat()
}

type ChangeBytes = fn(Vec<String>) -> Vec<u8>;

#[test]
fn changed_lines_are_told_apart() {
    let cases: &[(&str, ChangeBytes, &str)] = &[
        (
            "the last line is gone",
            |mut lines| {
                lines.pop();
                joined(&lines)
            },
            "truncated",
        ),
        (
            "cut within a line",
            |lines| {
                let bytes = joined(&lines);
                bytes[..bytes.len() - 9].to_vec()
            },
            "truncated",
        ),
        (
            "a line is gone",
            |mut lines| {
                lines.remove(2);
                joined(&lines)
            },
            "wrong-end",
        ),
        (
            "the count is another",
            |mut lines| {
                let end = lines.pop().unwrap();
                lines.push(end.replace("\"lines\":6", "\"lines\":7"));
                joined(&lines)
            },
            "wrong-end",
        ),
        (
            "a line is there twice",
            |mut lines| {
                lines.insert(2, lines[1].clone());
                sealed(lines)
            },
            "duplicate",
        ),
        (
            "a name has two digests",
            |mut lines| {
                lines.insert(2, lines[1].replace(&sha256(b"x"), &sha256(b"y")));
                sealed(lines)
            },
            "duplicate",
        ),
        (
            "lines are exchanged",
            |mut lines| {
                lines.swap(2, 3);
                sealed(lines)
            },
            "out-of-order",
        ),
        (
            "a second file follows",
            |lines| {
                let bytes = joined(&lines);
                [bytes.clone(), bytes].concat()
            },
            "trailing-data",
        ),
        (
            "a later version",
            |mut lines| {
                lines[0] = lines[0].replace(":1,", ":2,");
                sealed(lines)
            },
            "unknown-version",
        ),
        (
            "a later version of another form",
            |mut lines| {
                lines[0] = "{\"exchange\":3,\"new\":[],\"type\":\"exchange\"}".to_owned();
                sealed(lines)
            },
            "unknown-version",
        ),
        (
            "no first line",
            |mut lines| {
                lines.remove(0);
                sealed(lines)
            },
            "not-an-exchange",
        ),
        (
            "the first line again",
            |mut lines| {
                lines.insert(1, lines[0].clone());
                sealed(lines)
            },
            "malformed-line",
        ),
        (
            "a line of another kind",
            |mut lines| {
                lines.insert(1, "{\"type\":\"key\"}".to_owned());
                sealed(lines)
            },
            "unknown-line",
        ),
        (
            "a field more",
            |mut lines| {
                lines[1] = lines[1].replace("{\"kind\"", "{\"a\":1,\"kind\"");
                sealed(lines)
            },
            "malformed-line",
        ),
        (
            "a field less",
            |mut lines| {
                lines[1] = "{\"name\":\"a\",\"type\":\"artifact\"}".to_owned();
                sealed(lines)
            },
            "malformed-line",
        ),
        (
            "a key twice",
            |mut lines| {
                lines[1] = lines[1].replace("{\"kind\"", "{\"kind\":\"file\",\"kind\"");
                sealed(lines)
            },
            "malformed-line",
        ),
        (
            "a space",
            |mut lines| {
                lines[1] = lines[1].replace("{\"kind\"", "{ \"kind\"");
                sealed(lines)
            },
            "not-canonical",
        ),
        (
            "another end of lines",
            |mut lines| {
                lines[1].push('\r');
                sealed(lines)
            },
            "not-canonical",
        ),
        (
            "an escape that need not be",
            |mut lines| {
                lines[1] = lines[1].replace('\u{e4}', "\\u00e4");
                sealed(lines)
            },
            "not-canonical",
        ),
        (
            "base64 without its padding",
            |mut lines| {
                lines[2] = lines[2].replace("=\"", "\"");
                sealed(lines)
            },
            "not-canonical",
        ),
        (
            "other bytes than the digest",
            |mut lines| {
                lines[2] = lines[2].replace("eyJ", "eyI");
                sealed(lines)
            },
            "wrong-digest",
        ),
        (
            "another proof than the digest",
            |mut lines| {
                lines[3] = lines[3].replace("proof\\n", "prouf\\n");
                sealed(lines)
            },
            "wrong-digest",
        ),
        (
            "a digest in capitals",
            |mut lines| {
                lines[1] = lines[1].replace(&sha256(b"x"), &sha256(b"x").to_uppercase());
                sealed(lines)
            },
            "malformed-line",
        ),
        (
            "a digest that is a path",
            |mut lines| {
                lines[1] = lines[1].replace(&sha256(b"x"), "../../etc");
                sealed(lines)
            },
            "malformed-line",
        ),
        (
            "a name with a line break",
            |mut lines| {
                lines[1] = lines[1].replace("n\u{e4}me", "a\\nb");
                sealed(lines)
            },
            "bad-name",
        ),
        (
            "a name that is empty",
            |mut lines| {
                lines[1] = lines[1].replace("n\u{e4}me", "");
                sealed(lines)
            },
            "bad-name",
        ),
        (
            "a line without end",
            |mut lines| {
                lines[2] = format!("{{\"base64\":\"{}\"", "A".repeat(24 << 20));
                joined(&lines)
            },
            "line-too-long",
        ),
        (
            "deep nesting",
            |mut lines| {
                lines[1] = "[".repeat(1 << 20);
                joined(&lines)
            },
            "malformed-line",
        ),
        (
            "compressed",
            |_| vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0],
            "not-an-exchange",
        ),
        ("nothing", |_| Vec::new(), "not-an-exchange"),
    ];
    let file = lines(&small().write());
    assert_eq!(file.len(), 7);
    assert!(read(&sealed(file.clone())).is_ok());
    for (name, change, expected) in cases {
        let error = read(&change(file.clone())).expect_err(name);
        assert_eq!(error.code(), *expected, "{name}");
    }
}

#[test]
fn a_file_of_too_many_lines_is_not_read() {
    let mut exchange = Exchange::default();
    for number in 0..100_000 {
        let artifact = Artifact {
            kind: Kind::File,
            sha256: sha256(b"x"),
        };
        exchange
            .add_artifact(&format!("{number}"), artifact)
            .unwrap();
    }
    assert_eq!(
        read(&exchange.write()).unwrap_err().code(),
        "too-many-lines"
    );
}

/// Exchanges the only attestation that is about something for another.
fn replace(exchange: &mut Exchange, about: &str, with: &[u8]) {
    let meant = exchange.attestations.iter().find(|(_, bytes)| {
        let document =
            chainwright_attestations::Document::read(bytes, &Default::default()).unwrap();
        let payload = document.envelope().unwrap().payload.clone();
        String::from_utf8(payload).unwrap().contains(about)
    });
    let digest = meant.unwrap().0.clone();
    exchange.attestations.remove(&digest);
    exchange.add_attestation(with).unwrap();
}

/// Changes every proof.
fn proofs(exchange: &mut Exchange, change: impl Fn(LogProof) -> LogProof) {
    let texts: Vec<String> = exchange.proofs.values().cloned().collect();
    exchange.proofs.clear();
    for text in texts {
        let changed = change(LogProof::parse(text.as_bytes()).unwrap()).to_string();
        exchange.proofs.insert(sha256(changed.as_bytes()), changed);
    }
}

/// Puts another text under the signatures of a note.
fn retold(note: &Note, text: &str) -> Note {
    let mut changed = Note::unsigned(text).unwrap();
    for signature in note.signatures() {
        changed.add(signature.clone());
    }
    changed
}

type Change = fn(&World, &mut Exchange);

#[test]
fn changed_content_is_refused_with_its_reason() {
    let cases: &[(&str, Change, &str)] = &[
        (
            "digests are exchanged",
            |_, exchange| {
                let two = exchange.artifacts["two.bin"].clone();
                let one = exchange
                    .artifacts
                    .insert("one.bin".to_owned(), two)
                    .unwrap();
                exchange.artifacts.insert("two.bin".to_owned(), one);
            },
            "swapped-subject",
        ),
        (
            "one name has other bytes",
            |_, exchange| {
                exchange.artifacts.get_mut("one.bin").unwrap().sha256 = sha256(b"evil");
            },
            "swapped-subject",
        ),
        (
            "renamed and other bytes",
            |_, exchange| {
                exchange.artifacts.remove("one.bin");
                let artifact = Artifact {
                    kind: Kind::File,
                    sha256: sha256(b"evil"),
                };
                exchange.artifacts.insert("won.bin".to_owned(), artifact);
            },
            "about-nothing-here",
        ),
        (
            "an artifact that nobody speaks of",
            |_, exchange| {
                let artifact = Artifact {
                    kind: Kind::File,
                    sha256: sha256(b"evil"),
                };
                exchange.artifacts.insert("three.bin".to_owned(), artifact);
            },
            "nothing-vouches",
        ),
        (
            "a signature is changed",
            |world, exchange| {
                let bytes = world.attest(&world.signer, &[("one.bin", b"one")]);
                let mut value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                let other =
                    world.attest(&world.signer, &[("one.bin", b"one"), ("two.bin", b"two")]);
                let other: serde_json::Value = serde_json::from_slice(&other).unwrap();
                value["dsseEnvelope"]["signatures"] = other["dsseEnvelope"]["signatures"].clone();
                replace(exchange, "one.bin", value.to_string().as_bytes());
            },
            "bad-signature",
        ),
        (
            "a payload is changed",
            |world, exchange| {
                let bytes = world.attest(&world.signer, &[("one.bin", b"one")]);
                let mut value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                let other = world.attest(&world.signer, &[("one.bin", b"one"), ("x", b"evil")]);
                let other: serde_json::Value = serde_json::from_slice(&other).unwrap();
                value["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"].clone();
                replace(exchange, "one.bin", value.to_string().as_bytes());
            },
            "bad-signature",
        ),
        (
            "signed by a stranger",
            |world, exchange| {
                let bytes = world.attest(&world.stranger, &[("one.bin", b"one")]);
                replace(exchange, "one.bin", &bytes);
            },
            "wrong-key",
        ),
        (
            "signed by a stranger whose key is brought along",
            |world, exchange| {
                let bytes = world.attest(&world.stranger, &[("one.bin", b"one")]);
                replace(exchange, "one.bin", &bytes);
                exchange.hints.insert(Hint {
                    kind: HintKind::PublicKey,
                    name: "ours".to_owned(),
                    value: "a key".to_owned(),
                });
            },
            "wrong-key",
        ),
        (
            "a further attestation about something else",
            |world, exchange| {
                let bytes = world.attest(&world.signer, &[("other.bin", b"other")]);
                exchange.add_attestation(&bytes).unwrap();
            },
            "about-nothing-here",
        ),
        (
            "a true statement about other bytes of that name",
            |world, exchange| {
                let bytes =
                    world.attest(&world.signer, &[("one.bin", b"older"), ("two.bin", b"two")]);
                exchange.add_attestation(&bytes).unwrap();
            },
            "swapped-subject",
        ),
        (
            "no JSON",
            |_, exchange| {
                exchange.add_attestation(b"\x80\x02.").unwrap();
            },
            "malformed-attestation",
        ),
        (
            "a key twice in an attestation",
            |world, exchange| {
                let bytes = world.attest(&world.signer, &[("one.bin", b"one")]);
                let text = String::from_utf8(bytes).unwrap();
                exchange
                    .add_attestation(text.replacen('{', "{\"mediaType\":\"x\",", 1).as_bytes())
                    .unwrap();
            },
            "malformed-attestation",
        ),
        (
            "an attestation of another version",
            |world, exchange| {
                let bytes = world.attest(&world.signer, &[("one.bin", b"one")]);
                let text = String::from_utf8(bytes).unwrap();
                exchange
                    .add_attestation(text.replace("v0.3", "v9.9").as_bytes())
                    .unwrap();
            },
            "malformed-attestation",
        ),
        (
            "an envelope of something else",
            |_, exchange| {
                exchange.add_attestation(b"{\"payload\":\"e30=\",\"payloadType\":\"text/plain\",\"signatures\":[{\"sig\":\"eA==\"}]}").unwrap();
            },
            "not-a-statement",
        ),
        (
            "another place in the log",
            |_, exchange| {
                proofs(exchange, |proof| LogProof {
                    index: 1 - proof.index,
                    ..proof
                })
            },
            "not-in-log",
        ),
        (
            "another hash",
            |_, exchange| {
                proofs(exchange, |mut proof| {
                    proof.path[0] = Hash([7; 32]);
                    proof
                })
            },
            "not-in-log",
        ),
        (
            "a hash less",
            |_, exchange| {
                proofs(exchange, |mut proof| {
                    proof.path.clear();
                    proof
                })
            },
            "not-in-log",
        ),
        (
            "another entry",
            |_, exchange| {
                proofs(exchange, |mut proof| {
                    let entry = Entry {
                        digest: Some(format!("sha256:{}", sha256(b"one"))),
                        ..Entry::new("file")
                    };
                    proof.extra = Some(entry.write().unwrap());
                    proof
                })
            },
            "not-in-log",
        ),
        (
            "no entry",
            |_, exchange| {
                proofs(exchange, |proof| LogProof {
                    extra: None,
                    ..proof
                })
            },
            "no-entry",
        ),
        (
            "an entry of another form",
            |_, exchange| {
                proofs(exchange, |proof| LogProof {
                    extra: Some(b"{}".to_vec()),
                    ..proof
                })
            },
            "no-entry",
        ),
        (
            "another size",
            |_, exchange| {
                proofs(exchange, |mut proof| {
                    let text = proof.checkpoint.text().replace("\n2\n", "\n3\n");
                    proof.checkpoint = retold(&proof.checkpoint, &text);
                    proof
                })
            },
            "bad-checkpoint-signature",
        ),
        (
            "another root",
            |_, exchange| {
                proofs(exchange, |mut proof| {
                    let checkpoint = Checkpoint {
                        root: Hash([9; 32]),
                        ..proof.claimed().unwrap()
                    };
                    proof.checkpoint = retold(&proof.checkpoint, &checkpoint.to_string());
                    proof
                })
            },
            "bad-checkpoint-signature",
        ),
        (
            "signed with another key of that name",
            |_, exchange| {
                proofs(exchange, |mut proof| {
                    let other = note_key(ORIGIN, NoteKind::Ed25519, 99);
                    let mut note = Note::unsigned(proof.checkpoint.text()).unwrap();
                    note.add(other.sign(proof.checkpoint.text(), 0).unwrap());
                    proof.checkpoint = note;
                    proof
                })
            },
            "bad-checkpoint-signature",
        ),
        (
            "another log",
            |_, exchange| {
                proofs(exchange, |mut proof| {
                    let other = note_key("other.example/log", NoteKind::Ed25519, 99);
                    let checkpoint = Checkpoint {
                        origin: "other.example/log".to_owned(),
                        ..proof.claimed().unwrap()
                    };
                    let text = checkpoint.to_string();
                    let mut note = Note::unsigned(&text).unwrap();
                    note.add(other.sign(&text, 0).unwrap());
                    proof.checkpoint = note;
                    proof
                })
            },
            "unknown-log",
        ),
        (
            "a cosignature is gone",
            |world, exchange| {
                let key = world.witnesses[0].verifier().clone();
                proofs(exchange, |mut proof| {
                    proof.checkpoint.remove(&key.name, key.id);
                    proof
                });
            },
            "quorum-not-met",
        ),
        (
            "a cosignature is of another time",
            |world, exchange| {
                let key = world.witnesses[0].verifier().clone();
                proofs(exchange, |mut proof| {
                    let mut line = proof
                        .checkpoint
                        .signatures()
                        .iter()
                        .find(|line| line.id == key.id)
                        .unwrap()
                        .clone();
                    line.bytes[7] ^= 1;
                    proof.checkpoint.remove(&key.name, key.id);
                    proof.checkpoint.add(line);
                    proof
                });
            },
            "bad-checkpoint-signature",
        ),
        (
            "one witness signs as two",
            |world, exchange| {
                let (one, two) = (&world.witnesses[0], world.witnesses[1].verifier());
                proofs(exchange, |mut proof| {
                    let text = proof.checkpoint.text().to_owned();
                    proof.checkpoint.remove(&two.name, two.id);
                    let mut line = one.sign(&text, 5).unwrap();
                    line.name = two.name.clone();
                    line.id = two.id;
                    proof.checkpoint.add(line);
                    proof
                });
            },
            "bad-checkpoint-signature",
        ),
        (
            "no proof",
            |_, exchange| {
                exchange.proofs.insert(sha256(b"none"), "none".to_owned());
            },
            "malformed-proof",
        ),
        (
            "the attestation of a proof is gone",
            |_, exchange| {
                let digest = exchange.attestations.keys().next().unwrap().clone();
                exchange.attestations.remove(&digest);
            },
            "proof-of-nothing-here",
        ),
    ];
    for (name, change, expected) in cases {
        let world = World::new();
        let mut exchange = world.exchange();
        change(&world, &mut exchange);
        // Whoever changes a file can make it a good file again.
        let exchange = read(&exchange.write()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let judged = world.judge(&exchange);
        assert!(
            codes(&judged).contains(expected),
            "{name}: {:?}",
            codes(&judged)
        );
        assert_eq!(judged.verdict(), Verdict::Refused, "{name}");
    }
}

#[test]
fn a_proof_goes_down_with_its_attestation_and_can_be_required() {
    let world = World::new();
    let mut exchange = world.exchange();
    exchange.proofs.pop_first();
    assert_eq!(world.judge(&exchange).verdict(), Verdict::Accepted);
    world.receiving.borrow_mut().require_logged = true;
    let codes = codes(&world.judge(&exchange));
    assert!(codes.contains(&"not-logged"), "{codes:?}");
}

#[test]
fn what_the_receiver_has_is_compared() {
    let world = World::new();
    let exchange = world.exchange();
    let have = |name: &str, bytes: &[u8]| {
        world.receiving.borrow_mut().here = vec![Here {
            name: name.to_owned(),
            sha256: sha256(bytes),
        }];
        let judged = world.judge(&exchange);
        let compared = judged.items.iter().filter(|item| item.is_compared).count();
        (codes(&judged), compared)
    };
    assert_eq!(have("one.bin", b"one"), (vec![], 1));
    assert_eq!(have("renamed.bin", b"one"), (vec![], 1));
    assert_eq!(have("one.bin", b"evil"), (vec!["bytes-differ"], 0));
    assert_eq!(have("three.bin", b"three"), (vec!["not-in-file"], 0));
}

#[test]
fn another_name_is_no_way_around_an_expectation() {
    let world = World::new();
    let mut exchange = world.exchange();
    let trust =
        "[[expect]]\nartifact = \"one.bin\"\nresource = \"pkg:a/b\"\nminimum = { build = 1 }\n";
    world.receiving.borrow_mut().trust = Some(Trust::read(trust).unwrap());
    assert_eq!(codes(&world.judge(&exchange)), ["below-minimum"]);
    let artifact = exchange.artifacts.remove("one.bin").unwrap();
    exchange.artifacts.insert("toy.bin".to_owned(), artifact);
    let judged = world.judge(&exchange);
    assert_eq!(codes(&judged), ["below-minimum"]);
}

#[test]
fn an_older_file_is_refused_once_a_newer_was_seen() {
    let world = World::new();
    let old = world.exchange();
    world.append(&[NewEntry {
        bytes: b"more".to_vec(),
        beside: None,
    }]);
    world.publish();
    let new = world.exported(&[("one.bin", b"one"), ("two.bin", b"two")], &[2]);
    assert_eq!(world.import(&old).verdict(), Verdict::Accepted);
    assert_eq!(world.import(&new).verdict(), Verdict::Accepted);
    let judged = world.judge(&old);
    assert_eq!(codes(&judged), ["older-than-seen"]);
    assert_eq!(world.memory().evidence(ORIGIN).unwrap().len(), 0);
    // Judging alone remembers nothing.
    let fresh = World::new();
    let exchange = fresh.exchange();
    fresh.judge(&exchange);
    assert_eq!(fresh.memory().recall(ORIGIN).unwrap(), None);
}

#[test]
fn without_witnesses_a_log_has_to_show_that_it_only_grew() {
    let world = World::new();
    world.receiving.borrow_mut().logs =
        Some(LogPolicy::of(&[world.log.verifier().clone()], &[], 0));
    let old = world.exchange();
    world.import(&old);
    world.append(&[NewEntry {
        bytes: b"more".to_vec(),
        beside: None,
    }]);
    let about: [(&str, &[u8]); 2] = [("one.bin", b"one"), ("two.bin", b"two")];
    let silent = world.exported(&about, &[]);
    let judged = world.judge(&silent);
    assert_eq!(codes(&judged), ["growth-unproven"]);
    assert_eq!(judged.verdict(), Verdict::NotJudged);
    let mut wrong = world.exported(&about, &[2]);
    for growth in wrong.growths.values_mut() {
        growth.hashes[0] = Hash([1; 32]).to_string();
    }
    assert_eq!(codes(&world.judge(&wrong)), ["growth-wrong"]);
    let mut other = world.exported(&about, &[1]);
    assert_eq!(codes(&world.judge(&other)), ["growth-unproven"]);
    other.growths.insert(
        (ORIGIN.to_owned(), 2),
        Growth {
            to: 4,
            hashes: Vec::new(),
        },
    );
    assert_eq!(codes(&world.judge(&other)), ["growth-unproven"]);
    let shown = world.exported(&about, &[2]);
    assert_eq!(world.import(&shown).verdict(), Verdict::Accepted);
    assert_eq!(
        world
            .memory()
            .recall(ORIGIN)
            .unwrap()
            .unwrap()
            .checkpoint
            .size,
        3
    );
}

#[test]
fn a_log_that_tells_two_stories_is_refused_and_the_evidence_is_kept() {
    let world = World::new();
    let exchange = world.exchange();
    assert_eq!(world.import(&exchange).verdict(), Verdict::Accepted);
    // The same key signs another tree of the same size for somebody else.
    let twin = World::new();
    let one = world.attest(&world.signer, &[("one.bin", b"one")]);
    twin.log_attestation(&one);
    twin.append(&[NewEntry {
        bytes: b"another story".to_vec(),
        beside: None,
    }]);
    twin.publish();
    let forked = twin.exported(&[("one.bin", b"one")], &[]);
    let judged = world.judge(&forked);
    assert!(
        codes(&judged).contains(&"equivocated"),
        "{:?}",
        codes(&judged)
    );
    let evidence = world.memory().evidence(ORIGIN).unwrap();
    assert_eq!(evidence.len(), 1);
    let notes: Vec<Checkpoint> = ["1.note", "2.note"]
        .iter()
        .map(|name| {
            let bytes = std::fs::read(evidence[0].join(name)).unwrap();
            Checkpoint::open(&bytes, world.log.verifier()).unwrap().0
        })
        .collect();
    assert_eq!(notes[0].size, notes[1].size);
    assert_ne!(notes[0].root, notes[1].root);
    // Both stories in one file convict the log as well, even if nothing was seen before.
    std::fs::remove_dir_all(world.folder.path().join("seen")).unwrap();
    let mut both = exchange;
    both.attestations.extend(forked.attestations);
    both.proofs.extend(forked.proofs);
    let judged = world.judge(&both);
    assert!(
        codes(&judged).contains(&"equivocated"),
        "{:?}",
        codes(&judged)
    );
}

#[test]
fn proofs_without_a_log_to_trust_are_not_judged() {
    let world = World::new();
    let exchange = world.exchange();
    world.receiving.borrow_mut().logs = None;
    let judged = world.judge(&exchange);
    assert_eq!(codes(&judged), ["no-log-trusted"]);
    assert_eq!(judged.verdict(), Verdict::NotJudged);
}
