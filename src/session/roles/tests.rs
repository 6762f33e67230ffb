//! Tests of the decision who asks whom, as a table of situations.

use super::*;
use crate::base::address::Side;
use crate::base::limits::Limits;
use crate::base::note::Notes;
use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use crate::http::exchange::{Body, Completeness, Exchange, Framing, Message};
use crate::http::head::{Head, StartLine};
use crate::rvp::operation::Reader;
use crate::rvp::subscription::CallBack;
use crate::tcp::event::FlowId;

const HOME: &str = "10.0.0.2:80";
const OTHER_SERVER: &str = "10.8.0.2:80";
const CLIENT: &str = "10.0.1.5:1040";
const CALL_BACK: &str = "10.0.1.5:3127";

const ALICE: SessionId = SessionId(1);
const BOB: SessionId = SessionId(2);

fn endpoint(text: &str) -> Endpoint {
    let address: std::net::SocketAddr = text.parse().unwrap();
    Endpoint::new(address.ip(), address.port())
}

/// The operation of a request with this method and target, and this hop count.
fn operation(method: &str, target: &str, hops: Option<u32>) -> Operation {
    let mut head = Head::new(StartLine::Request { method, target, minor: Some(1) });
    if let Some(hops) = hops {
        head.add("RVP-Hop-Count", hops.to_string().as_bytes());
    }
    let request = Message {
        head,
        body: Body { framing: Framing::None, bytes: Vec::new(), left_out: false, seen: 0, missing: 0 },
        completeness: Completeness::Complete,
        first: Timestamp::default(),
        last: Timestamp::default(),
        origin: Origin::default(),
    };
    let exchange = Exchange {
        flow: FlowId(1),
        ordinal: 0,
        asker: Side::Initiator,
        request: Some(Box::new(request)),
        interim: Vec::new(),
        response: None,
        asker_closed: None,
        answerer_closed: None,
        reset: None,
        answered_otherwise: None,
        end: None,
    };
    Operation::read(&exchange, &mut Reader::new(Limits::default()), &mut Notes::default())
}

/// Where both servers have answered requests before.
fn known_servers() -> Roles {
    let mut roles = Roles::default();
    roles.is_server(endpoint(HOME));
    roles.is_server(endpoint(OTHER_SERVER));
    roles
}

/// Where, besides, the client announced its Call-Back.
fn known_call_back() -> Roles {
    let mut roles = known_servers();
    roles.listens(endpoint(CALL_BACK), ALICE, true, |_| true);
    roles
}

fn role(roles: &Roles, operation: &Operation, asker: &str, answerer: &str) -> Role {
    roles.role(operation, endpoint(asker), endpoint(answerer), || false, || false)
}

const BOBS_NODE: &str = "/instmsg/aliases/bob";

#[test]
fn a_client_asks_its_server() {
    for method in ["SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIPTIONS", "PROPFIND", "PROPPATCH", "ACL", "NOTIFY", "POLL"] {
        let operation = operation(method, BOBS_NODE, Some(1));
        assert_eq!(role(&known_call_back(), &operation, CLIENT, HOME), Role::Request, "{method}, servers known");
        assert_eq!(role(&Roles::default(), &operation, CLIENT, HOME), Role::Request, "{method}, nothing known");
    }
}

#[test]
fn a_message_without_a_hop_count_to_a_principal_comes_from_a_client() {
    assert_eq!(role(&Roles::default(), &operation("NOTIFY", BOBS_NODE, None), CLIENT, HOME), Role::Request);
    assert_eq!(role(&known_servers(), &operation("NOTIFY", BOBS_NODE, None), CLIENT, HOME), Role::Request);
}

#[test]
fn a_message_to_a_node_of_before_the_release_comes_from_a_client_as_well() {
    let message = operation("NOTIFY", "/aliases/bob", None);
    assert_eq!(role(&known_servers(), &message, CLIENT, HOME), Role::Request);
    assert_eq!(role(&Roles::default(), &message, CLIENT, HOME), Role::Request);
}

