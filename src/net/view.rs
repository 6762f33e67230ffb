//! A part of a packet: the bytes that were captured, and how many follow that were not.

/// The rest of a packet while its headers are taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View<'a> {
    /// The captured bytes.
    pub(super) bytes: &'a [u8],
    /// Bytes behind them that were on the wire but not captured.
    pub(super) missing: usize,
}

impl<'a> View<'a> {
    /// The captured bytes of a packet that had this length on the wire.
    #[inline]
    pub(super) const fn of(bytes: &'a [u8], original_len: u32) -> Self {
        Self { bytes, missing: (original_len as usize).saturating_sub(bytes.len()) }
    }

    /// The first `N` bytes, and the rest; `None` where fewer were captured.
    #[inline]
    pub(super) fn take<const N: usize>(self) -> Option<([u8; N], Self)> {
        let (head, bytes) = self.bytes.split_first_chunk::<N>()?;
        Some((*head, Self { bytes, ..self }))
    }

    /// The first two bytes as a number in network byte order, and the rest.
    #[inline]
    pub(super) fn take_u16(self) -> Option<(u16, Self)> {
        let (head, rest) = self.take::<2>()?;
        Some((u16::from_be_bytes(head), rest))
    }

    /// What follows `len` bytes; `None` where these were not all captured.
    #[inline]
    pub(super) fn skip(self, len: usize) -> Option<Self> {
        Some(Self { bytes: self.bytes.get(len..)?, ..self })
    }

    /// The first `len` bytes, as a length field says: what follows is padding, what lacks was not captured.
    #[inline]
    pub(super) fn trim(self, len: usize) -> Self {
        match self.bytes.get(..len) {
            Some(bytes) => Self { bytes, missing: 0 },
            None => Self { missing: len - self.bytes.len(), ..self },
        }
    }

    /// The high half of the first byte, where IP writes its version.
    #[inline]
    pub(super) fn version(self) -> Option<u8> {
        self.bytes.first().map(|first| first >> 4)
    }
}
