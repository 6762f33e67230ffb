//! Secrets in every place and spelling, and what only looks like one.

use super::*;

fn masked(text: &str) -> String {
    Secrets::Masked.text(text).into_owned()
}

#[test]
fn fields_keep_their_scheme() {
    for (name, value, expected) in [
        ("Authorization", "Basic Ym9iOnNlY3JldA==", "Basic ***"),
        ("PROXY-authorization ", "NTLM TlRMTVNTUAABAAAA", "NTLM ***"),
        ("WWW-Authenticate", "Digest realm=\"im\", nonce=\"abc\"", "Digest ***"),
        ("WWW-Authenticate", "NTLM", "***"),
        ("Authorization", "c2VjcmV0IHNlY3JldCBzZWNyZXQ more", "***"),
        ("Set-Cookie", "sid=1234; path=/", "***"),
        ("X-Auth-Token", "1234", "***"),
        ("Host", "im.example.test", "im.example.test"),
        ("Call-Back", "http://bob:pw@10.0.0.1:1040", "http://***@10.0.0.1:1040"),
        ("X-Forwarded", "Basic Ym9iOnB3", "Basic ***"),
        ("Authorization", "", ""),
    ] {
        assert_eq!(Secrets::Masked.field(name, value), expected, "{name}: {value}");
        assert_eq!(Secrets::Shown.field(name, value), value);
    }
}

#[test]
fn secrets_are_found_wherever_they_stand() {
    for (text, expected) in [
        ("Invitation-Cookie: 4711\r\nAuthCookie: 99887766\r\n", "Invitation-Cookie: 4711\r\nAuthCookie: ***\r\n"),
        ("authcookie:\r\n 99887766\r\nPort: 80", "authcookie:\r\n ***\r\nPort: 80"),
        ("<d:mime-data>AuthCookie: 99887766</d:mime-data>", "<d:mime-data>AuthCookie: ***</d:mime-data>"),
        ("<a:AuthCookie>99887766</a:AuthCookie>", "<a:AuthCookie>***</a:AuthCookie>"),
        ("<password x='1'>a<b/>c</password><user>bob</user>", "<password x='1'>***</password><user>bob</user>"),
        ("nonce=\"dcd98b\", response=\"6629fae\", username=\"bob\"", "nonce=\"***\", response=\"***\", username=\"bob\""),
        ("/login?user=bob&password=geheim&x=1", "/login?user=bob&password=***&x=1"),
        ("{\"password\": \"geheim\"}", "{\"password\": \"***\"}"),
        ("see http://bob:pw@host/a, http://host/b@c", "see http://***@host/a, http://host/b@c"),
        ("blob TlRMTVNTUAADAAAAGAAYAHAAAAA= end", "blob *** end"),
        ("Authorization Basic Ym9iOnNlY3JldA==", "Authorization Basic ***"),
        ("data QXV0aENvb2tpZTogOTk4ODc3NjY= end", "data *** end"),
    ] {
        assert_eq!(masked(text), expected, "{text}");
    }
}

#[test]
fn escapes_hide_nothing() {
    for text in [
        "AuthCookie&#58; 99887766",
        "Auth&#x43;ookie: 99887766",
        "Auth&amp;#x43;ookie: 99887766",
        "&lt;authcookie&gt;99887766&lt;/authcookie&gt;",
        "/x?%70assword=99887766",
        "/x?password%3D99887766",
        "/x?password%253d99887766",
        "http%3A%2F%2Fbob%3A99887766%40host",
        "Auth=43ookie: 99887766",
        "Auth=\r\nCookie: 99887766",
    ] {
        let masked = masked(text);
        assert!(!masked.contains("99887766") && masked.contains(MASK), "{text}: {masked}");
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "a basic understanding of NTLM authentication",
        "I need a response: now",
        "the nonce was reused, opaque or not",
        "http://im.example.test/instmsg/aliases/bob",
        "bob@example.test",
        "<d:multistatus xmlns:d=\"DAV:\"><d:response><d:href>http://im/bob</d:href></d:response></d:multistatus>",
        "Invitation-Cookie: 4711",
        "&amp;&amp;&&& %% 100% =\r",
        "",
        "***",
    ] {
        assert_eq!(masked(text), text);
    }
}
