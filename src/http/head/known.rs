//! The fields that this program asks for. Each is recognised once, when its head is read; after that, looking it up takes no search.

/// A field that some layer asks for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what it is called")]
#[rustfmt::skip]
pub enum Known {
    Nt,
    Nts, Sid,
    Date, Host,
    Depth,
    Server,
    Timeout,
    Callback, Location,
    CallBack,
    Connection, UserAgent,
    ContentType, RvpAckType,
    Authorization, RvpHopCount,
    ContentLength, RvpMessageId,
    SubscriptionId,
    ContentEncoding, ContentLocation, WwwAuthenticate,
    NotificationType, TransferEncoding,
    ProxyAuthenticate, RvpFromPrincipal,
    SubscriptionLifetime,
    RvpNotificationsVersion,
}

/// All of them with their names, in their order.
const NAMES: [(Known, &str); 29] = [
    (Known::Nt, "NT"),
    (Known::Nts, "NTS"),
    (Known::Sid, "SID"),
    (Known::Date, "Date"),
    (Known::Host, "Host"),
    (Known::Depth, "Depth"),
    (Known::Server, "Server"),
    (Known::Timeout, "Timeout"),
    (Known::Callback, "Callback"),
    (Known::Location, "Location"),
    (Known::CallBack, "Call-Back"),
    (Known::Connection, "Connection"),
    (Known::UserAgent, "User-Agent"),
    (Known::ContentType, "Content-Type"),
    (Known::RvpAckType, "RVP-Ack-Type"),
    (Known::Authorization, "Authorization"),
    (Known::RvpHopCount, "RVP-Hop-Count"),
    (Known::ContentLength, "Content-Length"),
    (Known::RvpMessageId, "RVP-Message-Id"),
    (Known::SubscriptionId, "Subscription-Id"),
    (Known::ContentEncoding, "Content-Encoding"),
    (Known::ContentLocation, "Content-Location"),
    (Known::WwwAuthenticate, "WWW-Authenticate"),
    (Known::NotificationType, "Notification-Type"),
    (Known::TransferEncoding, "Transfer-Encoding"),
    (Known::ProxyAuthenticate, "Proxy-Authenticate"),
    (Known::RvpFromPrincipal, "RVP-From-Principal"),
    (Known::SubscriptionLifetime, "Subscription-Lifetime"),
    (Known::RvpNotificationsVersion, "RVP-Notifications-Version"),
];

/// How many there are.
pub(super) const COUNT: usize = NAMES.len();

/// For each [`slot`], the place in [`NAMES`] of the only one that may stand there; beyond them where there is none.
static SLOTS: [u8; 128] = slots();

#[allow(clippy::indexing_slicing, reason = "computed while compiling")]
const fn slots() -> [u8; 128] {
    let mut slots = [COUNT as u8; 128];
    let mut at = 0;
    while at < COUNT {
        slots[slot(NAMES[at].1.as_bytes())] = at as u8;
        at += 1;
    }
    slots
}

/// A number below 128 that is the same in any case, and another one for each of [`NAMES`].
#[inline]
const fn slot(name: &[u8]) -> usize {
    let [first, .., last] = name else { return 0 };
    (name.len() + 2 * (*first | 0x20) as usize + 4 * (*last | 0x20) as usize) % 128
}

impl Known {
    /// The field called `name` in any case, if it is one of them.
    #[inline]
    pub fn called(name: &[u8]) -> Option<Self> {
        let (known, called) = NAMES.get(usize::from(*SLOTS.get(slot(name))?))?;
        // Most programs write names as the documents do.
        (called.as_bytes() == name || called.as_bytes().eq_ignore_ascii_case(name)).then_some(*known)
    }

    /// Its place in tables of all of them.
    #[inline]
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name_in_any_case() {
        for (place, (known, name)) in NAMES.iter().enumerate() {
            assert_eq!(known.index(), place);
            for name in [name.to_string(), name.to_uppercase(), name.to_lowercase()] {
                assert_eq!(Known::called(name.as_bytes()), Some(*known), "{name}");
            }
        }
        for name in ["", "X", "Hosts", "Hos", "RVP-Notifications-Versions", "RVP-Notifications-Versio2"] {
            assert_eq!(Known::called(name.as_bytes()), None, "{name}");
        }
    }
}
