//! Presence: the states that clients show, and how a client sets its own.

use super::text;
use serde::{Serialize, Serializer};

/// A presence state. On the wire it is an empty element of this name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// `online`
    Online,
    /// `offline`
    Offline,
    /// `away`
    Away,
    /// `busy`
    Busy,
    /// `back-soon`
    BackSoon,
    /// `on-phone`
    OnPhone,
    /// `at-lunch`
    AtLunch,
    /// `idle`: not in the draft's list, but librvp sends it and all clients read it.
    Idle,
    /// `invisible`: known to Miranda only.
    Invisible,
    /// Any other state, as it was written.
    Other(String),
}

impl State {
    /// The state of an element with the local name `name`.
    pub fn from_element(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "online" => Self::Online,
            "offline" => Self::Offline,
            "away" => Self::Away,
            "busy" => Self::Busy,
            "back-soon" => Self::BackSoon,
            "on-phone" => Self::OnPhone,
            "at-lunch" => Self::AtLunch,
            "idle" => Self::Idle,
            "invisible" => Self::Invisible,
            _ => Self::Other(text::value(name)),
        }
    }

    /// The local name of the state's element.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::BackSoon => "back-soon",
            Self::OnPhone => "on-phone",
            Self::AtLunch => "at-lunch",
            Self::Idle => "idle",
            Self::Invisible => "invisible",
            Self::Other(name) => name,
        }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The value of the property `state`: bare (`state/online`) or leased (`state/leased-value`, draft-osborne-rvp-00 §5.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PresenceUpdate {
    /// The state that is set or shown.
    pub state: State,
    /// The state that follows when the lease runs out; `None` for a bare state.
    pub default: Option<State>,
    /// Length of the lease in seconds. The element is `timeout` in DAV's namespace (librvp, Miranda) or in RVP's (`Net::RVP`).
    pub lease_s: Option<u64>,
    /// The view: one signed-in client of the principal.
    pub view_id: Option<String>,
}
