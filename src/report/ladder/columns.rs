//! Whose column an event begins and ends at, and where the columns stand.

use super::Column;
use crate::base::text::shortened;
use crate::rvp::principal::Principal;
use crate::session::event::{Event, EventKind};
use crate::session::model::{Session, SessionId};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Names of columns are cut to so many characters.
const NAME: usize = 32;

/// ... and where a whole URL stands for one, to so many.
const URL: usize = 64;

/// So many addresses of a column are told.
const ADDRESSES: usize = 4;

/// Who a column is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Person(Principal),
    Client(IpAddr),
    Server(IpAddr),
}

/// The columns that an event touches, by their numbers in the order of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// From the first to the second.
    Both(usize, usize),
    /// A polling cycle of a client at a server.
    Cycle(usize, Option<usize>),
    /// One alone.
    One(usize),
    /// Nobody that is known.
    Nobody,
}

/// The columns in the order of their appearance.
#[derive(Debug)]
pub(super) struct Columns<'s> {
    sessions: &'s BTreeMap<SessionId, &'s Session>,
    /// Who is at each client's address; `None` where several are.
    residents: BTreeMap<IpAddr, Option<Who>>,
    numbers: BTreeMap<Who, usize>,
    list: Vec<Seen>,
}

/// A column as it became known.
#[derive(Debug)]
struct Seen {
    who: Who,
    addresses: Vec<IpAddr>,
    /// The server that a client spoke with first.
    home: Option<usize>,
}

impl<'s> Columns<'s> {
    pub(super) fn new(sessions: &'s BTreeMap<SessionId, &'s Session>) -> Self {
        let mut residents = BTreeMap::new();
        for session in sessions.values() {
            let who = client(session);
            let resident = residents.entry(session.client).or_insert_with(|| Some(who.clone()));
            resident.take_if(|known| *known != who);
        }
        Self { sessions, residents, numbers: BTreeMap::new(), list: Vec::new() }
    }

    /// The columns of `event`, which are new if they were not there before.
    pub(super) fn take(&mut self, event: &Event) -> Ends {
        let detail = &event.detail;
        let session = event.session.and_then(|id| self.sessions.get(&id).copied());
        let server = detail.server.or_else(|| session?.server).map(|server| server.ip);
        match event.kind {
            EventKind::ServerToServer => {
                let asker = detail.client.map(|asker| self.number(Who::Server(asker.ip), asker.ip));
                let answerer = server.map(|ip| self.number(Who::Server(ip), ip));
                match (asker, answerer) {
                    (Some(asker), Some(answerer)) => Ends::Both(asker, answerer),
                    (one, other) => one.or(other).map_or_else(|| self.alone(event, session), Ends::One),
                }
            }
            EventKind::FileTransfer => match (detail.client, detail.server) {
                (Some(one), Some(other)) => Ends::Both(self.at(one.ip), self.at(other.ip)),
                _ => self.alone(event, session),
            },
            EventKind::Expiry => self.alone(event, session),
            _ => {
                let client = match (session, detail.client) {
                    (Some(session), at) => self.number(client(session), at.map_or(session.client, |at| at.ip)),
                    (None, Some(at)) => self.at(at.ip),
                    (None, None) => return self.alone(event, session),
                };
                let server = server.map(|ip| self.number(Who::Server(ip), ip));
                if let (Some(seen), Some(server)) = (self.list.get_mut(client), server) {
                    seen.home.get_or_insert(server);
                }
                match (event.kind, server) {
                    // A cycle as a whole has no connection of its own.
                    (EventKind::Poll, server) if detail.client.is_none() => Ends::Cycle(client, server),
                    (EventKind::Callback, Some(server)) => Ends::Both(server, client),
                    (_, Some(server)) => Ends::Both(client, server),
                    (_, None) => Ends::One(client),
                }
            }
        }
    }

    /// The column of a session, if it has one.
    pub(super) fn of_session(&self, session: &Session) -> Option<usize> {
        self.numbers.get(&client(session)).copied()
    }

