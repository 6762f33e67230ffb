//! The fields that most records have.

use super::{Field, Type, text, words};
use crate::base::time::Timestamp;
use crate::filter::subject::{Record, Subject};
use crate::filter::value::Value;
use crate::rvp::subscription::NotificationType;
use crate::session::model::SessionId;

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "record",
        aliases: &[],
        of: Type::Word,
        about: "the sort of record",
        example: "record = callback",
        searched: false,
        words: || Record::WORDS.into(),
        get: |subject, visit| visit(Value::Text(subject.record.as_str())),
    },
    Field {
        name: "kind",
        aliases: &[],
        of: Type::Word,
        about: "what an event, a message or a subscription is",
        example: "kind in {log-on, log-off}",
        searched: true,
        words: words::kinds,
        get: |subject, visit| match subject.record {
            Record::Event(event) => visit(Value::Text(event.kind.as_str())),
            Record::Message(message) => visit(Value::Text(message.kind.as_str())),
            Record::Exchange(said) => visit(Value::Text(if said.callback { "callback" } else { "request" })),
            Record::Subscription(subscription) => text(subscription.kind.as_ref().map(NotificationType::as_str), visit),
            _ => false,
        },
    },
    Field {
        name: "time",
        aliases: &["at"],
        of: Type::Time,
        about: "when it was; of a session or a cycle all of its time",
        example: "time in 21:17..21:18:30",
        searched: false,
        words: words::none,
        get: |subject, visit| {
            let (first, last) = times(subject);
            visit(Value::Numbers(first.nanos(), last.nanos()))
        },
    },
    Field {
        name: "session",
        aliases: &[],
        of: Type::Number,
        about: "the session's number",
        example: "session = 1",
        searched: false,
        words: words::none,
        get: |subject, visit| session(subject).is_some_and(|id| visit(Value::number(id.0))),
    },
    Field {
        name: "text",
        aliases: &[],
        of: Type::Everything,
        about: "captured heads and bodies, and all words about them, as a word alone finds them",
        example: "text ~ \"call-?back: .*:1080\"",
        searched: false,
        words: words::none,
        get: |_, _| true,
    },
    Field {
        name: "summary",
        aliases: &["title"],
        of: Type::Text,
        about: "the words of the timeline and of findings: who, what, and how it came out",
        example: "summary contains \"logs on\"",
        searched: true,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Event(event) => [&event.who, &event.summary, &event.outcome].into_iter().any(|words| visit(Value::Text(words))),
            Record::Finding(finding) => {
                visit(Value::Text(&finding.title)) || visit(Value::Text(finding.meta.title)) || visit(Value::Text(&finding.seen))
            }
            _ => false,
        },
    },
    Field {
        name: "packet",
        aliases: &["packets"],
        of: Type::Number,
        about: "the packets that prove it, by their numbers in the capture",
        example: "packet in 200..250",
        searched: false,
        words: words::none,
        get: |subject, visit| {
            subject.packets(&mut |range| {
                let bound = |number| i64::try_from(number).unwrap_or(i64::MAX);
                visit(Value::Numbers(bound(range.first), bound(range.last)))
            })
        },
    },
    Field {
        name: "capture",
        aliases: &[],
        of: Type::Number,
        about: "the captures of these packets, by their index from 0",
        example: "capture = 0",
        searched: false,
        words: words::none,
        get: |subject, visit| subject.packets(&mut |range| visit(Value::number(range.capture))),
    },
];

/// When it began and when it ended.
fn times(subject: &Subject<'_>) -> (Timestamp, Timestamp) {
    match subject.record {
        Record::Session(session) => (session.first, session.last),
        Record::Cycle(cycle) => (cycle.first, cycle.last),
        Record::Event(event) => (event.at, event.at),
        Record::Callback(callback) => (callback.at, callback.at),
        Record::Message(message) => (message.at, message.at),
        Record::Subscription(subscription) => (subscription.at, subscription.at),
        Record::Finding(finding) => (finding.at, finding.at),
        Record::Exchange(said) => (said.at(), said.at()),
    }
}

/// The session's number, even where no more is known of it.
fn session(subject: &Subject<'_>) -> Option<SessionId> {
    let named = match subject.record {
        Record::Event(event) => event.session,
        Record::Finding(finding) => finding.session,
        Record::Exchange(said) => said.session,
        _ => None,
    };
    named.or_else(|| subject.of().map(|session| session.id))
}
