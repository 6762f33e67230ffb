//! Callbacks whose connection broke.

use super::outcome::ByOutcome;
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::callback::Outcome;

static META: Meta = Meta {
    code: "RVP106",
    slug: "callback-broken",
    severity: Severity::Error,
    title: "The callback's connection breaks",
    meaning: "The connection to the client came up, and then the client's side reset or closed it without a complete answer, or it never carried a request. Where \
              the server used a connection again that the client had closed already, the NOTIFY met a RST; a server that notices that tries again on a new \
              connection.",
    remedy: "If it happens on connections that are used again, the client closes them after each answer and the server does not notice: harmless if a second \
              attempt follows, a lost notification if not. Else look for a crash of the client, or for a device between them that resets connections.",
    sources: &["RFC 9112, section 9.3.1 (a request on a connection that is being closed)"],
    shown_by: "split-and-reused-callbacks",
    not_by: "callbacks-without-reply",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(_: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByOutcome {
        meta: &META,
        outcome: Outcome::Broken,
        how: "broken",
        say: |callback| {
            (
                if callback.reused_connection == Some(true) {
                    "The connection had been used before, and the client closed it.".to_owned()
                } else {
                    "The client's side ended the connection without a complete answer.".to_owned()
                },
                None,
            )
        },
    })
}
