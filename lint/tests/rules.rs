//! What each rule finds and what it leaves alone, case by case.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use bedplate_core::sql::Dialect::{self, Mysql, Postgres, Sqlite};
use bedplate_core::sql::Migrations;
use bedplate_lint::{Finding, Options, lint};

fn judge(options: &Options, scripts: &[&str]) -> Vec<Finding> {
    let files = scripts.iter().enumerate().map(|(at, script)| (format!("{:04}_a.sql", at + 1), *script));
    lint(&Migrations::from_files(files).unwrap(), options)
}

fn codes(dialect: Dialect, scripts: &[&str]) -> Vec<&'static str> {
    judge(&Options::new([dialect]), scripts).iter().map(|finding| finding.code).collect()
}

#[track_caller]
fn expect(dialect: Dialect, scripts: &[&str], expected: &[&str]) {
    assert_eq!(codes(dialect, scripts), expected, "{dialect:?} {scripts:?}");
}

/// A table that is in use, and a second script.
#[track_caller]
fn then(dialect: Dialect, second: &str, expected: &[&str]) {
    let first = "create table t (id bigint primary key, a varchar(20), n bigint not null);";
    expect(dialect, &[first, second], expected);
}

#[test]
fn what_a_script_made_itself_it_may_change() {
    for dialect in [Sqlite, Postgres, Mysql] {
        expect(
            dialect,
            &[
                "create table t (id bigint primary key, a varchar(9)); alter table t rename to u; alter table u drop column a; drop table u",
            ],
            &[],
        );
        let refused: &[&str] = &["refused-in-script"];
        expect(dialect, &["create temporary table t (a varchar(9))", "drop table t"], refused);
    }
    expect(
        Postgres,
        &[
            "create table t (id bigint primary key, a text); create unique index i on t (a); update t set a = 'x'",
        ],
        &[],
    );
}

#[test]
fn tables_known_to_be_small_and_migrations_applied_long_ago_are_left_alone() {
    let scripts =
        ["create table t (id bigint primary key, a text)", "create index i on t (a)", "drop table t"];
    let found = |options: &Options| judge(options, &scripts).iter().map(|f| f.code).collect::<Vec<_>>();
    let options = Options::new([Postgres]);
    assert_eq!(found(&options), ["index-without-concurrently", "drop-table"]);
    assert_eq!(found(&options.clone().after(2)), ["drop-table"]);
    assert_eq!(found(&options.small_tables(["T"])), [""; 0]);
}

#[test]
fn a_finding_that_several_dialects_share_is_told_once() {
    let script = "create table t (a varchar(20))";
    let found = judge(&Options::new([Postgres, Sqlite, Mysql, Sqlite]), &[script]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].dialects, ["mysql", "postgres", "sqlite"]);
    assert_eq!((found[0].line, found[0].column, &script[found[0].span.clone()]), (1, 14, "t"));
    assert!(judge(&Options::default(), &[script]).is_empty());
}

#[test]
fn exceptions_hold_for_a_statement_or_a_file_and_nothing_else() {
    let first = "create table t (id bigint primary key, a varchar(9), b varchar(9))";
    let drop = |text: &str| codes(Postgres, &[first, text]);
    let two = "alter table t drop column a;\nalter table t drop column b;";
    assert_eq!(drop(two), ["drop-column", "drop-column"]);
    assert_eq!(drop(&format!("-- lint: allow drop-column: why\n{two}")), ["drop-column"]);
    assert_eq!(drop(&format!("-- lint: allow drop-column: why\n\n{two}")), [""; 0]);
    assert_eq!(
        drop(&format!("-- Notes.\n-- lint: allow drop-column, set-not-null: why\n\n{two}")),
        ["allow-unused"]
    );
    assert_eq!(drop("alter table t drop column a; -- lint: allow drop-column: why"), [""; 0]);
    assert_eq!(drop("alter table t\n-- lint: allow drop-column: why\ndrop column a"), [""; 0]);
    assert_eq!(
        drop("alter table t drop column a;\n\n-- lint: allow drop-column: why\n\n"),
        ["drop-column", "allow-unused"]
    );
    assert_eq!(drop("-- lint: allow drop-colum: why\nselect 1"), ["allow-unused"]);
    assert_eq!(drop("-- lint: allow allow-unused: why\nselect 1"), ["allow-unused"]);
    let found = judge(&Options::new([Postgres]), &[first, "-- lint: allow drop-colum: why\nselect 1"]);
    assert_eq!(found[0].help.as_deref(), Some("did you mean `drop-column`?"));
}

