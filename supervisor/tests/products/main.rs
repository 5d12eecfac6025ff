//! Every product for real: it starts privately, answers, comes back after a crash, and leaves nothing behind.
//!
//! A product that isn't installed is reported as ignored, and is red where `BEDPLATE_TEST_REQUIRE=1`.

mod mariadb;
mod memcached;
mod nats;
mod postgres;
mod rabbitmq;
mod redis;
mod wire;

use std::path::Path;
use std::time::{Duration, Instant};

use bedplate_core::{Address, BoxFuture, Error, Result, Server};
use bedplate_supervisor::{LocalServer, StartOptions, find};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// A step against a running server.
type Step = fn(Address) -> BoxFuture<Result<()>>;

/// A product with what the tests do to it.
#[derive(Clone, Copy)]
struct Product {
    name: &'static str,
    server: &'static Server,
    /// One real round trip.
    ready: Step,
    /// Stores something and reads it back.
    store: Step,
    /// Reads what was stored before a crash.
    recover: Step,
}

const PRODUCTS: [Product; 6] = [
    mariadb::PRODUCT,
    memcached::PRODUCT,
    nats::PRODUCT,
    postgres::PRODUCT,
    rabbitmq::PRODUCT,
    redis::PRODUCT,
];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = PRODUCTS
        .iter()
        .flat_map(|product| {
            [
                trial(*product, "answers_and_leaves_nothing_behind", |product| {
                    Box::pin(answers_and_leaves_nothing_behind(product))
                }),
                trial(*product, "comes_back_after_a_crash", |product| {
                    Box::pin(comes_back_after_a_crash(product))
                }),
            ]
        })
        .collect();
    trials.push(trial(redis::PRODUCT, "eight_run_side_by_side", |product| {
        Box::pin(eight_run_side_by_side(product))
    }));
    trials.push(trial(redis::PRODUCT, "a_folder_outlives_its_server", |product| {
        Box::pin(a_folder_outlives_its_server(product))
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(product: Product, case: &str, run: fn(Product) -> BoxFuture<Result<()>>) -> Trial {
    Trial::ignorable_test(format!("{}::{case}", product.name), move || {
        if let Err(missing) = find(product.server) {
            let required = std::env::var("BEDPLATE_TEST_REQUIRE").is_ok_and(|value| value == "1");
            return if required { Err(missing.into()) } else { Ok(Completion::ignored_with(missing)) };
        }
        let runtime = tokio::runtime::Runtime::new()?;
        let limited = async { tokio::time::timeout(Duration::from_secs(180), run(product)).await };
        match runtime.block_on(limited) {
            Ok(result) => {
                result.map(|()| Completion::Completed).map_err(|error| Failed::from(format!("{error:?}")))
            }
            Err(_) => Err("the test took longer than three minutes".into()),
        }
    })
}

async fn start(product: Product, options: StartOptions) -> Result<LocalServer> {
    let begin = Instant::now();
    let local = LocalServer::start(product.server, product.name, options, product.ready).await?;
    if std::env::var_os("BEDPLATE_TEST_TIMES").is_some() {
        eprintln!("{} answered after {} ms", product.name, begin.elapsed().as_millis());
    }
    Ok(local)
}

async fn answers_and_leaves_nothing_behind(product: Product) -> Result<()> {
    let local = start(product, StartOptions::default()).await?;
    (product.store)(local.address()).await?;
    let (folder, pids) = (local.folder().to_path_buf(), local.pids());
    ensure(!pids.is_empty() && folder.is_dir(), "it runs in its folder")?;
    local.stop().await?;
    ensure(!folder.exists(), "its folder is gone")?;
    ensure(!named_by_a_process(&folder), "no process has to do with its folder")?;
    ensure(pids.iter().all(|pid| !is_alive(*pid)), "its processes are gone")
}

async fn comes_back_after_a_crash(product: Product) -> Result<()> {
    let mut local = start(product, StartOptions::default()).await?;
    (product.store)(local.address()).await?;
    let (address, pids) = (local.address(), local.pids());
    local.kill();
    ensure(pids.iter().all(|pid| !is_alive(*pid)) && local.pids().is_empty(), "a killed server is dead")?;
    ensure((product.ready)(address.clone()).await.is_err(), "a killed server does not answer")?;
    local.restart().await?;
    ensure(local.address() == address, "its address stays")?;
    (product.recover)(address).await?;
    local.stop().await
}

async fn eight_run_side_by_side(product: Product) -> Result<()> {
    let starts: Vec<_> = (0..8).map(|_| tokio::spawn(start(product, StartOptions::default()))).collect();
    let mut servers = Vec::new();
    for started in starts {
        servers.push(started.await.map_err(|error| Error::invalid(error.to_string()))??);
    }
    let ports: std::collections::BTreeSet<u16> =
        servers.iter().flat_map(|local| local.ports()).copied().collect();
    ensure(ports.len() == 8, "each has a port of its own")?;
    for local in &servers {
        (product.store)(local.address()).await?;
    }
    let folders: Vec<_> = servers.iter().map(|local| local.folder().to_path_buf()).collect();
    drop(servers);
    ensure(folders.iter().all(|folder| !folder.exists()), "their folders are gone")
}

async fn a_folder_outlives_its_server(product: Product) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("bedplate-products-{}", std::process::id()));
    let options = || StartOptions::default().folder(&folder);
    let first = start(product, options().password("first")).await?;
    (product.store)(first.address()).await?;
    let second = start(product, options()).await.map(drop);
    ensure(second.is_err_and(|error| error.to_string().contains("another server runs in")), "one at a time")?;
    first.stop().await?;
    let again = start(product, options()).await?;
    ensure(again.address().password() == Some("first"), "the folder keeps its password")?;
    (product.recover)(again.address()).await?;
    again.stop().await?;
    let kept = folder.join("server.log").exists();
    std::fs::remove_dir_all(&folder).map_err(|error| Error::invalid(error.to_string()))?;
    ensure(kept, "the folder stays")
}

fn ensure(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::invalid(format!("expected: {what}"))) }
}

/// Whether a process has this number. One that has ended and waits to be collected counts as gone.
fn is_alive(pid: u32) -> bool {
    let output = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
    let status = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string());
    status.is_ok_and(|status| !status.is_empty() && !status.starts_with('Z'))
}

/// Whether a command line names the folder: the server's own, its children's or its guard's.
fn named_by_a_process(folder: &Path) -> bool {
    let output = std::process::Command::new("ps").args(["-A", "-o", "args="]).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&*folder.to_string_lossy()))
}
