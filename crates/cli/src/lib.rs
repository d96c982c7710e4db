//! The command line: one file for each verb.
//!
//! Data goes to standard output, talk to standard error. Exit codes: 0 clean, 1 something at or above the gate,
//! 2 an error, wrong usage, or something that could not be judged.

mod args;
mod beside;
mod composed;
mod failure;
mod gather;
mod host;
mod intelligence;
mod moving;
mod output;
mod progress;
mod proofs;
mod remote;
mod verb;

use std::process::ExitCode;

use chainwright_analysis::RuleEntry;
use clap::Parser as _;

use crate::args::{Arguments, Verb};

/// Something at or above the gate.
const FINDINGS: u8 = 1;

/// An error, wrong usage, or something that could not be judged.
const FAILURE: u8 = 2;

pub use crate::remote::{Fetch, Fetched, Wanted};

/// Runs the command that the arguments of the process ask for, with these rules and this way to fetch
/// repositories, if the build has one.
#[must_use]
pub fn run(rules: &'static [RuleEntry], fetch: Option<Fetch>) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let done = match &arguments.verb {
        Verb::Scan(scan) => verb::scan::run(scan, rules, fetch),
        Verb::Bom(asked) => verb::bom::run(asked, rules, fetch),
        Verb::Egress(asked) => verb::egress::run(asked, rules, fetch),
        Verb::Convert(asked) => verb::convert::run(asked, rules),
        Verb::Quarantine(asked) => verb::quarantine::run(asked),
        Verb::Attest(asked) => verb::attest::run(asked),
        Verb::Affected(asked) => verb::affected::run(asked, rules, fetch),
        Verb::Inventory(asked) => verb::inventory::run(asked, rules, fetch),
        Verb::Intel(asked) => verb::intel::run(asked),
        Verb::Log(asked) => verb::log::run(asked),
        Verb::Rules(asked) => verb::rules::run(asked, rules),
        Verb::Score(asked) => verb::score::run(asked, rules, fetch),
        Verb::Sign(asked) => verb::sign::run(asked, rules),
        Verb::Verify(asked) => verb::verify::run(asked),
        Verb::Keygen(asked) => verb::keygen::run(asked),
        Verb::Vet(asked) => verb::vet::run(asked),
        Verb::Completions(asked) => verb::completions::run(asked),
        Verb::Man => verb::man::run(),
    };
    done.unwrap_or_else(|error| failure::report(&error))
}

/// Help and version are answers; anything else is wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    if error.use_stderr() || printed.is_err() {
        ExitCode::from(FAILURE)
    } else {
        ExitCode::SUCCESS
    }
}
