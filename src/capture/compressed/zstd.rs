//! A zstd file: frame after frame, with skippable ones between them (RFC 8878, section 3.1).

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{BufRead, Error, ErrorKind, Read, copy, sink};

/// Reads what the frames of `packed` hold.
pub(super) struct Frames<R> {
    packed: R,
    decoder: FrameDecoder,
    inside: bool,
    /// Why nothing more can be read, once what was expanded before has been handed out.
    failure: Option<Error>,
}

/// A last block without content, and the checksum that may follow it (RFC 8878, section 3.1.1.2). The decoder keeps what later blocks may refer
/// to, up to its window of megabytes; behind this nothing refers to it any more.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl<R: BufRead> Frames<R> {
    /// Frames that need a larger window than `window` bytes are refused.
    pub(super) fn new(packed: R, window: usize) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(window as u64);
        Self { packed, decoder, inside: false, failure: None }
    }

    /// Begins the next frame; `false` at the end of the file.
    fn next_frame(&mut self) -> std::io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if copy(&mut self.packed.by_ref().take(length), &mut sink())? < length {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if self.decoder.can_collect() > 0 || room.is_empty() {
                return self.decoder.read(room);
            }
            if let Some(failure) = self.failure.take() {
                self.inside = false;
                return Err(failure);
            }
            if !self.inside && !self.next_frame()? {
                return Ok(0);
            }
            if !self.decoder.is_finished() {
                if let Err(error) = self.decoder.decode_blocks(&mut self.packed, BlockDecodingStrategy::UptoBlocks(1)) {
                    // Everything before the damage is given first.
                    self.decoder.decode_blocks(LAST_BLOCK.as_slice(), BlockDecodingStrategy::All).map_err(Error::other)?;
                    self.failure = Some(Error::other(error));
                }
            } else if self.decoder.get_checksum_from_data().is_some_and(|told| self.decoder.get_calculated_checksum() != Some(told)) {
                self.inside = false;
                return Err(Error::other("the checksum of a frame is another one"));
            } else {
                self.inside = false;
            }
        }
    }
}
