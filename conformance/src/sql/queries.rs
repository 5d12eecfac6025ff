//! What every service writes and takes for granted: joins, groups, defaults, NULL, and what happens to children.

use bedplate_core::sql::{Sql, ValueKind};
use rust_decimal::Decimal;

use super::scene::count;
use crate::case::{Subject, Verdict};
use crate::ensure_eq;

pub(super) async fn ordinary_queries_mean_the_same(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let table = subject.table("sales", "id bigint not null primary key, shop varchar(20), n bigint").await?;
    let other = subject.table("shops", "name varchar(20) not null primary key, city varchar(20)").await?;
    let fill = format!(
        "insert into {table} (id, shop, n) values (1, 'a', 10), (2, 'a', 20), (3, 'b', 5), (4, 'c', null), (5, null, 7)"
    );
    sql.query(fill).execute().await?;
    sql.query(format!("insert into {other} (name, city) values ('a', 'Ulm'), ('b', 'Bonn'), ('d', 'Kiel')"))
        .execute()
        .await?;
    let groups = format!(
        "select shop, sum(n), count(*), count(n) from {table} where shop is not null \
         group by shop having count(*) > 0 order by shop"
    );
    type Group = (String, Option<i64>, i64, i64);
    let found: Vec<Group> = sql.query(groups).fetch_all().await?;
    let expected = [("a".into(), Some(30), 2, 2), ("b".into(), Some(5), 1, 1), ("c".into(), None, 1, 0)];
    ensure_eq!(found, expected, "groups");
    let join = format!(
        "select o.name, coalesce(sum(s.n), 0) from {other} o left join {table} s on s.shop = o.name \
         group by o.name order by 2 desc, o.name limit $1 offset $2"
    );
    let found: Vec<(String, i64)> = sql.query(join).bind(2).bind(1).fetch_all().await?;
    ensure_eq!(found, [("b".into(), 5), ("d".into(), 0)], "a page of a join");
    let ranks = format!(
        "with big as (select id, shop, n from {table} where n >= 7) \
         select id, row_number() over (partition by shop order by n desc) from big where shop is not null \
         union all select -1, count(*) from big order by 1"
    );
    let found: Vec<(i64, i64)> = sql.query(ranks).fetch_all().await?;
    ensure_eq!(found, [(-1, 3), (1, 2), (2, 1)], "ranks");
    let exists = format!(
        "select name from {other} o where exists (select 1 from {table} s where s.shop = o.name) \
         and city not in ('Ulm') and lower(city) like 'b%' and case when name = 'b' then 1 else 0 end = 1"
    );
    let found: Vec<String> = sql.query(exists).fetch_all().await?;
    ensure_eq!(found, ["b"], "shops by a subquery");
    Ok(())
}

pub(super) async fn null_is_equal_to_nothing(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let table = subject.table("t", "id bigint not null primary key, v varchar(20) unique, n bigint").await?;
    // Of a unique column, too.
    sql.query(format!("insert into {table} (id, v, n) values (1, null, 1), (2, null, null), (3, 'x', 2)"))
        .execute()
        .await?;
    for (condition, expected) in [
        ("v = null", 0),
        ("v <> 'x'", 0),
        ("v is null", 2),
        ("not (v = 'x')", 0),
        ("v = 'x' or v is null", 3),
        ("n not in (1, null)", 0),
        ("coalesce(v, 'x') = 'x'", 3),
    ] {
        let found: i64 =
            sql.query(format!("select count(*) from {table} where {condition}")).fetch_one().await?;
        ensure_eq!(found, expected, "rows where {condition}");
    }
    let sums: (i64, i64, Option<i64>) = sql
        .query(format!("select sum(n), count(n), (select max(n) from {table} where id > 9) from {table}"))
        .fetch_one()
        .await?;
    ensure_eq!(sums, (3, 2, None), "a sum, a count and a maximum of nothing");
    // Bound as a value it is the same.
    let bound: i64 = sql
        .query(format!("select count(*) from {table} where v = $1"))
        .bind(None::<String>)
        .fetch_one()
        .await?;
    ensure_eq!(bound, 0, "rows that are equal to a bound NULL");
    Ok(())
}

