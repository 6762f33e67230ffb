//! Events that wait for the end of their analysis, because the format wants them in the order of time: in little room, since there are many.

use crate::base::origin::Packed;
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::session::event::{Event, EventKind, Tone};
use crate::session::model::SessionId;

/// The events of an analysis.
#[derive(Debug, Default)]
pub(super) struct Kept {
    places: Vec<Place>,
    /// The words of all of them, one behind the other.
    words: String,
    /// Their packets.
    packets: Vec<u8>,
}

/// An event, and where its words and packets are.
#[derive(Debug)]
struct Place {
    at: Timestamp,
    id: u64,
    words: usize,
    packets: usize,
    session: Option<SessionId>,
    who: u32,
    summary: u32,
    outcome: u32,
    method: u32,
    origin: u32,
    took: Option<Span>,
    status: Option<u16>,
    kind: EventKind,
    tone: Tone,
}

/// An event with the words that are kept of it.
#[derive(Clone, Debug)]
pub(super) struct Told<'k> {
    pub(super) id: u64,
    pub(super) at: Timestamp,
    pub(super) kind: EventKind,
    pub(super) session: Option<SessionId>,
    pub(super) tone: Tone,
    pub(super) who: &'k str,
    pub(super) summary: &'k str,
    pub(super) outcome: &'k str,
    /// The method of the request; empty where there is none.
    pub(super) method: &'k str,
    pub(super) status: Option<u16>,
    pub(super) took: Option<Span>,
    pub(super) origin: Packed,
}

impl<'k> Told<'k> {
    /// An event that need not be kept.
    pub(super) fn of(event: &'k Event) -> Self {
        Self {
            id: event.id,
            at: event.at,
            kind: event.kind,
            session: event.session,
            tone: event.tone,
            who: &event.who,
            summary: &event.summary,
            outcome: &event.outcome,
            method: event.detail.method.as_ref().map_or("", Method::as_str),
            status: event.detail.status,
            took: event.detail.took,
            origin: event.origin.clone(),
        }
    }
}

impl Told<'_> {
    /// Who did what, and how it came out.
    pub(super) fn summary(&self) -> String {
        let equals = if self.outcome.is_empty() { "" } else { " = " };
        [self.who, ": ", self.summary, equals, self.outcome].concat()
    }
}

impl Kept {
    /// Keeps an event.
    pub(super) fn push(&mut self, event: &Event) {
        let Told { id, at, kind, session, tone, who, summary, outcome, method, status, took, origin } = Told::of(event);
        let packets = origin.as_bytes();
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.places.push(Place {
            at,
            id,
            words: self.words.len(),
            packets: self.packets.len(),
            session,
            who: length(who.len()),
            summary: length(summary.len()),
            outcome: length(outcome.len()),
            method: length(method.len()),
            origin: length(packets.len()),
            took,
            status,
            kind,
            tone,
        });
        for words in [who, summary, outcome, method] {
            self.words.push_str(words);
        }
        self.packets.extend_from_slice(packets);
    }

    /// Puts them in the order of time.
    pub(super) fn sort(&mut self) {
        self.places.sort_unstable_by_key(|place| (place.at, place.id));
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = Told<'_>> + Clone {
        self.places.iter().map(|place| self.told(place))
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.places.len()
    }

    /// How much memory they take.
    pub(super) const fn bytes(&self) -> usize {
        self.places.len() * size_of::<Place>() + self.words.len() + self.packets.len()
    }

    fn told(&self, place: &Place) -> Told<'_> {
        let words = self.words.get(place.words..).unwrap_or_default();
        let (who, words) = words.split_at_checked(place.who as usize).unwrap_or_default();
        let (summary, words) = words.split_at_checked(place.summary as usize).unwrap_or_default();
        let (outcome, words) = words.split_at_checked(place.outcome as usize).unwrap_or_default();
        let method = words.get(..place.method as usize).unwrap_or_default();
        let packets = self.packets.get(place.packets..).and_then(|packets| packets.get(..place.origin as usize));
        Told {
            id: place.id,
            at: place.at,
            kind: place.kind,
            session: place.session,
            tone: place.tone,
            who,
            summary,
            outcome,
            method,
            status: place.status,
            took: place.took,
            origin: packets.map(Packed::from_bytes).unwrap_or_default(),
        }
    }
}
