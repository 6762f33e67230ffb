//! A list of which a screen shows a part: what is selected, and where the part begins.

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many places up or down.
    By(isize),
    /// So many screens up or down, in halves.
    HalfPages(isize),
    /// To the first.
    First,
    /// To the last.
    Last,
}

/// Where one is in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The selected place.
    pub selected: usize,
    /// The first place that is shown.
    pub top: usize,
}

impl Cursor {
    /// Goes a step in a list of `count` places, of which `page` fit on the screen.
    pub fn go(&mut self, step: Step, count: usize, page: usize) {
        let last = count.saturating_sub(1);
        let by = |places: isize| self.selected.saturating_add_signed(places).min(last);
        self.selected = match step {
            Step::By(places) => by(places),
            Step::HalfPages(halves) => by(halves.saturating_mul(page.div_euclid(2).max(1) as isize)),
            Step::First => 0,
            Step::Last => last,
        };
        self.keep(count, page);
    }

    /// Keeps the selected place within a list of `count` places and on a screen of `page`.
    pub fn keep(&mut self, count: usize, page: usize) {
        self.selected = self.selected.min(count.saturating_sub(1));
        let lowest = (self.selected + 1).saturating_sub(page.max(1));
        self.top = self.top.clamp(lowest, self.selected).min(count.saturating_sub(page.min(count)).max(lowest));
    }

    /// Scrolls a text of `count` lines, of which nothing is selected.
    pub fn scroll(&mut self, step: Step, count: usize, page: usize) {
        let most = count.saturating_sub(page);
        self.top = match step {
            Step::By(lines) => self.top.saturating_add_signed(lines).min(most),
            Step::HalfPages(halves) => self.top.saturating_add_signed(halves.saturating_mul(page.div_euclid(2).max(1) as isize)).min(most),
            Step::First => 0,
            Step::Last => most,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_selected_is_always_on_the_screen() {
        let mut cursor = Cursor::default();
        for (step, selected, top) in [
            (Step::By(1), 1, 0),
            (Step::By(-5), 0, 0),
            (Step::HalfPages(2), 4, 1),
            (Step::Last, 9, 6),
            (Step::By(1), 9, 6),
            (Step::By(-3), 6, 6),
            (Step::By(-1), 5, 5),
            (Step::First, 0, 0),
        ] {
            cursor.go(step, 10, 4);
            assert_eq!((cursor.selected, cursor.top), (selected, top), "{step:?}");
        }
        cursor.go(Step::Last, 10, 4);
        cursor.keep(3, 4);
        assert_eq!((cursor.selected, cursor.top), (2, 0), "the list became shorter");
        cursor.keep(0, 0);
        assert_eq!(cursor, Cursor::default());
    }

    #[test]
    fn a_text_scrolls_to_its_end_and_no_further() {
        let mut cursor = Cursor::default();
        cursor.scroll(Step::HalfPages(10), 25, 10);
        assert_eq!(cursor.top, 15);
        cursor.scroll(Step::By(-2), 25, 10);
        assert_eq!(cursor.top, 13);
        cursor.scroll(Step::Last, 5, 10);
        assert_eq!(cursor.top, 0);
    }
}
