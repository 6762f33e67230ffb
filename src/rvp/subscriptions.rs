//! The list that SUBSCRIPTIONS answers with (draft-osborne-rvp-00 §5.3).

use super::principal::Principal;
use super::text;
use super::xml::Element;
use serde::Serialize;
use std::borrow::Cow;

/// One subscription in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListedSubscription {
    /// Its Subscription-Id.
    pub id: Option<String>,
    /// Where its notifications go.
    pub call_back: Option<String>,
    /// Who subscribed.
    pub principal: Option<Principal>,
    /// Seconds that are left of it.
    pub timeout_s: Option<u64>,
}

impl ListedSubscription {
    /// Reads the element `subscriptions`. The order of a subscription's children varies.
    pub fn read_all(element: Element<'_>) -> Vec<Self> {
        let subscriptions = element.find_all("subscription");
        subscriptions
            .map(|subscription| Self {
                id: subscription.value_of("subscription-id").map(Cow::into_owned),
                call_back: subscription.value_of("href").map(Cow::into_owned),
                principal: subscription.value_of("rvp-principal").map(|principal| Principal::new(&principal)),
                timeout_s: subscription.value_of("timeout").and_then(|seconds| text::number(&seconds)),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Limits;
    use crate::rvp::xml::Reader;

    #[test]
    fn reads_both_spellings() {
        let clean = "<r:subscriptions xmlns:d='DAV:' xmlns:r='http://schemas.microsoft.com/rvp/' xmlns:a='http://schemas.microsoft.com/rvp/acl/'><r:subscription><r:subscription-id>98225</r:subscription-id><d:href>http://im.example.test/instmsg/aliases/ana</d:href><a:principal><a:rvp-principal>http://im.example.test/instmsg/aliases/ana</a:rvp-principal></a:principal><d:timeout>6000</d:timeout></r:subscription></r:subscriptions>";
        let sloppy = "<?xml.version=\"1.0\"?><Z:subscriptions xmlns:D=DAV: xmlns:Z=http://schemas.Microsoft.com/rvp/ xmlns:A=http://schemas.Microsoft.com/rvp/acl><Z:subscription><D:timeout>6000</D:timeout><A:principal><A:rvp-principal>http://im.example.test/instmsg/aliases/ana</A:principal><D:href>http://im.example.test/instmsg/aliases/ana</Z:href><Z:subscription-id>98225</Z:subscription-id></Z:subscription></Z:subscriptions>";
        let ana = "http://im.example.test/instmsg/aliases/ana";
        let wanted = ListedSubscription {
            id: Some("98225".into()),
            call_back: Some(ana.into()),
            principal: Some(Principal::new(ana)),
            timeout_s: Some(6000),
        };
        for text in [clean, sloppy] {
            let list = ListedSubscription::read_all(Reader::default().read(text, &Limits::default()).roots().next().unwrap());
            assert_eq!(list.as_slice(), std::slice::from_ref(&wanted), "{text}");
        }
        assert_eq!(
            ListedSubscription::read_all(Reader::default().read("<subscriptions/>", &Limits::default()).roots().next().unwrap()),
            []
        );
    }
}
