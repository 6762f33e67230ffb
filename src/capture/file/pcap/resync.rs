//! Behind damage in a pcap file: finds the next record.
//!
//! A record header has no mark of its own. One alone may be chance; several in a row, each where the one before says, are not: their times lie
//! near those that were seen, their fractions are fractions, and their packets are not longer than they were on the wire.

use super::{Header, Layout};
use crate::capture::file::Input;

/// Records in a row that are believed. Fewer are enough where the file ends behind them.
const CHAIN: usize = 3;

/// Longest packet that counts in a chain: the largest snapshot length that capturing programs use. A chain must fit into what is looked at.
const CHAIN_PACKET: usize = 256 << 10;

/// How far the first record of a chain is searched at a time.
const SCAN: usize = 1 << 20;

/// How far from the seen times a record's may lie, in seconds: some seven weeks.
const NEAR: u32 = 1 << 22;

/// The first and the latest time that records had, in seconds. Either may itself be damaged, hardly both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times(Option<(u32, u32)>);

impl Times {
    /// Takes the time of a record.
    pub(super) const fn saw(&mut self, seconds: u32) {
        self.0 = match self.0 {
            Some((first, _)) => Some((first, seconds)),
            None => Some((seconds, seconds)),
        };
    }

    fn are_near(&self, seconds: u32) -> bool {
        self.0.is_none_or(|(first, last)| first.abs_diff(seconds) < NEAR || last.abs_diff(seconds) < NEAR)
    }
}

/// Whether this may be the header of a record.
fn is_plausible(layout: &Layout, header: &Header) -> bool {
    let Header { fraction, captured, original, .. } = *header;
    let original = original as usize;
    fraction < layout.units_per_second && original > 0 && captured <= original && original <= layout.max_packet
}

/// Whether the next record, or the end of the file, stands behind the current one if that has `captured` bytes.
pub(super) fn leads_on(layout: &Layout, input: &mut Input, captured: usize) -> bool {
    if captured > layout.max_packet {
        return false;
    }
    let len = layout.header + captured;
    match input.buffer.peek(len + layout.header).get(len..) {
        Some(rest) if rest.len() < layout.header => true,
        Some(rest) => layout.header(rest).is_some_and(|next| is_plausible(layout, &next)),
        None => false,
    }
}

/// Whether the file ends before the current record does, if that has `captured` bytes.
pub(super) fn ends_inside(layout: &Layout, input: &mut Input, captured: usize) -> bool {
    captured <= layout.max_packet && input.buffer.peek(layout.header + captured).len() < layout.header + captured
}

/// Whether records stand in what is left of the file. It is known to be short.
pub(super) fn is_followed(layout: &Layout, times: &Times, input: &mut Input) -> bool {
    let window = layout.header + layout.max_packet;
    find(layout, times, input.buffer.peek(window), 1..window, true).is_some()
}

/// How many bytes before the current place a record begins, if one does inside the record that was read last: where bytes are missing in that,
/// its end is the beginning of the next one.
pub(super) fn begins_before(layout: &Layout, times: &Times, input: &mut Input) -> Option<usize> {
    let back = input.buffer.consumed().len();
    input.buffer.go_back(back);
    let places = layout.header..back;
    let bytes = input.buffer.peek(back + CHAIN * (layout.header + CHAIN_PACKET));
    let at_end = bytes.len() < back + CHAIN * (layout.header + CHAIN_PACKET);
    let found = find(layout, times, bytes, places, at_end);
    input.buffer.consume(back);
    found.map(|place| back - place)
}

/// Skips to the next record, or to the end of the file: how many bytes, and whether there is one.
pub(super) fn skip(layout: &Layout, times: &Times, input: &mut Input) -> (u64, bool) {
    let window = SCAN + CHAIN * (layout.header + CHAIN_PACKET);
    let start = input.buffer.offset();
    let mut from = 1;
    loop {
        let bytes = input.buffer.peek(window);
        let at_end = bytes.len() < window;
        let upto = if at_end { bytes.len() } else { SCAN };
        let found = find(layout, times, bytes, from..upto, at_end);
        input.consume(found.unwrap_or(upto));
        if at_end || found.is_some() {
            return (input.buffer.offset() - start, found.is_some());
        }
        from = 0;
    }
}

/// The first place among `places` where a chain of records begins. `at_end` says that the file ends with `bytes`.
fn find(layout: &Layout, times: &Times, bytes: &[u8], mut places: std::ops::Range<usize>, at_end: bool) -> Option<usize> {
    places.find(|place| is_chain(layout, times, bytes.get(*place..).unwrap_or_default(), at_end))
}

fn is_chain(layout: &Layout, times: &Times, mut bytes: &[u8], at_end: bool) -> bool {
    for links in 0..CHAIN {
        if bytes.is_empty() {
            return at_end && links > 0;
        }
        let Some(header) = layout.header(bytes) else { return at_end && links > 1 };
        if !is_plausible(layout, &header) || header.captured == 0 || header.captured > CHAIN_PACKET || !times.are_near(header.seconds) {
            return false;
        }
        bytes = match bytes.get(layout.header + header.captured..) {
            Some(rest) => rest,
            None => return at_end && links > 0,
        };
    }
    true
}
