//! What of a whole analysis passes a filter. What does not is counted.

use super::{Filter, Record, Subject};
use crate::analysis::{Analysis, Selected};
use crate::session::event::Event;
use crate::session::model::{Session, SessionId};
use std::collections::BTreeSet;

/// Narrows an analysis down to what passes.
///
/// An event passes by itself; a session, if it passes itself or anything of it does. The sums of the analysis stay those of the whole capture.
#[derive(Debug)]
pub struct Selection<'f> {
    filter: &'f Filter,
    /// Sessions of which something passed.
    sessions: BTreeSet<SessionId>,
    told: Selected,
}

impl<'f> Selection<'f> {
    /// Nothing has passed yet.
    pub fn new(filter: &'f Filter) -> Self {
        Self { filter, sessions: BTreeSet::new(), told: Selected { expression: filter.to_string(), ..Selected::default() } }
    }

    /// What it goes by.
    pub(super) const fn filter(&self) -> &Filter {
        self.filter
    }

    /// Takes note that an event has passed.
    pub fn passed(&mut self, event: &Event) {
        self.sessions.extend(event.session);
    }

    /// Those of `events` that pass, given the sessions as they are known in the end.
    pub fn events(&mut self, mut events: Vec<Event>, sessions: &[Session]) -> Vec<Event> {
        let before = events.len();
        events.retain(|event| {
            let session = event.session.and_then(|id| by_id(sessions, id));
            self.filter.matches(&Subject { record: Record::Event(event), session })
        });
        self.told.hidden_events += (before - events.len()) as u64;
        for event in &events {
            self.passed(event);
        }
        events
    }

    /// Narrows the lists of a session, or of a part of it. Answers whether something is left to tell.
    pub fn session(&mut self, session: &mut Session) -> bool {
        let whole = session.clone();
        let passes = |record| self.filter.matches(&Subject { record, session: Some(&whole) });
        session.subscriptions = whole.subscriptions.iter().filter(|one| passes(Record::Subscription(one))).cloned().collect();
        session.callbacks = whole.callbacks.iter().filter(|one| passes(Record::Callback(one))).cloned().collect();
        session.messages = whole.messages.iter().filter(|one| passes(Record::Message(one))).cloned().collect();
        session.polling = whole.polling.iter().filter(|one| passes(Record::Cycle(one))).cloned().collect();
        let listed = session.subscriptions.len() + session.callbacks.len() + session.messages.len() + session.polling.len();
        listed > 0 || self.sessions.contains(&session.id) || passes(Record::Session(&whole))
    }

    /// Narrows the findings, then the sessions, then the verdicts of an analysis, and leaves in it what was hidden. Events that were hidden while it
    /// went on are there already.
    pub fn analysis(&mut self, analysis: &mut Analysis) {
        let (findings, sessions) = (analysis.findings.len(), analysis.sessions.len());
        analysis.findings.retain(|finding| {
            let session = finding.session.and_then(|id| by_id(&analysis.sessions, id));
            self.filter.matches(&Subject { record: Record::Finding(finding), session })
        });
        self.sessions.extend(analysis.findings.iter().filter_map(|finding| finding.session));
        analysis.sessions.retain_mut(|session| self.session(session));
        let kept: BTreeSet<SessionId> = analysis.sessions.iter().map(|session| session.id).collect();
        analysis.verdicts.retain(|verdict| kept.contains(&verdict.session));
        if let Some(before) = analysis.selected.take() {
            self.also(before);
        }
        self.told.hidden_findings += (findings - analysis.findings.len()) as u64;
        self.told.hidden_sessions += (sessions - analysis.sessions.len()) as u64;
        analysis.selected = Some(std::mem::take(&mut self.told));
        self.told.expression = self.filter.to_string();
        self.sessions.clear();
    }

    /// Adds what was left out before: events while the analysis went on, or all that a filter left out of what was stored.
    fn also(&mut self, before: Selected) {
        let Selected { expression, hidden_events, hidden_sessions, hidden_findings } = before;
        if !expression.is_empty() {
            self.told.expression = format!("({expression}) and ({})", self.told.expression);
        }
        self.told.hidden_events += hidden_events;
        self.told.hidden_sessions += hidden_sessions;
        self.told.hidden_findings += hidden_findings;
    }
}

/// The session with that number; they stand in the order of their numbers, unless some are left out.
pub(super) fn by_id(sessions: &[Session], id: SessionId) -> Option<&Session> {
    sessions.binary_search_by_key(&id, |session| session.id).ok().and_then(|place| sessions.get(place))
}
