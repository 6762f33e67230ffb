//! Callbacks: the server's attempts to hand a notification to a client, and how each came out.

use crate::base::address::Endpoint;
use crate::base::fate::{Fate, Unreachable};
use crate::base::origin::Packed;
use crate::base::stored::{self, Word};
use crate::base::time::{Span, Timestamp};
use crate::http::exchange::ExchangeEnd;
use crate::http::head::Head;
use crate::session::outline::Outline;
use crate::tcp::event::FlowInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;

/// What callbacks carry.
pub const CARRIES: [&str; 6] = ["message", "typing", "presence", "invite", "other", "unknown"];

/// One attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackAttempt {
    /// The first SYN; on a reused connection the first byte of the NOTIFY.
    pub at: Timestamp,
    /// Where it went.
    pub target: Endpoint,
    /// Where it came from.
    pub source: Endpoint,
    /// What it carried, one of [`CARRIES`]; `unknown` where no bytes of it were seen.
    #[serde(deserialize_with = "read_carries")]
    pub carries: Word,
    /// How it came out.
    pub outcome: Outcome,
    /// The status of the answer that the server had.
    pub status: Option<u16>,
    /// SYNs of this attempt; 0 on a reused connection and where the capture starts later.
    pub attempts: u32,
    /// Whether the connection had carried an earlier NOTIFY; `None` where its beginning is not in the capture.
    pub reused_connection: Option<bool>,
    /// An answer that came when the server no longer wanted it.
    pub late_answer: Option<LateAnswer>,
    /// From `at` until the outcome was certain; `None` where it never was.
    #[serde(rename = "took_ns", with = "stored::nanos")]
    pub took: Option<Span>,
    /// Why the destination was unreachable.
    pub unreachable: Option<Unreachable>,
    /// Whether it is known only from the circumstances, not from a Call-Back header, that this is a callback.
    pub inferred: bool,
    /// Who answered, by the words of the answer's head; `None` where no answer was seen.
    pub answerer: Option<Answerer>,
    /// The packets that prove it.
    pub origin: Packed,
    /// Which of the texts that are looked for its captured bytes hold, each a bit (see [`crate::session::event::Detail::hits`]).
    #[serde(skip)]
    pub hits: u64,
}

/// What the head of an answer says about who wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a sign of its own")]
pub struct Answerer {
    /// Server: web servers and proxies name themselves, no RVP client that is known does.
    pub server: Option<Arc<str>>,
    /// Whether it says which version of RVP it speaks.
    pub rvp: bool,
    /// Whether it asks for credentials (WWW-Authenticate or Proxy-Authenticate).
    pub asks_credentials: bool,
    /// Whether its body is called HTML.
    pub html: bool,
    /// Where it redirects to.
    pub location: Option<Arc<str>>,
    /// Whether it is no HTTP at all.
    pub not_http: bool,
}

impl Answerer {
    /// Reads the head of an answer.
    pub(super) fn new(head: &Head) -> Self {
        Self {
            server: head.field("Server").map(str::trim).filter(|server| !server.is_empty()).map(Arc::from),
            rvp: head.field("RVP-Notifications-Version").is_some(),
            asks_credentials: head.field("WWW-Authenticate").or_else(|| head.field("Proxy-Authenticate")).is_some(),
            html: head.field("Content-Type").is_some_and(|kind| {
                let kind = kind.trim().to_ascii_lowercase();
                kind.starts_with("text/html") || kind.starts_with("application/xhtml")
            }),
            location: head.field("Location").map(Arc::from),
            not_http: false,
        }
    }
}

/// How a callback came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered 2xx.
    Delivered,
    /// Answered otherwise.
    HttpError,
    /// A RST answered the SYN.
    Refused,
    /// Nothing answered the SYNs.
    Unanswered,
    /// An ICMP message said that the destination cannot be reached.
    Unreachable,
    /// The request was sent, and the server gave up waiting for its answer.
    NoReply,
    /// The client reset or closed without a complete answer, or the connection never carried a request.
    Broken,
    /// The capture does not show it.
    Unknown,
}

impl Outcome {
    /// All outcomes, in the order of the JSON document.
    pub const ALL: [Self; 8] =
        [Self::Delivered, Self::HttpError, Self::Refused, Self::Unanswered, Self::Unreachable, Self::NoReply, Self::Broken, Self::Unknown];

    /// The word of the JSON document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::HttpError => "http_error",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
            Self::Unreachable => "unreachable",
            Self::NoReply => "no_reply",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

/// An answer that came only after the server had closed its side, and that was met by a RST: nobody read it, but the client had handled the
/// notification.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LateAnswer {
    /// Its status.
    pub status: u16,
    /// From the first byte of the NOTIFY to the first byte of the answer.
    #[serde(rename = "after_ns", with = "stored::nanos")]
    pub after: Span,
}

