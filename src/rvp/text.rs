//! How much of a captured text is kept.

/// Bytes of a header value, a name or an address that are kept. The longest in real use are URLs and NTLM tokens of a few hundred bytes.
pub const VALUE_BYTES: usize = 8 << 10;

/// Bytes of a message text that are kept. The clients' own input fields end at a few hundred characters.
pub const MESSAGE_BYTES: usize = 64 << 10;

/// The start of `text`, at most `ceiling` bytes, cut between characters.
pub fn capped(text: &str, ceiling: usize) -> &str {
    text.get(..text.floor_char_boundary(ceiling)).unwrap_or(text)
}

/// A header value, name or address as it is kept: trimmed, and capped at [`VALUE_BYTES`].
pub fn value(text: &str) -> String {
    capped(text.trim(), VALUE_BYTES).to_owned()
}

/// A decimal number as header fields and elements carry it: white space around it is ignored, anything else makes it none.
/// What exceeds 64 bits saturates.
pub fn number(text: &str) -> Option<u64> {
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.bytes().fold(0_u64, |sum, byte| sum.saturating_mul(10).saturating_add(u64::from(byte - b'0'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(capped("grün", 3), "gr");
        assert_eq!(capped("grün", 4), "grü");
        assert_eq!(capped("grün", 99), "grün");
    }

    #[test]
    fn numbers_are_plain_digits() {
        assert_eq!(number(" 14400 "), Some(14400));
        assert_eq!(number("99999999999999999999999"), Some(u64::MAX));
        for text in ["", " ", "+5", "-1", "Second-1800", "1 2", "0x10", "1.5"] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }
}
