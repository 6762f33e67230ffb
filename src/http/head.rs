//! The head of a message: start line and header fields, with their raw bytes.

/// What a message starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// `METHOD target HTTP/1.x`
    Request {
        /// The method as it was written.
        method: String,
        /// The request target as it was written, bytes that are not UTF-8 replaced.
        target: String,
        /// The minor version: 1 for HTTP/1.1; `None` where the line was cut before it.
        minor: Option<u8>,
    },
    /// `HTTP/1.x status reason`
    Response {
        /// The minor version.
        minor: u8,
        /// The status code.
        status: u16,
        /// The reason phrase, bytes that are not UTF-8 replaced.
        reason: String,
    },
}

/// A header field: a name and a value, as they were written, without the white space around the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name as it was written.
    pub name: String,
    /// The value.
    pub value: Vec<u8>,
}

/// A start line and header fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The start line.
    pub start: StartLine,
    /// The fields in their order.
    pub fields: Vec<Field>,
    /// Whether all of it was seen. A head that was cut by a gap, by the connection's end or by a ceiling has the fields that came before.
    pub complete: bool,
}

impl Head {
    /// The value of the first field called `name` in any case, as text; bytes that are not UTF-8 are taken as Latin-1.
    pub fn field(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(Field::text)
    }

    /// The status of a response.
    pub const fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }
}

impl Field {
    /// The value as text; bytes that are not UTF-8 are taken as Latin-1.
    pub fn text(&self) -> String {
        match std::str::from_utf8(&self.value) {
            Ok(text) => text.to_owned(),
            Err(_) => self.value.iter().map(|byte| char::from(*byte)).collect(),
        }
    }
}
