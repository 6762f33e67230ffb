//! The fields of subscriptions.

use super::{Field, Type, seconds, text, words};
use crate::filter::subject::Record;
use crate::filter::value::Value;

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "subscription",
        aliases: &["subscription_id"],
        of: Type::Text,
        about: "the Subscription-Id",
        example: "subscription = 98213",
        searched: true,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Event(event) => text(event.detail.subscription.as_deref(), visit),
            Record::Exchange(said) => {
                let answered = || said.response.as_ref().and_then(|answer| answer.field("Subscription-Id"));
                text(said.asked("Subscription-Id").or_else(answered), visit)
            }
            Record::Subscription(subscription) => visit(Value::Text(&subscription.id)),
            Record::Cycle(cycle) => text(cycle.subscription.as_deref(), visit),
            _ => false,
        },
    },
    Field {
        name: "call_back",
        aliases: &[],
        of: Type::Text,
        about: "the Call-Back header as it was written",
        example: "call_back contains :1080",
        searched: true,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Event(event) => text(event.detail.call_back.as_deref(), visit),
            Record::Exchange(said) => text(said.asked("Call-Back"), visit),
            Record::Subscription(subscription) => text(subscription.call_back.as_deref(), visit),
            _ => false,
        },
    },
    Field {
        name: "requested",
        aliases: &["requested_s"],
        of: Type::Duration,
        about: "the lifetime that was asked for a subscription",
        example: "requested > 1h",
        searched: false,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Subscription(subscription) => seconds(subscription.requested_s, visit),
            _ => false,
        },
    },
    Field {
        name: "granted",
        aliases: &["granted_s"],
        of: Type::Duration,
        about: "the lifetime that a subscription was granted",
        example: "granted < 10m",
        searched: false,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Subscription(subscription) => seconds(subscription.granted_s, visit),
            _ => false,
        },
    },
    Field {
        name: "renewals",
        aliases: &[],
        of: Type::Number,
        about: "how often a subscription was renewed",
        example: "renewals = 0",
        searched: false,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Subscription(subscription) => visit(Value::number(subscription.renewals)),
            _ => false,
        },
    },
];
