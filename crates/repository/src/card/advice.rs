//! Commands and switches that a card tells its reader to paste.

use std::sync::LazyLock;

use regex::Regex;

use super::{CardFacts, LineCounter, compiled};
use crate::hazard::{DownloadOrigin, HazardKind};

/// Installers that everybody knows; a card may tell people to run them.
const KNOWN_INSTALLERS: &[&str] = &[
    "ollama.com/",
    "ollama.ai/",
    "astral.sh/",
    "sh.rustup.rs",
    "get.docker.com",
    "raw.githubusercontent.com/homebrew/",
    "raw.githubusercontent.com/nvm-sh/",
    "install.python-poetry.org",
    "deb.nodesource.com",
    "rpm.nodesource.com",
    "pixi.sh/",
    "bun.sh/",
    "deno.land/",
    "get.pnpm.io",
    "apt.llvm.org/",
    "mise.run",
    "micro.mamba.pm",
    "pyenv.run",
    "bootstrap.pypa.io",
    "packagecloud.io/github/git-lfs",
    "packagecloud.io/install/repositories/github/git-lfs",
    "hf.co/cli",
    "huggingface.co/cli",
    "repo.anaconda.com/",
    "github.com/conda-forge/",
    "sdk.cloud.google.com",
    "aka.ms/",
    "get.k3s.io",
    "install.determinate.systems",
    "raw.githubusercontent.com/pyenv/",
    "lmstudio.ai/",
    "cli.github.com/",
    "apt.kitware.com/",
    "community.chocolatey.org/",
    "chocolatey.org/",
    "get.scoop.sh",
    "boxstarter.org/",
    "nvidia.github.io/",
];

const HUBS: &[&str] = &[
    "raw.githubusercontent.com/",
    "github.com/",
    "gitlab.com/",
    "huggingface.co/",
    "hf.co/",
    "bitbucket.org/",
    "modelscope.cn/",
];

const SHADY: &[&str] = &[
    "pastebin.com",
    "paste.ee",
    "hastebin",
    "ghostbin",
    "rentry.co",
    "transfer.sh",
    "file.io",
    "0x0.st",
    "termbin.com",
    "bit.ly",
    "tinyurl.com",
    "t.co/",
    "is.gd",
    "goo.gl",
    "cutt.ly",
    "ngrok",
    "trycloudflare.com",
    "serveo.net",
    "webhook.site",
    "discordapp.com/attachments",
    "cdn.discordapp.com",
    ".onion",
    "duckdns.org",
    "gist.githubusercontent.com",
    "anonfiles",
    "catbox.moe",
    "requestbin",
    "interact.sh",
    "oast.",
];

/// Words without which a line is not looked at.
const TRIGGERS: &[&str] = &[
    "curl",
    "wget",
    "fetch",
    "iwr",
    "irm",
    "invoke-",
    "downloadstring",
    "lwp-request",
    "aria2c",
    "base64",
    "powershell",
    "pwsh",
    "urlopen",
    "requests.get",
    "b64decode",
];

/// Lines that download something and hand it to an interpreter.
static DOWNLOAD_AND_RUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let interpreter = r"(?:sudo\s+(?:-\S+\s+)*)?(?:/usr)?(?:/bin/)?(?:env\s+)?(?:(?:ba|z|da|k|fi)?sh|python[\d.]*|perl|ruby|node|php|iex|invoke-expression|powershell|pwsh)(?:\s|[`'\x22);&|]|$)";
    let download =
        r"(?:curl|wget|fetch|iwr|irm|invoke-webrequest|invoke-restmethod|lwp-request|aria2c)\s";
    let forms = [
        format!(r"\b{download}[^|]*\|(?:[^|]*\|)?\s*{interpreter}"),
        format!(
            r"\b(?:bash|sh|zsh|source|python[\d.]*|eval|perl)\s+(?:-c\s+)?[\x22']?(?:<\(|\$\(|`)\s*{download}"
        ),
        format!(r"\b(?:iex|invoke-expression)[\s(\x22'&$]+.*(?:{download}|downloadstring)"),
        r"downloadstring\(.*\)\s*\|\s*iex".to_owned(),
        format!(
            r"\b{download}.*(?:&&|;)\s*(?:sudo\s+)?(?:chmod\s+.*(?:&&|;)|(?:ba|z)?sh\s|python[\d.]*\s|\./)"
        ),
        format!(r"\bbase64\s+(?:-d|--decode|-D)\b[^|]*\|\s*{interpreter}"),
        r"\b(?:powershell|pwsh).*\s-e(?:nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{16}".to_owned(),
        r"\bpython[\d.]*\s+-c\s.*(?:exec|eval)\s*\(.*(?:urlopen|requests\.get|b64decode)"
            .to_owned(),
    ];
    compiled(&format!("(?i){}", forms.join("|")))
});

