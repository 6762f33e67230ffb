//! How bytes are split over segments changes nothing; and whatever comes, nothing panics and every byte is counted once.

use super::script::{Line, Played, Script, run, script};
use crate::base::address::Side;
use crate::base::fate::Fate;
use crate::base::limits::Limits;
use proptest::prelude::*;

/// The conversations that are split. One line each way is one segment.
const CONVERSATIONS: [&str; 19] = [
    // Ordinary, pipelined, chunked, interim.
    r"
    > GET /1 HTTP/1.1~Host: a~~GET /2 HTTP/1.1~~POST /3 HTTP/1.1~Transfer-Encoding: chunked~~3;x~abc~00~T: r~~
    < HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~Content-Length: 5~~hello~~HTTP/1.1 304 Not Modified~Content-Length: 5~~
    < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello~0~~
    >fin
    <fin",
    // Bare line feeds and odd heads.
    r"
    > \n\nNOTIFY / HTTP/1.1\nHost : im\nno colon\nA: 1\n 2\nContent-Length: 2\n\nab
    < HTTP/1.1 200 Gr\xfc\xdfe\nContent-Length: 1\n\n!
    > GET /a b HTTP/1.2\n\n
    < HTTP/1.1 20000 x\n\n
    <fin",
    // Net::RVP.
    r"
    > NOTIFY /1 HTTP/1.1~Content-Length: 0~~
    < HTTP/1.1 200 Message Received~~\n
    > NOTIFY /2 HTTP/1.1~Content-Length: 0~~
    < HTTP/1.1 500 0~~\n
    > NOTIFY /3 HTTP/1.1~Content-Length: 0~~NOTIFY /4 HTTP/1.1~Content-Length: 0~~
    < HTTP/1.1 200 User Already Present~~\nHTTP/1.1 200 OK~~\n\nHTT
    <rst",
    // Noise, broken chunks, an upgrade.
    r"
    > GET /1 HTTP/1.1~~noise~more noise~GET /2 HTTP/1.1~~GET /3 HTTP/1.1~~
    < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~3~abcX~zz~~HTTP/1.1 200 OK~Content-Length: 0~~HTTP/1.1 101 X~~\x01\x02
    > more",
    // A snapshot length.
    r"
    > SUBSCRIBE /instmsg/aliases/bob
    >gap 251
    < HTTP/1.1 207 Multi-Status~Ser
    <gap 300
    > PROPPATCH /instmsg/aliases/bo
    >gap 251
    > <?xml version
    >gap 20
    < HTTP/1.1 200
    <gap 300
    end captured",
    // Gaps in bodies and over whole answers.
    r"
    > PUT /1 HTTP/1.1~Content-Length: 10~~ab
    >gap 5
    > cdeGET /2 HTTP/1.1~~GET /3 HTTP/1.1~~
    < HTTP/1.1 200 OK~Content-Length: 4~~a
    <gap 50
    < rest~HTTP/1.1 200 OK~Content-Length: 0~~
    >fin
    <rst",
    // The middle of a flow.
    r"
    mid
    < of a body</a>~~HTTP/1.1 200 OK~Content-Length: 2~~ok
    > tail~NOTIFY / HTTP/1.1~~
    < HTTP/1.0 200 OK~~body HTTP/1.1 200 OK
    <fin",
    // The middle of a flow, where bodies end without a line end.
    r#"
    mid
    > tion a="b">text</a:body></r:notification>NOTIFY /1 HTTP/1.1~Content-Length: 4~~<a/>NOTIFY /2 HTTP/1.1~~
    < <d:status>HTTP/1.1 200 OK</d:status></d:multistatus>HTTP/1.1 500 0~Content-Length: 4~~<e/>HTTP/1.1 200 OK~Content-Length: 0~~
    >gap 70
    > a>see GET /x HTTP/1.1~<a>GET /no HTTP/1.1~</a>NOTIFY http://im/ HTTP/1.1~A: b~~</a>GET /not HTTP/1.1
    <gap 70
    < </e>HTTP/1.1 201 OK~~
    end captured"#,
    // The same behind noise, and behind broken chunks.
    r"
    > GET /1 HTTP/1.1~~noise</a>GET /no HTTP/1.1~noise</a>GET /2 HTTP/1.1~~
    < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~3~abcX</a>HTTP/1.1 200 OK~Content-Length: 0~~
    <fin",
    // Long lines before it, and a line that is just long enough for small limits, or is not.
    r"
    > GET /1 HTTP/1.1~~
    >gap 10
    > word x*700
    > </a>GET /2 HTTP/1.1~~
    >gap 10
    > </a>GET /
    > y*184
    >  HTTP/1.1~~
    >gap 10
    > </a>GET /
    > y*185
    >  HTTP/1.1~~GET /3 HTTP/1.1~~
    >gap 10
    > </
    > a*125
    > >GET /4 HTTP/1.1~~
    >gap 10
    > </
    > a*126
    > >GET /5 HTTP/1.1~~
    >gap 10
    > </a>GET /
    > y*3000
    >  HTTP/1.1~~",
    // Compressed bodies: whole, in chunks, behind a ceiling, and cut.
    r"
    > POST /1 HTTP/1.1~Content-Encoding: deflate~Content-Length: 7~~\x4b\x4c\x4a\x4e\x44\x42\x00
    < HTTP/1.1 200 OK~Content-Encoding: gzip~Content-Length: 28~~\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\xe3\x51\x3d\x8d\x17\x00\x00\x00
    > GET /2 HTTP/1.1~~GET /3 HTTP/1.1~~GET /4 HTTP/1.1~~
    < HTTP/1.1 200 OK~Transfer-Encoding: gzip, chunked~~e~\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9~e~\xc9\x57\xc8\x40\x27\x01\xe3\x51\x3d\x8d\x17\x00\x00\x00~0~~
    < HTTP/1.1 200 OK~Content-Encoding: br~Content-Length: 2~~xx
    < HTTP/1.1 200 OK~Content-Encoding: gzip~Content-Length: 28~~\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9
    <fin",
    // Bodies that should not be there.
    r"
    > HEAD /1 HTTP/1.1~~HEAD /2 HTTP/1.1~~GET /3 HTTP/1.1~~HEAD /4 HTTP/1.1~~GET /5 HTTP/1.1~~GET /6 HTTP/1.1~~
    < HTTP/1.1 200 OK~Content-Length: 17~~\r\n<html>x~y</html>HTTP/1.1 200 OK~Content-Length: 5~~HTTP/1.1 304 Not Modified~Content-Length: 3~~abc
    < HTTP/1.1 200 OK~Content-Length: 2000~~noise~more
    <gap 7
    < rest~HTTP/1.1 200 OK~Content-Length: 2~~okHTTP/1.1 204 No~Content-Length: 5~~HTTP/
    <fin",
    // Cut by the end.
    r"
    > NOTIFY / HTTP/1.1~Content-Len
    < HTTP/1.1 400 Bad~Server: x
    <rst",
    // Not HTTP.
    r"
    > VER MSNFTP\r\nUSR a\r\n
    < VER MSNFTP\r\n",
    // The answer is something else.
    r"
    > GET / HTTP/1.1~~
    < HTTQ or not
    > GET / HTTP/1.1~~
    <fin",
    // Behind the ceilings of a head and of a line.
    r"
    > GET /1 HTTP/1.1~A: x
    > x*300
    > ~Content-Length: 2~~GET /2 HTTP/1.1~~
    > z*300
    > ~GET /
    > y*300
    >  HTTP/1.1~~GET /4 HTTP/1.1~~
    < HTTP/1.1 200 OK~Transfer-Encoding: chunked~~
    < 0*300",
    // Line ends that are a body.
    r"
    > GET /1 HTTP/1.1~~GET /2 HTTP/1.1~~
    < HTTP/1.1 200 OK~~
    < \r\n*70
    < HTTP/1.1 200 OK~~
    <fin",
    // ... and those that are too many, or just not.
    r"
    > GET /1 HTTP/1.1~~GET /2 HTTP/1.1~~
    < HTTP/1.1 200 OK~~
    < \n*65
    <fin",
    r"
    > GET /1 HTTP/1.1~~GET /2 HTTP/1.1~~
    < HTTP/1.1 200 OK~~
    < \n*64
    < HTTP/1.1 200 OK~~
    <fin",
];

