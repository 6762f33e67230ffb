//! The ladder of a timeline: who spoke to whom, as columns and rows, for everything that draws one.
//!
//! It is pure data and knows nothing of pictures. Columns are principals and servers, never ports: a principal seen at two addresses is one
//! column. Rows are events in the order of time, and the pauses between them.

mod columns;

use crate::base::origin::Packed;
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::session::callback::Outcome;
use crate::session::event::{Event, EventKind, Tone};
use crate::session::model::{Session, SessionId, SubscriptionEnd};
use columns::{Columns, Ends};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where nothing happens for so long, a row says so. Renewals and polls come at least every minute or two, so more is a silence.
pub const PAUSE: Span = Span::from_secs(60);

/// A ladder has at most so many columns: with more, a picture is wider than any screen and its arrows longer than an eye follows.
pub const MOST_COLUMNS: usize = 24;

/// Words of a row are cut to so many characters.
const WORDS: usize = 240;

/// Columns, rows and how long log-ons were valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    /// From left to right.
    pub columns: Vec<Column>,
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// Which rows each log-on spans.
    pub leases: Vec<Lease>,
    /// How many events are not shown, because there were too many or their columns did not fit.
    pub left_out: usize,
}

/// One who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in short, printable: the user's, else the address.
    pub name: String,
    /// The addresses at which it was seen, printable, in the order of their appearance.
    pub addresses: Vec<String>,
    /// Whether it is a server.
    pub server: bool,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it began.
    pub at: Timestamp,
    /// What is drawn.
    pub step: Step,
    /// Whether it is the normal course of things.
    pub tone: Tone,
    /// What happened, printable.
    pub label: String,
    /// How it came out, printable; empty where there is nothing to say.
    pub outcome: String,
    /// The packets that prove it.
    pub packets: Packed,
}

/// What a row shows. Numbers of columns are places in [`Ladder::columns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// From one column to another; the answer goes back in words.
    Arrow {
        /// Who asks.
        from: usize,
        /// Who is asked.
        to: usize,
        /// Whether it got there: an attempt at a connection that did not come up ends in the air.
        arrives: bool,
    },
    /// Polls that brought nothing, folded into one.
    Cycle {
        /// Who polls.
        client: usize,
        /// Who is asked, where that is known.
        server: Option<usize>,
        /// When the last poll began.
        until: Timestamp,
    },
    /// Something without a direction.
    Note {
        /// Whom it is about.
        on: usize,
    },
    /// Nothing happened for so long.
    Pause {
        /// How long.
        length: Span,
    },
}

/// The rows during which a log-on was valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whose.
    pub column: usize,
    /// The first of its rows.
    pub first: usize,
    /// The last of its rows.
    pub last: usize,
}

impl Ladder {
    /// The ladder of `events`, which are in the order of time and of which at most the first `most` are shown.
    pub fn new<'a>(sessions: &[Session], events: impl Iterator<Item = &'a Event>, most: usize) -> Self {
        let sessions: BTreeMap<SessionId, &Session> = sessions.iter().map(|session| (session.id, session)).collect();
        let mut events: Vec<&Event> = events.collect();
        let mut left_out = events.len().saturating_sub(most);
        events.truncate(most);
        let mut columns = Columns::new(&sessions);
        let ends: Vec<Ends> = events.iter().map(|event| columns.take(event)).collect();
        let places = columns.places(MOST_COLUMNS);
        let mut rows: Vec<Row> = Vec::with_capacity(events.len());
        for (event, ends) in events.iter().zip(&ends) {
            match step(event, ends, &places, &sessions) {
                Some(step) => {
                    rows.extend(rows.last().and_then(|before| pause(before, event.at)));
                    rows.push(Row {
                        at: event.at,
                        step,
                        tone: event.tone,
                        label: shortened(&event.summary, WORDS),
                        outcome: shortened(&event.outcome, WORDS),
                        packets: event.origin.clone(),
                    });
                }
                None => left_out += 1,
            }
        }
        let leases = leases(&rows, &events, &columns, &places, &sessions);
        Self { columns: columns.into_columns(&places), rows, leases, left_out }
    }
}

