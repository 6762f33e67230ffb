//! Link types: one table from a packet's first byte to what comes after its link header.
//!
//! Numbers and names are those of the registry of link types at <https://www.tcpdump.org/linktypes.html>, which also says what each header looks
//! like.

mod bsd;
mod cooked;
pub(super) mod ethernet;
pub(super) mod llc;
pub(super) mod mpls;
pub(super) mod ppp;
mod rings;
mod wireless;
mod wrapped;

use super::layer::{Identity, Layer, Step};
use super::view::View;

/// The link type of nearly all captures.
pub(super) const ETHERNET: u16 = 1;

/// A way to read a link header.
type Reader = for<'a> fn(View<'a>, &mut Identity) -> Step<'a>;

/// IP, LLC and MPLS without a header before them.
const RAW: Reader = |view, _| Some((Layer::Ip, view));
const LLC: Reader = |view, _| Some((Layer::Llc, view));
const LABELS: Reader = |view, _| Some((Layer::Mpls, view));

/// The link types that are decoded, in the order of their numbers: number, name (as the registry calls it, without its prefix), reader.
const LINK_TYPES: &[(u16, &str, Reader)] = &[
    (0, "NULL", bsd::null),
    (ETHERNET, "ETHERNET", ethernet::read),
    (6, "IEEE802_5", rings::token_ring),
    (8, "SLIP", bsd::slip),
    (9, "PPP", ppp::link),
    (10, "FDDI", rings::fddi),
    (12, "RAW", RAW),
    (14, "RAW", RAW),
    (50, "PPP_HDLC", ppp::link),
    (51, "PPP_ETHER", ppp::over_ethernet),
    (100, "ATM_RFC1483", LLC),
    (101, "RAW", RAW),
    (104, "C_HDLC", ppp::cisco_hdlc),
    (105, "IEEE802_11", wireless::frame),
    (107, "FRELAY", llc::frame_relay),
    (108, "LOOP", bsd::null),
    (109, "ENC", bsd::enc),
    (113, "LINUX_SLL", cooked::sll),
    (117, "PFLOG", bsd::pflog),
    (119, "IEEE802_11_PRISM", wireless::prism),
    (122, "IP_OVER_FC", llc::ip_over_fibre_channel),
    (127, "IEEE802_11_RADIOTAP", wireless::radiotap),
    (138, "APPLE_IP_OVER_IEEE1394", rings::fire_wire),
    (163, "IEEE802_11_AVS", wireless::avs),
    (166, "PPP_PPPD", ppp::pppd),
    (192, "PPI", wrapped::ppi),
    (204, "PPP_WITH_DIR", ppp::with_direction),
    (219, "MPLS", LABELS),
    (226, "IPNET", bsd::ipnet),
    (228, "IPV4", RAW),
    (229, "IPV6", RAW),
    (239, "NFLOG", wrapped::nflog),
    (240, "NETANALYZER", wrapped::net_analyzer),
    (241, "NETANALYZER_TRANSPARENT", wrapped::net_analyzer_transparent),
    (274, "ETHERNET_MPACKET", wrapped::mpacket),
    (276, "LINUX_SLL2", cooked::sll2),
];

/// The name of a link type, also of one that is not decoded.
pub fn name(link_type: u16) -> String {
    find(link_type).map_or_else(|| format!("LINKTYPE_{link_type}"), |(_, name, _)| (*name).to_owned())
}

/// The way to read a link type's header, if it is decoded.
pub(super) fn reader(link_type: u16) -> Option<Reader> {
    find(link_type).map(|(_, _, reader)| *reader)
}

fn find(link_type: u16) -> Option<&'static (u16, &'static str, Reader)> {
    let at = LINK_TYPES.binary_search_by_key(&link_type, |(number, _, _)| *number).ok()?;
    LINK_TYPES.get(at)
}

/// What BSD, Darwin, Linux and Windows call the address family of IP; other families are no IP.
const fn family(number: u32) -> Layer {
    match number {
        2 | 10 | 23 | 24 | 26 | 28 | 30 => Layer::Ip,
        _ => Layer::Other,
    }
}

#[cfg(test)]
mod tests;
