//! The pages and entries of HAR, and how exchanges become such.

use super::{UNKNOWN, url};
use crate::base::origin::Packed;
use crate::base::time::{Span, Timestamp};
use crate::rvp::principal::Principal;
use crate::session::callback::Outcome;
use crate::session::event::Event;
use crate::session::model::{Session, SessionId};
use crate::session::transcript::{Cut, Gone, Said, Start, Transcript, Unanswered};
use serde::Serialize;
use std::borrow::Cow;

/// The media type of what has none.
const NO_TYPE: &str = "x-unknown";

/// What all entries of an analysis have in common.
pub(super) struct Sheet<'a> {
    pub(super) sessions: &'a [Session],
    pub(super) digits: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "HAR calls it so")]
pub(super) struct Page<'a> {
    started_date_time: String,
    id: String,
    title: String,
    page_timings: Empty,
    #[serde(rename = "_session")]
    session: SessionId,
    #[serde(rename = "_principal")]
    principal: Option<&'a str>,
    #[serde(rename = "_client")]
    client: String,
    #[serde(rename = "_server")]
    server: Option<String>,
}

#[derive(Serialize)]
struct Empty {}

/// Fields whose names begin with `_` are our own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pageref: Option<String>,
    started_date_time: String,
    time: Millis,
    request: Request<'a>,
    response: Response<'a>,
    cache: Empty,
    timings: Timings,
    #[serde(rename = "serverIPAddress", skip_serializing_if = "Option::is_none")]
    server_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    comment: String,
    #[serde(rename = "_session")]
    session: Option<SessionId>,
    #[serde(rename = "_principal")]
    principal: Option<&'a str>,
    #[serde(rename = "_callback")]
    callback: bool,
    #[serde(rename = "_outcome", skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(rename = "_packets")]
    packets: Packed,
    #[serde(rename = "_cut", skip_serializing_if = "Vec::is_empty")]
    cut: Vec<String>,
    #[serde(rename = "_unanswered", skip_serializing_if = "Option::is_none")]
    unanswered: Option<&'static str>,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    method: &'a str,
    url: String,
    http_version: String,
    cookies: [(); 0],
    headers: Vec<Pair<'a>>,
    query_string: Vec<Pair<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'a>>,
    headers_size: i64,
    body_size: i64,
}

#[derive(Serialize)]
struct Pair<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData<'a> {
    mime_type: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status: u16,
    status_text: &'a str,
    http_version: String,
    cookies: [(); 0],
    headers: Vec<Pair<'a>>,
    content: Content<'a>,
    #[serde(rename = "redirectURL")]
    redirect_url: &'a str,
    headers_size: i64,
    body_size: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    size: usize,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

#[derive(Serialize)]
struct Timings {
    /// Only of a callback that never got further.
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<Millis>,
    send: Millis,
    wait: Millis,
    receive: Millis,
}

/// A time in milliseconds; -1 where it is not known.
#[derive(Clone, Copy, Serialize)]
#[serde(transparent)]
struct Millis(f64);

