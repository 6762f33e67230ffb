//! The architecture, held by a test: who may import whom, which crate is named where, what stays out of the core, and that every file says what
//! it is for. The rules are those of the crate documentation in `src/lib.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]

use std::fs;
use std::path::Path;

/// What each layer may import besides itself. `*` is everything.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("settings", &["base"]),
    ("capture", &["base"]),
    ("net", &["base"]),
    ("tcp", &["base", "net"]),
    ("http", &["base", "net", "tcp"]),
    ("rvp", &["base", "net", "tcp", "http"]),
    ("session", &["base", "net", "tcp", "http", "rvp", "settings"]),
    ("analysis", &["base", "net", "tcp", "http", "rvp", "session", "settings"]),
    ("store", &["base", "rvp", "session", "analysis"]),
    ("pipeline", &["base", "capture", "net", "tcp", "http", "rvp", "session", "analysis", "settings"]),
    ("batch", &["base", "capture", "rvp", "session", "analysis", "pipeline", "settings", "store"]),
    ("filter", &["base", "rvp", "session", "analysis"]),
    ("redact", &["base", "rvp", "session", "analysis"]),
    ("report", &["base", "rvp", "session", "analysis", "store", "filter", "redact"]),
    ("replay", &["base", "http", "rvp", "session"]),
    ("serve", &["base", "http", "rvp", "session"]),
    ("tui", &["base", "rvp", "session", "analysis", "filter", "redact", "report"]),
    ("cli", &["*"]),
];

/// The module that alone names a crate.
const CRATES: &[(&str, &str)] = &[
    ("pcap_parser", "capture::file"),
    ("bzip2", "capture::compressed"),
    ("lz4_flex", "capture::compressed"),
    ("lzma_rust2", "capture::compressed"),
    ("ruzstd", "capture::compressed"),
    ("etherparse", "net"),
    ("httparse", "http::head"),
    ("quick_xml", "rvp::xml"),
    ("clap", "cli::args"),
    ("clap_complete", "cli::args"),
    ("clap_mangen", "cli::args"),
    ("atomic_write_file", "cli::destination"),
    ("etcetera", "cli::settings"),
    ("indicatif", "cli::progress"),
    ("ron", "base::notation"),
    ("flate2", "base::inflate"),
    ("foldhash", "base::hashed"),
    ("hashbrown", "tcp::table"),
    ("regex", "base::needles"),
    ("strsim", "filter::mistake"),
    ("unicode_width", "base::text"),
    ("serde_json", "report"),
    ("maud", "report"),
    ("csv", "report::tables"),
    ("postcard", "batch::spool"),
    ("tempfile", "batch::spool"),
    ("jiff", "base::time"),
    ("ratatui", "tui"),
    ("crossterm", "tui"),
    ("signal_hook", "tui::terminal"),
];

/// Where there is no clock, file, socket, thread, environment or print.
const PURE: &[&str] = &["base", "settings", "net", "tcp", "http", "rvp", "session", "analysis", "store", "filter", "redact", "report"];

/// What that looks like.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant",
    "std::fs",
    "fs::File",
    "std::env",
    "env::var",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::thread",
    "thread::spawn",
    "std::process",
    "stdout()",
    "stderr()",
    "stdin()",
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
];

/// What is wrong with the file `path` (from `src/` on) with the text `source`.
fn violations(path: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !source.starts_with("//!") {
        found.push("doesn't open with //! and what it is for".to_owned());
    }
    let module: Vec<&str> = path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let code = without_comments(source);
    let layer = module[0];
    if !["lib", "main"].contains(&layer) {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            found.push(format!("{layer} is no layer; add it to the table, and to the crate documentation"));
            return found;
        };
        for import in imports(&module, &code) {
            let known = import == layer || allowed.contains(&"*") || allowed.contains(&&*import);
            if !known {
                found.push(format!("{layer} imports {import}"));
            }
        }
    }
    if layer == "main" {
        let others = paths_after(&code, "rvpscope::").into_iter().filter(|name| name != "cli");
        found.extend(others.map(|name| format!("main imports {name}")));
    }
    // What only tests name is not part of the program.
    let program = if module.contains(&"tests") { "" } else { code.split("mod tests {").next().unwrap_or_default() };
    let here = module.join("::");
    for (name, home) in CRATES {
        let at_home = here == *home || here.starts_with(&format!("{home}::"));
        if !at_home && names(program, name) {
            found.push(format!("names {name}, which is {home}'s alone"));
        }
    }
    if PURE.contains(&layer) {
        found.extend(IMPURE.iter().filter(|word| names(program, word)).map(|word| format!("uses {word}")));
    }
    found
}

