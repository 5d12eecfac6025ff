//! How PostgreSQL runs privately on this machine.

use std::time::Duration;

use bedplate_core::server::{Command, Program, Script, Signal, Site, Stop};
use bedplate_core::{Address, Server};

/// Debian keeps each version apart and off the `PATH`; Homebrew keeps each version in a folder of its own.
pub(crate) const FOLDERS: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/opt/homebrew/opt/postgresql/bin",
    "/usr/local/opt/postgresql/bin",
];

/// What brings the server and its tools.
pub(crate) const PACKAGES: &[(&str, &str)] = &[
    ("apt", "postgresql"),
    ("dnf", "postgresql-server"),
    ("apk", "postgresql"),
    ("pacman", "postgresql"),
    ("brew", "postgresql@17"),
];

/// PostgreSQL with one administrator, `postgres`, who needs a password, and no other user.
pub(crate) const SERVER: Server = Server {
    programs: &[Program { name: "initdb", folders: FOLDERS }, Program { name: "postgres", folders: FOLDERS }],
    packages: PACKAGES,
    users: &["postgres", "_postgres"],
    ports: 1,
    script,
    address,
    // SIGINT is the fast shutdown: it ends sessions and writes a checkpoint. SIGTERM would wait for every client.
    stop: Stop { signal: Signal::Int, grace: Duration::from_secs(10) },
    start_timeout: Duration::from_secs(60),
};

fn script(site: &Site) -> Script {
    let data = site.path("data");
    let password_file = format!("--pwfile={}", site.path("password"));
    let prepare = Command::new(
        site.program("initdb"),
        [
            "--pgdata",
            &data,
            "--username=postgres",
            "--auth=scram-sha-256",
            &password_file,
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
    );
    let port = site.port().to_string();
    let settings = [
        "listen_addresses=127.0.0.1",
        // A path for a socket file may have about 100 bytes only, which a folder given by the caller can exceed.
        "unix_socket_directories=",
        "max_connections=100",
        // The other kinds lie outside the folder and stay there when the server is killed.
        "dynamic_shared_memory_type=mmap",
    ];
    let mut arguments = vec!["-D", &data, "-p", &port];
    arguments.extend(settings.iter().flat_map(|setting| ["-c", setting]));
    Script {
        files: vec![("password".into(), format!("{}\n", site.password))],
        prepare: vec![prepare],
        processes: vec![Command::new(site.program("postgres"), arguments)],
    }
}

fn address(site: &Site) -> Address {
    Address::on_loopback("postgres", site.port())
        .with_path("/postgres")
        .with_credentials("postgres", Some(site.password.clone()))
}
