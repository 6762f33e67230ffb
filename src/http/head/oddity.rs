//! What may be odd about a head.

/// What a head has that the grammar of RFC 9112 doesn't allow, and that was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Oddity {
    /// A start line with unusual white space.
    StartLine,
    /// A minor version other than 0 and 1.
    Version,
    /// White space, a control character or a byte beyond ASCII in the request target.
    Target,
    /// A status of other than three digits.
    Status,
    /// A byte beyond ASCII in the reason phrase.
    Reason,
    /// White space before a field's name or between it and its colon.
    SpaceAroundName,
    /// A field name that is no token.
    Name,
    /// A line without a colon. It is kept as a field without a name.
    NoColon,
    /// A value folded over several lines. It is unfolded with one space.
    Folded,
    /// NUL or another control character.
    Control,
}

impl Oddity {
    /// What is odd, in words for people.
    pub(in crate::http) const fn words(self) -> &'static str {
        match self {
            Self::StartLine => "unusual white space or bytes in the start line",
            Self::Version => "unknown minor version",
            Self::Target => "space, control or non-ASCII byte in the request target",
            Self::Status => "status is not three digits",
            Self::Reason => "non-ASCII byte in the reason phrase",
            Self::SpaceAroundName => "white space around a field name",
            Self::Name => "field name is no token",
            Self::NoColon => "line without a colon",
            Self::Folded => "folded field value",
            Self::Control => "control character in a field",
        }
    }
}