#[test]
fn an_exception_that_one_dialect_needs_is_used() {
    let scripts = ["-- lint: allow small-primary-key: few rows\ncreate table t (id int primary key)"];
    assert!(judge(&Options::new([Sqlite, Postgres]), &scripts).is_empty());
    expect(Sqlite, &scripts, &["allow-unused"]);
}

#[test]
fn what_a_later_migration_puts_right_is_not_told() {
    let first = "create table p (id bigint primary key); create table t (id bigint, p bigint, foreign key (p) references p (id))";
    expect(Sqlite, &[first], &["table-without-primary-key", "foreign-key-without-index"]);
    let second = "create index i on t (p, id); alter table t add primary key (id)";
    expect(Postgres, &[first, second], &["index-without-concurrently", "unique-on-existing-table"]);
}

#[test]
fn an_index_helps_a_foreign_key_where_it_begins_with_its_columns() {
    let table = |rest: &str| {
        format!(
            "create table p (id bigint primary key); create table t (id bigint, a bigint references p (id), {rest});"
        )
    };
    for (rest, expected) in [
        ("primary key (a, id)", &[][..]),
        ("primary key (id, a)", &["foreign-key-without-index"][..]),
        ("primary key (id), unique (a)", &[]),
        ("primary key (id)); create index i on t (lower(a)", &["foreign-key-without-index"]),
        ("primary key (id)); create index i on t (a desc", &[]),
    ] {
        expect(Postgres, &[&table(rest)], expected);
        expect(Mysql, &[&table("primary key (id)")], &[]);
    }
}

#[test]
fn foreign_keys_reach_no_table_that_is_not_there() {
    let unknown = ["foreign-key-to-unknown-table"];
    expect(Postgres, &["create table t (id bigint primary key references u (id))"], &unknown);
    expect(Postgres, &["create table t (id bigint primary key references t (id))"], &[]);
    expect(
        Postgres,
        &[
            "create table u (id bigint primary key)",
            "drop table u -- lint: allow drop-table: x",
            "create table t (id bigint primary key references u)",
        ],
        &unknown,
    );
    let known = Options::new([Postgres]).known_tables(["U"]);
    assert!(judge(&known, &["create table t (id bigint primary key references u (id))"]).is_empty());
    // Two that refer to each other.
    expect(
        Sqlite,
        &[
            "create table a (id bigint primary key references b (id)); create table b (id bigint primary key references a (id))",
        ],
        &[],
    );
}

#[test]
fn other_databases_are_out_of_reach() {
    let other = ["other-database"];
    for script in [
        "select * from billing.invoices",
        "insert into billing.invoices values (1)",
        "update billing.invoices set a = 1 where b = 2",
        "select 1 from t join \"billing\".invoices i on i.a = t.a",
        "create extension if not exists postgres_fdw",
        "create view v as select * from billing.invoices",
    ] {
        expect(Postgres, &[script], &other);
    }
    for script in [
        "select * from public.t",
        "select * from information_schema.tables",
        "select extract(epoch from t.a), trim(both ' ' from t.b) from t where t.a is distinct from t.b",
        "select * from t join u on t.a = u.a",
        "select * from pg_catalog.pg_class where relname = 'from billing.invoices'",
        "create schema billing; create table billing.invoices (id bigint primary key)",
        "create policy p on t using (t.a = 1)",
        "select * from app.rows(1)",
    ] {
        expect(Postgres, &[script], &[]);
    }
    let refused_too = [other[0], "refused-in-script"];
    expect(Sqlite, &["attach 'x.db' as x"], &refused_too);
    expect(Mysql, &["use other"], &refused_too);
    let known = Options::new([Postgres]).known_schemas(["cron"]);
    assert!(judge(&known, &["delete from cron.job where jobid = 1"]).is_empty());
}

