//! The ladders of a page: one of everything where that is small, else one in each session.

use super::Page;
use crate::report::drawing;
use crate::report::ladder::Ladder;
use crate::session::model::Session;
use maud::{Markup, html};

/// Up to so many events and sessions, one ladder shows all: it is read without losing the heads of its columns.
const SMALL: usize = 120;
const FEW: usize = 6;

/// So many events of a session are drawn; the timeline has all of them.
const OF_SESSION: usize = 120;

/// A picture has so many rows: paper breaks between pictures, never within one.
const PIECE: usize = 16;

/// Whether one ladder shows everything.
pub(super) fn is_small(page: &Page<'_>) -> bool {
    page.events.len() <= SMALL && page.analysis.sessions.len() <= FEW
}

/// The ladder of everything.
pub(super) fn whole(page: &Page<'_>) -> Markup {
    let ladder = Ladder::new(&page.analysis.sessions, page.events.iter(), SMALL);
    if ladder.rows.is_empty() {
        return Markup::default();
    }
    let drawing = drawing::ladder(&ladder, "Ladder", page.digits, PIECE);
    html! {
        section aria-labelledby=(page.at("ladder")) {
            h2 id=(page.at("ladder")) { "Ladder" }
            (explained())
            div.wide tabindex="0" role="region" aria-label="Ladder" { @for piece in &drawing.pieces { (piece) } }
        }
    }
}

/// The ladder of one session.
pub(super) fn of(page: &Page<'_>, session: &Session) -> Markup {
    let own = page.events.iter().filter(|event| event.session == Some(session.id));
    let ladder = Ladder::new(std::slice::from_ref(session), own, OF_SESSION);
    if ladder.rows.is_empty() {
        return Markup::default();
    }
    let drawing = drawing::ladder(&ladder, &format!("Ladder of session {}", session.id.0), page.digits, PIECE);
    html! {
        details {
            summary { "Ladder" }
            (explained())
            div.wide tabindex="0" role="region" aria-label=(format!("Ladder of session {}", session.id.0)) { @for piece in &drawing.pieces { (piece) } }
        }
    }
}

fn explained() -> Markup {
    html! {
        p.soft {
            "A column for each principal and server, a row for each event; the answer stands below its arrow. Dashed with a cross: failed; it ends in the air \
             where no connection came up. Dotted with a question mark: the capture does not show it. The bar on a life line: a log-on is valid."
        }
    }
}