pub(super) async fn literals_and_operators_mean_the_same(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let table = subject.table("t", "a varchar(20), \"order\" varchar(20), n bigint").await?;
    let insert = format!("insert into {table} (a, \"order\", n) values ('it''s \\n', 'b', -7)");
    sql.query(insert).execute().await?;
    let select = format!(
        "select a || ' ' || \"order\", length(\"order\" || $1), upper(\"order\"), n % 4, abs(n), nullif(n, -7), \
         trim('  x '), replace(a, 'it', 'that'), n <> -7 or n != -7 from {table} where \"order\" = 'b'"
    );
    type Row = (String, i64, String, i64, i64, Option<i64>, String, String, bool);
    let row: Row = sql.query(select).bind("12").fetch_one().await?;
    let expected: Row =
        ("it's \\n b".into(), 3, "B".into(), -3, 7, None, "x".into(), "that's \\n".into(), false);
    ensure_eq!(row, expected, "the row");
    let nothing: Option<String> = sql.query(format!("select a || null from {table}")).fetch_one().await?;
    ensure_eq!(nothing, None, "a text and NULL");
    Ok(())
}

pub(super) async fn defaults_fill_what_is_left_out(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let time = sql.dialect().column_type(ValueKind::DateTime).unwrap_or_default();
    let columns = format!(
        "id bigint not null primary key, n bigint not null default 7, v varchar(20) default 'it''s', \
         x bigint, born {time} not null default current_timestamp"
    );
    // MySQL wants the digits of the type after the default too.
    let columns = if time.contains("(6)") {
        columns.replace("current_timestamp", "current_timestamp(6)")
    } else {
        columns
    };
    let table = subject.table("t", &columns).await?;
    sql.query(format!("insert into {table} (id) values (1)")).execute().await?;
    sql.query(format!("insert into {table} (id, n, v) values (2, 0, null)")).execute().await?;
    let rows: Vec<(i64, Option<String>, Option<i64>)> =
        sql.query(format!("select n, v, x from {table} order by id")).fetch_all().await?;
    ensure_eq!(rows, [(7, Some("it's".to_string()), None), (0, None, None)], "the rows");
    let born: i64 =
        sql.query(format!("select count(*) from {table} where born > '2020-01-01'")).fetch_one().await?;
    ensure_eq!(born, 2, "rows with a time");
    Ok(())
}

pub(super) async fn children_go_or_are_cut_loose_with_their_parent(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let parent = subject.counters(3).await?;
    let child = async |what: &str, rest: &str| {
        let columns = format!(
            "id bigint not null primary key, parent bigint, foreign key (parent) references {parent} (id) {rest}"
        );
        let table = subject.table(what, &columns).await?;
        sql.query(format!("insert into {table} (id, parent) values (1, 0), (2, 0), (3, 1)"))
            .execute()
            .await?;
        Ok::<_, bedplate_core::Error>(table)
    };
    let gone = child("gone", "on delete cascade").await?;
    let loose = child("loose", "on delete set null").await?;
    let deleted = sql.query(format!("delete from {parent} where id = 0")).execute().await?;
    ensure_eq!(deleted, 1, "rows that are deleted, without their children");
    ensure_eq!(count(sql, &gone).await?, 1, "children that stay");
    let parents: Vec<Option<i64>> =
        sql.query(format!("select parent from {loose} order by id")).fetch_all().await?;
    ensure_eq!(parents, [None, None, Some(1)], "the parents of those who are cut loose");
    Ok(())
}

pub(super) async fn sums_of_whole_cents_are_exact(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let table = subject.table("prices", "id bigint not null primary key, cents bigint not null").await?;
    // Money that every engine adds up exactly: whole cents.
    let rows: Vec<String> = (0..1000).map(|id| format!("({id}, 1999)")).collect();
    sql.query(format!("insert into {table} (id, cents) values {}", rows.join(", "))).execute().await?;
    let sum: i64 = sql.query(format!("select sum(cents) from {table}")).fetch_one().await?;
    ensure_eq!(sum, 1_999_000, "the sum");
    let decimal: Decimal = sql.query(format!("select sum(cents) from {table}")).fetch_one().await?;
    ensure_eq!(decimal, Decimal::from(1_999_000), "the sum as a decimal");
    Ok(())
}
