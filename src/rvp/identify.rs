//! Telling RVP from its relatives: the same methods serve Exchange's store notifications, `UPnP`'s GENA and WebDAV.

use super::method::Method;
use super::principal::path_of;
use super::subscription::NotificationType;
use crate::http::head::{Head, Known, StartLine};
use serde::Serialize;

/// What an HTTP exchange belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// RVP.
    Rvp,
    /// Notifications of the Exchange store (Outlook Web Access and others): SUBSCRIBE, POLL, NOTIFY over `WebDAV` or UDP.
    ExchangeStore,
    /// `UPnP`'s General Event Notification Architecture.
    Gena,
    /// WebDAV (RFC 4918 and its relatives, Exchange's own methods included) that shows nothing of the ones above.
    WebDav,
    /// HTTP that shows nothing of RVP.
    OtherHttp,
    /// A head that was cut before it could tell.
    Undetermined,
}

/// What an exchange belongs to, by the heads that were seen of it.
pub fn identify(request: Option<&Head>, response: Option<&Head>) -> Protocol {
    let heads = || request.into_iter().chain(response);
    if heads().any(has_rvp_header) {
        return Protocol::Rvp;
    }
    let line = request.and_then(RequestLine::of);
    let notifies = line.as_ref().is_none_or(|line| matches!(line.method, "SUBSCRIBE" | "UNSUBSCRIBE" | "NOTIFY" | "POLL"));
    if notifies && heads().any(is_gena) {
        return Protocol::Gena;
    }
    if notifies && (heads().any(is_store) || line.as_ref().is_some_and(RequestLine::is_store)) {
        return Protocol::ExchangeStore;
    }
    match (request, line) {
        (Some(head), Some(line)) if line.is_rvp() || subscribes_like_rvp(head) => Protocol::Rvp,
        (Some(head), Some(line)) if !head.complete && Method::published(line.method).is_some() => Protocol::Undetermined,
        (_, Some(line)) if WEBDAV.contains(&line.method) => Protocol::WebDav,
        _ => Protocol::OtherHttp,
    }
}

/// The methods that tell WebDAV: RFC 4918, 3253, 3648, 3744, 4791, 5323 and 5842, and those that Exchange added. PROPFIND, PROPPATCH and ACL are
/// RVP's, too, where the path or a header says so.
const WEBDAV: [&str; 31] = [
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "ACL",
    "SEARCH",
    "REPORT",
    "VERSION-CONTROL",
    "CHECKOUT",
    "CHECKIN",
    "UNCHECKOUT",
    "MKWORKSPACE",
    "UPDATE",
    "LABEL",
    "MERGE",
    "BASELINE-CONTROL",
    "MKACTIVITY",
    "ORDERPATCH",
    "MKCALENDAR",
    "BIND",
    "UNBIND",
    "REBIND",
    "BCOPY",
    "BDELETE",
    "BMOVE",
    "BPROPFIND",
    "BPROPPATCH",
    "X-MS-ENUMATTS",
];

struct RequestLine<'h> {
    method: &'h str,
    path: &'h str,
}

impl<'h> RequestLine<'h> {
    fn of(head: &'h Head) -> Option<Self> {
        match head.start() {
            StartLine::Request { method, target, .. } => Some(Self { method, path: path_of(target) }),
            StartLine::Response { .. } => None,
        }
    }

    fn is_rvp(&self) -> bool {
        starts_with(self.path, "/instmsg/") && Method::published(self.method).is_some()
    }

    fn is_store(&self) -> bool {
        starts_with(self.path, "/exchange/") || starts_with(self.path, "/public/")
    }
}

/// All real programs and the draft (§7.2) send such a header with every message. The head may be cut in the middle of the name.
fn has_rvp_header(head: &Head) -> bool {
    head.known(Known::RvpNotificationsVersion).is_some() || head.fields().any(|field| starts_with(field.name, "RVP-"))
}

fn subscribes_like_rvp(head: &Head) -> bool {
    let kind = head.field("Notification-Type").map(NotificationType::new);
    let call_back = head.field("Call-Back");
    matches!(kind, Some(NotificationType::Notify | NotificationType::PropertyChange))
        && call_back.is_some_and(|call_back| starts_with(call_back, "http://"))
}

/// The headers of GENA as `UPnP` has it (`UPnP` Device Architecture 1.0 §4).
fn is_gena(head: &Head) -> bool {
    let field_starts = |name, start| head.field(name).is_some_and(|value| starts_with(value, start));
    head.field("NT").is_some()
        || head.field("NTS").is_some()
        || field_starts("SID", "uuid:")
        || field_starts("CALLBACK", "<")
        || field_starts("TIMEOUT", "Second-")
}

