//! Bodies with a content coding, and with a transfer coding that compresses.

use super::script::{Line, Played, Script, run, script};
use crate::base::address::Side;
use crate::base::inflate::testing::{gzip, raw, zlib};
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::http::exchange::Body;

/// A text that is longer than its compressed form.
const TEXT: &str = "<a>text text text text text text text text text text text text text text text text</a>";

/// A request whose answer has these fields and this body, as `end` says it ends.
fn answered(fields: &str, body: &[u8], end: &str, limits: &Limits) -> Played {
    let mut whole = script("> GET / HTTP/1.1~~");
    let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
    whole.lines.push((2, Line::Data(Side::Responder, [head.as_bytes(), body].concat())));
    whole.lines.extend(script(end).lines);
    run(&whole, limits)
}

fn body(played: &Played) -> &Body {
    &played.exchanges[0].response.as_ref().unwrap().body
}

/// The body of an answer with this coding, whether something is left out, and what was noted.
fn read(coding: &str, packed: &[u8]) -> (String, bool, Vec<(NoteKind, u64)>) {
    let played = answered(&format!("Content-Encoding: {coding}\r\nContent-Length: {}", packed.len()), packed, "", &Limits::default());
    let body = body(&played);
    assert_eq!((body.seen, body.missing), (packed.len() as u64, 0));
    (String::from_utf8_lossy(&body.bytes).into_owned(), body.left_out, played.noted())
}

fn chunked(packed: &[u8]) -> Vec<u8> {
    let (one, two) = packed.split_at(packed.len() / 2);
    let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
    [chunk(one), chunk(two), b"0\r\n\r\n".to_vec()].concat()
}

#[test]
fn each_coding_is_undone() {
    let text = TEXT.as_bytes();
    for (coding, packed) in [
        ("gzip", gzip(text)),
        ("X-GZIP", gzip(text)),
        ("identity , gzip", gzip(text)),
        ("deflate", zlib(text)),
        ("Deflate", raw(text)),
        ("deflate, gzip", gzip(&zlib(text))),
        ("gzip\r\nContent-Encoding: deflate", raw(&gzip(text))),
        ("gzip, gzip, gzip,, gzip", gzip(&gzip(&gzip(&gzip(text))))),
        ("gzip", [gzip(&text[..7]), gzip(&text[7..])].concat()),
        ("identity", text.to_vec()),
        ("", text.to_vec()),
    ] {
        assert_eq!(read(coding, &packed), (TEXT.to_owned(), false, vec![]), "{coding}");
    }
}

#[test]
fn transfer_codings_are_undone_before_content_codings() {
    let text = TEXT.as_bytes();
    for (fields, sent) in [
        ("Transfer-Encoding: gzip, chunked", chunked(&gzip(text))),
        ("Transfer-Encoding: chunked\r\nContent-Encoding: gzip", chunked(&gzip(text))),
        ("Transfer-Encoding: deflate, chunked\r\nContent-Encoding: gzip", chunked(&zlib(&gzip(text)))),
        // Without chunks such an answer lasts until the connection's end.
        ("Transfer-Encoding: gzip", gzip(text)),
        ("Content-Encoding: gzip", gzip(text)),
    ] {
        let played = answered(fields, &sent, "<fin", &Limits::default());
        let body = body(&played);
        assert_eq!((String::from_utf8_lossy(&body.bytes).as_ref(), body.left_out), (TEXT, false), "{fields}");
        assert_eq!(played.noted(), [], "{fields}");
    }
}

#[test]
fn a_request_may_be_compressed_too() {
    let packed = gzip(TEXT.as_bytes());
    let mut sent = format!("NOTIFY / HTTP/1.1\r\ncontent-encoding:gzip\r\nContent-Length: {}\r\n\r\n", packed.len()).into_bytes();
    sent.extend(&packed);
    let played = run(&Script { lines: vec![(1, Line::Data(Side::Initiator, sent))], ..script("") }, &Limits::default());
    let body = &played.exchanges[0].request.as_ref().unwrap().body;
    assert_eq!((body.bytes.as_slice(), body.seen), (TEXT.as_bytes(), packed.len() as u64));
}

