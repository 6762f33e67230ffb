//! Callbacks that the client answered with an error.

use super::outcome::ByOutcome;
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::callback::Outcome;

static META: Meta = Meta {
    code: "RVP105",
    slug: "callback-http-error",
    severity: Severity::Warning,
    title: "The client answers the callback with an error",
    meaning: "The notification reached the client, and the client answered it with an error. That does not always mean that it was not handled: the sample client \
              of one library answers 500 to every presence notification and handles it all the same. For a message, the server tells the sender that it \
              could not be delivered.",
    remedy: "Look at the sender's answer to the same message, and at the client's version. A 400 says that the client could not read the notification, a 500 \
              that it failed while it handled it, or that its answer is simply wrong.",
    sources: &["draft-osborne-rvp-00, section 8 (status codes)", "observed: Net::RVP answers 500 to presence notifications"],
    shown_by: "callbacks-with-errors",
    not_by: "miranda-bare-lf",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(_: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByOutcome {
        meta: &META,
        outcome: Outcome::HttpError,
        how: "answered with an error",
        say: |callback| {
            (
                callback.status.map_or_else(String::new, |status| format!("Answered {status}.")),
                (callback.carries == "message").then_some(Severity::Error),
            )
        },
    })
}
