//! Fields: requests, callbacks and messages, and how they came out.

use super::{Field, Type, number, span, text, words};
use crate::filter::subject::Record;
use crate::filter::value::Value;
use crate::rvp::method::Method;
use crate::session::callback::Outcome;
use crate::session::event::Tone;

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "method",
        aliases: &[],
        of: Type::Text,
        about: "the method of the request",
        example: "method = SUBSCRIBE",
        searched: true,
        words: words::methods,
        get: |subject, visit| match subject.record {
            Record::Event(event) => text(event.detail.method.as_ref().map(Method::as_str), visit),
            Record::Cycle(cycle) => visit(Value::Text(&cycle.method)),
            Record::Exchange(said) => text(said.method(), visit),
            _ => false,
        },
    },
    Field {
        name: "status",
        aliases: &["accepted_status"],
        of: Type::Number,
        about: "the status of the answer",
        example: "status = 4xx",
        searched: false,
        words: words::none,
        get: |subject, visit| {
            let status = match subject.record {
                Record::Event(event) => event.detail.status,
                Record::Callback(callback) => callback.status,
                Record::Exchange(said) => said.status(),
                Record::Message(message) => message.accepted_status,
                _ => None,
            };
            number(status, visit)
        },
    },
    Field {
        name: "outcome",
        aliases: &["delivery", "end"],
        of: Type::Word,
        about: "how a callback came out, what became of a message, how a subscription ended",
        example: "outcome in {refused, unanswered}",
        searched: true,
        words: words::outcomes,
        get: |subject, visit| match subject.record {
            Record::Event(event) => text(event.detail.callback.map(Outcome::as_str), visit),
            Record::Callback(callback) => visit(Value::Text(callback.outcome.as_str())),
            Record::Message(message) => visit(Value::Text(message.delivery.as_str())),
            Record::Subscription(subscription) => visit(Value::Text(subscription.end.as_str())),
            _ => false,
        },
    },
    Field {
        name: "tone",
        aliases: &[],
        of: Type::Word,
        about: "whether an event, a callback or a message went well; a finding that is an error has failed",
        example: "tone != normal",
        searched: false,
        words: words::tones,
        get: |subject, visit| text(subject.tone().map(Tone::as_str), visit),
    },
    Field {
        name: "failed",
        aliases: &[],
        of: Type::Flag,
        about: "whether it failed",
        example: "failed and kind = callback",
        searched: false,
        words: words::none,
        get: |subject, visit| subject.tone().is_some_and(|tone| visit(Value::Flag(tone == Tone::Failed))),
    },
    Field {
        name: "latency",
        aliases: &["took", "took_s"],
        of: Type::Duration,
        about: "from the request to its answer; of a callback, until its outcome was certain",
        example: "latency >= 2s",
        searched: false,
        words: words::none,
        get: |subject, visit| {
            let took = match subject.record {
                Record::Event(event) => event.detail.took,
                Record::Callback(callback) => callback.took,
                Record::Exchange(said) => said.took(),
                _ => None,
            };
            span(took, visit)
        },
    },
    Field {
        name: "carries",
        aliases: &[],
        of: Type::Word,
        about: "what a callback carries",
        example: "carries = message",
        searched: true,
        words: words::carries,
        get: |subject, visit| match subject.record {
            Record::Event(event) => text(event.detail.carries, visit),
            Record::Callback(callback) => visit(Value::Text(callback.carries)),
            _ => false,
        },
    },
    Field {
        name: "attempts",
        aliases: &[],
        of: Type::Number,
        about: "the SYNs of a callback",
        example: "attempts > 1",
        searched: false,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Callback(callback) => visit(Value::number(callback.attempts)),
            _ => false,
        },
    },
    Field {
        name: "reused_connection",
        aliases: &["reused"],
        of: Type::Flag,
        about: "whether a callback's connection had carried an earlier one",
        example: "reused_connection = no",
        searched: false,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Callback(callback) => callback.reused_connection.is_some_and(|reused| visit(Value::Flag(reused))),
            _ => false,
        },
    },
    Field {
        name: "late_answer",
        aliases: &[],
        of: Type::Number,
        about: "the status of an answer to a callback that came too late",
        example: "late_answer = 2xx",
        searched: false,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Callback(callback) => number(callback.late_answer.map(|late| late.status), visit),
            _ => false,
        },
    },
    Field {
        name: "unreachable",
        aliases: &[],
        of: Type::Text,
        about: "why a callback's target was unreachable, as an ICMP message says",
        example: "unreachable contains prohibited",
        searched: true,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Callback(callback) => text(callback.unreachable.map(|unreachable| unreachable.reason.words()), visit),
            _ => false,
        },
    },
    Field {
        name: "inferred",
        aliases: &[],
        of: Type::Flag,
        about: "whether it is only inferred that something is a callback",
        example: "inferred",
        searched: false,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Callback(callback) => visit(Value::Flag(callback.inferred)),
            _ => false,
        },
    },
    Field {
        name: "conversation",
        aliases: &[],
        of: Type::Text,
        about: "the conversation of a message (Session-Id)",
        example: "conversation contains 4EB1",
        searched: true,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Message(message) => text(message.conversation.as_deref(), visit),
            _ => false,
        },
    },
];
