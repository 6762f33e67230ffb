//! Tests of endpoints and sides.

use super::*;

fn endpoint(text: &str) -> Endpoint {
    let address: std::net::SocketAddr = text.parse().unwrap();
    Endpoint::new(address.ip(), address.port())
}

#[test]
fn endpoints_are_written_as_the_contract_says() {
    for text in ["192.0.2.1:80", "[2001:db8::1]:80", "[::]:0", "0.0.0.0:65535", "[::ffff:10.0.0.1]:3127"] {
        assert_eq!(endpoint(text).to_string(), text);
        assert_eq!(serde_json::to_value(endpoint(text)).unwrap(), text);
    }
}

#[test]
fn endpoints_of_one_address_stand_together_in_their_order() {
    let mut sorted = ["10.0.0.2:1", "10.0.0.1:90", "10.0.0.10:1", "10.0.0.1:80"].map(endpoint);
    sorted.sort();
    assert_eq!(sorted.map(|endpoint| endpoint.to_string()), ["10.0.0.1:80", "10.0.0.1:90", "10.0.0.2:1", "10.0.0.10:1"]);
}

#[test]
fn each_side_has_the_other_across_and_a_value_of_its_own() {
    let mut counts = PerSide { initiator: 1, responder: 2 };
    for side in [Side::Initiator, Side::Responder] {
        assert_ne!(side, side.other());
        assert_eq!(side, side.other().other());
        let across = *counts.get(side.other());
        *counts.get_mut(side) += 10;
        assert_eq!(*counts.get(side.other()), across, "the other side's value stays");
    }
    assert_eq!(counts, PerSide { initiator: 11, responder: 12 });
}
