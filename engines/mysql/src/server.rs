//! How MariaDB runs privately on this machine.

use std::time::Duration;

use bedplate_core::server::{Command, Program, Script, Signal, Site, Stop};
use bedplate_core::{Address, Server};

/// Where the programs lie beside the `PATH`.
pub(crate) const FOLDERS: &[&str] = &[
    "/usr/sbin",
    "/usr/bin",
    "/opt/homebrew/opt/mariadb/bin",
    "/opt/homebrew/opt/mariadb@*/bin",
    "/usr/local/opt/mariadb/bin",
];

/// What brings the server, the client and the tool for dumps.
pub(crate) const PACKAGES: &[(&str, &str)] = &[
    ("apt", "mariadb-server"),
    ("dnf", "mariadb-server"),
    ("apk", "mariadb"),
    ("pacman", "mariadb"),
    ("brew", "mariadb"),
];

/// MariaDB with one administrator, `admin`, who needs a password, and a database `bedplate`.
pub(crate) const SERVER: Server = Server {
    programs: &[
        Program { name: "mariadb-install-db", folders: FOLDERS },
        Program { name: "mariadbd", folders: FOLDERS },
    ],
    packages: PACKAGES,
    users: &["mysql"],
    ports: 1,
    script,
    address,
    stop: Stop { signal: Signal::Term, grace: Duration::from_secs(20) },
    start_timeout: Duration::from_secs(60),
};

fn script(site: &Site) -> Script {
    let data = format!("--datadir={}", site.path("data"));
    // It runs with every start.
    let accounts = format!(
        "CREATE USER IF NOT EXISTS 'admin'@'127.0.0.1' IDENTIFIED BY '{}';\n\
         GRANT ALL ON *.* TO 'admin'@'127.0.0.1' WITH GRANT OPTION;\n\
         CREATE DATABASE IF NOT EXISTS bedplate;\n",
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
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_nopad_bin",
        "--max-allowed-packet=64M",
        "--max-connections=151",
    ];
    Script {
        files: vec![("accounts.sql".into(), accounts)],
        prepare: vec![Command::new(site.program("mariadb-install-db"), install)],
        processes: vec![Command::new(site.program("mariadbd"), server)],
    }
}

fn address(site: &Site) -> Address {
    Address::on_loopback("mysql", site.port())
        .with_path("/bedplate")
        .with_credentials("admin", Some(site.password.clone()))
}
