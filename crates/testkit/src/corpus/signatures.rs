//! Signatures that contradict the files beside them, and honest ones that must stay quiet.
//!
//! The bundles have the shape of OpenSSF Model Signing and a signature that nobody could verify: what is judged here needs
//! no key.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Case, Label};

/// A file of a case.
type File = (String, Vec<u8>);

/// A bundle over names and digests.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    entries: Vec<(String, [u8; 32])>,
    ignored: Vec<String>,
    root: Option<[u8; 32]>,
}

impl Bundle {
    /// Over these files as they are.
    #[must_use]
    pub fn over(files: &[&File]) -> Self {
        let entries = files
            .iter()
            .map(|(name, bytes)| (name.clone(), Sha256::digest(bytes).into()));
        Self {
            entries: entries.collect(),
            ..Self::default()
        }
    }

    /// The same with another digest for one name, which need not be there.
    #[must_use]
    pub fn with(mut self, name: &str, digest: [u8; 32]) -> Self {
        self.entries.retain(|(other, _)| other != name);
        self.entries.push((name.to_owned(), digest));
        self
    }

    /// The same with a path that the signer leaves out.
    #[must_use]
    pub fn ignoring(mut self, path: &str) -> Self {
        self.ignored.push(path.to_owned());
        self
    }

    /// The same with a root digest that is not that of the entries.
    #[must_use]
    pub fn rooted(mut self, root: [u8; 32]) -> Self {
        self.root = Some(root);
        self
    }

    /// The document.
    #[must_use]
    pub fn build(mut self) -> Vec<u8> {
        self.entries.sort();
        let mut hasher = Sha256::new();
        let mut resources = Vec::new();
        for (name, digest) in &self.entries {
            hasher.update(digest);
            let digest = hex(digest);
            resources.push(format!(
                r#"{{"name":"{name}","digest":"{digest}","algorithm":"sha256"}}"#
            ));
        }
        let root = self.root.unwrap_or_else(|| hasher.finalize().into());
        let ignored: Vec<String> = self
            .ignored
            .iter()
            .map(|path| format!("\"{path}\""))
            .collect();
        let statement = format!(
            concat!(
                r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"model","digest":{{"sha256":"{}"}}}}],"#,
                r#""predicateType":"https://model_signing/signature/v1.0","predicate":{{"resources":[{}],"#,
                r#""serialization":{{"method":"files","hash_type":"sha256","allow_symlinks":false,"ignore_paths":[{}]}}}}}}"#
            ),
            hex(&root),
            resources.join(","),
            ignored.join(",")
        );
        let text = format!(
            concat!(
                r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"#,
                r#""publicKey":{{"hint":"{}"}},"tlogEntries":[]}},"dsseEnvelope":{{"payloadType":"application/vnd.in-toto+json","#,
                r#""payload":"{}","signatures":[{{"sig":"MAYCAQECAQE=","keyid":""}}]}}}}"#
            ),
            hex(&[3; 32]),
            base64(statement.as_bytes())
        );
        text.into_bytes()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Base64 (RFC 4648) with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS[usize::try_from(bits >> shift & 63).expect("six bits")];
            text.push(if index > chunk.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    text
}

/// A safetensors file of one small tensor.
fn weights(last: u8) -> Vec<u8> {
    let header = br#"{"weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut bytes = u64::try_from(header.len())
        .expect("small")
        .to_le_bytes()
        .to_vec();
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(&[0, 0, 128, 63, 0, 0, 0, last]);
    bytes
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> File {
    (name.to_owned(), bytes.into())
}

struct Cases(Vec<Case>);

impl Cases {
    fn add(&mut self, class: &'static str, name: &str, label: Label, files: Vec<File>) {
        let subject = files.last().expect("a case has files").0.clone();
        self.0.push(Case {
            class,
            name: name.to_owned(),
            label,
            subject,
            files,
        });
    }
}

/// Every case about signatures.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Cases(Vec::new());
    changed(&mut cases);
    hidden(&mut cases);
    broken(&mut cases);
    honest(&mut cases);
    cases.0
}

