//! A platform whose services have their databases on a real server.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bedplate::Address;
use bedplate::sql::Sql;
use bedplate_supervisor::{LocalServer, StartOptions};
use serde_json::Value;

const ORDERS: &str = "\
create table customers (id bigint primary key, name varchar(80) not null);
create table orders (id bigint primary key, customer_id bigint not null references customers (id), total varchar(40) not null);
";

/// A platform in a folder of its own, on a server of its own.
pub(crate) struct Platform {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) server: LocalServer,
    pub(crate) admin: String,
}

/// How a command ended and what it printed.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) data: String,
    pub(crate) words: String,
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.words);
        serde_json::from_str(&self.data).unwrap()
    }
}

impl Platform {
    /// `None`, said aloud, where there is no server on this machine and none is required.
    pub(crate) async fn start(engine: &str) -> Option<Self> {
        let driver = bedplate::drivers().iter().find(|driver| driver.engine.name == engine)?;
        let server = driver.server?;
        if let Err(missing) = bedplate_supervisor::find(server) {
            assert!(std::env::var("BEDPLATE_TEST_REQUIRE").as_deref() != Ok("1"), "{missing}");
            eprintln!("ignored: {missing}");
            return None;
        }
        let ready = |address: Address| async move { bedplate::sql(&address.reveal()).await?.ping().await };
        let server = LocalServer::start(server, engine, StartOptions::default(), ready).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let port = server.address().host_or("127.0.0.1", 0).1;
        let manifest = format!(
            "platform = \"shop\"\n\n[services.orders]\nsql = true\n\n[services.users]\nsql = true\n\n[services.spare]\nsql = true\n\n\
             [environments.dev]\nsql = {{ engine = \"{engine}\", host = \"127.0.0.1\", port = {port} }}\n"
        );
        std::fs::write(folder.path().join("bedplate.toml"), manifest).unwrap();
        let platform = Self { admin: server.address().reveal(), folder, server };
        platform.script("orders", "0001_orders.sql", ORDERS);
        platform.script("users", "0001_users.sql", "create table users (id bigint primary key);");
        Some(platform)
    }

    pub(crate) fn script(&self, service: &str, name: &str, text: &str) {
        let folder = self.path("migrations").join(service);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `bedplate db ...` in the platform's folder. No secret may be in what it prints.
    pub(crate) fn db(&self, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_bedplate"))
            .arg("db")
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("BEDPLATE_ADMIN_URL")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let ended = Ended {
            code: output.status.code().unwrap(),
            data: String::from_utf8(output.stdout).unwrap(),
            words: String::from_utf8(output.stderr).unwrap(),
        };
        let admin = self.server.address().password().unwrap_or("no password").to_string();
        for secret in self.passwords().into_iter().map(|(_, value)| value).chain([admin]) {
            assert!(
                !ended.data.contains(&secret) && !ended.words.contains(&secret),
                "{arguments:?} told a secret"
            );
        }
        ended
    }

    /// Begins `bedplate db ...` in the platform's folder.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_bedplate"))
            .arg("db")
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("BEDPLATE_ADMIN_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// The variables in `.env`.
    pub(crate) fn passwords(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(self.path(".env")).unwrap_or_default();
        text.lines().map(|line| line.split_once('=').unwrap()).map(|(a, b)| (a.into(), b.into())).collect()
    }

    /// The address of one service's database, with the credentials of another's role.
    pub(crate) fn url(&self, database: &str, role: &str) -> String {
        let variable = format!("{}_DATABASE_PASSWORD", role.to_uppercase());
        let password = self.passwords().into_iter().find(|(name, _)| *name == variable).unwrap().1;
        let address = self.server.address().with_path(format!("/{database}_db"));
        address.with_credentials(format!("{role}_user"), Some(password)).reveal()
    }

    pub(crate) async fn open(&self, service: &str) -> Sql {
        bedplate::sql(&self.url(service, service)).await.unwrap()
    }
}
