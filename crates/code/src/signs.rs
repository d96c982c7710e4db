//! What a host, a path or the name of a variable gives away.
//!
//! Lists of names live here and nowhere else. They say what a text *is*; what it means that a program uses it
//! is judged where it is used.

/// Stands in folded text for a part that is not known.
pub(crate) const HOLE: char = '\u{fffc}';

/// What kind of place a program talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The machine itself or its private network.
    Local,
    /// A cloud's metadata service, which hands out credentials.
    Metadata,
    /// Takes data from anyone, serves payloads to anyone, or hides who is behind it.
    Suspicious,
    /// A bare public address.
    BareAddress,
    /// A registry or vendor that honest model code talks to.
    WellKnown,
    /// Everything else.
    Other,
    /// Not known.
    Unknown,
}

/// Hosts (and their subdomains) that honest model code and installers talk to.
const WELL_KNOWN_HOSTS: &[&str] = &[
    "huggingface.co",
    "hf.co",
    "hf-mirror.com",
    "modelscope.cn",
    "github.com",
    "githubusercontent.com",
    "github.io",
    "gitlab.com",
    "pypi.org",
    "pythonhosted.org",
    "python.org",
    "pypa.io",
    "pytorch.org",
    "tensorflow.org",
    "keras.io",
    "googleapis.com",
    "google.com",
    "gstatic.com",
    "fbaipublicfiles.com",
    "cocodataset.org",
    "kaggle.com",
    "openai.com",
    "azureedge.net",
    "anthropic.com",
    "cohere.ai",
    "cohere.com",
    "mistral.ai",
    "nvidia.com",
    "anaconda.com",
    "anaconda.org",
    "conda.io",
    "mamba.pm",
    "wandb.ai",
    "comet.com",
    "neptune.ai",
    "gradio.app",
    "streamlit.io",
    "zenodo.org",
    "figshare.com",
    "arxiv.org",
    "wikipedia.org",
    "wikimedia.org",
    "stanford.edu",
    "mit.edu",
    "toronto.edu",
    "lecun.com",
    "openslr.org",
    "w3.org",
    "docker.com",
    "docker.io",
    "ubuntu.com",
    "debian.org",
    "kernel.org",
    "apache.org",
    "npmjs.org",
    "nodesource.com",
    "rustup.rs",
    "rust-lang.org",
    "astral.sh",
    "ollama.com",
    "ollama.ai",
    "bun.sh",
    "deno.land",
    "python-poetry.org",
    "starship.rs",
    "get.pnpm.io",
    "brew.sh",
    "microsoft.com",
    "visualstudio.com",
    "amazonaws.com",
    "aliyuncs.com",
    "mirrors.tuna.tsinghua.edu.cn",
    "dvc.org",
    "replicate.com",
    "replicate.delivery",
    "modal.com",
    "lightning.ai",
    "mlflow.org",
    "databricks.com",
    "timescale.com",
    "roboflow.com",
    "ultralytics.com",
    "example.com",
];

/// Hosts (and their subdomains) that take uploads, relay traffic or log requests for anyone.
const SUSPICIOUS_HOSTS: &[&str] = &[
    "webhook.site",
    "requestbin.com",
    "requestbin.net",
    "requestcatcher.com",
    "pipedream.net",
    "beeceptor.com",
    "hookbin.com",
    "burpcollaborator.net",
    "oastify.com",
    "interact.sh",
    "interactsh.com",
    "oast.fun",
    "oast.live",
    "oast.pro",
    "oast.site",
    "oast.online",
    "oast.me",
    "dnslog.cn",
    "ceye.io",
    "canarytokens.com",
    "pastebin.com",
    "paste.ee",
    "pastes.dev",
    "paste.rs",
    "hastebin.com",
    "rentry.co",
    "ghostbin.com",
    "dpaste.com",
    "dpaste.org",
    "ix.io",
    "sprunge.us",
    "termbin.com",
    "transfer.sh",
    "file.io",
    "0x0.st",
    "anonfiles.com",
    "gofile.io",
    "catbox.moe",
    "temp.sh",
    "bashupload.com",
    "oshi.at",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "ngrok-free.dev",
    "trycloudflare.com",
    "serveo.net",
    "localhost.run",
    "lhr.life",
    "loca.lt",
    "localtunnel.me",
    "bore.pub",
    "duckdns.org",
    "ddns.net",
    "hopto.org",
    "zapto.org",
    "no-ip.org",
    "no-ip.biz",
    "dynu.net",
    "iplogger.org",
    "grabify.link",
    "onion",
    "onion.ws",
    "onion.ly",
];