/// What a stored callback carries; what a newer version may know besides is `unknown`.
fn read_carries<'de, D: Deserializer<'de>>(stored: D) -> Result<Word, D::Error> {
    stored::word(stored, &CARRIES).map(|word| word.unwrap_or("unknown"))
}

/// What an exchange says about its callback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) status: Option<u16>,
    pub(super) late_answer: Option<LateAnswer>,
    /// When the outcome was certain.
    pub(super) certain: Option<Timestamp>,
}

/// Judges a NOTIFY of the server and its answer.
pub(super) fn judge_exchange(outline: &Outline) -> Verdict {
    let reset = outline.reset.map(|(_, at, _)| at);
    let asker_closed = outline.asker_closed.map(|(at, _)| at);
    let answerer_closed = outline.answerer_closed.map(|(at, _)| at);
    let none = |outcome, certain| Verdict { outcome, status: None, late_answer: None, certain };
    let answer = outline.answered().zip(outline.status);
    if let Some((first, status)) = answer
        && asker_closed.is_some_and(|closed| first >= closed)
        && outline.reset.is_some_and(|(by_asker, at, _)| by_asker && at >= first)
    {
        let after = outline.request.as_ref().map_or(Span::default(), |request| first.since(request.first));
        let late_answer = Some(LateAnswer { status, after });
        return Verdict { outcome: Outcome::NoReply, status: None, late_answer, certain: asker_closed };
    }
    match outline.end {
        Some(ExchangeEnd::Answered) => match answer {
            // Whether a server whose request is not in the capture had closed before the answer came, nobody knows; its RST says that it may.
            Some((first, _)) if outline.request.is_none() && outline.reset.is_some_and(|(by_asker, at, _)| by_asker && at >= first) => {
                none(Outcome::Unknown, None)
            }
            Some((first, status)) => {
                let outcome = if (200..300).contains(&status) { Outcome::Delivered } else { Outcome::HttpError };
                Verdict { outcome, status: Some(status), late_answer: None, certain: Some(first) }
            }
            None => none(Outcome::Unknown, None),
        },
        Some(ExchangeEnd::AskerClosed) => none(Outcome::NoReply, asker_closed),
        Some(ExchangeEnd::AskerReset) => none(Outcome::NoReply, asker_closed.or(reset)),
        Some(ExchangeEnd::AnswererClosed) => none(Outcome::Broken, answerer_closed),
        Some(ExchangeEnd::AnswererReset) => none(Outcome::Broken, reset),
        Some(ExchangeEnd::NotCaptured | ExchangeEnd::CaptureEnded) | None => none(Outcome::Unknown, None),
    }
}

/// A connection on which no HTTP was spoken, as far as it matters when it is over. Thousands may wait until it is known what they are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Byteless {
    pub(super) initiator: Endpoint,
    pub(super) responder: Endpoint,
    pub(super) opened: Timestamp,
    /// SYNs of the initiator.
    pub(super) syns: u32,
    pub(super) established: bool,
    /// Whether the capture lacks bytes of it.
    pub(super) lacks_bytes: bool,
    /// The packets of its opening and of its failure.
    pub(super) opening: Packed,
}

impl From<&FlowInfo> for Byteless {
    fn from(flow: &FlowInfo) -> Self {
        let FlowInfo { initiator, responder, opened, syns, established, missing, .. } = *flow;
        Self { initiator, responder, opened, syns, established, lacks_bytes: missing > 0, opening: flow.opening.packed() }
    }
}

/// Judges a connection attempt that never carried a request.
pub(super) fn judge_attempt(flow: &Byteless, fate: Fate, at: Timestamp) -> Verdict {
    let (outcome, certain) = match fate {
        Fate::Refused => (Outcome::Refused, Some(at)),
        Fate::Unreachable(_) => (Outcome::Unreachable, Some(at)),
        // What it carried may be what the capture lacks.
        _ if flow.lacks_bytes => (Outcome::Unknown, None),
        Fate::Finished | Fate::Reset if flow.established => (Outcome::Broken, Some(at)),
        // A RST before the connection was up is the server's own: it gave the attempt up.
        Fate::Unanswered | Fate::Reset => (Outcome::Unanswered, Some(at)),
        Fate::Finished | Fate::Idle | Fate::Evicted | Fate::CaptureEnded => (Outcome::Unknown, None),
    };
    Verdict { outcome, status: None, late_answer: None, certain }
}

#[cfg(test)]
mod tests;
