//! Callbacks that were tried again and again.

use super::handover::{Sent, callbacks, came_out, code_of};
use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::address::Endpoint;
use crate::base::origin::Origin;
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::fact::{Fact, What};
use crate::session::model::SessionId;
use std::collections::{BTreeMap, VecDeque};

static META: Meta = Meta {
    code: "RVP110",
    slug: "callback-retries",
    severity: Severity::Warning,
    title: "The server tries the same callback again and again",
    meaning: "While the server held one message, it tried the same address several times, one attempt after the other: it repeats callbacks that fail. Exchange \
              did so seven times, and four times since a fix, because each repetition keeps the sender waiting and fills the server's queue until it answers \
              503. As information, the same is said of one callback whose connection came up only after several SYNs: then packets to the client \
              were lost or dropped for a while. That attempts belong together is inferred from their order and from the message that was held meanwhile.",
    remedy: "See why the first attempt failed: the finding about its outcome says it. For a client that is gone, let it log off, so that nothing is tried any more. \
              Exchange 2000 servers need the fix that reduces the attempts (KB318158).",
    sources: &["KB318158 (seven attempts, four with the fix; the queue and 503)"],
    shown_by: "callbacks-gone-wrong",
    not_by: "callbacks-refused",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(Retries { tries: thresholds.callback_tries as usize, changes: VecDeque::new() })
}

/// A server begins to call back at once when it has a message; what begins later is for something else.
const BEGINS_WITHIN: Span = Span::from_secs(2);
/// Other reasons for callbacks that are remembered. Beyond it the oldest is forgotten: at such a rate nothing can be told anyway.
const CHANGES: usize = 65_536;

struct Retries {
    tries: usize,
    /// When a client changed its presence or began to watch somebody, which servers call back for as well.
    changes: VecDeque<Timestamp>,
}

impl Rule for Retries {
    fn wants(&self) -> Wants {
        Wants::REQUESTS.and(Wants::CALLBACKS).and(Wants::MESSAGES)
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        match &fact.what {
            What::Callback(callback) => slow_to_come_up(fact, callback, findings),
            What::Request(request) if matches!(request.method, Method::Proppatch | Method::Subscribe) => {
                if self.changes.len() >= CHANGES {
                    self.changes.pop_front();
                }
                self.changes.push_back(fact.at);
            }
            What::Request(_) | What::Unfollowed(_) | What::Unconnected(_) | What::Incomplete(_) | What::Cycle(_) => {}
        }
    }

    fn message(&mut self, sent: &Sent, known: &Known<'_>, findings: &mut Findings) {
        self.judge(sent, known, findings);
    }
}

/// One connection that needed several SYNs, and came up.
fn slow_to_come_up(fact: &Fact<'_>, callback: &CallbackAttempt, findings: &mut Findings) {
    let up = matches!(callback.outcome, Outcome::Delivered | Outcome::HttpError | Outcome::NoReply | Outcome::Broken);
    if callback.attempts < 2 || !up {
        return;
    }
    let took = callback.took.map_or_else(String::new, |took| format!(" The callback took {took}."));
    findings.add(
        &META,
        Found {
            at: fact.at,
            session: fact.session,
            about: format!("callback to {} came up after several SYNs", callback.target),
            severity: Some(Severity::Info),
            certainty: if callback.inferred { Certainty::Inferred } else { Certainty::Seen },
            seen: format!("{} SYNs for one connection.{took}", callback.attempts),
            origin: fact.origin.unpack(),
        },
    );
}

impl Retries {
    fn judge(&self, sent: &Sent, known: &Known<'_>, findings: &mut Findings) {
        let mut places: BTreeMap<(SessionId, Endpoint), Vec<&CallbackAttempt>> = BTreeMap::new();
        for (id, callback) in callbacks(sent, Span::default(), known.sessions) {
            if sent.holds(callback.at) && sent.may_be_in(callback) && callback.reused_connection != Some(true) {
                places.entry((id, callback.target)).or_default().push(callback);
            }
        }
        places.retain(|_, tries| tries.len() >= self.tries);
        // Which attempt is for which message cannot be told where several are held.
        if places.is_empty() || known.background.handovers.is_held_with_another(sent) {
            return;
        }
        let changes = self.changes.iter().filter(|at| sent.holds(**at)).count();
        for ((session, target), tries) in places {
            let (Some(first), Some(last)) = (tries.first(), tries.last()) else { continue };
            let in_a_row = tries.windows(2).all(|pair| matches!(pair, [one, next] if failed_before(one, next.at)));
            if tries.len() < self.tries + changes || !in_a_row || first.at.since(sent.at) > BEGINS_WITHIN {
                continue;
            }
            let mut origin = Origin::default();
            for callback in &tries {
                origin.unite(&callback.origin);
            }
            let end = last.took.map_or(last.at, |took| last.at.after(took));
            let found = Found {
                at: first.at,
                session: Some(session),
                about: format!("callback to {target} repeated"),
                severity: None,
                certainty: Certainty::Inferred,
                seen: format!(
                    "{} attempts in {} for one message to {}; the last {}.",
                    tries.len(),
                    end.since(first.at),
                    sent.recipient(),
                    came_out(last)
                ),
                origin,
            };
            findings.add_because(&META, found, code_of(first));
        }
    }
}

/// Whether that attempt had failed when the next one began.
fn failed_before(callback: &CallbackAttempt, next: Timestamp) -> bool {
    let failed = !matches!(callback.outcome, Outcome::Delivered | Outcome::Unknown);
    failed && callback.took.is_some_and(|took| callback.at.after(took) <= next)
}

#[cfg(test)]
mod tests;
