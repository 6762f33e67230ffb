//! HTTP authentication (RFC 9110 §11): who presents credentials, and what is asked for. Names only; no secret is kept.

use serde::Serialize;

/// An authentication scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// NTLM in HTTP ([MS-NTHT]).
    Ntlm,
    /// SPNEGO (RFC 4559); it may carry bare NTLM messages.
    Negotiate,
    /// Digest (RFC 7616).
    Digest,
    /// Basic (RFC 7617).
    Basic,
    /// Any other, as it was written.
    Other(String),
}

/// What an Authorization header shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authentication {
    /// The scheme.
    pub scheme: Scheme,
    /// The user's name, without the domain.
    pub user: Option<String>,
    /// The domain: of an NTLM message, or what stands before the slash or backslash of a user name.
    pub domain: Option<String>,
    /// The workstation of an NTLM message.
    pub workstation: Option<String>,
    /// The realm of a Digest response.
    pub realm: Option<String>,
    /// The NTLM message, if it is one.
    pub ntlm: Option<NtlmMessage>,
}

/// What a WWW-Authenticate header asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Challenge {
    /// The scheme.
    pub scheme: Scheme,
    /// The realm of a Digest or Basic challenge.
    pub realm: Option<String>,
    /// The NTLM message, if it is one.
    pub ntlm: Option<NtlmMessage>,
}

/// The fixed part of an NTLM message ([MS-NLMP] §2.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NtlmMessage {
    /// Its type: 1 negotiate, 2 challenge, 3 authenticate.
    pub kind: u8,
    /// The negotiated flags; 0 where the message ends before them.
    pub flags: u32,
    /// The target name of a type 2.
    pub target: Option<String>,
}
