//! Lists of packages that a model's environment is built from: `requirements.txt`, `conda.yaml`, `python_env.yaml`.
//!
//! Whoever serves the model installs what these name, and installing runs code. Names and versions are for advisories
//! to judge; here only *from where* counts: another index, a file behind an address, a repository that can change.
//!
//! Source: pip's requirements file format; conda's environment file; MLflow 3 `utils/environment.py`.

use chainwright_core::location::Place;

use super::facts::{DocumentFacts, ReferenceKind};
use crate::document::Node;
use crate::hazard::{Hazard, HazardKind, PackageOrigin};
use crate::path::is_url;

/// Hosts of the public index and of mirrors that everybody in a country uses.
const MIRRORS: &[&str] = &[
    "pypi.org",
    "pypi.python.org",
    "test.pypi.org",
    "files.pythonhosted.org",
    "pypi.tuna.tsinghua.edu.cn",
    "mirrors.tuna.tsinghua.edu.cn",
    "mirrors.aliyun.com",
    "mirrors.bfsu.edu.cn",
    "mirrors.ustc.edu.cn",
    "pypi.mirrors.ustc.edu.cn",
    "mirror.sjtu.edu.cn",
    "mirror.baidu.com",
    "mirrors.cloud.tencent.com",
    "mirrors.huaweicloud.com",
    "repo.huaweicloud.com",
    "pypi.douban.com",
    "conda.anaconda.org",
    "repo.anaconda.com",
];

/// Hosts on which well-known projects keep their wheels.
const PROJECTS: &[&str] = &[
    "download.pytorch.org",
    "data.pyg.org",
    "pypi.nvidia.com",
    "pypi.ngc.nvidia.com",
    "developer.download.nvidia.com",
    "storage.googleapis.com/jax-releases",
    "storage.googleapis.com/libtpu-releases",
    "storage.googleapis.com/libtpu-wheels",
    "us-python.pkg.dev/ml-oss-artifacts-published",
    "huggingface.github.io",
    "abetlen.github.io",
    "flashinfer.ai",
    "wheels.vllm.ai",
    "docs.sglang.ai",
    "download.openmmlab.com",
    "dl.fbaipublicfiles.com",
    "paddle-wheel.bj.bcebos.com",
    "www.paddlepaddle.org.cn",
    "release.pytorch.org",
    "aiinfra.pkgs.visualstudio.com",
    "pkgs.dev.azure.com/onnxruntime",
    "repo.radeon.com",
    "rocm.nightlies.amd.com",
    "pytorch-extension.intel.com",
    "extension.intel.com",
    "pip.repos.neuron.amazonaws.com",
    "triton-ascend.osinfra.cn",
    "packages.databricks.com",
    "raw.githubusercontent.com/explosion",
];

/// Hubs on which anybody may keep a file or a repository.
const HUBS: &[&str] = &[
    "github.com",
    "raw.githubusercontent.com",
    "gitlab.com",
    "bitbucket.org",
    "huggingface.co",
    "hf.co",
    "modelscope.cn",
    "www.modelscope.cn",
    "gitee.com",
    "codeberg.org",
    "dev.azure.com",
];

/// Channels of conda that everybody knows.
const CHANNELS: &[&str] = &[
    "defaults",
    "nodefaults",
    "main",
    "free",
    "r",
    "msys2",
    "anaconda",
    "conda-forge",
    "bioconda",
    "pytorch",
    "pytorch-nightly",
    "pytorch-lts",
    "pytorch3d",
    "nvidia",
    "huggingface",
    "fastai",
    "fastchan",
    "xformers",
    "pyg",
    "rapidsai",
    "intel",
    "dglteam",
    "esri",
    "cctbx",
    "simpleitk",
    "plotly",
    "iopath",
    "fvcore",
    "bottler",
    "apple",
    "numba",
    "astropy",
    "omnia",
    "schrodinger",
    "psi4",
];

/// What an index at an address means for whoever installs from it; `None` where there is nothing to say.
#[must_use]
pub fn origin_of_index(url: &str) -> Option<PackageOrigin> {
    index(url)
}

