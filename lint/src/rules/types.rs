//! Types that an engine doesn't have, and types that lose what is put into them.

use std::ops::Range;

use bedplate_core::sql::Dialect;

use crate::change::{Change, What};
use crate::codes::{
    Code, DECIMAL_AS_FLOAT, FRACTION_CUT, LENGTH_MISSING, MONEY_AS_FLOAT, TIMESTAMP_ENDS_IN_2038,
    TIMESTAMP_WITHOUT_ZONE, TYPE_NOT_IN_ENGINE, TYPE_WITHOUT_MEANING,
};
use crate::history::{Found, Step};
use crate::kind::Kind;

/// What a rule says of a type: its code, its message and what to write.
type Verdict = (&'static Code, String, String);

/// Types that PostgreSQL doesn't have, and what to write there.
const NOT_IN_POSTGRES: &[(&str, &str)] = &[
    ("tinyint", "smallint"),
    ("mediumint", "integer"),
    ("double", "double precision"),
    ("datetime", "timestamptz"),
    ("tinytext", "text"),
    ("mediumtext", "text"),
    ("longtext", "text"),
    ("blob", "bytea"),
    ("tinyblob", "bytea"),
    ("mediumblob", "bytea"),
    ("longblob", "bytea"),
    ("binary", "bytea"),
    ("varbinary", "bytea"),
    ("year", "smallint"),
    ("clob", "text"),
    ("nvarchar", "varchar"),
    ("nchar", "char"),
    ("string", "text"),
    ("number", "numeric"),
    ("varchar2", "varchar"),
    ("enum", "text with a check, or a type made by `create type`"),
    ("set", "text[]"),
    ("uniqueidentifier", "uuid"),
    ("any", "text"),
];

/// Types that MySQL doesn't have, and what to write there.
const NOT_IN_MYSQL: &[(&str, &str)] = &[
    ("serial", "bigint auto_increment` in a script `.mysql.sql"),
    ("bigserial", "bigint auto_increment` in a script `.mysql.sql"),
    ("smallserial", "smallint auto_increment` in a script `.mysql.sql"),
    ("jsonb", "json"),
    ("timestamptz", "datetime(6)"),
    ("timetz", "time(6)"),
    ("uuid", "char(36)"),
    ("bytea", "longblob"),
    ("money", "decimal(19, 4)"),
    ("interval", "bigint` with a unit in its name, such as `wait_ms"),
    ("inet", "varchar(45)"),
    ("cidr", "varchar(49)"),
    ("macaddr", "varchar(17)"),
    ("hstore", "json"),
    ("citext", "varchar(255)"),
    ("xml", "longtext"),
    ("tsvector", "text` with a fulltext index"),
    ("tsquery", "text"),
    ("clob", "longtext"),
    ("string", "text"),
    ("number", "decimal(38, 10)"),
    ("varchar2", "varchar(255)"),
    ("int4range", "two columns"),
    ("int8range", "two columns"),
    ("tstzrange", "two columns"),
    ("daterange", "two columns"),
    ("any", "text"),
];

/// The types of a strict table.
const STRICT: &[&str] = &["int", "real", "text", "blob", "any"];
/// Types of which SQLite keeps the text as it is, though it calls them numeric.
const KEPT: &[&str] = &[
    "boolean",
    "date",
    "datetime",
    "timestamp",
    "timestamptz",
    "time",
    "timetz",
    "uuid",
    "bytea",
    "binary",
    "varbinary",
    "uniqueidentifier",
    "any",
    "",
];
/// Words in the names of columns that hold money.
const MONEY: &[&str] = &[
    "price",
    "prices",
    "amount",
    "total",
    "subtotal",
    "balance",
    "cost",
    "costs",
    "fee",
    "fees",
    "salary",
    "payment",
    "payout",
    "revenue",
    "discount",
    "money",
    "deposit",
    "refund",
    "commission",
    "budget",
];
/// Words that make another thing of them.
const NO_MONEY: &[&str] = &[
    "rate",
    "ratio",
    "percent",
    "percentage",
    "factor",
    "count",
    "weight",
    "time",
    "seconds",
    "ms",
    "distance",
    "score",
];

pub(super) fn judge(step: &Step<'_>, change: &Change, found: &mut Vec<Found>) {
    match &change.what {
        What::CreateTable(new) => {
            for column in &new.columns {
                one(step, &column.name, &column.kind, new.is_strict, &column.at, found);
            }
        }
        What::AddColumn { column, .. } => one(step, &column.name, &column.kind, false, &column.at, found),
        What::ChangeType { column, kind, .. } => one(step, column, kind, false, &change.at, found),
        _ => {}
    }
}

fn one(step: &Step<'_>, name: &str, kind: &Kind, is_strict: bool, at: &Range<usize>, found: &mut Vec<Found>) {
    let own = step.schema.types.contains(&kind.name);
    let verdict = match step.script.dialect {
        Dialect::Sqlite => sqlite(kind, is_strict),
        Dialect::Postgres if !own && !kind.is_quoted => postgres(kind),
        Dialect::Mysql => mysql(kind),
        _ => None,
    };
    let has_verdict = verdict.is_some();
    if let Some((code, message, help)) = verdict {
        found.push(step.found(code, at, format!("`{name}`: {message}")).with_help(help));
    }
    if !has_verdict && kind.is_float() && is_money(name) {
        let message = format!("`{name}` sounds like money, and a `{}` can't hold 0.10", kind.text);
        let exact = match step.script.dialect {
            Dialect::Sqlite => "text",
            _ => "numeric(19, 4)",
        };
        let help = format!("write `{exact}`, or `bigint` and count the smallest coin");
        found.push(step.found(MONEY_AS_FLOAT, at, message).with_help(help));
    }
}

fn is_money(name: &str) -> bool {
    let mut words = name.split('_');
    words.clone().any(|word| MONEY.contains(&word)) && !words.any(|word| NO_MONEY.contains(&word))
}

fn lacking(engine: &str, kind: &Kind, instead: &str) -> Verdict {
    (TYPE_NOT_IN_ENGINE, format!("{engine} has no type `{}`", kind.text), format!("write `{instead}`"))
}

fn listed(list: &[(&str, &'static str)], kind: &Kind) -> Option<&'static str> {
    list.iter().find(|(name, _)| *name == kind.name).map(|(_, instead)| *instead)
}

fn postgres(kind: &Kind) -> Option<Verdict> {
    // `enum` without values is somebody's own type.
    let is_own = kind.is(&["enum", "set"]) && !kind.has_brackets;
    if let Some(instead) = listed(NOT_IN_POSTGRES, kind).filter(|_| !is_own) {
        return Some(lacking("PostgreSQL", kind, instead));
    }
    if kind.is_unsigned {
        return Some(lacking("PostgreSQL", kind, "bigint` with a check `>= 0"));
    }
    if kind.is(&["timestamp"]) {
        let message = format!("a `{}` says no zone: what is read depends on who reads it", kind.text);
        return Some((TIMESTAMP_WITHOUT_ZONE, message, "write `timestamptz`".to_string()));
    }
    let is_cut =
        kind.is(&["timestamptz", "time", "timetz"]) && kind.sizes.first().is_some_and(|size| *size < 6);
    is_cut.then(|| (FRACTION_CUT, cut(kind), format!("write `{}`, which keeps microseconds", kind.name)))
}

fn cut(kind: &Kind) -> String {
    format!("a `{}` cuts the microseconds off", kind.text)
}

fn mysql(kind: &Kind) -> Option<Verdict> {
    if kind.is_array {
        return Some(lacking("MySQL", kind, "json"));
    }
    if let Some(instead) = listed(NOT_IN_MYSQL, kind) {
        return Some(lacking("MySQL", kind, instead));
    }
    if kind.is(&["varchar", "nvarchar", "varbinary"]) && kind.sizes.is_empty() {
        let message = format!("MySQL needs a length behind `{}`", kind.text);
        return Some((LENGTH_MISSING, message, format!("write `{}(255)`, or `text`", kind.name)));
    }
    if kind.is(&["timestamp"]) {
        let message = "a `timestamp` of MySQL ends on 19 January 2038".to_string();
        return Some((
            TIMESTAMP_ENDS_IN_2038,
            message,
            "write `datetime(6)`, and keep UTC in it".to_string(),
        ));
    }
    let is_cut = kind.is(&["datetime", "time"]) && kind.sizes.first().is_none_or(|size| *size < 6);
    if is_cut {
        return Some((FRACTION_CUT, cut(kind), format!("write `{}(6)`", kind.name)));
    }
    let is_bare = kind.is(&["decimal", "numeric"]) && kind.sizes.is_empty();
    is_bare.then(|| {
        let message = format!("without digits, a `{}` of MySQL rounds to whole numbers", kind.text);
        (LENGTH_MISSING, message, "write `decimal(19, 4)`".to_string())
    })
}

fn sqlite(kind: &Kind, is_strict: bool) -> Option<Verdict> {
    if is_strict && !STRICT.contains(&kind.name.as_str()) {
        return Some(lacking("a strict table of SQLite", kind, instead_in_sqlite(kind)));
    }
    if kind.is_array {
        return Some(lacking("SQLite", kind, "text` with JSON in it, or a table of its own"));
    }
    if kind.name.ends_with("serial") {
        let message = format!("SQLite takes `{}` for any name, and counts nothing up", kind.text);
        return Some((TYPE_NOT_IN_ENGINE, message, "write `integer primary key`".to_string()));
    }
    if kind.is(&["enum", "set"]) && kind.has_brackets {
        return Some(lacking("SQLite", kind, "text` with a check"));
    }
    if kind.is_decimal() || kind.is(&["number"]) {
        let message = format!("SQLite keeps a `{}` as a float", kind.text);
        return Some((
            DECIMAL_AS_FLOAT,
            message,
            "write `text`: the driver reads decimals from it exactly".into(),
        ));
    }
    let affinity = affinity(kind)?;
    let message =
        format!("SQLite has no `{}` and turns texts that look like {affinity} into them", kind.text);
    Some((TYPE_WITHOUT_MEANING, message, format!("write `{}`", instead_in_sqlite(kind))))
}

fn instead_in_sqlite(kind: &Kind) -> &'static str {
    match () {
        () if kind.integer_bits().is_some() || kind.is(&["boolean"]) => "integer",
        () if kind.is_float() => "real",
        () if kind.is(&["bytea", "binary", "varbinary"]) || kind.name.ends_with("blob") => "blob",
        () => "text",
    }
}

/// What SQLite reads into a name that it doesn't know, where that changes values.
fn affinity(kind: &Kind) -> Option<&'static str> {
    let has = |parts: &[&str]| parts.iter().any(|part| kind.name.contains(part));
    if kind.integer_bits().is_some() || KEPT.contains(&kind.name.as_str()) {
        return None;
    }
    // The order is SQLite's own: https://www.sqlite.org/datatype3.html#determination_of_column_affinity
    if has(&["int"]) {
        return Some("whole numbers");
    }
    if has(&["char", "clob", "text", "blob", "real", "floa", "doub"]) {
        return None;
    }
    Some("numbers")
}
