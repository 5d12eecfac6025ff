//! Back to a point in time, as the guide says it: a base backup, the archived log, and a time.

use std::os::unix::fs::PermissionsExt;
use std::sync::OnceLock;

use bedplate_core::server::{Command, Program, Script, Site};
use bedplate_core::{ARCHIVE_FOLDER, Server};
use bedplate_supervisor::{LocalServer, StartOptions};

use crate::scene::{OWN, eventually, is_here, open, start};

/// A server that archives, by the settings that the catalogue has for it.
static ARCHIVING: Server = Server { script: archive, ..*OWN };

/// What makes a base backup of it, and runs nothing.
static BASE: Server = Server {
    programs: &[Program { name: "pg_basebackup", folders: OWN.programs[0].folders }, OWN.programs[1]],
    script: base,
    ..*OWN
};

/// A server that begins with the base backup and goes on to a time.
static RECOVERED: Server = Server { script: recover, ..BASE };

static SOURCE: OnceLock<Source> = OnceLock::new();
static TIME: OnceLock<String> = OnceLock::new();

struct Source {
    port: u16,
    password: String,
    archive: String,
}

fn with_settings(mut script: Script, settings: Vec<(&str, String)>) -> Script {
    let arguments = settings.into_iter().flat_map(|(name, value)| ["-c".into(), format!("{name}={value}")]);
    script.processes[0].arguments.extend(arguments);
    script
}

fn archive(site: &Site) -> Script {
    let mut script = (OWN.script)(site);
    script.files.push(("archive/.keep".into(), String::new()));
    let folder = site.path("archive");
    let settings = bedplate_catalogue::POSTGRES.archive.iter();
    let settings = settings.map(|(name, value)| (*name, value.replace(ARCHIVE_FOLDER, &folder))).collect();
    with_settings(script, settings)
}

fn base(site: &Site) -> Script {
    let source = SOURCE.get().unwrap();
    let data = format!("--pgdata={}", site.path("data"));
    let arguments = [data.as_str(), "--checkpoint=fast", "--no-password"];
    let copy = Command::new(site.program("pg_basebackup"), arguments)
        .variable("PGHOST", "127.0.0.1")
        .variable("PGPORT", source.port.to_string())
        .variable("PGUSER", "postgres")
        .variable("PGPASSWORD", &source.password);
    Script { files: Vec::new(), prepare: vec![copy], processes: Vec::new() }
}

fn recover(site: &Site) -> Script {
    let source = SOURCE.get().unwrap();
    let files = vec![("data/recovery.signal".into(), String::new())];
    let script = Script { files, prepare: Vec::new(), processes: (OWN.script)(site).processes };
    with_settings(
        script,
        vec![
            ("restore_command", format!("cp {}/%f %p", source.archive)),
            ("recovery_target_time", TIME.get().unwrap().clone()),
            ("recovery_target_action", "promote".into()),
        ],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_goes_back_to_a_point_in_time() {
    if !is_here(&BASE) {
        return;
    }
    let server = start(&ARCHIVING, StartOptions::default()).await;
    let sql = open(server.address()).await.unwrap();
    let archive = server.folder().join("archive");
    let password = server.address().password().unwrap().to_string();
    let source = Source {
        port: server.ports()[0],
        password: password.clone(),
        archive: archive.display().to_string(),
    };
    assert!(SOURCE.set(source).is_ok());
    sql.query("create table events (id bigint primary key)").execute().await.unwrap();
    sql.query("insert into events values (1)").execute().await.unwrap();

    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let options =
        || StartOptions::default().folder(place.path().join("recovered")).password(password.clone());
    let made = LocalServer::start(&BASE, "postgres", options(), |_| async { Ok(()) }).await.unwrap();
    made.stop().await.unwrap();

    sql.query("insert into events select generate_series(2, 1000)").execute().await.unwrap();
    let time: String = sql.query("select clock_timestamp()::text").fetch_one().await.unwrap();
    TIME.set(time).unwrap();
    sql.query("insert into events select generate_series(1001, 2000)").execute().await.unwrap();
    sql.query("drop table events").execute().await.unwrap();
    let last: String = sql.query("select pg_walfile_name(pg_current_wal_lsn())").fetch_one().await.unwrap();
    sql.query("select pg_switch_wal()::text").fetch_rows().await.unwrap();
    eventually("the log is archived", async || archive.join(&last).is_file()).await;
    drop(sql);

    let recovered = start(&RECOVERED, options()).await;
    let sql = open(recovered.address()).await.unwrap();
    eventually("it takes writes", async || {
        !sql.query("select pg_is_in_recovery()").fetch_one::<bool>().await.unwrap()
    })
    .await;
    let (rows, last): (i64, i64) =
        sql.query("select count(*), max(id) from events").fetch_one().await.unwrap();
    assert_eq!((rows, last), (1000, 1000), "the rows from before the time and no others");
    sql.query("insert into events values (1001)").execute().await.unwrap();
    recovered.stop().await.unwrap();
    server.stop().await.unwrap();
}
