//! Generators and chores for people who change chainwright. Not part of what is released.
//!
//! `cargo xtask TASK`; each task is a module of its own. Tasks write only inside the checkout.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

mod controls;
mod new_rule;

const USAGE: &str = "usage: cargo xtask TASK

tasks:
  controls [--check]      write crates/core/src/controls/*.rs from crates/core/data/controls/*.tsv
  controls --atlas FILE   first rewrite atlas_5_6.tsv from MITRE's dist/ATLAS.yaml
  new-rule STAGE NAME     write the skeleton of a rule and its fixture folders
";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["controls", rest @ ..] => controls::run(&root()?, rest),
        ["new-rule", stage, name] => new_rule::run(&root()?, stage, name),
        _ => bail!("{USAGE}"),
    }
}

/// The root of the checkout: the folder above this crate.
fn root() -> Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .context("xtask lies outside a checkout")
}
