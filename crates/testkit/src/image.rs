//! Container images from layers: as `docker save` writes them, as the archive of a layout, and as the files of a layout.
//!
//! Digests are true unless a caller says otherwise. The first layer is named by the digest that fixtures trust as a base,
//! [`TRUSTED`]; nothing compares it with the bytes.

use sha2::{Digest as _, Sha256};

use crate::archive::{TarEntry, TarKind, gzip, tar, zstd_raw};

/// The digest of a lowest layer that fixtures vouch for.
pub const TRUSTED: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000001";

/// How layers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Packing {
    /// As they are.
    #[default]
    Plain,
    /// With gzip.
    Gzip,
    /// With zstandard.
    Zstandard,
}

/// An image.
#[derive(Debug, Clone)]
pub struct Image {
    /// The members of its layers, the lowest first.
    pub layers: Vec<Vec<TarEntry>>,
    /// How layers are stored.
    pub packing: Packing,
    /// The user that processes run as.
    pub user: String,
    /// The environment.
    pub environment: Vec<String>,
    /// Exposed ports.
    pub ports: Vec<String>,
    /// Commands of the history, the oldest first.
    pub history: Vec<String>,
    /// The digest that the configuration names for the lowest layer.
    pub lowest: String,
}

impl Image {
    /// An image that runs as a user of its own, on a trusted base.
    #[must_use]
    pub fn new(layers: impl IntoIterator<Item = Vec<TarEntry>>) -> Self {
        Self {
            layers: layers.into_iter().collect(),
            packing: Packing::Plain,
            user: "10001".to_owned(),
            environment: vec!["PATH=/usr/local/bin:/usr/bin:/bin".to_owned()],
            ports: vec!["8000/tcp".to_owned()],
            history: Vec::new(),
            lowest: TRUSTED.to_owned(),
        }
    }

    /// The same with its layers stored otherwise.
    #[must_use]
    pub fn packed(mut self, packing: Packing) -> Self {
        self.packing = packing;
        self
    }

    fn config(&self) -> String {
        let archives = self.layers.iter().map(|layer| tar(layer));
        let mut ids: Vec<String> = archives
            .map(|archive| format!("sha256:{}", hex(&archive)))
            .collect();
        if let Some(first) = ids.first_mut() {
            first.clone_from(&self.lowest);
        }
        let ports: Vec<String> = self
            .ports
            .iter()
            .map(|port| format!("{}:{{}}", text(port)))
            .collect();
        let history: Vec<String> = self
            .history
            .iter()
            .map(|step| format!("{{\"created_by\":{}}}", text(step)))
            .collect();
        format!(
            "{{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{{\"User\":{},\"Env\":{},\"ExposedPorts\":{{{}}}}},\
             \"rootfs\":{{\"type\":\"layers\",\"diff_ids\":{}}},\"history\":[{}]}}",
            text(&self.user),
            texts(&self.environment),
            ports.join(","),
            texts(&ids),
            history.join(","),
        )
    }

    fn stored(&self) -> Vec<Vec<u8>> {
        let archives = self.layers.iter().map(|layer| tar(layer));
        let packed = archives.map(|archive| match self.packing {
            Packing::Plain => archive,
            Packing::Gzip => gzip(&archive),
            Packing::Zstandard => zstd_raw(&archive),
        });
        packed.collect()
    }

    /// An archive of `docker save`.
    #[must_use]
    pub fn saved(&self) -> Vec<u8> {
        let config = self.config();
        let name = format!("{}.json", hex(config.as_bytes()));
        let stored = self.stored();
        let paths: Vec<String> = stored
            .iter()
            .map(|layer| format!("{}/layer.tar", hex(layer)))
            .collect();
        let contents = format!(
            "[{{\"Config\":{},\"RepoTags\":[\"registry.example/app:1.4.2\"],\"Layers\":{}}}]",
            text(&name),
            texts(&paths)
        );
        let mut members = vec![
            TarEntry::file("manifest.json", contents),
            TarEntry::file(name, config),
        ];
        let layers = paths.into_iter().zip(stored);
        members.extend(layers.map(|(path, layer)| TarEntry::file(path, layer)));
        tar(&members)
    }

