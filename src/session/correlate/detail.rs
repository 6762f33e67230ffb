//! What an event is about, as values: what filters compare, and columns of tables hold.

use super::Correlator;
use super::messages::messages;
use crate::base::address::Endpoint;
use crate::rvp::method::Method;
use crate::rvp::notification::{Item, Notification};
use crate::rvp::operation::{Content, Operation};
use crate::rvp::principal::Principal;
use crate::session::callback::CallbackAttempt;
use crate::session::event::Detail;
use crate::session::outline::Outline;
use crate::session::polling::PollCycle;
use std::sync::Arc;

impl Correlator {
    /// Of a request and its answer.
    pub(super) fn detail(&self, outline: &Outline, operation: &Operation) -> Detail {
        if self.silent {
            return Detail::default();
        }
        let asked = outline.request.as_ref();
        Detail {
            method: asked.map(|_| operation.method.clone()),
            status: operation.status,
            client: Some(outline.asker),
            server: Some(outline.answerer),
            from: operation.from.clone(),
            node: asked.map(|_| operation.node.clone()),
            subscription: operation.subscription_id.as_ref().or(operation.granted_id.as_ref()).map(Arc::clone),
            call_back: operation.call_back.as_ref().map(|call_back| Arc::clone(&call_back.raw)),
            callback: None,
            carries: None,
            took: asked.zip(outline.answered()).map(|(request, answered)| answered.since(request.first)),
            hits: outline.hits,
        }
    }

    /// Of a callback, and of what it brought, where bytes of it were seen.
    pub(super) fn callback_detail(&self, attempt: &CallbackAttempt, brought: Option<&Operation>) -> Detail {
        if self.silent {
            return Detail::default();
        }
        let notification = brought.and_then(|operation| match &operation.request {
            Content::Notification(notification) => Some(&**notification),
            _ => None,
        });
        Detail {
            method: brought.map(|operation| operation.method.clone()),
            status: attempt.status,
            client: Some(attempt.target),
            server: Some(attempt.source),
            from: notification.and_then(sender).or_else(|| brought?.from.clone()),
            node: brought.map(|operation| operation.node.clone()),
            subscription: brought.and_then(|operation| operation.subscription_id.clone()),
            callback: Some(attempt.outcome),
            carries: Some(attempt.carries),
            took: attempt.took,
            hits: attempt.hits,
            ..Detail::default()
        }
    }
}

/// Of a polling-like cycle as a whole.
pub(super) fn of_cycle(cycle: &PollCycle) -> Detail {
    Detail {
        method: Some(Method::published(&cycle.method).unwrap_or_else(|| Method::Other(cycle.method.as_str().into()))),
        node: Some(Principal::new(&cycle.node)),
        subscription: cycle.subscription.clone(),
        ..Detail::default()
    }
}

/// Of a connection without a request.
pub(super) fn of_connection(client: Endpoint, server: Endpoint) -> Detail {
    Detail { client: Some(client), server: Some(server), ..Detail::default() }
}

/// Who sent what a notification brings: the sender of its first message, else whose properties changed.
fn sender(notification: &Notification) -> Option<Principal> {
    let changed = || {
        notification.items.iter().find_map(|item| match item {
            Item::PropertyChange(change) => change.from.clone(),
            Item::Message(_) | Item::Other(_) => None,
        })
    };
    messages(notification).find_map(|message| message.from.clone()).or_else(changed)
}
