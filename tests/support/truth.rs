//! The truth files: what the recorded programs themselves logged, and the comparison of a document with it.

use super::document::{counts, list, micros, number, of_sessions, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A truth file.
pub(crate) fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// `http://10.0.0.1:3127/path` as an endpoint.
pub(crate) fn endpoint(url: &str) -> &str {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    rest.split('/').next().unwrap_or(rest)
}

/// The requests, by method and by method and status.
pub(crate) fn requests(document: &Value, truth: &Value) {
    let (seen, known) = (&document["totals"]["requests"], &truth["requests"]);
    let name = text(truth, "name");
    assert_eq!(counts(&seen["by_method_and_status"]), counts(&known["by_method_and_status"]), "{name}");
    assert_eq!(counts(&seen["by_method"]), counts(&known["by_method"]), "{name}");
    assert_eq!(seen["total"], known["total"], "{name}");
}

/// One callback, in a form that both sides have: outcome, status, and whether it reused a connection.
type Callback = (String, Option<u64>, bool);

fn callback(value: &Value) -> Callback {
    (text(value, "outcome").into(), value["status"].as_u64(), value["reused_connection"] == true)
}

/// The callbacks of each target, in order. Two that begin in the same millisecond at different targets have no order between them.
pub(crate) fn callbacks(document: &Value, truth: &Value) {
    callbacks_to(document, truth, |_| true);
    assert_eq!(counts(&document["totals"]["callbacks"]["by_outcome"]), counts(&truth["callbacks"]["by_outcome"]), "{}", truth["name"]);
}

/// The callbacks to the targets that `visible` picks, and no others.
pub(crate) fn callbacks_to(document: &Value, truth: &Value, visible: impl Fn(&str) -> bool) {
    let mut known = BTreeMap::<&str, Vec<&Value>>::new();
    for attempt in list(&truth["callbacks"], "attempts") {
        let target = endpoint(text(attempt, "target"));
        if visible(target) {
            known.entry(target).or_default().push(attempt);
        }
    }
    let seen = callbacks_by_target(document);
    let short = |all: &BTreeMap<&str, Vec<&Value>>| -> BTreeMap<String, Vec<Callback>> {
        all.iter().map(|(target, list)| ((*target).to_owned(), list.iter().map(|one| callback(one)).collect())).collect()
    };
    assert_eq!(short(&seen), short(&known), "{}", truth["name"]);
    // Behind the 96th byte of each packet there is nothing to tell what a callback brought.
    let whole = !text(truth, "name").contains("snap96");
    for (seen, known) in seen.values().flatten().zip(known.values().flatten()) {
        check_carries(seen, known, whole);
    }
}

/// The callbacks of all sessions by target, in the order of their beginnings.
pub(crate) fn callbacks_by_target(document: &Value) -> BTreeMap<&str, Vec<&Value>> {
    let mut all = of_sessions(document, "callbacks");
    all.sort_by_key(|callback| micros(&callback["at"]));
    let mut by_target = BTreeMap::<&str, Vec<&Value>>::new();
    for callback in all {
        by_target.entry(text(callback, "target")).or_default().push(callback);
    }
    by_target
}

/// What a callback brought, where its bytes were seen. The truth says `message` of everything that is no presence: text, typing, invitations
/// and leaving. It says so, too, of the bodies that were made wrong on purpose in `callback-http-errors`: empty, without content, broken;
/// there the bytes cannot tell, and `other` and `unknown` are right.
fn check_carries(seen: &Value, known: &Value, whole: bool) {
    let carries = text(seen, "carries");
    match text(known, "carries") {
        "presence" => assert!(["presence", "unknown"].contains(&carries), "{seen}"),
        _ => assert_ne!(carries, "presence", "{seen}"),
    }
    let answered_well = text(seen, "outcome") == "delivered" && !text(known, "target").ends_with("/nowhere");
    assert!(!whole || !answered_well || carries != "unknown", "its bytes are all there: {seen}");
}

/// The subscriptions: whose, which, on what, with which Call-Back, how long, how often renewed, and how they ended.
pub(crate) fn subscriptions(document: &Value, truth: &Value) {
    let seen: BTreeSet<_> = subscription_rows(document).collect();
    assert_eq!(seen, known_subscriptions(truth, |_| true), "{}", truth["name"]);
    assert_eq!(subscription_rows(document).count(), seen.len(), "{}: none twice", truth["name"]);
}

/// The subscriptions of a document, one row each.
pub(crate) fn subscription_rows(document: &Value) -> impl Iterator<Item = Vec<String>> {
    list(document, "sessions").iter().flat_map(|session| {
        list(session, "subscriptions").iter().map(|one| {
            let mut row = vec![session["principal"].as_str().unwrap_or("?").to_owned()];
            row.push(last_segment(text(one, "node")));
            row.extend(subscription_fields(one));
            row
        })
    })
}

/// What both sides say of a subscription; 100 and 100.0 seconds are the same.
fn subscription_fields(one: &Value) -> [String; 6] {
    ["id", "kind", "call_back", "granted_s", "renewals", "end"]
        .map(|field| one[field].as_f64().map_or_else(|| one[field].to_string(), |number| number.to_string()))
}

/// The subscriptions of the principals that `visible` picks, in the same form.
pub(crate) fn known_subscriptions(truth: &Value, visible: impl Fn(&str) -> bool) -> BTreeSet<Vec<String>> {
    let known = list(truth, "subscriptions").iter().filter(|one| visible(text(one, "subscriber")));
    known
        .map(|one| {
            let mut row = vec![text(one, "subscriber").to_owned(), text(one, "node").to_owned()];
            row.extend(subscription_fields(one));
            row
        })
        .collect()
}

/// The user of a principal's URL.
pub(crate) fn last_segment(url: &str) -> String {
    url.rsplit('/').next().unwrap_or(url).to_owned()
}

/// The presence that each client set.
///
/// The truth lists presence as it *changed at the server*; a document lists what each client *set*. So a client's states in the truth must be
/// among those it set, in order and at the same time, but not the other way round: a refresh sets again what already is, and where one principal
/// has several views (`Net::RVP` opens one with every PROPPATCH) a state shows only when it wins over the others. What the server did on
/// its own is in no packet that a client sent: `underivable` names those (a lease that ran out), and they must not be in the document either.
pub(crate) fn presence(document: &Value, truth: &Value, underivable: &[(&str, &str)]) {
    let offset = time_offset(document, truth);
    for session in list(document, "sessions") {
        let name = last_segment(text(session, "principal"));
        let mut set = list(session, "presence").iter();
        for change in list(truth, "presence").iter().filter(|change| change[1] == name.as_str()) {
            let state = change[2].as_str().unwrap();
            if underivable.contains(&(&*name, state)) {
                continue;
            }
            let when = offset + change[0].as_f64().unwrap();
            let at = |one: &Value| micros(&one["at"]) as f64 / 1e6;
            assert!(
                set.any(|one| text(one, "state") == state && (at(one) - when).abs() < 1.5),
                "{}: {name} set {state} at {when}: {}",
                truth["name"],
                session["presence"]
            );
        }
    }
}

/// Seconds since 1970 of the truth's zero, from the first subscription: both sides have it.
fn time_offset(document: &Value, truth: &Value) -> f64 {
    let first = &list(truth, "subscriptions")[0];
    let seen = of_sessions(document, "subscriptions").into_iter().find(|one| one["id"] == first["id"]).expect("the first subscription");
    micros(&seen["at"]) as f64 / 1e6 - first["at_s"].as_f64().unwrap()
}

/// Everything that the capture at the server can show.
pub(crate) fn all(document: &Value, truth: &Value) {
    requests(document, truth);
    callbacks(document, truth);
    subscriptions(document, truth);
    presence(document, truth, underivable(text(truth, "name")));
    assert!(number(&document["flows"], "rvp") > 0);
}

/// States in the truth that no client set at that time. In `l-short-leases` the leases of alice's views run out at the server, one by one: first
/// a view that hid `busy`, which she had set much earlier, then the last one. All other entries of all files are derivable.
fn underivable(name: &str) -> &'static [(&'static str, &'static str)] {
    if name == "l-short-leases" { &[("alice", "busy"), ("alice", "offline")] } else { &[] }
}
