//! The MIME part inside a message's `mime-data` (draft-osborne-rvp-00 §10, and what librvp, `Net::RVP` and Miranda send).

use super::oddity::Oddities;
use super::text;
use crate::base::note::NoteKind;
use serde::Serialize;
use std::borrow::Cow;

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

impl Part {
    /// Reads the content of a `mime-data` element.
    ///
    /// Header lines may be indented (all of the draft's are) or folded, end in LF or CRLF, and follow blank lines.
    pub fn read(data: &str, oddities: &mut Oddities) -> Self {
        let data = data.trim_start();
        let block = Block::read(data);
        let block = if KNOWN.iter().any(|name| block.field(name).is_some()) { block } else { Block::headless(data) };
        let field = |name: &str| block.field(name);
        let (content_type, charset) = field("Content-Type").map(content_type).unwrap_or_default();
        let kind = match content_type.as_str() {
            "text/plain" => PartKind::Text,
            "text/x-imleave" => PartKind::Leave,
            "text/x-msmsgsinvite" => PartKind::Invite(Box::new(Invite::read(&block))),
            // The draft writes the first, all programs the second.
            "text/x-msmsscontrol" | "text/x-msmsgscontrol" => match field("TypingUser").map(text::value).filter(|user| !user.is_empty()) {
                Some(user) => PartKind::Typing { user: text::undouble(&user).unwrap_or(user) },
                None => PartKind::Control,
            },
            "" if Block::read(block.body).field("Invitation-Command").is_some() => PartKind::Invite(Box::new(Invite::read(&block))),
            // A header without a type means plain text (RFC 2045 §5.2); a cut one may have had a type.
            "" if block.terminated => PartKind::Text,
            _ => PartKind::Other(content_type.clone()),
        };
        let readable = match kind {
            PartKind::Text if !content_type.is_empty() => true,
            PartKind::Text | PartKind::Other(_) => {
                (content_type.is_empty() || content_type.starts_with("text/")) && !mentions_secret(block.body)
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
        Self {
            kind,
            session_id: field("Session-Id").map(text::value).filter(|id| !id.is_empty()),
            charset,
            utf8_levels: if undoubled.is_some() { 2 } else { 1 },
            text: readable.then(|| text::capped(undoubled.as_deref().unwrap_or(block.body), text::MESSAGE_BYTES).to_owned()),
            headers: block
                .fields
                .iter()
                .filter(|(name, _)| !is_secret(name))
                .map(|(name, value)| (text::value(name), text::value(value)))
                .collect(),
        }
    }
}

impl Invite {
    /// Reads the fields of an invitation. They stand in the block after the MIME header; where the blank line between is missing, in it.
    fn read(header: &Block<'_>) -> Self {
        let body = Block::read(header.body.trim_start());
        let fields = body.fields.iter().chain(&header.fields);
        let has_auth_cookie = fields.clone().any(|(name, _)| is_secret(name));
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
    fields: Vec<(&'t str, Cow<'t, str>)>,
    /// Whether a blank line ended it.
    terminated: bool,
    body: &'t str,
}

impl<'t> Block<'t> {
    const fn headless(text: &'t str) -> Self {
        Self { fields: Vec::new(), terminated: false, body: text }
    }

    fn read(text: &'t str) -> Self {
        let mut block = Self::headless("");
        let mut rest = text;
        while let Some(line) = rest.split_inclusive('\n').next() {
            let (name, value) = match field_line(line) {
                Some(field) => field,
                None if line.trim().is_empty() && !block.fields.is_empty() => {
                    block.terminated = true;
                    block.body = rest.get(line.len()..).unwrap_or("");
                    return block;
                }
                // Without a header, all of it is the text.
                None if block.fields.is_empty() => {
                    block.body = rest;
                    return block;
                }
                None => ("", line.trim()),
            };
            rest = rest.get(line.len()..).unwrap_or("");
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
    let line = line.trim();
    if let Some((start, value)) = line.split_at_checked(VERSION.len())
        && start.eq_ignore_ascii_case(VERSION)
    {
        return Some((start.trim_end(), value.trim_start_matches(':').trim()));
    }
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    is_token.then_some((name, value.trim()))
}

/// The media type in lower case, and its charset.
fn content_type(value: &str) -> (String, Option<String>) {
    let mut parameters = value.split(';');
    let media_type = parameters.next().unwrap_or("").trim().to_ascii_lowercase();
    let charset = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| text::value(value.trim().trim_matches('"')))
    });
    (text::value(&media_type), charset)
}

fn is_secret(name: &str) -> bool {
    name.eq_ignore_ascii_case(AUTH_COOKIE)
}

/// Whether a text of unknown kind may be an invitation with its secret.
fn mentions_secret(body: &str) -> bool {
    body.as_bytes().windows(AUTH_COOKIE.len()).any(|window| window.eq_ignore_ascii_case(AUTH_COOKIE.as_bytes()))
}

const AUTH_COOKIE: &str = "AuthCookie";

#[cfg(test)]
mod tests;
