//! Names as the lint compares them, and where they stand.

use std::ops::Range;

use sqlparser::ast::{Ident, ObjectName};
use sqlparser::tokenizer::Span;

use crate::change::Part;
use crate::spot::Lines;
use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, IndexColumn};

/// Schemas that say no more than that a name stands for itself.
const OWN: &[&str] = &["public", "main", "temp"];

/// A statement with what is needed to find places in it.
pub(super) struct Source<'a> {
    pub(super) lines: Lines<'a>,
    /// Where it stands in the script.
    pub(super) range: Range<usize>,
}

impl Source<'_> {
    /// Where the parser saw something, or the statement's first letter.
    pub(super) fn at(&self, span: Span) -> Range<usize> {
        let start = self.lines.offset(span.start).map(|at| at + self.range.start);
        let end = self.lines.offset(span.end).map(|at| at + self.range.start);
        match (start, end) {
            (Some(start), Some(end)) if start < end && end <= self.range.end => start..end,
            _ => self.range.clone(),
        }
    }

    pub(super) fn at_name(&self, name: &ObjectName) -> Range<usize> {
        let idents: Vec<&Ident> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        match (idents.first(), idents.last()) {
            (Some(first), Some(last)) => self.at(Span::new(first.span.start, last.span.end)),
            _ => self.range.clone(),
        }
    }
}

/// A column's name.
pub(super) fn column(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

/// A table's name, without a schema that says nothing.
pub(super) fn table(name: &ObjectName) -> String {
    let parts: Vec<String> =
        name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.to_lowercase()).collect();
    joined(&parts)
}

/// A name of one or more parts, without a schema that says nothing.
pub(super) fn joined(parts: &[String]) -> String {
    match parts {
        [schema, rest @ ..] if !rest.is_empty() && OWN.contains(&schema.as_str()) => rest.join("."),
        _ => parts.join("."),
    }
}

/// The parts of an index.
pub(super) fn parts(columns: &[IndexColumn]) -> Vec<Part> {
    columns.iter().map(part).collect()
}

fn part(index: &IndexColumn) -> Part {
    let text = index.to_string().to_lowercase().replace(['"', '`'], "");
    let text = text.strip_suffix(" asc").unwrap_or(&text).to_string();
    let expr = match &index.column.expr {
        Expr::Nested(inner) => inner,
        expr => expr,
    };
    match expr {
        Expr::Identifier(ident) => Part { column: column(ident), text, length: None },
        // `name(10)`: the first letters of a column.
        Expr::Function(function) => match &function.args {
            FunctionArguments::List(list) => match list.args.as_slice() {
                [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))] => {
                    let length = value.to_string().parse().ok();
                    let column = if length.is_some() { table(&function.name) } else { String::new() };
                    Part { column, text, length }
                }
                _ => Part { column: String::new(), text, length: None },
            },
            _ => Part { column: String::new(), text, length: None },
        },
        _ => Part { column: String::new(), text, length: None },
    }
}
