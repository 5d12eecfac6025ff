//! What the schema tells about statements that were cut off.

use super::*;
use crate::sql::schema::{Column, ForeignKey, Index};

fn schema() -> Schema {
    let column = |name: &str| Column { name: name.into(), ..Column::default() };
    let a = Table {
        name: "a".into(),
        columns: vec![column("id"), column("b")],
        primary_key: vec!["id".into()],
        indexes: vec![Index { name: "a_b".into(), columns: vec!["b".into()], unique: false }],
        foreign_keys: vec![ForeignKey {
            columns: vec!["b".into()],
            references: "other".into(),
            referenced_columns: vec!["id".into()],
        }],
    };
    Schema {
        tables: vec![a, Table { name: "other".into(), columns: vec![column("id")], ..Table::default() }],
    }
}

fn happened(statement: &str, kind: ErrorKind) -> bool {
    has_happened(Words::of(statement, Dialect::Mysql), kind, &schema())
}

#[test]
fn what_is_there_has_happened() {
    use ErrorKind::{Conflict, InvalidInput, NotFound};
    for (statement, kind) in [
        ("create table a (id int)", Conflict),
        ("CREATE TABLE IF NOT EXISTS `x`.`a` (id int)", Conflict),
        ("create unique index a_b on a (b)", Conflict),
        ("create index a_b using btree on a (b)", Conflict),
        ("create or replace view v as select 1", Conflict),
        ("create definer = `x`@`y` trigger t before insert on a for each row set @b = 1", Conflict),
        ("drop table z", NotFound),
        ("drop table if exists y, z", NotFound),
        ("drop index z on a", NotFound),
        ("drop view v", NotFound),
        ("rename table z to a", NotFound),
        ("alter table z rename to a", NotFound),
        ("alter table z rename as other", NotFound),
        ("alter table a add b int not null default 1", Conflict),
        (
            "alter table a add column if not exists `b` int first, add index a_b (b), engine = innodb",
            Conflict,
        ),
        ("alter table a add constraint a_b unique (b)", Conflict),
        ("alter table a add primary key (id)", Conflict),
        ("alter table a add constraint f foreign key (b) references other (id) on delete cascade", Conflict),
        ("alter table a drop column c, drop key z", NotFound),
        ("alter table other drop primary key", NotFound),
        ("alter table a drop constraint z", NotFound),
        ("alter table a rename column z to b", InvalidInput),
        ("alter table a rename index z to a_b", NotFound),
        ("alter table a change z b bigint", NotFound),
        ("alter table a rename z to b", InvalidInput),
    ] {
        assert!(happened(statement, kind), "{statement}");
    }
}

#[test]
fn what_is_not_there_has_not_happened() {
    use ErrorKind::{Conflict, InvalidInput, NotFound};
    for (statement, kind) in [
        ("create table z (id int)", Conflict),
        ("create table z (id int, foreign key (id) references y (id))", NotFound),
        ("create unique index z on a (b)", Conflict),
        ("create index a_b on other (id)", Conflict),
        ("create view v as select * from z", NotFound),
        ("drop table a", Conflict),
        ("drop table z, a", NotFound),
        ("drop index a_b on a", Conflict),
        ("rename table z to y", NotFound),
        ("rename table a to other", Conflict),
        ("alter table z add b int", NotFound),
        ("alter table a add c int", InvalidInput),
        ("alter table a add b int, add c int", Conflict),
        ("alter table a add constraint z check (b > 0)", Conflict),
        ("alter table a add constraint z unique (b)", Conflict),
        ("alter table a add foreign key (b) references z (id)", Conflict),
        ("alter table a drop column b", Conflict),
        ("alter table a change b id int", Conflict),
        ("alter table a modify b varchar(3)", InvalidInput),
        ("alter table a rename to z", Conflict),
        ("call p()", Conflict),
        ("grant select on a to b", NotFound),
        ("", Conflict),
        ("create index", Conflict),
    ] {
        assert!(!happened(statement, kind), "{statement}");
    }
}

#[test]
fn a_concurrent_index_is_found_in_the_schema_of_its_table() {
    let index = |statement| concurrent_index(Words::of(statement, Dialect::Postgres));
    assert_eq!(index("create index concurrently a_b on a (b)").as_deref(), Some("a_b"));
    let text = "create unique index concurrently if not exists \"A b\" on only \"S\".a using btree (b)";
    assert_eq!(index(text).as_deref(), Some("\"S\".\"A b\""));
    assert_eq!(index("create index a_b on a (b)"), None);
    assert_eq!(index("create index concurrently on a (b)"), None);
}
