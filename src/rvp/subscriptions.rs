//! The list that SUBSCRIPTIONS answers with (draft-osborne-rvp-00 §5.3).

use super::principal::Principal;
use serde::Serialize;

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
