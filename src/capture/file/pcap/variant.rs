//! Which kind of pcap a file is. Some programs wrote records with longer headers and left the file's header as it was, or shared one between two
//! kinds; AIX wrote other link types. The layouts are described in Wireshark's `wiretap/libpcap.h`.

use super::super::chain::{self, Records};
use super::{Layout, Lengths, Plausible};
use crate::capture::file::Input;
use crate::capture::file::chain::Times;
use crate::capture::file::input::UNKNOWN_LINK;

/// The record header of the format itself.
pub(super) const RECORD_HEADER: usize = 16;
/// Nokia's has four bytes more.
const NOKIA_RECORD_HEADER: usize = 20;
/// That of a patched libpcap of 1999 (Red Hat 6.1 and others) adds an interface, a protocol and a direction.
const MODIFIED_RECORD_HEADER: usize = 24;
/// That of another version of the patch (SuSE 6.3) adds four bytes for debugging.
const DEBUG_RECORD_HEADER: usize = 28;

/// How much of the beginning is looked at to tell the kinds apart.
const LOOKED_AT: usize = 256 << 10;

/// Link types that AIX wrote: interface types of RFC 1573 instead of the registry's numbers, and how many bytes stand before the frame.
const AIX_LINKS: [(u16, u16, usize); 4] = [(6, 1, 0), (9, 6, 0), (15, 10, 3), (24, 0, 0)];

/// If a file of this version and link type was written by AIX, its link type in the numbers of the registry, and the padding before frames.
/// Such a file has nanoseconds.
pub(super) fn aix(version: (u16, u16), link_type: u16) -> Option<(u16, usize)> {
    let (_, link_type, padding) = AIX_LINKS.into_iter().find(|(written, _, _)| version == (2, 2) && *written == link_type)?;
    Some((link_type, padding))
}

/// The order of a record's two lengths in a version. DG/UX wrote 543.0.
pub(super) const fn lengths(version: (u16, u16)) -> Lengths {
    match version {
        (2, 0..3) | (543, _) => Lengths::OriginalFirst,
        (2, 3) => Lengths::SmallerIsCaptured,
        _ => Lengths::CapturedFirst,
    }
}

/// Decides how long the record headers are, by the first records: the usual length, unless they make no sense so and those of another one do.
pub(super) fn record_header(layout: &Layout, modified: bool, link_type: &mut u16, input: &mut Input) -> usize {
    let candidates: &[usize] = if modified {
        &[MODIFIED_RECORD_HEADER, DEBUG_RECORD_HEADER]
    } else {
        &[RECORD_HEADER, MODIFIED_RECORD_HEADER, NOKIA_RECORD_HEADER]
    };
    let usual = if modified { MODIFIED_RECORD_HEADER } else { RECORD_HEADER };
    let times = Times::default();
    let first = Layout { header: usual, ..*layout };
    let records = Plausible { layout: &first, times: &times };
    let Some(len) = records.record_len(input.buffer.peek(usual)) else { return usual };
    // The usual case needs no more than the second record's header, for which a pipe has to be waited for anyway.
    let second = input.buffer.peek(len + usual).get(len..).unwrap_or_default();
    let fits = match second.len() {
        0 => true,
        short if short < usual => false,
        _ => records.record_len(second).is_some(),
    };
    if fits {
        return usual;
    }
    // What is left of a file with one packet if its header was longer. Too little to tell Nokia's from a file that was cut.
    let alone = Some(second.len()).filter(|left| *left < usual);
    let bytes = input.buffer.peek(LOOKED_AT);
    let at_end = bytes.len() < LOOKED_AT;
    let fits = |header: &usize| {
        let layout = Layout { header: *header, ..*layout };
        let records = Plausible { layout: &layout, times: &times };
        let expected = alone.is_none_or(|left| *header == usual + left && *header > NOKIA_RECORD_HEADER);
        expected && chain::is_chain(&records, bytes, at_end) && (*header <= NOKIA_RECORD_HEADER || layout.extras_are_possible(bytes))
    };
    let header = candidates.iter().copied().find(fits).unwrap_or(usual);
    if header == NOKIA_RECORD_HEADER && *link_type == 13 {
        // Nokia's number 13 is a kind of ATM, not the registry's.
        *link_type = UNKNOWN_LINK;
    }
    header
}
