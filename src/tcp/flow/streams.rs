//! The two streams of a flow, in as little memory as they need: a flood of SYNs makes a million flows of which nobody ever says anything.

use crate::base::address::{PerSide, Side};
use crate::tcp::assembler::Assembler;
use crate::tcp::seq::Sequence;

/// The streams of sides that said nothing yet: where their beginning is certain, and where it is a guess.
static SILENT: [Assembler; 2] = [Assembler::new(true), Assembler::new(false)];

/// A side's sequence space, and whether the beginning of its stream was certain when that became known.
#[derive(Clone, Copy, Debug)]
struct Space {
    sequence: Sequence,
    certain: bool,
}

/// Both sides' sequence spaces and streams.
#[derive(Debug, Default)]
pub(super) struct Streams {
    spaces: PerSide<Option<Space>>,
    /// The streams, once something was said.
    spoken: Option<Box<PerSide<Assembler>>>,
}

/// One side: its sequence space, once anything is known of it, and its stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream<'a> {
    space: Option<Space>,
    assembler: &'a Assembler,
}

impl Streams {
    /// One side.
    #[inline]
    pub(super) fn get(&self, side: Side) -> Stream<'_> {
        let space = *self.spaces.get(side);
        let [certain, guessed] = &SILENT;
        let assembler = match &self.spoken {
            Some(spoken) => spoken.get(side),
            None if is_certain(space) => certain,
            None => guessed,
        };
        Stream { space, assembler }
    }

    /// Whether anybody said anything.
    pub(super) const fn have_spoken(&self) -> bool {
        self.spoken.is_some()
    }

    /// A side's sequence space becomes known, or known better, and its stream begins anew in it.
    pub(super) fn start(&mut self, side: Side, sequence: Sequence, certain: bool) {
        *self.spaces.get_mut(side) = Some(Space { sequence, certain });
        if let Some(spoken) = &mut self.spoken {
            *spoken.get_mut(side) = Assembler::new(certain);
        }
    }

    /// A side's stream, to work on it.
    #[inline]
    pub(super) fn assembler_mut(&mut self, side: Side) -> &mut Assembler {
        let Self { spaces, spoken } = self;
        let silent = |space| Assembler::new(is_certain(space));
        let new = || Box::new(PerSide { initiator: silent(spaces.initiator), responder: silent(spaces.responder) });
        spoken.get_or_insert_with(new).get_mut(side)
    }
}

impl<'a> Stream<'a> {
    /// Its sequence space, if anything is known of it.
    #[inline]
    pub(super) fn sequence(self) -> Option<Sequence> {
        self.space.map(|space| space.sequence)
    }

    /// Its stream.
    #[inline]
    pub(super) const fn assembler(self) -> &'a Assembler {
        self.assembler
    }

    /// The position of the number `wire`, if anything is known of this side.
    #[inline]
    pub(super) fn position(self, wire: u32) -> Option<i64> {
        self.sequence().map(|sequence| sequence.position(wire, self.assembler.expected()))
    }

    /// Whether a SYN with the number `isn` fits what is known of this side: directly before its first byte, or nothing is known yet.
    pub(super) fn fits_syn(self, isn: u32) -> bool {
        self.sequence().is_none_or(|sequence| sequence == Sequence::after_syn(isn))
    }
}

fn is_certain(space: Option<Space>) -> bool {
    space.is_some_and(|space| space.certain)
}
