//! What can be asked for. Help and usage errors come from these definitions.

pub(super) mod tools;

use super::Outcome;
use crate::analysis::finding::Severity;
use crate::analysis::rules;
use crate::report::FORMATS;
use crate::report::json::schema::Subject;
use crate::tui::theme::Theme;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// What scripts learn of how a run came out.
const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 done, and a finding is as bad as --fail-on says; 2 the arguments are wrong; 3 an input could not be read at all, or no \
output could be written.";

/// Reads captures of RVP, the Rendezvous Protocol of Exchange 2000 Instant Messaging, and shows why a message did not arrive.
#[derive(Parser)]
#[command(name = "rvpscope", version, max_term_width = 120, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Opens captures in the terminal: sessions, ladder, what was said, findings
    Open(Open),
    /// Analyses captures: sessions, callbacks, what went wrong, and a timeline of what happened
    Analyze(Analyze),
    /// Writes a report to hand on: what was found, with its evidence
    Report(Report),
    /// Says what a finding means, why that is believed, and what to do; without a code, lists all findings
    Explain(Explain),
    /// Prints the JSON Schema of what `--format json` and `--format ndjson` give
    Schema(Schema),
    /// Prints a script that makes a shell complete the arguments of rvpscope
    Completions(Completions),
    /// Prints the manual page of rvpscope, or of one of its commands
    Man(Manual),
}

/// What is read, and what of it is wanted.
#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Reading {
    /// Captures (pcap, pcapng, Network Monitor, snoop ...; also in gzip, zstd, lz4, xz or bzip2) and stored analyses (`--format ron`), folders that hold some, or quoted patterns; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// Make one timeline of all captures, in the order of their packets' times: for rotated files, and for several capture points
    #[arg(long)]
    pub(super) merge: bool,

    /// Leave out the timeline: sessions, findings and sums only, which is faster
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Say on standard error how much was kept in memory for the report, and of what
    #[arg(short, long)]
    pub(super) verbose: bool,

    /// Threads to work on; else as many as there are processors. The result is the same
    #[arg(short = 'j', long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Settings to use; else those of RVPSCOPE_SETTINGS, of rvpscope.ron in the working folder, or of rvpscope/rvpscope.ron in the user's
    /// configuration folder
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,

    /// Exit with 1 if a finding is at least this bad
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    pub(super) fail_on: Option<String>,

    /// Show these findings only; may be given several times, or as a list with commas
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = findings())]
    pub(super) only: Vec<String>,

    /// Leave these findings out
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = findings())]
    pub(super) ignore: Vec<String>,

    /// Show only what this expression is true of, such as 'principal = bob and failed'; `rvpscope explain filter` tells the language
    #[arg(long, value_name = "EXPR")]
    pub(super) filter: Option<String>,

    /// Write credentials, challenges and passwords as they were captured, not masked
    #[arg(long)]
    pub(super) show_secrets: bool,
}

/// The arguments of `open`.
#[derive(Args)]
pub(super) struct Open {
    /// Captures, folders that hold some, or quoted patterns; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// Make one timeline of all captures, in the order of their packets' times
    #[arg(long)]
    pub(super) merge: bool,

    /// Show only what this expression is true of; `rvpscope explain filter` tells the language
    #[arg(long, value_name = "EXPR")]
    pub(super) filter: Option<String>,

    /// Colours; else dark, or none if NO_COLOR is set
    #[arg(long, value_name = "THEME", value_parser = themes())]
    pub(super) theme: Option<String>,

    /// Threads to work on; else as many as there are processors
    #[arg(short = 'j', long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Settings to use; else those that `analyze` would use
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,

    /// Show credentials, challenges and passwords as they were captured, not masked
    #[arg(long)]
    pub(super) show_secrets: bool,
}

/// The arguments of `analyze`.
#[derive(Args)]
pub(super) struct Analyze {
    #[command(flatten)]
    pub(super) reading: Reading,

    /// How to write the result: text for people, the others for programs
    #[arg(long, value_name = "FORMAT", default_value = FORMATS[0].name, value_parser = formats())]
    pub(super) format: String,

    /// Write to a file, which is replaced when all is written; with {name}, {folder} or {number} in its name, to one for each capture
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<String>,

    /// When to use colour; the marks ! and ? say the same without it
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub(super) color: Colour,
}

/// The arguments of `report`.
#[derive(Args)]
pub(super) struct Report {
    #[command(flatten)]
    pub(super) reading: Reading,

    /// The file to write, which is replaced when all is written; with {name}, {folder} or {number} (of the capture) in its name, one for each
    /// capture; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: String,

    /// The format of the report; else the one that the file's name ends in
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub(super) format: Option<String>,
}

/// The arguments of `explain`.
#[derive(Args)]
pub(super) struct Explain {
    /// The finding's code or name, such as RVP101 or callback-refused; or `filter`, for the language of --filter
    #[arg(value_name = "CODE")]
    pub(super) code: Option<String>,
}

/// The arguments of `schema`.
#[derive(Args)]
pub(super) struct Schema {
    /// What it is the schema of
    #[arg(value_name = "WHAT", default_value = Subject::ALL[0].name(), value_parser = subjects())]
    pub(super) of: String,
}

/// The arguments of `completions`.
#[derive(Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

/// The arguments of `man`.
#[derive(Args)]
pub(super) struct Manual {
    /// The command that the page is about; else it is about all of rvpscope
    #[arg(value_name = "COMMAND")]
    pub(super) command: Option<String>,
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

fn themes() -> PossibleValuesParser {
    PossibleValuesParser::new(Theme::ALL.map(Theme::name))
}

fn severities() -> PossibleValuesParser {
    PossibleValuesParser::new(Severity::ALL.map(Severity::as_str))
}

/// Reads the code or the name of a finding; gives the code.
fn findings() -> impl Fn(&str) -> Result<String, String> + Clone + Send + Sync + 'static {
    |name: &str| match rules::page(name) {
        Some(page) => Ok(page.code.to_owned()),
        None => Err("there is no such finding; `rvpscope explain` lists all".to_owned()),
    }
}

fn subjects() -> PossibleValuesParser {
    PossibleValuesParser::new(Subject::ALL.map(|subject| PossibleValue::new(subject.name()).help(subject.about())))
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about)))
}
