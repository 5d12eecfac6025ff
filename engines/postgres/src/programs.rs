//! PostgreSQL's own tools: where they are, and how they reach the same database as the pool does.

use std::path::{Path, PathBuf};

use bedplate_core::server::{Command, Program};
use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::{Watch, find};
use tokio_postgres::config::Host;

use crate::connect::Link;
use crate::server::{FOLDERS, PACKAGES};
use crate::tally::ABOVE_POLICIES;

/// The authorities of the system, where the product's own tools look for none: they don't have those of the build.
const AUTHORITIES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// A call of one of the tools, for a server of this major version.
pub(crate) fn tool<const N: usize>(
    link: &Link,
    major: i32,
    name: &'static str,
    arguments: [String; N],
) -> Result<Command> {
    let program = match folders(major).map(|folder| folder.join(name)).find(|file| file.is_file()) {
        Some(program) => program,
        None => {
            let programs = find(&[Program { name, folders: FOLDERS }], PACKAGES)?;
            programs.get(name).cloned().unwrap_or_default()
        }
    };
    Ok(connect(link, Command::new(program, arguments)))
}

/// Where the tools of one version are. They are preferred to newer ones, whose `pg_restore` says things that an older server doesn't know.
fn folders(major: i32) -> impl Iterator<Item = PathBuf> {
    FOLDERS
        .iter()
        .filter(|folder| folder.contains('*'))
        .map(move |folder| PathBuf::from(folder.replace('*', &major.to_string())))
}

/// Tells a tool by its variables where to connect: what stands in the arguments, everyone on the machine can read.
fn connect(link: &Link, command: Command) -> Command {
    let config = &link.config;
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        })
        .collect();
    let ports: Vec<String> = config.get_ports().iter().map(u16::to_string).collect();
    let mut command = command
        .variable("PGHOST", hosts.join(","))
        .variable("PGPORT", ports.join(","))
        .variable("PGDATABASE", config.get_dbname().unwrap_or_default())
        .variable("PGAPPNAME", config.get_application_name().unwrap_or_default())
        .variable("PGCONNECT_TIMEOUT", link.connect_timeout.as_secs().max(2).to_string())
        .variable("PGGSSENCMODE", "disable")
        .variable("PGSSLMODE", &link.encryption.mode);
    if hosts.len() > 1 {
        command = command.variable("PGTARGETSESSIONATTRS", "read-write");
    }
    if let Some(user) = config.get_user() {
        command = command.variable("PGUSER", user);
    }
    if let Some(password) = config.get_password() {
        command = command.variable("PGPASSWORD", String::from_utf8_lossy(password));
    }
    if link.encryption.mode == "verify-full" {
        let given = Some(link.encryption.authorities.as_str()).filter(|file| !file.is_empty());
        let system = || AUTHORITIES.iter().copied().find(|file| Path::new(file).is_file());
        if let Some(file) = given.or_else(system) {
            command = command.variable("PGSSLROOTCERT", file);
        }
    }
    command
}

/// The database as the option `--dbname` takes it: a name could be read as something else.
pub(crate) fn database(link: &Link) -> String {
    let name = link.config.get_dbname().unwrap_or_default();
    format!("--dbname=dbname='{}'", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Runs a tool, and says what its failure means.
pub(crate) async fn run(command: &Command, watch: Watch<'_>) -> Result<()> {
    bedplate_programs::run(command, watch).await.map_err(explain)
}

/// What the tools say, what it means, and what to do; the first that fits.
const SAYINGS: &[(&str, ErrorKind, &str)] = &[
    (
        "server version mismatch",
        ErrorKind::Unsupported,
        "install the tools of the server's version or a newer one: older ones can't read it",
    ),
    (
        "unsupported version",
        ErrorKind::Unsupported,
        "a newer version made the file: install the tools of that version",
    ),
    (
        "unrecognized configuration parameter",
        ErrorKind::Unsupported,
        "the tools are newer than the server: install those of its version",
    ),
    ("valid archive", ErrorKind::Corrupt, NO_BACKUP),
    ("input file is too short", ErrorKind::Corrupt, NO_BACKUP),
    ("could not read from input file", ErrorKind::Corrupt, NO_BACKUP),
    ("No space left on device", ErrorKind::Limited, "make room for the backup"),
    ("row-level security", ErrorKind::Denied, ABOVE_POLICIES),
    ("permission denied", ErrorKind::Denied, ASK_ADMINISTRATOR),
    ("must be owner", ErrorKind::Denied, ASK_ADMINISTRATOR),
    ("connection to server", ErrorKind::Unavailable, "is the server running?"),
    ("server closed the connection", ErrorKind::Unavailable, "is the server running?"),
    ("already exists", ErrorKind::Conflict, "restore into an empty database"),
];
const NO_BACKUP: &str = "the file is no backup of PostgreSQL, or not all of it";
const ASK_ADMINISTRATOR: &str = "do it as a role that may: the server's administrator may do everything";

fn explain(error: Error) -> Error {
    let known = SAYINGS.iter().find(|(saying, ..)| error.message().contains(saying));
    match known {
        Some((_, kind, help)) => Error::new(*kind, error.message()).with_help(*help),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedplate_core::Address;

    #[test]
    fn a_password_stands_in_no_argument_and_a_name_is_only_a_name() {
        let url = "postgres://u:pass@h:5/o%27s%20dbname%3Dx?sslmode=verify-full&sslrootcert=";
        let link = Link::new(&Address::parse(url).unwrap()).unwrap();
        let command = connect(&link, Command::new("pg_dump".into(), [database(&link)]));
        assert_eq!(command.arguments, ["--dbname=dbname='o\\'s dbname=x'"]);
        assert_eq!(command.variables["PGPASSWORD"], "pass");
        assert_eq!(command.variables["PGSSLMODE"], "verify-full");
    }

    #[test]
    fn the_tools_of_the_servers_version_are_looked_for_first() {
        let first: Vec<_> = folders(15).take(2).collect();
        assert_eq!(first, [Path::new("/usr/lib/postgresql/15/bin"), Path::new("/usr/pgsql-15/bin")]);
    }

    #[test]
    fn what_a_tool_says_becomes_a_kind() {
        let explained = |said: &str| explain(Error::new(ErrorKind::Internal, said)).kind();
        let mismatch = "`pg_dump` failed: pg_dump: error: aborting because of server version mismatch";
        assert_eq!(explained(mismatch), ErrorKind::Unsupported);
        assert_eq!(explained("unsupported version (1.16) in file header"), ErrorKind::Unsupported);
        assert_eq!(explained("something else"), ErrorKind::Internal);
    }
}
