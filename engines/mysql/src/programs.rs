//! The product's own tools: where they are, and how they reach the same database as the pool does.

use bedplate_core::Result;
use bedplate_core::server::{Command, Program};
use bedplate_programs::find;

use crate::connect::Link;
use crate::server::{FOLDERS, PACKAGES};

/// A call of one of the tools. MariaDB's is taken where both are there.
pub(crate) fn tool(link: &Link, names: [&'static str; 2], arguments: &[&str]) -> Result<Command> {
    let [mariadb, mysql] = names;
    let one = |name| find(&[Program { name, folders: FOLDERS }], PACKAGES);
    let (name, found) = match one(mysql) {
        Ok(found) if one(mariadb).is_err() => (mysql, found),
        _ => (mariadb, one(mariadb)?),
    };
    let program = found.get(name).cloned().unwrap_or_default();
    let mut all = connection(link);
    all.extend(encryption(link, name == mariadb));
    all.extend(arguments.iter().map(|argument| argument.to_string()));
    // What stands in the arguments, everyone on the machine can read.
    Ok(Command::new(program, all).variable("MYSQL_PWD", link.opts.pass().unwrap_or_default()))
}

fn connection(link: &Link) -> Vec<String> {
    let opts = &link.opts;
    let mut arguments = vec![
        // Files of this machine's users would change what is written. It must be the first one.
        "--no-defaults".to_string(),
        "--protocol=tcp".into(),
        format!("--host={}", opts.ip_or_hostname()),
        format!("--port={}", opts.tcp_port()),
        "--default-character-set=utf8mb4".into(),
        "--max-allowed-packet=1G".into(),
    ];
    arguments.extend(opts.user().map(|user| format!("--user={user}")));
    arguments
}

/// The same encryption as the pool's.
fn encryption(link: &Link, mariadb: bool) -> Vec<String> {
    let Some(ssl) = link.opts.ssl_opts() else {
        return vec![if mariadb { "--skip-ssl" } else { "--ssl-mode=DISABLED" }.into()];
    };
    let any = ssl.accept_invalid_certs();
    let mut arguments: Vec<String> = match (mariadb, any) {
        (true, true) => vec!["--ssl".into(), "--skip-ssl-verify-server-cert".into()],
        (true, false) => vec!["--ssl".into(), "--ssl-verify-server-cert".into()],
        (false, true) => vec!["--ssl-mode=REQUIRED".into()],
        (false, false) => vec!["--ssl-mode=VERIFY_IDENTITY".into()],
    };
    if !any && !link.authorities.is_empty() {
        arguments.push(format!("--ssl-ca={}", link.authorities));
    }
    arguments
}

/// The name of the database.
pub(crate) fn database(link: &Link) -> &str {
    link.opts.db_name().unwrap_or_default()
}
