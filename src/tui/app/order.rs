//! How the sessions are sorted: by any column.

use super::App;
use crate::tui::loaded::Row;
use std::cmp::Ordering;

/// A column of the list of sessions.
#[derive(Debug)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// Its width; 0 takes what is left.
    pub width: usize,
    /// Whether its cells stand at the right.
    pub right: bool,
    /// How two sessions stand to each other by it; where one looks for the worst, the worst comes first.
    pub compare: fn(&Row, &Row) -> Ordering,
}

/// The columns.
pub static COLUMNS: &[Column] = &[
    Column { name: "#", width: 5, right: true, compare: |one, other| one.id.cmp(&other.id) },
    Column { name: "Principal", width: 0, right: false, compare: |one, other| one.who.cmp(&other.who) },
    Column { name: "Client", width: 15, right: false, compare: |one, other| one.client.cmp(&other.client) },
    Column { name: "Server", width: 18, right: false, compare: |one, other| one.server.cmp(&other.server) },
    Column { name: "From", width: 8, right: false, compare: |one, other| one.first.cmp(&other.first) },
    Column { name: "To", width: 8, right: false, compare: |one, other| one.last.cmp(&other.last) },
    Column { name: "Msgs", width: 5, right: true, compare: |one, other| other.messages.cmp(&one.messages) },
    Column { name: "Reached", width: 8, right: true, compare: |one, other| other.reached.cmp(&one.reached) },
    Column { name: "Failed", width: 7, right: true, compare: |one, other| other.failed.cmp(&one.failed) },
    Column { name: "Polls", width: 6, right: true, compare: |one, other| other.polls.cmp(&one.polls) },
    Column { name: "Found", width: 7, right: false, compare: |one, other| other.worst.cmp(&one.worst) },
];

/// By which column, and whether the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// A place in [`COLUMNS`].
    pub column: usize,
    /// Whether the last comes first.
    pub reversed: bool,
}

impl App {
    /// Puts the sessions that are shown into their order. Who is selected stays selected.
    pub(super) fn sort_sessions(&mut self) {
        let Some(loaded) = self.analyses.get(self.current) else { return };
        let selected = self.sorted.get(self.sessions.selected).and_then(|place| loaded.rows.get(*place)).map(|row| row.id);
        let mut sorted: Vec<usize> = (0..loaded.rows.len()).collect();
        if let Some(filter) = &self.filter
            && loaded.analysis.is_some()
        {
            let passing: std::collections::BTreeSet<_> =
                self.shown.iter().filter_map(|place| loaded.events.get(*place)?.session).chain(self.passing_sessions(filter)).collect();
            sorted.retain(|place| loaded.rows.get(*place).is_some_and(|row| passing.contains(&row.id)));
        }
        if let Some(column) = COLUMNS.get(self.order.column) {
            let row = |place: &usize| loaded.rows.get(*place);
            sorted.sort_by(|one, other| match (row(one), row(other)) {
                (Some(one), Some(other)) if self.order.reversed => (column.compare)(other, one).then(one.id.cmp(&other.id)),
                (Some(one), Some(other)) => (column.compare)(one, other).then(one.id.cmp(&other.id)),
                _ => Ordering::Equal,
            });
        }
        if let Some(id) = selected
            && let Some(place) = sorted.iter().position(|place| loaded.rows.get(*place).is_some_and(|row| row.id == id))
        {
            self.sessions.selected = place;
        }
        self.sorted = sorted;
    }
}
