//! `analyze`: batch analysis of captures.

use super::Outcome;
use super::args::{Analyze, Colour};
use super::destination::Destination;
use super::produce::{self, Order};
use crate::report::{self, FORMATS};
use std::io::{self, IsTerminal};

/// Analyses captures and writes what was found, to standard output unless a file is named.
pub(super) fn run(analyze: &Analyze) -> Outcome {
    let Some(format) = report::format(&analyze.format).or(FORMATS.first()) else { return Outcome::Usage };
    let destination = Destination::of(analyze.output.as_deref());
    let terminal = destination == Destination::Stdout && io::stdout().is_terminal();
    produce::run(&Order { reading: &analyze.reading, format, destination, colour: colour(analyze.color, terminal) })
}

fn colour(wish: Colour, terminal: bool) -> bool {
    match wish {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}
