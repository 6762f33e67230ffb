//! Keys: one table of what each does, from which come the reading of keys, the help screen and the line at the bottom.

use super::list::Step;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A part of the program that fills the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Panel {
    /// All sessions.
    Sessions,
    /// What happened, as a list or as a ladder.
    Timeline,
    /// One event with all that is known of it.
    Details,
    /// What was found.
    Findings,
    /// Polling-like cycles.
    Polls,
    /// Sums, captures and the ledger.
    Summary,
}

impl Panel {
    /// Those that a key or a click leads to, in their order.
    pub const MAIN: [Self; 5] = [Self::Sessions, Self::Timeline, Self::Findings, Self::Polls, Self::Summary];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Timeline => "Timeline",
            Self::Details => "Details",
            Self::Findings => "Findings",
            Self::Polls => "Polls",
            Self::Summary => "Summary",
        }
    }
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ends the program.
    Quit,
    /// Goes back to where one came from.
    Back,
    /// Goes to a panel.
    Go(Panel),
    /// Goes to the next panel.
    NextPanel,
    /// Goes to the panel before.
    PreviousPanel,
    /// Goes through a list or a text.
    Move(Step),
    /// Opens what is selected.
    Open,
    /// Marks a session, or takes the mark away.
    Mark,
    /// Takes all marks away.
    ClearMarks,
    /// Sorts the sessions by the next column.
    Sort,
    /// Turns the order of the sessions round.
    Reverse,
    /// Shows the timeline as a list or as a ladder.
    Ladder,
    /// Shows times as they are, since the first event, or since the one before.
    Clock,
    /// Goes to the next event that failed.
    NextFailure,
    /// Goes to the failed event before.
    PreviousFailure,
    /// Asks for a text to search.
    Search,
    /// Goes to the next place that has it.
    SearchNext,
    /// Goes to the place before that has it.
    SearchPrevious,
    /// Asks for a filter.
    Filter,
    /// Takes the filter away.
    ClearFilter,
    /// Asks for a file, and writes what is shown into it.
    Save,
    /// Copies what is selected as text.
    Copy,
    /// Goes to the next capture.
    NextCapture,
    /// Goes to the capture before.
    PreviousCapture,
    /// Takes the next theme.
    Theme,
    /// Shows the keys.
    Help,
    /// Draws everything anew.
    Redraw,
    /// Stops the program until the shell goes on with it.
    Suspend,
}

/// A row of the table.
#[derive(Debug)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys, as they are written in help and settings.
    pub keys: &'static [&'static str],
    /// Where it does so; everywhere if empty.
    pub panels: &'static [Panel],
    /// What it does, in words.
    pub about: &'static str,
    /// What the line at the bottom calls it; empty where it does not.
    pub short: &'static str,
}

const fn row(action: Action, keys: &'static [&'static str], panels: &'static [Panel], about: &'static str, short: &'static str) -> Binding {
    Binding { action, keys, panels, about, short }
}

const LISTS: &[Panel] = &[Panel::Sessions, Panel::Timeline, Panel::Findings, Panel::Polls];

