//! One statement: the parser where it makes or changes a table, its words where it does something else.

use std::borrow::Cow;

use sqlparser::ast::{CreateIndex, Statement as Parsed};
use sqlparser::dialect::{Dialect as ParserDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use bedplate_core::sql::{Dialect, TokenKind};

use super::known::{self, Known};
use super::names::{Source, column, parts, table};
use super::reduced::reduced;
use super::{alter, bounds, worded};
use crate::change::{Change, Index, What};
use crate::script::{Script, Statement};
use crate::spot::Lines;

/// How deep the parser may go; less than its own default, whose frames are large in a build for tests.
const MAX_PARSER_DEPTH: usize = 45;

/// What a statement does.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) changes: Vec<Change>,
    /// Whether the parser refused it.
    pub(crate) is_unclear: bool,
}

/// Reads one statement of a script.
pub(crate) fn read(script: &Script<'_>, statement: &Statement) -> Reading {
    let words = &statement.words;
    let is_parsed = words.begin_with(&["alter", "table"])
        || words.begin_with(&["create", "unique?", "index"])
        || worded::creates_table(words);
    let text = &script.text[statement.range.clone()];
    if !is_parsed {
        let changes = worded::read(statement);
        let is_known = match known::by_words(words) {
            Known::Yes => true,
            // What is too long or too deep for the parser is most often data.
            Known::ByParser => !bounds::fits(words.all()) || is_read(text, script.dialect, statement),
            Known::No => bounds::fits(words.all()) && is_read(text, script.dialect, statement),
        };
        return Reading { changes, is_unclear: !is_known };
    }
    if !bounds::fits(words.all()) {
        return Reading { changes: worded::guess(statement), is_unclear: true };
    }
    let whole = understood(text, script.dialect, statement);
    let is_table = worded::creates_table(words);
    let part = || reduced(text, statement).and_then(|text| understood(&text, script.dialect, statement));
    match whole.or_else(|| is_table.then(part).flatten()) {
        Some(changes) => Reading { changes, is_unclear: false },
        None if worded::says_nothing_of_columns(words) => Reading::default(),
        None => Reading { changes: worded::guess(statement), is_unclear: true },
    }
}

/// What a text does that stands where the statement stands.
fn understood(text: &str, dialect: Dialect, statement: &Statement) -> Option<Vec<Change>> {
    let text = &as_standard(text, dialect, statement);
    let source = Source { lines: Lines::new(text), range: statement.range.clone() };
    changes(&parse(text, dialect)?, &source).map(|mut changes| {
        for change in &mut changes {
            if let What::CreateTable(table) = &mut change.what {
                table.is_strict |= worded::is_strict(&statement.words);
            }
        }
        changes
    })
}

/// Whether the parser reads it, whatever it does.
fn is_read(text: &str, dialect: Dialect, statement: &Statement) -> bool {
    parse(&as_standard(text, dialect, statement), dialect).is_some()
}

/// The parser reads MySQL's double quotes as those of a text, and its backslashes as escapes. The driver has them read as in standard SQL.
fn as_standard<'a>(text: &'a str, dialect: Dialect, statement: &Statement) -> Cow<'a, str> {
    if dialect != Dialect::Mysql || !text.contains(['"', '\\']) {
        return Cow::Borrowed(text);
    }
    let mut changed = text.to_string();
    for word in statement.words.all() {
        let range = word.range.start - statement.range.start..word.range.end - statement.range.start;
        let Some(said) = text.get(range.clone()) else { continue };
        let new = match word.kind {
            TokenKind::Name => match said.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
                Some(name) if !name.contains('`') => format!("`{name}`"),
                _ => continue,
            },
            // What a text says matters to no rule, and where it ends does. As many bytes as before, so that places stay.
            TokenKind::Text => said.replace('\\', "/"),
            _ => continue,
        };
        changed.replace_range(range, &new);
    }
    Cow::Owned(changed)
}

fn parse(text: &str, dialect: Dialect) -> Option<Parsed> {
    let dialect: &dyn ParserDialect = match dialect {
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::Mysql => &MySqlDialect {},
        _ => &PostgreSqlDialect {},
    };
    let parser = Parser::new(dialect).with_recursion_limit(MAX_PARSER_DEPTH).try_with_sql(text);
    let mut statements = parser.and_then(|mut parser| parser.parse_statements()).ok()?;
    if statements.len() == 1 { statements.pop() } else { None }
}

fn changes(parsed: &Parsed, source: &Source<'_>) -> Option<Vec<Change>> {
    Some(match parsed {
        Parsed::CreateTable(create) => {
            vec![Change {
                at: source.at_name(&create.name),
                what: What::CreateTable(super::table::create(create, source)),
            }]
        }
        Parsed::AlterTable(alter) => alter::changes(alter, source)?,
        Parsed::CreateIndex(create) => vec![create_index(create, source)],
        _ => return None,
    })
}

fn create_index(create: &CreateIndex, source: &Source<'_>) -> Change {
    let at = create.name.as_ref().map_or_else(|| source.range.clone(), |name| source.at_name(name));
    let is_ordered =
        create.using.as_ref().is_none_or(|using| using.to_string().eq_ignore_ascii_case("btree"));
    let index = Index {
        name: create.name.as_ref().map(table),
        columns: parts(&create.columns),
        is_unique: create.unique,
        is_plain: is_ordered
            && create.predicate.is_none()
            && create.include.iter().map(column).next().is_none(),
        at: at.clone(),
    };
    let table = table(&create.table_name);
    Change { at, what: What::CreateIndex { table, index, concurrently: create.concurrently } }
}
