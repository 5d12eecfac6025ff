//! How statements and rows are bent by a lie.

use bedplate_core::sql::{Batch, RowStream, Statement, Value};
use bedplate_core::{Error, ErrorKind, Result};
use futures_util::{Stream, StreamExt, TryStreamExt};
use rust_decimal::Decimal;

use super::lie::Lie;

/// Statements about tenants that SQLite doesn't know, and that a liar takes with a nod.
pub(super) fn is_about_tenants(text: &str) -> bool {
    ["create policy", "create role", "grant ", "set local role", "drop owned", "drop role"]
        .iter()
        .any(|word| text.starts_with(word))
        || text.contains("row level security")
}

impl Lie {
    pub(super) fn bend(self, mut statement: Statement) -> Statement {
        for value in &mut statement.values {
            *value = match (self, &*value) {
                (Self::RoundsDecimals, Value::Decimal(decimal)) => {
                    Value::Float(decimal.to_string().parse().unwrap())
                }
                (Self::TakesEmptyForNull, Value::Text(text)) if text.is_empty() => Value::Null,
                (Self::CutsTimes, Value::Timestamp(time)) => {
                    Value::Timestamp(jiff::Timestamp::from_second(time.as_second()).unwrap())
                }
                (Self::CutsValues, Value::Text(text)) if text.len() > 1 << 20 => {
                    Value::Text(text.chars().take(1 << 19).collect())
                }
                (Self::CutsValues, Value::Bytes(bytes)) => {
                    Value::Bytes(bytes.slice(..bytes.len().min(1 << 20)))
                }
                (_, value) => value.clone(),
            };
        }
        let mut text = statement.text.to_string();
        self.bend_text(&mut text);
        if self == Self::InlinesValues {
            for (at, value) in statement.values.drain(..).enumerate().collect::<Vec<_>>().into_iter().rev() {
                let literal = match value {
                    Value::Int(int) => int.to_string(),
                    Value::Null => "null".into(),
                    other => format!("'{}'", other.as_text().unwrap_or_default()),
                };
                text = text.replace(&format!("${}", at + 1), &literal);
            }
        }
        if self == Self::IgnoresValues {
            let needed =
                (1..=statement.values.len()).take_while(|at| text.contains(&format!("${at}"))).count();
            statement.values.truncate(needed);
        }
        statement.text = text.into();
        statement
    }

    fn bend_text(self, text: &mut String) {
        let (old, new) = match self {
            Self::NeverUpdates => match text.find("do update") {
                Some(at) => {
                    text.truncate(at);
                    text.push_str("do nothing");
                    return;
                }
                None => return,
            },
            Self::PutsNullLast if text.ends_with("order by v") => ("order by v", "order by v nulls last"),
            Self::IgnoresCase => ("varchar(40) not null", "varchar(40) collate nocase not null"),
            Self::ChecksTypes => ("(n bigint,", "(n bigint check (typeof(n) = 'integer'),"),
            Self::ComparesNull => ("v = null", "v is null"),
            Self::ReplacesRows => ("insert into", "insert or replace into"),
            Self::KeepsChildren => ("on delete cascade", "on delete no action"),
            _ => return,
        };
        *text = text.replace(old, new);
    }

    pub(super) fn blur<T>(self, result: Result<T>) -> Result<T> {
        match result {
            Err(error) if self == Self::KnowsOneError => {
                Err(Error::new(ErrorKind::Internal, error.message()))
            }
            result => result,
        }
    }

    pub(super) fn bend_rows<'a>(self, text: &str, rows: RowStream<'a>) -> RowStream<'a> {
        let updates = text.starts_with("update") || text.starts_with("delete");
        match self {
            Self::LosesInsertedRows if text.starts_with("insert") => rows.take(0).boxed(),
            Self::LosesReturnedRows if updates => rows.take(0).boxed(),
            Self::CutsResults => cut(rows, 10_000).boxed(),
            Self::HidesErrors => rows.take_while(|row| std::future::ready(row.is_ok())).boxed(),
            Self::GuessesDecimals => rows
                .map_ok(|mut batch| {
                    for value in batch.values_mut() {
                        if let Value::Float(float) = value {
                            *value = Value::Decimal(Decimal::try_from(*float).unwrap_or_default());
                        }
                    }
                    batch
                })
                .boxed(),
            _ => rows,
        }
    }
}

/// The first rows only.
fn cut(rows: RowStream<'_>, mut left: usize) -> impl Stream<Item = Result<Batch>> + Send + '_ {
    rows.map_ok(move |mut batch| {
        batch.truncate(left);
        left -= batch.len();
        batch
    })
    .try_filter(|batch| std::future::ready(!batch.is_empty()))
}
