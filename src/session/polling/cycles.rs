//! From requests to cycles: which of them are polls, and what a cycle's requests say about it.

use super::beats::{self, Rhythm, bursts};
use super::collect::{Brought, Collection, Group, GroupId, Poll, Tally};
use super::{BEHAVIOUR, Burst, Confidence, FailedCallback, FailedPoll, LISTED, MissedBeats, PollCycle, signature};
use crate::base::origin::Origin;
use crate::base::time::{Span, Timestamp};
use crate::rvp::principal::Principal;
use crate::session::callback::Outcome;
use crate::session::directory::Sessions;
use crate::session::model::{Session, SessionId};
use crate::session::past::Failed;
use crate::settings::Signature;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Of so many polls, and of the last, a cycle or a burst cites the packets.
const CITED: usize = 7;

/// Who polls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) enum Poller {
    /// Somebody at that address.
    At(IpAddr),
    /// A logical principal.
    Is(Principal),
}

impl Poller {
    /// The principal, if it is known.
    pub(in crate::session) const fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Is(principal) => Some(principal),
            Self::At(_) => None,
        }
    }
}

/// An answer that was held for so long was held on purpose.
const LONG: Span = Span::from_secs(1);

/// A cycle with its requests.
#[derive(Debug)]
pub(in crate::session) struct Found {
    pub(in crate::session) poller: Poller,
    /// Where the cycle is told: the session of its first poll.
    pub(in crate::session) session: SessionId,
    /// Its polls in the order of time.
    pub(in crate::session) polls: Vec<Poll>,
    /// Whether two clients poll under one name: each gets what it gets.
    pub(in crate::session) several_clients: bool,
    pub(in crate::session) cycle: PollCycle,
    pub(in crate::session) tally: Tally,
}

/// Requests of one poller by one method with one Subscription-Id.
#[derive(Default)]
struct Candidate {
    node: String,
    certain: bool,
    reused: bool,
    polls: Vec<Poll>,
    groups: Vec<GroupId>,
    tally: Tally,
}

/// The cycles in the order in which they began, and which of them each group of requests is part of.
pub(in crate::session) fn find(collection: &mut Collection, sessions: Sessions<'_>) -> (Vec<Found>, BTreeMap<GroupId, usize>) {
    let signatures = std::mem::take(&mut collection.signatures);
    let mut candidates: BTreeMap<(Poller, String, Option<Arc<str>>), Candidate> = BTreeMap::new();
    let reused = reused_forms(&collection.groups, sessions);
    for group in &mut collection.groups {
        if group.reused && reused.is_empty() {
            continue;
        }
        let Some(poller) = poller(group, sessions) else { continue };
        let certain = if group.reused { reused.contains(&form(&poller, group)) } else { group.is_certain() };
        if group.reused && !certain {
            continue;
        }
        let candidate = candidates.entry((poller, group.method.as_str().to_owned(), group.subscription.clone())).or_default();
        if candidate.polls.is_empty() {
            group.node.as_str().clone_into(&mut candidate.node);
        }
        candidate.certain |= certain;
        candidate.reused = group.reused;
        candidate.polls.extend(group.polls.drain(..));
        if let Some(tally) = group.tally.take() {
            candidate.tally.add(*tally);
        }
        candidate.groups.push(group.id);
    }
    let certain = |candidate: &Candidate| candidate.certain || (!candidate.reused && keeps_time(candidate, sessions));
    for candidate in candidates.values_mut() {
        candidate.polls.sort_by_key(|poll| (poll.at, poll.origin.first()));
        candidate.certain = certain(candidate);
    }
    // A method that nobody knows and that is polling once is polling always.
    let of_its_own = candidates.iter().filter(|(_, candidate)| candidate.certain && !candidate.reused);
    collection.known.extend(of_its_own.map(|((_, method, _), _)| method.clone()));
    let mut failures = Failures::new(sessions);
    let mut found = Vec::new();
    for ((poller, method, subscription), candidate) in candidates {
        if !candidate.certain && (candidate.reused || !collection.known.contains(&method)) {
            continue;
        }
        let groups = candidate.groups.clone();
        if let Some(one) = describe(poller, method, subscription, candidate, &signatures, &mut failures) {
            found.push((one, groups));
        }
    }
    found.sort_by_key(|(found, _)| (found.cycle.first, found.session));
    let mut places = BTreeMap::new();
    for (place, (_, groups)) in found.iter().enumerate() {
        places.extend(groups.iter().map(|group| (*group, place)));
    }
    collection.signatures = signatures;
    (found.into_iter().map(|(found, _)| found).collect(), places)
}

