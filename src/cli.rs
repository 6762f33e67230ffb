//! The command line: arguments in, exit code out.

mod analyze;
mod args;
mod explain;
mod progress;
mod settings;

use args::Command;
use std::process::ExitCode;

/// How a run came out, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done.
    Done,
    /// Done, and a finding was as bad as `--fail-on` says.
    Found,
    /// The arguments are wrong.
    Usage,
    /// An input could not be read at all, or no output could be written.
    Unreadable,
}

/// Runs the program with the arguments of this process.
pub fn run() -> ExitCode {
    let outcome = match args::parse() {
        Ok(Command::Analyze(analyze)) => analyze::run(&analyze),
        Ok(Command::Explain(explain)) => explain::run(&explain),
        Err(usage) => usage,
    };
    ExitCode::from(match outcome {
        Outcome::Done => 0,
        Outcome::Found => 1,
        Outcome::Usage => 2,
        Outcome::Unreadable => 3,
    })
}
