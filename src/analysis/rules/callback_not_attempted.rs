//! Messages for somebody who is logged on, for whom the server tried no callback.

use super::handover::{Sent, callbacks};
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::hashed::Map;
use crate::base::origin::Origin;
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::session::callback::Outcome;
use crate::session::directory::Sessions;
use crate::session::fact::{Fact, Request, What};
use crate::session::model::{MessageKind, SessionId};
use smallvec::SmallVec;
use std::net::IpAddr;

static META: Meta = Meta {
    code: "RVP108",
    slug: "callback-not-attempted",
    severity: Severity::Warning,
    title: "The server tries no callback for a message to somebody who is logged on",
    meaning: "A message went to a server at which its recipient was logged on, with an address for callbacks, and the server answered the sender without having \
              tried to connect to that address, although the capture shows the way between the two around that time. That follows from what is not in the \
              capture, so it is inferred. The server may have lost the log-on, may take the recipient for offline, may deliver through another \
              server, or may keep the message until the recipient asks for it (polling).",
    remedy: "See what SUBSCRIPTIONS of the recipient lists at that time, and let the client log on again. Make sure that the capture point sees all connections \
              of the server: with several addresses or servers, a callback may take another way.",
    sources: &[
        "draft-osborne-rvp-00, section 5.6 (a message is handed to the recipient before the sender is answered)",
        "observed: nothing published says when an Exchange server tries no callback",
    ],
    shown_by: "callbacks-gone-wrong",
    not_by: "after-log-on",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(NotAttempted {
        due: thresholds.callback_due,
        path_seen: thresholds.path_seen,
        clients: Vec::new(),
        servers: Map::default(),
        suspects: Vec::new(),
    })
}

/// Exchanges of one client that are remembered: some before a message, and some behind it.
const EXCHANGES: usize = 16;
/// Those with the same server within this time are remembered once. A way that was seen a moment earlier is as good.
const AT_ONCE: Span = Span::from_secs(60);
/// Messages that were not called back and wait for the end: until then their recipient may be seen polling. Beyond it they are not told.
const SUSPECTS: usize = 10_000;

struct NotAttempted {
    due: Span,
    path_seen: Span,
    /// By the numbers of their sessions.
    clients: Vec<Client>,
    /// The numbers of the servers that were seen.
    servers: Map<IpAddr, u16>,
    suspects: Vec<Suspect>,
}

/// What is known of a client beside its log-ons.
#[derive(Default)]
struct Client {
    /// When it and a server were seen to talk in both directions.
    talked: SmallVec<[(Timestamp, u16); 1]>,
    /// The presence that it set last: when, until when, and whether that is offline.
    presence: Option<(Timestamp, Timestamp, bool)>,
    /// Whether it polls.
    polls: bool,
}

struct Suspect {
    recipient: SessionId,
    who: String,
    at: Timestamp,
    seen: String,
    origin: Origin,
}

impl Rule for NotAttempted {
    fn wants(&self) -> Wants {
        Wants::REQUESTS.and(Wants::CALLBACKS).and(Wants::MESSAGES)
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, _: &mut Findings) {
        self.learn(fact);
    }

    fn message(&mut self, sent: &Sent, known: &Known<'_>, _: &mut Findings) {
        if may_be_called_back(sent) {
            self.judge(sent, known);
        }
    }

    fn finish(&mut self, _: &End<'_>, _: &Known<'_>, findings: &mut Findings) {
        for suspect in std::mem::take(&mut self.suspects) {
            if self.client(suspect.recipient).is_some_and(|client| client.polls) {
                continue;
            }
            findings.add(
                &META,
                Found {
                    at: suspect.at,
                    session: Some(suspect.recipient),
                    about: format!("no callback for a message to {}", suspect.who),
                    severity: None,
                    certainty: Certainty::Inferred,
                    seen: suspect.seen,
                    origin: suspect.origin,
                },
            );
        }
    }
}

/// Whether a server that answers so must have called back, or have said why not: it did not refuse the request itself (400, 401, 403, 405, 501),
/// did not send the client elsewhere and was not overloaded.
fn may_be_called_back(sent: &Sent) -> bool {
    let kind = matches!(sent.kind, MessageKind::Text | MessageKind::Invite | MessageKind::Other);
    kind && matches!(sent.status, Some(200..=299 | 404 | 410 | 412 | 500 | 502 | 504))
}

