//! The names in NTLM messages ([MS-NLMP] §2.2.1). Every offset comes from the wire and is checked; responses and challenges are not looked at.

use super::{NtlmMessage, some};

const SIGNATURE: &[u8] = b"NTLMSSP\0";

/// `NTLMSSP_NEGOTIATE_UNICODE` ([MS-NLMP] §2.2.2.5).
const UNICODE: u32 = 1;

/// The names in a message.
#[derive(Default)]
pub(super) struct Names {
    pub(super) user: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) workstation: Option<String>,
}

/// The NTLM message in `token`: alone, or wrapped in SPNEGO (RFC 4178).
pub(super) fn find(token: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(token, SIGNATURE)?;
    token.get(at..)
}

/// The fixed part of a message.
pub(super) fn head(message: &[u8]) -> Option<NtlmMessage> {
    let kind = u8::try_from(u32_at(message, 8)?).ok().filter(|kind| (1..=3).contains(kind))?;
    let flags = flags(message, kind);
    // A type 2 of the NT 4 era is 40 bytes long and has no target; the fields of its name are there all the same.
    let target = if kind == 2 { name_at(message, 12, flags) } else { None };
    Some(NtlmMessage { kind, flags, target })
}

/// User, domain and workstation of a type 1 or 3.
pub(super) fn names(message: &[u8]) -> Names {
    match u32_at(message, 8) {
        // A type 1 is sent before anything is negotiated: its names are in the OEM character set.
        Some(1) => Names { user: None, domain: name_at(message, 16, 0), workstation: name_at(message, 24, 0) },
        Some(3) => {
            let flags = flags(message, 3);
            Names { user: name_at(message, 36, flags), domain: name_at(message, 28, flags), workstation: name_at(message, 44, flags) }
        }
        _ => Names::default(),
    }
}

/// The flags; 0 where the message has none. An old type 3 may have its payload where later ones have their flags.
fn flags(message: &[u8], kind: u8) -> u32 {
    const FIELDS_OF_TYPE_3: [usize; 6] = [12, 20, 28, 36, 44, 52];
    let at = match kind {
        1 => 12,
        2 => 20,
        _ => 60,
    };
    let payload = FIELDS_OF_TYPE_3.iter().filter_map(|field| Some((u16_at(message, *field)?, u32_at(message, field.saturating_add(4))?)));
    let overlaid = kind == 3 && payload.filter(|(length, _)| *length > 0).any(|(_, offset)| offset < 64);
    if overlaid { 0 } else { u32_at(message, at).unwrap_or(0) }
}

/// The string whose length and offset stand at `field`; `None` if it is empty or lies outside the message.
fn name_at(message: &[u8], field: usize, flags: u32) -> Option<String> {
    let length = usize::from(u16_at(message, field)?);
    let offset = usize::try_from(u32_at(message, field.checked_add(4)?)?).ok()?;
    let bytes = message.get(offset..offset.checked_add(length)?)?;
    // librvp sends a type 3 in UTF-16 with all flags zero.
    let wide = bytes.len() % 2 == 0 && (flags & UNICODE != 0 || bytes.iter().skip(1).step_by(2).all(|high| *high == 0));
    some(&if wide { utf16(bytes) } else { oem(bytes) })
}

fn utf16(bytes: &[u8]) -> String {
    let (units, _) = bytes.as_chunks::<2>();
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Text in an unknown 8-bit character set: UTF-8 if it can be, else Latin-1.
pub(super) fn oem(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}