#[test]
fn indexes_are_redundant_where_another_one_answers() {
    let table = "create table t (id bigint primary key, a varchar(9), b varchar(9), unique (a, b));";
    for (index, expected) in [
        ("create index i on t (a)", &["redundant-index"][..]),
        ("create index i on t (b)", &[]),
        ("create unique index i on t (a)", &[]),
        ("create index i on t (a desc)", &[]),
        ("create index i on t (id)", &["redundant-index"]),
        ("create unique index i on t (id)", &["redundant-index"]),
        ("create unique index i on t (\"a\", b)", &["redundant-index"]),
        ("create index i on t (a) where b is null", &[]),
        ("create index i on t using gin (a)", &[]),
        ("create index i on t (lower(a)); create index j on t (lower(a))", &["redundant-index"]),
    ] {
        expect(Postgres, &[&format!("{table}{index}")], expected);
    }
}

#[test]
fn sqlite_makes_tables_anew_and_loses_nothing_unseen() {
    let first = "create table t (id integer primary key, a text, b text);";
    let rebuild = |columns: &str| {
        format!(
            "create table new_t ({columns}); insert into new_t (id, a) select id, a from t; drop table t; alter table new_t rename to t;"
        )
    };
    expect(Sqlite, &[first, &rebuild("id integer primary key, a text, b text")], &[]);
    expect(Sqlite, &[first, &rebuild("id integer primary key, a text")], &["drop-column"]);
    let other = "alter table t rename to old_t; create table t (id integer primary key, a text, b text); insert into t select * from old_t; drop table old_t;";
    expect(Sqlite, &[first, other], &[]);
    expect(Sqlite, &[first, "drop table t; create table t (id integer primary key);"], &["drop-table"]);
}

#[test]
fn postgres_checks_rows_under_no_lock() {
    let lock = ["constraint-without-not-valid"];
    then(Postgres, "alter table t add constraint c check (n > 0)", &lock);
    then(Postgres, "alter table t add constraint c check (n > 0) not valid", &[]);
    then(
        Postgres,
        "alter table t add column u bigint references t (id); create index i on t (u)",
        &["index-without-concurrently"],
    );
    then(Postgres, "alter table t alter column a set not null", &["set-not-null"]);
    then(Postgres, "alter table t alter column n set not null", &[]);
    then(Postgres, "create unique index i on t (a)", &["index-without-concurrently"]);
    then(Postgres, "alter table t add unique (a)", &["unique-on-existing-table"]);
    then(Postgres, "alter table t add unique (id, a)", &[]);
    then(Mysql, "create unique index i on t (a)", &["unique-on-existing-table"]);
    then(Sqlite, "create index i on t (a)", &[]);
}

#[test]
fn new_columns_are_filled_or_may_be_null() {
    let missing = ["not-null-without-default"];
    for dialect in [Sqlite, Postgres, Mysql] {
        then(dialect, "alter table t add column c varchar(9) not null", &missing);
        then(dialect, "alter table t add column c varchar(9) not null default null", &missing);
        then(dialect, "alter table t add column c varchar(9) not null default ''", &[]);
        then(dialect, "alter table t add column c varchar(9)", &[]);
    }
    then(Postgres, "alter table t add column c timestamptz not null default now()", &[]);
    then(Postgres, "alter table t add column c bigserial", &["table-rewritten"]);
    then(Postgres, "alter table t add column c timestamptz default clock_timestamp()", &["table-rewritten"]);
    then(Postgres, "alter table t add column c text default 'random()'", &[]);
    then(Sqlite, "alter table t add column c text default current_timestamp", &["not-in-this-engine"]);
    then(Sqlite, "alter table t add column c text unique", &["not-in-this-engine"]);
    then(Sqlite, "alter table t add constraint c check (n > 0)", &["not-in-this-engine"]);
    then(
        Sqlite,
        "alter table t drop column id",
        &["table-without-primary-key", "drop-column", "not-in-this-engine"],
    );
}

