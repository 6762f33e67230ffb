//! The verdict: for each principal who could not be reached, in plain words, why, and what could help.

use super::finding::Finding;
use super::rules::address_kind;
use crate::base::address::Endpoint;
use crate::base::fate::Unreachable;
use crate::base::origin::Origin;
use crate::base::stored;
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::rvp::principal::Principal;
use crate::session::callback::Outcome;
use crate::session::directory::Sessions;
use crate::session::model::{ChatMessage, MessageKind, Session, SessionId, Subscription};
use crate::session::past::Failed;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;

/// What is to be said about one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The session.
    pub session: SessionId,
    /// The sentences, printable.
    #[serde(deserialize_with = "stored::printable")]
    pub text: String,
    /// The packets of the failed callbacks.
    pub origin: Origin,
}

/// The verdicts, in the order of the sessions. `findings` say what else is known of each.
pub fn verdicts(sessions: Sessions<'_>, findings: &[Finding]) -> Vec<Verdict> {
    let mut unreached = sessions.list.iter().filter(|session| failed(session).next().is_some()).peekable();
    if unreached.peek().is_none() {
        return Vec::new();
    }
    let around = Around::new(sessions);
    unreached.filter_map(|session| verdict(session, findings, &around)).collect()
}

/// The callbacks that did not reach a session's client, as far as they are remembered one by one.
fn failed(session: &Session) -> impl Iterator<Item = Cow<'_, Failed>> {
    session.failed().filter(|callback| is_unreached(callback.outcome))
}

/// What other sessions say about one.
struct Around<'s> {
    sessions: Sessions<'s>,
    /// The messages whose sender was answered with an error, by their principals, and the sender's session.
    refused: BTreeMap<Principal, Vec<(&'s Session, &'s ChatMessage)>>,
}

impl<'s> Around<'s> {
    fn new(sessions: Sessions<'s>) -> Self {
        let mut refused: BTreeMap<Principal, Vec<_>> = BTreeMap::new();
        for session in sessions.list {
            for message in session.messages.iter().filter(|message| message.kind != MessageKind::Typing) {
                if let (Some(to), Some(400..)) = (&message.to, message.accepted_status) {
                    refused.entry(to.logical().clone()).or_default().push((session, message));
                }
            }
        }
        Self { sessions, refused }
    }

    /// Another address from which the same log-on is seen: the capture has both sides of a NAT.
    fn twin(&self, session: &Session) -> Option<IpAddr> {
        let log_ons = |session: &'s Session| session.subscriptions.iter().filter(|held| held.is_log_on());
        let same = |one: &Subscription, other: &Subscription| one.id == other.id && one.at.since(other.at).nanos().abs() < TWIN.nanos();
        let others = self.sessions.of(session.principal.as_ref()?).filter(|other| other.client != session.client);
        let mut twins = others.filter(|other| log_ons(other).any(|theirs| session.subscriptions.iter().any(|own| same(own, theirs))));
        twins.next().map(|other| other.client)
    }

