//! What rules about messages share: a sender's NOTIFY is remembered until all callbacks that the server made for it are known, and then judged
//! together with them.
//!
//! With RVP-Ack-Type DeepOr the server answers the sender when it knows how the callback came out (draft-osborne-rvp-00, section 5.6), so the
//! callback lies between request and answer. But that it failed may be known later here than there: an attempt is called unanswered only when
//! no SYN has followed for two minutes.

use super::callback_wrong_peer::is_stranger;
use crate::base::origin::Packed;
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::rvp::principal::Principal;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::directory::{People, Sessions};
use crate::session::fact::{Fact, Request, What};
use crate::session::model::{MessageKind, SessionId};
use std::collections::VecDeque;
use std::net::IpAddr;

/// How long after the answer to a message every attempt that the server began by then is known: systems repeat a SYN for about two minutes, and
/// an attempt is over when its last SYN is as old as [`crate::base::limits::Limits::connect`].
const SETTLED: Span = Span::from_secs(300);
/// Captures reorder a little: a callback may seem to begin so much before the request that it is for.
const GRACE: Span = Span::from_millis(20);
/// Messages that wait at once for their callbacks: twenty-five a second, and some megabytes. Beyond it the oldest is judged by what is known.
const WAITING: usize = 8192;
/// Messages that were judged and are remembered, since a later one may have been held at the same time.
const JUDGED: usize = 2048;
/// Callbacks of one session that are looked at for one message. So many in two minutes is more than any client was seen to get.
const LOOKED_AT: usize = 4096;

/// A message as its sender sent it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When its NOTIFY began.
    pub(super) at: Timestamp,
    /// When it was answered.
    pub(super) answered: Option<Timestamp>,
    pub(super) status: Option<u16>,
    pub(super) kind: MessageKind,
    /// The sender's session.
    pub(super) session: Option<SessionId>,
    /// The recipient's node.
    pub(super) node: Principal,
    /// The server that was asked.
    pub(super) server: IpAddr,
    pub(super) origin: Packed,
}

impl Sent {
    fn new(fact: &Fact<'_>, request: &Request<'_>, people: &People) -> Option<Self> {
        Some(Self {
            at: fact.at,
            answered: request.answered,
            status: request.status,
            kind: request.carries?,
            session: fact.session,
            node: people.shared(request.node),
            server: request.server.ip,
            origin: fact.origin.clone(),
        })
    }

    /// Until when the server held it, as far as that is known.
    pub(super) fn until(&self) -> Timestamp {
        self.answered.unwrap_or(self.at)
    }

    /// Whether a callback that begins `at` lies where its own would: not long before the request, and not behind the answer.
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.at <= at.after(GRACE) && at <= self.until().after(GRACE)
    }

    /// Whether `other` is another message to the same node that was held at the same time.
    pub(super) fn is_held_with(&self, other: &Self) -> bool {
        let same = (self.at, self.session, &self.origin) == (other.at, other.session, &other.origin);
        !same && self.at <= other.until() && other.at <= self.until() && self.node.as_str() == other.node.as_str()
    }

    /// How long the sender waited.
    pub(super) fn waited(&self) -> Option<Span> {
        self.answered.map(|answered| answered.since(self.at))
    }

    /// Who it was for, in short.
    pub(super) fn recipient(&self) -> String {
        short(&self.node)
    }

    /// Whether `callback` may have carried it.
    pub(super) fn may_be_in(&self, callback: &CallbackAttempt) -> bool {
        let own = match self.kind {
            MessageKind::Typing => "typing",
            MessageKind::Invite => "invite",
            MessageKind::Text | MessageKind::Open | MessageKind::Leave | MessageKind::Other => "message",
        };
        [own, "other", "unknown"].contains(&callback.carries)
    }
}

/// A principal in short.
pub(super) fn short(principal: &Principal) -> String {
    shortened(principal.user().unwrap_or_else(|| principal.as_str()), 40)
}