fn small_limits() -> Limits {
    Limits { head_bytes: 200, probe_bytes: 120, body_bytes: 16, pipelined: 3, headers: 8, ..Limits::default() }
}

/// The same conversation in segments of the lengths that `next` gives.
fn split(script: &Script, mut next: impl FnMut() -> usize) -> Script {
    let mut lines = Vec::new();
    for (at, line) in &script.lines {
        match line {
            Line::Data(side, bytes) => {
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    let (piece, after) = rest.split_at(next().clamp(1, rest.len()));
                    lines.push((*at, Line::Data(*side, piece.to_vec())));
                    rest = after;
                }
            }
            other => lines.push((*at, other.clone())),
        }
    }
    Script { lines, ..script.clone() }
}

fn same(whole: &Played, parts: &Played, case: &str) {
    assert_eq!(parts.ended, whole.ended, "{case}");
    assert_eq!(parts.tally, whole.tally, "{case}");
    assert_eq!(parts.noted(), whole.noted(), "{case}");
    assert_eq!(parts.stages, whole.stages, "{case}");
    assert_eq!((parts.interest, parts.is_http), (whole.interest, whole.is_http), "{case}");
    // The packets are others, but not the times.
    let messages = |played: &Played| -> Vec<_> {
        let exchanges = played.exchanges.iter().cloned();
        exchanges.flat_map(|exchange| [exchange.request, exchange.response]).map(|m| m.map(|m| (m.head, m.body, m.first, m.last))).collect()
    };
    assert_eq!(messages(parts), messages(whole), "{case}");
}

