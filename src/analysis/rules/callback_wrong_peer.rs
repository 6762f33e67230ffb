//! Callbacks that something else than an RVP client answered.

use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::text::shortened;
use crate::session::callback::{Answerer, CallbackAttempt, Outcome};
use crate::session::fact::{Fact, What};

static META: Meta = Meta {
    code: "RVP112",
    slug: "callback-wrong-peer",
    severity: Severity::Error,
    title: "Something that is no RVP client answers the callback",
    meaning: "At the address that the client named for callbacks, something else answered the server's NOTIFY: a web server, a proxy or an appliance, or a \
              service that does not speak HTTP at all. Where it does, its answer does not name the version of RVP (RVP-Notifications-Version), as the draft asks of every answer, but says what RVP clients do not say: the \
              name of its software (Server), that it wants credentials or sends the caller elsewhere, an HTML error page, or that it does not know the method \
              NOTIFY (405, 501). The notification did not reach the user. Clients that merely answer badly are not meant: Net::RVP's 500 without any header \
              is one.",
    remedy: "See what listens on that port of that host (`netstat -an`, or a browser), and whether the client's program still does: after it has ended, its port \
              may be given to another. If the address belongs to a proxy or a NAT router, the client named an address that is not its own.",
    sources: &[
        "draft-osborne-rvp-00, section 7.2 (RVP-Notifications-Version in every answer) and section 8 (status codes)",
        "observed: the answers of librvp and Net::RVP to callbacks have no Server, no WWW-Authenticate and no HTML",
    ],
    shown_by: "callbacks-gone-wrong",
    not_by: "callbacks-with-errors",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(_: &Thresholds) -> Box<dyn Rule> {
    Box::new(WrongPeer)
}

struct WrongPeer;

impl Rule for WrongPeer {
    fn wants(&self) -> Wants {
        Wants::CALLBACKS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let What::Callback(callback) = &fact.what else { return };
        let Some((certainty, signs)) = callback.answerer.as_ref().and_then(|answerer| stranger(answerer, callback.status)) else { return };
        let delivered = callback.outcome == Outcome::Delivered;
        findings.add(
            &META,
            Found {
                at: fact.at,
                session: fact.session,
                about: format!("callback to {} answered by something else", callback.target),
                severity: delivered.then_some(Severity::Warning),
                certainty: if callback.inferred || delivered { Certainty::Inferred } else { certainty },
                seen: match callback.status {
                    Some(status) => format!("Answered {status}: {}.", signs.join(", ")),
                    None => format!("It was answered, but {}.", signs.join(", ")),
                },
                origin: fact.origin.unpack(),
            },
        );
    }
}

/// Whether something that is no RVP client answered.
pub(super) fn is_stranger(callback: &CallbackAttempt) -> bool {
    callback.answerer.as_ref().is_some_and(|answerer| stranger(answerer, callback.status).is_some())
}

/// What shows that this is no RVP client; `None` if nothing does.
fn stranger(answerer: &Answerer, status: Option<u16>) -> Option<(Certainty, Vec<String>)> {
    if answerer.not_http {
        return Some((Certainty::Seen, vec!["not in HTTP".to_owned()]));
    }
    let status = status?;
    if answerer.rvp {
        return None;
    }
    let mut signs = Vec::new();
    if let Some(server) = &answerer.server {
        signs.push(format!("it calls itself \"{}\"", shortened(server, 60)));
    }
    if answerer.asks_credentials {
        signs.push("it asks for credentials".to_owned());
    }
    if let (300..=399, Some(location)) = (status, &answerer.location) {
        signs.push(format!("it sends the server to {}", shortened(location, 80)));
    }
    if answerer.html && status >= 400 {
        signs.push("it brings an HTML page".to_owned());
    }
    let unknown_method = matches!(status, 404 | 405 | 501);
    if !signs.is_empty() {
        return Some((Certainty::Seen, signs));
    }
    unknown_method.then(|| (Certainty::Inferred, vec!["no RVP client is known to answer that".to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(status: u16, answerer: &Answerer) -> Option<(Certainty, usize)> {
        stranger(answerer, Some(status)).map(|(certainty, signs)| (certainty, signs.len()))
    }

    #[test]
    fn what_known_clients_answer_is_no_sign() {
        for status in [200, 400, 500] {
            assert_eq!(signs(status, &Answerer::default()), None, "Net::RVP: {status}");
            assert_eq!(signs(status, &Answerer { rvp: true, ..Answerer::default() }), None, "librvp: {status}");
            assert_eq!(signs(status, &Answerer { rvp: true, html: true, ..Answerer::default() }), None, "Miranda: {status}");
        }
    }

    #[test]
    fn what_speaks_no_http_is_no_client() {
        let banner = Answerer { not_http: true, ..Answerer::default() };
        assert_eq!(stranger(&banner, None).map(|(certainty, _)| certainty), Some(Certainty::Seen));
        assert_eq!(stranger(&Answerer::default(), None), None);
    }

    #[test]
    fn web_servers_and_proxies() {
        let named = Answerer { server: Some("Apache/1.3.20 (Unix)".into()), html: true, ..Answerer::default() };
        assert_eq!(signs(405, &named), Some((Certainty::Seen, 2)));
        assert_eq!(signs(200, &named), Some((Certainty::Seen, 1)));
        assert_eq!(signs(407, &Answerer { asks_credentials: true, ..Answerer::default() }), Some((Certainty::Seen, 1)));
        assert_eq!(
            signs(302, &Answerer { location: Some("http://login.example/".into()), ..Answerer::default() }),
            Some((Certainty::Seen, 1))
        );
        assert_eq!(signs(501, &Answerer::default()), Some((Certainty::Inferred, 1)));
    }
}