/// The code of the finding about how a callback came out; of two the one that says more.
pub(super) fn code_of(callback: &CallbackAttempt) -> Option<&'static str> {
    match callback.outcome {
        Outcome::HttpError | Outcome::NoReply | Outcome::Broken if is_stranger(callback) => Some("RVP112"),
        Outcome::Refused => Some("RVP101"),
        Outcome::Unanswered => Some("RVP102"),
        Outcome::Unreachable => Some("RVP103"),
        Outcome::NoReply => Some("RVP104"),
        Outcome::HttpError => Some("RVP105"),
        Outcome::Broken => Some("RVP106"),
        Outcome::Delivered | Outcome::Unknown => None,
    }
}

/// How a callback came out, after "the callback to 192.0.2.1:1040 ".
pub(super) fn came_out(callback: &CallbackAttempt) -> String {
    match (callback.outcome, callback.status, callback.unreachable) {
        (Outcome::Refused, ..) => "was refused".to_owned(),
        (Outcome::Unanswered, ..) => "was not answered".to_owned(),
        (Outcome::Unreachable, _, Some(unreachable)) => format!("could not be reached ({})", unreachable.reason.words()),
        (Outcome::Unreachable, ..) => "could not be reached".to_owned(),
        (Outcome::NoReply, ..) => "had no reply in time".to_owned(),
        (Outcome::HttpError, Some(status), _) => format!("was answered {status}"),
        (Outcome::HttpError, ..) => "was answered with an error".to_owned(),
        (Outcome::Broken, ..) => "broke".to_owned(),
        (Outcome::Delivered, ..) => "was acknowledged".to_owned(),
        (Outcome::Unknown, ..) => "came out in a way that this capture does not show".to_owned(),
    }
}

/// The messages that wait for their callbacks to be known.
#[derive(Debug, Default)]
pub(super) struct Handovers {
    waiting: VecDeque<Sent>,
    /// Those whose callbacks are known, and that are about to be judged.
    due: Vec<Sent>,
    judged: VecDeque<Sent>,
    now: Option<Timestamp>,
}

impl Handovers {
    /// Takes a fact, and keeps it if it is a message. Says whether messages are due: their callbacks are known by now.
    pub(super) fn take(&mut self, fact: &Fact<'_>, people: &People) -> bool {
        self.now = self.now.max(Some(fact.at));
        if let What::Request(request) = &fact.what
            && *request.method == Method::Notify
            && let Some(sent) = Sent::new(fact, request, people)
        {
            if self.waiting.len() >= WAITING {
                self.due.extend(self.waiting.pop_front());
            }
            self.waiting.push_back(sent);
        }
        while let Some(sent) = self.waiting.pop_front_if(|first| self.now.is_some_and(|now| first.until().after(SETTLED) < now)) {
            self.due.push(sent);
        }
        !self.due.is_empty()
    }

    /// The capture has ended: all that still wait are due.
    pub(super) fn end(&mut self) {
        self.due.extend(std::mem::take(&mut self.waiting));
    }

    /// Those that are due.
    pub(super) fn due(&self) -> &[Sent] {
        &self.due
    }

    /// Those that were due have been judged.
    pub(super) fn judged(&mut self) {
        self.judged.extend(self.due.drain(..));
        let too_many = self.judged.len().saturating_sub(JUDGED);
        self.judged.drain(..too_many);
    }

    /// Whether another message to the same node was held at the same time.
    pub(super) fn is_held_with_another(&self, sent: &Sent) -> bool {
        self.judged.iter().chain(&self.due).chain(&self.waiting).any(|other| sent.is_held_with(other))
    }
}

/// The callbacks to the recipient of a message that may have been for it, in the order of time: those that were under way while the server held it,
/// or that began within `slack` after the answer.
pub(super) fn callbacks<'s>(sent: &Sent, slack: Span, sessions: Sessions<'s>) -> Vec<(SessionId, &'s CallbackAttempt)> {
    let mut found = Vec::new();
    for session in sessions.of(&sent.node) {
        for callback in session.callbacks.iter().rev().take(LOOKED_AT) {
            let end = callback.took.map_or(callback.at, |took| callback.at.after(took));
            // They come in the order in which they became certain: what stands before is older still.
            if end.after(SETTLED) < sent.at {
                break;
            }
            if sent.at <= end.after(GRACE) && callback.at <= sent.until().after(slack.max(GRACE)) {
                found.push((session.id, &**callback));
            }
        }
    }
    found.sort_by_key(|(id, callback)| (callback.at, *id));
    found
}
