//! Takes typed values out of a table of the tree. What has the wrong type is left out: `walk` has reported it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::walk::scalar_text;
use crate::MAX_ENTRIES;
use crate::keys::{Kind, Section};
use crate::manifest::{EngineSetting, Scalar, Span, Value, Written};
use crate::template;

/// A table with the section that says what its keys take.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    table: &'a DeTable<'a>,
    section: &'static Section,
}

impl<'a> Fields<'a> {
    pub(super) fn new(table: &'a DeTable<'a>, section: &'static Section) -> Self {
        Self { table, section }
    }

    fn written(&self, name: &str) -> Option<(&'a Spanned<DeValue<'a>>, &'static Kind)> {
        Some((self.table.get(name)?, &self.section.key(name)?.kind))
    }

    /// A single value.
    pub(super) fn value<T: Scalar>(&self, name: &str) -> Option<Value<T>> {
        let (value, kind) = self.written(name)?;
        scalar(value, kind)
    }

    /// A list of single values.
    pub(super) fn list<T: Scalar>(&self, name: &str) -> Vec<Value<T>> {
        self.entries(name).into_iter().filter_map(|(value, kind)| scalar(value, kind)).collect()
    }

    /// The entries of a list as they stand.
    pub(super) fn entries(&self, name: &str) -> Vec<(&'a Spanned<DeValue<'a>>, &'static Kind)> {
        match self.written(name) {
            Some((value, Kind::List(inner))) => match value.get_ref() {
                DeValue::Array(list) => list.iter().take(MAX_ENTRIES).map(|entry| (entry, *inner)).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// A table with keys of its own.
    pub(super) fn table(&self, name: &str) -> Option<(Fields<'a>, Span)> {
        let (value, kind) = self.written(name)?;
        as_table(value, kind)
    }

    /// The entries of a table of names, in the order of the file.
    pub(super) fn map(&self, name: &str) -> Vec<(&'a str, Span, &'a Spanned<DeValue<'a>>, &'static Kind)> {
        let Some((value, Kind::Map { value: inner, max, .. })) = self.written(name) else {
            return Vec::new();
        };
        let DeValue::Table(table) = value.get_ref() else { return Vec::new() };
        let mut entries: Vec<_> = table
            .iter()
            .take(*max)
            .map(|(name, value)| (name.get_ref().as_ref(), name.span(), value, *inner))
            .collect();
        entries.sort_by_key(|(_, span, ..)| span.start);
        entries
    }

    /// What stands there, whatever it is.
    pub(super) fn raw(&self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(name)
    }

    /// The keys that aren't of the section: settings of the engine.
    pub(super) fn settings(&self) -> Vec<EngineSetting> {
        let mut settings: Vec<_> = self
            .table
            .iter()
            .filter(|(name, _)| self.section.key(name.get_ref()).is_none())
            .take(MAX_ENTRIES)
            .filter_map(|(name, value)| {
                Some(EngineSetting {
                    name: name.get_ref().to_string(),
                    span: name.span(),
                    value: scalar(value, &Kind::Scalar)?,
                })
            })
            .collect();
        settings.sort_by_key(|setting| setting.span.start);
        settings
    }
}

/// The table alternative of a kind, where the value is a table.
pub(super) fn as_table<'a>(
    value: &'a Spanned<DeValue<'a>>,
    kind: &'static Kind,
) -> Option<(Fields<'a>, Span)> {
    let DeValue::Table(table) = value.get_ref() else { return None };
    let section = match kind {
        Kind::Table(section) => Some(*section),
        Kind::OneOf(kinds) => kinds.iter().find_map(|kind| match kind {
            Kind::Table(section) => Some(*section),
            _ => None,
        }),
        _ => None,
    }?;
    Some((Fields::new(table, section), value.span()))
}

/// A value of a kind; `None` where it is none.
pub(super) fn scalar<T: Scalar>(value: &Spanned<DeValue<'_>>, kind: &'static Kind) -> Option<Value<T>> {
    let span = value.span();
    let text = scalar_text(value.get_ref())?;
    let written = match value.get_ref() {
        DeValue::String(_) if template::has_variables(&text) => {
            Written::Template { parts: template::parse(&text).ok()?, kind }
        }
        _ => {
            kind.check_text(&text).ok()?;
            Written::Plain(T::from_text(&text)?)
        }
    };
    Some(Value { span, written })
}
