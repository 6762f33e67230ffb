//! The MIME part inside a message's `mime-data` (draft-osborne-rvp-00 §10, and what librvp, `Net::RVP` and Miranda send).

use super::names::Names;
use super::oddity::Oddities;
use super::text;
use crate::base::hashed;
use crate::base::note::NoteKind;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::Arc;

/// A MIME part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Session-Id: the conversation, a GUID in braces.
    pub session_id: Option<Arc<str>>,
    /// The beginning of the text of a [`PartKind::Text`] or of another part of a text type: [`text::EXCERPT_BYTES`] at most, without white space
    /// at the text's end.
    pub text: Option<Box<str>>,
    /// A number that is the same for the same message on its way in and on its way out. It never leaves the program.
    pub fingerprint: u64,
}

/// What a MIME part is.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

impl Part {
    /// Reads the content of a `mime-data` element.
    ///
    /// Header lines may be indented (all of the draft's are) or folded, end in LF or CRLF, and follow blank lines.
    pub fn read(data: &str, names: &mut Names, oddities: &mut Oddities) -> Self {
        let data = data.trim_start();
        let block = Block::read(data);
        let block = if KNOWN.iter().any(|name| block.field(name).is_some()) { block } else { Block::headless(data) };
        let content_type = block.field("Content-Type").map_or("", media_type);
        let kind = PartKind::of(content_type, &block);
        let readable = match kind {
            PartKind::Text if !content_type.is_empty() => true,
            PartKind::Text | PartKind::Other(_) => {
                (content_type.is_empty() || starts_with(content_type, "text/")) && text::find(block.body, AUTH_COOKIE).is_none()
            }
            PartKind::Typing { .. } | PartKind::Control | PartKind::Leave | PartKind::Invite(_) => false,
        };
        if !block.terminated && (readable || block.fields.is_empty()) {
            oddities.add(NoteKind::MimeUnreadable);
        }
        let undoubled = text::undouble(block.body);
        if undoubled.is_some() {
            oddities.add(NoteKind::DoubleUtf8);
        }
        let session_id = block.field("Session-Id").map(|id| names.word(id)).filter(|id| !id.is_empty());
        let text = readable.then(|| text::capped(undoubled.as_deref().unwrap_or(block.body), text::MESSAGE_BYTES));
        Self {
            fingerprint: fingerprint(&kind, session_id.as_deref(), text),
            session_id,
            text: text.map(|text| text::capped(text.trim_end(), text::EXCERPT_BYTES).into()),
            kind,
        }
    }
}

fn fingerprint(kind: &PartKind, session_id: Option<&str>, text: Option<&str>) -> u64 {
    let invitation = match kind {
        PartKind::Invite(invite) => Some((&invite.command, &invite.cookie, invite.port)),
        _ => None,
    };
    hashed::lasting_fingerprint((std::mem::discriminant(kind), session_id, text, invitation))
}

impl PartKind {
    /// What a part of this content type is.
    fn of(content_type: &str, block: &Block<'_>) -> Self {
        let is = |name: &str| content_type.eq_ignore_ascii_case(name);
        let invite = || Self::Invite(Box::new(Invite::read(block)));
        if is("text/plain") {
            Self::Text
        } else if is("text/x-msmsgscontrol") || is("text/x-msmsscontrol") {
            // All programs write the first, the draft the second.
            match block.field("TypingUser").map(text::value).filter(|user| !user.is_empty()) {
                Some(user) => Self::Typing { user: text::undouble(&user).unwrap_or(user) },
                None => Self::Control,
            }
        } else if is("text/x-imleave") {
            Self::Leave
        } else if is("text/x-msmsgsinvite") {
            invite()
        } else if !content_type.is_empty() {
            Self::Other(text::value(&content_type.to_ascii_lowercase()))
        } else if Block::read(block.body).field("Invitation-Command").is_some() {
            invite()
        } else if block.terminated {
            // A header without a type means plain text (RFC 2045 §5.2); a cut one may have had a type.
            Self::Text
        } else {
            Self::Other(String::new())
        }
    }
}

