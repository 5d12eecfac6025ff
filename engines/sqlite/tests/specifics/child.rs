//! Other processes: this test binary, started again with a task.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use bedplate_core::sql::Sql;

use super::{crash, disk, open};

/// Says to this test binary that it is a child, and what it is to do.
const TASK: &str = "BEDPLATE_TEST_SQLITE_TASK";

/// The arguments by which this binary does its task and nothing else.
pub(crate) const ARGUMENTS: [&str; 5] =
    ["--exact", "child::a_child_does_its_task", "--ignored", "--nocapture", "--test-threads=1"];

/// Runs this binary again, as another process that does `task` with the database.
pub(crate) fn spawn(task: &str, path: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(ARGUMENTS).stderr(Stdio::null());
    start(command, task, path)
}

/// Runs a command that ends up in this binary.
pub(crate) fn start(mut command: Command, task: &str, path: &Path) -> Child {
    command.env(TASK, format!("{task} {}", path.display())).stdout(Stdio::piped()).spawn().unwrap()
}

/// What a child says.
pub(crate) fn lines(child: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(child.stdout.take().unwrap()).lines()
}

/// Reads what a child says: `@` and a number. The rest is the test runner's.
pub(crate) fn said(line: &str) -> Option<i64> {
    line.rsplit_once('@')?.1.trim().parse().ok()
}

pub(crate) fn say(number: i64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "@{number}").and_then(|()| out.flush()).unwrap();
}

#[tokio::test]
#[ignore = "it is what the other tests' child processes run"]
async fn a_child_does_its_task() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (task, path) = task.split_once(' ').unwrap();
    let path = Path::new(path);
    match task {
        "transfer" => crash::transfer(&open(path).await).await,
        "migrate" => crash::migrate(&open(path).await).await,
        "restore" => crash::restore(path).await,
        "fill" => disk::fill(path).await,
        "lock" => lock(&open(path).await).await,
        "count" => {
            let count = open(path).await.query("select count(*) from left_half").fetch_one().await;
            say(count.unwrap());
        }
        other => panic!("`{other}` is no task"),
    }
}

async fn lock(sql: &Sql) {
    let _lock = sql.lock("shared", Duration::from_secs(10)).await.unwrap();
    say(0);
    std::future::pending::<()>().await;
}
