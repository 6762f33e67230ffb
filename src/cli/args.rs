//! What can be asked for. Help and usage errors come from these definitions.

use super::Outcome;
use crate::report::FORMATS;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Reads captures of RVP, the Rendezvous Protocol of Exchange 2000 Instant Messaging, and shows why a message did not arrive.
#[derive(Parser)]
#[command(name = "rvpscope", version, max_term_width = 120, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Analyses captures: sessions, callbacks, and a timeline of what happened
    Analyze(Analyze),
}

/// The arguments of `analyze`.
#[derive(Args)]
pub(super) struct Analyze {
    /// Captures (pcap, pcapng; also in gzip, zstd, lz4, xz or bzip2), folders that hold some, or quoted patterns; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// Make one timeline of all captures, in the order of their packets' times: for rotated files, and for several capture points
    #[arg(long)]
    pub(super) merge: bool,

    /// How to write the result: text for people, the others for programs
    #[arg(long, value_name = "FORMAT", default_value = FORMATS[0].name, value_parser = formats())]
    pub(super) format: String,

    /// When to use colour; the marks ! and ? say the same without it
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub(super) color: Colour,
}

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The arguments of this process. Help and version are printed here and count as done.
pub(super) fn parse() -> Result<Command, Outcome> {
    Cli::try_parse().map(|cli| cli.command).map_err(|error| {
        // A closed standard output is no error of ours.
        let _ = error.print();
        if error.exit_code() == 0 { Outcome::Done } else { Outcome::Usage }
    })
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| clap::builder::PossibleValue::new(format.name).help(format.about)))
}
