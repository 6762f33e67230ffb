//! Sums: captures, requests, callbacks over time, who fails most, and the ledger.

use crate::base::text::printable;
use crate::base::time::Timestamp;
use crate::report::{describe, plural, words};
use crate::session::callback::Outcome;
use crate::session::event::{EventKind, Tone};
use crate::tui::app::{App, Entry};
use crate::tui::loaded::Loaded;
use crate::tui::theme::Role;

/// Clients of which the sums are told.
const WORST: usize = 8;

/// Columns of the line of callbacks over time.
const BARS: usize = 60;

fn one(role: Role, text: impl Into<String>) -> Entry {
    Entry { pieces: vec![(role, text.into())] }
}

fn pair(name: &str, value: impl Into<String>) -> Entry {
    Entry { pieces: vec![(Role::Soft, format!("  {name:<26}")), (Role::Plain, value.into())] }
}

/// The lines, `width` columns wide.
pub fn lines(app: &App, width: usize) -> Vec<Entry> {
    let Some(loaded) = app.loaded() else { return vec![one(Role::Soft, "reading ...")] };
    let Some(analysis) = &loaded.analysis else {
        let why = loaded
            .error
            .as_ref()
            .map_or("sums are there when the capture is read to its end".to_owned(), |error| printable(error).into_owned());
        return vec![one(Role::Soft, why)];
    };
    let mut entries = vec![one(Role::Title, "Captures")];
    for capture in &analysis.captures {
        for line in crate::report::wrapped(&describe(capture), width.saturating_sub(2)) {
            entries.push(one(Role::Plain, format!("  {line}")));
        }
        entries.extend(capture.damage.iter().map(|damage| one(Role::Bad, format!("  ✕ {}", printable(damage)))));
    }
    let totals = &analysis.totals;
    heading(&mut entries, "What was seen");
    entries.push(pair("TCP connections", analysis.flows.to_string()));
    entries.extend(
        analysis
            .fates
            .in_words()
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(fate, count)| pair(&format!("  {fate}"), count.to_string())),
    );
    entries.push(pair("with HTTP, of RVP", format!("{}, {}", totals.http_flows, totals.rvp_flows)));
    entries.push(pair("Requests", totals.requests_total().to_string()));
    for (method, statuses) in &totals.requests {
        let parts: Vec<String> = statuses
            .iter()
            .map(|(status, count)| format!("{count} × {}", status.map_or_else(|| "no answer".to_owned(), |status| status.to_string())))
            .collect();
        entries.push(pair(&format!("  {}", printable(method)), parts.join(", ")));
    }
    entries.push(pair("Callbacks", totals.callbacks_total().to_string()));
    for outcome in Outcome::ALL {
        let count = totals.callbacks.get(&outcome).copied().unwrap_or_default();
        if count > 0 {
            let role = match outcome {
                Outcome::Delivered => Role::Good,
                Outcome::Unknown => Role::Odd,
                _ => Role::Bad,
            };
            entries.push(Entry { pieces: vec![(role, format!("    {:<24}", words(outcome))), (Role::Plain, count.to_string())] });
        }
    }
    if totals.poll_cycles > 0 {
        entries.push(pair("Polls (polling-like)", format!("{} in {}", totals.polls, plural(totals.poll_cycles, "cycle"))));
    }
    over_time(&mut entries, loaded, width);
    worst(&mut entries, loaded);
    ledger(&mut entries, loaded);
    entries
}

fn heading(entries: &mut Vec<Entry>, text: &str) {
    entries.push(Entry::default());
    entries.push(one(Role::Title, text));
}

