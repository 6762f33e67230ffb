//! The command line: arguments in, exit code out.

mod analyze;
mod args;
mod destination;
mod explain;
mod open;
mod produce;
mod progress;
mod report;
mod settings;
mod tools;

use crate::base::text::printable;
use args::Command;
use std::io::{self, ErrorKind, Write};
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
        Ok(Command::Open(open)) => open::run(&open),
        Ok(Command::Analyze(analyze)) => analyze::run(&analyze),
        Ok(Command::Report(report)) => report::run(&report),
        Ok(Command::Explain(explain)) => explain::run(&explain),
        Ok(Command::Schema(asked)) => tools::schema(&asked),
        Ok(Command::Completions(asked)) => tools::completions(&asked),
        Ok(Command::Man(asked)) => tools::manual(&asked),
        Err(usage) => usage,
    };
    ExitCode::from(match outcome {
        Outcome::Done => 0,
        Outcome::Found => 1,
        Outcome::Usage => 2,
        Outcome::Unreadable => 3,
    })
}

/// Writes to standard output. Whoever closes it has seen enough.
fn print(text: &[u8]) -> Outcome {
    match io::stdout().lock().write_all(text) {
        Ok(()) => Outcome::Done,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Outcome::Done,
        Err(error) => {
            complain(&format!("standard output: cannot be written: {error}"));
            Outcome::Unreadable
        }
    }
}

/// Writes a line to standard error. If even that fails, there is nobody to tell.
fn complain(what: &str) {
    let _ = writeln!(io::stderr(), "rvpscope: {}", printable(what));
}
