//! `create table`: columns, keys and constraints.

use sqlparser::ast::{
    ColumnDef, ColumnOption, CreateTable, DataType, Expr, ForeignKeyConstraint, GeneratedExpressionMode,
    ReferentialAction, TableConstraint,
};

use super::names::{Source, column, parts, table};
use crate::change::{Column, ForeignKey, Given, Index, Key, NewTable, Part};
use crate::kind::Kind;

/// Functions that give another value for each row.
const VOLATILE: &[&str] = &[
    "random",
    "gen_random_uuid",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
    "gen_random_bytes",
    "clock_timestamp",
    "timeofday",
    "nextval",
    "uuid",
    "uuid_short",
    "rand",
    "randomblob",
];

pub(super) fn create(create: &CreateTable, source: &Source<'_>) -> NewTable {
    let mut keys = Vec::new();
    let mut columns = Vec::new();
    for definition in &create.columns {
        let (column, own) = self::definition(definition, source);
        columns.push(column);
        keys.extend(own);
    }
    let constraints = create.constraints.iter().filter_map(|constraint| constraint_key(constraint, source));
    keys.extend(constraints);
    NewTable {
        name: table(&create.name),
        columns,
        keys,
        if_not_exists: create.if_not_exists,
        is_temporary: create.temporary,
        is_opaque: create.query.is_some()
            || create.like.is_some()
            || create.clone.is_some()
            || create.partition_of.is_some()
            || create.inherits.is_some(),
        is_strict: create.strict,
    }
}

/// A column with the keys that its definition holds.
pub(super) fn definition(definition: &ColumnDef, source: &Source<'_>) -> (Column, Vec<Key>) {
    let at = source.at(definition.name.span);
    let name = column(&definition.name);
    let mut made =
        Column { name: name.clone(), kind: kind(&definition.data_type), at: at.clone(), ..Column::default() };
    made.is_generated = made.kind.is(&["serial", "bigserial", "smallserial"]);
    made.is_stored = made.is_generated;
    let mut keys = Vec::new();
    for option in &definition.options {
        let own = Part { column: name.clone(), text: name.clone(), length: None };
        let named = option.name.as_ref().map(column);
        match &option.option {
            ColumnOption::NotNull => made.not_null = true,
            ColumnOption::Default(value) => made.default = Some(given(value)),
            ColumnOption::PrimaryKey(_) => {
                made.not_null = true;
                keys.push(Key::Primary { columns: vec![own], using_index: None, at: at.clone() });
            }
            ColumnOption::Unique(_) => {
                keys.push(Key::Unique { name: named, columns: vec![own], using_index: None, at: at.clone() });
            }
            ColumnOption::ForeignKey(key) => {
                let foreign = foreign(key, source);
                keys.push(Key::Foreign(ForeignKey {
                    name: named.or(foreign.name),
                    columns: vec![name.clone()],
                    at: at.clone(),
                    ..foreign
                }));
            }
            ColumnOption::Check(check) => {
                keys.push(Key::Check { name: named, not_null: not_null(&check.expr) })
            }
            ColumnOption::Generated { generation_expr, generation_expr_mode, .. } => {
                made.is_generated = true;
                let is_virtual = matches!(generation_expr_mode, Some(GeneratedExpressionMode::Virtual));
                made.is_stored = generation_expr.is_none() || !is_virtual;
            }
            ColumnOption::Identity(_) => made.is_generated = true,
            ColumnOption::DialectSpecific(tokens) => {
                let text = tokens.iter().map(ToString::to_string).collect::<String>();
                made.is_generated |= text.to_ascii_lowercase().starts_with("auto");
            }
            _ => {}
        }
    }
    (made, keys)
}

pub(super) fn kind(data_type: &DataType) -> Kind {
    Kind::new(&data_type.to_string())
}

/// A constraint as a key, where it is one that the lint judges.
pub(super) fn constraint_key(constraint: &TableConstraint, source: &Source<'_>) -> Option<Key> {
    let at_part = |columns: &[sqlparser::ast::IndexColumn]| {
        let first = columns.first().map(|part| &part.column.expr);
        match first {
            Some(Expr::Identifier(ident)) => source.at(ident.span),
            _ => source.range.clone(),
        }
    };
    Some(match constraint {
        TableConstraint::PrimaryKey(key) => {
            Key::Primary { columns: parts(&key.columns), using_index: None, at: at_part(&key.columns) }
        }
        TableConstraint::Unique(key) => Key::Unique {
            name: key.name.as_ref().or(key.index_name.as_ref()).map(column),
            columns: parts(&key.columns),
            using_index: None,
            at: at_part(&key.columns),
        },
        TableConstraint::ForeignKey(key) => Key::Foreign(foreign(key, source)),
        TableConstraint::Check(check) => {
            Key::Check { name: check.name.as_ref().map(column), not_null: not_null(&check.expr) }
        }
        TableConstraint::Index(index) => Key::Index(Index {
            name: index.name.as_ref().map(column),
            columns: parts(&index.columns),
            is_unique: false,
            is_plain: true,
            at: index.name.as_ref().map_or_else(|| at_part(&index.columns), |name| source.at(name.span)),
        }),
        TableConstraint::PrimaryKeyUsingIndex(key) => Key::Primary {
            columns: Vec::new(),
            using_index: Some(column(&key.index_name)),
            at: source.at(key.index_name.span),
        },
        TableConstraint::UniqueUsingIndex(key) => Key::Unique {
            name: key.name.as_ref().map(column),
            columns: Vec::new(),
            using_index: Some(column(&key.index_name)),
            at: source.at(key.index_name.span),
        },
        TableConstraint::FulltextOrSpatial(_) => return None,
    })
}

fn foreign(key: &ForeignKeyConstraint, source: &Source<'_>) -> ForeignKey {
    ForeignKey {
        name: key.name.as_ref().map(column),
        columns: key.columns.iter().map(column).collect(),
        references: table(&key.foreign_table),
        cascades: key.on_delete == Some(ReferentialAction::Cascade),
        at: key.columns.first().map_or_else(|| source.at_name(&key.foreign_table), |c| source.at(c.span)),
    }
}

/// The column of which a check says no more than that it is not NULL.
fn not_null(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) => not_null(inner),
        Expr::IsNotNull(inner) => match &**inner {
            Expr::Identifier(ident) => Some(column(ident)),
            _ => None,
        },
        _ => None,
    }
}

/// What a default gives.
pub(super) fn given(expr: &Expr) -> Given {
    let text = expr.to_string().to_lowercase();
    let calls = |name: &&str| {
        text.match_indices(name).any(|(at, found)| {
            let before = text[..at].chars().next_back();
            text[at + found.len()..].starts_with('(')
                && before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
        })
    };
    let is_constant = match expr {
        Expr::Value(_) | Expr::TypedString(_) => true,
        Expr::UnaryOp { expr, .. } => matches!(**expr, Expr::Value(_)),
        Expr::Identifier(ident) => !ident.value.to_ascii_lowercase().starts_with("current_"),
        _ => false,
    };
    Given { is_null: text == "null", is_constant, is_volatile: !is_constant && VOLATILE.iter().any(calls) }
}
