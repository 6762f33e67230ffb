//! Heads as they come from the wire: strict ones, and each oddity.

use super::*;
use std::fmt::Write as _;

/// Reads the head in `bytes`, all of which belong to it.
pub(in crate::http) fn parse(bytes: &[u8], whole: bool, max_fields: usize) -> Parsed {
    let mut parsed = Parsed::default();
    if whole {
        assert_eq!(read(bytes, max_fields, &mut parsed), Some(bytes.len()));
    } else {
        read_cut(bytes, max_fields, &mut parsed);
    }
    parsed
}

fn told(text: &str) -> (String, Vec<Oddity>) {
    let parsed = parse(text.as_bytes(), true, 256);
    (listing(&parsed.head), parsed.oddities)
}

/// A head in one line: `METHOD|target|minor|name=value|...`.
fn listing(head: &Head) -> String {
    let mut out = match head.start() {
        StartLine::Request { method, target, minor } => format!("{method}|{target}|{minor:?}"),
        StartLine::Response { minor, status, reason } => format!("{minor}|{status}|{reason}"),
    };
    for field in head.fields() {
        let _ = write!(out, "|{}={}", field.name, field.value);
    }
    if !head.complete {
        out.push_str("|cut");
    }
    out
}

#[test]
fn strict_heads_have_no_oddities() {
    for (text, listed) in [
        (
            "SUBSCRIBE /instmsg/aliases/bob HTTP/1.1\r\nHost: im\r\nCall-Back:http://h:1\r\n\r\n",
            "SUBSCRIBE|/instmsg/aliases/bob|Some(1)|Host=im|Call-Back=http://h:1",
        ),
        ("NOTIFY / HTTP/1.1\nHost: im\nX: \n\n", "NOTIFY|/|Some(1)|Host=im|X="),
        ("HTTP/1.1 200 Message Received\r\n\r\n", "1|200|Message Received"),
        ("HTTP/1.0 404\r\nServer:  a b  \r\n\r\n", "0|404||Server=a b"),
        ("HTTP/1.1 500 0\r\n\r\n", "1|500|0"),
    ] {
        assert_eq!(told(text), (listed.to_owned(), vec![]));
    }
}

#[test]
fn what_the_strict_reader_refuses_is_read_and_named() {
    for (text, listed, oddity) in [
        ("GET /a b HTTP/1.1\r\n\r\n", "GET|/a b|Some(1)", Oddity::Target),
        ("GET / HTTP/1.2\r\n\r\n", "GET|/|Some(2)", Oddity::Version),
        ("GET  / HTTP/1.1\r\n\r\n", "GET|/|Some(1)", Oddity::StartLine),
        ("GET / HTTP/1.1\r\nName : v\r\n\r\n", "GET|/|Some(1)|Name=v", Oddity::SpaceAroundName),
        ("GET / HTTP/1.1\r\nA: 1\r\n  2\r\nB: 3\r\n\r\n", "GET|/|Some(1)|A=1 2|B=3", Oddity::Folded),
        ("GET / HTTP/1.1\r\nno colon\r\nB: 3\r\n\r\n", "GET|/|Some(1)|=no colon|B=3", Oddity::NoColon),
        ("GET / HTTP/1.1\r\nA: 1\0\r\n\r\n", "GET|/|Some(1)|A=1\0", Oddity::Control),
        ("GET / HTTP/1.1\r\nA b: 1\r\n\r\n", "GET|/|Some(1)|A b=1", Oddity::Name),
        ("GET / HTTP/1.1\r\n: 1\r\n\r\n", "GET|/|Some(1)|=1", Oddity::Name),
        ("HTTP/1.1 2000 Much\r\n\r\n", "1|2000|Much", Oddity::Status),
        ("HTTP/1.1 OK\r\n\r\n", "1|0|OK", Oddity::Status),
        ("HTTP/1.1 200 Größe\r\n\r\n", "1|200|Größe", Oddity::Reason),
    ] {
        assert_eq!(told(text), (listed.to_owned(), vec![oddity]), "{text:?}");
    }
    let latin = parse(b"GET /\xe9 HTTP/1.1\r\nA: \xe9\r\n\r\n", true, 256);
    assert_eq!(listing(&latin.head), "GET|/\u{fffd}|Some(1)|A=é");
    assert_eq!(latin.oddities, [Oddity::Target]);
}

