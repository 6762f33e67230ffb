//! What is remembered of each request that may be a poll, until the capture's end tells whether it was one.
//!
//! Of a request are kept: when it began and when its answer did, its session and connection, the status, a count of bytes, which signatures it
//! fits, and its packets. Of an answer's messages: a fingerprint and who sent it to whom. No text is kept.

use super::{LISTED, MessageFate, Wait, signature};
use crate::base::hashed::{Map, fingerprint};
use crate::base::origin::Packed;
use crate::base::time::{Span, Timestamp};
use crate::http::exchange::ExchangeEnd;
use crate::rvp::method::Method;
use crate::rvp::operation::{Content, Operation};
use crate::rvp::principal::Principal;
use crate::rvp::subscription::NotificationType;
use crate::session::directory::People;
use crate::session::model::{MessageKind, SessionId};
use crate::session::outline::{Half, Outline};
use crate::settings::{Settings, Signature};
use crate::tcp::event::FlowId;
use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A request that may be a poll.
#[derive(Clone, Debug)]
pub(in crate::session) struct Poll {
    /// Its first byte; the first request's, where it was asked for credentials.
    pub(in crate::session) at: Timestamp,
    pub(in crate::session) session: SessionId,
    pub(in crate::session) flow: FlowId,
    pub(in crate::session) status: Option<u16>,
    pub(in crate::session) brought: Brought,
    /// From the last byte of the request to the first of the answer.
    pub(in crate::session) held: Option<Span>,
    /// Whether what the answer brought could be read to its end, or it is certain that there was none.
    pub(in crate::session) clear: bool,
    /// Whether a missing answer is missing on the wire and not only in the capture.
    pub(in crate::session) visible: bool,
    /// HTTP requests: more than one if it was asked for credentials.
    pub(in crate::session) requests: u32,
    pub(in crate::session) bytes: u64,
    /// The signatures that it fits, each a bit.
    pub(in crate::session) fits: u32,
    pub(in crate::session) origin: Packed,
}

/// What a poll brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Brought {
    Nothing,
    Something,
    /// The answer was 400 or above, or there was none.
    Error,
}

/// Requests that may be polls of one cycle.
#[derive(Debug)]
pub(in crate::session) struct Group {
    pub(in crate::session) id: GroupId,
    pub(in crate::session) method: Method,
    pub(in crate::session) subscription: Option<Arc<str>>,
    pub(in crate::session) node: Principal,
    /// The form of its requests where the method serves something else, too; else 0.
    pub(in crate::session) shape: u64,
    /// Whether the method serves something else, too.
    pub(in crate::session) reused: bool,
    /// Whether a signature says that such a request serves nothing but polling.
    pub(in crate::session) only_polling: bool,
    pub(in crate::session) polls: SmallVec<[Poll; 1]>,
    pub(in crate::session) carrying: u64,
    /// Only few bring any.
    pub(in crate::session) tally: Option<Box<Tally>>,
}

/// What is known of messages that polls of a group brought.
#[derive(Debug, Default)]
pub(in crate::session) struct Tally {
    pub(in crate::session) messages: u64,
    /// How long the first of them waited.
    pub(in crate::session) waited: Vec<Span>,
    pub(in crate::session) slowest: Option<Wait>,
    pub(in crate::session) doubled: u64,
    pub(in crate::session) doubled_list: Vec<MessageFate>,
    pub(in crate::session) lost: u64,
    pub(in crate::session) lost_list: Vec<MessageFate>,
}

/// Waits of one group whose middle is known. Beyond it only the longest counts.
const WAITS: usize = 16_384;

impl Tally {
    /// A message waited.
    pub(in crate::session) fn wait(&mut self, wait: Wait) {
        if self.waited.len() < WAITS {
            self.waited.push(wait.waited);
        }
        if self.slowest.as_ref().is_none_or(|slowest| wait.waited > slowest.waited) {
            self.slowest = Some(wait);
        }
    }

    /// A message came more than once.
    pub(in crate::session) fn double(&mut self, fate: MessageFate) {
        self.doubled += 1;
        if self.doubled_list.len() < LISTED {
            self.doubled_list.push(fate);
        }
    }

    /// A message was lost.
    pub(in crate::session) fn lose(&mut self, fate: MessageFate) {
        self.lost += 1;
        if self.lost_list.len() < LISTED {
            self.lost_list.push(fate);
        }
    }

