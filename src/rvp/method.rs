//! The methods of RVP (draft-osborne-rvp-00 §5).

use serde::{Serialize, Serializer};

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
    Other(String),
}

impl Method {
    /// The method of the token `token`. Tokens are case-sensitive (RFC 9110 §9.1).
    pub fn from_token(token: &str) -> Self {
        match token {
            "SUBSCRIBE" => Self::Subscribe,
            "UNSUBSCRIBE" => Self::Unsubscribe,
            "SUBSCRIPTIONS" => Self::Subscriptions,
            "PROPFIND" => Self::Propfind,
            "PROPPATCH" => Self::Proppatch,
            "NOTIFY" => Self::Notify,
            "ACL" => Self::Acl,
            other => Self::Other(super::text::value(other)),
        }
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
            assert_eq!(Method::from_token(token).as_str(), token);
            assert!(Method::from_token(token).is_published());
        }
        assert_eq!(Method::from_token("POLL"), Method::Other("POLL".to_owned()));
        assert_eq!(Method::from_token("notify"), Method::Other("notify".to_owned()));
    }
}
