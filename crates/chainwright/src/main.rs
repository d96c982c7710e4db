//! Starts chainwright: the allocator, the rules, and the hand-off to the command line.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chainwright_cli::run(chainwright_rules::ALL, fetch())
}

#[cfg(any(feature = "huggingface", feature = "registries"))]
fn fetch() -> Option<chainwright_cli::Fetch> {
    Some(|wanted| match wanted.target {
        #[cfg(feature = "registries")]
        target if chainwright_pull::is_image(target) => image(wanted),
        #[cfg(feature = "huggingface")]
        target if target.starts_with(chainwright_huggingface::SCHEME) => repository(wanted),
        _ => Err(anyhow::anyhow!(
            "this build cannot fetch targets of this kind"
        )),
    })
}

#[cfg(not(any(feature = "huggingface", feature = "registries")))]
fn fetch() -> Option<chainwright_cli::Fetch> {
    None
}

#[cfg(feature = "huggingface")]
fn repository(wanted: &chainwright_cli::Wanted<'_>) -> anyhow::Result<chainwright_cli::Fetched> {
    use chainwright_huggingface::{FetchLimits, HubTarget};

    let target: HubTarget = wanted.target.parse()?;
    let limits = FetchLimits {
        files: wanted.limits.files,
        bytes: wanted.limits.unpacked_bytes,
    };
    let fetched = chainwright_huggingface::fetch(&target, limits)?;
    Ok(chainwright_cli::Fetched::new(
        fetched.path().to_owned(),
        Box::new(fetched),
    ))
}

#[cfg(feature = "registries")]
fn image(wanted: &chainwright_cli::Wanted<'_>) -> anyhow::Result<chainwright_cli::Fetched> {
    use chainwright_pull::{Platform, Reference};

    let reference: Reference = wanted.target.parse()?;
    let platform = wanted
        .platform
        .map_or_else(|| Ok(Platform::default()), str::parse)?;
    let most = wanted.limits.unpacked_bytes;
    let pulled = chainwright_pull::pull(&reference, &platform, most, &credentials)?;
    Ok(chainwright_cli::Fetched::new(
        pulled.path().to_owned(),
        Box::new(pulled),
    ))
}

/// What the tools of Docker and Podman have saved for exactly this host, where they save it.
#[cfg(feature = "registries")]
fn credentials(host: &str) -> Option<chainwright_pull::Credentials> {
    use std::path::PathBuf;

    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let places = [
        set("REGISTRY_AUTH_FILE"),
        set("DOCKER_CONFIG").map(|folder| folder.join("config.json")),
        set("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
        set("HOME").map(|folder| folder.join(".docker/config.json")),
    ];
    places.into_iter().flatten().find_map(|place| {
        let configuration = std::fs::read_to_string(place).ok()?;
        chainwright_pull::saved(&configuration, host)
    })
}
