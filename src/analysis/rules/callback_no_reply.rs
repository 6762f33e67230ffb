//! Callbacks that were accepted and not answered in time.

use super::outcome::ByOutcome;
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::callback::Outcome;

static META: Meta = Meta {
    code: "RVP104",
    slug: "callback-no-reply",
    severity: Severity::Error,
    title: "The client accepts the callback and does not answer in time",
    meaning: "The connection to the client came up and the server sent its NOTIFY, but gave up before it had an answer. The client program hangs, is busy with \
              something else, or something in between accepted the connection in its name. An answer that came after the server had given up is shown: then \
              the client did handle the notification, and the server does not know.",
    remedy: "See what the client did at that time. If answers come late, the client is overloaded or waits for its user; if none ever comes, its listener hangs \
              or is not the RVP client's.",
    sources: &["draft-osborne-rvp-00, section 5.6 (acknowledgment)"],
    shown_by: "callbacks-without-reply",
    not_by: "callbacks-refused",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(_: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByOutcome {
        meta: &META,
        outcome: Outcome::NoReply,
        how: "without a reply",
        say: |callback| {
            (
                match callback.late_answer {
                    Some(late) => {
                        format!("The server gave up; the client answered {} after {}, which nobody read.", late.status, late.after)
                    }
                    None => "The server gave up waiting; no answer was seen.".to_owned(),
                },
                None,
            )
        },
    })
}
