//! Multi-Status bodies (RFC 2518 §11) and the properties in them.

use super::presence::PresenceUpdate;
use serde::Serialize;

/// The document `multistatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Multistatus {
    /// Its responses, one per node.
    pub responses: Vec<NodeStatus>,
}

/// What a multistatus says about one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NodeStatus {
    /// The node's URL.
    pub href: Option<String>,
    /// The status of the node as a whole, where it isn't given for properties.
    pub status: Option<u16>,
    /// Properties grouped by status.
    pub propstats: Vec<PropStat>,
}

/// Properties that share a status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PropStat {
    /// The status code; a property that doesn't exist has 404.
    pub status: Option<u16>,
    /// The properties.
    pub properties: Properties,
}

/// Properties of a node, as multistatus, propertyupdate and propnotification carry them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Properties {
    /// The presence, bare or leased.
    pub state: Option<PresenceUpdate>,
    /// The view-id, wherever it stands: real servers put it into `state`, also where no state can be read.
    pub view_id: Option<String>,
    /// `displayname`
    pub display_name: Option<String>,
    /// `email`
    pub email: Option<String>,
    /// All others: local name and text.
    pub others: Vec<(String, String)>,
}
