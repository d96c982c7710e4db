//! Starts chainwright: the allocator, the rules, and the hand-off to the command line.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chainwright_cli::run(chainwright_rules::ALL, fetch())
}

#[cfg(feature = "huggingface")]
fn fetch() -> Option<chainwright_cli::Fetch> {
    use chainwright_huggingface::{FetchLimits, HubTarget};

    Some(|target, limits| {
        let target: HubTarget = target.parse()?;
        let limits = FetchLimits {
            files: limits.files,
            bytes: limits.unpacked_bytes,
        };
        let fetched = chainwright_huggingface::fetch(&target, limits)?;
        Ok(chainwright_cli::Fetched::new(
            fetched.path().to_owned(),
            Box::new(fetched),
        ))
    })
}

#[cfg(not(feature = "huggingface"))]
fn fetch() -> Option<chainwright_cli::Fetch> {
    None
}