/// How `event` is drawn; `None` if a column of it is not shown.
fn step(event: &Event, ends: &Ends, places: &[Option<usize>], sessions: &BTreeMap<SessionId, &Session>) -> Option<Step> {
    let place = |key: usize| places.get(key).copied().flatten();
    Some(match *ends {
        Ends::Both(from, to) => Step::Arrow { from: place(from)?, to: place(to)?, arrives: arrives(event) },
        Ends::Cycle(client, server) => {
            Step::Cycle { client: place(client)?, server: server.and_then(place), until: cycle_end(event, sessions).unwrap_or(event.at) }
        }
        Ends::One(on) => Step::Note { on: place(on)? },
        Ends::Nobody => return None,
    })
}

/// Whether what was sent got there.
fn arrives(event: &Event) -> bool {
    match (event.detail.callback, event.kind) {
        (Some(outcome), _) => !matches!(outcome, Outcome::Refused | Outcome::Unanswered | Outcome::Unreachable),
        (None, EventKind::Connection | EventKind::FileTransfer) => event.tone != Tone::Failed,
        _ => true,
    }
}

/// When the last poll of the cycle began that `event` tells.
fn cycle_end(event: &Event, sessions: &BTreeMap<SessionId, &Session>) -> Option<Timestamp> {
    let method = event.detail.method.as_ref()?;
    let session = sessions.get(&event.session?)?;
    let cycle = session.polling.iter().find(|cycle| cycle.first == event.at && cycle.method == method.as_str())?;
    Some(cycle.last)
}

/// The row between `before` and what happens `at`, if that is long after.
fn pause(before: &Row, at: Timestamp) -> Option<Row> {
    let since = match before.step {
        Step::Cycle { until, .. } => until.max(before.at),
        _ => before.at,
    };
    let length = at.since(since);
    (length >= PAUSE).then(|| Row {
        at,
        step: Step::Pause { length },
        tone: Tone::Normal,
        label: format!("{length} without an event"),
        outcome: String::new(),
        packets: Packed::default(),
    })
}

/// The rows during which each log-on was valid, as far as the capture shows its grant and its end.
fn leases(
    rows: &[Row],
    events: &[&Event],
    columns: &Columns<'_>,
    places: &[Option<usize>],
    sessions: &BTreeMap<SessionId, &Session>,
) -> Vec<Lease> {
    let mut ended: BTreeMap<(SessionId, &Arc<str>), Timestamp> = BTreeMap::new();
    for event in events.iter().filter(|event| event.tone == Tone::Normal) {
        if let (EventKind::LogOff | EventKind::Unsubscribe, Some(session), Some(id)) =
            (event.kind, event.session, &event.detail.subscription)
        {
            ended.insert((session, id), event.at);
        }
    }
    let mut leases = Vec::new();
    for (id, session) in sessions {
        let Some(column) = columns.of_session(session).and_then(|key| places.get(key).copied().flatten()) else { continue };
        for log_on in session.subscriptions.iter().filter(|subscription| subscription.is_log_on()) {
            let until = match log_on.end {
                SubscriptionEnd::Unsubscribed => ended.get(&(*id, &log_on.id)).copied().unwrap_or(session.last),
                SubscriptionEnd::Expired => log_on.expires().unwrap_or(session.last),
                SubscriptionEnd::Live => Timestamp::MAX,
                SubscriptionEnd::Unknown => continue,
            };
            let first = rows.partition_point(|row| row.at < log_on.at);
            let behind = rows.partition_point(|row| row.at <= until);
            if first < behind {
                leases.push(Lease { column, first, last: behind - 1 });
            }
        }
    }
    leases.sort_unstable_by_key(|lease| (lease.first, lease.column, lease.last));
    leases
}

#[cfg(test)]
mod tests;
