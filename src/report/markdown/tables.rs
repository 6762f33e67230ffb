//! The tables about sessions, and how tables are written.

use super::escape::{code, short_prose};
use crate::analysis::Analysis;
use crate::base::address::Endpoint;
use crate::report::text::{plural, some_packets};
use crate::rvp::principal::Principal;
use crate::session::callback::Outcome;
use crate::session::model::{Delivery, MessageKind, Session};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// More rows than this of a table are for a program to read.
const ROWS: usize = 500;

/// What a table looks like.
pub(super) struct Table<'t> {
    pub(super) head: &'t [&'t str],
    /// So many rows are written; how many are left out is said.
    pub(super) ceiling: usize,
}

/// Writes a row for each of `things`, of the cells that `cells` makes of it.
pub(super) fn table<T>(
    out: &mut dyn Write,
    table: &Table<'_>,
    mut things: impl Iterator<Item = T>,
    cells: impl Fn(T) -> Vec<String>,
) -> io::Result<()> {
    writeln!(out, "| {} |", table.head.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(table.head.len()))?;
    for thing in things.by_ref().take(table.ceiling) {
        writeln!(out, "| {} |", cells(thing).join(" | "))?;
    }
    match things.count() {
        0 => Ok(()),
        left => writeln!(out, "\n{} more left out here; the formats csv and json have all of them.", plural(left as u64, "row")),
    }
}

/// The sessions with their callbacks, messages and polling.
pub(super) fn sessions(out: &mut dyn Write, analysis: &Analysis, digits: u8) -> io::Result<()> {
    writeln!(out, "\n## Sessions\n")?;
    if analysis.sessions.is_empty() {
        return writeln!(out, "None.");
    }
    let head = ["Session", "Principal", "Client", "Server", "Authentication", "First", "Last"];
    table(out, &Table { head: &head, ceiling: ROWS }, analysis.sessions.iter(), |one| {
        vec![
            one.id.0.to_string(),
            one.principal.as_ref().map_or_else(|| "unknown".to_owned(), |principal| code(principal.as_str())),
            code(&one.client.to_string()),
            one.server.map_or_else(|| "not in the capture".to_owned(), |server| code(&server.to_string())),
            short_prose(one.about().authentication.as_deref().unwrap_or("none")),
            one.first.rfc3339(digits),
            one.last.rfc3339(digits),
        ]
    })?;
    callbacks(out, &analysis.sessions, digits)?;
    messages(out, &analysis.sessions)?;
    polling(out, &analysis.sessions, digits)
}

/// How many callbacks to each target came out how, then those that were not delivered.
fn callbacks(out: &mut dyn Write, sessions: &[Session], digits: u8) -> io::Result<()> {
    let all = || sessions.iter().flat_map(|session| session.callbacks.iter().map(move |callback| (session.id, &**callback)));
    let mut targets: BTreeMap<_, [u64; Outcome::ALL.len()]> = BTreeMap::new();
    for (session, callback) in all() {
        let counts: &mut [u64; Outcome::ALL.len()] = targets.entry((session, callback.target)).or_default();
        for (count, _) in counts.iter_mut().zip(Outcome::ALL).filter(|(_, outcome)| *outcome == callback.outcome) {
            *count += 1;
        }
    }
    if targets.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Callbacks\n")?;
    let words = Outcome::ALL.map(|outcome| outcome.as_str().replace('_', " "));
    let head: Vec<&str> = ["Session", "Target"].into_iter().chain(words.iter().map(String::as_str)).collect();
    table(out, &Table { head: &head, ceiling: ROWS }, targets.into_iter(), |((session, target), counts)| {
        [session.0.to_string(), endpoint(target)].into_iter().chain(counts.map(|count| count.to_string())).collect()
    })?;
    if all().all(|(_, callback)| callback.outcome == Outcome::Delivered) {
        return Ok(());
    }
    writeln!(out, "\nThose that were not delivered:\n")?;
    let head = ["Session", "Time", "Target", "Carries", "Outcome", "Status", "Took", "Packets"];
    let failed = all().filter(|(_, callback)| callback.outcome != Outcome::Delivered);
    table(out, &Table { head: &head, ceiling: ROWS }, failed, |(session, callback)| {
        vec![
            session.0.to_string(),
            callback.at.rfc3339(digits),
            endpoint(callback.target),
            callback.carries.to_owned(),
            callback.outcome.as_str().replace('_', " "),
            callback.status.map_or_else(String::new, |status| status.to_string()),
            callback.took.map_or_else(String::new, |took| took.to_string()),
            code(&some_packets(callback.origin.ranges())),
        ]
    })
}

/// How many messages of which kind came from whom to whom.
fn messages(out: &mut dyn Write, sessions: &[Session]) -> io::Result<()> {
    const FATES: [Delivery; 4] = [Delivery::Delivered, Delivery::Failed, Delivery::HandledLate, Delivery::Unknown];
    let mut pairs: BTreeMap<_, [u64; FATES.len()]> = BTreeMap::new();
    for session in sessions {
        for message in &session.messages {
            let counts: &mut [u64; FATES.len()] = pairs.entry((session.id, &message.from, &message.to, kind(message.kind))).or_default();
            for (count, _) in counts.iter_mut().zip(FATES).filter(|(_, fate)| *fate == message.delivery) {
                *count += 1;
            }
        }
    }
    if pairs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Messages\n")?;
    let who = |principal: &Option<Principal>| principal.as_ref().map_or_else(|| "unknown".to_owned(), |principal| code(principal.as_str()));
    let head = ["Session", "From", "To", "Kind", "delivered", "failed", "handled late", "unknown"];
    table(out, &Table { head: &head, ceiling: ROWS }, pairs.into_iter(), |((session, from, to, kind), counts)| {
        let words = [session.0.to_string(), who(from), who(to), kind.to_owned()];
        words.into_iter().chain(counts.map(|count| count.to_string())).collect()
    })
}

const fn kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Typing => "typing",
        MessageKind::Open => "open",
        MessageKind::Leave => "leave",
        MessageKind::Invite => "invite",
        MessageKind::Other => "other",
    }
}

fn polling(out: &mut dyn Write, sessions: &[Session], digits: u8) -> io::Result<()> {
    let mut cycles = sessions.iter().flat_map(|session| session.polling.iter().map(move |cycle| (session.id, cycle))).peekable();
    if cycles.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "\n## Polling\n\nPolling-like: how Exchange polls was never published.\n")?;
    let head = [
        "Session",
        "Method",
        "Signature",
        "First",
        "Polls",
        "Period",
        "Carrying",
        "Empty",
        "Errors",
        "Missed",
        "Waited at most",
        "Packets",
    ];
    table(out, &Table { head: &head, ceiling: ROWS }, cycles, |(session, cycle)| {
        vec![
            session.0.to_string(),
            code(&cycle.method),
            format!("{} ({})", code(&cycle.signature), cycle.confidence.as_str()),
            cycle.first.rfc3339(digits),
            cycle.polls.to_string(),
            cycle.period.map_or_else(String::new, |period| period.to_string()),
            cycle.carrying.to_string(),
            cycle.empty.to_string(),
            cycle.errors.to_string(),
            cycle.missed.to_string(),
            cycle.waited.map_or_else(String::new, |waited| waited.max.to_string()),
            code(&some_packets(cycle.origin.ranges().iter().copied())),
        ]
    })
}

fn endpoint(endpoint: Endpoint) -> String {
    code(&endpoint.to_string())
}