/// Installing from an address or index of one's own.
static FOREIGN_INDEX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)\bpip[\d.]*\s+install\b.*(?:--(?:extra-)?index-url|\s-i|--trusted-host|--find-links|\s-f)[\s=]+\S{4}",
    )
});

static LOADER_OFF: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)weights_only\s*=\s*False|allow_pickle\s*=\s*True|safe_mode\s*=\s*False|use_safetensors\s*=\s*False|enable_unsafe_deserialization|allow_dangerous_deserialization\s*=\s*True|--disable-safe-unpickle|TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD|(?-i:TRUST_REMOTE_CODE)\s*=\s*(?:1|true)",
    )
});

static SYSTEM_OFF: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)DisableRealtimeMonitoring|Add-MpPreference\s+-Exclusion|\b(?:disable|turn\s+off|deactivate|switch\s+off)\s+(?:your\s+|the\s+|any\s+|all\s+)?(?:windows\s+)?(?:anti-?virus|defender|firewall|malware\s+scanner|security\s+scanner|smartscreen|gatekeeper)|\bsetenforce\s+0|spctl\s+--master-disable|xattr\s+-(?:d|c|cr|dr)\s.*quarantine",
    )
});

static REMOTE_CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(r"(?i)trust_remote_code\s*=\s*True|--trust[-_]remote[-_]code"));

pub(super) fn read(body: &str, first_line: u32, facts: &mut CardFacts) {
    for (line, text) in commands(body, first_line) {
        let lower = text.to_ascii_lowercase();
        let downloads = TRIGGERS.iter().any(|word| lower.contains(word))
            && matches(&DOWNLOAD_AND_RUN, &text)
            && !is_data_pipe(&lower);
        let installs = lower.contains("install") && matches(&FOREIGN_INDEX, &text);
        let origin = match (downloads, installs) {
            (true, _) => origin(&text),
            (false, true) => index_origin(&text),
            (false, false) => None,
        };
        if let Some(origin) = origin {
            facts.hazard(HazardKind::DownloadAndRun { origin }, line, text.trim());
        }
    }
    each(&SYSTEM_OFF, body, first_line, |line, text| {
        facts.hazard(HazardKind::SystemProtectionOff, line, text);
    });
    once(&LOADER_OFF, body, first_line, |line, text| {
        facts.hazard(HazardKind::LoaderProtectionOff, line, text);
    });
    once(&REMOTE_CODE, body, first_line, |line, text| {
        facts.hazard(HazardKind::RemoteCodeAdvice, line, text);
    });
}

/// Lines with their continuations, of a bounded length each.
fn commands(body: &str, first_line: u32) -> Vec<(u32, String)> {
    const LONGEST: usize = 8192;
    let mut all: Vec<(u32, String)> = Vec::new();
    let mut goes_on = false;
    for (index, line) in (first_line..).zip(body.lines()) {
        let end = (0..=line.len().min(LONGEST))
            .rev()
            .find(|end| line.is_char_boundary(*end))
            .unwrap_or(0);
        let text = line.get(..end).unwrap_or_default().trim_end();
        let (text, continues) = match text.strip_suffix(['\\', '`']) {
            Some(text) if !text.ends_with('`') => (text, true),
            _ => (text, false),
        };
        match all.last_mut() {
            Some((_, command)) if goes_on && command.len() < LONGEST => command.push_str(text),
            _ => all.push((index, text.to_owned())),
        }
        goes_on = continues;
    }
    all
}

/// `curl … | python -m json.tool`: the download is data, not a program.
fn is_data_pipe(lower: &str) -> bool {
    let Some((_, behind)) = lower.split_once('|') else {
        return false;
    };
    let behind = behind.trim_start();
    let is_filter = [
        "python -m ",
        "python3 -m ",
        "python -c",
        "python3 -c",
        "perl -",
        "ruby -e",
        "node -e",
        "php -r",
    ]
    .iter()
    .any(|filter| behind.starts_with(filter));
    is_filter
        && !behind.contains("exec(")
        && !behind.contains("eval(")
        && !behind.contains("| sh")
        && !behind.contains("| bash")
}

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}

/// LIMIT: matches of one pattern in one card.
const MOST: usize = 64;