/// The headers of the Exchange store's notifications (Exchange Server SDK: SUBSCRIBE and POLL methods).
fn is_store(head: &Head) -> bool {
    const TYPES: [&str; 4] = ["update", "update/newmember", "delete", "move"];
    let kind = head.field("Notification-Type").unwrap_or_default();
    let id = head.field("Subscription-ID");
    TYPES.iter().any(|store| kind.eq_ignore_ascii_case(store))
        || starts_with(kind, "pragma/<")
        || head.field("Call-Back").is_some_and(|call_back| starts_with(call_back, "httpu:"))
        || id.is_some_and(|id| id.contains(','))
        || (id.is_some() && head.field("Content-Location").is_some())
        || head.fields().any(|field| starts_with(field.name, "MS-Exchange-"))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rvp::tests::{cut, request, response};

    fn of(head: &Head) -> Protocol {
        identify(Some(head), None)
    }

    #[test]
    fn rvp_is_known_by_any_of_its_signs() {
        let known = [
            request("NOTIFY / HTTP/1.1\nRVP-Notifications-Version: 0.2"),
            request("POLL /instmsg/aliases/bob HTTP/1.1\nrvp-from-principal: x"),
            request("PROPFIND http://h/InstMsg/aliases/bob HTTP/1.1\nDepth: 0"),
            request("SUBSCRIBE /x HTTP/1.1\nNotification-Type: pragma/notify\nCall-Back: http://10.0.0.1:3127"),
            request("SUBSCRIBE /x HTTP/1.1\nNotification-Type: update/propchange\nCall-Back: http://h/instmsg/aliases/a"),
        ];
        for head in known {
            assert_eq!(of(&head), Protocol::Rvp, "{head:?}");
        }
        let answer = response("HTTP/1.1 200 Successful\nRVP-Notifications-Version: 0.2");
        assert_eq!(identify(None, Some(&answer)), Protocol::Rvp);
        assert_eq!(identify(Some(&request("SUBSCRIBE /x HTTP/1.1\nHost: h")), Some(&answer)), Protocol::Rvp);
    }

    #[test]
    fn relatives_are_told_apart() {
        for text in [
            "SUBSCRIBE /exchange/dave/Inbox HTTP/1.1\nNotification-Type: update/newmember\nCall-Back: httpu://198.51.100.83:32791",
            "SUBSCRIBE /exchange/dave/Inbox HTTP/1.1\nSubscription-Lifetime: 3600",
            "POLL /public/x HTTP/1.1\nSubscription-ID: 3",
            "POLL /x HTTP/1.1\nSubscription-ID: 1, 18",
            "SUBSCRIBE /x HTTP/1.1\nNotification-Type: pragma/<http://schemas.microsoft.com/exchange/newmail>",
            "SUBSCRIBE /x HTTP/1.1\nNotification-Type: Update",
        ] {
            assert_eq!(of(&request(text)), Protocol::ExchangeStore, "{text}");
        }
        for text in [
            "SUBSCRIBE /evt HTTP/1.1\nCALLBACK: <http://198.51.100.85:49153/evt>\nNT: upnp:event\nTIMEOUT: Second-15",
            "SUBSCRIBE /evt HTTP/1.1\nSID: uuid:aa65197d\nTIMEOUT: Second-15",
            "UNSUBSCRIBE /evt HTTP/1.1\nSID: uuid:aa65197d",
            "NOTIFY /evt HTTP/1.1\nNTS: upnp:propchange\nSEQ: 0",
        ] {
            assert_eq!(of(&request(text)), Protocol::Gena, "{text}");
        }
        let permanent = response("HTTP/1.1 200 OK\nMS-Exchange-Permanent-URL: http://mail.example.test/exchange/gus/Inbox");
        assert_eq!(identify(None, Some(&permanent)), Protocol::ExchangeStore);
        assert_eq!(identify(None, Some(&response("HTTP/1.1 200 OK\nSID: uuid:aa65197d"))), Protocol::Gena);
    }

    #[test]
    fn other_http_is_never_rvp() {
        for text in [
            "GET /instmsg/ HTTP/1.1\nHost: h",
            "POST /instmsg/aliases/bob HTTP/1.1\nHost: h",
            "POLL /instmsg/aliases/bob HTTP/1.1\nHost: h",
            "NOTIFY / HTTP/1.1\nHost: h",
            "GET /x HTTP/1.1\nTimeout: Second-5",
            "SUBSCRIBE /x?/instmsg/ HTTP/1.1\nHost: h",
        ] {
            assert_eq!(of(&request(text)), Protocol::OtherHttp, "{text}");
        }
        assert_eq!(identify(None, Some(&response("HTTP/1.1 200 OK\nServer: x"))), Protocol::OtherHttp);
        assert_eq!(identify(None, None), Protocol::OtherHttp);
    }

    #[test]
    fn webdav_is_told_by_its_methods() {
        for text in [
            "PROPFIND /dav/ HTTP/1.1\nDepth: 0",
            "PROPPATCH /dav/x HTTP/1.1\nHost: h",
            "ACL /calendar/ HTTP/1.1\nHost: h",
            "LOCK /x HTTP/1.1\nTimeout: Second-604800",
            "BPROPFIND /exchange/dave/Inbox/ HTTP/1.1\nDepth: 1",
            "SEARCH /public/ HTTP/1.1\nHost: h",
        ] {
            assert_eq!(of(&request(text)), Protocol::WebDav, "{text}");
        }
        for text in ["propfind /dav/ HTTP/1.1\nHost: h", "GET /dav/ HTTP/1.1\nDepth: 0", "SUBSCRIBE /dav/ HTTP/1.1\nHost: h"] {
            assert_eq!(of(&request(text)), Protocol::OtherHttp, "{text}");
        }
        assert_eq!(of(&cut("PROPFIND /dav/ HTTP/1.1")), Protocol::Undetermined);
    }

    #[test]
    fn a_cut_head_may_be_anything_unless_it_shows_enough() {
        assert_eq!(of(&cut("NOTIFY / HTTP/1.1\nHost: h")), Protocol::Undetermined);
        assert_eq!(of(&cut("SUBSCRIBE /instm HTTP/1.1")), Protocol::Undetermined);
        assert_eq!(of(&cut("NOTIFY / HTTP/1.1\nRVP-Hop-C")), Protocol::Rvp);
        assert_eq!(of(&cut("SUBSCRIBE /instmsg/aliases/bob HTTP/1.1\nNotification-Ty")), Protocol::Rvp);
        assert_eq!(of(&cut("GET / HTTP/1.1\nHost: h")), Protocol::OtherHttp);
        assert_eq!(of(&cut("NOTIFY /evt HTTP/1.1\nNT: upnp:event")), Protocol::Gena);
    }
}
