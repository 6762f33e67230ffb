//! Telling RVP from its relatives: the same methods serve Exchange's store notifications and `UPnP`'s GENA.

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
    /// HTTP that shows nothing of RVP.
    OtherHttp,
    /// A head that was cut before it could tell.
    Undetermined,
}
