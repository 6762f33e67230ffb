//! Each field: what it finds and what it does not.

use super::records::wanted;
use crate::filter::Filter;
use crate::filter::fields::Field;

/// For each field expressions, and the records that they want (see [`wanted`]).
const CASES: &[(&str, &[(&str, &str)])] = &[
    ("record", &[("record = callback", "C"), ("record in {session, Finding}", "SF"), ("record != event", "SCMBPF")]),
    (
        "kind",
        &[
            ("kind = log-on", "E"),
            ("kind = LOG_ON", "E"),
            ("kind = text", "M"),
            ("kind = pragma/notify", "B"),
            ("kind != text", "EB"),
            ("kind", "EMB"),
        ],
    ),
    (
        "time",
        &[
            ("time = 2026-11-22", "SECMBPF"),
            ("time = 21:17", "SEB"),
            ("time = 21:17:05", "SEB"),
            ("time > 21:17:05", "SCMPF"),
            ("at >= 2026-11-22T22:18:01+01:00", "SMP"),
            ("time < 2026-11-22T21:17:05Z", "S"),
            ("time in 21:18:00..21:18:00", "SCF"),
            ("time in ..2026-11-22T21:17:59", "SEB"),
            ("time in \"2026-11-22 21:18\"..\"2026-11-22 21:19\"", "SCMPF"),
            ("time in 23:00..21:17", "SEB"),
            ("time != 21:17", "CMPF"),
        ],
    ),
    ("session", &[("session = 3", "SECMBPF"), ("session != 3", ""), ("session > 3", "")]),
    (
        "principal",
        &[
            ("principal = bob", "SECMBPF"),
            ("user = BOB@im.example.test", "SECMBPF"),
            ("principal = im.example.test", "SECMBPF"),
            ("principal = http://IM.example.test:80/instmsg/aliases/bob/", "SECMBPF"),
            ("principal in {ana, bob}", "SECMBPF"),
            ("principal ~ /b.b$", "SECMBPF"),
            ("principal = ana", ""),
        ],
    ),
    ("from", &[("from = bob", "E"), ("from = ana", "M"), ("from contains aliases", "EM"), ("from != ana", "E")]),
    ("to", &[("to = bob", "EM"), ("to = ana", "")]),
    ("node", &[("node = bob", "EBP"), ("node != bob", "")]),
    (
        "client",
        &[
            ("client = 10.77.2.10", "SECMBPF"),
            ("client = 10.77.2.10:1080", "C"),
            ("target = 10.77.2.10:1025", "E"),
            ("client in 10.77.0.0/16", "SECMBPF"),
            ("client = 10.77.2.9..10.77.2.11", "SECMBPF"),
            ("client in {192.0.2.0/24, ::ffff:10.77.2.10}", "SECMBPF"),
            ("client contains :10", "EC"),
            ("client = ::1", ""),
            ("client in ::/0", ""),
            ("client != 10.77.2.10", ""),
        ],
    ),
    ("server", &[("server = 10.77.1.2:80", "SECMBPF"), ("source = 10.77.1.2:3333", "C"), ("server in 10.77.2.0/24", "")]),
    ("address", &[("address = 10.77.1.2", "SECMBPF"), ("ip = 10.77.2.10:1080", "C"), ("address = 10.77.3.1", "")]),
    ("port", &[("port = 80", "SECMBPF"), ("port in 1000..1079", "E"), ("port = 1080", "C")]),
    ("method", &[("method = SUBSCRIBE", "E"), ("method = poll", "P"), ("method in {ACL, POLL}", "P"), ("method ~ ^(sub|po)", "EP")]),
    (
        "status",
        &[("status = 200", "E"), ("accepted_status = 4xx", "M"), ("status != 200", "M"), ("not status = 200", "SCMBPF"), ("status", "EM")],
    ),
    ("outcome", &[("outcome = unreachable", "C"), ("delivery = failed", "M"), ("end = expired", "B"), ("outcome != failed", "CB")]),
    ("tone", &[("tone = normal", "EF"), ("tone != normal", "CM"), ("tone = unknown", "")]),
    ("failed", &[("failed", "CM"), ("failed = no", "EF"), ("not failed", "SEBPF"), ("failed != true", "EF")]),
    ("carries", &[("carries = message", "C"), ("carries != message", "")]),
    (
        "call_back",
        &[("call_back", "EB"), ("call-back contains :1080", "EB"), ("call_back = http://10.77.2.10:1080", "EB"), ("call_back = x", "")],
    ),
    ("subscription", &[("subscription = 98213", "EBP"), ("subscription_id ~ ^98", "EBP"), ("subscription = 1", "")]),
    ("requested", &[("requested = 4h", "B"), ("requested < 4h", ""), ("requested_s = 14400", "B")]),
    ("granted", &[("granted = 5m", "B"), ("granted_s >= 300.5", ""), ("granted in 1m..1h", "B")]),
    ("renewals", &[("renewals = 2", "B"), ("renewals > 2", "")]),
    ("latency", &[("latency > 2s", "C"), ("took <= 250ms", "E"), ("took_s in 0.1..3", "EC"), ("latency = 250ms", "E")]),
    ("attempts", &[("attempts > 1", "C"), ("attempts < 3", "")]),
    ("reused_connection", &[("reused_connection = no", "C"), ("reused", ""), ("reused = yes", "")]),
    ("late_answer", &[("late_answer", "C"), ("late_answer = 2xx", "C"), ("late_answer = 200", "")]),
    ("unreachable", &[("unreachable contains prohibited", "C"), ("unreachable = \"host unreachable\"", "")]),
    ("inferred", &[("inferred", "C"), ("inferred = no", "")]),
    ("conversation", &[("conversation = \"{4eb1-2c}\"", "M"), ("conversation contains 4EB1", "M"), ("conversation = x", "")]),
    ("state", &[("state = away", "S"), ("presence = online", ""), ("state != online", "S")]),
    ("user_agent", &[("user_agent ~ ^librvp", "SECMBPF"), ("user-agent = librvp", "")]),
    ("authentication", &[("authentication = ntlm", "SECMBPF"), ("authentication = none", "")]),
    ("authenticated_as", &[(r"authenticated_as = EXAMPLE\bob", "SECMBPF"), ("authenticated_as = bob", "")]),
    ("workstation", &[("workstation = pc17", "SECMBPF"), ("workstation contains 18", "")]),
    (
        "code",
        &[
            ("code = RVP103", "F"),
            ("finding = callback-unreachable", "F"),
            ("slug = rvp101", ""),
            ("code ~ ^RVP1", "F"),
            ("code != RVP103", ""),
        ],
    ),
    ("caused_by", &[("caused_by = RVP107", "F"), ("caused_by = RVP101", "")]),
    (
        "severity",
        &[
            ("severity >= warning", "F"),
            ("severity < warning", ""),
            ("severity <= warning", "F"),
            ("severity > warning", ""),
            ("severity = error", ""),
            ("severity != error", "F"),
            ("severity in info..warning", "F"),
            ("severity in {info, error}", ""),
        ],
    ),
    ("certainty", &[("certainty = seen", "F"), ("certainty = inferred", "")]),
    ("count", &[("count >= 4", "F"), ("count in {1, 5..9}", "")]),
    ("signature", &[("signature = reused-method", "P"), ("signature = behaviour", "")]),
    ("confidence", &[("confidence >= possible", "P"), ("confidence < likely", "")]),
    ("period", &[("period = 5s", "P"), ("period_s > 5", "")]),
    ("waited", &[("waited > 3s", "P"), ("waited_s > 4", "")]),
    ("polls", &[("polls = 80", "P"), ("polls > 80", "")]),
    ("missed", &[("missed = 2", "P"), ("missed = 0", "")]),
    ("empty", &[("empty = 70", "P"), ("empty = 0", "")]),
    ("carrying", &[("carrying = 9", "P"), ("carrying = 0", "")]),
    ("errors", &[("errors = 1", "P"), ("errors = 0", "")]),
    ("lost", &[("lost = 3", "P"), ("lost = 0", "")]),
    ("duplicated", &[("duplicated = 4", "P"), ("duplicated = 0", "")]),
    (
        "packet",
        &[
            ("packet = 211", "CM"),
            ("packet in 201..209", "MF"),
            ("packet = {11, 350}", "EBP"),
            ("packets > 300", "P"),
            ("packet < 200", "EB"),
            ("packet != 11", "CMPF"),
            ("packet", "ECMBPF"),
        ],
    ),
    ("capture", &[("capture = 1", "ECMBPF"), ("capture = 0", "")]),
    ("summary", &[("summary contains \"LOGS ON\"", "E"), ("title ~ unreachable$", "F"), ("summary = 200", "E"), ("summary != 200", "F")]),
    // The first text that is looked for has the first bit, which the message has; the second has that of the event.
    ("text", &[("text contains prohibited", "CMF"), ("text ~ \"^logs on\"", "EM"), ("text contains {nowhere, prohibited}", "ECMF")]),
];

