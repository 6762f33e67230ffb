//! Which events are shown: those of the sessions one looks at, that the filter wants; and the ladder around the selected one.

use super::App;
use crate::filter::{Filter, Record, Subject};
use crate::report::ladder::Ladder;
use crate::session::event::Event;
use crate::session::model::SessionId;

/// Events that one ladder is made of. More would not be looked at together, and columns of all of a long capture fit on no screen.
const PART: usize = 500;

impl App {
    /// Takes further events.
    pub(super) fn more_events(&mut self, events: Vec<Event>, digits: u8) {
        let last = self.analyses.len().saturating_sub(1);
        let Some(loaded) = self.analyses.get_mut(last) else { return };
        let before = loaded.events.len();
        loaded.take(events, digits);
        if last != self.current {
            return;
        }
        // In order, only what came is looked at.
        if self.analyses.get_mut(last).is_some_and(super::Loaded::sort) {
            self.refresh();
        } else {
            let more = self.passing(before);
            self.shown.extend(more);
            self.sort_sessions();
            self.keep();
        }
    }

    /// Looks at everything anew: the analysis, the filter or the sessions are others. What is selected stays selected, if it is still shown.
    pub(super) fn refresh(&mut self) {
        let selected = self.event().map(|event| event.id);
        if let Some(loaded) = self.analyses.get_mut(self.current) {
            loaded.sort();
        }
        self.shown = self.passing(0);
        self.select(selected);
        self.sort_sessions();
        self.keep();
    }

    /// Selects the event with that number, if it is shown.
    pub(super) fn select(&mut self, id: Option<u64>) {
        let Some(loaded) = self.analyses.get(self.current) else { return };
        let place = self.shown.iter().position(|place| loaded.events.get(*place).map(|event| event.id) == id);
        self.events.selected = place.unwrap_or(self.events.selected).min(self.shown.len().saturating_sub(1));
    }

    /// Shows only these sessions; all if there are none.
    pub(super) fn show_only(&mut self, only: impl IntoIterator<Item = SessionId>) {
        self.only = only.into_iter().collect();
        self.refresh();
    }

    /// The places of the events from `first` on that are to be shown.
    fn passing(&self, first: usize) -> Vec<usize> {
        let Some(loaded) = self.loaded() else { return Vec::new() };
        let of_sessions = |event: &Event| self.only.is_empty() || event.session.is_some_and(|id| self.only.contains(&id));
        let wanted = |event: &Event| {
            self.filter.as_ref().is_none_or(|filter| {
                let session = event.session.and_then(|id| loaded.session(id));
                filter.matches(&Subject { record: Record::Event(event), session })
            })
        };
        let events = loaded.events.iter().enumerate().skip(first);
        events.filter(|(_, event)| of_sessions(event) && wanted(event)).map(|(place, _)| place).collect()
    }

    /// Sessions that pass a filter themselves.
    pub(super) fn passing_sessions(&self, filter: &Filter) -> Vec<SessionId> {
        let sessions = self.loaded().and_then(|loaded| loaded.analysis.as_ref()).map_or(&[][..], |analysis| &analysis.sessions);
        let passes = |session: &&_| filter.matches(&Subject { record: Record::Session(session), session: None });
        sessions.iter().filter(passes).map(|session| session.id).collect()
    }

    /// What is shown of all there is, as a filter: the sessions and the filter. `None` if all is.
    pub fn selection(&self) -> Option<Filter> {
        let ids: Vec<String> = self.only.iter().map(|id| id.0.to_string()).collect();
        let sessions = (!ids.is_empty()).then(|| format!("session in {{{}}}", ids.join(", ")));
        let filter = self.filter.as_ref().map(|filter| format!("({})", filter.expression()));
        let all: Vec<String> = sessions.into_iter().chain(filter).collect();
        if all.is_empty() { None } else { Filter::parse(&all.join(" and ")).ok() }
    }

    /// Keeps all that is selected within its list and on the screen, and the ladder around the selected event.
    pub(super) fn keep(&mut self) {
        let page = self.areas().page(self);
        self.sessions.keep(self.sorted.len(), page);
        self.events.keep(self.shown.len(), page);
        let (findings, polls) = (self.finding_count(), self.cycle_count());
        self.findings.keep(findings, page);
        self.polls.keep(polls, page);
        if self.as_ladder {
            self.draw_ladder();
        }
    }

    fn draw_ladder(&mut self) {
        let Some(loaded) = self.analyses.get(self.current) else { return };
        let first = self.events.selected / PART * PART;
        let sessions = loaded.analysis.as_ref().map_or(&[][..], |analysis| &analysis.sessions);
        let events = self.shown.iter().skip(first).take(PART).filter_map(|place| loaded.events.get(*place));
        self.ladder = (first, Ladder::new(sessions, events, PART));
    }

    /// How many verdicts and findings there are.
    pub fn finding_count(&self) -> usize {
        self.loaded().and_then(|loaded| loaded.analysis.as_ref()).map_or(0, |analysis| analysis.verdicts.len() + analysis.findings.len())
    }

    /// How many polling-like cycles there are.
    pub fn cycle_count(&self) -> usize {
        self.cycles().count()
    }

    /// The cycles, with their sessions.
    pub fn cycles(&self) -> impl Iterator<Item = (SessionId, &crate::session::polling::PollCycle)> {
        let sessions = self.loaded().and_then(|loaded| loaded.analysis.as_ref()).map_or(&[][..], |analysis| &analysis.sessions);
        sessions.iter().flat_map(|session| session.polling.iter().map(|cycle| (session.id, cycle)))
    }
}
