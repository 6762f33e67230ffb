//! Every number from which a rule begins to speak, in one place, each with its unit and its reason. They judge; the ceilings that protect the
//! program are in [`crate::base::limits`].

use crate::base::time::Span;

/// The thresholds of the rules. Each rule takes those that it needs when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// A renewal that begins with less of the lease left than this is called late. Clients plan for more: the Exchange client renews about five
    /// minutes before the end (KB298421), librvp when less than two minutes are left, Net::RVP half a minute before. What comes this close
    /// would have missed the end if one packet had been lost (RFC 6298: the second repetition of a lost segment comes three seconds later).
    pub renewal_margin: Span,
    /// A lease that runs out is only called lapsed if nothing refreshed it for this long after its end. The lifetime counts at the server,
    /// between the request and its answer, and clocks and capture times differ by a little.
    pub lapse_grace: Span,
    /// 401 answers to one request that an NTLM handshake needs: the offer, and the challenge to the first message. More means that the
    /// credentials are not accepted.
    pub ntlm_challenges: u32,
    /// 401 answers to one request that Digest and Basic need: the offer.
    pub digest_challenges: u32,
    /// Times in a row that one client is redirected by one server to the same home server before that is called a detour. A client that logs
    /// on asks a handful of things at once and cannot know better yet.
    pub redirects: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            renewal_margin: Span::from_secs(10),
            lapse_grace: Span::from_secs(2),
            ntlm_challenges: 2,
            digest_challenges: 1,
            redirects: 4,
        }
    }
}
