//! Checks the tree against the table of keys: unknown keys, wrong types, missing values, shapes and ranges.

use bedplate_core::setting::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::codes;
use crate::keys::{Key, Kind, ROOT, Section};
use crate::manifest::Span;
use crate::problem::{Problem, Problems};
use crate::{MAX_ENTRIES, template};

/// Checks a whole file.
pub(super) fn check(tree: &DeTable<'_>, problems: &mut Problems) {
    Walk { problems, path: Vec::new() }.table(tree, 0..0, &ROOT);
}

struct Walk<'a> {
    problems: &'a mut Problems,
    /// The keys from the root to where the walk is.
    path: Vec<String>,
}

impl Walk<'_> {
    fn table(&mut self, table: &DeTable<'_>, span: Span, section: &'static Section) {
        for (name, value) in table.iter() {
            match section.key(name.get_ref()) {
                Some(key) => self.inside(key.name, value, &key.kind),
                // Which settings there are is known when the engine is.
                None if section.settings && is_scalar(value.get_ref()) => {}
                None => self.unknown_key(name, section),
            }
        }
        for key in section.keys().filter(|key| key.required && !table.contains_key(key.name)) {
            self.missing_key(key, span.clone());
        }
    }

    fn inside(&mut self, name: &str, value: &Spanned<DeValue<'_>>, kind: &'static Kind) {
        self.path.push(shorten(name));
        self.value(value, kind);
        self.path.pop();
    }

    /// Where the walk is, as it is written in a manifest.
    fn place(&self) -> String {
        if self.path.is_empty() { "the manifest".into() } else { format!("`{}`", self.path.join(".")) }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, kind: &'static Kind) {
        let span = value.span();
        match (kind, value.get_ref()) {
            (Kind::OneOf(kinds), written) => match kinds.iter().find(|kind| takes(kind, written)) {
                Some(kind) => self.value(value, kind),
                None => self.wrong_type(value, kind),
            },
            (Kind::Table(section), DeValue::Table(table)) => self.table(table, span, section),
            (Kind::Map { name: shape, value: inner, max }, DeValue::Table(table)) => {
                if table.len() > *max {
                    self.too_many(table.len(), *max, span);
                }
                for (name, value) in table.iter().take(*max) {
                    if let Err(expected) = shape.check(name.get_ref()) {
                        let message =
                            format!("`{}` can't be used as a name: {expected}", shorten(name.get_ref()));
                        self.problems.push(Problem::error(codes::INVALID_NAME, message).at(name.span()));
                    }
                    self.inside(name.get_ref(), value, inner);
                }
            }
            (Kind::List(inner), DeValue::Array(list)) => {
                if list.len() > MAX_ENTRIES {
                    self.too_many(list.len(), MAX_ENTRIES, span);
                }
                for entry in list.iter().take(MAX_ENTRIES) {
                    self.value(entry, inner);
                }
            }
            (kind, DeValue::String(text)) if is_simple(kind) && template::has_variables(text) => {
                if let Err(wrong) = template::parse(text) {
                    let message = format!("{} has a variable that can't be read: {wrong}", self.place());
                    self.problems.push(
                        Problem::error(codes::INVALID_VALUE, message)
                            .at(span)
                            .with_help("write `${NAME}` or `${NAME:-default}`, and `$$` for a dollar sign"),
                    );
                }
            }
            (kind, written) if takes(kind, written) => {
                if let Err(expected) = scalar_text(written).map_or(Ok(()), |text| kind.check_text(&text)) {
                    let is_name = matches!(kind, Kind::Shaped(shape) if shape.is_name);
                    let (code, what) =
                        if is_name { (codes::INVALID_NAME, "name") } else { (codes::INVALID_VALUE, "value") };
                    let message = format!("{} can't have this {what}: {expected}", self.place());
                    self.problems.push(Problem::error(code, message).at(span));
                }
            }
            _ => self.wrong_type(value, kind),
        }
    }

    fn unknown_key(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, section: &Section) {
        if self.problems.is_full() {
            return self.problems.push(Problem::error(codes::UNKNOWN_KEY, ""));
        }
        let written = shorten(name.get_ref());
        let problem = Problem::error(codes::UNKNOWN_KEY, format!("{} has no key `{written}`", self.place()))
            .at(name.span());
        self.problems.push(match nearest(&written, section.keys().map(|key| key.name)) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem.with_help(format!("it has: {}", names(section.keys().map(|key| key.name)))),
        });
    }

    fn missing_key(&mut self, key: &Key, span: Span) {
        self.problems.push(
            Problem::error(codes::MISSING_KEY, format!("{} needs the key `{}`", self.place(), key.name))
                .at(span)
                .with_help(format!("add `{} = {}`", key.name, key.example)),
        );
    }

    fn wrong_type(&mut self, value: &Spanned<DeValue<'_>>, kind: &Kind) {
        let found = type_name(value.get_ref());
        let message = format!("{} takes {}, not {found}", self.place(), kind.describe());
        let problem = Problem::error(codes::WRONG_TYPE, message).at(value.span());
        let unquoted = match value.get_ref() {
            DeValue::String(text) if kind.check_text(text).is_ok() => Some(text),
            _ => None,
        };
        self.problems.push(match unquoted {
            Some(text) => problem.with_help(format!("write it without quotes: `{text}`")),
            None => problem,
        });
    }

    fn too_many(&mut self, found: usize, max: usize, span: Span) {
        let message = format!("{} may have {max} entries at most, this one has {found}", self.place());
        self.problems.push(Problem::error(codes::TOO_MANY, message).at(span));
    }
}

/// Names for a help line.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Names from the file can be very long, or have control characters.
pub(crate) fn shorten(name: &str) -> String {
    let short: String = name.chars().take(60).flat_map(char::escape_debug).collect();
    if name.chars().nth(60).is_some() { format!("{short}...") } else { short }
}

fn is_scalar(value: &DeValue<'_>) -> bool {
    !matches!(value, DeValue::Array(_) | DeValue::Table(_) | DeValue::Datetime(_))
}

fn is_simple(kind: &Kind) -> bool {
    !matches!(kind, Kind::Table(_) | Kind::Map { .. } | Kind::List(_) | Kind::OneOf(_) | Kind::Fixed(_))
}

/// Whether a kind takes values of this type.
fn takes(kind: &Kind, value: &DeValue<'_>) -> bool {
    match value {
        DeValue::String(text) => match kind {
            Kind::Text
            | Kind::Shaped(_)
            | Kind::Choice(_)
            | Kind::Fixed(_)
            | Kind::Scalar
            | Kind::Duration => true,
            _ => is_simple(kind) && template::has_variables(text),
        },
        DeValue::Integer(_) => matches!(kind, Kind::Count { .. } | Kind::Duration | Kind::Scalar),
        DeValue::Float(_) => matches!(kind, Kind::Scalar),
        DeValue::Boolean(_) => matches!(kind, Kind::Bool | Kind::Scalar),
        DeValue::Datetime(_) => false,
        DeValue::Array(_) => matches!(kind, Kind::List(_)),
        DeValue::Table(_) => matches!(kind, Kind::Table(_) | Kind::Map { .. }),
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A scalar as text; `None` for everything else.
pub(super) fn scalar_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(
            i64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(|_| number.as_str().to_string(), |number| number.to_string()),
        ),
        DeValue::Float(number) => Some(number.as_str().to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
