//! rvpscope: a protocol inspector and traffic replay analyzer for RVP, the Rendezvous Protocol of Exchange 2000 Instant Messaging.
//!
//! # Bird's-eye view
//!
//! A capture goes in, a timeline of sessions comes out. On the way up, each layer turns what the one below hands it into something with more
//! meaning, and none of them ever fails: whatever the bytes are, the answer is a value plus notes about what was odd.
//!
//! ```text
//! capture      packets with time and link type            (pcap, pcapng, older formats, a pipe)
//!   net        TCP segments, ICMP errors about TCP
//!     tcp      flows: ordered bytes, gaps, and a fate      (a failed callback is mostly a fate without bytes)
//!       http   exchanges: a request and its response, either may be missing
//!         rvp  operations: what an exchange means in RVP
//!           session   the model: sessions, subscriptions, callbacks, messages, polling, and the timeline
//! analysis     judgement: rules turn facts into findings, a verdict says who was not reached and why
//! filter       which records are wanted: one language for all commands
//! store        an analysis as a file, to be read again
//! report       text, json, ndjson, ron, har, csv, md, html, svg, mermaid
//! tui          the terminal UI: a state, messages that change it, and what the screen shows of it
//! ```
//!
//! [`pipeline`] is the only place where these are put together, [`batch`] feeds it files, or reads what was stored of them, [`cli`] is the program's
//! surface.
//!
//! # Threads
//!
//! One capture goes through three stages, a batch of packets at a time: reading and decoding, in order; a fixed number of shards, each with its
//! own flows from TCP up to operations; the correlator and all above it, in the order in which things became certain. Whoever is free does what is
//! most advanced, so any number of threads gives the same bytes. Small captures are analysed side by side instead.
//!
//! # The facts that shape it
//!
//! - A session spans many TCP connections in both directions: the client logs on by telling the server an address (`Call-Back`), and the server
//!   opens connections to it. So TCP and HTTP speak of *initiator* and *responder*, of *asker* and *answerer*; who is RVP client and who is
//!   server is decided in [`session::roles`] alone.
//! - A callback that fails is mostly a connection without a byte: a SYN without an answer, a RST, an ICMP message. So how a flow ended
//!   ([`base::fate::Fate`]) travels all the way up.
//! - The usual capture starts after log-on. What it cannot show is `None`, `unknown` or marked as inferred; nothing is invented.
//!
//! # Who may import whom
//!
//! `base <- capture`; `base <- net <- tcp <- http <- rvp <- session <- analysis`; session and analysis see [`settings`], which see base alone;
//! `filter` and `store` see base, rvp's values, session and analysis, `report` sees these two as well, but none of the three sees the layers that
//! touch packets. A test holds this (`tests/layering.rs`).
//! Below `pipeline`, in `filter`, in `store` and in `report` there is no clock, file, socket, thread, environment or print: time is capture time
//! and an argument. Each parser crate is named in one module: pcap-parser in `capture::file`, etherparse in `net`, httparse in `http::head`,
//! quick-xml in `rvp::xml`, flate2 in `base::inflate`, regex in `base::needles`, ron in `base::notation`, ratatui and crossterm in `tui`, clap
//! and what goes with it in `cli::args`, indicatif in `cli::progress`, and maud, whose templates of HTML and SVG escape by themselves, in `report`.
//!
//! # What always holds
//!
//! 1. *Parsing never fails.* A gap is an input like bytes; every parser has a state after it and picks up at the next message.
//! 2. *It adds up.* Every packet and every TCP payload byte is in the [`base::ledger`], and the sums are checked in every run.
//! 3. *It is bounded.* Every buffer has its ceiling in [`base::limits`]; what happens there is defined and noted.
//! 4. *Same bytes in, same bytes out*: no hash map is ever iterated into output.
//! 5. *Nothing hostile gets through.* Captured text reaches a screen only through [`base::text`]; credentials are never kept.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | principal | a user's URL, `http://domain/instmsg/aliases/user` |
//! | node | the URL that a request is about, usually a principal |
//! | log-on | SUBSCRIBE of type `pragma/notify` to one's own node, with the Call-Back address |
//! | watch | SUBSCRIBE of type `update/propchange` to somebody's node |
//! | callback | one attempt of the server to hand a NOTIFY to a client |
//! | flow | one TCP connection, or the attempt at one, as the capture shows it |
//! | poll | a request that asks whether something waits; a cycle is those of one principal, method and Subscription-Id |
//! | exchange | one HTTP request with its response |
//! | operation | what an exchange means in RVP |
//! | fate | how a flow ended |
//! | origin | the packets that prove a fact |

pub mod analysis;
pub mod base;
pub mod batch;
pub mod capture;
pub mod cli;
pub mod filter;
pub mod http;
pub mod net;
pub mod pipeline;
pub mod report;
pub mod rvp;
pub mod session;
pub mod settings;
pub mod store;
pub mod tcp;
pub mod tui;
