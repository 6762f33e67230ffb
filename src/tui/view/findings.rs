//! Verdicts and findings, the worst first, and below them the selected one with its meaning.

use super::{Areas, Sheet};
use crate::tui::app::{App, finding_lines, severity};
use crate::tui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) fn draw(app: &App, sheet: &Sheet, areas: &Areas, buffer: &mut Buffer) {
    let room = usize::from(areas.list.width.saturating_sub(3));
    let Some(analysis) = app.loaded().and_then(|loaded| loaded.analysis.as_ref()) else {
        sheet.put(buffer, (1, areas.list.y), room, Role::Soft, "findings are there when the capture is read to its end");
        return;
    };
    let verdicts = analysis
        .verdicts
        .iter()
        .map(|verdict| (Role::Bad, format!("✕ verdict: {}", verdict.text), format!("session {}", verdict.session.0)));
    let findings = analysis.findings.iter().map(|finding| {
        let (role, sign) = severity(finding.severity);
        let times = if finding.count > 1 { format!("{} × ", finding.count) } else { String::new() };
        let because = finding.caused_by.map_or_else(String::new, |code| format!(" ← {code}"));
        (role, format!("{sign} {times}{}{because}", finding.title), finding.meta.code.to_owned())
    });
    for (line, (role, text, code)) in verdicts.chain(findings).skip(app.findings.top).take(usize::from(areas.list.height)).enumerate() {
        let y = areas.list.y + line as u16;
        sheet.cell(buffer, (areas.list.x + 1, y), room.saturating_sub(12), role, &text, false);
        sheet.cell(buffer, (areas.list.right().saturating_sub(13), y), 11, Role::Soft, &code, true);
        if app.findings.top + line == app.findings.selected {
            sheet.select(buffer, Rect::new(areas.list.x, y, areas.list.width, 1));
            sheet.put(buffer, (areas.list.x, y), 1, Role::Selected, ">");
        }
    }
    if app.finding_count() == 0 {
        sheet.put(buffer, (1, areas.list.y), room, Role::Soft, "nothing was found");
    }
    sheet.position(app.findings.top, app.finding_count(), areas.list, buffer);
    if areas.beside.height > 0 {
        sheet.rule_above(areas.beside, "the selected one", buffer);
        sheet.text(&finding_lines(app, app.findings.selected, areas.text_width()), 0, areas.beside, buffer);
    }
}
