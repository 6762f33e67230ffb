//! A file of which nobody knows yet what it is.

use super::{Buffer, Compression, NotACapture, START, compressed, format_of};
use crate::base::limits::Limits;
use std::io::{self, Read};

/// The beginning of a file, expanded if it is compressed. It can be looked at before it is read: as a capture
/// ([`super::CaptureFile::of`]), or as bytes.
pub struct Opening {
    pub(super) compression: Compression,
    pub(super) buffer: Buffer,
}

impl Opening {
    /// Looks whether a file is compressed.
    pub fn new(reader: Box<dyn Read + Send>, limits: &Limits) -> Result<Self, NotACapture> {
        let (compression, reader) = compressed::open(reader, limits).map_err(NotACapture::Io)?;
        Ok(Self { compression, buffer: Buffer::new(reader) })
    }

    /// Whether it begins with `start`.
    pub fn starts_with(&mut self, start: &str) -> bool {
        self.buffer.peek(start.len()) == start.as_bytes()
    }

    /// Whether it is taken for a capture by its first bytes.
    pub fn is_capture(&mut self) -> bool {
        format_of(self.buffer.peek(START)).is_some()
    }
}

impl Read for Opening {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.buffer.peek(1);
        let given = self.buffer.all_at_hand().read(room)?;
        self.buffer.consume(given);
        match self.buffer.take_error().filter(|_| given == 0) {
            Some(error) => Err(error),
            None => Ok(given),
        }
    }
}