/// Addresses of services that take messages from bots, by a part of the address.
const SUSPICIOUS_ADDRESSES: &[&str] = &[
    "discord.com/api/webhooks",
    "discordapp.com/api/webhooks",
    "api.telegram.org/bot",
    "gist.githubusercontent.com/",
    "cdn.discordapp.com/attachments",
];

/// Names and addresses of metadata services (AWS, ECS, GCP, Azure, Alibaba).
const METADATA_HOSTS: &[&str] = &[
    "169.254.169.254",
    "169.254.170.2",
    "metadata.google.internal",
    "100.100.100.200",
    "[fd00:ec2::254]",
];

/// Judges an address such as `https://host:port/path`, `host` or `host:port`.
pub(crate) fn endpoint(address: &str) -> Endpoint {
    let lower = address.trim().to_ascii_lowercase();
    if SUSPICIOUS_ADDRESSES.iter().any(|part| lower.contains(part)) {
        return Endpoint::Suspicious;
    }
    let host = host_of(&lower);
    if host.is_empty() || host.starts_with(HOLE) && !host.contains('.') {
        return Endpoint::Unknown;
    }
    if METADATA_HOSTS.contains(&host) {
        return Endpoint::Metadata;
    }
    if let Some(kind) = address_kind(host) {
        return kind;
    }
    if matches!(
        host,
        "localhost" | "host.docker.internal" | "0.0.0.0" | "[::1]"
    ) || host.ends_with(".local")
        || host.ends_with(".localhost")
    {
        return Endpoint::Local;
    }
    if SUSPICIOUS_HOSTS.iter().any(|name| is_within(host, name)) {
        return Endpoint::Suspicious;
    }
    if WELL_KNOWN_HOSTS.iter().any(|name| is_within(host, name)) {
        return Endpoint::WellKnown;
    }
    if host.contains(HOLE) {
        return Endpoint::Unknown;
    }
    Endpoint::Other
}

/// The host of an address, without user, port and path.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if rest.starts_with('[') {
        return rest.split_inclusive(']').next().unwrap_or_default();
    }
    rest.split(':')
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// Judges a numeric host: dotted, or the single decimal or hexadecimal number that resolvers also take.
fn address_kind(host: &str) -> Option<Endpoint> {
    if let Some(digits) = host.strip_prefix("0x") {
        return digits
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'.')
            .then_some(Endpoint::BareAddress);
    }
    if !host
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return host.starts_with('[').then_some(Endpoint::BareAddress);
    }
    let parts: Vec<u32> = host
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    match parts.as_slice() {
        [_] if host.len() >= 8 => Some(Endpoint::BareAddress),
        [0 | 127, ..] | [10, ..] | [192, 168, ..] => Some(Endpoint::Local),
        [172, second, ..] if (16..32).contains(second) => Some(Endpoint::Local),
        [_, _, _, _] => Some(Endpoint::BareAddress),
        _ => None,
    }
}

/// The addresses with a scheme in a text.
pub(crate) fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("://").filter_map(|(at, _)| {
        let front = text.get(..at)?;
        let scheme = front
            .bytes()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'+')
            .count();
        let start = at.checked_sub(scheme)?;
        let rest = text.get(start..)?;
        let end = rest
            .find(|character: char| {
                character.is_whitespace()
                    || matches!(
                        character,
                        '"' | '\'' | '`' | '<' | '>' | ')' | '|' | ';' | '\\'
                    )
            })
            .unwrap_or(rest.len());
        rest.get(..end)
    })
}

