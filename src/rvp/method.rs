//! The methods of RVP (draft-osborne-rvp-00 §5).

use super::names::Names;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// A request method, seen with RVP's eyes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Creates or renews a subscription.
    Subscribe,
    /// Ends a subscription.
    Unsubscribe,
    /// Lists the subscriptions of a node.
    Subscriptions,
    /// Asks for properties of a node (RFC 2518 §8.1).
    Propfind,
    /// Sets properties of a node, such as one's presence (RFC 2518 §8.2).
    Proppatch,
    /// Carries a message or a property change.
    Notify,
    /// Reads or, with a body, sets an access control list.
    Acl,
    /// Any other method, as it was written. POLL is among these: no published version of RVP has it.
    Other(Arc<str>),
}

impl Default for Method {
    fn default() -> Self {
        Self::Other(Arc::default())
    }
}

impl Method {
    /// The method of the token `token`. Tokens are case-sensitive (RFC 9110 §9.1).
    pub fn from_token(token: &str, names: &mut Names) -> Self {
        Self::published(token).unwrap_or_else(|| Self::Other(names.word(token)))
    }

    /// The method of the token `token`, if RVP's documents have it.
    pub fn published(token: &str) -> Option<Self> {
        Some(match token {
            "SUBSCRIBE" => Self::Subscribe,
            "UNSUBSCRIBE" => Self::Unsubscribe,
            "SUBSCRIPTIONS" => Self::Subscriptions,
            "PROPFIND" => Self::Propfind,
            "PROPPATCH" => Self::Proppatch,
            "NOTIFY" => Self::Notify,
            "ACL" => Self::Acl,
            _ => return None,
        })
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Subscribe => "SUBSCRIBE",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Subscriptions => "SUBSCRIPTIONS",
            Self::Propfind => "PROPFIND",
            Self::Proppatch => "PROPPATCH",
            Self::Notify => "NOTIFY",
            Self::Acl => "ACL",
            Self::Other(token) => token,
        }
    }

    /// Whether RVP's documents have this method.
    pub const fn is_published(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let token: Arc<str> = Arc::deserialize(deserializer)?;
        Ok(Self::published(&token).unwrap_or(Self::Other(token)))
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_round() {
        for token in ["SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIPTIONS", "PROPFIND", "PROPPATCH", "NOTIFY", "ACL"] {
            assert_eq!(Method::published(token).unwrap().as_str(), token);
        }
        for token in ["POLL", "notify", ""] {
            let method = Method::from_token(token, &mut Names::default());
            assert_eq!((&method, method.is_published()), (&Method::Other(token.into()), false));
        }
    }
}
