//! A real standby that follows by streaming: it is read from, and never behind what was written.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bedplate_conformance::run::jobs;
use bedplate_conformance::{Target, When};
use bedplate_core::server::{Command, Program, Script, Site};
use bedplate_core::sql::{Begin, Isolation, Position, Sql};
use bedplate_core::{Address, Capability, ErrorKind, Promise, Server};
use bedplate_engine_postgres::DRIVER;
use bedplate_supervisor::{LocalServer, StartOptions};

use crate::scene::{OWN, eventually, is_here, open, provide, server, service, start};

static STANDBY: Server = Server {
    programs: &[Program { name: "pg_basebackup", folders: OWN.programs[0].folders }, OWN.programs[1]],
    script: follow,
    ..*OWN
};

/// The primary that the standby follows: its port and password.
static PRIMARY: OnceLock<(u16, String)> = OnceLock::new();

fn follow(site: &Site) -> Script {
    let (port, password) = PRIMARY.get().unwrap();
    let data = format!("--pgdata={}", site.path("data"));
    let copy = Command::new(
        site.program("pg_basebackup"),
        [data.as_str(), "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--no-password"],
    );
    let copy = copy
        .variable("PGHOST", "127.0.0.1")
        .variable("PGPORT", port.to_string())
        .variable("PGUSER", "postgres")
        .variable("PGPASSWORD", password);
    let own = (OWN.script)(site);
    Script { files: Vec::new(), prepare: vec![copy], processes: own.processes }
}

struct Ground {
    primary: LocalServer,
    standby: LocalServer,
    /// The service's database on the primary.
    address: Address,
    sql: Sql,
}

const READ: &str = "select n, pg_is_in_recovery() from counters";

impl Ground {
    async fn prepare() -> Option<Self> {
        if !is_here(&STANDBY) {
            return None;
        }
        let primary = server().await?;
        let (_, address) = provide(&primary.address(), &service("orders")).await.unwrap();
        let password = primary.address().password().unwrap().to_string();
        PRIMARY.set((primary.ports()[0], password.clone())).unwrap();
        let standby = start(&STANDBY, StartOptions::default().password(password)).await;
        let sql = open(address.clone()).await.unwrap();
        sql.query("create table counters (n bigint not null)").execute().await.unwrap();
        sql.query("insert into counters values (0)").execute().await.unwrap();
        Some(Self { primary, standby, address, sql })
    }

    /// The same database with this replica among others.
    async fn open(&self, replicas: &str, wait: &str) -> Sql {
        let address =
            self.address.clone().with_setting("replicas", replicas).with_setting("replica_wait", wait);
        open(address).await.unwrap()
    }

    fn place(&self) -> String {
        format!("127.0.0.1:{}", self.standby.ports()[0])
    }

    async fn on_standby(&self) -> Sql {
        open(self.standby.address().with_path("/orders")).await.unwrap()
    }
}

/// Writes and reads so often, and tells how many reads a standby answered. Each sees its own write.
async fn rounds(sql: &Sql, replica: &Sql, count: i64) -> i64 {
    let mut by_standby = 0;
    for round in 0..count {
        let n: i64 = match round % 3 {
            0 => {
                let next = "update counters set n = n + 1 returning n";
                sql.query(next).fetch_one().await.unwrap()
            }
            1 => {
                let mut tx = sql.begin(Begin::new()).await.unwrap();
                tx.query("update counters set n = n + 1").execute().await.unwrap();
                let n = tx.query("select n from counters").fetch_one().await.unwrap();
                tx.commit().await.unwrap();
                n
            }
            _ => {
                sql.query("update counters set n = n + 1").execute().await.unwrap();
                sql.query("select n from counters").fetch_one().await.unwrap()
            }
        };
        let (seen, standby): (i64, bool) = replica.query(READ).fetch_one().await.unwrap();
        assert_eq!(seen, n, "round {round}, read from a standby: {standby}");
        by_standby += i64::from(standby);
    }
    by_standby
}

