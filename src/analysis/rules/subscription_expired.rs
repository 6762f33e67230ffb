//! Subscriptions that nobody renewed in time.

use super::words::count;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::hashed::{Map, fingerprint};
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::rvp::presence::State;
use crate::rvp::principal::Principal;
use crate::rvp::subscription::NotificationType;
use crate::session::fact::{Fact, What};
use crate::session::model::{Session, SessionId, Subscription, SubscriptionEnd};
use std::collections::BTreeMap;
use std::fmt::Write as _;

static META: Meta = Meta {
    code: "RVP301",
    slug: "subscription-expired",
    severity: Severity::Warning,
    title: "A subscription ran out and was not renewed",
    meaning: "A client is told of messages and of other people's presence only as long as its subscriptions last. The server grants each for a time (Subscription-Lifetime, at Exchange four \
              hours), and the client has to renew it before. This one ran out while the client went on: after a log-on has run out, callbacks stop and nothing arrives any more, \
              although the user still seems to be logged on; after a watch has run out, changes of that person's presence are not seen. Where the client had left without logging off, \
              it is the normal end. That it ran out follows from the time that was granted; no packet says so.",
    remedy: "See why the client did not renew: it was suspended, it counts with another lifetime than the one that was granted (Net::RVP does so with watches), or it never renews \
             that one (librvp does not renew the watch on its own node). Logging off and on again helps at once.",
    sources: &[
        "draft-osborne-rvp-00, section 5.1.2 (Subscription-Lifetime; the answer's is binding)",
        "KB298421 (four hours, renewed about five minutes before)",
        "observed: librvp, Net::RVP",
    ],
    shown_by: "leases-run-out",
    not_by: "two-log-ons",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(Expired { grace: thresholds.lapse_grace, attempts: Map::default() })
}

/// Subscriptions whose renewals are remembered.
const MAX_RENEWALS: usize = 1 << 13;

struct Expired {
    grace: Span,
    /// The last attempt to renew a subscription, and its status, by session and fingerprint of the Subscription-Id.
    attempts: Map<(SessionId, u64), (Timestamp, Option<u16>)>,
}

impl Rule for Expired {
    fn wants(&self) -> Wants {
        Wants::REQUESTS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, _: &mut Findings) {
        let (What::Request(request), Some(session)) = (&fact.what, fact.session) else { return };
        let Some(id) = request.subscription.filter(|_| *request.method == Method::Subscribe) else { return };
        let key = (session, fingerprint(id));
        if self.attempts.len() < MAX_RENEWALS || self.attempts.contains_key(&key) {
            self.attempts.insert(key, (fact.at, request.status));
        }
    }

    fn finish(&mut self, end: &End<'_>, known: &Known<'_>, findings: &mut Findings) {
        for session in end.sessions.list {
            let mut expired = session.subscriptions.iter().filter(|one| one.end == SubscriptionEnd::Expired).peekable();
            if expired.peek().is_none() {
                continue;
            }
            let around = Around::new(session);
            for subscription in expired {
                if let Some(expired) = subscription.expires() {
                    self.judge((session, &around), (subscription, expired), known, findings);
                }
            }
        }
    }
}

impl Expired {
    fn judge(
        &self,
        (session, around): (&Session, &Around),
        (subscription, expired): (&Subscription, Timestamp),
        known: &Known<'_>,
        findings: &mut Findings,
    ) {
        let activity = &known.background.activity;
        let log_on = subscription.is_log_on();
        let over = expired.after(self.grace);
        // A renewal that came too late is a finding of its own, and a log-on that took its place left nothing open.
        let attempt = self.attempts.get(&(session.id, fingerprint(&*subscription.id)));
        if attempt.is_some_and(|(at, _)| *at >= expired) || around.replaced(subscription, over) {
            return;
        }
        let went_on = activity.asked_after(session.id, over);
        // A server that goes on calling did not let it run out.
        if log_on && activity.reached_after(session.id, over) {
            return;
        }
        let own = session.principal.as_ref().is_some_and(|principal| principal == subscription.node.logical());
        // Clients log off and leave their watches to the server: that is how it is meant.
        if !went_on && !log_on && around.left {
            return;
        }
        let what = match (log_on, subscription.kind.is_some()) {
            (true, _) => "log-on".to_owned(),
            (false, true) => format!("watch on {}", shortened(subscription.node.as_str(), 80)),
            (false, false) => format!("subscription to {}", shortened(subscription.node.as_str(), 80)),
        };
        let mut seen =
            format!("{} was granted for {}", shortened(&subscription.id, 40), count(subscription.granted_s.unwrap_or(0), "second"));
        seen.push_str(match (went_on, subscription.renewals) {
            (true, 0) => " and never renewed; the client went on",
            (true, _) => ", and after earlier renewals not again; the client went on",
            (false, _) => "; the client was not seen after that",
        });
        match attempt {
            Some((_, Some(status))) if *status >= 300 => {
                let _ = write!(seen, ". The last attempt to renew it was answered {status}.");
            }
            _ => seen.push('.'),
        }
        findings.add(
            &META,
            Found {
                at: expired,
                session: Some(session.id),
                about: format!("{what} ran out{}", if went_on { "" } else { " after the client had left" }),
                severity: (!went_on || (own && !log_on && subscription.kind.is_some())).then_some(Severity::Info),
                certainty: Certainty::Inferred,
                seen,
                origin: subscription.origin.unpack(),
            },
        );
    }
}

