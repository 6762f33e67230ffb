//! The result of an analysis: the facts of its sessions, what they mean, and how much of its captures they rest on.
//!
//! Judgement stands apart from facts: [`rules`] turn facts into findings ([`finding`]) while the capture is read ([`diagnosis`]), and a
//! [`verdict`] says for each principal who could not be reached why, in plain words.

pub mod diagnosis;
pub mod finding;
pub mod rules;
pub mod thresholds;
pub mod verdict;

use crate::analysis::finding::Finding;
use crate::analysis::verdict::Verdict;
use crate::base::fate::FateCounts;
use crate::base::ledger::Ledger;
use crate::base::note::Notes;
use crate::base::stored::{self, Word};
use crate::base::time::Timestamp;
use crate::session::model::Session;
use crate::session::totals::Totals;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// What was read of one capture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureRecord {
    /// Where it came from, as it was given; `-` is standard input.
    pub path: String,
    /// The format of the file: `pcap`, `pcapng`, `netmon`, ...
    #[serde(deserialize_with = "stored::printable")]
    pub format: String,
    /// How it is compressed, if it is: one of [`COMPRESSIONS`].
    #[serde(deserialize_with = "read_compression")]
    pub compression: Option<Word>,
    /// The names of its link types.
    #[serde(deserialize_with = "stored::printable")]
    pub link_types: Vec<String>,
    /// Packets read.
    pub packets: u64,
    /// Bytes read.
    pub bytes: u64,
    /// The earliest packet time.
    pub first: Option<Timestamp>,
    /// The latest packet time.
    pub last: Option<Timestamp>,
    /// Digits after the second in its times.
    pub time_digits: u8,
    /// Bytes that could not be read as packets.
    pub skipped_bytes: u64,
    /// Packets that the capturing program says it lost; `None` where it says nothing.
    pub dropped: Option<u64>,
    /// How many places could not be read.
    pub damaged_places: u64,
    /// Those places, in words; a last line says how many more there are.
    pub damage: Vec<String>,
}

/// How captures may be compressed.
pub const COMPRESSIONS: [&str; 5] = ["gzip", "zstd", "lz4", "xz", "bzip2"];

/// How a stored capture was compressed; what a newer version may know besides has no name here.
fn read_compression<'de, D: Deserializer<'de>>(stored: D) -> Result<Option<Word>, D::Error> {
    stored::word(stored, &COMPRESSIONS)
}

/// A whole analysis, but for its events, which were handed out as they became certain.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Analysis {
    /// The captures, in the order of their indices.
    pub captures: Vec<CaptureRecord>,
    /// What became of every packet and byte.
    pub ledger: Ledger,
    /// How many TCP flows there were.
    pub flows: u64,
    /// How they ended.
    pub fates: FateCounts,
    /// The counts of requests and callbacks.
    pub totals: Totals,
    /// The sessions.
    pub sessions: Vec<Session>,
    /// What it means, the worst first.
    pub findings: Vec<Finding>,
    /// Why who could not be reached, in plain words.
    pub verdicts: Vec<Verdict>,
    /// What was odd.
    pub notes: Notes,
    /// What of all this was selected, if not all of it.
    #[serde(default)]
    pub selected: Option<Selected>,
}

/// What a filter left out of an analysis. The sums are those of the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selected {
    /// The filter.
    #[serde(rename = "filter", deserialize_with = "stored::printable")]
    pub expression: String,
    /// Events that did not pass.
    pub hidden_events: u64,
    /// Sessions of which nothing passed.
    pub hidden_sessions: u64,
    /// Findings that did not pass.
    pub hidden_findings: u64,
}

impl Analysis {
    /// Leaves out the findings whose codes are not wanted: those in `ignore`, and, if `only` names some, all others.
    pub fn keep_findings(&mut self, only: &[String], ignore: &[String]) {
        let named = |list: &[String], finding: &Finding| list.iter().any(|code| code == finding.meta.code);
        self.findings.retain(|finding| (only.is_empty() || named(only, finding)) && !named(ignore, finding));
    }

    /// Digits after the second that show every time exactly.
    pub fn time_digits(&self) -> u8 {
        self.captures.iter().map(|capture| capture.time_digits).max().unwrap_or(6)
    }
}
