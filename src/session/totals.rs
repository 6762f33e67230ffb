//! Counts over the whole analysis.

use crate::session::callback::Outcome;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Under what the requests of further methods are counted, once too many were seen. It is no token, so no method is called so.
pub const OTHER_METHODS: &str = "(others)";

/// What HTTP may belong to.
pub const OTHER_HTTP: [&str; 6] = ["rvp", "exchange_store", "gena", "webdav", "other", "undetermined"];

/// The counts of requests, callbacks, polls and of HTTP that is no RVP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// RVP requests sent to a server, by method and then by status; `None` where no answer was seen.
    pub requests: BTreeMap<String, BTreeMap<Option<u16>, u64>>,
    /// Callbacks by outcome.
    pub callbacks: BTreeMap<Outcome, u64>,
    /// Polling cycles.
    pub poll_cycles: u64,
    /// The polls of all of them.
    pub polls: u64,
    /// Exchanges of RVP's relatives and of other HTTP, by what they are: one of [`OTHER_HTTP`].
    #[serde(deserialize_with = "read_other_http")]
    pub other_http: BTreeMap<&'static str, u64>,
    /// Flows that belong to RVP.
    pub rvp_flows: u64,
    /// Flows on which HTTP was spoken.
    pub http_flows: u64,
}

impl Totals {
    /// Counts a request. Beyond `methods` different ones, a new method is counted as [`OTHER_METHODS`]; says whether it could be named.
    pub(super) fn request(&mut self, method: &str, status: Option<u16>, methods: usize) -> bool {
        if let Some(statuses) = self.requests.get_mut(method) {
            *statuses.entry(status).or_default() += 1;
            return true;
        }
        let named = self.requests.len() < methods;
        let statuses = self.requests.entry(if named { method } else { OTHER_METHODS }.to_owned()).or_default();
        *statuses.entry(status).or_default() += 1;
        named
    }

    pub(super) fn callback(&mut self, outcome: Outcome) {
        *self.callbacks.entry(outcome).or_default() += 1;
    }

    /// All requests.
    pub fn requests_total(&self) -> u64 {
        self.requests.values().flat_map(BTreeMap::values).sum()
    }

    /// All callbacks.
    pub fn callbacks_total(&self) -> u64 {
        self.callbacks.values().sum()
    }
}

/// What stored HTTP belongs to that is no RVP; what a newer version may tell apart is `other`.
fn read_other_http<'de, D: Deserializer<'de>>(stored: D) -> Result<BTreeMap<&'static str, u64>, D::Error> {
    let mut known: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (name, count) in BTreeMap::<String, u64>::deserialize(stored)? {
        let sum = known.entry(OTHER_HTTP.into_iter().find(|other| *other == name).unwrap_or("other")).or_default();
        *sum = sum.saturating_add(count);
    }
    Ok(known)
}

#[cfg(test)]
mod tests;
