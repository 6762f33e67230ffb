//! Captures that are cut: packets, the file, or what the capturing program could not keep.

use super::poor::{begin, examples, last_packet, weaker};
use super::words::count;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::note::NoteKind;
use crate::base::origin::Origin;
use crate::base::text::shortened;

static META: Meta = Meta {
    code: "RVP903",
    slug: "capture-cut",
    severity: Severity::Warning,
    title: "The capture does not hold all that it should",
    meaning: concat!(
        "Only the beginning of packets was kept (a snapshot length; tcpdump kept 68 or 96 bytes in its older versions), or the file is cut or damaged, or the capturing \
         program itself counted packets that it lost. Headers of HTTP and the bodies with presence and messages lie behind the cut. ",
        weaker!()
    ),
    remedy: "Capture whole packets (`-s 0`), end the capturing program before the file is copied, copy it as a binary file, and give the capturing program a larger buffer \
             (`-B`) if it lost packets.",
    sources: &["tcpdump(1), options -s and -B", "pcapng, section 4.6 (Interface Statistics Block: isb_ifdrop, isb_osdrop)"],
    shown_by: "cut-packets",
    not_by: "lost-packets",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(CaptureCut) };

struct CaptureCut;

impl Rule for CaptureCut {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn finish(&mut self, end: &End<'_>, _: &Known<'_>, findings: &mut Findings) {
        let mut add = |about: String, seen: String, origin: Origin| {
            if !origin.is_empty() {
                let found = Found { at: begin(end), session: None, about, severity: None, certainty: Certainty::Seen, seen, origin };
                findings.add(&META, found);
            }
        };
        let cut = end.notes.of(NoteKind::PacketCut);
        if cut > 0 {
            let seen = format!("{cut} of {} were longer on the wire than in the capture.", count(end.ledger.packets.read, "packet"));
            add("only the beginning of packets was kept".to_owned(), seen, examples(end.notes, NoteKind::PacketCut));
        }
        for (index, capture) in end.captures.iter().enumerate() {
            let path = shortened(&capture.path, 60);
            if let Some(first) = capture.damage.first() {
                let more = if capture.damaged_places > 1 { format!(" In all {} places.", capture.damaged_places) } else { String::new() };
                add(format!("{path} is cut or damaged"), format!("{}.{more}", shortened(first, 120)), last_packet(index, capture));
            }
            if let Some(dropped) = capture.dropped.filter(|dropped| *dropped > 0) {
                let seen = format!("It says so itself; {} are there.", count(capture.packets, "packet"));
                add(format!("the program that wrote {path} lost {}", count(dropped, "packet")), seen, last_packet(index, capture));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{end_of, run};
    use super::*;
    use crate::analysis::CaptureRecord;

    fn damaged(packets: u64) -> CaptureRecord {
        CaptureRecord {
            path: "a.pcap".to_owned(),
            packets,
            dropped: Some(3),
            damaged_places: 2,
            damage: vec!["at byte 100: the file ends".to_owned()],
            ..CaptureRecord::default()
        }
    }

    #[test]
    fn damage_and_lost_packets_are_told_of_each_capture() {
        let captures = [CaptureRecord { dropped: Some(0), packets: 1, ..CaptureRecord::default() }, damaged(7)];
        let found = run(&RULE, &[], &end_of(&[], &captures));
        let titles: Vec<&str> = found.iter().map(|finding| finding.title.as_str()).collect();
        assert_eq!(titles, ["a.pcap is cut or damaged", "the program that wrote a.pcap lost 3 packets"]);
        assert!(found[0].seen.starts_with("at byte 100") && found[0].seen.ends_with("In all 2 places."), "{}", found[0].seen);
        assert_eq!(found[0].origin.unpack(), last_packet(1, &captures[1]));
        assert!(run(&RULE, &[], &end_of(&[], &[damaged(0)])).is_empty(), "without a packet there is nothing to cite");
    }
}
