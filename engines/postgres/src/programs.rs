//! PostgreSQL's own tools: where they are, and how they reach the same database as the pool does.

use std::path::{Path, PathBuf};

use bedplate_core::server::{Command, Program};
use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::{Watch, find};
use tokio_postgres::config::Host;

use crate::connect::Link;
use crate::error::without_quoted;
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
    let message = words(error.message());
    let known = SAYINGS.iter().find(|(saying, ..)| message.contains(saying));
    match known {
        Some((_, kind, help)) => Error::new(*kind, message).with_help(*help),
        None => Error::new(error.kind(), message),
    }
}

/// What a tool said, without the values of rows: of its own lines those that say what went wrong. The server's details, the row at which a
/// copy stopped and the statement come on further ones.
fn words(message: &str) -> String {
    let Some((failed, said)) = message.split_once(" failed: ") else { return message.into() };
    let own = said.lines().filter(|line| OWN.iter().any(|own| line.starts_with(own)));
    let kept: Vec<String> = own
        .filter(|line| !STATEMENTS.iter().any(|own| line.contains(own)))
        .map(line_without_values)
        .collect();
    match kept.is_empty() {
        // It said nothing, and this is how it ended.
        true if ENDS.iter().any(|end| said.starts_with(end)) => message.into(),
        true => format!("{failed} failed"),
        false => format!("{failed} failed: {}", kept.join("\n")),
    }
}

const OWN: &[&str] = &["pg_dump: ", "pg_restore: "];
const STATEMENTS: &[&str] = &["detail: Query was: ", "detail: Command was: "];
const ENDS: &[&str] = &["exit status: ", "signal: "];

/// Behind these the server speaks, in its own language.
const SERVER_SAYS: &[&str] =
    &["could not execute query: ", "COPY failed for table ", "query failed: ", "Error message from server: "];
/// What the server says of what has a name, which is no value.
const NAMES: &[&str] = &[
    "relation ",
    "schema ",
    "type ",
    "function ",
    "role ",
    "extension ",
    "constraint ",
    "could not create unique index ",
    "duplicate key value violates ",
    "insert or update on table ",
    "permission denied ",
    "must be owner ",
    "query would be affected by row-level security policy ",
    "unrecognized configuration parameter ",
];

fn line_without_values(line: &str) -> String {
    let Some(from) = SERVER_SAYS.iter().filter_map(|says| Some(line.find(says)? + says.len())).min() else {
        return line.into();
    };
    let (own, server) = line.split_at(from);
    // The table of a copy stands before the server's words.
    let table_ends = server.find("\": ").filter(|_| own.ends_with("for table ")).map_or(0, |at| at + 3);
    let (table, server) = server.split_at(table_ends);
    let is_of_names = server
        .strip_prefix("ERROR:")
        .is_some_and(|server| NAMES.iter().any(|name| server.trim_start().starts_with(name)));
    let server = if is_of_names { server.to_string() } else { without_quoted(server) };
    format!("{own}{table}{server}")
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
        assert_eq!(
            explained("`pg_restore` failed: pg_restore: error: unsupported version (1.16) in file header"),
            ErrorKind::Unsupported
        );
        assert_eq!(explained("something else"), ErrorKind::Internal);
    }

    #[test]
    fn the_rows_that_a_tool_names_are_left_out() {
        let said = |said: &str| words(&format!("`pg_restore` failed: {said}"));
        for (words, expected) in [
            (
                "pg_restore: error: COPY failed for table \"a: b\": ERROR:  invalid input syntax for type uuid: \"hid\"den\"\nCONTEXT:  COPY t, line 1, column id: \"hidden\"",
                "pg_restore: error: COPY failed for table \"a: b\": ERROR:  invalid input syntax for type uuid: ..",
            ),
            (
                "pg_restore: from TOC entry 3; 0 0 CONSTRAINT t t_key o\npg_restore: error: could not execute query: ERROR:  could not create unique index \"t_key\"\nDETAIL:  Key (a)=(hidden\nhidden) is duplicated.\nCommand was: alter table t add check (a <> 'hidden')",
                "pg_restore: from TOC entry 3; 0 0 CONSTRAINT t t_key o\npg_restore: error: could not execute query: ERROR:  could not create unique index \"t_key\"",
            ),
            (
                "pg_restore: error: could not execute query: ERROR:  relation \"t\" already exists",
                "pg_restore: error: could not execute query: ERROR:  relation \"t\" already exists",
            ),
            (
                "pg_dump: detail: Error message from server: FEHLER:  ungültig: »hidden«\npg_dump: detail: Command was: select 'hidden'",
                "pg_dump: detail: Error message from server: FEHLER:  ungültig: ..",
            ),
            ("exit status: 3", "exit status: 3"),
        ] {
            assert_eq!(said(words), format!("`pg_restore` failed: {expected}"));
        }
        assert_eq!(said("dden\" of a line that was cut"), "`pg_restore` failed");
    }
}
