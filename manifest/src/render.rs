//! Problems as people read them: file, line, column, excerpt, code and a help line.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::problem::{Problem, Severity};
use crate::source::Source;

/// Longer excerpts lose the places that are far from the problem's own.
const MAX_EXCERPT_BYTES: usize = 16 * 1024;

/// A line longer than this is cut around the problem.
const MAX_LINE_BYTES: usize = 400;

/// One problem as a block of lines without a trailing line break. Secrets in the excerpt are shown as `*`.
pub fn render(problem: &Problem, source: &Source, color: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let text = source.text();
    let mut message = problem.message.clone();
    if !problem.environments.is_empty() {
        message.push_str(&format!(" (in {})", problem.environments.join(", ")));
    }
    let title = level.primary_title(message).id(problem.code);
    let mut groups: Vec<Group<'_>> = vec![match &problem.span {
        Some(span) => title.element(excerpt(problem, source, &text, span)),
        None => title.element(Origin::path(source.name.as_str())),
    }];
    if let Some(help) = &problem.help {
        groups.push(Group::with_title(Level::HELP.secondary_title(help.as_str())));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&groups)
}

fn excerpt<'a>(
    problem: &'a Problem,
    source: &'a Source,
    text: &str,
    span: &Range<usize>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let own = visible(text, span);
    let mut window = lines_around(text, &own);
    let mut related: Vec<(Range<usize>, &str)> = Vec::new();
    for other in &problem.related {
        let place = visible(text, &other.span);
        let lines = lines_around(text, &place);
        let joined = window.start.min(lines.start)..window.end.max(lines.end);
        if joined.len() <= MAX_EXCERPT_BYTES {
            window = joined;
            related.push((place, &other.label));
        }
    }
    let line = text[..window.start].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let shift = |range: &Range<usize>| range.start - window.start..range.end - window.start;
    let mut annotation = AnnotationKind::Primary.span(shift(&own));
    if let Some(label) = &problem.label {
        annotation = annotation.label(label.as_str());
    }
    Snippet::source(masked(text, &window, &problem.hidden))
        .path(source.name.as_str())
        .line_start(line)
        .annotation(annotation)
        .annotations(
            related
                .into_iter()
                .map(|(place, label)| AnnotationKind::Context.span(shift(&place)).label(label)),
        )
}

/// The span on character boundaries, and on its first line only: a table's span would mark half of the file.
fn visible(text: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let first_line = text[start..end].find(['\n', '\r']).map_or(end, |at| start + at);
    start..first_line.max(start)
}

/// The line on which a place stands, cut where it is very long.
fn lines_around(text: &str, place: &Range<usize>) -> Range<usize> {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = text[..place.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[place.end..].find('\n').map_or(text.len(), |at| place.end + at);
    // Files of Windows end their lines with two characters.
    let end = if end > place.end && text[..end].ends_with('\r') { end - 1 } else { end };
    if end - start <= MAX_LINE_BYTES {
        return start..end;
    }
    let from = boundary(place.start.saturating_sub(MAX_LINE_BYTES / 2).max(start));
    let to = boundary((place.end + MAX_LINE_BYTES / 2).min(end)).max(place.end);
    from..to
}

/// The excerpt, with `*` in place of every character of a secret.
fn masked(text: &str, window: &Range<usize>, hidden: &[Range<usize>]) -> Cow<'static, str> {
    let mut excerpt = text[window.clone()].to_string();
    let inside = |range: &&Range<usize>| range.start < window.end && range.end > window.start;
    for range in hidden.iter().filter(inside) {
        let part = range.start.max(window.start) - window.start..range.end.min(window.end) - window.start;
        if excerpt.is_char_boundary(part.start) && excerpt.is_char_boundary(part.end) {
            // As many bytes as before: the marks below the line must still fit.
            excerpt.replace_range(part.clone(), &"*".repeat(part.len()));
        }
    }
    Cow::Owned(excerpt)
}