#[test]
fn what_cannot_be_read_is_left_out() {
    let text = TEXT.as_bytes();
    let mut wrong_check = gzip(text);
    let last = wrong_check.len() - 1;
    wrong_check[last] ^= 1;
    let cut = &gzip(text)[..20];
    let unreadable = vec![(NoteKind::ContentCodingUnreadable, 1)];
    for (coding, packed) in [
        ("br", text),
        ("gzip, x-unknown", &gzip(text)),
        ("compress", text),
        ("gzip", text),
        ("deflate", b"\xff\xff\xff"),
        ("gzip, gzip, gzip, gzip, gzip", &gzip(&gzip(&gzip(&gzip(&gzip(text)))))),
        ("gzip, gzip", &gzip(text)),
    ] {
        assert_eq!(read(coding, packed), (String::new(), true, unreadable.clone()), "{coding}");
    }
    assert_eq!(read("gzip", &wrong_check), (TEXT.to_owned(), true, unreadable.clone()), "all of it was read, but it is not right");
    let (part, left_out, noted) = read("gzip", cut);
    assert!(TEXT.starts_with(&part) && left_out && noted == unreadable, "{part:?}");
}

#[test]
fn a_body_that_is_cut_gives_what_stands_before_the_cut() {
    let text = (0..2000).fold(String::new(), |text, number| text + "<n>" + &number.to_string() + "</n>");
    let packed = gzip(text.as_bytes());
    let half = packed.len() / 2;
    let fields = format!("Content-Encoding: gzip\r\nContent-Length: {}", packed.len());
    for (end, listing) in [("<fin", "CutByEnd"), ("<gap 5", "CutByEnd"), (&format!("<gap {}", packed.len() - half), "CutByGap")] {
        let played = answered(&fields, &packed[..half], end, &Limits::default());
        let bytes = &body(&played).bytes;
        assert!(text.as_bytes().starts_with(bytes) && bytes.len() > text.len() / 3, "{end}: {}", bytes.len());
        assert!(played.ended[0].contains(listing), "{}", played.ended[0]);
        assert_eq!(played.noted(), [(NoteKind::BodyCut, 1)], "the cut is noted once");
    }
    // What comes behind the gap can't be expanded.
    let mut script = script("> GET / HTTP/1.1~~");
    let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n").into_bytes();
    script.lines.push((2, Line::Data(Side::Responder, [&head, &packed[..half]].concat())));
    script.lines.push((3, Line::Gap(Side::Responder, 1)));
    script.lines.push((4, Line::Data(Side::Responder, packed[half + 1..].to_vec())));
    let played = run(&script, &Limits::default());
    assert!(text.as_bytes().starts_with(&body(&played).bytes) && body(&played).left_out);
    assert_eq!(played.noted(), [(NoteKind::BodyCut, 1)]);
}

#[test]
fn a_bomb_ends_at_the_ceiling_of_bodies() {
    let limits = Limits { body_bytes: 1000, ..Limits::default() };
    let zeros = vec![0; 500_000];
    for (coding, packed) in [("gzip", gzip(&zeros)), ("deflate", raw(&zeros)), ("gzip, gzip", gzip(&gzip(&zeros)))] {
        let played = answered(&format!("Content-Encoding: {coding}\r\nContent-Length: {}", packed.len()), &packed, "", &limits);
        let body = body(&played);
        assert_eq!((body.bytes.len(), body.left_out, played.noted()), (1000, true, vec![(NoteKind::BodyTruncated, 1)]), "{coding}");
        assert_eq!(played.ended.len(), 1);
    }
    // One whose compressed form is beyond the ceiling already is noted once.
    let noise: Vec<u8> = (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let packed = gzip(&noise);
    let played = answered(&format!("Content-Encoding: gzip\r\nContent-Length: {}", packed.len()), &packed, "", &limits);
    assert!(packed.len() > 1000 && body(&played).left_out && noise.starts_with(&body(&played).bytes));
    assert_eq!(played.noted(), [(NoteKind::BodyTruncated, 1)]);
}

#[test]
fn no_body_has_no_coding() {
    for answer in ["304 Not Modified", "204 No Content", "200 OK"] {
        let played =
            run(&script(&format!("> GET / HTTP/1.1~~\n< HTTP/1.1 {answer}~Content-Encoding: br~Content-Length: 0~~")), &Limits::default());
        assert_eq!((body(&played).left_out, played.noted()), (false, vec![]), "{answer}");
    }
    assert_eq!(read("gzip", &gzip(b"")), (String::new(), false, vec![]));
}
