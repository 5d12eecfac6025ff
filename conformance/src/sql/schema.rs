//! The schema as it is read.

use bedplate_core::sql::{ForeignKey, Index, Sql};

use crate::case::{Failure, Subject, Verdict};
use crate::{ensure, ensure_eq};

pub(super) async fn columns_and_keys_are_read(subject: &Subject<Sql>) -> Verdict {
    let columns = "b bigint not null, a varchar(20) not null, note text, n bigint not null default 7, primary key (a, b)";
    let name = subject.table("t", columns).await?;
    let schema = subject.handle.schema().await?;
    let table = schema.table(&name).ok_or_else(|| Failure(format!("there is no table `{name}`")))?;
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    ensure_eq!(names, ["b", "a", "note", "n"], "the columns");
    let nullable: Vec<bool> = table.columns.iter().map(|column| column.nullable).collect();
    ensure_eq!(nullable, [false, false, true, false], "whether they take NULL");
    ensure_eq!(table.primary_key, ["a", "b"], "the primary key, in its order");
    ensure_eq!(table.columns[0].kind, "bigint", "a type");
    ensure_eq!(table.columns[2].kind, "text", "a type");
    let defaults: Vec<Option<bool>> = table
        .columns
        .iter()
        .map(|column| column.default.as_ref().map(|default| default.contains('7')))
        .collect();
    ensure_eq!(defaults, [None, None, None, Some(true)], "the defaults");
    let ordered = schema.tables.windows(2).all(|pair| pair[0].name < pair[1].name);
    ensure!(ordered, "the tables are not ordered by name");
    Ok(())
}

pub(super) async fn indexes_and_foreign_keys_are_read(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let parent = subject.table("parent", "a bigint not null, b bigint not null, primary key (b, a)").await?;
    let columns = format!(
        "id bigint not null primary key, x bigint, y bigint, z bigint, e varchar(50), \
         foreign key (y, x) references {parent} (b, a), foreign key (z) references {} (id)",
        subject.counters(0).await?
    );
    let child = subject.table("child", &columns).await?;
    sql.query(format!("create index {child}_plain on {child} (y, x)")).execute().await?;
    sql.query(format!("create unique index {child}_unique on {child} (e)")).execute().await?;
    let schema = sql.schema().await?;
    let table = schema.table(&child).ok_or_else(|| Failure(format!("there is no table `{child}`")))?;
    let texts = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
    let expected = [
        ForeignKey {
            columns: texts(&["y", "x"]),
            references: parent,
            referenced_columns: texts(&["b", "a"]),
        },
        ForeignKey {
            columns: texts(&["z"]),
            references: subject.name("counters"),
            referenced_columns: texts(&["id"]),
        },
    ];
    ensure_eq!(table.foreign_keys, expected, "the foreign keys");
    let expected = [
        Index { name: format!("{child}_plain"), columns: texts(&["y", "x"]), unique: false },
        Index { name: format!("{child}_unique"), columns: texts(&["e"]), unique: true },
    ];
    // An engine may add one of its own for a foreign key.
    let named: Vec<_> = table.indexes.iter().filter(|index| index.name.starts_with(&child)).collect();
    ensure_eq!(named, expected.iter().collect::<Vec<_>>(), "the indexes");
    Ok(())
}
