//! One analysis as far as it came: events first, and at its end the rest.

use crate::analysis::Analysis;
use crate::analysis::finding::Severity;
use crate::base::origin::{Origin, Packed, PacketRange};
use crate::base::text::printable;
use crate::base::time::Timestamp;
use crate::session::callback::Outcome;
use crate::session::event::{Event, EventKind, Tone};
use crate::session::model::{MessageKind, Session, SessionId};
use crate::session::transcript::Evidence;
use std::collections::BTreeMap;

/// An analysis that runs or has ended.
#[derive(Default)]
pub struct Loaded {
    /// What it is of, printable.
    pub name: String,
    /// Its events in the order of time.
    pub events: Vec<Event>,
    /// Digits after the second of its times.
    pub digits: u8,
    /// How many bytes of it were read.
    pub read: u64,
    /// How many bytes it has, where that is known.
    pub size: Option<u64>,
    /// The rest, at its end.
    pub analysis: Option<Analysis>,
    /// What was said.
    pub evidence: Option<Box<dyn Evidence + Send>>,
    /// Why there is none.
    pub error: Option<String>,
    /// The sessions, in the order of their numbers.
    pub rows: Vec<Row>,
    /// What is known of the sessions while events come.
    known: BTreeMap<SessionId, Row>,
    unsorted: bool,
}

/// A session in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub id: SessionId,
    /// Whose it is, printable.
    pub who: String,
    /// The client's address.
    pub client: String,
    /// The server's.
    pub server: String,
    /// When it was first and last seen.
    pub first: Timestamp,
    /// ...
    pub last: Timestamp,
    /// Messages that were sent in it.
    pub messages: usize,
    /// Callbacks that reached the client.
    pub reached: usize,
    /// Callbacks that did not.
    pub failed: usize,
    /// Polls.
    pub polls: u64,
    /// The worst that was found about it.
    pub worst: Option<Severity>,
}

impl Row {
    fn new(id: SessionId, at: Timestamp) -> Self {
        let nobody = String::new;
        Self {
            id,
            who: nobody(),
            client: nobody(),
            server: nobody(),
            first: at,
            last: at,
            messages: 0,
            reached: 0,
            failed: 0,
            polls: 0,
            worst: None,
        }
    }

    /// What an event says about its session.
    fn take(&mut self, event: &Event) {
        self.first = self.first.min(event.at);
        self.last = self.last.max(event.at);
        // A callback's line says whom it is for behind an arrow.
        let who = event.who.trim_start_matches("→ ");
        if self.who.is_empty() {
            who.clone_into(&mut self.who);
        }
        if let (true, Some(client)) = (self.client.is_empty(), event.detail.client) {
            self.client = client.ip.to_string();
        }
        if let (true, Some(server)) = (self.server.is_empty(), event.detail.server) {
            self.server = server.to_string();
        }
        match event.kind {
            EventKind::Message => self.messages += 1,
            EventKind::Callback if event.tone == Tone::Normal => self.reached += 1,
            EventKind::Callback if event.tone == Tone::Failed => self.failed += 1,
            EventKind::Poll => self.polls += 1,
            _ => {}
        }
    }

    /// What a whole session says.
    fn of(session: &Session) -> Self {
        let who = session.principal.as_ref();
        let name = who.map_or("principal unknown", |principal| principal.user().unwrap_or(principal.as_str()));
        let count = |wanted: fn(Outcome) -> bool| session.callbacks.iter().filter(|callback| wanted(callback.outcome)).count();
        Self {
            id: session.id,
            who: printable(name).into_owned(),
            client: session.client.to_string(),
            server: session.server.map_or_else(|| "-".to_owned(), |server| server.to_string()),
            first: session.first,
            last: session.last,
            messages: session
                .messages
                .iter()
                .filter(|message| !matches!(message.kind, MessageKind::Typing | MessageKind::Open | MessageKind::Leave))
                .count(),
            reached: count(|outcome| outcome == Outcome::Delivered),
            failed: count(|outcome| !matches!(outcome, Outcome::Delivered | Outcome::Unknown)),
            polls: session.polling.iter().map(|cycle| cycle.polls).sum(),
            worst: None,
        }
    }
}

impl Loaded {
    /// Nothing of it was read yet.
    pub fn new(name: &str, size: Option<u64>) -> Self {
        Self { name: printable(name).into_owned(), size, digits: 6, ..Self::default() }
    }

    /// Takes events in the order in which they became certain.
    pub fn take(&mut self, events: Vec<Event>, digits: u8) {
        self.digits = digits;
        for event in events {
            if let Some(id) = event.session {
                self.known.entry(id).or_insert_with(|| Row::new(id, event.at)).take(&event);
            }
            self.unsorted |= self.events.last().is_some_and(|last| last.at > event.at);
            self.events.push(event);
        }
        self.rows = self.known.values().cloned().collect();
    }

    /// Takes the rest.
    pub fn end(&mut self, analysis: Analysis, evidence: Box<dyn Evidence + Send>) {
        self.digits = analysis.time_digits();
        let mut worst: BTreeMap<SessionId, Severity> = BTreeMap::new();
        for finding in &analysis.findings {
            if let Some(id) = finding.session {
                let known = worst.entry(id).or_insert(finding.severity);
                *known = finding.severity.max(*known);
            }
        }
        self.rows = analysis.sessions.iter().map(|session| Row { worst: worst.get(&session.id).copied(), ..Row::of(session) }).collect();
        self.known.clear();
        self.analysis = Some(analysis);
        self.evidence = Some(evidence);
    }

    /// Puts the events into the order of time. Says whether that changed anything.
    pub fn sort(&mut self) -> bool {
        let unsorted = std::mem::take(&mut self.unsorted);
        if unsorted {
            self.events.sort_by_key(|event| (event.at, event.id));
        }
        unsorted
    }

    /// Whether all of it was read.
    pub const fn is_complete(&self) -> bool {
        self.analysis.is_some() || self.error.is_some()
    }

    /// The session with that number.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        let sessions = &self.analysis.as_ref()?.sessions;
        sessions.get(sessions.binary_search_by_key(&id, |session| session.id).ok()?)
    }

    /// The first event that cites one of these packets.
    pub fn event_citing(&self, packets: &Origin) -> Option<usize> {
        self.events.iter().position(|event| cites(&event.origin, packets.ranges()))
    }
}

/// Whether `origin` has one of these packets.
pub fn cites(origin: &Packed, packets: &[PacketRange]) -> bool {
    let meets = |one: PacketRange, other: &PacketRange| one.capture == other.capture && one.first <= other.last && other.first <= one.last;
    origin.ranges().any(|range| packets.iter().any(|other| meets(range, other)))
}
