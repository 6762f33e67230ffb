//! What was said: the heads and bodies of an exchange, for those who want to read it. Secrets in it are masked when it is made.
//!
//! The model keeps what exchanges mean, not what they say. So transcripts are made only where a report wants them, and it gets them through
//! [`Evidence`].

use crate::base::address::Endpoint;
use crate::base::needles::Needles;
use crate::base::origin::{Origin, Packed};
use crate::base::stored;
use crate::base::time::{Span, Timestamp};
use crate::http::exchange::{Completeness, Exchange, ExchangeEnd, Message};
use crate::http::head::{Head, Known, StartLine};
use crate::rvp::secrets::Secrets;
use crate::rvp::{content, text};
use crate::session::model::SessionId;
use crate::tcp::event::FlowInfo;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// An exchange as it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// The number of its connection: that of the packet that opened it.
    pub connection: u64,
    /// The session it belongs to, if it belongs to one.
    pub session: Option<SessionId>,
    /// Whether it is a callback: then the server asks, and the client answers.
    pub callback: bool,
    /// Who asked.
    pub asker: Endpoint,
    /// Who should answer.
    pub answerer: Endpoint,
    /// The request; `None` if it is not in the capture.
    pub request: Option<Said>,
    /// The final response, if there was one.
    pub response: Option<Said>,
    /// Why there is no complete answer; `None` where there is one.
    pub unanswered: Option<Unanswered>,
    /// Which of the texts that are looked for it holds, each a bit (see [`crate::session::event::Detail::hits`]).
    #[serde(skip)]
    pub hits: u64,
    /// The packets of both.
    pub origin: Packed,
}

/// Why an exchange has no complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unanswered {
    /// The asker closed or reset the connection before.
    AskerGaveUp,
    /// The answerer closed or reset the connection before.
    AnswererEnded,
    /// It, or part of it, is not in the capture.
    NotCaptured,
    /// The capture ended before.
    CaptureEnded,
}

impl Unanswered {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AskerGaveUp => "who asked closed the connection before the answer was complete",
            Self::AnswererEnded => "who was asked closed the connection before the answer was complete",
            Self::NotCaptured => "the answer, or part of it, is not in the capture",
            Self::CaptureEnded => "the capture ends before the answer",
        }
    }
}

/// A message of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When its first byte was seen.
    pub first: Timestamp,
    /// When its last byte so far was seen.
    pub last: Timestamp,
    /// How it begins.
    pub start: Start,
    /// The header fields as they were written, in their order.
    pub fields: Vec<(String, String)>,
    /// Whether all of its head was seen.
    pub head_complete: bool,
    /// How many bytes its head has, as a head is usually written.
    pub head_bytes: u64,
    /// The body as text, without its codings; what could not be decoded is replaced.
    pub body: String,
    /// How many bytes of the body were seen on the wire.
    pub body_bytes: u64,
    /// Why `body` is not all of it; `None` where it is.
    pub cut: Option<Cut>,
}

/// How a message begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    /// With a request line.
    Request {
        /// The method as it was written.
        method: String,
        /// The target as it was written.
        target: String,
        /// The minor version of HTTP/1; `None` where the line was cut before it.
        minor: Option<u8>,
    },
    /// With a status line.
    Response {
        /// The minor version of HTTP/1.
        minor: u8,
        /// The status.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
}

/// Why a body is not all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// Bytes of it are not in the capture.
    NotCaptured,
    /// The connection or the capture ended before it did.
    Ended,
    /// It is longer than what is kept, or its coding can't be read.
    LeftOut,
}

impl Cut {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotCaptured => "bytes of it are not in the capture",
            Self::Ended => "it ends before its announced end",
            Self::LeftOut => "not all of it was kept, or its coding can't be read",
        }
    }
}