#[test]
fn types_turn_wider_in_peace() {
    then(Postgres, "alter table t alter a type varchar(30)", &[]);
    then(Postgres, "alter table t alter column a type text", &[]);
    then(Postgres, "alter table t alter column a type varchar(10)", &["column-narrowed"]);
    then(Postgres, "alter table t alter column n type int", &["column-narrowed"]);
    then(Postgres, "alter table t alter column n type numeric", &["column-type-changed"]);
    then(Mysql, "alter table t modify a varchar(30)", &[]);
    then(Mysql, "alter table t modify a varchar(20) not null", &["set-not-null"]);
    then(Mysql, "alter table t change a b varchar(20)", &["rename-column"]);
}

#[test]
fn rows_go_and_change_by_name_only() {
    then(Postgres, "update t set a = (select 'x' where true)", &["update-of-every-row"]);
    then(Postgres, "update t set a = 'x' where id = 1", &[]);
    then(Postgres, "truncate only t", &["delete-of-every-row"]);
    then(Sqlite, "update or replace t set a = 'x'", &["update-of-every-row"]);
    then(Mysql, "delete from t limit 10", &[]);
    let audit = "create table audit_log (id bigint primary key, actor varchar(9), action varchar(9), created_at varchar(40));";
    expect(Postgres, &[audit, "delete from audit_log where id = 1"], &["audit-table-changed"]);
    expect(
        Postgres,
        &[
            "create table audit_log (id bigint primary key, \"userId\" bigint, event text, \"createdAt\" timestamptz)",
        ],
        &[],
    );
}

#[test]
fn types_are_those_of_the_engine() {
    let column = |dialect, kind: &str| {
        codes(dialect, &[&format!("create table t (id bigint primary key, amount_due {kind})")])
    };
    let lacks = ["type-not-in-engine"];
    for (kind, sqlite, postgres, mysql) in [
        ("text", &[][..], &[][..], &[][..]),
        ("bigint", &[], &[], &[]),
        ("boolean", &[], &[], &[]),
        ("varchar(40)", &[], &[], &[]),
        ("varchar", &[], &[], &["length-missing"]),
        ("numeric(10, 2)", &["decimal-as-float"], &[], &[]),
        ("decimal", &["decimal-as-float"], &[], &["length-missing"]),
        ("double precision", &["money-as-float"], &["money-as-float"], &["money-as-float"]),
        ("timestamptz", &[], &[], &lacks),
        ("timestamp", &[], &["timestamp-without-zone"], &["timestamp-ends-in-2038"]),
        ("timestamp(6) with time zone", &[], &[], &lacks),
        ("timestamptz(3)", &[], &["fraction-cut"], &lacks),
        ("datetime", &[], &lacks, &["fraction-cut"]),
        ("datetime(6)", &[], &lacks, &[]),
        ("json", &["type-without-meaning"], &[], &[]),
        ("jsonb", &["type-without-meaning"], &[], &lacks),
        ("text[]", &["not-in-this-engine"], &[], &["not-in-this-engine"]),
        ("bytea", &[], &[], &lacks),
        ("blob", &[], &lacks, &[]),
        ("point", &["type-without-meaning"], &[], &[]),
        ("int unsigned", &[], &lacks, &[]),
        ("enum('a', 'b')", &lacks, &lacks, &[]),
        ("mood", &["type-without-meaning"], &[], &[]),
    ] {
        assert_eq!(column(Sqlite, kind), sqlite, "sqlite {kind}");
        assert_eq!(column(Postgres, kind), postgres, "postgres {kind}");
        assert_eq!(column(Mysql, kind), mysql, "mysql {kind}");
    }
    expect(Sqlite, &["create table t (id integer primary key, a datetime) strict"], &lacks);
    expect(
        Postgres,
        &["create type year as enum ('a'); create table t (id bigint primary key, a year)"],
        &[],
    );
}