impl Sheet<'_> {
    fn session(&self, id: Option<SessionId>) -> Option<&Session> {
        let place = self.sessions.binary_search_by_key(&id?, |session| session.id).ok()?;
        self.sessions.get(place)
    }

    /// An entry of which nothing but its session is known.
    fn empty(&self, session: Option<SessionId>, at: Timestamp, callback: bool, origin: &Packed) -> Entry<'_> {
        let session = self.session(session);
        Entry {
            pageref: session.map(|session| page(session.id)),
            started_date_time: at.rfc3339(self.digits),
            time: Millis(0.0),
            request: Request::unknown(String::new()),
            response: Response::none(),
            cache: Empty {},
            timings: Timings::UNKNOWN,
            server_address: None,
            connection: None,
            comment: String::new(),
            session: session.map(|session| session.id),
            principal: session.and_then(|session| session.principal.as_ref()).map(Principal::as_str),
            callback,
            outcome: None,
            packets: origin.clone(),
            cut: Vec::new(),
            unanswered: None,
            error: None,
        }
    }

    /// An exchange; if it is a callback, its outcome.
    pub(super) fn said<'a>(&'a self, said: &'a Transcript, outcome: Option<Outcome>) -> Entry<'a> {
        let Transcript { connection, session, callback, answerer, request, response, unanswered, origin, .. } = said;
        let mut comments = Vec::new();
        if request.is_none() {
            comments.push(format!("an answer without a request: the request is not in the capture, so {UNKNOWN} stands for its method"));
        }
        if outcome == Some(Outcome::NoReply) && response.is_some() {
            comments.push("the answer came when the server no longer waited for it".to_owned());
        }
        let unanswered = unanswered.map(Unanswered::words);
        if let Some(why) = unanswered {
            comments.push(why.to_owned());
        }
        let mut cut = Vec::new();
        for (message, what) in [(request, "request"), (response, "response")] {
            let Some(message) = message else { continue };
            if !message.head_complete {
                cut.push(format!("{what}: the end of its head is not in the capture"));
            }
            cut.extend(message.cut.map(|why| format!("{what}: {}", why.words())));
        }
        comments.extend(cut.iter().cloned());
        let timings = Timings::of(request.as_ref(), response.as_ref());
        Entry {
            time: timings.sum(),
            request: match request {
                Some(request) => Request::of(request, said),
                None => Request::unknown(format!("http://{answerer}/")),
            },
            response: response.as_ref().map_or_else(Response::none, Response::of),
            timings,
            server_address: Some(answerer.ip.to_string()),
            connection: Some(connection.to_string()),
            comment: comments.join("; "),
            outcome,
            cut,
            unanswered,
            ..self.empty(*session, said.at(), *callback, origin)
        }
    }

    /// A callback that carried no byte.
    pub(super) fn byteless(&self, event: &Event) -> Entry<'_> {
        let target = event.detail.client;
        let url = target.map_or_else(|| "http://unknown.invalid/".to_owned(), |target| format!("http://{target}/"));
        let took = event.detail.took.map(Millis::from);
        let comment = format!(
            "a callback of which the capture has no byte of HTTP: {}; what it was to carry is not known, so {UNKNOWN} stands for its method",
            event.outcome
        );
        Entry {
            time: took.unwrap_or(Millis(0.0)),
            request: Request::unknown(url),
            timings: Timings { connect: took, ..Timings::UNKNOWN },
            server_address: target.map(|target| target.ip.to_string()),
            comment,
            outcome: event.detail.callback,
            error: event.detail.callback.filter(|outcome| *outcome != Outcome::Unknown).map(Outcome::as_str),
            ..self.empty(event.session, event.at, true, &event.origin)
        }
    }

    /// An exchange that can't be read any more, some time after `since`.
    pub(super) fn gone(&self, since: Timestamp, why: &Gone) -> Entry<'_> {
        Entry {
            request: Request::unknown("http://unknown.invalid/".to_owned()),
            comment: format!("an exchange of which nothing is left: {why}; it began at this time or later"),
            ..self.empty(None, since, false, &Packed::default())
        }
    }
}

impl<'a> Page<'a> {
    pub(super) fn new(session: &'a Session, sheet: &Sheet<'_>) -> Self {
        let principal = session.principal.as_ref().map(Principal::as_str);
        Self {
            started_date_time: session.first.rfc3339(sheet.digits),
            id: page(session.id),
            title: format!("{} at {}", principal.unwrap_or("principal unknown"), session.client),
            page_timings: Empty {},
            session: session.id,
            principal,
            client: session.client.to_string(),
            server: session.server.map(|server| server.to_string()),
        }
    }
}