    /// Where each column stands, of which at most `most` are shown: clients beside the server that they spoke with first, so that arrows are short;
    /// else in the order of appearance.
    pub(super) fn places(&self, most: usize) -> Vec<Option<usize>> {
        let shown = || self.list.iter().enumerate().take(most);
        let servers: Vec<usize> = shown().filter(|(_, seen)| seen.is_server()).map(|(number, _)| number).collect();
        let is_shown = |server: &usize| servers.contains(server);
        let mut order = Vec::new();
        for (turn, server) in servers.iter().enumerate() {
            let (is_first, is_last) = (turn == 0, turn + 1 == servers.len());
            let at_home = |seen: &Seen| seen.home.filter(is_shown).map_or(is_first, |home| home == *server);
            let clients = shown().filter(|(_, seen)| !seen.is_server() && at_home(seen)).map(|(number, _)| number);
            // Of several servers the outer ones have their clients outside.
            let (mut left, mut right) = (Vec::new(), Vec::new());
            for (turn, client) in clients.enumerate() {
                let goes_left = if is_first == is_last { turn % 2 == 0 } else { is_first };
                if goes_left { left.push(client) } else { right.push(client) }
            }
            order.extend(left);
            order.push(*server);
            order.extend(right);
        }
        if servers.is_empty() {
            order.extend(shown().map(|(number, _)| number));
        }
        let mut places = vec![None; self.list.len()];
        for (place, number) in order.into_iter().enumerate() {
            if let Some(slot) = places.get_mut(number) {
                *slot = Some(place);
            }
        }
        places
    }

    /// The columns that are shown, from left to right.
    pub(super) fn into_columns(self, places: &[Option<usize>]) -> Vec<Column> {
        let mut users: BTreeMap<&str, usize> = BTreeMap::new();
        for user in self.list.iter().filter_map(Seen::user) {
            *users.entry(user).or_default() += 1;
        }
        let is_alone = |seen: &Seen| seen.user().is_none_or(|user| users.get(user) == Some(&1));
        let mut columns: Vec<(usize, Column)> =
            self.list.iter().zip(places).filter_map(|(seen, place)| Some(((*place)?, seen.column(is_alone(seen))))).collect();
        columns.sort_unstable_by_key(|(place, _)| *place);
        columns.into_iter().map(|(_, column)| column).collect()
    }

    /// Whoever is at a client's address.
    fn at(&mut self, ip: IpAddr) -> usize {
        let resident = self.residents.get(&ip).cloned().flatten();
        self.number(resident.unwrap_or(Who::Client(ip)), ip)
    }

    /// The column of an event without a direction.
    fn alone(&mut self, event: &Event, session: Option<&Session>) -> Ends {
        let number = match (session, event.detail.client.or(event.detail.server)) {
            (Some(session), _) => self.number(client(session), session.client),
            (None, Some(at)) => self.at(at.ip),
            (None, None) => return Ends::Nobody,
        };
        Ends::One(number)
    }

    fn number(&mut self, who: Who, ip: IpAddr) -> usize {
        let number = *self.numbers.entry(who.clone()).or_insert(self.list.len());
        if number == self.list.len() {
            self.list.push(Seen { who, addresses: Vec::new(), home: None });
        }
        if let Some(seen) = self.list.get_mut(number)
            && !seen.addresses.contains(&ip)
            && seen.addresses.len() < ADDRESSES
        {
            seen.addresses.push(ip);
        }
        number
    }
}

impl Seen {
    const fn is_server(&self) -> bool {
        matches!(self.who, Who::Server(_))
    }

    /// The user's name, if it has one.
    fn user(&self) -> Option<&str> {
        match &self.who {
            Who::Person(principal) => principal.user(),
            Who::Client(_) | Who::Server(_) => None,
        }
    }

    /// What is told of it; `is_alone` says that no other has its name.
    fn column(&self, is_alone: bool) -> Column {
        let name = match &self.who {
            Who::Person(principal) if is_alone => shortened(principal.user().unwrap_or_else(|| principal.as_str()), NAME),
            // Of users of the same name in two domains the whole URL tells which is meant.
            Who::Person(principal) => shortened(principal.as_str(), URL),
            Who::Client(ip) => ip.to_string(),
            Who::Server(ip) => format!("server {ip}"),
        };
        let addresses = match self.who {
            Who::Person(_) => self.addresses.iter().map(IpAddr::to_string).collect(),
            // The name is the address.
            Who::Client(_) | Who::Server(_) => Vec::new(),
        };
        Column { name, addresses, server: self.is_server() }
    }
}

/// Whose column a session belongs to.
fn client(session: &Session) -> Who {
    session.principal.as_ref().map_or(Who::Client(session.client), |principal| Who::Person(principal.logical().clone()))
}
