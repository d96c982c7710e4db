//! `chainwright completions SHELL`.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::output;

/// Print shell completions.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell to complete for.
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut command = crate::args::Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "chainwright", &mut script);
    output::to_stdout(&|out| out.write_all(&script))?;
    Ok(ExitCode::SUCCESS)
}
