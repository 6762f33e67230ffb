//! Wireless LAN (IEEE 802.11): data frames that are not encrypted, and the headers that capture programs put before them.

use crate::net::layer::{Identity, Layer, Step};
use crate::net::view::View;

/// A frame from its frame control field on.
pub(super) fn frame<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    data(view, identity, false)
}

/// Reads a frame; `padded` where its header is filled up to a multiple of four bytes.
fn data<'a>(view: View<'a>, identity: &mut Identity, padded: bool) -> Step<'a> {
    const DATA: u8 = 0x08;
    const WITHOUT_DATA: u8 = 0x40;
    const QUALITY: u8 = 0x80;
    const BOTH_SYSTEMS: u8 = 0x03;
    const MORE_FRAGMENTS: u8 = 0x04;
    const PROTECTED: u8 = 0x40;
    const ORDER: u8 = 0x80;
    const AGGREGATED: u8 = 0x80;
    let ([kind, flags], _) = view.take::<2>()?;
    if kind & 0x0f != DATA || kind & WITHOUT_DATA != 0 || flags & PROTECTED != 0 {
        return Some((Layer::Other, view));
    }
    let sequence = view.bytes.get(22)?;
    // Fragments of frames are not put together.
    if flags & MORE_FRAGMENTS != 0 || sequence & 0x0f != 0 {
        return None;
    }
    let addresses = if flags & BOTH_SYSTEMS == BOTH_SYSTEMS { 30 } else { 24 };
    let (header, quality) = if kind & QUALITY == 0 {
        (addresses, 0)
    } else {
        (addresses + if flags & ORDER == 0 { 2 } else { 6 }, *view.bytes.get(addresses)?)
    };
    let rest = view.skip(if padded { header.next_multiple_of(4) } else { header })?;
    if quality & AGGREGATED == 0 {
        return Some((Layer::Llc, rest));
    }
    // Several frames in one: read where there is one only, since a packet can't be two segments. A check sequence may follow.
    let (length, frame) = rest.skip(12)?.take_u16()?;
    let length = usize::from(length);
    identity.inner_ethernet();
    (frame.bytes.len() + frame.missing < length.next_multiple_of(4) + 14 + 8).then(|| (Layer::Llc, frame.trim(length)))
}

/// Radiotap: version, padding, length, one or more words that say which fields follow. One of these says whether the frame's header is padded.
pub(super) fn radiotap<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    const MORE_WORDS: u32 = 1 << 31;
    const TIME: u32 = 1;
    const FLAGS: u32 = 2;
    const PADDED: u8 = 0x20;
    let ([_, _, l0, l1, p0, p1, p2, p3], mut rest) = view.take::<8>()?;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    let present = u32::from_le_bytes([p0, p1, p2, p3]);
    let mut fields = 8_usize;
    let mut word = present;
    while word & MORE_WORDS != 0 {
        let (next, behind) = rest.take::<4>()?;
        (word, rest) = (u32::from_le_bytes(next), behind);
        fields += 4;
    }
    let flags_at = if present & TIME == 0 { fields } else { fields.next_multiple_of(8) + 8 };
    let flags = if present & FLAGS != 0 && flags_at < length { *view.bytes.get(flags_at)? } else { 0 };
    data(view.skip(length.max(8))?, identity, flags & PADDED != 0)
}

/// AVS: version and length, in network byte order.
pub(super) fn avs<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let ([_, _, _, _, l0, l1, l2, l3], _) = view.take::<8>()?;
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).ok()?;
    data(view.skip(length.max(8))?, identity, false)
}

/// Prism: a message code and the length, in the byte order of the machine that captured; or AVS, which is told by its version.
pub(super) fn prism<'a>(view: View<'a>, identity: &mut Identity) -> Step<'a> {
    let ([version, length], _) = view.take::<8>().map(|(head, rest)| {
        let [v0, v1, v2, v3, l0, l1, l2, l3] = head;
        ([[v0, v1, v2, v3], [l0, l1, l2, l3]], rest)
    })?;
    if u32::from_be_bytes(version) & 0xffff_f000 == 0x8021_1000 {
        return avs(view, identity);
    }
    let length = u32::from_le_bytes(length).min(u32::from_be_bytes(length));
    data(view.skip(usize::try_from(length).ok()?.max(8))?, identity, false)
}
