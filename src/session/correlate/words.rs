//! The words of the timeline. All captured text passes through `base::text` here.

use crate::base::text::{printable, shortened};
use crate::http::exchange::ExchangeEnd;
use crate::rvp::identify::Protocol;
use crate::rvp::mime::PartKind;
use crate::rvp::notification::{Item, Message, Notification};
use crate::rvp::operation::{Content, Operation};
use crate::rvp::principal::Principal;
use crate::session::event::Tone;
use crate::session::model::{MessageKind, Session};
use crate::session::outline::Outline;

/// Who a session is, in short: the user, else the principal, else the client's address.
pub(super) fn who(session: &Session) -> String {
    session.principal.as_ref().map_or_else(|| session.client.to_string(), short)
}

/// A principal in short: the user of an /instmsg/ URL, else all of it.
pub(super) fn short(principal: &Principal) -> String {
    shortened(principal.user().unwrap_or_else(|| principal.as_str()), 40)
}

/// A node in short.
pub(super) fn node(url: &str) -> String {
    short(&Principal::new(url))
}

/// The node that a request is about, in short; with an ellipsis where the capture cut it.
pub(super) fn target(operation: &Operation) -> String {
    let node = short(&operation.node);
    if operation.target_complete { node } else { format!("{node}…") }
}

/// What a request carries, in words.
pub(super) fn carried(operation: &Operation, notification: &Notification) -> String {
    let list = list(notification);
    if operation.request_complete { list } else { format!("{list} (cut)") }
}

/// What an HTTP exchange that is no RVP belongs to: a key of the JSON document.
pub(super) const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Rvp => "rvp",
        Protocol::ExchangeStore => "exchange_store",
        Protocol::Gena => "gena",
        Protocol::WebDav => "webdav",
        Protocol::OtherHttp => "other",
        Protocol::Undetermined => "undetermined",
    }
}

/// Whether a request went well.
pub(super) const fn tone(outline: &Outline, operation: &Operation) -> Tone {
    match (operation.status, outline.end) {
        (Some(400..), _) => Tone::Failed,
        (Some(_), _) => Tone::Normal,
        (None, Some(ExchangeEnd::NotCaptured | ExchangeEnd::Answered | ExchangeEnd::CaptureEnded) | None) => Tone::Unknown,
        (None, Some(_)) => Tone::Failed,
    }
}

/// How a request came out: its status and what came with it, or why there is none.
pub(super) fn outcome(outline: &Outline, operation: &Operation) -> String {
    let Some(status) = operation.status else {
        let why = match outline.end {
            Some(ExchangeEnd::AskerClosed | ExchangeEnd::AskerReset) => "no answer, the client gave up",
            Some(ExchangeEnd::AnswererClosed) => "no answer, the server closed",
            Some(ExchangeEnd::AnswererReset) => "no answer, the server reset",
            Some(ExchangeEnd::NotCaptured) => "the answer is not in the capture",
            Some(ExchangeEnd::Answered | ExchangeEnd::CaptureEnded) | None => "no answer yet when the capture ends",
        };
        return why.to_owned();
    };
    let mut words = status.to_string();
    if let Content::Notification(notification) = &operation.response {
        words.push_str(", brings ");
        words.push_str(&list(notification));
    }
    words
}

/// What a notification carries, item by item.
pub(super) fn list(notification: &Notification) -> String {
    match notification.items.as_slice() {
        [] => "nothing".to_owned(),
        [only] => item(only),
        items => items.iter().map(item).collect::<Vec<_>>().join(", "),
    }
}

fn item(item: &Item) -> String {
    match item {
        Item::Message(message) => self::message(message),
        Item::PropertyChange(change) => {
            let whose = change.from.as_ref().map_or_else(|| "someone".to_owned(), short);
            match &change.state {
                Some(state) => format!("{whose} is {}", printable(state.as_str())),
                None => format!("properties of {whose}"),
            }
        }
        Item::Other(name) => shortened(name, 40),
    }
}

/// A message in words.
pub(super) fn message(message: &Message) -> String {
    let mime = &message.part;
    match &mime.kind {
        PartKind::Text => match &mime.text {
            Some(text) => format!("\"{}\"", shortened(text, 48)),
            None => "a text".to_owned(),
        },
        PartKind::Typing { .. } => "typing".to_owned(),
        PartKind::Control => "conversation opened".to_owned(),
        PartKind::Leave => "conversation left".to_owned(),
        PartKind::Invite(invite) => {
            let command = invite.command.as_deref().map_or_else(|| "invitation".to_owned(), |command| shortened(command, 20));
            match (&invite.file, &invite.ip_address, invite.port) {
                (Some(file), _, _) => format!("{command} file {}", shortened(file, 40)),
                (None, Some(host), Some(port)) => format!("{command} at {}:{port}", shortened(host, 40)),
                _ => command,
            }
        }
        PartKind::Other(kind) if kind.is_empty() => "a message that cannot be read".to_owned(),
        PartKind::Other(kind) => format!("a message of type {}", shortened(kind, 40)),
    }
}

/// What a message is.
pub(super) const fn message_kind(kind: &PartKind) -> MessageKind {
    match kind {
        PartKind::Text => MessageKind::Text,
        PartKind::Typing { .. } => MessageKind::Typing,
        PartKind::Control => MessageKind::Open,
        PartKind::Leave => MessageKind::Leave,
        PartKind::Invite(_) => MessageKind::Invite,
        PartKind::Other(_) => MessageKind::Other,
    }
}
