//! What a SUBSCRIBE asks for: the type of notification, and where notifications shall go.

use super::{principal, text};
use crate::base::address::Endpoint;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::net::IpAddr;
use std::sync::Arc;

/// The header Notification-Type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationType {
    /// `pragma/notify`: the log-on subscription to one's own node; messages and changes come to its Call-Back.
    Notify,
    /// `update/propchange`: property changes of a node.
    PropertyChange,
    /// Any other, as it was written.
    Other(String),
}

impl NotificationType {
    /// The type written as `value`.
    pub fn new(value: &str) -> Self {
        let value = value.trim();
        if value.eq_ignore_ascii_case("pragma/notify") {
            Self::Notify
        } else if value.eq_ignore_ascii_case("update/propchange") {
            Self::PropertyChange
        } else {
            Self::Other(text::value(value))
        }
    }

    /// The type as the header carries it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Notify => "pragma/notify",
            Self::PropertyChange => "update/propchange",
            Self::Other(value) => value,
        }
    }
}

impl<'de> Deserialize<'de> for NotificationType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        let known = [Self::Notify, Self::PropertyChange].into_iter().find(|known| known.as_str() == written);
        Ok(known.unwrap_or(Self::Other(written)))
    }
}

impl Serialize for NotificationType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The header Call-Back: an address of the client for a log-on subscription, the subscriber's own URL for a property watch
/// (draft-osborne-rvp-00 §5.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBack {
    /// The value as it was written.
    pub raw: Arc<str>,
    /// The port; 80 where none is written.
    pub port: u16,
    /// The endpoint, if the host is an IP address.
    pub endpoint: Option<Endpoint>,
}

impl CallBack {
    /// Reads a Call-Back. Tolerated: a missing scheme, angle brackets, a path, and a list, of which the first is taken (GENA allows both).
    pub fn new(raw: Arc<str>) -> Self {
        let (host, port) = host_and_port(first_url(&raw));
        let endpoint = host.parse::<IpAddr>().ok().filter(|_| port != 0).map(|ip| Endpoint::new(ip.to_canonical(), port));
        Self { raw, port, endpoint }
    }

    /// The host, without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        host_and_port(first_url(&self.raw)).0
    }

    /// Whether it is a principal's URL: then notifications go to that principal's home server, which knows the address from the log-on.
    pub fn is_principal(&self) -> bool {
        let path = principal::path_of(first_url(&self.raw)).as_bytes();
        let starts = |start: &[u8]| path.get(..start.len()).is_some_and(|path| path.eq_ignore_ascii_case(start));
        starts(b"/instmsg/") || starts(b"/aliases/")
    }
}

fn first_url(value: &str) -> &str {
    let value = value.trim_start_matches([' ', '\t', ',']);
    match value.strip_prefix('<') {
        Some(rest) => rest.split('>').next().unwrap_or(rest).trim(),
        None => value.split([' ', '\t', ',', '<']).next().unwrap_or(value),
    }
}

fn host_and_port(url: &str) -> (&str, u16) {
    const HTTP: u16 = 80;
    const SCHEME_END: &str = "://";
    let rest = memchr::memmem::find(url.as_bytes(), SCHEME_END.as_bytes()).and_then(|at| url.get(at + SCHEME_END.len()..)).unwrap_or(url);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some((host, rest)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').map_or(HTTP, port));
    }
    match authority.split_once(':') {
        Some((host, digits)) if !digits.contains(':') => (host, port(digits)),
        _ => (authority, HTTP),
    }
}

/// A port; 0 where what was written is none.
fn port(digits: &str) -> u16 {
    text::number(digits).and_then(|number| u16::try_from(number).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call_back(value: &str) -> CallBack {
        CallBack::new(text::kept(value).into())
    }

    #[test]
    fn reads_the_address_in_all_its_spellings() {
        let wanted = "10.77.2.10:46059".parse::<std::net::SocketAddr>().unwrap();
        let wanted = Some(Endpoint::new(wanted.ip(), wanted.port()));
        for spelling in [
            "http://10.77.2.10:46059",
            "http://10.77.2.10:46059/",
            "HTTP://10.77.2.10:46059/path?x",
            "10.77.2.10:46059",
            "<http://10.77.2.10:46059/>",
            "<http://10.77.2.10:46059><http://10.0.0.1:1>",
            "http://10.77.2.10:46059, http://10.0.0.1:1",
            "http://10.77.2.10:46059 http://10.0.0.1:1",
            "http://user@10.77.2.10:46059",
            "http://[::ffff:10.77.2.10]:46059",
        ] {
            let read = call_back(spelling);
            assert_eq!(read.endpoint, wanted, "{spelling}");
            assert!(!read.is_principal(), "{spelling}");
        }
    }

    #[test]
    fn reads_ipv6_and_names() {
        assert_eq!(call_back("http://[2001:db8::7]:3127").endpoint.unwrap().to_string(), "[2001:db8::7]:3127");
        assert_eq!(call_back("http://2001:db8::7/").endpoint.unwrap().to_string(), "[2001:db8::7]:80");
        let name = call_back("http://pc7.example.test:3127");
        assert_eq!((name.host(), name.port, name.endpoint), ("pc7.example.test", 3127, None));
    }

    #[test]
    fn a_watch_names_a_principal() {
        let watch = call_back("http://im.example.test/instmsg/aliases/bob");
        assert!(watch.is_principal());
        assert_eq!((watch.host(), watch.port, watch.endpoint), ("im.example.test", 80, None));
        assert!(call_back("<http://10.1.2.3/InstMsg/aliases/bob>").is_principal());
    }

    #[test]
    fn what_is_no_address_has_no_endpoint() {
        for bad in ["", "http://", "<", "<>", "http://10.0.0.1:99999", "http://10.0.0.1:x", "http://10.0.0.1:", "http://[::1", "http://:80"]
        {
            assert_eq!(call_back(bad).endpoint, None, "{bad}");
        }
    }

    #[test]
    fn notification_types_ignore_case() {
        assert_eq!(NotificationType::new(" Pragma/Notify "), NotificationType::Notify);
        assert_eq!(NotificationType::new("update/propchange"), NotificationType::PropertyChange);
        assert_eq!(NotificationType::new("update/newmember").as_str(), "update/newmember");
    }
}