    /// The files of an image layout.
    #[must_use]
    pub fn layout(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![(
            "oci-layout".to_owned(),
            b"{\"imageLayoutVersion\":\"1.0.0\"}".to_vec(),
        )];
        let suffix = match self.packing {
            Packing::Plain => "",
            Packing::Gzip => "+gzip",
            Packing::Zstandard => "+zstd",
        };
        let mut layers = Vec::new();
        for layer in self.stored() {
            layers.push(blob(&format!("layer.v1.tar{suffix}"), layer, &mut files));
        }
        let config = blob("config.v1+json", self.config().into_bytes(), &mut files);
        let manifest = format!(
            "{{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{config},\
             \"layers\":[{}]}}",
            layers.join(",")
        );
        let manifest = blob("manifest.v1+json", manifest.into_bytes(), &mut files);
        let index = format!("{{\"schemaVersion\":2,\"manifests\":[{manifest}]}}");
        files.push(("index.json".to_owned(), index.into_bytes()));
        files
    }

    /// The archive of an image layout.
    #[must_use]
    pub fn layout_archive(&self) -> Vec<u8> {
        let files = self.layout().into_iter();
        let members: Vec<TarEntry> = files
            .map(|(name, content)| TarEntry::file(format!("./{name}"), content))
            .collect();
        tar(&members)
    }
}

/// Adds a blob and gives its descriptor.
fn blob(kind: &str, content: Vec<u8>, files: &mut Vec<(String, Vec<u8>)>) -> String {
    let (digest, size) = (hex(&content), content.len());
    files.push((format!("blobs/sha256/{digest}"), content));
    format!(
        "{{\"mediaType\":\"application/vnd.oci.image.{kind}\",\"digest\":\"sha256:{digest}\",\"size\":{size}}}"
    )
}

/// A folder.
#[must_use]
pub fn folder(name: &str) -> TarEntry {
    TarEntry {
        mode: 0o755,
        ..TarEntry::new(TarKind::Folder, name)
    }
}

/// An installed Python package: its files, its metadata and its record. `site` ends with `/`; paths of files begin there.
#[must_use]
pub fn python_package(site: &str, name: &str, files: &[(&str, &[u8])]) -> Vec<TarEntry> {
    let record = record_of(name, files);
    let info = format!("{site}{name}-1.0.dist-info/");
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n");
    let mut members: Vec<TarEntry> = files
        .iter()
        .map(|(path, content)| TarEntry::file(format!("{site}{path}"), content.to_vec()))
        .collect();
    members.push(TarEntry::file(format!("{info}METADATA"), metadata));
    members.push(TarEntry::file(format!("{info}INSTALLER"), "pip\n"));
    members.push(TarEntry::file(format!("{info}RECORD"), record));
    members
}

/// The `RECORD` of a package with these files.
#[must_use]
pub fn record_of(name: &str, files: &[(&str, &[u8])]) -> String {
    let mut record = String::new();
    for (path, content) in files {
        let digest = base64(&Sha256::digest(content));
        record.push_str(&format!("{path},sha256={digest},{}\n", content.len()));
    }
    record.push_str(&format!("{name}-1.0.dist-info/RECORD,,\n"));
    record
}

/// SHA-256 in hexadecimal digits.
#[must_use]
pub fn hex(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// MD5 in hexadecimal digits.
#[must_use]
pub fn md5_hex(content: &[u8]) -> String {
    let digest = md5::Md5::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base64 with padding (RFC 4648 section 4), as apk writes it.
#[must_use]
pub fn base64_padded(bytes: &[u8]) -> String {
    let mut text = base64(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Base64 for URLs, without padding (RFC 4648 section 5).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = [0, 1, 2].iter().fold(0_u32, |group, at| {
            group << 8 | u32::from(*chunk.get(*at).unwrap_or(&0))
        });
        for digit in 0..=chunk.len() {
            let index = group >> (18 - 6 * digit) & 63;
            out.push(char::from(LETTERS[index as usize]));
        }
    }
    out
}

fn text(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn texts(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| text(value)).collect();
    format!("[{}]", quoted.join(","))
}
