//! The table of the places of the frames. It may be long, and stands mostly behind the frames, so that it is not kept but compared: with a sum over
//! the places that were read, and one in which their order counts.

use crate::capture::file::Input;
use crate::capture::file::records::field;

/// Bytes of an entry: the offset of a frame in the file.
const ENTRY: usize = 4;

/// How much of the table is read at a time.
const BLOCK: usize = 64 << 10;

/// Places of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Places {
    count: u64,
    sum: u64,
    in_order: u64,
}

impl Places {
    const fn add(&mut self, offset: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(offset.wrapping_mul(offset));
        // The multiplier of the FNV hash; any odd number would do.
        self.in_order = self.in_order.wrapping_mul(0x0100_0000_01b3).wrapping_add(offset);
    }
}

/// Where the table is, and what was read so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    offset: u64,
    len: u64,
    frames: Places,
    /// What it says, if it was read before the frames.
    before: Option<Places>,
}

impl Table {
    pub(super) fn new(offset: u32, len: u32) -> Self {
        Self { offset: offset.into(), len: len.into(), frames: Places::default(), before: None }
    }

    /// Reads the table if it stands before the frames.
    pub(super) fn skip_to_frames(&mut self, input: &mut Input) {
        if self.len > 0 && self.offset == input.buffer.offset() {
            self.before = Some(read(input, self.len));
        }
    }

    /// Takes the place of a frame.
    pub(super) const fn saw(&mut self, offset: u64) {
        self.frames.add(offset);
    }

    /// Where no frame follows. A file without a table has frames to its end.
    pub(super) fn end(&self) -> Option<u64> {
        if self.len == 0 {
            return None;
        }
        let all_seen = self.frames.count >= self.len / ENTRY as u64;
        if all_seen { Some(0) } else { self.before.is_none().then_some(self.offset) }
    }

    /// Reads the table, if it stands behind the frames, and the rest. What it says against the frames that were read.
    pub(super) fn compare(&self, input: &mut Input) -> Option<String> {
        let told = match self.before {
            _ if self.len == 0 => self.frames,
            Some(places) => places,
            None => {
                let between = self.offset.saturating_sub(input.buffer.offset());
                read(input, between);
                if input.buffer.offset() < self.offset || input.buffer.peek(1).is_empty() {
                    return Some(format!("the file ends before its table of frames, which is said to be at byte {}", self.offset));
                }
                read(input, self.len)
            }
        };
        input.buffer.drain();
        input.consume(0);
        if told == self.frames {
            return None;
        }
        let (named, read) = (told.count, self.frames.count);
        Some(if (told.sum, named) == (self.frames.sum, read) {
            "the table of frames names them in another order; they were read and numbered as they stand in the file".to_owned()
        } else {
            format!("the table of frames names {named} of them, and not all of those {read} that were found")
        })
    }
}

/// Reads `len` bytes as entries.
fn read(input: &mut Input, mut len: u64) -> Places {
    let mut places = Places::default();
    while len > 0 {
        let bytes = input.buffer.peek(BLOCK.min(usize::try_from(len).unwrap_or(BLOCK)));
        let read = bytes.len();
        if read == 0 {
            break;
        }
        for entry in bytes.chunks_exact(ENTRY) {
            places.add(field::le32(entry, 0).into());
        }
        input.consume(read);
        len -= read as u64;
    }
    places
}
