//! Presence: the states that clients show, and how a client sets its own.

use super::text;
use super::xml::Element;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
        let known = Self::known(name).or_else(|| Self::known(&name.to_ascii_lowercase()));
        known.unwrap_or_else(|| Self::Other(text::value(name)))
    }

    fn known(name: &str) -> Option<Self> {
        Some(match name {
            "online" => Self::Online,
            "offline" => Self::Offline,
            "away" => Self::Away,
            "busy" => Self::Busy,
            "back-soon" => Self::BackSoon,
            "on-phone" => Self::OnPhone,
            "at-lunch" => Self::AtLunch,
            "idle" => Self::Idle,
            "invisible" => Self::Invisible,
            _ => return None,
        })
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

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(Self::known(&name).unwrap_or(Self::Other(name)))
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
}

impl PresenceUpdate {
    /// Reads an element `state`, bare or with a lease; `None` if no state can be read from it.
    pub fn read(element: Element<'_>) -> Option<Self> {
        let lease = element.find("leased-value");
        let state = match lease {
            Some(lease) => lease.child("value").and_then(state_in),
            None => state_in(element),
        };
        Some(Self {
            state: state?,
            default: lease.and_then(|lease| lease.find("default-value")).and_then(state_in),
            lease_s: lease.and_then(|lease| lease.value_of("timeout")).and_then(|seconds| text::number(&seconds)),
        })
    }
}

/// The state inside `element`: an empty element of its name.
fn state_in(element: Element<'_>) -> Option<State> {
    const NO_STATES: [&str; 4] = ["view-id", "default-value", "timeout", "value"];
    element.children().find(|child| !NO_STATES.iter().any(|name| child.is(name))).map(|child| State::from_element(child.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Limits;
    use crate::rvp::xml::Reader;

    fn read(text: &str) -> Option<PresenceUpdate> {
        PresenceUpdate::read(Reader::default().read(text, &Limits::default()).roots().next().unwrap())
    }

    fn update(state: State, default: Option<State>, lease_s: Option<u64>) -> PresenceUpdate {
        PresenceUpdate { state, default, lease_s }
    }

    #[test]
    fn reads_big_and_little_states() {
        let lease = "<r:value><r:busy/></r:value><r:default-value><r:offline/></r:default-value>";
        for timeout in ["<d:timeout>1200</d:timeout>", "<r:timeout> 1200 </r:timeout>"] {
            let text = format!("<r:state><r:leased-value>{lease}{timeout}</r:leased-value><r:view-id>3578</r:view-id></r:state>");
            assert_eq!(read(&text), Some(update(State::Busy, Some(State::Offline), Some(1200))));
        }
        assert_eq!(read("<r:state><r:offline/><r:view-id>3578</r:view-id></r:state>"), Some(update(State::Offline, None, None)));
        assert_eq!(read("<Z:STATE><Z:On-Phone/></Z:STATE>"), Some(update(State::OnPhone, None, None)));
        assert_eq!(read("<state><r:in-a-cave/></state>"), Some(update(State::Other("in-a-cave".into()), None, None)));
    }

    #[test]
    fn what_is_no_state_is_none() {
        for text in ["<state/>", "<state><view-id>1</view-id></state>", "<state><leased-value><timeout>1</timeout></leased-value></state>"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("<state><leased-value><value><away/></value><default-val"), Some(update(State::Away, None, None)));
    }

    #[test]
    fn names_go_round() {
        for name in ["online", "offline", "away", "busy", "back-soon", "on-phone", "at-lunch", "idle", "invisible"] {
            let state = State::from_element(&name.to_uppercase());
            assert_eq!(state.as_str(), name);
            assert!(!matches!(state, State::Other(_)));
        }
    }
}
