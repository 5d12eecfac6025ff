//! MariaDB: a command that creates the data folder, then one process; the client program does the storing.

use std::process::Stdio;
use std::time::Duration;

use bedplate_core::server::{Command, Program, Script, Signal, Site, Stop};
use bedplate_core::{Address, Error, ErrorKind, Result, Server};

use crate::Product;
use crate::wire::{Wire, unexpected};

pub(crate) const PRODUCT: Product = Product {
    name: "mariadb",
    server: &SERVER,
    ready: |address| Box::pin(greets(address)),
    store: |address| Box::pin(store(address)),
    recover: |address| Box::pin(recover(address)),
};

const FOLDERS: &[&str] = &["/usr/sbin", "/usr/bin", "/opt/homebrew/opt/mariadb/bin"];

const SERVER: Server = Server {
    programs: &[
        Program { name: "mariadb-install-db", folders: FOLDERS },
        Program { name: "mariadbd", folders: FOLDERS },
        Program { name: "mariadb", folders: FOLDERS },
    ],
    packages: &[("apt", "mariadb-server"), ("brew", "mariadb")],
    users: &["mysql"],
    ports: 1,
    script: |site: &Site| {
        let data = format!("--datadir={}", site.path("data"));
        let accounts = format!(
            "CREATE USER IF NOT EXISTS 'admin'@'127.0.0.1' IDENTIFIED BY '{}';\n\
             GRANT ALL ON *.* TO 'admin'@'127.0.0.1' WITH GRANT OPTION;\n",
            site.password
        );
        let install = ["--no-defaults", &data, "--auth-root-authentication-method=normal", "--skip-test-db"];
        let server = [
            "--no-defaults",
            &data,
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            &format!("--port={}", site.port()),
            &format!("--socket={}", site.path("socket")),
            &format!("--pid-file={}", site.path("pid")),
            &format!("--init-file={}", site.path("accounts.sql")),
        ];
        Script {
            files: vec![("accounts.sql".into(), accounts)],
            prepare: vec![Command::new(site.program("mariadb-install-db"), install)],
            processes: vec![Command::new(site.program("mariadbd"), server)],
        }
    },
    address: |site: &Site| {
        Address::on_loopback("mariadb", site.port()).with_credentials("admin", Some(site.password.clone()))
    },
    stop: Stop { signal: Signal::Term, grace: Duration::from_secs(20) },
    start_timeout: Duration::from_secs(60),
};

/// The server speaks first: protocol 10 and its version.
async fn greets(address: Address) -> Result<()> {
    let mut wire = Wire::connect(&address).await?;
    let head = wire.take(5).await?;
    let version = wire.until("\0").await?;
    if head[4] == 10 && version.contains("MariaDB") { Ok(()) } else { Err(unexpected("MariaDB", &version)) }
}

async fn query(address: &Address, sql: &str, wanted: &str) -> Result<()> {
    let (host, port) = address.host_or("127.0.0.1", 0);
    let mut client = std::process::Command::new("mariadb");
    client
        .args(["--no-defaults", "--protocol=tcp", "--batch", "--skip-column-names", "--user=admin"])
        .args([format!("--host={host}"), format!("--port={port}"), format!("--execute={sql}")])
        .env("MYSQL_PWD", address.password().unwrap_or_default())
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || client.output()).await.map(Result::ok);
    let Ok(Some(output)) = output.map(|output| output.or(None)) else {
        return Err(Error::new(ErrorKind::Unavailable, "the client did not run"));
    };
    let answer = String::from_utf8_lossy(&output.stdout).trim().to_string();
    if output.status.success() && answer == wanted {
        return Ok(());
    }
    Err(unexpected(wanted, &format!("{answer}{}", String::from_utf8_lossy(&output.stderr))))
}

async fn store(address: Address) -> Result<()> {
    let sql = "CREATE DATABASE traces; CREATE TABLE traces.one (n INT); INSERT INTO traces.one VALUES (42)";
    query(&address, sql, "").await?;
    recover(address).await
}

async fn recover(address: Address) -> Result<()> {
    query(&address, "SELECT n FROM traces.one", "42").await
}
