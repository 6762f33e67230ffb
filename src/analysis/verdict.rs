//! The verdict: for each principal who could not be reached, in plain words, why, and what could help.

use super::finding::Finding;
use super::rules::address_kind;
use crate::base::address::Endpoint;
use crate::base::origin::Origin;
use crate::base::text::shortened;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::model::{Session, SessionId};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is to be said about one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The session.
    pub session: SessionId,
    /// The sentences, printable.
    pub text: String,
    /// The packets of the failed callbacks.
    pub origin: Origin,
}

/// The verdicts, in the order of the sessions. `findings` say what else is known of each.
pub fn verdicts(sessions: &[Session], findings: &[Finding]) -> Vec<Verdict> {
    sessions.iter().filter_map(|session| verdict(session, findings)).collect()
}

fn verdict(session: &Session, findings: &[Finding]) -> Option<Verdict> {
    let failed: Vec<&CallbackAttempt> = session.callbacks.iter().filter(|callback| is_unreached(callback)).collect();
    let first = failed.first()?;
    let visible = session.callbacks.iter().filter(|callback| callback.outcome != Outcome::Unknown).count();
    let who = session
        .principal
        .as_ref()
        .map_or_else(|| session.client.to_string(), |principal| shortened(principal.user().unwrap_or_else(|| principal.as_str()), 40));
    let mut text =
        if failed.len() == visible { format!("{who} could not be reached: ") } else { format!("{who} could not be reached for a time: ") };
    let _ = write!(text, "{} of {visible} callbacks failed", failed.len());
    let mut targets: BTreeMap<Endpoint, BTreeMap<&'static str, usize>> = BTreeMap::new();
    for callback in &failed {
        *targets.entry(callback.target).or_default().entry(how(callback)).or_default() += 1;
    }
    for (index, (target, ways)) in targets.iter().enumerate() {
        let ways: Vec<String> = ways.iter().map(|(way, count)| format!("{count} {way}")).collect();
        let _ = write!(text, "{} to {target}: {}", if index == 0 { "," } else { ";" }, ways.join(", "));
    }
    text.push('.');
    let mismatch = findings.iter().any(|finding| finding.session == Some(session.id) && finding.meta.slug == "callback-address-mismatch");
    let inner = address_kind(first.target.ip).filter(|_| first.target.ip != session.client);
    match (inner, mismatch) {
        (Some(kind), _) => {
            let _ = write!(
                text,
                " That is {kind}, while the client is seen as {}: most likely NAT between them. What could help: a Call-Back address and a fixed \
                 port that the server can reach, or no NAT. Polling (Exchange 2000 SP1) was made for this and withdrawn; Live Communications Server \
                 2003 uses a single connection in both directions.",
                session.client
            );
        }
        (None, true) if first.target.ip != session.client => {
            let _ = write!(
                text,
                " The client is seen as {}, and asks for callbacks elsewhere: NAT, a proxy, or several interfaces.",
                session.client
            );
        }
        _ => text.push_str(advice(first)),
    }
    let mut origin = Origin::default();
    for callback in failed {
        origin.extend(&callback.origin);
    }
    Some(Verdict { session: session.id, text, origin })
}

/// Whether the notification did not reach the client, as far as the server can know.
const fn is_unreached(callback: &CallbackAttempt) -> bool {
    matches!(callback.outcome, Outcome::Refused | Outcome::Unanswered | Outcome::Unreachable | Outcome::NoReply)
}

const fn how(callback: &CallbackAttempt) -> &'static str {
    match (callback.outcome, callback.unreachable) {
        (Outcome::Refused, _) => "refused",
        (Outcome::Unanswered, _) => "unanswered",
        (Outcome::Unreachable, Some(unreachable)) => unreachable.reason.words(),
        (Outcome::Unreachable, None) => "unreachable",
        _ => "accepted but not answered in time",
    }
}

const fn advice(callback: &CallbackAttempt) -> &'static str {
    match callback.outcome {
        Outcome::Refused => {
            " Nothing listened there at that time: the client program had ended or moved, or a firewall answered in its name."
        }
        Outcome::Unanswered => {
            " Packets to it are dropped on the way: open the firewall between server and client for connections to the client's Call-Back port."
        }
        Outcome::Unreachable => " The machine that says so has no route, or forbids the way: look there.",
        _ => " The client accepted the connections and did not answer in time: it hung, or was busy.",
    }
}

#[cfg(test)]
mod tests;