/// Requests of one form: a reused method may serve several purposes.
type Form = (Poller, String, Option<Arc<str>>, u64);

fn form(poller: &Poller, group: &Group) -> Form {
    (poller.clone(), group.method.as_str().to_owned(), group.subscription.clone(), group.shape)
}

/// The forms of reused methods that are polling: several requests, and an answer brought something. The poller's address may have changed.
fn reused_forms(groups: &[Group], sessions: Sessions<'_>) -> BTreeSet<Form> {
    let mut counts: BTreeMap<Form, (usize, u64, bool)> = BTreeMap::new();
    // Mostly there are none.
    if !groups.iter().any(|group| group.reused && (group.carrying > 0 || group.only_polling)) {
        return BTreeSet::new();
    }
    for group in groups.iter().filter(|group| group.reused) {
        let Some(poller) = poller(group, sessions) else { continue };
        let (polls, carrying, only) = counts.entry(form(&poller, group)).or_default();
        *polls += group.polls.len();
        *carrying += group.carrying;
        *only |= group.only_polling;
    }
    counts.into_iter().filter(|(_, (polls, carrying, only))| *only || (*carrying > 0 && *polls >= 2)).map(|(form, _)| form).collect()
}

/// Whose requests they are: as the session says, else the owner of the node that is asked.
pub(in crate::session) fn poller(group: &Group, sessions: Sessions<'_>) -> Option<Poller> {
    let session = sessions.get(group.polls.first()?.session)?;
    let of_node = || Some(&group.node).filter(|node| node.user().is_some());
    let principal = session.principal.as_ref().or_else(of_node);
    Some(match principal {
        Some(principal) => Poller::Is(principal.logical().clone()),
        None => Poller::At(session.client),
    })
}

/// Whether requests that never bring anything are polling by their rhythm alone. A client that callbacks reach meanwhile only shows that it
/// lives.
fn keeps_time(candidate: &Candidate, sessions: Sessions<'_>) -> bool {
    let times: Vec<Timestamp> = candidate.polls.iter().map(|poll| poll.at).collect();
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return false };
    if !Rhythm::of(&times).is_steady(&times) {
        return false;
    }
    let of_poller: BTreeSet<SessionId> = candidate.polls.iter().map(|poll| poll.session).collect();
    let reached = of_poller
        .iter()
        .filter_map(|id| sessions.get(*id))
        .flat_map(|session| &session.callbacks)
        .any(|callback| callback.outcome == Outcome::Delivered && callback.at >= *first && callback.at <= *last);
    !reached
}

fn describe(
    poller: Poller,
    method: String,
    subscription: Option<Arc<str>>,
    candidate: Candidate,
    signatures: &[Signature],
    failures: &mut Failures<'_>,
) -> Option<Found> {
    let polls = candidate.polls;
    let (first, last) = (polls.first()?, polls.last()?);
    let session = first.session;
    let times: Vec<Timestamp> = polls.iter().map(|poll| poll.at).collect();
    let rhythm = Rhythm::of(&times);
    let count = |brought: Brought| polls.iter().filter(|poll| poll.brought == brought).count() as u64;
    let carrying = count(Brought::Something);
    let failed = polls.iter().filter(|poll| poll.brought == Brought::Error);
    let missed_at: Vec<MissedBeats> = polls.iter().zip(polls.iter().skip(1)).filter_map(|(one, next)| missed(one, next, rhythm)).collect();
    let burst_list: Vec<Burst> = bursts(&times, rhythm).into_iter().filter_map(|(from, to)| burst(polls.get(from..=to)?)).collect();
    let long = || polls.iter().filter_map(|poll| poll.held).filter(|held| *held >= LONG);
    let flows: BTreeSet<_> = polls.iter().map(|poll| poll.flow).collect();
    let pollers: BTreeSet<SessionId> = polls.iter().map(|poll| poll.session).collect();
    let switches = polls.iter().zip(polls.iter().skip(1)).filter(|(one, next)| one.session != next.session).count();
    let (failed_callbacks, failed_callback_list) = failures.before(&poller, first.at, &pollers);
    let cycle = PollCycle {
        signature: signature_of(&polls, signatures),
        confidence: if carrying > 0 { Confidence::Likely } else { Confidence::Possible },
        method,
        subscription,
        node: candidate.node,
        first: first.at,
        last: last.at,
        polls: polls.len() as u64,
        period: rhythm.period,
        jitter: rhythm.jitter,
        missed: missed_at.iter().map(|missed| missed.beats).sum(),
        missed_at: missed_at.into_iter().take(LISTED).collect(),
        bursts: burst_list.len() as u64,
        burst_list: burst_list.into_iter().take(LISTED).collect(),
        empty: count(Brought::Nothing),
        carrying,
        errors: count(Brought::Error),
        not_visible: failed.clone().filter(|poll| !poll.visible).count() as u64,
        failed: failed.take(LISTED).map(error).collect(),
        long_polls: long().count() as u64,
        held: beats::spread(long()),
        waited: None,
        slowest: None,
        messages: 0,
        lost: 0,
        lost_list: Vec::new(),
        doubled: 0,
        doubled_list: Vec::new(),
        requests: polls.iter().map(|poll| u64::from(poll.requests)).sum(),
        bytes: polls.iter().map(|poll| poll.bytes).sum(),
        connections: flows.len() as u64,
        failed_callbacks,
        failed_callback_list,
        origin: packets(&polls),
    };
    let several_clients = switches >= pollers.len();
    Some(Found { poller, session, polls, several_clients, cycle, tally: candidate.tally })
}

