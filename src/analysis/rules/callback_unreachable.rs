//! Callbacks that ICMP says cannot reach the client.

use super::outcome::ByOutcome;
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::callback::Outcome;

static META: Meta = Meta {
    code: "RVP103",
    slug: "callback-unreachable",
    severity: Severity::Error,
    title: "A router says that the client cannot be reached",
    meaning: "The server's connection attempt to the client's Call-Back address was answered with an ICMP destination-unreachable message. Who sent it and with \
              which reason says where the way ends: a router without a route (often because the address is private), a packet filter that prohibits it, or \
              the host itself.",
    remedy: "Look at the machine that sent the ICMP message: give it a route, or a rule that permits connections from the server to the client. If the \
              Call-Back is a private address behind a NAT, no route helps: the client must name an address that the server can reach.",
    sources: &[
        "RFC 792 and RFC 1812, section 5.2.7.1 (destination unreachable)",
        "RFC 4443, section 3.1",
        "KB283022 (proxies and network address translation)",
    ],
    shown_by: "callbacks-prohibited",
    not_by: "callbacks-refused",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(_: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByOutcome {
        meta: &META,
        outcome: Outcome::Unreachable,
        how: "unreachable",
        say: |callback| {
            (
                callback.unreachable.map_or_else(String::new, |unreachable| {
                    format!("{} says: {} (code {}).", unreachable.from, unreachable.reason.words(), unreachable.code)
                }),
                None,
            )
        },
    })
}