/// Kind and node of a subscription.
type Place = (Option<NotificationType>, Principal);

/// What is known of a session around each of its subscriptions, gathered once: a session may have thousands.
struct Around {
    /// Whether the client logged off or went offline in the end.
    left: bool,
    /// By kind and node: when each subscription began, in order, and until when that one or one before it lives.
    lives: BTreeMap<Place, Vec<(Timestamp, Timestamp)>>,
}

impl Around {
    fn new(session: &Session) -> Self {
        let logged_off = session.subscriptions.iter().any(|one| one.is_log_on() && one.end == SubscriptionEnd::Unsubscribed);
        let left = logged_off || session.presence.last().is_some_and(|last| last.state == State::Offline);
        let mut lives: BTreeMap<_, Vec<(Timestamp, Timestamp)>> = BTreeMap::new();
        for one in session.subscriptions.iter().filter(|one| one.granted_at.is_some()) {
            lives.entry(place(one)).or_default().push((one.at, one.expires().unwrap_or(Timestamp::MAX)));
        }
        for list in lives.values_mut() {
            list.sort_unstable();
            let mut latest = Timestamp::MIN;
            for (_, until) in list {
                latest = latest.max(*until);
                *until = latest;
            }
        }
        Self { left, lives }
    }

    /// Whether another subscription of that kind to that node was there at the time `over`, when `gone` had run out.
    fn replaced(&self, gone: &Subscription, over: Timestamp) -> bool {
        let Some(list) = self.lives.get(&place(gone)) else { return false };
        let begun = list.partition_point(|(at, _)| *at <= over);
        begun.checked_sub(1).and_then(|last| list.get(last)).is_some_and(|(_, until)| *until > over)
    }
}

fn place(subscription: &Subscription) -> Place {
    (subscription.kind.clone(), subscription.node.logical().clone())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, end_of, run, second, session, url};
    use super::*;
    use crate::base::origin::{Packed, PacketId};

    fn subscription(id: &str, kind: &str, at: i64, seconds: u64) -> Subscription {
        let mut new = Subscription {
            id: id.into(),
            kind: Some(NotificationType::new(kind)),
            node: Principal::new(&url("bob")),
            call_back: None,
            at: second(at),
            requested_s: None,
            granted_s: Some(seconds),
            granted_at: Some(second(at)),
            renewals: 0,
            end: SubscriptionEnd::Live,
            origin: Packed::of(PacketId { capture: 0, number: 1 }),
        };
        new.settle(second(3600));
        new
    }

    fn found(subscriptions: Vec<Subscription>, facts: &[Fact]) -> Vec<(Severity, String)> {
        let mut bob = session(1, "bob");
        bob.subscriptions = subscriptions.into();
        run(&RULE, facts, &end_of(&[bob], &[])).into_iter().map(|finding| (finding.severity, finding.title)).collect()
    }

    #[test]
    fn a_log_on_that_ran_out_is_a_warning_if_the_client_went_on() {
        let log_on = || vec![subscription("1", "pragma/notify", 0, 600)];
        let later = |at| [asked(1, at, &Method::Propfind, "alice", |_| {})];
        assert_eq!(found(log_on(), &later(700)), [(Severity::Warning, "log-on ran out".to_owned())]);
        assert_eq!(found(log_on(), &later(602)), [(Severity::Info, "log-on ran out after the client had left".to_owned())]);
        assert_eq!(found(vec![subscription("1", "pragma/notify", 0, 3601)], &later(700)), [], "the capture ends before");
        assert_eq!(found(vec![subscription("1", "pragma/notify", 0, 3600)], &[]).len(), 1, "or just then");
    }

    #[test]
    fn a_newer_log_on_takes_its_place_and_a_late_renewal_is_another_finding() {
        let both = vec![subscription("1", "pragma/notify", 0, 600), subscription("2", "pragma/notify", 500, 14_400)];
        let later = [asked(1, 700, &Method::Propfind, "alice", |_| {})];
        assert_eq!(found(both, &later), []);
        let late = [asked(1, 700, &Method::Subscribe, "bob", |request| {
            request.subscription = Some("1");
            request.status = Some(412);
        })];
        assert_eq!(found(vec![subscription("1", "pragma/notify", 0, 600)], &late), []);
    }
}
