//! What other tools want to know of the command line: completions for shells, and manual pages.

use super::Cli;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use std::io;

/// The script that makes `shell` complete our arguments.
pub(in crate::cli) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

/// The manual page of the program, or of one of its commands; `None` if there is no such command.
pub(in crate::cli) fn manual(of: Option<&str>) -> Option<io::Result<Vec<u8>>> {
    let mut program = Cli::command();
    program.build();
    let source = program.render_version();
    let subject = match of {
        Some(name) => program.find_subcommand(name)?.clone(),
        None => program,
    };
    let mut page = Vec::new();
    Some(Man::new(subject).source(source.trim_end()).render(&mut page).map(|()| page))
}
