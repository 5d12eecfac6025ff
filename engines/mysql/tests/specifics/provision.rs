//! A database for each service that no other service can open.

use bedplate_core::sql::{Begin, Made, NewDatabase, Sql};
use bedplate_core::{Address, ErrorKind, Promise, Result};
use bedplate_engine_mysql::DRIVER;

use crate::scene::{open, provide, server, service};

async fn remove(administrator: &Address, wanted: &NewDatabase) -> Result<()> {
    (DRIVER.provision.unwrap().remove)(administrator.clone(), wanted.clone()).await
}

async fn fill(sql: &Sql) {
    sql.query("create table secrets (id bigint primary key, v text)").execute().await.unwrap();
    sql.query("insert into secrets values (1, 'a')").execute().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_reaches_its_own_database_and_nothing_else() {
    let Some(server) = server().await else { return };
    let administrator = server.address();
    // In a grant, `_` would stand for any character.
    let (a, b) = (service("alpha_1"), service("alphaX1"));
    let (made, at_a) = provide(&administrator, &a).await.unwrap();
    assert_eq!(made, Made { role: true, database: true });
    let (_, at_b) = provide(&administrator, &b).await.unwrap();
    let (in_a, in_b) = (open(at_a.clone()).await.unwrap(), open(at_b.clone()).await.unwrap());
    fill(&in_a).await;
    fill(&in_b).await;
    assert_eq!(in_a.features().byte_order, Promise::Native);

    let strange = at_b.with_credentials(a.role.clone(), Some(a.password.clone()));
    assert_eq!(open(strange).await.unwrap_err().kind(), ErrorKind::Denied, "another's database");
    for text in [
        "select * from alphaX1.secrets",
        "insert into alphaX1.secrets values (2, 'b')",
        "update alphaX1.secrets set v = 'b'",
        "delete from alphaX1.secrets",
        "create table alphaX1.mine (a bigint)",
        "drop table alphaX1.secrets",
        "drop database alphaX1",
        "create database another",
        "create user another",
        "set password for 'alphaX1'@'%' = password('x')",
        "grant all on *.* to 'alpha_1'@'%'",
        "grant select on alpha_1.* to 'alphaX1'@'%'",
        "select * from mysql.user",
        "select load_file('/etc/hostname') from mysql.db",
        "select 1 into outfile '/tmp/never-written'",
        "set global max_connections = 1",
    ] {
        let error = in_a.query(text).execute().await.err().unwrap_or_else(|| panic!("{text}: done"));
        assert_eq!(error.kind(), ErrorKind::Denied, "{text}: {error:?}");
    }
    let seen: i64 = in_a
        .query("select count(*) from information_schema.tables where table_schema = 'alphaX1'")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(seen, 0, "tables of another's database that are seen");
    assert_eq!(in_b.query("select count(*) from secrets").fetch_one::<i64>().await.unwrap(), 1);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn made_again_only_the_password_changes_and_removed_nothing_is_left() {
    let Some(server) = server().await else { return };
    let administrator = server.address();
    let mut wanted = service("orders-1");
    // Ten at once make it once.
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (administrator, wanted) = (administrator.clone(), wanted.clone());
            tokio::spawn(async move { provide(&administrator, &wanted).await.unwrap().0 })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.unwrap() == Made { role: true, database: true });
    }
    assert_eq!(made, 1, "of ten that made the same database");
    let (_, old) = provide(&administrator, &wanted).await.unwrap();
    let sql = open(old.clone()).await.unwrap();
    fill(&sql).await;
    let root = open(administrator.clone()).await.unwrap();
    // What the server logs of every statement has no password in it.
    root.query("set global log_output = 'table'").execute().await.unwrap();
    root.query("set global general_log = 1").execute().await.unwrap();
    wanted.password = "zebra-crossing".into();
    let (made, new) = provide(&administrator, &wanted).await.unwrap();
    assert_eq!(made, Made::default());
    let logged = "select count(*) from mysql.general_log where argument like $1";
    let lines = async |like: &str| root.query(logged).bind(like).fetch_one::<i64>().await.unwrap();
    assert!(lines("alter user %").await > 0, "no statement was logged");
    assert_eq!(lines("alter user %zebra-crossing%").await, 0, "statements with the password");
    assert_eq!(open(old).await.unwrap_err().kind(), ErrorKind::Denied);
    let sql = open(new).await.unwrap();
    assert_eq!(sql.query("select count(*) from secrets").fetch_one::<i64>().await.unwrap(), 1);

    // Connections that are in use don't stand in the way.
    let mut busy = sql.begin(Begin::new()).await.unwrap();
    busy.query("delete from secrets").execute().await.unwrap();
    remove(&administrator, &wanted).await.unwrap();
    drop(busy);
    remove(&administrator, &wanted).await.unwrap();
    let left = "select (select count(*) from information_schema.schemata where schema_name like 'orders%') \
                + (select count(*) from mysql.user where user like 'orders%') + (select count(*) from mysql.db where user like 'orders%')";
    assert_eq!(root.query(left).fetch_one::<i64>().await.unwrap(), 0);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_roles_database_is_left_alone() {
    let Some(server) = server().await else { return };
    let administrator = server.address();
    let orders = service("orders");
    let (_, address) = provide(&administrator, &orders).await.unwrap();
    fill(&open(address.clone()).await.unwrap()).await;
    let thief = NewDatabase { role: "thief".into(), ..orders.clone() };
    for refused in [provide(&administrator, &thief).await.map(drop), remove(&administrator, &thief).await] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
    }
    // A database that nobody has rights to, with something in it.
    let root = open(administrator.clone()).await.unwrap();
    root.query("create database old").execute().await.unwrap();
    root.query("create table old.t (a bigint)").execute().await.unwrap();
    let error = provide(&administrator, &service("old")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    let extended = NewDatabase { extensions: vec!["citext".into()], ..orders };
    assert_eq!(provide(&administrator, &extended).await.unwrap_err().kind(), ErrorKind::Unsupported);
    let sql = open(address.clone()).await.unwrap();
    assert_eq!(sql.query("select count(*) from secrets").fetch_one::<i64>().await.unwrap(), 1);
    // A service is no administrator.
    let error = provide(&address, &service("more")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_somebody_elses_is_left_alone() {
    let Some(server) = server().await else { return };
    let administrator = server.address();
    let root = open(administrator.clone()).await.unwrap();
    for text in [
        "create user 'boss'@'%' identified by 'b'",
        "grant select on *.* to 'boss'@'%'",
        "create user 'reader'@'%' identified by 'b'",
        "create database elsewhere",
        "grant select on elsewhere.* to 'reader'@'%'",
        "create user 'local'@'127.0.0.1' identified by 'b'",
        "create role grouped",
        "create user 'member'@'%' identified by 'b'",
        "grant grouped to 'member'@'%'",
    ] {
        root.query(text).execute().await.unwrap();
    }
    let users = "select concat(user, '@', host, ' ', authentication_string) from mysql.user order by 1";
    let before: Vec<String> = root.query(users).fetch_all().await.unwrap();
    for role in ["root", "admin", "boss", "reader", "local", "grouped", "member"] {
        // One whose connections would be ended.
        let at_role = administrator.clone().with_credentials(role, Some("b".into())).with_path("/elsewhere");
        let session = open(at_role).await.ok();
        let wanted = NewDatabase { name: "wanted".into(), ..service(role) };
        let refused =
            [provide(&administrator, &wanted).await.map(drop), remove(&administrator, &wanted).await];
        for refused in refused {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict, "{role}: {error:?}");
            assert!(!format!("{error:?}").contains(&wanted.password), "{error:?}");
        }
        assert_eq!(session.is_some(), ["boss", "reader"].contains(&role), "{role}");
        if let Some(session) = session {
            let mut held = session.begin(Begin::new()).await.unwrap();
            assert_eq!(provide(&administrator, &wanted).await.unwrap_err().kind(), ErrorKind::Conflict);
            assert!(remove(&administrator, &wanted).await.is_err());
            held.query("do 1").execute().await.unwrap();
        }
    }
    assert_eq!(root.query(users).fetch_all::<String>().await.unwrap(), before);
    let made: i64 = root
        .query("select count(*) from information_schema.schemata where schema_name = 'wanted'")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(made, 0, "databases that were made");
    // What is left of an earlier try, a role without any right, is taken up; no name and no password aren't.
    root.query("create user 'early'@'%' identified by 'b'").execute().await.unwrap();
    let (made, address) = provide(&administrator, &service("early")).await.unwrap();
    assert_eq!(made, Made { role: false, database: true });
    open(address).await.unwrap();
    for wrong in [
        NewDatabase { role: String::new(), ..service("early") },
        NewDatabase { password: String::new(), ..service("early") },
        NewDatabase { name: String::new(), ..service("early") },
    ] {
        assert_eq!(provide(&administrator, &wrong).await.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(remove(&administrator, &wrong).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    server.stop().await.unwrap();
}