/// What it means that a host's certificate is not asked for.
#[must_use]
pub fn origin_of_trusted_host(host: &str) -> Option<PackageOrigin> {
    trusted(host)
}

/// What a channel of conda means, by name or address.
#[must_use]
pub fn origin_of_channel(channel: &str) -> Option<PackageOrigin> {
    let name = channel.split(['/', ':']).next().unwrap_or_default();
    if is_url(channel) {
        source(channel)
    } else if CHANNELS.contains(&name) {
        None
    } else {
        Some(PackageOrigin::HubFile)
    }
}

/// What a file behind an address means.
#[must_use]
pub fn origin_of_file(url: &str) -> Option<PackageOrigin> {
    is_url(url).then(|| source(url)).flatten()
}

/// Whether a text file of this name is a list for pip.
pub(super) fn is_list(file_name: &str) -> bool {
    let name = file_name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let known = [
        "requirements",
        "constraints",
        "pip-requirements",
        "dev-requirements",
    ];
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    matches!(extension, "txt" | "in" | "pip")
        && (known.iter().any(|known| stem.starts_with(known)) || stem.ends_with("requirements"))
}

/// Every line of a list for pip.
pub(super) fn read_list(text: &str, facts: &mut DocumentFacts) {
    const MOST_LINES: usize = 100_000;
    for (index, line) in text.lines().take(MOST_LINES).enumerate() {
        let number = u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX);
        let place = Place::Line {
            line: number,
            column: 1,
        };
        requirement(line, place, number, facts);
    }
}

/// `conda.yaml`, `python_env.yaml`, and the lists of packages in `bentofile.yaml` and `cog.yaml`.
pub(super) fn read_environment(root: &Node, facts: &mut DocumentFacts) {
    for node in root.get("channels").map_or(&[][..], Node::items) {
        let Some(channel) = node.text() else { continue };
        report(
            origin_of_channel(channel),
            "/channels",
            node,
            channel,
            facts,
        );
    }
    for key in ["dependencies", "build_dependencies"] {
        for node in root.get(key).map_or(&[][..], Node::items) {
            let pointer = format!("/{key}");
            item(node, &pointer, facts);
            for inner in node.get("pip").map_or(&[][..], Node::items) {
                item(inner, &pointer, facts);
            }
        }
    }
}

/// The packages of a list in a document.
pub(super) fn read_items(list: Option<&Node>, pointer: &str, facts: &mut DocumentFacts) {
    for node in list.map_or(&[][..], Node::items) {
        item(node, pointer, facts);
    }
}

/// An address given for an index.
pub(super) fn read_index(node: Option<&Node>, pointer: &str, facts: &mut DocumentFacts) {
    let Some(node) = node else { return };
    for item in std::iter::once(node).chain(node.items()) {
        if let Some(text) = item.text() {
            report(index(text), pointer, item, text, facts);
        }
    }
}

fn item(node: &Node, pointer: &str, facts: &mut DocumentFacts) {
    if let Some(text) = node.text() {
        requirement(text, Place::Pointer(pointer.to_owned()), node.line, facts);
    }
}

fn report(
    origin: Option<PackageOrigin>,
    pointer: &str,
    node: &Node,
    value: &str,
    facts: &mut DocumentFacts,
) {
    if let Some(origin) = origin {
        facts.hazard_at(HazardKind::PackageSource { origin }, pointer, node, value);
    }
}

fn requirement(line: &str, place: Place, number: u32, facts: &mut DocumentFacts) {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return;
    }
    let line = line.split(" #").next().unwrap_or(line).trim();
    let Some(origin) = judge(line, facts, &place) else {
        return;
    };
    let kind = HazardKind::PackageSource { origin };
    facts.hazards.push(Hazard::new(kind, place, number, line));
}