impl Transcript {
    /// What `exchange` on `flow` says.
    pub fn of(exchange: &Exchange, flow: &FlowInfo, secrets: Secrets) -> Self {
        let (request, response) = (exchange.request.as_deref(), exchange.response.as_deref());
        let mut origin = request.map(|message| message.origin.clone()).unwrap_or_default();
        if let Some(response) = response {
            origin.extend(&response.origin);
        }
        Self {
            connection: flow.id.0,
            session: None,
            callback: false,
            asker: flow.endpoint(exchange.asker),
            answerer: flow.endpoint(exchange.asker.other()),
            request: request.map(|message| Said::of(message, secrets)),
            response: response.map(|message| Said::of(message, secrets)),
            unanswered: match exchange.end {
                Some(ExchangeEnd::Answered) => None,
                Some(ExchangeEnd::AskerClosed | ExchangeEnd::AskerReset) => Some(Unanswered::AskerGaveUp),
                Some(ExchangeEnd::AnswererClosed | ExchangeEnd::AnswererReset) => Some(Unanswered::AnswererEnded),
                Some(ExchangeEnd::NotCaptured) => Some(Unanswered::NotCaptured),
                Some(ExchangeEnd::CaptureEnded) | None => Some(Unanswered::CaptureEnded),
            },
            hits: 0,
            origin: Packed::from(&origin),
        }
    }

    /// The same with the secrets masked that `secrets` does not show. What is masked already stays as it is.
    #[must_use]
    pub fn masked(mut self, secrets: Secrets) -> Self {
        if secrets != Secrets::Shown {
            for said in self.request.iter_mut().chain(&mut self.response) {
                said.mask(secrets);
            }
        }
        self
    }

    /// Its text in which is searched, like that of an exchange, but for what is masked or was not kept.
    pub fn searched(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for said in self.request.iter().chain(&self.response) {
            let start = match &said.start {
                Start::Request { method, target, .. } => format!("{method} {target}"),
                Start::Response { status, reason, .. } => format!("{status} {reason}"),
            };
            texts.push(with_fields(start, said.fields.iter().map(|(name, value)| (&**name, &**value))));
            add_body(&mut texts, Cow::Borrowed(&said.body));
        }
        texts
    }

    /// When its first message began.
    pub fn at(&self) -> Timestamp {
        self.request.as_ref().or(self.response.as_ref()).map_or(Timestamp::MIN, |said| said.first)
    }
}

/// What it says, in brief.
impl Transcript {
    /// The client's end.
    pub const fn client(&self) -> Endpoint {
        if self.callback { self.answerer } else { self.asker }
    }

    /// The server's end.
    pub const fn server(&self) -> Endpoint {
        if self.callback { self.asker } else { self.answerer }
    }

    /// The method of the request.
    pub fn method(&self) -> Option<&str> {
        self.request.as_ref().and_then(|request| match &request.start {
            Start::Request { method, .. } => Some(method.as_str()),
            Start::Response { .. } => None,
        })
    }

    /// The URL that the request is about: its target, with the host that it names where the target is a path.
    pub fn url(&self) -> Option<String> {
        let request = self.request.as_ref()?;
        let Start::Request { target, .. } = &request.start else { return None };
        if target.contains("://") {
            return Some(target.clone());
        }
        let host = request.field("Host").map_or_else(|| self.answerer.to_string(), str::to_owned);
        let slash = if target.starts_with('/') { "" } else { "/" };
        Some(["http://", &host, slash, target].concat())
    }

    /// The value of the first field of the request called `name`, in any case.
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.request.as_ref()?.field(name)
    }

    /// The status of the response.
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().and_then(|response| match response.start {
            Start::Response { status, .. } => Some(status),
            Start::Request { .. } => None,
        })
    }

    /// From the first byte of the request to the first byte of the response.
    pub fn took(&self) -> Option<Span> {
        self.request.as_ref().zip(self.response.as_ref()).map(|(request, response)| response.first.since(request.first))
    }
}

impl Said {
    fn of(message: &Message, secrets: Secrets) -> Self {
        let head = &message.head;
        let body = &message.body;
        let charset = head.known(Known::ContentType).and_then(content::charset);
        let (decoded, _) = text::decode(&body.bytes, charset);
        Self {
            first: message.first,
            last: message.last,
            start: match head.start() {
                StartLine::Request { method, target, minor } => {
                    Start::Request { method: method.to_owned(), target: secrets.text(target).into_owned(), minor }
                }
                StartLine::Response { minor, status, reason } => {
                    Start::Response { minor, status, reason: secrets.text(reason).into_owned() }
                }
            },
            fields: head
                .fields()
                .map(|field| (secrets.text(field.name).into_owned(), secrets.field(field.name, field.value).into_owned()))
                .collect(),
            head_complete: head.complete,
            head_bytes: head.written_bytes() as u64,
            body: secrets.text(&decoded).into_owned(),
            body_bytes: body.seen,
            cut: if body.missing > 0 || message.completeness == Completeness::CutByGap {
                Some(Cut::NotCaptured)
            } else if body.left_out {
                Some(Cut::LeftOut)
            } else if message.completeness == Completeness::Complete {
                None
            } else {
                Some(Cut::Ended)
            },
        }
    }