/// Callbacks over time: those that failed stand in a line of their own.
fn over_time(entries: &mut Vec<Entry>, loaded: &Loaded, width: usize) {
    let callbacks = || loaded.events.iter().filter(|event| event.kind == EventKind::Callback);
    let (Some(first), Some(last)) = (callbacks().map(|event| event.at).min(), callbacks().map(|event| event.at).max()) else { return };
    heading(entries, "Callbacks over time");
    let room = BARS.min(width.saturating_sub(24)).max(8);
    for (name, role, tone) in
        [("reached", Role::Good, Tone::Normal), ("failed", Role::Bad, Tone::Failed), ("not visible", Role::Odd, Tone::Unknown)]
    {
        let times = callbacks().filter(|event| event.tone == tone).map(|event| event.at);
        let (line, most) = bars(times, (first, last), room);
        if most > 0 {
            entries.push(Entry { pieces: vec![(Role::Soft, format!("  {name:<12}")), (role, line), (Role::Soft, format!(" ≤ {most}"))] });
        }
    }
    let until = last.clock(0);
    let rest = room.saturating_sub(8 + until.len());
    entries.push(one(Role::Soft, format!("{}{}{}{until}", " ".repeat(14), first.clock(0), " ".repeat(rest))));
}

/// How many there were when, as a line of bars, and the most in one of them.
fn bars(times: impl Iterator<Item = Timestamp>, (first, last): (Timestamp, Timestamp), room: usize) -> (String, u64) {
    let length = i128::from(last.since(first).nanos()) + 1;
    let mut counts = vec![0_u64; room];
    for at in times {
        let place = i128::from(at.since(first).nanos()) * room as i128 / length;
        if let Some(count) = usize::try_from(place).ok().and_then(|place| counts.get_mut(place)) {
            *count += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let bar = |count: &u64| match (*count * 8).checked_div(most).unwrap_or_default() {
        _ if *count == 0 => ' ',
        height => "▁▂▃▄▅▆▇█".chars().nth((height.max(1) - 1) as usize).unwrap_or('█'),
    };
    (counts.iter().map(bar).collect(), most)
}

fn worst(entries: &mut Vec<Entry>, loaded: &Loaded) {
    let mut rows: Vec<_> = loaded.rows.iter().filter(|row| row.failed > 0).collect();
    if rows.is_empty() {
        return;
    }
    rows.sort_by_key(|row| (std::cmp::Reverse(row.failed), row.id));
    heading(entries, "Clients with most failed callbacks");
    for row in rows.into_iter().take(WORST) {
        entries.push(Entry {
            pieces: vec![
                (Role::Plain, format!("  {:<24} {:<16}", row.who, row.client)),
                (Role::Bad, format!("✕ {}", row.failed)),
                (Role::Soft, format!(" of {}", row.failed + row.reached)),
            ],
        });
    }
}

fn ledger(entries: &mut Vec<Entry>, loaded: &Loaded) {
    let Some(analysis) = &loaded.analysis else { return };
    let ledger = &analysis.ledger;
    let (packets, tcp, streams) = (&ledger.packets, &ledger.tcp_payload_bytes, &ledger.stream_bytes);
    heading(entries, "Ledger");
    for (name, count) in [
        ("packets read", packets.read),
        ("with TCP", packets.tcp),
        ("ICMP about TCP", packets.icmp_about_tcp),
        ("other", packets.other),
        ("not decoded", packets.undecodable),
        ("TCP payload, captured", tcp.captured),
        ("delivered in order", tcp.delivered),
        ("duplicate", tcp.duplicate),
        ("given up", tcp.discarded),
        ("missing from the capture", tcp.missing),
        ("HTTP", streams.http),
        ("between messages", streams.http_skipped),
        ("no HTTP", streams.not_http),
    ] {
        entries.push(pair(name, count.to_string()));
    }
    match ledger.check().as_slice() {
        [] => entries.push(one(Role::Soft, "  All sums add up.")),
        broken => entries.extend(broken.iter().map(|sum| one(Role::Bad, format!("  ✕ {sum}")))),
    }
    let notes: Vec<_> = analysis.notes.iter().collect();
    if !notes.is_empty() {
        heading(entries, "What was odd");
        for (kind, count, _) in notes {
            entries.push(pair(&crate::report::noted(kind), count.to_string()));
        }
    }
}