#[test]
fn a_client_on_the_host_of_another_server_is_a_client() {
    let (client, at_other_server) = ("10.8.0.2:1040", endpoint("10.8.0.2:3127"));
    let call_back = CallBack::new(format!("http://{at_other_server}").into());
    let log_on = Operation { call_back: Some(call_back), ..operation("SUBSCRIBE", BOBS_NODE, None) };
    assert_eq!(role(&known_servers(), &log_on, client, HOME), Role::Request, "it wants its callbacks itself");
    let roles = known_servers();
    let message = operation("NOTIFY", BOBS_NODE, Some(1));
    assert_eq!(roles.role(&message, endpoint(client), endpoint(HOME), || true, || false), Role::Request, "its session is known there");
    assert_eq!(roles.role(&message, endpoint(client), endpoint(HOME), || false, || false), Role::ServerToServer);
}

#[test]
fn a_message_that_has_hopped_to_a_principal_goes_from_server_to_server() {
    let forwarded = operation("NOTIFY", BOBS_NODE, Some(2));
    assert_eq!(role(&Roles::default(), &forwarded, "10.0.0.2:1090", OTHER_SERVER), Role::ServerToServer, "by its form alone");
    assert_eq!(role(&known_servers(), &forwarded, "10.0.0.2:1090", OTHER_SERVER), Role::ServerToServer);
}

#[test]
fn what_a_server_asks_another_server_is_no_clients_request() {
    for method in ["SUBSCRIBE", "UNSUBSCRIBE", "PROPFIND", "NOTIFY"] {
        let operation = operation(method, BOBS_NODE, None);
        assert_eq!(role(&known_servers(), &operation, "10.0.0.2:1090", OTHER_SERVER), Role::ServerToServer, "{method}");
    }
}

#[test]
fn a_notification_to_an_announced_endpoint_is_a_callback_whatever_its_form() {
    for (target, hops) in [("/", Some(2)), ("/", Some(1)), ("/", None), ("/nowhere", Some(3)), (BOBS_NODE, Some(2))] {
        let operation = operation("NOTIFY", target, hops);
        assert_eq!(role(&known_call_back(), &operation, "10.0.0.2:1090", CALL_BACK), Role::Callback, "{target} {hops:?}");
        assert_eq!(role(&known_call_back(), &operation, "203.0.113.9:1090", CALL_BACK), Role::Callback, "from an unknown address");
    }
}

#[test]
fn without_a_log_on_a_server_that_notifies_a_client_calls_it_back() {
    for hops in [Some(2), Some(1), None] {
        let operation = operation("NOTIFY", "/", hops);
        assert_eq!(role(&known_servers(), &operation, "10.0.0.2:1090", CALL_BACK), Role::Callback, "{hops:?}");
    }
    let nobody_known = operation("NOTIFY", "/", Some(2));
    assert_eq!(role(&Roles::default(), &nobody_known, "10.0.0.2:1090", CALL_BACK), Role::Callback, "only servers send the second hop");
}

#[test]
fn who_called_back_once_is_a_server() {
    let mut roles = Roles::default();
    roles.calls_back(endpoint(HOME).ip);
    assert!(roles.serves_at(endpoint(HOME).ip));
    assert!(!roles.serves(endpoint(HOME)), "but the port from which it calls is not one that it serves");
    assert_eq!(role(&roles, &operation("NOTIFY", "/", Some(1)), "10.0.0.2:1091", "10.0.1.6:3127"), Role::Callback);
}

