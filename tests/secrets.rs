//! No secret leaves the program unless it is asked for: they are planted in every place of a capture and in several spellings, and looked for in
//! every output of every command.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod support;

use rvpscope::report::FORMATS;
use rvpscope::tui::theme::Theme;
use std::fs;
use std::path::{Path, PathBuf};
use support::program::{self, rvpscope};
use support::{conversation, packets, screens};

/// What is planted: each stands for a password, a response, a nonce, a cookie or a token, and is found nowhere else.
const PLANTED: &[&str] = &[
    "Pw1basicpass",
    "Pw2proxypass",
    "Nc3noncenonce",
    "Rs4responseresp",
    "Cn5cnoncecnon",
    "Op6opaqueopaq",
    "Ra7rspauthrspa",
    "Ck8cookiecooki",
    "Ac9authcookiea",
    "Ur10passwordurl",
    "Cb11passwordcb",
    "Lc12passwordloc",
    "Qy13passwordquery",
    "Ea14escapedcook",
    "Hx15hexcookie",
    "Pc16percentpass",
    "El17elementpass",
    "Tk18tokentoken",
    "Ch19chunkcookie",
    "Rn20reasonpass",
    "Fd21foldedpass",
    "Hr22hrefpass",
];

/// The same in base64, and in front of or behind other bytes: what a reader of an output could decode.
fn spellings(secret: &str) -> Vec<String> {
    let mut all = vec![secret.to_owned(), secret.chars().rev().collect()];
    for shift in 0..3 {
        let shifted = format!("{}{secret}", &"::"[..shift.min(2)]);
        let encoded = base64(shifted.as_bytes());
        // Without the ends, which depend on what stands beside it.
        all.push(encoded[4..encoded.len() - 4].to_owned());
    }
    all.push(secret.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}")));
    all.push(secret.bytes().fold(String::new(), |text, byte| format!("{text}&#{byte};")));
    all
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let place = (number >> (18 - 6 * digit)) as usize & 63;
            text.push(if digit <= chunk.len() { char::from(DIGITS[place]) } else { '=' });
        }
    }
    text
}

/// A capture with all of them.
fn planted(test: &str) -> PathBuf {
    let script = PLANTS
        .replace("{basic}", &base64(b"bob:Pw1basicpass"))
        .replace("{proxy}", &base64(b"bob:Pw2proxypass"))
        .replace("{ntlm}", &base64(&[b"NTLMSSP\0\x03\0\0\0".as_slice(), &[0; 40], b"Tk18tokentoken"].concat()))
        .replace("{reason}", &base64(b"bob:Rn20reasonpass"))
        .replace("{hex}", &"Hx15hexcookie".bytes().fold(String::new(), |text, byte| format!("{text}&#x{byte:x};")));
    let folder = program::scratch(&format!("secrets-in-{test}"));
    let path = folder.join("planted.pcap");
    fs::write(&path, packets::pcap(&conversation::play(&script).frames())).unwrap();
    path
}

const PLANTS: &str = r#"start 2001-06-04T09:00:00Z
host bob    10.9.0.10
host alice  10.9.0.11
host server 10.9.0.2
open a bob:1187 server:80
a >
| SUBSCRIBE /instmsg/aliases/bob?user=bob&password=Qy13passwordquery HTTP/1.1
| Host: im.example.test
| RVP-Notifications-Version: 0.2
| RVP-From-Principal: http://bob:Ur10passwordurl@im.example.test/instmsg/aliases/bob
| Notification-Type: pragma/notify
| Subscription-Lifetime: 14400
| Call-Back: http://bob:Cb11passwordcb@10.9.0.10:1042
| Authorization: Basic {basic}
| Proxy-Authorization: Basic {proxy}
| Cookie: id=Ck8cookiecooki
| X-Trace: /a?%70assword=Pc16percentpass
| Content-Length: 0
a <
| HTTP/1.1 401 Basic {reason}
| WWW-Authenticate: Digest qop="auth", realm="im.example.test", nonce="Nc3noncenonce", opaque="Op6opaqueopaq"
| WWW-Authenticate: NTLM {ntlm}
| RVP-Notifications-Version: 0.2
| Content-Length: 0
a >
| SUBSCRIBE /instmsg/aliases/bob HTTP/1.1
| Host: im.example.test
| RVP-Notifications-Version: 0.2
| RVP-From-Principal: http://im.example.test/instmsg/aliases/bob
| Notification-Type: pragma/notify
| Subscription-Lifetime: 14400
| Call-Back: http://10.9.0.10:1042
| authorization : Digest username="bob", realm="im.example.test", nonce="Nc3noncenonce", cnonce="Cn5cnoncecnon",
|  response="Rs4responseresp", opaque="Op6opaqueopaq"
| X-Other: password=
|  Fd21foldedpass
| Content-Length: 0
a <
| HTTP/1.1 200 Successful
| Subscription-Id: 98210
| Subscription-Lifetime: 14400
| Authentication-Info: rspauth="Ra7rspauthrspa"
| Set-Cookie: id=Ck8cookiecooki
| RVP-Notifications-Version: 0.2
| Content-Length: 0
a >
| NOTIFY /instmsg/aliases/alice HTTP/1.1
| Host: im.example.test
| RVP-Notifications-Version: 0.2
| RVP-From-Principal: http://im.example.test/instmsg/aliases/bob
| Content-Type: text/xml
| Content-Length: *
|
| <?xml version="1.0"?>
| <r:notification xmlns:r="http://schemas.microsoft.com/rvp/"><r:message><r:notification-from><r:contact><r:email>http://bob:Hr22hrefpass@im.example.test/instmsg/aliases/bob</r:email></r:contact></r:notification-from><r:msgbody><r:mime-data><![CDATA[MIME-Version: 1.0
| Content-Type: text/x-msmsgsinvite; charset=UTF-8
| Session-Id: {0AE6B4A0-0000-0000-0000-000000000001}
|
| Application-Name: File Transfer
| Invitation-Command: ACCEPT
| Invitation-Cookie: 4711
| IP-Address: 10.9.0.10
| Port: 6891
| AuthCookie: Ac9authcookiea
| ]]></r:mime-data><r:password>El17elementpass</r:password></r:msgbody></r:message></r:notification>
a <
| HTTP/1.1 302 Moved
| Location: http://bob:Lc12passwordloc@home.example.test/instmsg/local/im.example.test/instmsg/aliases/alice
| RVP-Notifications-Version: 0.2
| Content-Length: 0
a >
| NOTIFY /instmsg/aliases/alice HTTP/1.1
| Host: im.example.test
| RVP-Notifications-Version: 0.2
| RVP-From-Principal: http://im.example.test/instmsg/aliases/bob
| Content-Type: text/xml
| Content-Length: *
|
| <?xml version="1.0"?>
| <r:notification xmlns:r="http://schemas.microsoft.com/rvp/"><r:message><r:msgbody><r:mime-data>Content-Type: text/x-msmsgsinvite
|
| Invitation-Command: ACCEPT
| Auth&#67;ookie&#58; Ea14escapedcook
| Auth-Cookie: {hex}
| </r:mime-data></r:msgbody></r:message></r:notification>
a <
| HTTP/1.1 412 Precondition Failed
| RVP-Notifications-Version: 0.2
| Content-Length: 0
a >
| NOTIFY /instmsg/aliases/alice HTTP/1.1
| Host: im.example.test
| RVP-Notifications-Version: 0.2
| RVP-From-Principal: http://im.example.test/instmsg/aliases/bob
| Content-Type: text/xml
| Transfer-Encoding: chunked
|
| 2e
| <notification>Content-Type: text/plain AuthCoo
| 1c
| kie: Ch19chunkcookie </notif
| 8
| ication>
| 0
|
a <
| HTTP/1.1 200 Successful
| RVP-Notifications-Version: 0.2
| Content-Length: 0
a close bob
attempt server:2001 bob:1042 refused
"#;

