//! Findings: what facts mean, how sure that is, and what to do.

use super::rules;
use crate::base::hashed::{Map, fingerprint};
use crate::base::limits::Limits;
use crate::base::origin::{Origin, Packed};
use crate::base::stored::{self, Word};
use crate::base::text::printable;
use crate::base::time::Timestamp;
use crate::session::model::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Something may go wrong, or went wrong without a loss that is seen.
    Warning,
    /// Something did not arrive or did not work.
    Error,
}

impl Severity {
    /// All, the least bad first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// The word of the command line and of the JSON document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How a finding is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Packets show it.
    Seen,
    /// It follows from what packets show; the explanation says how.
    Inferred,
}

impl Certainty {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Seen, Self::Inferred];

    /// The word of the JSON document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Inferred => "inferred",
        }
    }
}

/// What all findings of a rule have in common: the page that `rvpscope explain` shows.
#[derive(Debug)]
pub struct Meta {
    /// Stable: `RVP101`.
    pub code: &'static str,
    /// Stable, and easier to remember: `callback-refused`.
    pub slug: &'static str,
    /// How bad it is, where nothing makes it better or worse.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it means and why that is believed, for somebody who has never heard of RVP.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Where the meaning comes from.
    pub sources: &'static [&'static str],
    /// A story of `captures/` that shows it.
    pub shown_by: &'static str,
    /// A story that looks alike and must not show it.
    pub not_by: &'static str,
}

/// What a rule found once.
#[derive(Clone, Debug)]
pub struct Found {
    /// When it began.
    pub at: Timestamp,
    /// The session that it is about, if it is about one.
    pub session: Option<SessionId>,
    /// What it is about, in a few words and printable. Findings of a rule about the same thing in the same session are counted, not repeated.
    pub about: String,
    /// How bad it is, if not as bad as usual.
    pub severity: Option<Severity>,
    /// How it is known.
    pub certainty: Certainty,
    /// What was seen this time, in a sentence, printable; empty where `about` says it all.
    pub seen: String,
    /// The packets that prove it.
    pub origin: Origin,
}

/// A finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Finding {
    /// The rule's page.
    #[serde(rename = "code", serialize_with = "code_and_slug")]
    pub meta: &'static Meta,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, in a few words, printable.
    pub title: String,
    /// The session that it is about, if it is about one.
    pub session: Option<SessionId>,
    /// When it was first seen.
    pub at: Timestamp,
    /// How often it was seen.
    pub count: u64,
    /// The packets that prove it, of all times.
    pub origin: Packed,
    /// How it is known.
    pub certainty: Certainty,
    /// What was seen, printable: that of the first time.
    pub seen: String,
    /// The code of the finding that most likely caused it, if one is known.
    pub caused_by: Option<Word>,
}

/// What stands for the page of a rule that only a newer version of this program has.
static NEWER: Meta = Meta {
    code: "RVP000",
    slug: "newer",
    severity: Severity::Info,
    title: "A newer version of this program found something",
    meaning: "The stored analysis comes from a newer version of rvpscope. What it found has a code that this version does not know; the code \
              stands before the title.",
    remedy: "Ask the newer version what it means: `rvpscope explain CODE`.",
    sources: &[],
    shown_by: "",
    not_by: "",
};

fn code_and_slug<S: Serializer>(meta: &Meta, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{} {}", meta.code, meta.slug))
}

/// The page of a rule whose code, perhaps with its name, is stored as `code`; `None` if a newer version has it.
fn page(code: &str) -> Option<&'static Meta> {
    rules::page(code.split(' ').next().unwrap_or(code))
}

/// A finding as it is stored.
#[derive(Deserialize)]
struct Stored {
    code: String,
    severity: Severity,
    #[serde(deserialize_with = "stored::printable")]
    title: String,
    session: Option<SessionId>,
    at: Timestamp,
    count: u64,
    origin: Packed,
    certainty: Certainty,
    #[serde(deserialize_with = "stored::printable")]
    seen: String,
    caused_by: Option<String>,
}

impl From<Stored> for Finding {
    fn from(stored: Stored) -> Self {
        let Stored { code, severity, title, session, at, count, origin, certainty, seen, caused_by } = stored;
        let meta = page(&code);
        let title = if meta.is_some() { title } else { format!("{}: {title}", printable(&code)) };
        let caused_by = caused_by.map(|code| page(&code).unwrap_or(&NEWER).code);
        Self { meta: meta.unwrap_or(&NEWER), severity, title, session, at, count, origin, certainty, seen, caused_by }
    }
}

/// Collects findings and counts repeats.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    /// Where each stands, by a fingerprint of its code, session and title.
    places: Map<u64, usize>,
    /// Findings that were not kept because there were too many.
    pub(super) untold: u64,
    ceiling: usize,
}

impl Findings {
    /// Nothing found yet.
    pub fn new(limits: &Limits) -> Self {
        Self { ceiling: limits.findings, ..Self::default() }
    }

    /// Adds what the rule with that page found.
    pub fn add(&mut self, meta: &'static Meta, found: Found) {
        self.add_because(meta, found, None);
    }

    /// ... and the code of what most likely caused it. Of repeats with different causes the first that is known is told.
    pub fn add_because(&mut self, meta: &'static Meta, found: Found, caused_by: Option<&'static str>) {
        let Found { at, session, about, severity, certainty, seen, origin } = found;
        let title = printable(&about);
        let key = fingerprint((meta.code, session, &title));
        if let Some(finding) = self.places.get(&key).and_then(|place| self.list.get_mut(*place)) {
            finding.count += 1;
            finding.at = finding.at.min(at);
            finding.severity = finding.severity.max(severity.unwrap_or(meta.severity));
            finding.certainty = finding.certainty.max(certainty);
            let mut all = finding.origin.unpack();
            all.extend(&origin);
            finding.origin = Packed::from(&all);
            finding.caused_by = finding.caused_by.or(caused_by);
            return;
        }
        if self.list.len() >= self.ceiling {
            self.untold += 1;
            return;
        }
        self.places.insert(key, self.list.len());
        let severity = severity.unwrap_or(meta.severity);
        let (title, seen, origin) = (title.into_owned(), printable(&seen).into_owned(), Packed::from(&origin));
        self.list.push(Finding { meta, severity, title, session, at, count: 1, origin, certainty, seen, caused_by });
    }

    /// All findings: the worst first, then in the order of time.
    pub fn into_sorted(mut self) -> Vec<Finding> {
        self.list.sort_by(|one, other| {
            let order = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.at, finding.meta.code, finding.session);
            order(one).cmp(&order(other)).then_with(|| one.title.cmp(&other.title))
        });
        self.list
    }
}
