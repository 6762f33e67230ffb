//! Senders who waited for a callback.

use super::handover::{Sent, callbacks, came_out, code_of};
use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::time::{Span, Timestamp};
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::model::{MessageKind, SessionId};

static META: Meta = Meta {
    code: "RVP204",
    slug: "delivery-slow",
    severity: Severity::Warning,
    title: "The sender of a message waited for the callback to its recipient",
    meaning: "The server answered the sender of a message late, and during most of that time it tried to call back the recipient. That is how RVP works: clients ask \
              for RVP-Ack-Type DeepOr, so that the answer means that the recipient's client has the message, or that it could not be reached. One recipient \
              behind a firewall that drops packets so makes every sender wait for the server's connection time-out, keeps connections and requests open at \
              the server, and may fill its queue until it answers 503.",
    remedy: "Look at the callback: the finding that is named as the cause says why it took so long. A firewall that rejects (RST or ICMP) instead of dropping \
              makes the failure as fast as a success.",
    sources: &["draft-osborne-rvp-00, section 5.6 (acknowledgment)", "KB318158 (the server's queue, 503 and retries)"],
    shown_by: "callbacks-unanswered",
    not_by: "callbacks-refused",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(Slow { from: thresholds.slow_delivery, tries: thresholds.callback_tries as usize })
}

struct Slow {
    from: Span,
    tries: usize,
}

impl Rule for Slow {
    fn wants(&self) -> Wants {
        Wants::MESSAGES
    }

    fn message(&mut self, sent: &Sent, known: &Known<'_>, findings: &mut Findings) {
        // Nobody waits for a typing notice.
        if sent.kind != MessageKind::Typing && sent.waited().is_some_and(|waited| waited >= self.from) {
            self.judge(sent, known, findings);
        }
    }
}

impl Slow {
    fn judge(&self, sent: &Sent, known: &Known<'_>, findings: &mut Findings) {
        let Some(waited) = sent.waited() else { return };
        let all = callbacks(sent, Span::default(), known.sessions);
        let own: Vec<(SessionId, &CallbackAttempt)> =
            all.into_iter().filter(|(_, callback)| sent.holds(callback.at) && sent.may_be_in(callback)).collect();
        let in_callbacks = covered(sent, own.iter().map(|(_, callback)| *callback), own.len() >= self.tries);
        // Most of the time: more than half.
        if in_callbacks.nanos().saturating_mul(2) <= waited.nanos() {
            return;
        }
        let Some((_, longest)) = own.iter().max_by_key(|(_, callback)| callback.took) else { return };
        let cause = match longest.outcome {
            Outcome::Delivered => longest.took.filter(|took| *took >= self.from).map(|_| "RVP111"),
            _ => code_of(longest),
        };
        let mut origin = sent.origin.unpack();
        for (_, callback) in &own {
            origin.unite(&callback.origin);
        }
        let status = sent.status.map_or_else(String::new, |status| format!(" ({status})"));
        let (callbacks, which) =
            if own.len() > 1 { (format!("{} callbacks", own.len()), "the longest of which") } else { ("the callback".to_owned(), "which") };
        let found = Found {
            at: sent.at,
            session: sent.session,
            about: format!("message to {} answered late", sent.recipient()),
            severity: None,
            certainty: Certainty::Inferred,
            seen: format!(
                "The answer{status} came after {waited}; {in_callbacks} of it went into {callbacks} to {}, {which} {}.",
                longest.target,
                came_out(longest)
            ),
            origin,
        };
        findings.add_because(&META, found, cause);
    }
}

/// How much of the time for which the server held the message was spent in callbacks. They are in the order of time, and may overlap. Where they
/// are `repeated`, the pauses between them belong to it.
fn covered<'c>(sent: &Sent, callbacks: impl Iterator<Item = &'c CallbackAttempt>, repeated: bool) -> Span {
    let mut nanos = 0_i64;
    let mut reached: Timestamp = sent.at;
    let mut begun = false;
    for callback in callbacks {
        let Some(took) = callback.took else { continue };
        let from = if repeated && begun { reached } else { callback.at.max(reached) };
        begun = true;
        let until = callback.at.after(took).min(sent.until());
        if until > from {
            nanos = nanos.saturating_add(until.since(from).nanos());
            reached = until;
        }
    }
    Span::from_nanos(nanos)
}

#[cfg(test)]
mod tests;