#[test]
fn single_bytes_give_the_same_exchanges() {
    for limits in [Limits::default(), small_limits()] {
        for text in CONVERSATIONS {
            let script = script(text);
            same(&run(&script, &limits), &run(&split(&script, || 1), &limits), text);
        }
    }
}

fn event() -> impl Strategy<Value = Line> {
    let side = prop_oneof![Just(Side::Initiator), Just(Side::Responder)];
    let words = prop::sample::select(vec![
        "GET / HTTP/1.1\r\n\r\n",
        "PUT /a HTTP/1.1\nContent-Length: 7\n\n",
        "HEAD / HTTP/1.1\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\n\r\n",
        "NOTIFY /instmsg",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 207 Multi\r\nContent-Length: 18446744073709551615\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 2",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
        "\r\n",
        "\n",
        " HTTP/1.1\r\n",
        "Name: value\r\n",
        "word ",
        "</a>",
        "<s>HTTP/1.1 200 OK</s>",
    ]);
    let bytes = prop_oneof![
        8 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..300),
    ];
    let gap = prop_oneof![1u64..20, 1u64..2000, Just(u64::MAX)];
    (side, bytes, gap, 0..16u8).prop_map(|(side, bytes, gap, kind)| match kind {
        0 | 1 => Line::Gap(side, gap),
        2 => Line::Fin(side),
        3 => Line::Rst(side),
        _ => Line::Data(side, bytes),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_split_gives_the_same_exchanges(
        case in 0..CONVERSATIONS.len(),
        small in any::<bool>(),
        lengths in prop::collection::vec(1..40usize, 1..50),
    ) {
        let limits = if small { small_limits() } else { Limits::default() };
        let script = script(CONVERSATIONS[case]);
        let mut lengths = lengths.iter().copied().cycle();
        same(&run(&script, &limits), &run(&split(&script, || lengths.next().unwrap()), &limits), CONVERSATIONS[case]);
    }

    /// [`run`] itself checks that the bytes add up and that nothing stays open. Each exchange opens before it ends, and ends once.
    #[test]
    fn anything_goes(lines in prop::collection::vec(event(), 0..40), mid_stream in any::<bool>(), small in any::<bool>()) {
        let limits = if small { small_limits() } else { Limits::default() };
        let lines = (0..).zip(lines).collect();
        let script = Script { lines, fate: Fate::CaptureEnded, mid_stream, unseen: None };
        let whole = run(&script, &limits);
        let opened = whole.stages.iter().filter(|(_, stage)| *stage == super::script::Stage::Opened).count();
        prop_assert_eq!(opened, whole.ended.len());
        same(&whole, &run(&split(&script, || 1), &limits), &format!("{script:?}"));
    }
}
