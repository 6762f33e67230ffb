//! What all flows share: the ceilings, what is used of them, the ledger and the notes.

use crate::base::ledger::TcpLedger;
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind, Notes};
use crate::base::origin::{Origin, PacketId};
use crate::tcp::recent::Recent;

/// The books that every flow of a table writes to.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// The ceilings.
    pub limits: Limits,
    /// What became of the payload bytes.
    pub ledger: TcpLedger,
    /// What was odd.
    pub notes: Notes,
    /// Bytes held back behind holes, of all flows, with their bookkeeping; at most [`Limits::reorder_bytes_total`].
    pub held: usize,
    /// Delivered bytes that are remembered for comparison; at most [`Limits::overlap_bytes`].
    pub recent: Recent,
}

impl Accounts {
    /// Empty books under these ceilings.
    pub fn new(limits: Limits) -> Self {
        let recent = Recent::new(limits.overlap_bytes);
        Self { limits, ledger: TcpLedger::default(), notes: Notes::default(), held: 0, recent }
    }

    /// Counts an oddity that one packet shows.
    pub fn note(&mut self, kind: NoteKind, packet: PacketId) {
        self.notes.count(kind, || Origin::of(packet));
    }

    /// Counts a retransmission whose bytes differ from the first copy's.
    pub fn conflict(&mut self, first: PacketId, second: PacketId) {
        let mut origin = Origin::of(first);
        origin.add(second);
        self.notes.add(Note::new(NoteKind::ConflictingOverlap, origin));
    }

    /// Gives up `len` captured bytes, for the reason `kind`.
    pub fn discard(&mut self, len: u64, kind: NoteKind, packet: PacketId) {
        if len > 0 {
            self.ledger.discarded += len;
            self.note(kind, packet);
        }
    }
}
