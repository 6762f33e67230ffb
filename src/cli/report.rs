//! `report`: a session report to hand on.

use super::args::Report;
use super::destination::Destination;
use super::produce::{self, Order};
use super::{Outcome, complain};
use crate::report::{self, FORMATS, Format};

/// Analyses captures and writes a report into a file, in the format that was asked for or that the file's name tells.
pub(super) fn run(report: &Report) -> Outcome {
    let destination = Destination::of(Some(&report.output));
    match format(report, &destination) {
        Ok(format) => produce::run(&Order { reading: &report.reading, format, destination, colour: false }),
        Err(what) => {
            complain(&what);
            Outcome::Usage
        }
    }
}

fn format(report: &Report, destination: &Destination) -> Result<&'static Format, String> {
    if let Some(name) = &report.format {
        return report::format(name).ok_or_else(|| format!("{name}: there is no such format"));
    }
    let ending = destination.ending();
    ending.as_deref().and_then(report::format_of).ok_or_else(|| {
        let endings: Vec<&str> = FORMATS.iter().map(|format| format.ending).collect();
        format!("{}: its name does not tell the format: end it in one of {}, or name one with --format", report.output, endings.join(", "))
    })
}
