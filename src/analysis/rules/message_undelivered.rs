//! Messages whose senders were told that they did not arrive.

use super::handover::{Sent, callbacks, came_out, code_of};
use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::time::Span;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::model::MessageKind;

static META: Meta = Meta {
    code: "RVP201",
    slug: "message-undelivered",
    severity: Severity::Error,
    title: "A message was not delivered, and its sender was told so",
    meaning: "The server answered a client's NOTIFY with an error: 412 means that the recipient is not available, 404 that there is no such recipient, 500 that \
              something failed on the way, 403 that the recipient does not permit it. The sender's client shows that the message \"could not be delivered to all \
              recipients\". With RVP-Ack-Type DeepOr the server answers only when it knows how the callback to the recipient came out, so a callback that failed \
              between the request and its answer is the likely cause, and is told as such. An error to the sender does not prove that nobody read the \
              message: a client that answered too late, or answered an error, may have shown it.",
    remedy: "Look at the finding that it names as the cause. If no callback is visible, the server did not try (the recipient is not logged on, or its server \
              does not know where), tried from another machine, or the capture point does not see its connections to the recipient.",
    sources: &[
        "draft-osborne-rvp-00, section 5.6 (acknowledgment) and section 8 (status codes)",
        "KB283022 (the words of the client)",
        "observed: librvp takes 404 and 412 for undeliverable",
    ],
    shown_by: "callbacks-refused",
    not_by: "two-log-ons",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(_: &Thresholds) -> Box<dyn Rule> {
    Box::new(Undelivered)
}

struct Undelivered;

impl Rule for Undelivered {
    fn wants(&self) -> Wants {
        Wants::MESSAGES
    }

    fn message(&mut self, sent: &Sent, known: &Known<'_>, findings: &mut Findings) {
        if sent.status.is_some_and(is_undelivered) {
            judge(sent, known, findings);
        }
    }
}

/// A challenge says nothing about the message.
const fn is_undelivered(status: u16) -> bool {
    status >= 400 && status != 401 && status != 407
}

fn judge(sent: &Sent, known: &Known<'_>, findings: &mut Findings) {
    let all = callbacks(sent, Span::default(), known.sessions);
    let own: Vec<&CallbackAttempt> =
        all.into_iter().map(|(_, callback)| callback).filter(|callback| sent.holds(callback.at) && sent.may_be_in(callback)).collect();
    let failed: Vec<&CallbackAttempt> = own.iter().copied().filter(|callback| code_of(callback).is_some()).collect();
    let delivered = own.iter().any(|callback| callback.outcome == Outcome::Delivered);
    let mut origin = sent.origin.unpack();
    for callback in &own {
        origin.unite(&callback.origin);
    }
    let cause = failed.last().and_then(|callback| code_of(callback)).filter(|_| !delivered);
    // That somebody is not there is what 412 and 404 are for; it is an error where the server tried, or where something else failed.
    let absent = own.is_empty() && matches!(sent.status, Some(403 | 404 | 412));
    let severity = match sent.kind {
        MessageKind::Typing | MessageKind::Leave => Some(Severity::Info),
        _ => (delivered || absent).then_some(Severity::Warning),
    };
    let what = match sent.kind {
        MessageKind::Typing => "typing notice",
        MessageKind::Invite => "invitation",
        MessageKind::Leave => "farewell",
        MessageKind::Text | MessageKind::Open | MessageKind::Other => "message",
    };
    let from = sent.session.and_then(|id| known.sessions.get(id)).and_then(|session| session.principal.as_ref());
    let from = from.map_or_else(String::new, |principal| format!("from {} ", super::handover::short(principal)));
    let found = Found {
        at: sent.at,
        session: sent.session,
        about: format!("{what} {from}to {} not delivered", sent.recipient()),
        severity,
        certainty: if failed.is_empty() && !delivered { Certainty::Seen } else { Certainty::Inferred },
        seen: said(sent, &own, &failed, delivered, known.sessions.people.sessions(&sent.node).is_empty()),
        origin,
    };
    findings.add_because(&META, found, cause);
}

/// What was seen, in a sentence or two.
fn said(sent: &Sent, own: &[&CallbackAttempt], failed: &[&CallbackAttempt], delivered: bool, nobody: bool) -> String {
    let status = sent.status.map_or_else(String::new, |status| status.to_string());
    let after = sent.waited().map_or_else(String::new, |waited| format!(" after {waited}"));
    let told = format!("The sender was answered {status}{after}");
    let who = sent.recipient();
    if delivered {
        return format!("{told}, although a callback to {who} meanwhile was acknowledged.");
    }
    match (failed.last(), own.first()) {
        (Some(callback), _) => {
            let times = if failed.len() > 1 { format!("each of {} callbacks", failed.len()) } else { "the callback".to_owned() };
            let late = match callback.late_answer {
                Some(late) => format!(" But the client handled it, {} after it was sent.", late.after),
                None => String::new(),
            };
            format!("{told}: {times} to {} {}.{late}", callback.target, came_out(callback))
        }
        (None, Some(callback)) => format!("{told}; the callback to {} {}.", callback.target, came_out(callback)),
        (None, None) if sent.status == Some(403) => format!("{told}: not permitted; no callback to {who} is seen."),
        (None, None) if nobody => format!("{told}; nobody is seen to be logged on as {who}, and no callback."),
        (None, None) => format!("{told}; no callback to {who} is seen in between, so why is not visible from here."),
    }
}

#[cfg(test)]
mod tests;
