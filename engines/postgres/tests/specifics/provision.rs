//! A database for each service that no other service can open.

use bedplate_core::sql::{Made, NewDatabase, Sql};
use bedplate_core::{Address, ErrorKind, Promise};
use bedplate_engine_postgres::DRIVER;

use crate::scene::{eventually, open, provide, server, service};

async fn remove(administrator: &Address, wanted: &NewDatabase) -> bedplate_core::Result<()> {
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
    let (a, b) = (service("alpha"), service("beta-2"));
    let (made, at_a) = provide(&administrator, &a).await.unwrap();
    assert_eq!(made, Made { role: true, database: true });
    let (_, at_b) = provide(&administrator, &b).await.unwrap();
    let (in_a, in_b) = (open(at_a.clone()).await.unwrap(), open(at_b.clone()).await.unwrap());
    fill(&in_a).await;
    fill(&in_b).await;
    assert_eq!(in_a.features().byte_order, Promise::Native);
    let order: Vec<String> = in_a
        .query("select v from (values ('b'), ('B'), ('a'), ('Z')) as t (v) order by v")
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(order, ["B", "Z", "a", "b"]);

    let strange = at_b.clone().with_credentials(a.role.clone(), Some(a.password.clone()));
    assert_eq!(
        open(strange).await.unwrap_err().kind(),
        ErrorKind::Denied,
        "a connection to another's database"
    );
    for (text, kind) in [
        ("select * from \"beta-2\".public.secrets", ErrorKind::Unsupported),
        ("create role another", ErrorKind::Denied),
        ("create database another", ErrorKind::Denied),
        ("drop database \"beta-2\"", ErrorKind::Denied),
        ("alter role \"beta-2\" password 'x'", ErrorKind::Denied),
        ("do $$ begin set role postgres; end $$", ErrorKind::Denied),
        ("do $$ begin set role \"beta-2\"; end $$", ErrorKind::Denied),
        ("alter role alpha superuser", ErrorKind::Denied),
        ("alter role alpha bypassrls", ErrorKind::Denied),
        ("select rolpassword from pg_authid", ErrorKind::Denied),
        ("select pg_read_file('pg_hba.conf')", ErrorKind::Denied),
        ("copy secrets to program 'cat'", ErrorKind::Denied),
        (
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
            ErrorKind::Denied,
        ),
    ] {
        let error = in_a.query(text).execute().await.err().unwrap_or_else(|| panic!("{text}: done"));
        assert_eq!(error.kind(), kind, "{text}: {error:?}");
    }
    assert_eq!(in_b.query("select count(*) from secrets").fetch_one::<i64>().await.unwrap(), 1);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn made_again_only_the_password_changes_and_removed_nothing_is_left() {
    let Some(server) = server().await else { return };
    let administrator = server.address();
    let mut wanted = service("orders");
    wanted.extensions = vec!["citext".into(), "pg_trgm".into()];
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
    let same: bool = sql.query("select 'A'::citext = 'a'::citext").fetch_one().await.unwrap();
    assert!(same, "an extension was not made");
    wanted.password = "another".into();
    let (made, new) = provide(&administrator, &wanted).await.unwrap();
    assert_eq!(made, Made::default());
    assert_eq!(open(old).await.unwrap_err().kind(), ErrorKind::Denied);
    let sql = open(new).await.unwrap();
    assert_eq!(sql.query("select count(*) from secrets").fetch_one::<i64>().await.unwrap(), 1);

    // The log of a server that logs every statement has no password in it.
    let root = open(administrator.clone()).await.unwrap();
    root.query("alter system set log_statement = 'all'").execute().await.unwrap();
    root.query("select pg_reload_conf()").execute().await.unwrap();
    eventually("every statement is logged", async || {
        let fresh = open(administrator.clone()).await.unwrap();
        fresh.query("show log_statement").fetch_one::<String>().await.unwrap() == "all"
    })
    .await;
    wanted.password = "zebra-crossing".into();
    provide(&administrator, &wanted).await.unwrap();
    let log = std::fs::read_to_string(server.folder().join("server.log")).unwrap();
    assert!(log.contains("alter role \"orders\"") && !log.contains("zebra-crossing"), "{log}");

    // Connections that are in use don't stand in the way.
    let busy = sql.begin(bedplate_core::sql::Begin::new()).await.unwrap();
    remove(&administrator, &wanted).await.unwrap();
    drop(busy);
    remove(&administrator, &wanted).await.unwrap();
    let left = "select (select count(*) from pg_database where datname = 'orders') + (select count(*) from pg_roles where rolname = 'orders')";
    assert_eq!(root.query(left).fetch_one::<i64>().await.unwrap(), 0);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_someone_else_made_is_left_alone() {
    let Some(server) = server().await else { return };
    let administrator = server.address();
    let (first, _) = (service("first"), provide(&administrator, &service("first")).await.unwrap());
    let root = open(administrator.clone()).await.unwrap();
    for text in [
        "create role powerful createrole",
        "create role owner login password 'own'",
        "create database owned owner owner",
        "create role member login in role owner",
        "create role guest login",
        "create database visited",
        "grant connect on database visited to guest",
    ] {
        root.query(text).execute().await.unwrap();
    }
    let named =
        |name: &str, role: &str| NewDatabase { name: name.into(), role: role.into(), ..first.clone() };
    for (wanted, kind) in [
        (named("first", "second"), ErrorKind::Conflict),
        (named("postgres", "second"), ErrorKind::Conflict),
        (named("third", "postgres"), ErrorKind::Conflict),
        (named("third", "powerful"), ErrorKind::Conflict),
        (named("third", "owner"), ErrorKind::Conflict),
        (named("third", "member"), ErrorKind::Conflict),
        (named("third", "guest"), ErrorKind::Conflict),
        (named("fi\"rst", "third"), ErrorKind::InvalidInput),
        (named("", "third"), ErrorKind::InvalidInput),
        (named("third", &"x".repeat(64)), ErrorKind::InvalidInput),
        (NewDatabase { password: String::new(), ..named("third", "third") }, ErrorKind::InvalidInput),
    ] {
        let error = provide(&administrator, &wanted).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{wanted:?}: {error:?}");
        if kind == ErrorKind::Conflict {
            let error = remove(&administrator, &wanted).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{wanted:?}: {error:?}");
        }
    }
    let roles: i64 = root
        .query("select count(*) from pg_roles where rolname in ('second', 'third')")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(roles, 0, "a refused call made a role");
    let owner = server.address().with_path("/owned").with_credentials("owner", Some("own".into()));
    open(owner).await.expect("a refused call changed a role's password");
    let unknown = NewDatabase { extensions: vec!["no_such_thing".into()], ..service("fourth") };
    let error = provide(&administrator, &unknown).await.unwrap_err();
    assert!(error.message().contains("no_such_thing"), "{error:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_need_not_be_a_superuser() {
    let Some(server) = server().await else { return };
    let root = open(server.address()).await.unwrap();
    root.query("create role cloud login createdb createrole password 'cloud'").execute().await.unwrap();
    let administrator = server.address().with_credentials("cloud", Some("cloud".into()));
    let wanted = NewDatabase { extensions: vec!["pg_trgm".into()], ..service("orders") };
    let (made, address) = provide(&administrator, &wanted).await.unwrap();
    assert_eq!(made, Made { role: true, database: true });
    assert_eq!(provide(&administrator, &wanted).await.unwrap().0, Made::default());
    fill(&open(address.clone()).await.unwrap()).await;
    let other = service("users");
    provide(&administrator, &other).await.unwrap();
    let strange = address.with_credentials(other.role.clone(), Some(other.password.clone()));
    assert_eq!(open(strange).await.unwrap_err().kind(), ErrorKind::Denied);
    remove(&administrator, &wanted).await.unwrap();
    remove(&administrator, &other).await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_the_order_of_a_language_does_not_promise_that_of_bytes() {
    let Some(server) = server().await else { return };
    let root = open(server.address()).await.unwrap();
    let create = "create database sorted template template0 locale_provider icu icu_locale 'en'";
    if let Err(error) = root.query(create).execute().await {
        eprintln!("ignored: this server has no other order than that of bytes: {error}");
        return;
    }
    let sql = open(server.address().with_path("/sorted")).await.unwrap();
    assert_eq!(sql.features().byte_order, Promise::Refused);
    assert_eq!(root.features().byte_order, Promise::Native);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_wait_for_each_other_whatever_database_their_urls_name() {
    let Some(server) = server().await else { return };
    let root = open(server.address()).await.unwrap();
    root.query("create database one").execute().await.unwrap();
    root.query("create database two").execute().await.unwrap();
    let mut holder = root.begin(bedplate_core::sql::Begin::new()).await.unwrap();
    let lock = "select pg_advisory_xact_lock(x'6265647070726f76'::bigint)";
    holder.query(lock).fetch_rows().await.unwrap();
    let making: Vec<_> = ["/one", "/two", "/postgres", ""]
        .into_iter()
        .map(|path| {
            let administrator = server.address().with_path(path);
            tokio::spawn(async move { provide(&administrator, &service("orders")).await.unwrap().0 })
        })
        .collect();
    let asking = "select count(*) from pg_stat_activity where datname = 'postgres' and query like '%pg_try_advisory_lock%' and pid <> pg_backend_pid()";
    eventually("all of them wait in one database", async || {
        root.query(asking).fetch_one::<i64>().await.unwrap() == 4
    })
    .await;
    let made = "select count(*) from pg_roles where rolname = 'orders'";
    assert_eq!(root.query(made).fetch_one::<i64>().await.unwrap(), 0);
    assert!(making.iter().all(|task| !task.is_finished()), "one did not wait");
    holder.rollback().await.unwrap();
    let mut new = 0;
    for task in making {
        new += usize::from(task.await.unwrap().role);
    }
    assert_eq!(new, 1, "of four that made the same role");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_the_usual_database_is_provided_on_too() {
    let Some(server) = server().await else { return };
    let root = open(server.address()).await.unwrap();
    root.query("create database admin").execute().await.unwrap();
    let root = open(server.address().with_path("/admin")).await.unwrap();
    root.query("drop database postgres with (force)").execute().await.unwrap();
    let administrator = server.address().with_path("/admin");
    provide(&administrator, &service("orders")).await.unwrap();
    root.query("alter database template1 allow_connections false").execute().await.unwrap();
    let (made, _) = provide(&administrator, &service("users")).await.unwrap();
    assert_eq!(made, Made { role: true, database: true });
    let wrong = administrator.with_credentials("postgres", Some("wrong".into()));
    let error = provide(&wrong, &service("users")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
    server.stop().await.unwrap();
}
