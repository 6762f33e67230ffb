//! The MIME part inside a message's `mime-data` (draft-osborne-rvp-00 §10, and what librvp, `Net::RVP` and Miranda send).

use serde::Serialize;

/// A MIME part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Its header fields in their order, folded lines joined.
    pub headers: Vec<(String, String)>,
    /// Session-Id: the conversation, a GUID in braces.
    pub session_id: Option<String>,
    /// The text of a [`PartKind::Text`] or of another part of a text type.
    pub text: Option<String>,
    /// The parameter `charset` of the content type.
    pub charset: Option<String>,
    /// How often the text was encoded to UTF-8: 1 is normal, 2 was undone (librvp and Miranda encode the whole document again).
    pub utf8_levels: u8,
}

/// What a MIME part is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// `text/plain`: an instant message.
    Text,
    /// `text/x-msmsgscontrol` with `TypingUser`.
    Typing {
        /// Who types, as it was written: `user@host`, a principal or a bare name.
        user: String,
    },
    /// `text/x-msmsgscontrol` without `TypingUser`: a conversation was opened (librvp, `Net::RVP`).
    Control,
    /// `text/x-imleave`: the sender left the conversation (librvp, `Net::RVP`).
    Leave,
    /// `text/x-msmsgsinvite`: an invitation to an application, or what follows one.
    Invite(Box<Invite>),
    /// Another content type, as it was written; empty where none could be read.
    Other(String),
}

/// The second header block of an invitation (librvp, Miranda).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Invite {
    /// Invitation-Command: INVITE, ACCEPT or CANCEL.
    pub command: Option<String>,
    /// Invitation-Cookie: what joins the messages of one invitation.
    pub cookie: Option<String>,
    /// Application-Name.
    pub application_name: Option<String>,
    /// Application-GUID.
    pub application_guid: Option<String>,
    /// Application-File: the name of the file on offer.
    pub file: Option<String>,
    /// `Application-FileSize` in bytes.
    pub file_size: Option<u64>,
    /// IP-Address: where the transfer connection shall go.
    pub ip_address: Option<String>,
    /// Port of the transfer connection.
    pub port: Option<u16>,
    /// `PortX`: the second port that Microsoft's client offers.
    pub port_x: Option<u16>,
    /// Cancel-Code: REJECT, TIMEOUT, FTTIMEOUT.
    pub cancel_code: Option<String>,
    /// Request-Data: what the other side is asked for.
    pub request_data: Option<String>,
    /// Launch-Application.
    pub launch_application: Option<String>,
    /// Whether an `AuthCookie` was there. Its value is a secret of the transfer and is not kept.
    pub has_auth_cookie: bool,
}