impl<'a> Request<'a> {
    fn of(request: &'a Said, said: &Transcript) -> Self {
        let (method, target, minor) = match &request.start {
            Start::Request { method, target, minor } => (&**method, &**target, *minor),
            Start::Response { .. } => (UNKNOWN, "", None),
        };
        let url = url::absolute(request.field("Host"), target, said.answerer);
        let query_string =
            url::query(&url).map(|(name, value)| Pair { name: name.to_owned().into(), value: value.to_owned().into() }).collect();
        Self {
            method: if method.is_empty() { UNKNOWN } else { method },
            http_version: minor.map_or_else(|| "unknown".to_owned(), version),
            headers: headers(request),
            query_string,
            post_data: (!request.body.is_empty())
                .then(|| PostData { mime_type: request.field("Content-Type").unwrap_or(NO_TYPE), text: &request.body }),
            headers_size: headers_size(request),
            body_size: body_size(request),
            ..Self::unknown(url)
        }
    }

    const fn unknown(url: String) -> Self {
        Self {
            method: UNKNOWN,
            url,
            http_version: String::new(),
            cookies: [],
            headers: Vec::new(),
            query_string: Vec::new(),
            post_data: None,
            headers_size: -1,
            body_size: -1,
        }
    }
}

impl<'a> Response<'a> {
    fn of(response: &'a Said) -> Self {
        let (minor, status, reason) = match &response.start {
            Start::Response { minor, status, reason } => (*minor, *status, &**reason),
            Start::Request { .. } => (1, 0, ""),
        };
        Self {
            status,
            status_text: reason,
            http_version: version(minor),
            cookies: [],
            headers: headers(response),
            content: Content {
                size: response.body.len(),
                mime_type: response.field("Content-Type").unwrap_or(NO_TYPE),
                text: Some(&*response.body).filter(|text| !text.is_empty()),
            },
            redirect_url: response.field("Location").unwrap_or_default(),
            headers_size: headers_size(response),
            body_size: body_size(response),
        }
    }

    const fn none() -> Self {
        Self {
            status: 0,
            status_text: "",
            http_version: String::new(),
            cookies: [],
            headers: Vec::new(),
            content: Content { size: 0, mime_type: NO_TYPE, text: None },
            redirect_url: "",
            headers_size: -1,
            body_size: -1,
        }
    }
}

/// What the page of a session is called.
fn page(session: SessionId) -> String {
    format!("session_{}", session.0)
}

fn version(minor: u8) -> String {
    format!("HTTP/1.{minor}")
}

fn headers(said: &Said) -> Vec<Pair<'_>> {
    said.fields.iter().map(|(name, value)| Pair { name: name.as_str().into(), value: value.as_str().into() }).collect()
}

fn headers_size(said: &Said) -> i64 {
    if said.head_complete { i64::try_from(said.head_bytes).unwrap_or(-1) } else { -1 }
}

fn body_size(said: &Said) -> i64 {
    if said.cut == Some(Cut::NotCaptured) { -1 } else { i64::try_from(said.body_bytes).unwrap_or(-1) }
}

impl Timings {
    const UNKNOWN: Self = Self { connect: None, send: Millis::UNKNOWN, wait: Millis::UNKNOWN, receive: Millis::UNKNOWN };

    fn of(request: Option<&Said>, response: Option<&Said>) -> Self {
        let receive = response.map_or(Millis::UNKNOWN, |response| response.last.since(response.first).into());
        // Some answers begin before the request has ended.
        let sent = request.map(|request| response.map_or(request.last, |response| request.last.min(response.first)));
        let sending = request.zip(sent).map_or(Millis::UNKNOWN, |(request, sent)| sent.since(request.first).into());
        let wait = response.zip(sent).map_or(Millis::UNKNOWN, |(response, sent)| response.first.since(sent).into());
        Self { send: sending, wait, receive, ..Self::UNKNOWN }
    }

    fn sum(&self) -> Millis {
        // Of nanoseconds: sums of fractions would have digits that were never measured.
        let nanos = [self.send, self.wait, self.receive].map(|time| (time.0.max(0.0) * 1e6).round() as i64);
        Span::from_nanos(nanos.into_iter().sum()).into()
    }
}

impl Millis {
    const UNKNOWN: Self = Self(-1.0);
}

impl From<Span> for Millis {
    /// Captures are not always in order; no time is less than none.
    fn from(span: Span) -> Self {
        Self(span.nanos().max(0) as f64 / 1e6)
    }
}