#[test]
fn on_one_host_the_ports_tell_who_is_who() {
    let (server, client, call_back) = ("127.0.0.1:80", "127.0.0.1:40100", "127.0.0.1:40257");
    let mut roles = Roles::default();
    roles.is_server(endpoint(server));
    let subscribe = operation("SUBSCRIBE", BOBS_NODE, None);
    assert_eq!(role(&roles, &subscribe, client, server), Role::Request);
    assert_eq!(role(&roles, &operation("NOTIFY", BOBS_NODE, Some(1)), client, server), Role::Request);
    assert_eq!(role(&roles, &operation("NOTIFY", "/", Some(2)), "127.0.0.1:40300", call_back), Role::Callback, "nothing announced");
    roles.listens(endpoint(call_back), ALICE, true, |_| true);
    assert_eq!(role(&roles, &operation("NOTIFY", "/", Some(2)), "127.0.0.1:40300", call_back), Role::Callback);
    assert_eq!(role(&roles, &operation("NOTIFY", BOBS_NODE, Some(1)), client, server), Role::Request);
}

#[test]
fn a_cut_head_leaves_the_address_and_the_target_to_decide() {
    let cut = |target| Operation { request_head_complete: false, ..operation("NOTIFY", target, None) };
    assert_eq!(role(&known_servers(), &cut("/"), "10.0.0.2:1090", CALL_BACK), Role::Callback);
    assert_eq!(role(&known_call_back(), &cut("/"), "10.0.0.2:1090", CALL_BACK), Role::Callback);
    assert_eq!(role(&known_servers(), &cut("/instmsg/aliases/"), CLIENT, HOME), Role::Request);
    assert_eq!(role(&known_servers(), &cut("/instm"), CLIENT, HOME), Role::Request, "the target is cut, but a server is asked");
}

#[test]
fn a_later_announcement_takes_the_endpoint_over() {
    let mut roles = Roles::default();
    roles.listens(endpoint(CALL_BACK), ALICE, true, |_| true);
    roles.listens(endpoint(CALL_BACK), BOB, true, |_| true);
    assert_eq!(roles.listener(endpoint(CALL_BACK)), Some(Announced { session: BOB, by_header: true }));
}

#[test]
fn a_header_outweighs_an_inference() {
    let mut roles = Roles::default();
    roles.listens(endpoint(CALL_BACK), ALICE, true, |_| true);
    roles.listens(endpoint(CALL_BACK), BOB, false, |_| true);
    assert_eq!(roles.listener(endpoint(CALL_BACK)), Some(Announced { session: ALICE, by_header: true }));
    let mut roles = Roles::default();
    roles.listens(endpoint(CALL_BACK), BOB, false, |_| true);
    roles.listens(endpoint(CALL_BACK), ALICE, true, |_| true);
    assert_eq!(roles.listener(endpoint(CALL_BACK)), Some(Announced { session: ALICE, by_header: true }));
}

#[test]
fn behind_an_address_translation_the_session_at_home_keeps_its_endpoint() {
    for order in [[ALICE, BOB], [BOB, ALICE]] {
        let mut roles = Roles::default();
        for session in order {
            roles.listens(endpoint(CALL_BACK), session, true, |session| session == ALICE);
        }
        assert_eq!(roles.listener(endpoint(CALL_BACK)).map(|announced| announced.session), Some(ALICE), "{order:?}");
        assert!(roles.has_call_back(BOB), "the other one announced it too");
    }
}

#[test]
fn endpoints_of_one_address_are_apart() {
    let roles = known_call_back();
    assert_eq!(roles.listener(endpoint("10.0.1.5:3128")), None);
    assert!(roles.serves(endpoint(HOME)) && !roles.serves(endpoint("10.0.0.2:81")));
    assert!(roles.serves_at(endpoint("10.0.0.2:81").ip) && !roles.serves_at(endpoint(CLIENT).ip));
    assert!(roles.has_call_back(ALICE) && !roles.has_call_back(BOB));
}

#[test]
fn an_answer_could_be_shown_where_its_sender_speaks_or_its_receiver_is_reached() {
    let (server, client) = (endpoint(HOME).ip, endpoint(CLIENT).ip);
    let mut roles = known_servers();
    assert!(!roles.could_show_answer(server, client));
    roles.was_reached(server);
    assert!(roles.could_show_answer(server, client));
    let mut roles = known_servers();
    roles.spoke(client);
    assert!(roles.could_show_answer(server, client), "a server may call back from an address that nobody calls");
}