/// All that the program writes about the capture in that format, with these further arguments.
fn output(path: &Path, format: &str, further: &[&str]) -> String {
    let mut arguments = vec!["analyze", path.to_str().unwrap(), "--format", format, "--verbose"];
    arguments.extend(further);
    let run = rvpscope(&arguments);
    assert_eq!(run.code, Some(0), "{format}: {}", run.stderr);
    let folder = program::scratch(&format!("secrets-{format}-{}", further.join("")));
    let file = folder.join("report.out");
    let mut arguments = vec!["report", path.to_str().unwrap(), "--format", format, "-o", file.to_str().unwrap()];
    arguments.extend(further);
    let report = rvpscope(&arguments);
    assert_eq!(report.code, Some(0), "{format}: {}", report.stderr);
    let mut all = run.stdout + &run.stderr + &report.stderr;
    for written in fs::read_dir(&folder).unwrap() {
        all.push_str(&fs::read_to_string(written.unwrap().path()).unwrap());
    }
    all
}

/// No secret is in `text`, which is called `name`.
fn nothing_planted(text: &str, name: &str) {
    for secret in PLANTED {
        for spelling in spellings(secret) {
            let at = text
                .find(&spelling)
                .map(|at| String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(80)..]).chars().take(200).collect::<String>());
            assert_eq!(at, None, "{name}: {secret} as {spelling}");
        }
    }
}

#[test]
fn no_output_of_any_command_shows_a_secret() {
    let path = planted("masked");
    for format in FORMATS {
        nothing_planted(&output(&path, format.name, &[]), format.name);
    }
}

#[test]
fn no_screen_shows_a_secret() {
    // Wide enough for the longest line, so that no secret is cut in two.
    let mut app = screens::open(&planted("screens"), (500, 400), Theme::Mono);
    let events = app.shown.len();
    assert!(events > 5);
    for panel in ["1", "2", "v", "3", "4", "5"] {
        screens::press(&mut app, panel);
        nothing_planted(&screens::screen(&app), panel);
    }
    screens::press(&mut app, "2 g");
    let mut said = 0;
    for event in 0..events {
        screens::press(&mut app, "enter");
        let details = screens::screen(&app);
        said += usize::from(details.contains("HTTP/1.1"));
        nothing_planted(&details, &format!("details of event {event}"));
        screens::press(&mut app, "esc down");
    }
    assert_eq!(said, events - 1, "what was said is on all of them but that of the refused connection");
}

/// The test above would find nothing, too, if the secrets were not in the capture, or not in what is written.
#[test]
fn who_asks_for_secrets_gets_them() {
    let path = planted("shown");
    for format in FORMATS.iter().filter(|format| format.name == "har") {
        let shown = output(&path, format.name, &["--show-secrets"]);
        for secret in PLANTED {
            let found = spellings(secret).iter().any(|spelling| shown.contains(spelling.as_str()));
            // A character reference is shown as it was written.
            assert!(found || *secret == "Hx15hexcookie", "{}: {secret} is not shown", format.name);
        }
    }
}