    /// Adds what another group's polls brought later.
    pub(in crate::session) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.waited.extend(other.waited);
        self.doubled += other.doubled;
        self.doubled_list.extend(other.doubled_list);
        self.doubled_list.truncate(LISTED);
        self.lost += other.lost;
        self.lost_list.extend(other.lost_list);
        self.lost_list.truncate(LISTED);
        if let Some(wait) = other.slowest
            && self.slowest.as_ref().is_none_or(|slowest| wait.waited > slowest.waited)
        {
            self.slowest = Some(wait);
        }
    }
}

impl Group {
    /// Whether it is certain already that this is polling.
    pub(in crate::session) fn is_certain(&self) -> bool {
        self.only_polling || (self.carrying > 0 && (!self.reused || self.polls.len() >= 2))
    }

    /// Whether nothing says that this is polling: the method serves something else, too, and no answer brought anything.
    fn is_idle(&self) -> bool {
        self.reused && self.carrying == 0 && !self.only_polling
    }

    /// When the last request began.
    fn last(&self) -> Timestamp {
        self.polls.last().map_or(Timestamp::MIN, |last| last.at)
    }
}

/// A group's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) struct GroupId(pub(in crate::session) usize);

/// A message that an answer brought.
#[derive(Clone, Debug)]
pub(in crate::session) struct Handed {
    /// The first byte of the answer.
    pub(in crate::session) at: Timestamp,
    /// To whom.
    pub(in crate::session) session: SessionId,
    /// The group of the request that it answers; `None` where that is not in the capture, or is no poll by its form.
    pub(in crate::session) group: Option<GroupId>,
    pub(in crate::session) from: Option<Principal>,
    pub(in crate::session) to: Option<Principal>,
    pub(in crate::session) kind: MessageKind,
    pub(in crate::session) conversation: Option<Arc<str>>,
    pub(in crate::session) fingerprint: u64,
    pub(in crate::session) origin: Packed,
    /// Which of the texts that are looked for its bytes hold.
    pub(in crate::session) hits: u64,
}

/// A fingerprint of what tells groups apart: the session, the method, the Subscription-Id, and the form of what is asked.
type Key = u64;

/// The session, the Subscription-Id that was ended, and when.
pub(in crate::session) type LogOff = (SessionId, Arc<str>, Timestamp);

/// All requests that may be polls.
#[derive(Debug)]
pub(in crate::session) struct Collection {
    pub(in crate::session) signatures: Vec<Signature>,
    places: Map<Key, GroupId>,
    /// In the order of their numbers.
    pub(in crate::session) groups: Vec<Group>,
    /// Methods that nobody knows and that turned out to be polling.
    pub(in crate::session) known: BTreeSet<String>,
    pub(in crate::session) handed: Vec<Handed>,
    /// Ends of subscriptions; some are log-offs.
    pub(in crate::session) log_offs: Vec<LogOff>,
    /// How many polls there are in the groups.
    count: usize,
    /// How many groups there ever were.
    numbered: usize,
}

impl Default for Collection {
    fn default() -> Self {
        Self {
            signatures: Settings::shipped().signatures,
            places: Map::default(),
            groups: Vec::new(),
            known: BTreeSet::new(),
            handed: Vec::new(),
            log_offs: Vec::new(),
            count: 0,
            numbered: 0,
        }
    }
}

impl Collection {
    /// Takes an ended request of `session`, unless it can't be a poll. `is_grant` says that it made a subscription, which is no poll unless it
    /// brings something; `earlier` is when the handshake that it ended began, and its requests.
    pub(in crate::session) fn take(
        &mut self,
        session: SessionId,
        (outline, operation): (&Outline, &Operation),
        (node, people): (&Principal, &People),
        is_grant: bool,
        (first, before): (Timestamp, u32),
    ) -> Option<GroupId> {
        let carries = signature::carries(&self.signatures, outline, operation);
        if !may_be_poll(operation) || (is_grant && !carries) {
            return None;
        }
        let poll = poll(session, outline, operation, (first, before), carries)?;
        self.count += 1;
        let reused = signature::has_another_purpose(&operation.method);
        let shape = if reused { shape(operation, node) } else { 0 };
        let key = fingerprint((session, operation.method.as_str(), &operation.subscription_id, shape));
        let (groups, numbered) = (&mut self.groups, &mut self.numbered);
        let id = *self.places.entry(key).or_insert_with(|| {
            let id = GroupId(*numbered);
            *numbered += 1;
            // There may be thousands: room for twice as many would be a waste.
            if groups.len() == groups.capacity() {
                groups.reserve_exact(groups.len() / 8 + 16);
            }
            groups.push(Group {
                id,
                method: operation.method.clone(),
                subscription: operation.subscription_id.clone(),
                node: people.shared(node),
                shape,
                reused,
                only_polling: false,
                polls: SmallVec::new(),
                carrying: 0,
                tally: None,
            });
            id
        });
        let only_polling = signature::named(&self.signatures, outline.fits).any(|signature| signature.only_polling);
        if let Some(group) = self.group_mut(id) {
            group.only_polling |= only_polling;
            group.carrying += u64::from(poll.brought == Brought::Something);
            group.polls.push(poll);
        }
        Some(id)
    }

