//! Searching, and jumps from what was found to the events that prove it.

use super::App;
use crate::base::origin::Origin;
use crate::tui::keymap::Panel;

impl App {
    /// Goes to the next place (`by` 1) or the one before (-1) that has the text that is searched; `here` says that the present one counts.
    pub(super) fn find(&mut self, by: isize, here: bool) {
        if self.search.is_empty() {
            self.said = Some(Ok("nothing was searched yet: / asks for a text".to_owned()));
            return;
        }
        let wanted = self.search.to_lowercase();
        let (count, selected) = match self.panel {
            Panel::Sessions => (self.sorted.len(), self.sessions.selected),
            Panel::Findings => (self.finding_count(), self.findings.selected),
            Panel::Details => (super::details(self, self.areas().text_width()).len(), self.details.top),
            _ => (self.shown.len(), self.events.selected),
        };
        let found = (usize::from(!here)..count + usize::from(!here))
            .map(|step| if by > 0 { (selected + step) % count.max(1) } else { (selected + count * 2 - step) % count.max(1) })
            .find(|place| self.text_at(*place).to_lowercase().contains(&wanted));
        match (found, self.panel) {
            (None, _) => self.said = Some(Err(format!("nothing has {}", crate::base::text::printable(&self.search)))),
            (Some(place), Panel::Sessions) => self.sessions.selected = place,
            (Some(place), Panel::Findings) => self.findings.selected = place,
            (Some(place), Panel::Details) => self.details.top = place,
            (Some(place), _) => {
                self.events.selected = place;
                self.details = super::Cursor::default();
            }
        }
        self.keep();
    }

    /// What stands at a place of the list that is on the screen. Of an event, what was said is searched, too.
    fn text_at(&self, place: usize) -> String {
        let Some(loaded) = self.loaded() else { return String::new() };
        match self.panel {
            Panel::Sessions => {
                let row = self.sorted.get(place).and_then(|row| loaded.rows.get(*row));
                row.map_or_else(String::new, |row| format!("{} {} {}", row.who, row.client, row.server))
            }
            Panel::Findings => super::finding_lines(self, place, usize::MAX).into_iter().map(|entry| entry.text() + "\n").collect(),
            Panel::Details => super::details(self, self.areas().text_width()).get(place).map_or_else(String::new, super::Entry::text),
            _ => {
                let Some(event) = self.shown.get(place).and_then(|place| loaded.events.get(*place)) else { return String::new() };
                let words = format!("{} {} {}", event.who, event.summary, event.outcome);
                if words.to_lowercase().contains(&self.search.to_lowercase()) {
                    return words;
                }
                let Some(evidence) = loaded.evidence.as_deref() else { return words };
                let said = evidence.places(&event.origin.unpack()).into_iter().filter_map(|place| evidence.exchange(place).ok());
                said.fold(words, |all, said| all + "\n" + &super::describe::whole(&said))
            }
        }
    }

    /// From a verdict or a finding to the first event that proves it.
    pub(super) fn open_finding(&mut self) {
        let Some(analysis) = self.loaded().and_then(|loaded| loaded.analysis.as_ref()) else { return };
        let place = self.findings.selected;
        let origin = match (analysis.verdicts.get(place), place.checked_sub(analysis.verdicts.len())) {
            (Some(verdict), _) => verdict.origin.clone(),
            (None, Some(place)) => analysis.findings.get(place).map_or_else(Origin::default, |finding| finding.origin.unpack()),
            (None, None) => return,
        };
        self.open_citing(&origin);
    }

    /// From a cycle to its event.
    pub(super) fn open_cycle(&mut self) {
        let Some(origin) = self.cycles().nth(self.polls.selected).map(|(_, cycle)| cycle.origin.clone()) else { return };
        self.open_citing(&origin);
    }

    fn open_citing(&mut self, origin: &Origin) {
        let id = self.loaded().and_then(|loaded| loaded.events.get(loaded.event_citing(origin)?)).map(|event| event.id);
        let Some(id) = id else {
            self.said = Some(Ok("no event of the timeline has these packets".to_owned()));
            return;
        };
        let shown = |app: &Self| {
            app.shown.iter().any(|place| app.loaded().and_then(|loaded| loaded.events.get(*place)).is_some_and(|event| event.id == id))
        };
        if !shown(self) {
            self.said = Some(Ok("the filter hides the event with these packets: F takes it away".to_owned()));
            return;
        }
        self.select(Some(id));
        self.enter(Panel::Timeline);
    }

    /// What is selected, as text.
    pub(super) fn copied(&mut self) -> Option<String> {
        let entries = match self.panel {
            Panel::Findings => super::finding_lines(self, self.findings.selected, 100),
            _ => super::details(self, 100),
        };
        let text: String = entries.iter().map(|entry| entry.text() + "\n").collect();
        if text.is_empty() {
            return None;
        }
        self.said = Some(Ok(format!("copied {} lines", entries.len())));
        Some(text)
    }
}
