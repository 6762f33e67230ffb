//! Callbacks that nothing answered.

use super::outcome::ByOutcome;
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::callback::Outcome;

static META: Meta = Meta {
    code: "RVP102",
    slug: "callback-unanswered",
    severity: Severity::Error,
    title: "Nothing answers the server's callback",
    meaning: "The server sent SYNs to the address that the client named at log-on, and nothing answered: no SYN-ACK, no RST, no ICMP message. Packets to that \
              address are dropped on the way, by a firewall or a NAT router that knows of no such connection, or the host is gone. The sender of a message \
              waits all that time.",
    remedy: "Open the way from the server to the client: a firewall rule for connections from the server to the client's Call-Back ports, or a fixed Call-Back \
              port that is forwarded. RVP cannot work from behind a NAT that forwards nothing (KB283022).",
    sources: &["draft-osborne-rvp-00, section 5 (Call-Back)", "KB283022 (proxies and network address translation)"],
    shown_by: "callbacks-unanswered",
    not_by: "callbacks-refused",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(_: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByOutcome {
        meta: &META,
        outcome: Outcome::Unanswered,
        how: "unanswered",
        say: |callback| (format!("{} SYN{} without an answer.", callback.attempts, if callback.attempts == 1 { "" } else { "s" }), None),
    })
}
