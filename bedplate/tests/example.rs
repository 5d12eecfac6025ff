//! The databases of the auth, user, product example, on each engine that a build has: their migrations apply, and what they say holds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

use std::path::{Path, PathBuf};

use bedplate::server::Server;
use bedplate::sql::{Begin, Dialect, MigrationState, NewDatabase, Sql};
use bedplate::uuid::Uuid;
use bedplate::{Address, Driver, ErrorKind};
use bedplate_supervisor::{LocalServer, StartOptions};

/// The tables of `auth_db`, without the one that records migrations.
const AUTH: [&str; 8] = [
    "email_verification_tokens",
    "password_reset_tokens",
    "rate_limits",
    "refresh_tokens",
    "roles",
    "security_audit_logs",
    "user_roles",
    "users",
];
/// The tables of `user_db`.
const USER: [&str; 6] =
    ["addresses", "event_logs", "payment_methods", "user_preferences", "user_profiles", "wishlist_items"];

/// Two databases, and what must live as long as they are used.
struct Databases {
    auth: Sql,
    user: Sql,
    _folder: tempfile::TempDir,
    server: Option<LocalServer>,
}

fn driver(engine: &str) -> Option<&'static Driver> {
    bedplate::drivers().iter().find(|driver| driver.engine.name == engine)
}

impl Databases {
    /// `None`, said aloud, where this build has no such engine, or this machine no such server and none is required.
    async fn open(engine: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let Some(driver) = driver(engine) else {
            eprintln!("ignored: this build has no {engine}");
            return None;
        };
        let Some(server) = driver.server else {
            let file = |name: &str| format!("{engine}:{}", folder.path().join(name).display());
            let auth = bedplate::sql(&file("auth.db")).await.unwrap();
            let user = bedplate::sql(&file("user.db")).await.unwrap();
            return Some(Self { auth, user, _folder: folder, server: None });
        };
        let server = start(engine, server).await?;
        let auth = made(driver, &server.address(), "auth").await;
        let user = made(driver, &server.address(), "user").await;
        Some(Self { auth, user, _folder: folder, server: Some(server) })
    }

    async fn close(self) {
        self.auth.close().await;
        self.user.close().await;
        if let Some(server) = self.server {
            server.stop().await.unwrap();
        }
    }
}

async fn start(engine: &str, server: &'static Server) -> Option<LocalServer> {
    if let Err(missing) = bedplate_supervisor::find(server) {
        assert!(std::env::var("BEDPLATE_TEST_REQUIRE").as_deref() != Ok("1"), "{missing}");
        eprintln!("ignored: {missing}");
        return None;
    }
    let ready = |address: Address| async move { bedplate::sql(&address.reveal()).await?.ping().await };
    Some(LocalServer::start(server, engine, StartOptions::default(), ready).await.unwrap())
}

/// A database and a role of its own, as `bedplate db create` makes them.
async fn made(driver: &Driver, admin: &Address, service: &str) -> Sql {
    let wanted = NewDatabase {
        name: format!("{service}_db"),
        role: format!("{service}_user"),
        password: Uuid::new_v4().to_string(),
        extensions: Vec::new(),
    };
    (driver.provision.unwrap().create)(admin.clone(), wanted.clone()).await.unwrap();
    let address = admin
        .clone()
        .with_credentials(&wanted.role, Some(wanted.password.clone()))
        .with_path(format!("/{}", wanted.name));
    bedplate::sql(&address.reveal()).await.unwrap()
}

fn migrations(service: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../examples/auth-user-product/services/{service}-service/migrations"))
}

async fn applies(sql: &Sql, service: &str, tables: &[&str]) {
    let migrations = bedplate::migrations_from(migrations(service)).unwrap();
    assert!(!migrations.apply(sql).await.unwrap().is_empty());
    let status = migrations.status(sql).await.unwrap();
    assert!(status.iter().all(|one| one.state == MigrationState::Applied), "{status:?}");
    assert!(migrations.apply(sql).await.unwrap().is_empty(), "a second run applied something");
    let schema = sql.schema().await.unwrap();
    let found: Vec<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
    let found: Vec<&str> = found.into_iter().filter(|name| *name != "bedplate_migrations").collect();
    assert_eq!(found, tables);
    for table in &schema.tables {
        assert!(!table.primary_key.is_empty(), "{} has no primary key", table.name);
        let without: Vec<_> = table.foreign_keys_without_index().collect();
        assert!(without.is_empty(), "{}: {without:?}", table.name);
    }
}

