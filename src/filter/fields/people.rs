//! Fields: who speaks, from where, and what clients say about themselves.

use super::{Field, Type, principal, text, words};
use crate::filter::subject::{Record, Subject};
use crate::filter::value::Value;
use crate::rvp::principal::Principal;
use crate::session::model::{About, Session};

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "principal",
        aliases: &["user"],
        of: Type::Principal,
        about: "whose session it is",
        example: "principal = bob",
        searched: true,
        words: words::none,
        get: |subject, visit| subject.of().and_then(|session| session.principal.as_ref()).is_some_and(|one| visit(Value::Principal(one))),
    },
    Field {
        name: "from",
        aliases: &[],
        of: Type::Principal,
        about: "who speaks: the sender of a message, the principal of a request",
        example: "from = bob@im.example.test",
        searched: true,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Event(event) => principal(event.detail.from.as_ref(), visit),
            Record::Message(message) => principal(message.from.as_ref(), visit),
            Record::Exchange(said) => said.asked("RVP-From-Principal").is_some_and(|from| visit(Value::Principal(&Principal::new(from)))),
            _ => false,
        },
    },
    Field {
        name: "to",
        aliases: &[],
        of: Type::Principal,
        about: "who is spoken to: the recipient of a message or a callback, the node of a request",
        example: "to contains aliases/b",
        searched: true,
        words: words::none,
        get: |subject, visit| match subject.record {
            Record::Event(event) => principal(event.detail.node.as_ref(), visit),
            Record::Message(message) => principal(message.to.as_ref(), visit),
            Record::Exchange(_) => subject.node(&mut |node| visit(Value::Principal(node))),
            _ => false,
        },
    },
    Field {
        name: "node",
        aliases: &[],
        of: Type::Principal,
        about: "the node that a request, a subscription or a cycle is about",
        example: "node = http://im.example.test/instmsg/aliases/bob",
        searched: true,
        words: words::none,
        get: |subject, visit| subject.node(&mut |node| visit(Value::Principal(node))),
    },
    Field {
        name: "client",
        aliases: &["target"],
        of: Type::Address,
        about: "the client's address; its end of the connection, where that is known",
        example: "client in 10.77.2.0/24",
        searched: true,
        words: words::none,
        get: |subject, visit| subject.clients(&mut |ip, port| visit(Value::Address(ip, port))),
    },
    Field {
        name: "server",
        aliases: &["source"],
        of: Type::Address,
        about: "the server's end of the connection",
        example: "server = 10.77.1.2:80",
        searched: true,
        words: words::none,
        get: |subject, visit| subject.servers(&mut |ip, port| visit(Value::Address(ip, port))),
    },
    Field {
        name: "address",
        aliases: &["ip"],
        of: Type::Address,
        about: "either end",
        example: "address = 10.77.2.10",
        searched: false,
        words: words::none,
        get: |subject, visit| {
            subject.clients(&mut |ip, port| visit(Value::Address(ip, port)))
                || subject.servers(&mut |ip, port| visit(Value::Address(ip, port)))
        },
    },
    Field {
        name: "port",
        aliases: &[],
        of: Type::Number,
        about: "the port of either end",
        example: "port > 1023",
        searched: false,
        words: words::none,
        get: |subject, visit| {
            let mut port = |_, port: Option<u16>| port.is_some_and(|port| visit(Value::number(port)));
            subject.clients(&mut port) || subject.servers(&mut port)
        },
    },
    Field {
        name: "user_agent",
        aliases: &[],
        of: Type::Text,
        about: "what the client calls itself",
        example: "user_agent ~ ^librvp",
        searched: true,
        words: words::none,
        get: |subject, visit| text(about(subject).and_then(|about| about.user_agent.as_deref()), visit),
    },
    Field {
        name: "authentication",
        aliases: &[],
        of: Type::Text,
        about: "the scheme by which the client authenticated last; none where it did not",
        example: "authentication = NTLM",
        searched: true,
        words: words::schemes,
        get: |subject, visit| about(subject).is_some_and(|about| visit(Value::Text(about.authentication.as_deref().unwrap_or("none")))),
    },
    Field {
        name: "authenticated_as",
        aliases: &[],
        of: Type::Text,
        about: "the name under which the client authenticated",
        example: r"authenticated_as = EXAMPLE\bob",
        searched: true,
        words: words::none,
        get: |subject, visit| text(about(subject).and_then(|about| about.authenticated_as.as_deref()), visit),
    },
    Field {
        name: "workstation",
        aliases: &[],
        of: Type::Text,
        about: "the client's computer, as NTLM names it",
        example: "workstation = PC17",
        searched: true,
        words: words::none,
        get: |subject, visit| text(about(subject).and_then(|about| about.workstation.as_deref()), visit),
    },
    Field {
        name: "state",
        aliases: &["presence"],
        of: Type::Text,
        about: "the presence states that a session set",
        example: "state = away",
        searched: true,
        words: words::states,
        get: |subject, visit| match subject.record {
            Record::Session(session) => session.presence.iter().any(|change| visit(Value::Text(change.state.as_str()))),
            _ => false,
        },
    },
];

fn about<'a>(subject: &Subject<'a>) -> Option<&'a About> {
    subject.of().map(Session::about)
}
