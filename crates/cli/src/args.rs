//! What can be written on the command line.

use clap::{Parser, Subcommand};

use crate::verb::{
    affected, attest, bom, completions, convert, egress, intel, inventory, keygen, log, quarantine,
    rules, scan, score, sign, verify, vet,
};

/// Maps, checks, proves and guards every link of an LLM's supply chain.
#[derive(Debug, Parser)]
#[command(
    name = "chainwright",
    version,
    about,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 clean, 1 findings at or above the gate, 2 an error or something that could not be judged."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Discover, inspect and judge every link under a folder, file or archive.
    Scan(Box<scan::Arguments>),
    /// Say what a target is made of, as a bill of materials; check, compare and merge such bills.
    Bom(Box<bom::Arguments>),
    /// Compare a model or adapter with its base: what changed, and whether it is what it claims to be.
    Vet(vet::Arguments),
    /// Sign models, so that anybody can check who vouches for every byte.
    Sign(Box<sign::Arguments>),
    /// Check that models are what somebody who is trusted has signed.
    Verify(Box<verify::Arguments>),
    /// Make a key pair for signing.
    Keygen(keygen::Arguments),
    /// Say what a vulnerability, package, digest, licence or base model touches.
    Affected(Box<affected::Arguments>),
    /// Score how well a model or dataset repository is kept.
    Score(Box<score::Arguments>),
    /// Say how something was made or judged, in a statement that others can verify.
    Attest(attest::Arguments),
    /// Keep scans and bills of materials over time.
    Inventory(Box<inventory::Arguments>),
    /// Say what leaves the machine through assistants: models, hosts, reports of use.
    Egress(egress::Arguments),
    /// Turn pickled tensors into safetensors without executing anything.
    Convert(convert::Arguments),
    /// List what was moved out of reach, and move it back.
    Quarantine(quarantine::Arguments),
    /// Keep the local store of advisories: update it, look into it, pass it on.
    Intel(intel::Arguments),
    /// Keep an append-only log that others can check, prove what is in it, and witness the logs of others.
    Log(Box<log::Arguments>),
    /// List and explain rules, and show what they cover.
    Rules(rules::Arguments),
    /// Print shell completions.
    Completions(completions::Arguments),
    /// Print the manual page.
    Man,
}