async fn by_standby(replica: &Sql) -> bool {
    replica.query("select pg_is_in_recovery()").fetch_one().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_is_never_read_behind_ones_own_writes() {
    let Some(mut ground) = Ground::prepare().await else { return };
    assert_eq!(ground.sql.features().replicas, Promise::Refused);
    assert_eq!(ground.sql.replica().unwrap_err().kind(), ErrorKind::Unsupported);
    sees_what_was_written(&ground).await;
    keeps_what_the_suite_asks_of_replicas(&ground).await;
    positions_are_reached(&ground).await;
    refuses_to_write(&ground.open(&ground.place(), "5s").await.replica().unwrap()).await;
    reports_how_far_it_is(&ground).await;
    falls_back_where_it_is_behind(&ground).await;
    goes_on_without_it(&mut ground).await;
    let Ground { primary, standby, .. } = ground;
    standby.stop().await.unwrap();
    primary.stop().await.unwrap();
}

/// The cases of the suite that apply only where there are replicas: no other engine's test has any.
async fn keeps_what_the_suite_asks_of_replicas(ground: &Ground) {
    let address =
        ground.address.clone().with_setting("replicas", ground.place()).with_setting("replica_wait", "10s");
    let jobs = jobs(&Target::of(&DRIVER, &address), Some(Capability::Sql)).await.unwrap();
    let about_replicas: Vec<_> = jobs.iter().filter(|job| job.when == When::Kept("replicas")).collect();
    assert!(!about_replicas.is_empty(), "the suite has no case about replicas");
    for job in about_replicas {
        let finding = job.run().await;
        assert!(finding.declared && finding.failure.is_none() && finding.left_out.is_none(), "{finding:?}");
    }
}

async fn sees_what_was_written(ground: &Ground) {
    let sql = ground.open(&ground.place(), "10s").await;
    assert_eq!(sql.features().replicas, Promise::Native);
    let replica = sql.replica().unwrap();
    assert_eq!(replica.features().replicas, Promise::Refused);
    assert_eq!(rounds(&sql, &replica, 200).await, 200, "reads that the standby answered");
    // Many at once, each with rows of its own.
    sql.query("create table own (id bigint primary key)").execute().await.unwrap();
    let tasks: Vec<_> = (0..8_i64)
        .map(|task| {
            let (sql, replica) = (sql.clone(), replica.clone());
            tokio::spawn(async move {
                for id in (task * 1000)..(task * 1000 + 25) {
                    sql.query("insert into own values ($1)").bind(id).execute().await.unwrap();
                    let seen = replica.query("select count(*) from own where id = $1").bind(id);
                    assert_eq!(seen.fetch_one::<i64>().await.unwrap(), 1, "{id}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    // Rows that were read to their end are written, whether or not someone still holds them.
    let mut rows = sql.query("insert into own values (9998) returning id").stream::<i64>().await.unwrap();
    while rows.next().await.unwrap().is_some() {}
    let seen = replica.query("select count(*) from own where id = 9998").fetch_one::<i64>().await.unwrap();
    assert_eq!(seen, 1, "a write whose rows were read to their end");
    drop(rows);
    // A write that nobody waited for may have happened: what comes after sees what became of it.
    drop(sql.query("insert into own values (9999) returning id").stream::<i64>().await.unwrap());
    eventually("the write that was let go of", async || {
        replica.query("select count(*) from own where id = 9999").fetch_one::<i64>().await.unwrap() == 1
    })
    .await;
    sql.close().await;
    assert_eq!(replica.query(READ).fetch_rows().await.unwrap_err().kind(), ErrorKind::Unavailable);
}

async fn positions_are_reached(ground: &Ground) {
    let direct = ground.on_standby().await;
    let other = ground.open(&ground.place(), "10s").await.replica().unwrap();
    let wait = Duration::from_secs(10);
    for _ in 0..50 {
        let next = "update counters set n = n + 1 returning n";
        let n: i64 = ground.sql.query(next).fetch_one().await.unwrap();
        let position = Position::new(ground.sql.position().await.unwrap().as_str());
        direct.reach(&position, wait).await.unwrap();
        assert_eq!(direct.query("select n from counters").fetch_one::<i64>().await.unwrap(), n);
        other.reach(&position, wait).await.unwrap();
        assert_eq!(other.query("select n from counters").fetch_one::<i64>().await.unwrap(), n);
        ground.sql.reach(&position, Duration::ZERO).await.unwrap();
    }
    direct.position().await.unwrap();
    // A standby can be copied as well, and spares the primary.
    let folder = tempfile::tempdir().unwrap();
    let copied = other.backup(&folder.path().join("copy"), &|_| ()).await.unwrap();
    assert_eq!(copied, ground.sql.tally().await.unwrap());
    let never = Position::new("FFFFFF/0");
    for sql in [&direct, &ground.sql] {
        let error = sql.reach(&never, Duration::from_millis(50)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
        let error = sql.reach(&Position::new("12"), wait).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    }
}

/// Whoever answers, it refuses to write.
async fn refuses_to_write(replica: &Sql) {
    let before: i64 = replica.query("select n from counters").fetch_one().await.unwrap();
    for text in [
        "update counters set n = 0",
        "create table more (id bigint)",
        "insert into counters values (1) returning n",
    ] {
        let error = replica.query(text).execute().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{text}: {error:?}");
        let error = replica.query(text).fetch_rows().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{text}: {error:?}");
    }
    assert_eq!(replica.begin(Begin::new()).await.unwrap_err().kind(), ErrorKind::Denied);
    for isolation in [Isolation::ReadCommitted, Isolation::RepeatableRead, Isolation::Serializable] {
        let mut tx = replica.begin(Begin::new().isolation(isolation).read_only()).await.unwrap();
        assert_eq!(tx.query("select n from counters").fetch_one::<i64>().await.unwrap(), before);
        assert!(tx.query("update counters set n = 0").execute().await.is_err(), "{isolation:?}");
        tx.rollback().await.unwrap();
    }
    let lock = replica.lock("x", Duration::ZERO).await.err().unwrap();
    assert_eq!(lock.kind(), ErrorKind::Denied);
    let restore = replica.restore(std::path::Path::new("/nowhere"), &|_| ()).await.unwrap_err();
    assert_eq!(restore.kind(), ErrorKind::Denied);
    assert_eq!(replica.schema().await.unwrap().tables.len(), 2);
    assert_eq!(replica.tally().await.unwrap().tables.len(), 2);
}

async fn reports_how_far_it_is(ground: &Ground) {
    let sql = ground.open(&format!("{},127.0.0.1:1", ground.place()), "5s").await;
    let root = open(ground.primary.address()).await.unwrap();
    eventually("nothing is behind", async || {
        let named = sql.report().await.unwrap().replicas;
        assert_eq!(
            named.iter().map(|one| one.name.clone()).collect::<Vec<_>>(),
            [ground.place(), "127.0.0.1:1".into()]
        );
        assert_eq!((named[1].behind_bytes, named[1].behind_ms), (None, None), "one that doesn't answer");
        let known = root.report().await.unwrap().replicas;
        assert_eq!(known.len(), 1);
        named[0].behind_bytes == Some(0) && named[0].behind_ms == Some(0) && known[0].behind_bytes == Some(0)
    })
    .await;
    let own = ground.on_standby().await.report().await.unwrap().replicas;
    assert_eq!((own.len(), own[0].behind_bytes), (1, Some(0)));
}

async fn falls_back_where_it_is_behind(ground: &Ground) {
    let wait = Duration::from_millis(300);
    let sql = ground.open(&ground.place(), "300ms").await;
    let replica = sql.replica().unwrap();
    assert!(by_standby(&replica).await);
    let direct = ground.on_standby().await;
    direct.query("select pg_wal_replay_pause()").fetch_rows().await.unwrap();
    eventually("the standby pauses", async || {
        direct.query("select pg_get_wal_replay_pause_state()").fetch_one::<String>().await.unwrap()
            == "paused"
    })
    .await;
    // What needs nothing new is still read from it.
    assert!(by_standby(&replica).await);
    let started = Instant::now();
    assert_eq!(rounds(&sql, &replica, 1).await, 0);
    let first = started.elapsed();
    assert!(first >= wait && first < wait * 8, "{first:?}");
    let started = Instant::now();
    assert_eq!(rounds(&sql, &replica, 50).await, 0);
    let later = started.elapsed();
    assert!(later < wait * 25, "50 reads waited for a standby that is known to be behind: {later:?}");
    refuses_to_write(&replica).await;
    let held = replica.reach(&sql.position().await.unwrap(), wait).await;
    held.unwrap();
    direct.query("select pg_wal_replay_resume()").fetch_rows().await.unwrap();
    eventually("the standby is read again", async || rounds(&sql, &replica, 1).await == 1).await;
    assert_eq!(sql.pool().open, sql.pool().idle, "a connection was kept");
}

async fn goes_on_without_it(ground: &mut Ground) {
    let sql = ground.open(&ground.place(), "1s").await;
    let both = ground.open(&format!("127.0.0.1:1,{}", ground.place()), "1s").await;
    let (replica, second) = (sql.replica().unwrap(), both.replica().unwrap());
    assert_eq!(rounds(&sql, &replica, 3).await, 3);
    assert_eq!(rounds(&both, &second, 20).await, 20, "the next one answers for one that is down");
    ground.standby.kill();
    let started = Instant::now();
    assert_eq!(rounds(&sql, &replica, 50).await, 0);
    assert_eq!(rounds(&both, &second, 5).await, 0);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    ground.standby.restart().await.unwrap();
    eventually("the standby is read again", async || rounds(&sql, &replica, 1).await == 1).await;
}

#[tokio::test]
async fn what_is_no_list_of_replicas_is_refused() {
    for replicas in ["a:x", "a:1,u:hidden@c", "a/b", "a:99999"] {
        let address = Address::parse("postgres://u:p@127.0.0.1:1/x").unwrap();
        let error = open(address.with_setting("replicas", replicas)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{replicas}: {error:?}");
        assert!(
            error.message().contains("replicas") && !format!("{error:?}").contains("hidden"),
            "{error:?}"
        );
    }
}
