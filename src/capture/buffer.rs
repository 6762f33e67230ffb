//! A window over a stream of bytes that is filled by `read`, for files and pipes alike.

use std::io::{ErrorKind, Read};

/// How much is read at once: so much that the system calls cost nothing, and so little that it stays in a processor's own cache.
const BLOCK: usize = 256 << 10;

/// How much is read at first, for most of many files are small.
const FIRST_BLOCK: usize = 16 << 10;

/// The unread part of a stream, and where it stands.
pub(super) struct Buffer {
    reader: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// How many bytes before `start` are kept: those that were consumed last.
    kept: usize,
    offset: u64,
    ended: bool,
    error: Option<std::io::Error>,
}

impl Buffer {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, bytes: Vec::new(), start: 0, end: 0, kept: 0, offset: 0, ended: false, error: None }
    }

    /// The next `wanted` bytes, or fewer where the stream ends before.
    #[inline]
    pub(super) fn peek(&mut self, wanted: usize) -> &[u8] {
        if self.end - self.start < wanted {
            self.fill(wanted);
        }
        let available = (self.end - self.start).min(wanted);
        self.bytes.get(self.start..self.start + available).unwrap_or_default()
    }

    /// How many bytes can be shown without reading more.
    #[inline]
    pub(super) const fn at_hand(&self) -> usize {
        self.end - self.start
    }

    /// The bytes that can be shown without reading more.
    #[inline]
    pub(super) fn all_at_hand(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// The bytes that `peek` has shown, without reading more.
    pub(super) fn shown(&self, len: usize) -> &[u8] {
        self.all_at_hand().get(..len).unwrap_or_default()
    }

    /// Goes on by `len` bytes that `peek` has shown. They stay until the next call.
    #[inline]
    pub(super) fn consume(&mut self, len: usize) {
        let len = len.min(self.end - self.start);
        self.start += len;
        self.kept = len;
        self.offset += len as u64;
    }

    /// The bytes that were consumed last.
    #[inline]
    pub(super) fn consumed(&self) -> &[u8] {
        self.bytes.get(self.start.saturating_sub(self.kept)..self.start).unwrap_or_default()
    }

    /// Goes back by `len` of the bytes that were consumed last.
    pub(super) fn go_back(&mut self, len: usize) {
        let len = len.min(self.kept);
        self.start -= len;
        self.kept -= len;
        self.offset -= len as u64;
    }

    /// Bytes consumed so far.
    #[inline]
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads and drops everything up to the end of the stream; how many bytes that were.
    pub(super) fn drain(&mut self) -> u64 {
        let before = self.offset;
        while !self.peek(BLOCK).is_empty() {
            self.consume(BLOCK);
        }
        self.offset - before
    }

    /// The error that ended the stream, if one did.
    pub(super) fn take_error(&mut self) -> Option<std::io::Error> {
        self.error.take()
    }

    fn fill(&mut self, wanted: usize) {
        let from = self.start - self.kept;
        if from > 0 {
            self.bytes.copy_within(from..self.end, 0);
            self.start = self.kept;
            self.end -= from;
        }
        let wanted = self.start + wanted;
        let block = if self.bytes.is_empty() { FIRST_BLOCK } else { BLOCK };
        let size = wanted.max(block);
        if self.bytes.len() < size {
            self.bytes.resize(size, 0);
        }
        while self.end < wanted && !self.ended {
            let Some(room) = self.bytes.get_mut(self.end..) else { break };
            match self.reader.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read.min(room.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(error);
                    self.ended = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe that delivers one byte at a time and is interrupted before each.
    struct Drip(std::collections::VecDeque<u8>, bool);

    impl Read for Drip {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            match self.0.pop_front() {
                Some(byte) => {
                    room[0] = byte;
                    Ok(1)
                }
                None => Ok(0),
            }
        }
    }

    #[test]
    fn a_dripping_pipe_is_read_as_a_file_is() {
        let mut buffer = Buffer::new(Box::new(Drip((0..10).collect(), false)));
        assert_eq!(buffer.peek(4), [0, 1, 2, 3]);
        buffer.consume(3);
        assert_eq!(buffer.peek(3), [3, 4, 5]);
        assert_eq!(buffer.peek(100), [3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(buffer.offset(), 3);
        assert_eq!(buffer.consumed(), [0, 1, 2]);
        buffer.go_back(2);
        assert_eq!(buffer.peek(2), [1, 2]);
        assert_eq!(buffer.offset(), 1);
        buffer.consume(2);
        assert_eq!(buffer.drain(), 7);
        assert!(buffer.take_error().is_none());
    }
}
