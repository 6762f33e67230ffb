//! Every number from which a rule begins to speak, in one place, each with its unit and its reason. They judge; the ceilings that protect the
//! program are in [`crate::base::limits`].

use crate::base::time::Span;
use crate::settings::ThresholdSettings;

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
    /// How long after a 401 the capture must go on before it is said that nothing followed. librvp waits 30 s for anything; whoever asks the user
    /// for a password takes longer, and is found again by the credentials that then come.
    pub challenge_wait: Span,
    /// How often the same detour must be seen, the client knowing better, before it is called one. Twice is what it takes to be a habit.
    pub redirects: u32,
    /// How long after one redirect the next may come in one and the same circle. Clients follow at once; what comes later is another request,
    /// which may be sent back because the user was moved.
    pub redirect_step: Span,
    /// A callback, or the answer to a message, that takes this long is called slow. The sender's client waits for it (draft-osborne-rvp-00,
    /// section 5.6: with RVP-Ack-Type DeepOr the answer waits for the recipient), and a person who has pressed Enter notices five seconds. A
    /// healthy callback takes milliseconds.
    pub slow_delivery: Span,
    /// How long after the answer to a message its callback may begin before it is said that there was none. Servers call back before they answer
    /// (DeepOr) or at once; this is long enough for a busy one, and far shorter than what a sender waits for a reply.
    pub callback_due: Span,
    /// How near to a message the capture must show an exchange between the recipient and its server, so that a callback, had there been one,
    /// would be in the capture. A client that is online refreshes its presence at least once in 20 minutes (draft-osborne-rvp-00, section
    /// 5.5.2, and KB297041).
    pub path_seen: Span,
    /// Attempts in a row at one address for one message from which on they are called repeated. Two may be for two things.
    pub callback_tries: u32,
    /// Polls from which on their cost is worth a word: fewer cost nothing that anybody would notice.
    pub idle_polls: u64,
    /// Polls for each message from which on they are said to bring little. In the recordings of polling-like clients that chat there are four to
    /// seven for a message.
    pub polls_per_message: u64,
}

impl Thresholds {
    /// The thresholds with what a user set.
    #[must_use]
    pub fn with(mut self, set: &ThresholdSettings) -> Self {
        let seconds = |value: f64| Span::from_nanos((value.max(0.0) * 1e9) as i64);
        for (threshold, value) in [
            (&mut self.renewal_margin, set.renewal_margin_s),
            (&mut self.lapse_grace, set.lapse_grace_s),
            (&mut self.challenge_wait, set.challenge_wait_s),
            (&mut self.redirect_step, set.redirect_step_s),
            (&mut self.slow_delivery, set.slow_delivery_s),
            (&mut self.callback_due, set.callback_due_s),
            (&mut self.path_seen, set.path_seen_s),
        ] {
            *threshold = value.map_or(*threshold, seconds);
        }
        for (threshold, value) in [
            (&mut self.ntlm_challenges, set.ntlm_challenges),
            (&mut self.digest_challenges, set.digest_challenges),
            (&mut self.redirects, set.redirects),
            (&mut self.callback_tries, set.callback_tries),
        ] {
            *threshold = value.unwrap_or(*threshold);
        }
        self.idle_polls = set.idle_polls.unwrap_or(self.idle_polls);
        self.polls_per_message = set.polls_per_message.unwrap_or(self.polls_per_message);
        self
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            renewal_margin: Span::from_secs(10),
            lapse_grace: Span::from_secs(2),
            ntlm_challenges: 2,
            digest_challenges: 1,
            challenge_wait: Span::from_secs(30),
            redirects: 2,
            redirect_step: Span::from_secs(30),
            slow_delivery: Span::from_secs(5),
            callback_due: Span::from_secs(5),
            path_seen: Span::from_secs(1200),
            callback_tries: 3,
            idle_polls: 20,
            polls_per_message: 10,
        }
    }
}
