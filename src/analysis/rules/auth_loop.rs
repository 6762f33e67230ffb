//! Requests that are challenged again and again, and credentials that are refused.

use super::words::{count, scheme, who};
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::hashed::Map;
use crate::base::origin::Packed;
use crate::base::text::{printable, shortened};
use crate::base::time::Timestamp;
use crate::rvp::auth::Scheme;
use crate::session::directory::Sessions;
use crate::session::fact::{Fact, Unfollowed, What};
use crate::session::model::SessionId;

static META: Meta = Meta {
    code: "RVP501",
    slug: "auth-loop",
    severity: Severity::Error,
    title: "The server does not accept the client's credentials",
    meaning: "A server that wants to know who asks answers 401 with a challenge, and the client asks again with credentials. That is normal: Digest and Basic need one 401, an \
              NTLM handshake needs two, all on one connection. Here the credentials were answered 401 again, or there were more challenges than the scheme needs, or nothing \
              followed a challenge at all. The password or the name is wrong, the client knows none of the schemes that the server offers, or a proxy between them spreads \
              an NTLM handshake over several connections, which breaks it.",
    remedy: "Check name, domain and password (the name that was used stands in the session). If the same account works without the proxy, NTLM does not survive the proxy: let \
             the client connect directly, or let the server offer Digest. The server's performance counter Failed Authentications/sec tells the same.",
    sources: &[
        "draft-osborne-rvp-00, section 6 (Negotiate, NTLM and Digest challenges)",
        "observed: librvp gives up after the second 401 with a wrong password",
        "KB319758 (Instant Messaging authentication failure)",
    ],
    shown_by: "digest-and-basic",
    not_by: "ntlm",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(AuthLoop { thresholds: *thresholds, served: Map::default(), pending: Vec::new() })
}

/// Sessions, and refused requests, that are remembered. Beyond it the rest is judged as if nothing had come later.
const MAX_REMEMBERED: usize = 4096;

struct AuthLoop {
    thresholds: Thresholds,
    /// When a request of the session was last answered with something else than 401.
    served: Map<SessionId, Timestamp>,
    /// What may turn out to be followed by a success.
    pending: Vec<Pending>,
}

/// A request that ended with 401.
struct Pending {
    at: Timestamp,
    session: Option<SessionId>,
    what: Box<Unfollowed>,
    origin: Packed,
}

impl Pending {
    fn new(fact: &Fact<'_>, what: &Unfollowed) -> Self {
        Self { at: fact.at, session: fact.session, what: Box::new(what.clone()), origin: fact.origin.clone() }
    }
}

impl Rule for AuthLoop {
    fn wants(&self) -> Wants {
        Wants::REQUESTS.and(Wants::UNFOLLOWED)
    }

    fn fact(&mut self, fact: &Fact<'_>, known: &Known<'_>, findings: &mut Findings) {
        match &fact.what {
            What::Request(request) => {
                let answered = request.answered.filter(|_| request.status.is_some());
                if let (Some(id), Some(answered)) = (fact.session, answered) {
                    if let Some(last) = self.served.get_mut(&id) {
                        *last = answered.max(*last);
                    } else if self.served.len() < MAX_REMEMBERED {
                        self.served.insert(id, answered);
                    }
                }
                let normal = match request.credentials {
                    Some(Scheme::Digest | Scheme::Basic) => self.thresholds.digest_challenges,
                    Some(Scheme::Ntlm | Scheme::Negotiate | Scheme::Other(_)) | None => self.thresholds.ntlm_challenges,
                };
                if request.challenges > normal {
                    let outcome = request.status.map_or_else(|| "without an answer".to_owned(), |status| format!("answered {status}"));
                    findings.add(
                        &META,
                        Found {
                            at: fact.at,
                            session: fact.session,
                            about: format!("{} challenged again and again by {}", user(known.sessions, fact.session), request.server),
                            severity: Some(Severity::Warning),
                            certainty: Certainty::Seen,
                            seen: format!("{} {} × 401, in the end {outcome}.", printable(request.method.as_str()), request.challenges),
                            origin: fact.origin.unpack(),
                        },
                    );
                }
            }
            What::Unfollowed(unfollowed) if self.pending.len() < MAX_REMEMBERED => {
                self.pending.push(Pending::new(fact, unfollowed));
            }
            What::Unfollowed(unfollowed) => self.judge(&Pending::new(fact, unfollowed), known, findings),
            What::Callback(_) | What::Unconnected(_) | What::Incomplete(_) | What::Cycle(_) => {}
        }
    }

    fn finish(&mut self, _: &End<'_>, known: &Known<'_>, findings: &mut Findings) {
        for pending in std::mem::take(&mut self.pending) {
            self.judge(&pending, known, findings);
        }
    }
}