/// The worst endpoint among the addresses of a text.
pub(crate) fn worst_endpoint(text: &str) -> Option<Endpoint> {
    addresses(text)
        .take(64)
        .map(endpoint)
        .max_by_key(|kind| match kind {
            Endpoint::Suspicious => 6,
            Endpoint::Metadata => 5,
            Endpoint::BareAddress => 4,
            Endpoint::Other => 3,
            Endpoint::Unknown => 2,
            Endpoint::WellKnown => 1,
            Endpoint::Local => 0,
        })
}

/// Whether the name of an environment variable says that it holds a credential.
pub(crate) fn is_secret_variable(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    if upper.starts_with("TOKENIZERS") {
        return false;
    }
    upper.split(['_', '-', '.']).any(|part| {
        matches!(
            part,
            "TOKEN"
                | "SECRET"
                | "PASSWORD"
                | "PASSWD"
                | "PASSPHRASE"
                | "KEY"
                | "KEYS"
                | "APIKEY"
                | "CREDENTIAL"
                | "CREDENTIALS"
                | "PAT"
                | "AUTH"
                | "COOKIE"
        )
    })
}

/// How telling a path to credentials is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SecretPath {
    /// Honest tools read it too.
    Shared,
    /// Only its owner has business there.
    Private,
}

/// Parts of paths that only their owner has business with, in lower case with forward slashes.
const PRIVATE_PATHS: &[&str] = &[
    ".ssh/id_",
    ".ssh/identity",
    ".ssh/*",
    ".aws/credentials",
    ".git-credentials",
    ".docker/config.json",
    ".kube/config",
    ".pypirc",
    ".npmrc",
    "huggingface/token",
    "huggingface/stored_tokens",
    ".config/gcloud",
    "application_default_credentials",
    ".azure/",
    "/etc/shadow",
    ".gnupg",
    ".bash_history",
    ".zsh_history",
    "chrome/user data",
    "google-chrome/",
    "bravesoftware/",
    "microsoft/edge/user data",
    "opera software/",
    "login data",
    "logins.json",
    "key4.db",
    "cookies.sqlite",
    ".mozilla/firefox",
    "mozilla/firefox/profiles",
    "discord/local storage",
    "local storage/leveldb",
    "wallet.dat",
    ".electrum",
    ".ethereum/keystore",
    "exodus/exodus.wallet",
    ".config/solana",
    "login.keychain",
    "library/keychains",
    "/proc/self/environ",
    "/proc/1/environ",
    "kubernetes.io/serviceaccount",
    ".vault-token",
    ".databrickscfg",
    ".cargo/credentials",
    ".config/gh/hosts",
    "filezilla/",
    ".terraform.d/credentials",
    "telegram desktop/tdata",
    ".password-store",
];

/// Judges a path that is read.
pub(crate) fn secret_path(path: &str) -> Option<SecretPath> {
    let lower = path.to_ascii_lowercase().replace('\\', "/");
    if lower.ends_with(".pub") {
        return None;
    }
    let ends_with_folder = |name: &str| {
        lower
            .trim_end_matches('/')
            .strip_suffix(name)
            .is_some_and(|front| front.is_empty() || front.ends_with(['/', HOLE]))
    };
    if PRIVATE_PATHS.iter().any(|part| lower.contains(part))
        || [".ssh", ".aws", ".gnupg", ".kube", "id_rsa", "id_ed25519"]
            .iter()
            .any(|name| ends_with_folder(name))
    {
        return Some(SecretPath::Private);
    }
    let shared = [
        ".netrc",
        "_netrc",
        "etc/passwd",
        ".aws/config",
        ".ssh/config",
        ".ssh/known_hosts",
    ];
    (shared.iter().any(|name| ends_with_folder(name)) || ends_with_folder(".env"))
        .then_some(SecretPath::Shared)
}