#[test]
fn each_field_finds_what_it_should() {
    for (field, cases) in CASES {
        assert!(Field::all().any(|known| known.name == *field), "there is no field {field}");
        for (expression, expected) in *cases {
            assert_eq!(wanted(expression), *expected, "{expression}");
        }
    }
}

#[test]
fn no_field_is_left_out() {
    for field in Field::all() {
        let (_, cases) = CASES.iter().find(|(name, _)| *name == field.name).unwrap_or_else(|| panic!("{} has no case", field.name));
        let used =
            |name: &str| cases.iter().any(|(expression, _)| expression.replace('-', "_").split([' ', '(', '!']).any(|word| word == name));
        for alias in field.aliases {
            assert!(used(alias), "{alias} has no case");
        }
        assert!(cases.iter().any(|(_, wanted)| !wanted.is_empty()), "{} finds nothing", field.name);
        assert!(cases.iter().any(|(_, wanted)| wanted.len() < 7), "{} finds all", field.name);
    }
}

#[test]
fn the_table_is_sound() {
    let names: Vec<&str> = Field::names().collect();
    for (place, name) in names.iter().enumerate() {
        assert!(!names[..place].contains(name), "{name} is there twice");
        assert_eq!(
            Field::called(&name.to_uppercase().replace('_', "-")).map(|field| field.name),
            Field::called(name).map(|field| field.name)
        );
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
    }
    for field in Field::all() {
        assert!(Filter::parse(field.example).is_ok(), "{}", field.example);
        assert!(field.example.contains(field.name), "{}", field.example);
        assert!(!field.about.ends_with('.') && field.about.len() < 100, "{}", field.name);
    }
}