/// All keys.
pub static KEYS: &[Binding] = &[
    row(Action::Help, &["?", "f1"], &[], "the keys of this panel", "help"),
    row(Action::Open, &["enter"], LISTS, "open what is selected", "open"),
    row(Action::Back, &["esc", "backspace"], &[], "back", "back"),
    row(Action::Ladder, &["v", "f4"], &[Panel::Timeline], "list or ladder", "ladder"),
    row(Action::Mark, &["space"], &[Panel::Sessions], "mark a session, so that several are shown together", "mark"),
    row(Action::ClearMarks, &["c"], &[Panel::Sessions], "take all marks away", ""),
    row(Action::Sort, &["o"], &[Panel::Sessions], "sort by the next column", "sort"),
    row(Action::Reverse, &["O"], &[Panel::Sessions], "turn the order round", ""),
    row(Action::NextFailure, &["!", "e"], &[Panel::Timeline], "the next event that failed", "failure"),
    row(Action::PreviousFailure, &["E"], &[Panel::Timeline], "the failed event before", ""),
    row(Action::Clock, &["t"], &[Panel::Timeline], "times as they are, since the first, or since the one before", "times"),
    row(Action::Search, &["/"], &[Panel::Sessions, Panel::Timeline, Panel::Details, Panel::Findings], "search for a text", "search"),
    row(
        Action::SearchNext,
        &["n", "f3"],
        &[Panel::Sessions, Panel::Timeline, Panel::Details, Panel::Findings],
        "the next place that has it",
        "",
    ),
    row(Action::SearchPrevious, &["N"], &[Panel::Sessions, Panel::Timeline, Panel::Details, Panel::Findings], "the place before", ""),
    row(Action::Filter, &["f", "f7"], &[], "show only what an expression is true of (tab completes it)", "filter"),
    row(Action::ClearFilter, &["F"], &[], "take the filter away", ""),
    row(Action::Save, &["s", "f2"], &[], "write a report of what is shown; its format is that of the file's name", "save"),
    row(Action::Copy, &["y"], &[Panel::Timeline, Panel::Details, Panel::Findings], "copy what is selected as text", ""),
    row(Action::Move(Step::By(1)), &["down", "j"], &[], "down", ""),
    row(Action::Move(Step::By(-1)), &["up", "k"], &[], "up", ""),
    row(Action::Move(Step::HalfPages(2)), &["pagedown", "ctrl-f"], &[], "a screen down", ""),
    row(Action::Move(Step::HalfPages(-2)), &["pageup", "ctrl-b"], &[], "a screen up", ""),
    row(Action::Move(Step::HalfPages(1)), &["ctrl-d"], &[], "half a screen down", ""),
    row(Action::Move(Step::HalfPages(-1)), &["ctrl-u"], &[], "half a screen up", ""),
    row(Action::Move(Step::First), &["home", "g"], &[], "to the beginning", ""),
    row(Action::Move(Step::Last), &["end", "G"], &[], "to the end", ""),
    row(Action::NextPanel, &["tab"], &[], "the next panel", ""),
    row(Action::PreviousPanel, &["backtab"], &[], "the panel before", ""),
    row(Action::Go(Panel::Sessions), &["1"], &[], "sessions", ""),
    row(Action::Go(Panel::Timeline), &["2"], &[], "timeline of all sessions that are shown", ""),
    row(Action::Go(Panel::Findings), &["3"], &[], "findings and verdicts", ""),
    row(Action::Go(Panel::Polls), &["4"], &[], "polling-like cycles", ""),
    row(Action::Go(Panel::Summary), &["5"], &[], "sums, captures and the ledger", ""),
    row(Action::NextCapture, &["]"], &[], "the next capture", ""),
    row(Action::PreviousCapture, &["["], &[], "the capture before", ""),
    row(Action::Theme, &["T"], &[], "other colours", ""),
    row(Action::Redraw, &["ctrl-l"], &[], "draw the screen anew", ""),
    row(Action::Suspend, &["ctrl-z"], &[], "back to the shell; `fg` goes on", ""),
    row(Action::Quit, &["q", "ctrl-c"], &[], "quit", "quit"),
];

impl Binding {
    /// Whether it is one of `panel`.
    pub fn is_of(&self, panel: Panel) -> bool {
        self.panels.is_empty() || self.panels.contains(&panel)
    }
}

/// What a key does in `panel`.
pub fn action(key: &KeyEvent, panel: Panel) -> Option<Action> {
    let name = name(key)?;
    KEYS.iter().find(|row| row.is_of(panel) && row.keys.contains(&&*name)).map(|row| row.action)
}

/// How a key is written: `ctrl-c`, `enter`, `G`.
pub fn name(key: &KeyEvent) -> Option<String> {
    let plain = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Backspace => "backspace".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "backtab".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "pageup".to_owned(),
        KeyCode::PageDown => "pagedown".to_owned(),
        KeyCode::Delete => "delete".to_owned(),
        KeyCode::F(number) => format!("f{number}"),
        _ => return None,
    };
    Some(if key.modifiers.contains(KeyModifiers::CONTROL) { format!("ctrl-{plain}") } else { plain })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_key_does_two_things_in_one_panel() {
        for panel in Panel::MAIN.into_iter().chain([Panel::Details]) {
            let mut keys = BTreeSet::new();
            for key in KEYS.iter().filter(|row| row.is_of(panel)).flat_map(|row| row.keys) {
                assert!(keys.insert(key), "{key} in {}", panel.name());
            }
        }
    }

    #[test]
    fn a_key_is_found_by_its_name() {
        let key = |code, modifiers| KeyEvent::new(code, modifiers);
        let (none, ctrl) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        for (event, expected) in [
            (key(KeyCode::Char('c'), ctrl), Some(Action::Quit)),
            (key(KeyCode::Char('c'), none), Some(Action::ClearMarks)),
            (key(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Action::Move(Step::Last))),
            (key(KeyCode::F(2), none), Some(Action::Save)),
            (key(KeyCode::Char('x'), none), None),
        ] {
            assert_eq!(action(&event, Panel::Sessions), expected, "{event:?}");
        }
        assert_eq!(action(&key(KeyCode::Char('c'), none), Panel::Summary), None);
    }
}