/// Parts of paths whose files run by themselves later, in lower case with forward slashes.
const STARTUP_PATHS: &[&str] = &[
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".zshrc",
    ".zprofile",
    ".zshenv",
    ".config/fish/config.fish",
    "/etc/profile",
    "/etc/bash.bashrc",
    "/etc/cron",
    "/var/spool/cron",
    "/etc/anacrontab",
    "/etc/systemd/",
    "/lib/systemd/system",
    ".config/systemd/user",
    ".local/share/systemd/user",
    "/etc/init.d/",
    "/etc/rc.local",
    "/etc/rc.d/",
    ".config/autostart",
    "/etc/xdg/autostart",
    "library/launchagents",
    "library/launchdaemons",
    "authorized_keys",
    "/etc/ld.so.preload",
    "/etc/sudoers",
    "/etc/pam.d",
    "sitecustomize.py",
    "usercustomize.py",
    "start menu/programs/startup",
    "currentversion/run",
    ".git/hooks/",
    ".ssh/rc",
    ".ipython/profile_default/startup",
    "jupyter_notebook_config.py",
    "jupyter_server_config.py",
    "windowspowershell/profile.ps1",
    "/etc/environment",
];

/// Whether something written to the path runs by itself later.
pub(crate) fn is_startup_path(path: &str) -> bool {
    let lower = path.to_ascii_lowercase().replace('\\', "/");
    STARTUP_PATHS.iter().any(|part| lower.contains(part))
        || lower.ends_with("/.profile")
        || ((lower.contains("site-packages") || lower.contains("dist-packages"))
            && [".pth", ".py", ".so"]
                .iter()
                .any(|end| lower.ends_with(end)))
}

/// Whether deleting the path deletes what is not one's own: the root, a home folder, a system folder.
pub(crate) fn is_root_or_home(path: &str) -> bool {
    let lower = path.trim().to_ascii_lowercase().replace('\\', "/");
    let trimmed = lower.trim_end_matches(['*', '.']).trim_end_matches('/');
    let trimmed = trimmed.trim_end_matches(['*', '.']).trim_end_matches('/');
    if trimmed.is_empty() {
        return lower.starts_with('/');
    }
    matches!(
        trimmed,
        "~" | "$home"
            | "${home}"
            | "%userprofile%"
            | "/home"
            | "/root"
            | "/etc"
            | "/usr"
            | "/var"
            | "/bin"
            | "/sbin"
            | "/boot"
            | "/lib"
            | "/opt"
            | "/users"
            | "/home/$user"
            | "c:"
            | "c:/windows"
            | "c:/users"
            | "c:/windows/system32"
    )
}

/// Whether the path is a folder in which people keep their own files.
pub(crate) fn is_personal_folder(path: &str) -> bool {
    let lower = path.to_ascii_lowercase().replace('\\', "/");
    let trimmed = lower.trim_end_matches('/');
    ["documents", "desktop", "downloads", "pictures", "photos"]
        .iter()
        .any(|name| {
            trimmed.strip_suffix(name).is_some_and(|front| {
                front.ends_with('/')
                    && (front.starts_with('~')
                        || front.starts_with(HOLE)
                        || front.starts_with("/home/"))
            })
        })
}

/// Whether the text belongs to a miner of cryptocurrency.
pub(crate) fn names_miner(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "stratum+tcp://",
        "stratum+ssl://",
        "stratum2+tcp://",
        "xmrig",
        "minerd ",
        "cpuminer",
        "nbminer",
        "ethminer",
        "phoenixminer",
        "lolminer",
        "t-rex -a",
        "--donate-level",
        "mining.subscribe",
        "mining.authorize",
        "eth_submitlogin",
        "cryptonight",
        "minexmr",
        "supportxmr",
        "nanopool.org",
        "moneroocean",
        "nicehash",
    ];
    let lower = text.to_ascii_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// Whether a file of that name holds data, so that code inside it is out of place.
pub(crate) fn is_data_file(path: &str) -> bool {
    const ENDS: &[&str] = &[
        ".bin",
        ".safetensors",
        ".pt",
        ".pth",
        ".ckpt",
        ".onnx",
        ".gguf",
        ".h5",
        ".json",
        ".txt",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".ico",
        ".bmp",
        ".wav",
        ".mp3",
        ".dat",
        ".npy",
        ".npz",
        ".pkl",
        ".model",
        ".csv",
        ".md",
        ".log",
        ".yaml",
        ".yml",
        ".vocab",
        ".svg",
        ".webp",
        ".woff",
        ".zip",
        ".gz",
        ".parquet",
    ];
    let lower = path.to_ascii_lowercase();
    ENDS.iter().any(|end| lower.ends_with(end))
}