async fn refused(sql: &Sql, text: &str, kind: ErrorKind) {
    let error = sql.query(text).execute().await.expect_err(text);
    assert_eq!(error.kind(), kind, "{text}: {error}");
}

const ACCOUNT: &str = "insert into users (id, email, password_hash) values";
const ALICE: &str = "00000000-0000-4000-8000-00000000000a";
const USER_ROLE: &str = "00000000-0000-4000-8000-000000000001";

async fn auth_holds(sql: &Sql) {
    sql.query(format!("{ACCOUNT} ('{ALICE}', 'a@example.org', 'x')")).execute().await.unwrap();
    refused(sql, &format!("{ACCOUNT} ('{USER_ROLE}', 'a@example.org', 'x')"), ErrorKind::Conflict).await;
    refused(sql, "update users set failed_logins = -1", ErrorKind::Conflict).await;
    let assign = format!("insert into user_roles (user_id, role_id) values ('{ALICE}', '{USER_ROLE}')");
    assert_eq!(sql.query(&assign).execute().await.unwrap(), 1);
    refused(sql, &format!("delete from roles where id = '{USER_ROLE}'"), ErrorKind::Conflict).await;
    assert_eq!(sql.query("delete from users").execute().await.unwrap(), 1);
    let left: i64 = sql.query("select count(*) from user_roles").fetch_one().await.unwrap();
    assert_eq!(left, 0, "the roles of a user who is gone");

    let log =
        "insert into security_audit_logs (event_type, severity, details) values ('login', 'info', '{}')";
    sql.query(log).execute().await.unwrap();
    for change in ["update security_audit_logs set severity = 'critical'", "delete from security_audit_logs"]
    {
        assert!(sql.query(change).execute().await.is_err(), "{change}");
    }
    let kept: String = sql.query("select severity from security_audit_logs").fetch_one().await.unwrap();
    assert_eq!(kept, "info");
}

async fn user_holds(sql: &Sql) {
    let profile = format!("insert into user_profiles (id, email) values ('{ALICE}', 'a@example.org')");
    sql.query(&profile).execute().await.unwrap();
    let address = |kind: &str| {
        format!(
            "insert into addresses (id, user_id, kind, line_1, city, postal_code, country) \
             values ('{USER_ROLE}', '{ALICE}', '{kind}', 'Main Street 1', 'Town', '12345', 'US')"
        )
    };
    refused(sql, &address("elsewhere"), ErrorKind::Conflict).await;
    sql.query(address("shipping")).execute().await.unwrap();
    let wish = format!("insert into wishlist_items (user_id, product_id) values ('{ALICE}', '{USER_ROLE}')");
    sql.query(&wish).execute().await.unwrap();
    refused(sql, &wish, ErrorKind::Conflict).await;
    sql.query("delete from user_profiles").execute().await.unwrap();
    for table in ["addresses", "wishlist_items"] {
        let left: i64 = sql.query(format!("select count(*) from {table}")).fetch_one().await.unwrap();
        assert_eq!(left, 0, "{table} of a user who is gone");
    }
    // A second delivery of an event finds its row.
    let event = "insert into event_logs (event_id, event_type, source, payload, status) values ($1, 'user.created', 'auth', '{}', 'processed')";
    let id = Uuid::new_v4();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query(event).bind(id).execute().await.unwrap();
    tx.commit().await.unwrap();
    let again = sql.query(event).bind(id).execute().await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
}

async fn holds_on(engine: &str, dialect: Dialect) {
    let Some(databases) = Databases::open(engine).await else { return };
    assert_eq!(databases.auth.dialect(), dialect);
    applies(&databases.auth, "auth", &AUTH).await;
    applies(&databases.user, "user", &USER).await;
    auth_holds(&databases.auth).await;
    user_holds(&databases.user).await;
    databases.close().await;
}

#[tokio::test]
async fn both_databases_hold_on_sqlite() {
    holds_on("sqlite", Dialect::Sqlite).await;
}

#[tokio::test]
async fn both_databases_hold_on_postgres() {
    holds_on("postgres", Dialect::Postgres).await;
}

#[tokio::test]
async fn both_databases_hold_on_mysql() {
    holds_on("mysql", Dialect::Mysql).await;
}
