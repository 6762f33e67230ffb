//! Behind damage in a file of records: finds the next one.
//!
//! A record header has no mark of its own. One alone may be chance; several in a row, each where the one before says, are not: their times lie
//! near those that were seen, and what else they say is possible.

use super::input::Input;

/// Records in a row that are believed. Fewer are enough where the file ends behind them.
const CHAIN: usize = 3;

/// Longest record that counts in a chain: the largest snapshot length that capturing programs use, and a header. A chain must fit into what is
/// looked at.
const CHAIN_RECORD: usize = LONGEST_PACKET + 256;
pub(super) const LONGEST_PACKET: usize = 256 << 10;

/// How far the first record of a chain is searched at a time.
const SCAN: usize = 1 << 20;

/// How far from the seen times a record's may lie, in seconds: some seven weeks.
const NEAR: u64 = 1 << 22;

/// The first and the latest time that records had, in seconds. Either may itself be damaged, hardly both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times(Option<(i64, i64)>);

impl Times {
    /// Takes the time of a record.
    #[inline]
    pub(super) const fn saw(&mut self, seconds: i64) {
        self.0 = match self.0 {
            Some((first, _)) => Some((first, seconds)),
            None => Some((seconds, seconds)),
        };
    }

    /// Whether a time is near those that were seen. Before the first, each is.
    pub(super) fn are_near(&self, seconds: i64) -> bool {
        self.0.is_none_or(|(first, last)| first.abs_diff(seconds) < NEAR || last.abs_diff(seconds) < NEAR)
    }
}

/// What is known of a format's records.
pub(super) trait Records {
    /// Bytes that a record has at least. So many tell how long it is.
    fn header_len(&self) -> usize;

    /// The length of the record that may begin with `bytes`, `header_len` of them or more; `None` if none can.
    fn record_len(&self, bytes: &[u8]) -> Option<usize>;

    /// Whether another file begins with `bytes`, for formats whose files people join as they are.
    fn another_begins(&self, _bytes: &[u8]) -> bool {
        false
    }

    /// Records that are still to come, where the file says how many it has.
    fn to_come(&self) -> usize {
        usize::MAX
    }

    /// Whole records with which the file ends that are enough.
    fn enough(&self) -> usize {
        1
    }
}

/// Whether a chain of records begins with `bytes`, which may be followed by others unless `at_end`.
pub(super) fn is_chain(records: &impl Records, mut bytes: &[u8], at_end: bool) -> bool {
    // The one at which none was found is not in the chain.
    let wanted = records.to_come().saturating_sub(1).clamp(1, CHAIN);
    for links in 0..wanted {
        if bytes.is_empty() {
            return at_end && links >= records.enough();
        }
        if bytes.len() < records.header_len() {
            return at_end && links > 1;
        }
        let Some(len) = records.record_len(bytes).filter(|len| *len > 0 && *len <= CHAIN_RECORD) else { return false };
        bytes = match bytes.get(len..) {
            Some(rest) => rest,
            None => return at_end && links >= records.enough(),
        };
    }
    true
}

/// Whether a record, or the end of the file, stands `len` bytes on.
pub(super) fn leads_on(records: &impl Records, input: &mut Input, len: usize) -> bool {
    match input.buffer.peek(len + records.header_len()).get(len..) {
        Some(rest) if rest.len() < records.header_len() => true,
        Some(rest) => records.record_len(rest).is_some(),
        None => false,
    }
}

/// Whether records stand in the next `window` bytes, with which the file ends.
pub(super) fn is_followed(records: &impl Records, input: &mut Input, window: usize) -> bool {
    find(records, input.buffer.peek(window), 1..window, true).is_some()
}

/// How many bytes before the current place a record begins, if one does inside the record that was read last: where bytes are missing in that,
/// its end is the beginning of the next one.
pub(super) fn begins_before(records: &impl Records, input: &mut Input) -> Option<usize> {
    let back = input.buffer.consumed().len();
    input.buffer.go_back(back);
    let places = records.header_len()..back;
    let window = back + CHAIN * CHAIN_RECORD;
    let bytes = input.buffer.peek(window);
    let at_end = bytes.len() < window;
    let found = find(records, bytes, places, at_end);
    input.buffer.consume(back);
    found.map(|place| back - place)
}

/// Skips to the next record, or to the end of the records, which is at most `left` bytes away: how many bytes, and whether there is one.
pub(super) fn skip(records: &impl Records, input: &mut Input, mut left: u64) -> (u64, bool) {
    let window = SCAN + CHAIN * CHAIN_RECORD;
    let start = input.buffer.offset();
    let mut from = 1;
    loop {
        let bytes = input.buffer.peek(window.min(usize::try_from(left).unwrap_or(window)));
        let at_end = bytes.len() < window;
        let upto = if at_end { bytes.len() } else { SCAN };
        let found = find(records, bytes, from..upto, at_end);
        let skipped = found.unwrap_or(upto);
        input.consume(skipped);
        left -= skipped as u64;
        if at_end || found.is_some() {
            return (input.buffer.offset() - start, found.is_some());
        }
        from = 0;
    }
}

/// The first place among `places` where a chain of records, or another file, begins. `at_end` says that the file ends with `bytes`.
fn find(records: &impl Records, bytes: &[u8], mut places: std::ops::Range<usize>, at_end: bool) -> Option<usize> {
    places.find(|place| {
        let bytes = bytes.get(*place..).unwrap_or_default();
        is_chain(records, bytes, at_end) || records.another_begins(bytes)
    })
}