/// Whether a file of that name is a picture or a sound, in which text only hides.
pub(crate) fn is_media_file(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [
        ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".ico", ".webp", ".wav", ".mp3", ".tiff",
    ]
    .iter()
    .any(|end| lower.ends_with(end))
}

/// Whether a path lies where any program may write and people seldom look.
pub(crate) fn is_scratch_path(path: &str) -> bool {
    let lower = path.to_ascii_lowercase().replace('\\', "/");
    [
        "/tmp/",
        "/var/tmp/",
        "/dev/shm/",
        "/appdata/",
        "%temp%",
        "%appdata%",
        "/run/user/",
    ]
    .iter()
    .any(|part| lower.contains(part))
}

/// Whether a text speaks of virtual machines, sandboxes or debuggers the way evasive code does.
pub(crate) fn names_sandbox(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "vboxservice",
        "vboxtray",
        "vmtoolsd",
        "vmwaretray",
        "vmsrvc",
        "qemu-ga",
        "prl_tools",
        "xenservice",
        "sbiedll",
        "cuckoo",
        "joeboxserver",
        "wireshark.exe",
        "ollydbg",
        "x64dbg",
        "ida64",
        "procmon",
        "processhacker",
        "hypervisor",
        "fakenet",
        "isdebuggerpresent",
        "checkremotedebuggerpresent",
    ];
    let lower = text.to_ascii_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart() {
        for (address, expected) in [
            ("https://huggingface.co/x", Endpoint::WellKnown),
            ("https://cdn-lfs.huggingface.co", Endpoint::WellKnown),
            ("https://huggingface.co.evil.invalid/x", Endpoint::Other),
            ("http://user@203.0.113.9:8000/x", Endpoint::BareAddress),
            ("203.0.113.9", Endpoint::BareAddress),
            ("http://3405803785/x", Endpoint::BareAddress),
            ("http://0xcb007109/x", Endpoint::BareAddress),
            ("http://127.0.0.1:8080", Endpoint::Local),
            ("http://10.1.2.3/", Endpoint::Local),
            ("http://169.254.169.254/latest", Endpoint::Metadata),
            ("https://abc.ngrok.io/", Endpoint::Suspicious),
            ("https://discord.com/api/webhooks/0/x", Endpoint::Suspicious),
            ("https://example.invalid", Endpoint::Other),
            ("\u{fffc}/models", Endpoint::Unknown),
            ("https://\u{fffc}.oast.fun", Endpoint::Suspicious),
        ] {
            assert_eq!(endpoint(address), expected, "{address}");
        }
    }

    #[test]
    fn paths_are_told_apart() {
        for path in [
            "~/.ssh/id_rsa",
            "\u{fffc}/.aws/credentials",
            "/root/.ssh",
            "C:\\Users\\x\\AppData\\Local\\Google\\Chrome\\User Data",
        ] {
            assert_eq!(secret_path(path), Some(SecretPath::Private), "{path}");
        }
        for path in [
            "~/.ssh/id_rsa.pub",
            "model.bin",
            "tokenizer.json",
            "/data/keys.txt",
        ] {
            assert_eq!(secret_path(path), None, "{path}");
        }
        for path in ["/", "/*", "~", "~/", "$HOME/*", "/home", "C:\\"] {
            assert!(is_root_or_home(path), "{path}");
        }
        for path in [
            "",
            "/tmp/x",
            "./*",
            "/var/lib/apt/lists/*",
            "~/.cache/pip",
            "build",
        ] {
            assert!(!is_root_or_home(path), "{path}");
        }
        assert!(is_startup_path("/usr/lib/python3/site-packages/evil.pth"));
        assert!(!is_startup_path("checkpoints/model.pth"));
    }

    #[test]
    fn variables_are_told_apart() {
        for name in [
            "HF_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "openai_api_key",
            "GITHUB_PAT",
        ] {
            assert!(is_secret_variable(name), "{name}");
        }
        for name in [
            "TOKENIZERS_PARALLELISM",
            "MAX_TOKENS",
            "CUDA_VISIBLE_DEVICES",
            "KEYBOARD",
            "PATH",
        ] {
            assert!(!is_secret_variable(name), "{name}");
        }
    }
}
