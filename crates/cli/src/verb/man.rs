//! `chainwright man`: the manual page of the program and of every verb, in roff.

use std::io;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::output;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let mut command = crate::args::Arguments::command();
    command.build();
    output::to_stdout(&|out| {
        clap_mangen::Man::new(command.clone()).render(out)?;
        command
            .get_subcommands()
            .try_for_each(|verb| section(verb, out))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn section(verb: &clap::Command, out: &mut dyn io::Write) -> io::Result<()> {
    let man = clap_mangen::Man::new(verb.clone());
    writeln!(out, ".SH \"{}\"", verb.get_name().to_uppercase())?;
    man.render_synopsis_section(out)?;
    man.render_options_section(out)
}