    fn mask(&mut self, secrets: Secrets) {
        let mask = |text: &mut String| {
            if let Cow::Owned(masked) = secrets.text(text) {
                *text = masked;
            }
        };
        match &mut self.start {
            Start::Request { target, .. } => mask(target),
            Start::Response { reason, .. } => mask(reason),
        }
        for (name, value) in &mut self.fields {
            *value = secrets.field(name, value).into_owned();
            mask(name);
        }
        mask(&mut self.body);
    }

    /// The value of the first field called `name` in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Which of `needles` the captured text of an exchange holds.
pub fn hits(exchange: &Exchange, needles: &Needles) -> u64 {
    let texts = searched(exchange);
    needles.hits(&texts.iter().map(String::as_bytes).collect::<Vec<_>>())
}

/// The captured text of an exchange in which is searched: each message's head and body, and what stands behind escapes.
fn searched(exchange: &Exchange) -> Vec<String> {
    let mut texts = Vec::new();
    for message in exchange.request.iter().chain(&exchange.response) {
        texts.push(head_text(&message.head));
        let charset = message.head.known(Known::ContentType).and_then(content::charset);
        add_body(&mut texts, text::decode(&message.body.bytes, charset).0);
    }
    texts
}

/// Adds a body, and what stands behind its escapes.
fn add_body(texts: &mut Vec<String>, body: Cow<'_, str>) {
    // Clients escape what they send in XML, and some encode it twice.
    let escaped = body.contains('&').then(|| crate::rvp::xml::unescaped(&body));
    let undoubled = text::undouble(escaped.as_deref().unwrap_or(&body));
    texts.extend(escaped);
    texts.extend(undoubled);
    texts.push(body.into_owned());
}

fn head_text(head: &Head) -> String {
    let start = match head.start() {
        StartLine::Request { method, target, .. } => [method, " ", target].concat(),
        StartLine::Response { status, reason, .. } => format!("{status} {reason}"),
    };
    with_fields(start, head.fields().map(|field| (field.name, field.value)))
}

/// A head of lines.
fn with_fields<'f>(mut text: String, fields: impl Iterator<Item = (&'f str, &'f str)>) -> String {
    for (name, value) in fields {
        for piece in ["\n", name, ": ", value] {
            text.push_str(piece);
        }
    }
    text
}

/// Gives what was said in exchanges, as far as it is still to be had.
pub trait Evidence {
    /// How many exchanges are known, whether they can still be read or not.
    fn exchanges(&self) -> usize;

    /// The exchange that stands at `place` in the order of time.
    fn exchange(&self, place: usize) -> Result<Transcript, Gone>;

    /// The places of the exchanges whose packets are among those of `origin`.
    fn places(&self, origin: &Origin) -> Vec<usize>;
}

/// Why what was said can't be read any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gone {
    /// There is no such exchange.
    Unknown,
    /// More was said than is kept.
    Ceiling,
    /// It could not be kept, or not be read again: the reason.
    Unreadable(#[serde(deserialize_with = "stored::printable")] String),
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("it is not kept"),
            Self::Ceiling => f.write_str("more was said than is kept"),
            Self::Unreadable(why) => write!(f, "it can't be read again: {why}"),
        }
    }
}

/// Nothing of what was said.
pub struct Nothing;

impl Evidence for Nothing {
    fn exchanges(&self) -> usize {
        0
    }

    fn exchange(&self, _place: usize) -> Result<Transcript, Gone> {
        Err(Gone::Unknown)
    }

    fn places(&self, _origin: &Origin) -> Vec<usize> {
        Vec::new()
    }
}