    /// How many requests are held.
    pub(in crate::session) fn len(&self) -> usize {
        self.count
    }

    /// Takes the groups out whose last request began `until` then, and forgets the log-offs before it.
    pub(in crate::session) fn split_off(&mut self, until: Timestamp) -> Self {
        let groups = self.take_out(|group| group.last() <= until);
        self.log_offs.retain(|(.., at)| *at > until);
        Self { signatures: self.signatures.clone(), groups, known: std::mem::take(&mut self.known), ..Self::default() }
    }

    /// Of the groups that show no sign of polling forgets those whose last request began before that of most others, where these groups are
    /// `many` or more. Says whether they were.
    pub(in crate::session) fn forget_idle(&mut self, many: usize) -> bool {
        let mut times: Vec<Timestamp> = self.groups.iter().filter(|group| group.is_idle()).map(Group::last).collect();
        if times.len() < many.max(1) {
            return false;
        }
        let half = times.len() / 2;
        let until = *times.select_nth_unstable(half).1;
        self.take_out(|group| group.is_idle() && group.last() <= until);
        true
    }

    fn take_out(&mut self, goes: impl Fn(&Group) -> bool) -> Vec<Group> {
        let mut taken = Vec::with_capacity(self.groups.iter().filter(|group| goes(group)).count());
        taken.extend(self.groups.extract_if(.., |group| goes(group)));
        self.places.retain(|_, id| place(&self.groups, *id).is_some());
        self.count = self.groups.iter().map(|group| group.polls.len()).sum();
        taken
    }

    /// The tally of the group at `id`.
    pub(in crate::session) fn tally(&mut self, id: GroupId) -> Option<&mut Tally> {
        self.group_mut(id).map(|group| &mut **group.tally.get_or_insert_default())
    }

    /// The group at `id`.
    pub(in crate::session) fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(place(&self.groups, id)?)
    }

    fn group_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        let place = place(&self.groups, id)?;
        self.groups.get_mut(place)
    }
}

/// Where the group with that number stands.
fn place(groups: &[Group], id: GroupId) -> Option<usize> {
    groups.binary_search_by_key(&id, |group| group.id).ok()
}

/// A NOTIFY that sends something is none, nor is the end of a subscription, nor what was cut before its method.
fn may_be_poll(operation: &Operation) -> bool {
    match operation.method {
        Method::Unsubscribe => false,
        Method::Notify => !matches!(operation.request, Content::Notification(_) | Content::Unreadable),
        _ => operation.target_complete && !operation.method.as_str().is_empty(),
    }
}

/// The form of a request whose method serves something else, too: another node, another body is another purpose.
fn shape(operation: &Operation, node: &Principal) -> u64 {
    let subscribes = operation.subscription_id.is_none();
    let kind = operation.notification_type.as_ref().filter(|_| subscribes).map(NotificationType::as_str);
    let state = match &operation.request {
        Content::PropertyUpdate(Some(presence)) => Some(presence.state.as_str()),
        _ => None,
    };
    let calls_back = subscribes && operation.call_back.is_some();
    fingerprint((node.logical(), kind, calls_back, std::mem::discriminant(&operation.request), state))
}

fn poll(session: SessionId, outline: &Outline, operation: &Operation, (at, before): (Timestamp, u32), carries: bool) -> Option<Poll> {
    let request = outline.request.as_ref()?;
    let response = outline.response.as_ref();
    let brought = match operation.status {
        None | Some(400..) => Brought::Error,
        Some(_) if carries => Brought::Something,
        Some(_) => Brought::Nothing,
    };
    let hidden = matches!(outline.end, Some(ExchangeEnd::NotCaptured | ExchangeEnd::CaptureEnded) | None);
    let whole = response.is_some_and(|response| response.complete);
    Some(Poll {
        at,
        session,
        flow: outline.flow,
        status: operation.status,
        brought,
        held: response.map(|response| response.first.since(request.last)),
        clear: operation.response != Content::Unreadable && (whole || !hidden),
        visible: operation.status.is_some() || !hidden,
        requests: before.saturating_add(1),
        bytes: request.bytes() + response.map_or(0, Half::bytes),
        fits: outline.fits,
        origin: outline.origin.clone(),
    })
}