fn changed(cases: &mut Cases) {
    let class = "signature-mismatch";
    let (config, model) = (
        file("config.json", r#"{"a": 1}"#),
        file("model.safetensors", weights(64)),
    );
    let bad = Label::Malicious;
    let whole = Bundle::over(&[&config, &model]);
    for (name, wrong) in [
        ("weights-changed", "model.safetensors"),
        ("config-changed", "config.json"),
    ] {
        let signature = whole.clone().with(wrong, [7; 32]).build();
        let files = vec![config.clone(), model.clone(), file("model.sig", signature)];
        cases.add(class, name, bad, files);
    }
    let signature = Bundle::over(&[&model])
        .with("model.safetensors", [7; 32])
        .build();
    let files = vec![model.clone(), file("model.safetensors.sig", signature)];
    cases.add(class, "single-file", bad, files);
    let signature = Bundle::default().with(".", [7; 32]).build();
    let files = vec![model.clone(), file("model.safetensors.sig", signature)];
    cases.add(class, "single-file-as-dot", bad, files);
    let signature = whole.clone().with("model.safetensors", [7; 32]).build();
    let below = |each: &File| file(&format!("weights/{}", each.0), each.1.clone());
    let files = vec![
        below(&config),
        below(&model),
        file("weights/model.sig", signature.clone()),
    ];
    cases.add(class, "in-a-folder", bad, files);
    let files = vec![
        config.clone(),
        model,
        file("signatures/release.sig", signature),
    ];
    cases.add(class, "signature-in-its-own-folder", bad, files);
    let renamed = file("Model.safetensors", weights(64));
    let files = vec![config, renamed, file("model.sig", whole.build())];
    cases.add(class, "renamed-in-case", bad, files);
}

fn hidden(cases: &mut Cases) {
    let class = "signature-leaves-out-loadable";
    let (config, model) = (
        file("config.json", r#"{"a": 1}"#),
        file("model.safetensors", weights(64)),
    );
    let bad = Label::Malicious;
    let whole = || Bundle::over(&[&config, &model]);
    for (name, added) in [
        ("weights-added", file("other.safetensors", weights(65))),
        ("code-added", file("modeling_tiny.py", "WIDTH = 3\n")),
        (
            "template-added",
            file("chat_template.jinja", "{{ messages }}"),
        ),
        (
            "weights-under-github",
            file(".github/model.safetensors", weights(66)),
        ),
    ] {
        let files = vec![
            config.clone(),
            model.clone(),
            added,
            file("model.sig", whole().build()),
        ];
        cases.add(class, name, bad, files);
    }
    for (name, path, added) in [
        (
            "ignored-weights",
            "extra.safetensors",
            file("extra.safetensors", weights(65)),
        ),
        (
            "ignored-folder",
            "extra",
            file("extra/model.safetensors", weights(65)),
        ),
        (
            "ignored-code",
            "setup.py",
            file("setup.py", "NAME = 'tiny'\n"),
        ),
    ] {
        let signature = whole().ignoring(path).build();
        let files = vec![
            config.clone(),
            model.clone(),
            added,
            file("model.sig", signature),
        ];
        cases.add(class, name, bad, files);
    }
}

fn broken(cases: &mut Cases) {
    let class = "signature-invalid";
    let model = file("model.safetensors", weights(64));
    let bad = Label::Malicious;
    let over = || Bundle::over(&[&model]);
    for (name, bundle) in [
        ("root-of-something-else", over().rooted([9; 32])),
        ("leads-out", over().with("../other.safetensors", [1; 32])),
        ("absolute", over().with("/etc/model.safetensors", [1; 32])),
        ("twice-by-dots", over().with("./model.safetensors", [1; 32])),
    ] {
        let files = vec![model.clone(), file("model.sig", bundle.build())];
        cases.add(class, name, bad, files);
    }
}

fn honest(cases: &mut Cases) {
    let class = "signature-honest";
    let (config, model) = (
        file("config.json", r#"{"a": 1}"#),
        file("model.safetensors", weights(64)),
    );
    let good = Label::Benign;
    let readme = file("README.md", "---\nlicense: mit\n---\n# Tiny\n");
    let whole = || Bundle::over(&[&config, &model]);
    let mut add = |name: &str, more: Vec<File>| {
        let mut files = vec![config.clone(), model.clone()];
        files.extend(more);
        cases.add(class, name, good, files);
    };
    add("whole", vec![file("model.sig", whole().build())]);
    add(
        "documents-beside",
        vec![readme, file("model.sig", whole().build())],
    );
    add(
        "part-of-a-download",
        vec![file(
            "model.sig",
            whole().with("tokenizer.json", [5; 32]).build(),
        )],
    );
    add(
        "ignored-documents",
        vec![
            file("notes/log.txt", "fine\n"),
            file("model.sig", whole().ignoring("notes").build()),
        ],
    );
    add(
        "workflow-of-the-forge",
        vec![
            file(".github/workflows/ci.yml", "on: push\n"),
            file("model.sig", whole().build()),
        ],
    );
    add(
        "of-something-else",
        vec![file(
            "vectors/old.sig",
            Bundle::default().with("gone.bin", [1; 32]).build(),
        )],
    );
    add(
        "each-file-by-itself",
        vec![
            file("other.safetensors", weights(65)),
            file(
                "other.safetensors.sig",
                Bundle::over(&[&file("other.safetensors", weights(65))]).build(),
            ),
            file("model.sig", whole().build()),
        ],
    );
    add(
        "not-a-bundle",
        vec![file("model.sig", "-----BEGIN PGP SIGNATURE-----\n")],
    );
    add(
        "json-that-is-none",
        vec![file("model.sig", r#"{"signatures": [], "payload": 1}"#)],
    );
    add("empty", vec![file("model.sig", "")]);
}
