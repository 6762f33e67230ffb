//! One side: what it hands up of what arrives.

use super::*;
use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::base::time::Span;
use crate::tcp::buffer::PIECE_COST;
use crate::tcp::testing::packet;

mod ceilings;
mod ends;
mod gaps;
mod order;
mod random;

/// An assembler and what it handed up, as one string per piece.
struct Side {
    assembler: Assembler,
    accounts: Accounts,
    told: Vec<String>,
    number: u64,
    captured: u64,
    interest: Interest,
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(millis * 1_000_000)
}

impl Side {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        Self {
            assembler: Assembler::new(true),
            accounts: Accounts::new(limits),
            told: Vec::new(),
            number: 0,
            captured: 0,
            interest: Interest::Bytes,
        }
    }

    fn arrive(&mut self, start: i64, bytes: &[u8], cut: u32, fin: bool) {
        self.number += 1;
        self.captured += bytes.len() as u64;
        let arrival = Arrival { start, bytes, cut, fin, seen: Seen { packet: packet(self.number), at: at(self.number as i64) } };
        self.work(|assembler, accounts, out| assembler.take(&arrival, accounts, out));
    }

    fn take(&mut self, start: i64, bytes: &[u8]) {
        self.arrive(start, bytes, 0, false);
    }

    /// The other side acknowledges, in packet 100 at 1 s.
    fn ack(&mut self, upto: i64) {
        self.assembler.acknowledged(upto, Seen { packet: packet(100), at: at(1000) }, 100, &self.accounts);
    }

    fn pass(&mut self, millis: i64, packets: u64) {
        self.work(|assembler, accounts, out| assembler.pass(at(millis), packets, accounts, out));
    }

    fn finish(&mut self) {
        self.work(Assembler::finish);
        let ledger = self.accounts.ledger;
        assert_eq!(self.captured, ledger.delivered + ledger.duplicate + ledger.discarded, "{ledger:?}");
        assert_eq!((self.accounts.held, self.assembler.open().held.is_unused()), (0, true));
    }

    fn work(&mut self, work: impl FnOnce(&mut Assembler, &mut Accounts, &mut Out<'_>)) {
        let Self { assembler, accounts, told, interest, .. } = self;
        let mut out = |piece: Piece<'_>| {
            told.push(match piece {
                Piece::Bytes(bytes, seen) => format!("{}#{}", String::from_utf8_lossy(bytes), seen.packet.number),
                Piece::Counted(len) => format!("counted {len}"),
                Piece::Gap(len, seen) => format!("gap {len}#{}", seen.packet.number),
                Piece::Fin(seen) => format!("fin#{}", seen.packet.number),
            });
            *interest
        };
        work(assembler, accounts, &mut out);
    }

    fn noted(&self, kind: NoteKind) -> u64 {
        self.accounts.notes.of(kind)
    }

    /// The packets of the first note of `kind`.
    fn cited(&self, kind: NoteKind) -> Vec<(u64, u64)> {
        let (_, _, notes) = self.accounts.notes.iter().find(|(noted, ..)| *noted == kind).unwrap();
        notes[0].origin.ranges().iter().map(|range| (range.first, range.last)).collect()
    }
}