/// The top-level modules that `code` in `module` names: by `crate::`, or by enough `super::`.
fn imports(module: &[&str], code: &str) -> Vec<String> {
    let mut found = paths_after(code, "crate::");
    let tests = code.find("mod tests {").unwrap_or(code.len());
    let mut from = 0;
    while let Some(at) = code[from..].find("super::").map(|at| from + at) {
        let mut rest = &code[at..];
        let mut up = 0;
        while let Some(shorter) = rest.strip_prefix("super::") {
            rest = shorter;
            up += 1;
        }
        if up >= module.len() + usize::from(at > tests) {
            found.extend(heads(rest));
        }
        from = code.len() - rest.len();
    }
    found
}

/// What follows each `prefix` in `code`: one name, or the names of a group in braces.
fn paths_after(code: &str, prefix: &str) -> Vec<String> {
    let starts = code.match_indices(prefix).filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    starts.flat_map(|(at, _)| heads(&code[at + prefix.len()..])).collect()
}

/// The first names of a path: `a::b` has `a`, `{a::b, c}` has `a` and `c`.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let mut names = vec![word(group)];
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Whether `code` has `word` as a whole word.
fn names(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let open_end = !word.ends_with(part);
        !code[..at].ends_with(part) && (open_end || !code[at + word.len()..].starts_with(part))
    })
}

/// The code without comments and without the insides of strings; good enough for code that rustfmt has seen.
fn without_comments(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if rest.starts_with("'\"'") {
            3
        } else if c == '"' {
            string_length(rest)
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[skipped..];
    }
    code
}

/// The length of the string literal at the start of `text`, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// All files below `folder`, with their paths from there on.
fn sources(folder: &Path, prefix: &str, all: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            sources(&path, &format!("{name}/"), all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn the_source_keeps_the_rules() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut all);
    assert!(all.len() > 10, "the source is there");
    let found: Vec<String> =
        all.iter().flat_map(|(path, source)| violations(path, source).into_iter().map(move |what| format!("src/{path}: {what}"))).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// A checker that finds nothing is worth nothing: each rule is broken once.
#[test]
fn each_broken_rule_is_found() {
    let broken = [
        ("tcp/flow.rs", "use crate::http::head::Head;", "tcp imports http"),
        ("tcp/flow.rs", "fn f() -> crate::session::Session {}", "tcp imports session"),
        ("net/ip.rs", "use crate::{base::time::Timestamp, capture::Packet};", "net imports capture"),
        ("net.rs", "use super::tcp;", "net imports tcp"),
        ("net/ip.rs", "use super::super::rvp::method;", "net imports rvp"),
        ("net/ip.rs", "mod tests {\n    use super::super::super::rvp::method;\n}", "net imports rvp"),
        ("report/json.rs", "use crate::http::exchange::Exchange;", "report imports http"),
        ("base/time.rs", "use crate::net::Segment;", "base imports net"),
        ("main.rs", "use rvpscope::session::Session;", "main imports session"),
        ("shiny/new.rs", "", "shiny is no layer; add it to the table, and to the crate documentation"),
        ("tcp/flow.rs", "use etherparse::SlicedPacket;", "names etherparse, which is net's alone"),
        ("http/stream.rs", "let head = httparse::parse_headers();", "names httparse, which is http::head's alone"),
        ("session/callback.rs", "fn now() { let t = std::time::SystemTime::now(); }", "uses SystemTime"),
        ("rvp/xml.rs", "fn f() { println!(\"x\"); }", "uses println!"),
        ("report/json.rs", "let file = std::fs::read(path);", "uses std::fs"),
        ("tcp/flow.rs", "use std::net::{IpAddr, TcpStream};", "uses TcpStream"),
    ];
    for (path, code, expected) in broken {
        assert_eq!(violations(path, &format!("//! About.\n{code}\n")), [expected], "{path}: {code}");
    }
    assert_eq!(violations("tcp.rs", "pub mod flow;"), ["doesn't open with //! and what it is for"]);
}

#[test]
fn what_is_allowed_is_not_found() {
    let fine = [
        (
            "tcp/flow.rs",
            "use crate::base::{time::Timestamp, note::{Note, NoteKind}};\nuse crate::net::Segment;\nuse super::assembler::Assembler;",
        ),
        ("net/ip.rs", "mod tests {\n    use super::super::link;\n    use super::*;\n}"),
        ("base/text.rs", "//! See [`crate::session`] and println!.\nconst S: &str = \"crate::http \\\" println!\";"),
        ("cli/analyze.rs", "use crate::session::Session;\nuse crate::capture::file;"),
        ("net/ip.rs", "use etherparse::SlicedPacket;"),
        ("tcp/flow.rs", "let instants = 3; let clapped = my_crate::http;"),
        ("main.rs", "use rvpscope::cli;"),
        ("base/origin.rs", "mod tests {\n    fn f() { println!(\"{}\", serde_json::json!(1)); }\n}"),
        ("http/head/tests.rs", "fn f() { std::thread::yield_now(); }"),
    ];
    for (path, code) in fine {
        assert_eq!(violations(path, &format!("//! About.\n{code}\n")), [""; 0], "{path}: {code}");
    }
}