#[test]
fn both_readers_agree_on_a_strict_head() {
    for text in [
        "PROPPATCH http://im/a HTTP/1.1\r\nHost: im \r\nX:\t1\t2 \r\nEmpty:\r\n\r\n",
        "HTTP/1.1 207 Multi-Status\nServer: Microsoft-IIS/5.0\n\n",
    ] {
        let strict = parse(text.as_bytes(), true, 256);
        let mut tolerant = Parsed::default();
        lenient::read(text.as_bytes(), true, 256, &mut tolerant);
        assert_eq!(tolerant, strict);
    }
}

#[test]
fn the_strict_reader_refuses_whatever_is_odd_and_nothing_else() {
    for text in
        ["PROPPATCH http://im/a HTTP/1.1\r\nHost: im:80\r\nX:\t1\t 2 \nEmpty:\r\n\r\n", "HTTP/1.1 207 Multi Status\nServer: IIS/5.0\r\n\n"]
    {
        for at in 0..text.len() {
            for byte in 0..=u8::MAX {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = byte;
                // What the stream does not let through.
                let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
                let Some(end) = end(&bytes, &mut 0).filter(|_| start::begins(line, None).is_some()) else { continue };
                let (mut strict, mut tolerant) = (Parsed::default(), Parsed::default());
                lenient::read(&bytes[..end], true, 256, &mut tolerant);
                if read_strict(&bytes, 256, &mut strict) == Some(end) {
                    assert_eq!(strict, tolerant, "{}", bytes.escape_ascii());
                } else {
                    assert!(!tolerant.oddities.is_empty() || std::str::from_utf8(&bytes).is_err(), "{}", bytes.escape_ascii());
                }
            }
        }
    }
}

#[test]
fn some_of_what_httparse_takes_is_refused() {
    let long = format!("{} / HTTP/1.1\r\n\r\n", "M".repeat(start::METHOD_BYTES + 1));
    for text in [
        "\r\nGET / HTTP/1.1\r\n\r\n",
        "\nHTTP/1.1 200 OK\r\n\r\n",
        "GET /Größe HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 Größe\r\n\r\n",
        &long,
        &format!("GET / HTTP/1.1\r\n{}\r\n", "A: 1\r\n".repeat(3)),
    ] {
        assert_eq!(read_strict(text.as_bytes(), 2, &mut Parsed::default()), None, "{text:?}");
    }
}

#[test]
fn many_fields_are_read_and_a_ceiling_cuts_them() {
    let text = format!("GET / HTTP/1.1\r\n{}\r\n", "A: 1\r\n".repeat(100));
    let parsed = parse(text.as_bytes(), true, 256);
    assert_eq!((parsed.head.fields().count(), parsed.head.complete, parsed.oddities), (100, true, vec![]));
    for max in [5, 70] {
        let parsed = parse(text.as_bytes(), true, max);
        assert_eq!((parsed.head.fields().count(), parsed.head.complete), (max, false));
    }
}

#[test]
fn a_cut_head_keeps_whole_lines_only() {
    let cut = |text: &str| listing(&parse(text.as_bytes(), false, 256).head);
    assert_eq!(cut("SUBSCRIBE /instmsg/aliases/bob"), "SUBSCRIBE|/instmsg/aliases/bob|None|cut");
    assert_eq!(cut("GET / HTTP/1.1\r\nSubscription-Id: 98213\r\nSubscription-Lifetime: 14"), "GET|/|Some(1)|Subscription-Id=98213|cut");
    assert_eq!(cut("HTTP/1.1 207 Multi-Status\r\nSer"), "1|207|Multi-Status|cut");
    assert_eq!(cut("HTTP/1.1 207"), "1|207||cut");
}

#[test]
fn the_end_is_found_in_any_split() {
    for text in [
        "GET / HTTP/1.1\r\nA: 1\r\n\r\nrest",
        "GET / HTTP/1.1\nA: 1\n\nrest",
        "GET / HTTP/1.1\nA: 1\r\n\nrest",
        "GET / HTTP/1.1\r\n\r\nrest",
    ] {
        let bytes = text.as_bytes();
        let expected = bytes.len() - 4;
        assert_eq!(end(bytes, &mut 0), Some(expected), "{text:?}");
        let mut scanned = 0;
        let found = (0..=bytes.len()).find_map(|length| end(&bytes[..length], &mut scanned));
        assert_eq!(found, Some(expected), "{text:?}");
        for split in 1..expected {
            let (before, after) = bytes.split_at(split);
            let mut blank = BlankLine::behind(before);
            assert_eq!(blank.find(after), Some(expected - split), "{text:?} at {split}");
        }
    }
}
