//! Conversations, and the exchanges that are to be read from them. See [`script`] for the notation.

mod codings;
mod conversations;
mod damage;
mod pairing;
mod script;
mod splitting;
mod wire;
