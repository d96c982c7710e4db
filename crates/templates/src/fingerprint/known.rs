//! Digests of well-known templates, made with `cargo run -p chainwright-templates --example judge -- --table FILES`.

/// Digest and name, sorted by digest.
pub(super) const TEMPLATES: &[(&str, &str)] = &[];