    /// `2 messages of alice's were answered 412.`: those whose answer a failed callback made.
    fn told(&self, session: &Session, failed: &[Cow<'_, Failed>]) -> String {
        let refused = session.principal.as_ref().and_then(|principal| self.refused.get(principal.logical())).map_or(&[][..], Vec::as_slice);
        let mut told: BTreeMap<(String, u16), u64> = BTreeMap::new();
        let mut begun: Vec<Timestamp> = failed.iter().map(|callback| callback.at).collect();
        begun.sort_unstable();
        let mut seen: BTreeMap<(u64, i64), SessionId> = BTreeMap::new();
        for (sender, message) in refused {
            let (Some(status), Some(answered)) = (message.accepted_status, message.answered) else { continue };
            let first = begun.partition_point(|at| at.after(GRACE) < message.at);
            let meanwhile = begun.get(first).is_some_and(|at| *at <= answered.after(GRACE));
            // A capture of both sides of a NAT has the same message twice, in two sessions.
            let one = *seen.entry((message.fingerprint, message.at.nanos() / TWIN.nanos())).or_insert(sender.id);
            if meanwhile && one == sender.id {
                // What another server handed on stands in the session of its recipient.
                let from = message.from.as_ref().map_or_else(|| who(sender), short);
                *told.entry((from, status)).or_default() += 1;
            }
        }
        let mut sentence = String::new();
        for ((sender, status), count) in told {
            let joint = if sentence.is_empty() { " " } else { ", " };
            let _ = match (count, sentence.is_empty()) {
                (1, true) => write!(sentence, "{joint}A message of {sender}'s was answered {status}"),
                (1, false) => write!(sentence, "{joint}a message of {sender}'s was answered {status}"),
                _ => write!(sentence, "{joint}{count} messages of {sender}'s were answered {status}"),
            };
        }
        if !sentence.is_empty() {
            sentence.push('.');
        }
        sentence
    }
}

/// The two sides of a NAT see the same request within this time.
const TWIN: Span = Span::from_secs(1);
/// Captures reorder a little.
const GRACE: Span = Span::from_millis(20);

/// Whose session it is, in short.
fn who(session: &Session) -> String {
    session.principal.as_ref().map_or_else(|| session.client.to_string(), short)
}

fn short(principal: &Principal) -> String {
    shortened(principal.user().unwrap_or_else(|| principal.as_str()), 40)
}

fn verdict(session: &Session, findings: &[Finding], around: &Around<'_>) -> Option<Verdict> {
    let failed: Vec<Cow<'_, Failed>> = failed(session).collect();
    let further = || session.past().failed_further.iter().filter(|(_, outcome, _)| is_unreached(*outcome));
    let first = failed.first()?;
    let visible = session.callbacks.iter().filter(|callback| callback.outcome != Outcome::Unknown).count() as u64 + session.past().visible;
    let count = failed.len() as u64 + further().map(|(.., count)| count).sum::<u64>();
    let who = who(session);
    let mut text =
        if count == visible { format!("{who} could not be reached: ") } else { format!("{who} could not be reached for a time: ") };
    let _ = write!(text, "{count} of {visible} callbacks failed");
    let mut targets: BTreeMap<Endpoint, BTreeMap<&'static str, u64>> = BTreeMap::new();
    for callback in &failed {
        *targets.entry(callback.target).or_default().entry(how(callback.outcome, callback.unreachable)).or_default() += 1;
    }
    for (target, outcome, count) in further() {
        *targets.entry(*target).or_default().entry(how(*outcome, None)).or_default() += count;
    }
    for (index, (target, ways)) in targets.iter().enumerate() {
        let ways: Vec<String> = ways.iter().map(|(way, count)| format!("{count} {way}")).collect();
        let _ = write!(text, "{} to {target}: {}", if index == 0 { "," } else { ";" }, ways.join(", "));
    }
    text.push('.');
    let mismatch = findings.iter().any(|finding| finding.session == Some(session.id) && finding.meta.slug == "callback-address-mismatch");
    // Where the server sees the client: here, or on the other side of a NAT that is in the capture as well.
    let own = first.target.ip != session.client;
    let outside = if own { Some(session.client) } else { around.twin(session) };
    let kind = address_kind(first.target.ip);
    match (kind.zip(outside), mismatch) {
        (Some((kind, outside)), _) => {
            let _ = write!(
                text,
                " That is {kind}, while {} {outside}: {} between them. What could help: a Call-Back address and a fixed \
                 port that the server can reach, or no NAT. Polling (Exchange 2000 SP1) was made for this and withdrawn; Live Communications Server \
                 2003 uses a single connection in both directions.",
                if own { "the client is seen as" } else { "the same log-on is also seen from" },
                if own { "most likely NAT" } else { "NAT" },
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
    text.push_str(&around.told(session, &failed));
    if let Some(cycle) = session.polling.iter().find(|cycle| cycle.after_failed_callback()) {
        let rhythm = cycle.period.map_or_else(String::new, |period| format!(", every {}", period.rounded()));
        let waited = cycle.waited.map_or_else(String::new, |waited| format!("; messages waited up to {}", waited.max.rounded()));
        let _ = write!(text, " Then it fetched its notifications itself, polling-like: {} requests{rhythm}{waited}.", cycle.polls);
    }
    let mut origin = Origin::default();
    for callback in failed {
        origin.unite(&callback.origin);
    }
    Some(Verdict { session: session.id, text, origin })
}

/// Whether the notification did not reach the client, as far as the server can know.
const fn is_unreached(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Refused | Outcome::Unanswered | Outcome::Unreachable | Outcome::NoReply)
}

const fn how(outcome: Outcome, unreachable: Option<Unreachable>) -> &'static str {
    match (outcome, unreachable) {
        (Outcome::Refused, _) => "refused",
        (Outcome::Unanswered, _) => "unanswered",
        (Outcome::Unreachable, Some(unreachable)) => unreachable.reason.words(),
        (Outcome::Unreachable, None) => "unreachable",
        _ => "accepted but not answered in time",
    }
}

const fn advice(callback: &Failed) -> &'static str {
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
