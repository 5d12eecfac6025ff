//! From answers to the text of a manifest. Pure.

use std::fmt::Write;

use bedplate_catalogue::matrix::NONE;

use super::answers::{Answers, Servers};

/// Where services listen and servers of their own stand: the first port, then one after another.
const FIRST_PORT: u16 = 3001;
const FIRST_SERVER_PORT: u16 = 5433;

/// The manifest as a person would write it, with a comment where something is likely to be changed.
pub(super) fn write(answers: &Answers) -> String {
    let mut text = format!(
        "# What the services of this platform need, and which engines serve it in each environment.\n\
         # `bedplate check` checks it, `bedplate plan` shows what it comes to.\n\
         platform = \"{}\"\n",
        answers.name
    );
    for (port, service) in (FIRST_PORT..).zip(&answers.services) {
        write_service(&mut text, answers, service, port);
    }
    if answers.analytics {
        text.push_str("\n[services.analytics]\nsql = \"duckdb\"\n");
    }
    text.push_str(
        "\n# Development: everything embedded, under .bedplate/. These are the defaults and stand here to be seen.\n[environments.dev]\n",
    );
    if uses_sql(answers) {
        text.push_str("sql = \"sqlite\"\n");
    }
    if answers.cache != NONE {
        text.push_str("cache = \"memory\"\n");
    }
    if answers.bus != NONE {
        text.push_str("bus = \"sqlite\"\n");
    }
    write_production(&mut text, answers);
    text
}

fn uses_sql(answers: &Answers) -> bool {
    answers.database != "mongodb"
}

fn write_service(text: &mut String, answers: &Answers, service: &str, port: u16) {
    // Writing to a string can't fail.
    let _ = write!(text, "\n[services.{service}]\nport = {port}\n");
    if uses_sql(answers) {
        text.push_str("sql = true\n");
    } else {
        let database = service.replace('-', "_");
        let _ = writeln!(
            text,
            "# Documents have no contract yet: the service uses its own client, and gets the address as a variable.\n\
             env = {{ MONGODB_URL = \"mongodb://${{MONGODB_HOST:-localhost}}:27017/{database}_db\" }}"
        );
    }
    if answers.cache != NONE {
        text.push_str("cache = true\n");
    }
    if answers.bus != NONE {
        let event = format!("{service}.created");
        let _ = writeln!(text, "bus = {{ publishes = [\"{event}\"] }}  # and `subscribes = [\"...\"]`");
    }
}

fn write_production(text: &mut String, answers: &Answers) {
    text.push_str("\n[environments.production]\nreplicas = 2\nmachines = 2\n");
    match answers.database.as_str() {
        "postgres" => {
            let one_server = answers.servers == Servers::One;
            let _ = writeln!(
                text,
                "sql = {{ engine = \"postgres\", one_server = {one_server}, max_connections = 200 }}"
            );
        }
        "mongodb" => {}
        engine => {
            let _ = writeln!(text, "sql = \"{engine}\"");
        }
    }
    if answers.cache != NONE {
        let _ = writeln!(text, "cache = \"{}\"", answers.cache);
    }
    if answers.bus != NONE {
        let _ = writeln!(text, "bus = \"{}\"", answers.bus);
    }
    for (port, service) in (FIRST_SERVER_PORT..).zip(&answers.own_server) {
        let _ = write!(text, "\n[environments.production.services.{service}]\nsql = {{ port = {port} }}\n");
    }
    if answers.analytics {
        text.push_str("\n[environments.production.services.analytics]\nreplicas = 1\n");
    }
}
