//! The fields of polling-like cycles.

use super::{Field, Type, number, span, words};
use crate::filter::subject::{Record, Subject};
use crate::filter::value::Value;
use crate::session::polling::PollCycle;

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "signature",
        aliases: &[],
        of: Type::Text,
        about: "the signature that the requests of a cycle fit",
        example: "signature = reused-method",
        searched: true,
        words: words::none,
        get: |subject, visit| cycle(subject).is_some_and(|cycle| visit(Value::Text(&cycle.signature))),
    },
    Field {
        name: "confidence",
        aliases: &[],
        of: Type::Rank,
        about: "how sure it is that a cycle is polling",
        example: "confidence = likely",
        searched: false,
        words: words::confidences,
        get: |subject, visit| cycle(subject).is_some_and(|cycle| visit(Value::Text(cycle.confidence.as_str()))),
    },
    Field {
        name: "period",
        aliases: &["period_s"],
        of: Type::Duration,
        about: "the median time between the polls of a cycle",
        example: "period < 10s",
        searched: false,
        words: words::none,
        get: |subject, visit| span(cycle(subject).and_then(|cycle| cycle.period), visit),
    },
    Field {
        name: "waited",
        aliases: &["waited_s"],
        of: Type::Duration,
        about: "how long a message waited at most for a poll of the cycle",
        example: "waited > 5s",
        searched: false,
        words: words::none,
        get: |subject, visit| span(cycle(subject).and_then(|cycle| cycle.waited).map(|waited| waited.max), visit),
    },
    Field {
        name: "polls",
        aliases: &[],
        of: Type::Number,
        about: "the polls of a cycle",
        example: "polls > 100",
        searched: false,
        words: words::none,
        get: |subject, visit| number(cycle(subject).map(|cycle| cycle.polls), visit),
    },
    Field {
        name: "missed",
        aliases: &[],
        of: Type::Number,
        about: "the beats of a cycle without a poll",
        example: "missed > 0",
        searched: false,
        words: words::none,
        get: |subject, visit| number(cycle(subject).map(|cycle| cycle.missed), visit),
    },
    Field {
        name: "empty",
        aliases: &[],
        of: Type::Number,
        about: "the polls of a cycle that brought nothing",
        example: "empty > 1000",
        searched: false,
        words: words::none,
        get: |subject, visit| number(cycle(subject).map(|cycle| cycle.empty), visit),
    },
    Field {
        name: "carrying",
        aliases: &[],
        of: Type::Number,
        about: "the polls of a cycle that brought something",
        example: "carrying = 0",
        searched: false,
        words: words::none,
        get: |subject, visit| number(cycle(subject).map(|cycle| cycle.carrying), visit),
    },
    Field {
        name: "errors",
        aliases: &[],
        of: Type::Number,
        about: "the polls of a cycle that went wrong",
        example: "errors > 0",
        searched: false,
        words: words::none,
        get: |subject, visit| number(cycle(subject).map(|cycle| cycle.errors), visit),
    },
    Field {
        name: "lost",
        aliases: &[],
        of: Type::Number,
        about: "the accepted messages that no poll of the cycle brought",
        example: "lost > 0",
        searched: false,
        words: words::none,
        get: |subject, visit| number(cycle(subject).map(|cycle| cycle.lost), visit),
    },
    Field {
        name: "duplicated",
        aliases: &[],
        of: Type::Number,
        about: "the messages that polls of the cycle brought more than once",
        example: "duplicated > 0",
        searched: false,
        words: words::none,
        get: |subject, visit| number(cycle(subject).map(|cycle| cycle.doubled), visit),
    },
];

const fn cycle<'a>(subject: &Subject<'a>) -> Option<&'a PollCycle> {
    match subject.record {
        Record::Cycle(cycle) => Some(cycle),
        _ => None,
    }
}
