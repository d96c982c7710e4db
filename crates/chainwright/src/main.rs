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
    let pulled = chainwright_pull::pull(
        &reference,
        &platform,
        most,
        &chainwright_pull::saved_by_user,
    )?;
    Ok(chainwright_cli::Fetched::new(
        pulled.path().to_owned(),
        Box::new(pulled),
    ))
}
