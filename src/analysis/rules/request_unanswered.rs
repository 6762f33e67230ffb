//! Requests without an answer, and servers that cannot be connected to.

use super::words::count;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::fate::Fate;
use crate::base::text::printable;
use crate::session::fact::{Fact, What};

static META: Meta = Meta {
    code: "RVP505",
    slug: "request-unanswered",
    severity: Severity::Error,
    title: "The server does not answer the client",
    meaning: "The client sent a request, and the connection ended without an answer to it; or the client could not connect to the server at all: the connection was refused, nothing \
              answered, or a router said that there is no way. librvp waits 30 seconds for an answer and then reports that the server sent an empty one. A NOTIFY is answered \
              only when the recipient's client has acknowledged the message, so it may wait for a callback that hangs. Where the capture has a gap or lacks the direction of \
              the answers, nothing is said.",
    remedy: "See whether the server's service runs and whether others are served at that time. For a NOTIFY look at the callbacks that the server tried meanwhile. If the \
             connection is refused or unanswered, look for a firewall between client and server.",
    sources: &[
        "draft-osborne-rvp-00, section 5.6 (acknowledgment before the answer)",
        "observed: librvp gives up after 30 s",
        "RFC 9293, section 3.10.7.1 (RST to a SYN for a closed port)",
    ],
    shown_by: "server-in-trouble",
    not_by: "lost-packets",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(Unanswered) };

struct Unanswered;

impl Rule for Unanswered {
    fn wants(&self) -> Wants {
        Wants::REQUESTS.and(Wants::UNCONNECTED)
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let (about, seen) = match &fact.what {
            What::Request(request) if request.unanswered => (
                format!("{} to server {} without an answer", printable(request.method.as_str()), request.server),
                "The connection ended, and no answer had come.".to_owned(),
            ),
            What::Unconnected(attempt) => {
                let server = attempt.server;
                match attempt.fate {
                    Fate::Refused => (format!("connection to server {server} refused"), "A RST answered the SYN.".to_owned()),
                    Fate::Unreachable(why) => {
                        (format!("server {server} unreachable"), format!("{} says: {} (code {}).", why.from, why.reason.words(), why.code))
                    }
                    _ => (
                        format!("connection to server {server} unanswered"),
                        format!("{} without an answer.", count(attempt.attempts.into(), "SYN")),
                    ),
                }
            }
            _ => return,
        };
        let certainty = Certainty::Seen;
        findings
            .add(&META, Found { at: fact.at, session: fact.session, about, severity: None, certainty, seen, origin: fact.origin.unpack() });
    }
}