fn each(
    pattern: &LazyLock<Option<Regex>>,
    body: &str,
    first_line: u32,
    mut take: impl FnMut(u32, &str),
) {
    let Some(pattern) = pattern.as_ref() else {
        return;
    };
    let mut lines = LineCounter::new(body, first_line);
    for found in pattern.find_iter(body).take(MOST) {
        take(lines.at(found.start()), found.as_str().trim());
    }
}

fn once(
    pattern: &LazyLock<Option<Regex>>,
    body: &str,
    first_line: u32,
    mut take: impl FnMut(u32, &str),
) {
    let Some(pattern) = pattern.as_ref() else {
        return;
    };
    if let Some(found) = pattern.find(body) {
        take(
            LineCounter::new(body, first_line).at(found.start()),
            found.as_str(),
        );
    }
}

/// Where a command downloads from; `None` for installers that everybody knows.
fn origin(command: &str) -> Option<DownloadOrigin> {
    let lower = command.to_ascii_lowercase();
    let is_encoded =
        lower.contains("base64") || lower.contains("b64decode") || lower.contains(" -e");
    let Some(address) = address(&lower) else {
        // A host without a scheme or a variable; a table row that happens to say "curl | sh" has neither.
        let names_source = lower.contains('$') || lower.contains('.');
        return if is_encoded && !lower.contains("curl") {
            Some(DownloadOrigin::Suspicious)
        } else {
            names_source.then_some(DownloadOrigin::Unknown)
        };
    };
    let host = address
        .split_once("://")
        .map_or(address, |(_, behind)| behind);
    let is_any = |list: &[&str]| list.iter().any(|known| host.starts_with(known));
    if is_any(KNOWN_INSTALLERS) && address.starts_with("https://") {
        return None;
    }
    let is_unnamed =
        host.starts_with(|first: char| first.is_ascii_digit()) || host.starts_with('[');
    let is_shady = SHADY.iter().any(|part| host.contains(part));
    if address.starts_with("http://") || is_unnamed || is_shady {
        Some(DownloadOrigin::Suspicious)
    } else if is_any(HUBS) {
        Some(DownloadOrigin::Hub)
    } else {
        Some(DownloadOrigin::Unknown)
    }
}

fn index_origin(command: &str) -> Option<DownloadOrigin> {
    const USUAL: &[&str] = &[
        "pypi.org",
        "files.pythonhosted.org",
        "download.pytorch.org",
        "pypi.nvidia.com",
        "pypi.ngc.nvidia.com",
        "test.pypi.org",
        "pypi.tuna.tsinghua.edu.cn",
        "mirrors.aliyun.com",
        "mirrors.cloud.tencent.com",
        "pypi.mirrors.ustc.edu.cn",
        "mirror.baidu.com",
        "storage.googleapis.com/jax-releases",
        "wheels.vllm.ai",
        "data.pyg.org",
        "abetlen.github.io",
        "repo.radeon.com",
        "data.dgl.ai",
        "flashinfer.ai",
        "aiinfra.pkgs.visualstudio.com",
        "pkgs.dev.azure.com",
        "paddlepaddle.org.cn",
        "www.paddlepaddle.org.cn",
        "mirrors.huaweicloud.com",
        "pypi.douban.com",
        "repo.huaweicloud.com",
        "pypi.anaconda.org",
        "pypi.apple.com",
        "github.com",
        "huggingface.github.io",
        "pytorch-extension.intel.com",
        "us.pkg.dev",
        "docs.sglang.ai",
        "developer.intel.com",
        "example.com",
        "pypi.example.com",
        "pypi.company.com",
        "pypi.mycompany.com",
    ];
    let lower = command.to_ascii_lowercase();
    let address = address(&lower)?;
    let host = address
        .split_once("://")
        .map_or(address, |(_, behind)| behind);
    let is_usual = USUAL
        .iter()
        .any(|known| host.starts_with(known) || host.contains(&format!(".{known}")));
    let is_own = host.starts_with("localhost") || host.starts_with("127.");
    if is_own || (is_usual && address.starts_with("https://")) {
        return None;
    }
    if address.starts_with("http://") || host.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(DownloadOrigin::Suspicious);
    }
    (!is_usual).then_some(DownloadOrigin::Unknown)
}

/// The first address of a command.
fn address(command: &str) -> Option<&str> {
    let at = command.find("http://").or_else(|| command.find("https://"));
    let start = match (command.find("http://"), command.find("https://")) {
        (Some(plain), Some(safe)) => plain.min(safe),
        _ => at?,
    };
    let rest = command.get(start..)?;
    let end = rest
        .find(|character: char| character.is_whitespace() || "\"'`|)<>;\\".contains(character))
        .unwrap_or(rest.len());
    rest.get(..end)
}
