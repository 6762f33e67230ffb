//! Colours. What a colour says is said by a sign or a word, too, so every theme shows the same; the first uses no colour at all.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Text.
    Plain,
    /// Text of less weight: labels, packet numbers.
    Soft,
    /// What failed.
    Bad,
    /// What is odd or cannot be told.
    Odd,
    /// What went well.
    Good,
    /// Headings and names.
    Title,
    /// Lines.
    Line,
    /// The bars at the top and at the bottom.
    Bar,
    /// A key in a bar.
    Key,
    /// What is selected.
    Selected,
    /// What is marked, or found.
    Marked,
}

/// A set of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// No colour: bold, dim, underlined, reversed.
    Mono,
    /// For a dark screen.
    Dark,
    /// For a light screen.
    Light,
    /// Few colours that stand out on black.
    Contrast,
}

impl Theme {
    /// All themes.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Contrast, Self::Mono];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
        }
    }

    /// The theme of that name.
    pub fn called(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        let place = Self::ALL.iter().position(|theme| *theme == self).unwrap_or_default();
        Self::ALL.get(place + 1).copied().unwrap_or(Self::Dark)
    }

    /// How text is drawn.
    pub fn style(self, role: Role) -> Style {
        let style = Style::new();
        let (bold, reversed) = (Modifier::BOLD, Modifier::REVERSED);
        match (self, role) {
            // What is drawn over a selected line keeps its weight only.
            (Self::Mono, Role::Plain | Role::Good | Role::Line) | (_, Role::Plain) => style,
            (Self::Mono, Role::Soft) => style.add_modifier(Modifier::DIM),
            (Self::Mono, Role::Bad | Role::Title | Role::Key) => style.add_modifier(bold),
            (Self::Mono, Role::Odd) => style.add_modifier(Modifier::ITALIC),
            (Self::Mono, Role::Bar | Role::Selected) => style.add_modifier(reversed),
            (_, Role::Marked) => style.add_modifier(bold | Modifier::UNDERLINED),
            (Self::Dark, Role::Soft) => style.fg(Color::Indexed(245)),
            (Self::Dark, Role::Bad) => style.fg(Color::Indexed(210)).add_modifier(bold),
            (Self::Dark, Role::Odd) => style.fg(Color::Indexed(221)),
            (Self::Dark, Role::Good) => style.fg(Color::Indexed(114)),
            (Self::Dark, Role::Title) => style.fg(Color::Indexed(111)).add_modifier(bold),
            (Self::Dark, Role::Line) => style.fg(Color::Indexed(240)),
            (Self::Dark, Role::Bar) => style.fg(Color::Indexed(252)).bg(Color::Indexed(236)),
            (Self::Dark, Role::Key) => style.fg(Color::Indexed(111)).bg(Color::Indexed(236)).add_modifier(bold),
            (Self::Dark, Role::Selected) => style.fg(Color::Indexed(255)).bg(Color::Indexed(24)),
            (Self::Light, Role::Soft) => style.fg(Color::Indexed(241)),
            (Self::Light, Role::Bad) => style.fg(Color::Indexed(124)).add_modifier(bold),
            (Self::Light, Role::Odd) => style.fg(Color::Indexed(94)),
            (Self::Light, Role::Good) => style.fg(Color::Indexed(28)),
            (Self::Light, Role::Title) => style.fg(Color::Indexed(25)).add_modifier(bold),
            (Self::Light, Role::Line) => style.fg(Color::Indexed(249)),
            (Self::Light, Role::Bar) => style.fg(Color::Indexed(234)).bg(Color::Indexed(253)),
            (Self::Light, Role::Key) => style.fg(Color::Indexed(25)).bg(Color::Indexed(253)).add_modifier(bold),
            (Self::Light, Role::Selected) => style.fg(Color::Indexed(16)).bg(Color::Indexed(153)),
            (Self::Contrast, Role::Soft | Role::Line) => style.fg(Color::White),
            (Self::Contrast, Role::Bad) => style.fg(Color::LightRed).add_modifier(bold),
            (Self::Contrast, Role::Odd) => style.fg(Color::LightYellow),
            (Self::Contrast, Role::Good) => style.fg(Color::LightGreen),
            (Self::Contrast, Role::Title | Role::Key) => style.fg(Color::LightCyan).add_modifier(bold),
            (Self::Contrast, Role::Bar) => style.fg(Color::White).bg(Color::Black).add_modifier(bold),
            (Self::Contrast, Role::Selected) => style.fg(Color::Black).bg(Color::LightYellow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_found_by_its_name_and_each_has_a_next() {
        let mut theme = Theme::Dark;
        for _ in Theme::ALL {
            assert_eq!(Theme::called(theme.name()), Some(theme));
            theme = theme.next();
        }
        assert_eq!((theme, Theme::called("pink")), (Theme::Dark, None));
    }

    #[test]
    fn the_theme_without_colour_has_none() {
        for role in [
            Role::Plain,
            Role::Soft,
            Role::Bad,
            Role::Odd,
            Role::Good,
            Role::Title,
            Role::Line,
            Role::Bar,
            Role::Key,
            Role::Selected,
            Role::Marked,
        ] {
            let style = Theme::Mono.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }
}