#[test]
fn a_script_is_a_transaction_or_says_that_it_is_none() {
    let first = "create table t (id bigint primary key, a text);";
    expect(Postgres, &[first, "create index concurrently i on t (a)"], &["needs-no-transaction"]);
    expect(
        Postgres,
        &[
            first,
            "-- bedplate: no-transaction\ncreate index concurrently i on t (a); create index concurrently j on t (a, id)",
        ],
        &["redundant-index", "several-changes-at-once"],
    );
    expect(Postgres, &["vacuum"], &["needs-no-transaction"]);
    for (dialect, script) in [
        (Sqlite, "pragma foreign_keys = off"),
        (Sqlite, "pragma synchronous = off"),
        (Sqlite, "-- bedplate: no-transaction\npragma foreign_keys = off"),
        (Postgres, "set lock_timeout = '2s'"),
        (Postgres, "-- bedplate: no-transaction\nset local lock_timeout = '2s'"),
        (Postgres, "create temp table a (id bigint primary key)"),
        (Mysql, "set foreign_key_checks = 0"),
        (Mysql, "lock tables t write"),
    ] {
        expect(dialect, &[script], &["refused-in-script"]);
    }
    expect(Postgres, &["set local lock_timeout = '2s'"], &[]);
    expect(Sqlite, &["pragma foreign_keys = on; pragma user_version"], &[]);
    for script in ["begin", "BEGIN TRANSACTION", "start transaction", "commit", "end", "rollback"] {
        expect(Postgres, &[script], &["refused-in-script"]);
    }
    expect(Postgres, &["savepoint a; rollback to a"], &[]);
    then(
        Mysql,
        "alter table t add column b int; update t set a = 'x' where id = 1",
        &["several-changes-at-once"],
    );
    then(Mysql, "create table u (id bigint primary key); create table v (id bigint primary key)", &[]);
}

#[test]
fn keys_of_mysql_have_a_length() {
    let key = ["text-key"];
    expect(Mysql, &["create table t (id text primary key)"], &key);
    expect(Mysql, &["create table t (id bigint primary key, a text, key k (a(20)))"], &[]);
    expect(Mysql, &["create table t (id bigint primary key, a varchar(800), key k (a))"], &key);
    expect(
        Mysql,
        &["create table t (id bigint primary key, a varchar(400), b varchar(400), key k (a, b))"],
        &key,
    );
    expect(Postgres, &["create table t (id text primary key)"], &[]);
}

#[test]
fn portable_scripts_speak_what_every_engine_does() {
    let lacks = ["not-in-this-engine"];
    let table = "create table t (id bigint primary key, a varchar(20));";
    for (dialect, script) in [
        (Sqlite, "create table u (id bigint primary key, a text default now())"),
        (Sqlite, "create extension pgcrypto"),
        (Sqlite, "alter table t alter column a set default 'x'"),
        (Sqlite, "alter table t add column b text, add column c text"),
        (Postgres, "create table `u` (id bigint primary key)"),
        (Postgres, "create table u (id bigint auto_increment primary key)"),
        (Postgres, "insert or ignore into t values (1, 'a')"),
        (Mysql, "insert into t values (1, 'a') on conflict do nothing"),
        (Mysql, "create index i on t (a) where a is not null"),
        (Mysql, "drop index i"),
    ] {
        expect(dialect, &[table, script], &lacks);
    }
    for dialect in [Sqlite, Postgres, Mysql] {
        // The driver for MySQL reads names in double quotes as names.
        expect(
            dialect,
            &["create table \"U\" (\"Id\" bigint primary key, \"a\" varchar(9) default 'x')"],
            &[],
        );
        expect(dialect, &["create table \"U\" (id bigint primary key)", "drop table \"U\""], &["drop-table"]);
        let second = "insert into t (id, a) values (1, '[]') ; update t set a = 'now()' where id = 1";
        expect(dialect, &[table, second], &[]);
    }
}

#[test]
fn mysql_is_read_as_its_connections_are_set_up() {
    let script = "create table \"t\" (\"id\" int primary key, a varchar(9) default 'x\\', b varchar(9) default 'it''s \\')";
    expect(Mysql, &[script], &["small-primary-key"]);
    let script = "create table t (id bigint primary key, a varchar(9) default '\\'); drop table t";
    expect(Mysql, &[script], &[]);
}