impl NotAttempted {
    fn client(&self, id: SessionId) -> Option<&Client> {
        self.clients.get(id.0 as usize)
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        let Some(session) = fact.session else { return };
        let place = session.0 as usize;
        if self.clients.len() <= place {
            self.clients.resize_with(place + 1, Client::default);
        }
        let Some(client) = self.clients.get_mut(place) else { return };
        match &fact.what {
            What::Request(request) => client.learn(fact, request, &mut self.servers),
            // Something came back from where the client is.
            What::Callback(callback) if !matches!(callback.outcome, Outcome::Unanswered | Outcome::Unknown) => {
                client.talk(callback.at, callback.source.ip, &mut self.servers);
            }
            What::Callback(_) | What::Unfollowed(_) | What::Unconnected(_) | What::Incomplete(_) | What::Cycle(_) => {}
        }
    }

    fn judge(&mut self, sent: &Sent, known: &Known<'_>) {
        // Until then a callback might begin; the capture must reach so far.
        let due = sent.until().after(self.due);
        if known.end.is_some_and(|end| end < due) {
            return;
        }
        let log_ons = &known.background.log_ons;
        let sessions = known.sessions;
        let recipients = sessions.people.sessions(&sent.node);
        // A principal may be logged on at several places. One that is tried is enough, and so is one from which messages are fetched.
        let tried = !callbacks(sent, self.due, sessions).is_empty() || recipients.iter().any(|id| self.hangs(*id, sent, sessions));
        if tried || recipients.iter().any(|id| self.client(*id).is_some_and(|client| client.polls)) {
            return;
        }
        let reachable = recipients.iter().find_map(|id| {
            let log_on = log_ons.of(*id).iter().rev().find(|log_on| log_on.from <= sent.at)?;
            let place = log_on.place.filter(|_| log_on.lives(due) && log_on.server == sent.server)?;
            let session = sessions.get(*id)?;
            let client = self.client(*id)?;
            let near = |(at, server): &(Timestamp, u16)| {
                self.servers.get(&sent.server) == Some(server) && sent.at.since(*at) <= self.path_seen && at.since(due) <= self.path_seen
            };
            // Where the Call-Back is another address, packets to the client's own say nothing of the way there.
            (place.ip == session.client && client.is_online(sent.at) && client.talked.iter().any(near))
                .then(|| (*id, place, log_on.origin.clone()))
        });
        let Some((recipient, place, log_on)) = reachable.filter(|_| self.suspects.len() < SUSPECTS) else { return };
        let mut origin = sent.origin.unpack();
        origin.unite(&log_on);
        let status = sent.status.map_or_else(String::new, |status| format!("answered {status}, "));
        let seen = format!("The message was {status}and within {} after that no attempt at a connection to {place} was seen.", self.due);
        self.suspects.push(Suspect { recipient, who: sent.recipient(), at: sent.at, seen, origin });
    }

    /// Whether a callback to that session began before and its end is not known: the server may wait for it.
    fn hangs(&self, id: SessionId, sent: &Sent, sessions: Sessions<'_>) -> bool {
        let callbacks = sessions.get(id).map_or(&[][..], |session| &session.callbacks);
        callbacks.iter().rev().take(EXCHANGES).any(|callback| {
            callback.outcome == Outcome::Unknown && callback.at <= sent.until() && sent.at.since(callback.at) <= self.path_seen
        })
    }
}

impl Client {
    fn learn(&mut self, fact: &Fact<'_>, request: &Request<'_>, servers: &mut Map<IpAddr, u16>) {
        self.polls |= request.brings > 0 || matches!(&request.method, Method::Other(name) if !name.is_empty());
        let Some(answered) = request.answered else { return };
        self.talk(answered, request.server.ip, servers);
        if let Some((state, lease)) = &request.presence
            && request.status.is_some_and(|status| status < 300)
        {
            let until = lease.map(|seconds| answered.after(Span::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))));
            self.presence = Some((fact.at, until.unwrap_or(Timestamp::MAX), state.eq_ignore_ascii_case("offline")));
        }
    }

    fn talk(&mut self, at: Timestamp, server: IpAddr, servers: &mut Map<IpAddr, u16>) {
        // Of more servers than have a number nothing is said.
        let Some(server) = servers.get(&server).copied().or_else(|| {
            let number = u16::try_from(servers.len()).ok()?;
            servers.insert(server, number);
            Some(number)
        }) else {
            return;
        };
        if self.talked.iter().any(|(before, other)| *other == server && *before <= at && at.since(*before) < AT_ONCE) {
            return;
        }
        if self.talked.len() >= EXCHANGES {
            self.talked.remove(0);
        }
        self.talked.push((at, server));
    }

    /// Whether the server must take it for online. What it never set, or set after that, says nothing against it.
    fn is_online(&self, at: Timestamp) -> bool {
        self.presence.is_none_or(|(since, until, offline)| since > at || (!offline && at < until))
    }
}

#[cfg(test)]
mod tests;
