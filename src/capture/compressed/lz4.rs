//! An lz4 file: frame after frame (the decoder pauses behind each).

use lz4_flex::frame::FrameDecoder;
use std::io::{BufRead, Read};

/// Reads what the frames of a file hold.
pub(super) struct Frames<R: Read>(FrameDecoder<R>);

impl<R: BufRead> Frames<R> {
    pub(super) fn new(packed: R) -> Self {
        Self(FrameDecoder::new(packed))
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.0.read(room)?;
            if read > 0 || room.is_empty() || self.0.get_mut().fill_buf()?.is_empty() {
                return Ok(read);
            }
        }
    }
}
