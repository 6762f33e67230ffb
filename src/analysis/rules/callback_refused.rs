//! Callbacks that the client's host refused.

use super::outcome::ByOutcome;
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::callback::Outcome;

static META: Meta = Meta {
    code: "RVP101",
    slug: "callback-refused",
    severity: Severity::Error,
    title: "The client's host refuses the server's callback",
    meaning: "An RVP server delivers messages and presence by opening a connection to the address that the client named at log-on (Call-Back). The host at \
              that address answered the connection attempt with a RST: nothing listens on that port. Either the client program has ended or has moved to \
              another port, or a firewall answers in the host's name.",
    remedy: "See whether the client is still running and logged on, and whether it listens on the port of its Call-Back (`netstat -an` on the client). If it \
              does, look for a packet filter between it and the server that rejects with RST.",
    sources: &["draft-osborne-rvp-00, section 5 (Call-Back)", "RFC 9293, section 3.10.7.1 (RST to a SYN for a closed port)"],
    shown_by: "callbacks-refused",
    not_by: "callbacks-unanswered",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(_: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByOutcome {
        meta: &META,
        outcome: Outcome::Refused,
        how: "refused",
        say: |callback| (format!("A RST answered the SYN{}.", if callback.attempts > 1 { "s" } else { "" }), None),
    })
}