/// The signature that all requests and answers fit.
fn signature_of(polls: &[Poll], signatures: &[Signature]) -> String {
    let fits = polls.iter().fold(u32::MAX, |fits, poll| fits & poll.fits);
    let answered = |allowed: &[u16]| {
        allowed.is_empty()
            || polls.iter().filter_map(|poll| poll.status).filter(|status| *status < 400).all(|status| allowed.contains(&status))
    };
    let name = signature::named(signatures, fits).find(|signature| answered(&signature.answers));
    name.map_or_else(|| BEHAVIOUR.to_owned(), |signature| signature.name.clone())
}

fn missed(one: &Poll, next: &Poll, rhythm: Rhythm) -> Option<MissedBeats> {
    let interval = next.at.since(one.at);
    let beats = rhythm.missed(interval);
    let held = one.held.is_some_and(|held| held.nanos() >= interval.nanos() / 2);
    if beats == 0 {
        return None;
    }
    let mut origin = one.origin.unpack();
    origin.unite(&next.origin);
    Some(MissedBeats { after: one.at, until: next.at, beats, held, origin })
}

fn burst(polls: &[Poll]) -> Option<Burst> {
    Some(Burst { at: polls.first()?.at, polls: polls.len() as u64, origin: packets(polls) })
}

fn error(poll: &Poll) -> FailedPoll {
    FailedPoll { at: poll.at, status: poll.status, visible: poll.visible, origin: poll.origin.unpack() }
}

/// The packets of the first few polls and of the last: those of all would be most of the capture.
fn packets(polls: &[Poll]) -> Origin {
    let mut origin = Origin::default();
    for poll in polls.iter().take(CITED).chain(polls.last()) {
        origin.unite(&poll.origin);
    }
    origin
}

/// Failed callbacks by whom they were for.
struct Failures<'s> {
    sessions: Sessions<'s>,
    /// Those of the sessions that were asked for last, in the order of time: the cycles of one poller stand together.
    last: (BTreeSet<SessionId>, Vec<Cow<'s, Failed>>),
}

impl<'s> Failures<'s> {
    fn new(sessions: Sessions<'s>) -> Self {
        Self { sessions, last: Default::default() }
    }

    /// The callbacks to the poller that failed before `first`: those to its `own` sessions and to the principal, wherever it listened.
    fn before(&mut self, poller: &Poller, first: Timestamp, own: &BTreeSet<SessionId>) -> (u64, Vec<FailedCallback>) {
        let everywhere = poller.principal().map_or(&[][..], |principal| self.sessions.people.sessions(principal));
        let ids: BTreeSet<SessionId> = own.iter().chain(everywhere).copied().collect();
        if self.last.0 != ids {
            let mut all: Vec<Cow<'_, Failed>> = ids.iter().filter_map(|id| self.sessions.get(*id)).flat_map(Session::failed).collect();
            all.sort_by_key(|callback| callback.at);
            self.last = (ids, all);
        }
        let all = &self.last.1;
        let before = all.partition_point(|callback| callback.at < first);
        let list = all.iter().take(before.min(LISTED)).map(|callback| FailedCallback {
            at: callback.at,
            target: callback.target,
            outcome: callback.outcome,
            origin: callback.origin.unpack(),
        });
        (before as u64, list.collect())
    }
}
