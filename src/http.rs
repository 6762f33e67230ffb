//! HTTP/1.x (RFC 9110, RFC 9112) on any port, recognised by content.
//!
//! ```text
//! flow        one TCP connection: hands its events to two streams, and what they read to the pairing
//! stream      one side: finds the messages in its bytes and gaps
//! head, body  the two halves of a message
//! coding      what the body is without its content coding
//! pairing     joins requests and responses, and says how each exchange ended
//! spare       the memory of exchanges that are over, for the next ones
//! ```

mod body;
mod coding;
pub mod exchange;
pub mod flow;
pub mod head;
mod pairing;
pub mod spare;
mod stream;
