//! Verdicts over bundles, for comparison with other verifiers (`tests/signing/verdicts.py`).
//!
//! Each line of standard input is a case in JSON: `name`, the paths `bundle`, `artifact` and `root`, and either `identity`
//! and `issuer`, or the path `key`. Each line of the output says whether it was accepted, and if not, why.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool of the tests"
)]

use std::fs;
use std::io::{self, BufRead as _};

use chainwright_keyless::{Artifact, TrustedRoot, Verifier};
use chainwright_signing::{Matcher, Policy, PublicKey, Refused, Verified};
use serde_json::{Value, json};

fn main() {
    for line in io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let verdict = verify(&case);
        let reason = verdict.as_ref().err().map(ToString::to_string);
        let told = json!({"name": case["name"], "accepted": verdict.is_ok(), "reason": reason});
        println!("{told}");
    }
}

fn verify(case: &Value) -> Result<Verified, Refused> {
    let read = |field: &str| fs::read(case[field].as_str().unwrap()).unwrap();
    let exact = |field: &str| {
        let text = case[field].as_str().map(str::to_owned);
        text.map(Matcher::Exact).into_iter().collect()
    };
    let mut policy = Policy {
        identities: exact("identity"),
        issuers: exact("issuer"),
        ..Policy::default()
    };
    if case["key"].is_string() {
        let key = PublicKey::from_pem(&read("key"));
        policy.keys.push(key.map_err(|error| Refused::BadTrust {
            reason: error.to_string(),
        })?);
    }
    let root = TrustedRoot::from_json(&read("root"))?;
    let artifact = read("artifact");
    Verifier::new(&root)?.verify(&read("bundle"), Artifact::Bytes(&artifact), &policy)
}