impl Invite {
    /// Reads the fields of an invitation. They stand in the block after the MIME header; where the blank line between is missing, in it.
    fn read(header: &Block<'_>) -> Self {
        let body = Block::read(header.body.trim_start());
        let fields = body.fields.iter().chain(&header.fields);
        let has_auth_cookie = fields.clone().any(|(name, _)| name.eq_ignore_ascii_case(AUTH_COOKIE));
        let field = |wanted: &str| {
            let (_, value) = fields.clone().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
            let value = text::value(value);
            Some(text::undouble(&value).unwrap_or(value))
        };
        let port = |value: Option<String>| value.and_then(|value| text::number(&value)).and_then(|number| u16::try_from(number).ok());
        Self {
            command: field("Invitation-Command"),
            cookie: field("Invitation-Cookie"),
            application_name: field("Application-Name"),
            application_guid: field("Application-GUID"),
            file: field("Application-File"),
            file_size: field("Application-FileSize").and_then(|size| text::number(&size)),
            ip_address: field("IP-Address"),
            port: port(field("Port")),
            port_x: port(field("PortX")),
            cancel_code: field("Cancel-Code"),
            request_data: field("Request-Data"),
            launch_application: field("Launch-Application"),
            has_auth_cookie,
        }
    }
}

/// How many fields of a block are kept. The longest in use has about a dozen.
const FIELDS: usize = 64;

/// A part that has none of these fields has no header: what looks like one is text with a colon in it.
const KNOWN: [&str; 4] = ["MIME-Version", "Content-Type", "Session-Id", "TypingUser"];

/// A block of `Name: value` lines and what follows its blank line.
struct Block<'t> {
    fields: SmallVec<[(&'t str, Cow<'t, str>); 8]>,
    /// Whether a blank line ended it.
    terminated: bool,
    body: &'t str,
}

impl<'t> Block<'t> {
    fn headless(text: &'t str) -> Self {
        Self { fields: SmallVec::new(), terminated: false, body: text }
    }

    fn read(text: &'t str) -> Self {
        let mut block = Self::headless("");
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
            let (line, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let (name, value) = match field_line(line) {
                Some(field) => field,
                None if line.trim().is_empty() && !block.fields.is_empty() => {
                    block.terminated = true;
                    block.body = behind;
                    return block;
                }
                // Without a header, all of it is the text.
                None if block.fields.is_empty() => {
                    block.body = rest;
                    return block;
                }
                None => ("", line.trim()),
            };
            rest = behind;
            let full = block.fields.len() >= FIELDS;
            match block.fields.last_mut() {
                // A folded line; or one that is nothing at all, which is kept where it was.
                Some((_, last)) if name.is_empty() && last.len() < text::VALUE_BYTES => {
                    let last = last.to_mut();
                    last.push(' ');
                    last.push_str(value);
                }
                _ if name.is_empty() || full => {}
                _ => block.fields.push((name, Cow::Borrowed(value))),
            }
        }
        block
    }

    fn field(&self, wanted: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| &**value)
    }
}

/// The name and the value of a line that starts with a token (RFC 9110 §5.6.2) and a colon. The draft writes `MIME-Version 1.0` without one.
fn field_line(line: &str) -> Option<(&str, &str)> {
    const VERSION: &str = "MIME-Version ";
    let line = text::trim(line);
    if starts_with(line, VERSION)
        && let Some((start, value)) = line.split_at_checked(VERSION.len())
    {
        return Some((start.trim_end(), value.trim_start_matches(':').trim()));
    }
    let colon = memchr::memchr(b':', line.as_bytes())?;
    let name = text::trim(line.get(..colon)?);
    let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    is_token.then_some((name, text::trim(line.get(colon + 1..)?)))
}

/// The media type of a Content-Type.
fn media_type(value: &str) -> &str {
    text::trim(value.split(';').next().unwrap_or(value))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes()))
}

/// A field that holds a secret. A text of unknown kind that has its name in it may be an invitation with the secret.
const AUTH_COOKIE: &str = "AuthCookie";

#[cfg(test)]
mod tests;
