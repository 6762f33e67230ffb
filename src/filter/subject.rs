//! What a filter is asked about.

use crate::analysis::finding::{Finding, Severity};
use crate::base::address::Endpoint;
use crate::base::origin::PacketRange;
use crate::rvp::principal::Principal;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::event::{Event, Tone};
use crate::session::model::{ChatMessage, Delivery, Session, Subscription};
use crate::session::polling::PollCycle;
use crate::session::transcript::{Transcript, Unanswered};
use std::net::IpAddr;

/// A record, and the session that it belongs to. What is known of the session holds for all that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The record.
    pub record: Record<'a>,
    /// Its session, if it belongs to one. A session belongs to itself, whatever is said here.
    pub session: Option<&'a Session>,
}

/// A record of an analysis.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A session.
    Session(&'a Session),
    /// A line of the timeline.
    Event(&'a Event),
    /// A callback.
    Callback(&'a CallbackAttempt),
    /// A message.
    Message(&'a ChatMessage),
    /// A subscription.
    Subscription(&'a Subscription),
    /// A polling-like cycle.
    Cycle(&'a PollCycle),
    /// A finding.
    Finding(&'a Finding),
    /// An exchange as it was said.
    Exchange(&'a Transcript),
}

impl Record<'_> {
    /// The words for the sorts of records.
    pub const WORDS: [&'static str; 8] = ["session", "event", "callback", "message", "subscription", "cycle", "finding", "exchange"];

    /// The word for what sort of record it is.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Session(_) => "session",
            Self::Event(_) => "event",
            Self::Callback(_) => "callback",
            Self::Message(_) => "message",
            Self::Subscription(_) => "subscription",
            Self::Cycle(_) => "cycle",
            Self::Finding(_) => "finding",
            Self::Exchange(_) => "exchange",
        }
    }
}

impl<'a> Subject<'a> {
    /// The session of the record.
    pub(super) const fn of(&self) -> Option<&'a Session> {
        match self.record {
            Record::Session(session) => Some(session),
            _ => self.session,
        }
    }

    /// Which of the texts that are looked for the record's captured bytes hold.
    pub(super) const fn hits(&self) -> u64 {
        match self.record {
            Record::Event(event) => event.detail.hits,
            Record::Callback(callback) => callback.hits,
            Record::Message(message) => message.hits,
            Record::Exchange(said) => said.hits,
            Record::Session(_) | Record::Subscription(_) | Record::Cycle(_) | Record::Finding(_) => 0,
        }
    }

    /// Whether it went well, where that can be said of the record.
    pub(super) fn tone(&self) -> Option<Tone> {
        match self.record {
            Record::Event(event) => Some(event.tone),
            Record::Callback(callback) => Some(match callback.outcome {
                Outcome::Delivered => Tone::Normal,
                Outcome::Unknown => Tone::Unknown,
                _ => Tone::Failed,
            }),
            Record::Message(message) => Some(match message.delivery {
                Delivery::Delivered => Tone::Normal,
                Delivery::Unknown => Tone::Unknown,
                Delivery::Failed | Delivery::HandledLate => Tone::Failed,
            }),
            Record::Exchange(said) => Some(match (said.status(), said.unanswered) {
                (Some(400..), _) | (None, Some(Unanswered::AskerGaveUp | Unanswered::AnswererEnded)) => Tone::Failed,
                (Some(_), _) => Tone::Normal,
                (None, _) => Tone::Unknown,
            }),
            Record::Finding(finding) => Some(if finding.severity == Severity::Error { Tone::Failed } else { Tone::Normal }),
            Record::Session(_) | Record::Subscription(_) | Record::Cycle(_) => None,
        }
    }

    /// Hands the client's ends to `visit` until that says that it is enough. Says whether it did.
    pub(super) fn clients(&self, visit: &mut dyn FnMut(IpAddr, Option<u16>) -> bool) -> bool {
        let own: Option<Endpoint> = match self.record {
            Record::Event(event) => event.detail.client,
            Record::Callback(callback) => Some(callback.target),
            Record::Exchange(said) => Some(said.client()),
            _ => None,
        };
        own.is_some_and(|end| visit(end.ip, Some(end.port))) || self.of().is_some_and(|session| visit(session.client, None))
    }

    /// The same for the server's ends.
    pub(super) fn servers(&self, visit: &mut dyn FnMut(IpAddr, Option<u16>) -> bool) -> bool {
        let own: Option<Endpoint> = match self.record {
            Record::Event(event) => event.detail.server,
            Record::Callback(callback) => Some(callback.source),
            Record::Exchange(said) => Some(said.server()),
            _ => None,
        };
        let of_session = self.of().and_then(|session| session.server);
        own.into_iter().chain(of_session).any(|end| visit(end.ip, Some(end.port)))
    }

    /// Hands the packets that prove the record to `visit` in the same way. A session has none of its own.
    pub(super) fn packets(&self, visit: &mut dyn FnMut(PacketRange) -> bool) -> bool {
        match self.record {
            Record::Session(_) => false,
            Record::Event(event) => event.origin.ranges().any(visit),
            Record::Callback(callback) => callback.origin.ranges().any(visit),
            Record::Message(message) => message.origin.ranges().any(visit),
            Record::Subscription(subscription) => subscription.origin.ranges().any(visit),
            Record::Cycle(cycle) => cycle.origin.ranges().iter().copied().any(visit),
            Record::Finding(finding) => finding.origin.ranges().any(visit),
            Record::Exchange(said) => said.origin.ranges().any(visit),
        }
    }

    /// Hands the node that the record is about to `visit` in the same way.
    pub(super) fn node(&self, visit: &mut dyn FnMut(&Principal) -> bool) -> bool {
        match self.record {
            Record::Event(event) => event.detail.node.as_ref().is_some_and(visit),
            Record::Subscription(subscription) => visit(&subscription.node),
            Record::Cycle(cycle) => visit(&Principal::new(&cycle.node)),
            Record::Exchange(said) => said.url().is_some_and(|url| visit(&Principal::new(&url))),
            _ => false,
        }
    }
}
