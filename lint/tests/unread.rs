//! What is no SQL, or not all of it: it is told, in every dialect, and what every engine reads is not.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use bedplate_core::sql::Dialect::{self, Mysql, Postgres, Sqlite};
use bedplate_core::sql::Migrations;
use bedplate_lint::{Finding, Level, Options, lint};

fn judge(dialect: Dialect, script: &str) -> Vec<Finding> {
    let file = format!("0001_a.{}.sql", dialect.as_str());
    lint(&Migrations::from_files([(file, script)]).unwrap(), &Options::new([dialect]))
}

#[track_caller]
fn expect(dialect: Dialect, script: &str, expected: &[&str]) {
    let found = judge(dialect, script);
    let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, expected, "{dialect:?} {script:?}");
}

#[test]
fn what_is_no_sql_is_a_note() {
    for dialect in [Sqlite, Postgres, Mysql] {
        for script in [
            "crate tabel y (id int);",
            "create tabel y (id int);",
            "create",
            "drop tabel y",
            "alter tabel y add a int",
            "insert into y vlues (1)",
            "updat y set a = 1",
            "delete fro y where a = 1",
            "selct 1",
            "select 1 form y z",
            "hello, world",
            "'only a text'",
        ] {
            let found = judge(dialect, script);
            let found: Vec<_> = found.iter().map(|one| (one.code, one.level)).collect();
            assert_eq!(found, [("not-understood", Level::Note)], "{dialect:?} {script:?}");
        }
    }
}

#[test]
fn what_the_parser_lacks_and_the_words_say_is_no_note() {
    for (dialect, script) in [
        (Sqlite, "create trigger a after insert on b begin update c set d = new.d where e = 1; end"),
        (Sqlite, "pragma user_version = 3"),
        (Sqlite, "create virtual table a using fts5 (b, content = 'c')"),
        (Sqlite, "insert or ignore into a select * from b"),
        (Postgres, "create function a() returns trigger as $$ begin return new; end; $$ language plpgsql"),
        (Postgres, "create event trigger a on ddl_command_end execute function b()"),
        (
            Postgres,
            "create or replace rule a as on insert to b do also (insert into c values (1); select 1;)",
        ),
        (Postgres, "alter default privileges grant select on tables to a"),
        (Postgres, "comment on column a.b is 'c'"),
        (Postgres, "do $$ begin raise notice 'a ('; end $$"),
        (Postgres, "alter policy a on b to c"),
        (Postgres, "select a #>> '{x}', b @> '{}'::jsonb from c"),
        (Mysql, "create definer = `a`@`b` sql security invoker view c as select 1"),
        (Mysql, "create procedure a() begin if b then select (1); end if; end"),
        (Mysql, "insert into a values (1) on duplicate key update b = values(b)"),
        (Mysql, "create view a as select 1 /*!50001 where (1 */"),
    ] {
        if script.contains(" rule ") {
            // The pieces between its brackets are no statements, and no error either.
            assert!(judge(dialect, script).iter().all(|finding| finding.level == Level::Note), "{script}");
        } else {
            expect(dialect, script, &[]);
        }
    }
    // Data that is too long for the parser is told by its first words.
    let rows = vec!["(1, 'a')"; 20_000].join(", ");
    expect(Sqlite, &format!("insert into a values {rows}"), &[]);
    expect(Sqlite, &format!("inset into a values {rows}"), &["not-understood"]);
    expect(Sqlite, &format!("insert into a values {rows}, (1"), &["unfinished-statement"]);
}

#[test]
fn what_is_begun_and_not_ended_is_an_error_where_it_begins() {
    for dialect in [Sqlite, Postgres, Mysql] {
        for (script, at) in [
            ("crate tabel y (;", 14),
            ("insert into x values (1", 21),
            ("insert into x values (1))", 24),
            ("select 'abc", 7),
            ("insert into x values ('it''s)", 22),
            ("select 1 as \"a", 12),
            ("select 1 /* a", 9),
            ("select 1;\n/* a ;\nselect 2", 10),
            ("/* nothing", 0),
        ] {
            let found = judge(dialect, script);
            let found: Vec<_> = found.iter().map(|one| (one.code, one.level, one.span.start)).collect();
            assert_eq!(found, [("unfinished-statement", Level::Error, at)], "{dialect:?} {script:?}");
        }
    }
    expect(Postgres, "do $$ begin end;", &["unfinished-statement"]);
    expect(Postgres, r"select e'a\'", &["unfinished-statement"]);
    expect(Mysql, r"select 'a\'", &[]);
    expect(Sqlite, "select [a", &["unfinished-statement"]);
    expect(Sqlite, "select '(', \"(\" from a -- (", &[]);
}

#[test]
fn a_script_without_a_statement_is_a_warning_that_can_be_allowed() {
    for dialect in [Sqlite, Postgres, Mysql] {
        for script in ["", " \n", ";;", "-- orders\n--\n-- For every engine.\n\n", "/* later */", "\u{feff}"]
        {
            let found = judge(dialect, script);
            let found: Vec<_> = found.iter().map(|one| (one.code, one.level, one.line)).collect();
            assert_eq!(found, [("empty-script", Level::Error, 1)], "{dialect:?} {script:?}");
        }
        expect(dialect, "-- lint: allow empty-script: nothing to do here.\n", &[]);
        expect(dialect, "select 1;", &[]);
    }
}

#[test]
fn a_mark_at_the_start_of_a_file_is_no_sql() {
    for dialect in [Sqlite, Postgres, Mysql] {
        for script in [
            "\u{feff}create table y (id bigint primary key);",
            "\u{feff}-- lint: allow not-understood: the whole file.\n\nhello, world",
            "\u{feff}-- lint: allow not-understood: it.\nhello, world",
        ] {
            expect(dialect, script, &[]);
        }
        expect(dialect, "\u{feff}create table y (id bigint);", &["table-without-primary-key"]);
    }
}