impl AuthLoop {
    /// Judges a request that ended with 401.
    fn judge(&self, pending: &Pending, known: &Known<'_>, findings: &mut Findings) {
        let Pending { at, session, what: unfollowed, origin } = pending;
        let later = session.and_then(|id| self.served.get(&id)).is_some_and(|served| *served > unfollowed.last);
        let method = printable(unfollowed.method.as_str());
        let name = user(known.sessions, *session);
        let server = unfollowed.server;
        let (about, mut seen, severity) = match &unfollowed.refused {
            Some(brought) => (
                format!("{} credentials of {name} refused by {server}", scheme(brought)),
                format!("{method} was answered 401 although it brought credentials ({} × 401).", unfollowed.count),
                later.then_some(Severity::Warning),
            ),
            // The capture may end before the client has asked its user. And where the client got through another way, nothing was lost.
            None if later || known.end.is_none_or(|end| end.since(unfollowed.last) <= self.thresholds.challenge_wait) => return,
            None => (
                format!("{name} does not answer the challenge of {server}"),
                format!("{method} was answered 401 ({} × 401), and nothing followed.", unfollowed.count),
                Some(Severity::Warning),
            ),
        };
        if unfollowed.strayed {
            seen.push_str(
                " The NTLM handshake had not begun on that connection: something between client and server, such as a proxy, spreads it over several.",
            );
        }
        if later {
            seen.push_str(" A later request was served.");
        }
        let certainty = Certainty::Seen;
        findings.add(&META, Found { at: *at, session: *session, about, severity, certainty, seen, origin: origin.unpack() });
    }
}

/// The name under which a session authenticated, or who it is.
fn user(sessions: Sessions<'_>, id: Option<SessionId>) -> String {
    id.and_then(|id| sessions.get(id)).map_or_else(
        || count(1, "client"),
        |session| session.about().authenticated_as.as_ref().map_or_else(|| who(session), |name| shortened(name, 60)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, end_of, fact, run, second, server, session};
    use super::*;
    use crate::rvp::method::Method;

    fn unfollowed(at: i64, count: u32, refused: Option<Scheme>) -> Fact<'static> {
        let what = Unfollowed { method: Method::Subscribe, server: server(), count, last: second(at), refused, strayed: false };
        fact(1, at, What::Unfollowed(Box::new(what)))
    }

    #[test]
    fn refused_credentials_are_an_error_unless_a_later_request_is_served() {
        let sessions = [session(1, "bob")];
        let refused = unfollowed(10, 2, Some(Scheme::Basic));
        let alone = run(&RULE, std::slice::from_ref(&refused), &end_of(&sessions, &[]));
        assert_eq!((alone[0].severity, alone[0].title.as_str()), (Severity::Error, "Basic credentials of bob refused by 198.51.100.1:80"));
        let earlier = asked(1, 5, &Method::Proppatch, "bob", |_| {});
        assert_eq!(run(&RULE, &[earlier, refused.clone()], &end_of(&sessions, &[]))[0].severity, Severity::Error);
        let later = asked(1, 20, &Method::Proppatch, "bob", |_| {});
        assert_eq!(run(&RULE, &[later, refused], &end_of(&sessions, &[]))[0].severity, Severity::Warning);
    }

    #[test]
    fn a_challenge_that_nothing_follows_needs_a_capture_that_goes_on() {
        let sessions = [session(1, "bob")];
        assert_eq!(run(&RULE, &[unfollowed(3500, 1, None)], &end_of(&sessions, &[])).len(), 1);
        assert!(run(&RULE, &[unfollowed(3570, 1, None)], &end_of(&sessions, &[])).is_empty());
        let later = asked(1, 20, &Method::Proppatch, "bob", |_| {});
        assert!(run(&RULE, &[later, unfollowed(10, 1, None)], &end_of(&sessions, &[])).is_empty());
    }

    #[test]
    fn handshakes_need_as_many_challenges_as_their_scheme() {
        let sessions = [session(1, "bob")];
        for (scheme, challenges, findings) in
            [(&Scheme::Ntlm, 2, 0), (&Scheme::Ntlm, 3, 1), (&Scheme::Digest, 1, 0), (&Scheme::Digest, 2, 1), (&Scheme::Basic, 2, 1)]
        {
            let request = asked(1, 5, &Method::Subscribe, "bob", |request| {
                request.credentials = Some(scheme);
                request.challenges = challenges;
            });
            let found = run(&RULE, &[request], &end_of(&sessions, &[]));
            assert_eq!(found.len(), findings, "{scheme:?} {challenges}");
            assert!(found.iter().all(|finding| finding.severity == Severity::Warning));
        }
    }
}