fn judge(line: &str, facts: &mut DocumentFacts, place: &Place) -> Option<PackageOrigin> {
    if let Some(rest) = line.strip_prefix("--").or_else(|| line.strip_prefix('-')) {
        let (option, value) = rest
            .split_once([' ', '=', '\t'])
            .map(|(option, value)| (option, value.trim_matches([' ', '=', '"', '\''])))?;
        return match option {
            "index-url" | "i" | "extra-index-url" | "find-links" | "f" | "pypi-url" => index(value),
            "trusted-host" => trusted(value),
            "e" | "editable" | "r" | "requirement" | "c" | "constraint" => {
                address(value, facts, place)
            }
            _ => None,
        };
    }
    address(line, facts, place)
}

/// A host whose certificate is not asked for.
fn trusted(host: &str) -> Option<PackageOrigin> {
    let name = host.split(':').next().unwrap_or(host);
    if MIRRORS.contains(&name) || is_local(name) {
        return None;
    }
    Some(PackageOrigin::Unprotected)
}

/// Another index. A folder beside the list is none.
fn index(text: &str) -> Option<PackageOrigin> {
    if !is_url(text) {
        return None;
    }
    let host = host(text);
    if MIRRORS.contains(&host) || is_local(host) {
        return None;
    }
    if text.starts_with("http://") || is_number(host) {
        return Some(PackageOrigin::Unprotected);
    }
    if is_of(text, PROJECTS) {
        return Some(PackageOrigin::KnownIndex);
    }
    Some(PackageOrigin::ForeignIndex)
}

/// `name @ address`, an address alone, or a repository behind `git+`.
fn address(line: &str, facts: &mut DocumentFacts, place: &Place) -> Option<PackageOrigin> {
    let text = line.split_once(" @ ").map_or(line, |(_, text)| text);
    let text = text.split([' ', ';']).next().unwrap_or(text).trim();
    let (scheme, behind) = match text.split_once('+') {
        Some((tool @ ("git" | "hg" | "svn" | "bzr"), behind)) => (Some(tool), behind),
        _ => (None, text),
    };
    if !is_url(behind) {
        return None;
    }
    if scheme.is_none() {
        return source(behind);
    }
    let plain = behind.split('#').next().unwrap_or(behind);
    let path = plain.split_once("://").map_or(plain, |(_, path)| path);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    let revision = path.rsplit_once('@').map(|(_, revision)| revision);
    if let Place::Pointer(pointer) = place {
        facts.reference(ReferenceKind::Code, plain, revision, pointer);
    }
    if behind.starts_with("http://") || behind.starts_with("git://") || is_number(host(behind)) {
        return Some(PackageOrigin::Unprotected);
    }
    let is_pinned = revision.is_some_and(|revision| {
        let is_commit = revision.len() >= 7 && revision.chars().all(|c| c.is_ascii_hexdigit());
        is_commit || revision.contains(|c: char| c.is_ascii_digit())
    });
    (!is_pinned).then_some(PackageOrigin::UnpinnedRepository)
}

/// A file behind an address.
fn source(text: &str) -> Option<PackageOrigin> {
    let host = host(text);
    if text.starts_with("file:") || is_local(host) {
        return None;
    }
    let is_known = MIRRORS.contains(&host) || is_of(text, PROJECTS);
    if is_known {
        return None;
    }
    if text.starts_with("http://") || text.starts_with("ftp://") || is_number(host) {
        return Some(PackageOrigin::Unprotected);
    }
    if is_of(text, HUBS) {
        return Some(PackageOrigin::HubFile);
    }
    Some(PackageOrigin::ForeignFile)
}

/// The host of an address, without user and port.
fn host(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    host.split(':').next().unwrap_or(host)
}

/// Whether the host, with the folder that belongs to it, is one of these.
fn is_of(text: &str, known: &[&str]) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest
        .split_once('@')
        .filter(|(user, _)| !user.contains('/'))
        .map_or(rest, |(_, rest)| rest);
    known.iter().any(|known| {
        rest.strip_prefix(known)
            .is_some_and(|behind| behind.is_empty() || behind.starts_with(['/', ':', '?']))
    })
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "host.docker.internal")
}

fn is_number(host: &str) -> bool {
    host.starts_with('[')
        || host.contains('.') && host.chars().all(|c| c.is_ascii_digit() || c == '.')
}
