//! Memcached: one process, no files, nothing that survives it.

use std::time::Duration;

use bedplate_core::server::{Command, Program, Script, Signal, Site, Stop};
use bedplate_core::{Address, Result, Server};

use crate::Product;
use crate::wire::Wire;

pub(crate) const PRODUCT: Product = Product {
    name: "memcached",
    server: &SERVER,
    ready: |address| {
        Box::pin(async move {
            let mut wire = Wire::connect(&address).await?;
            wire.send("version\r\n").await?;
            wire.until("\r\n").await.map(drop)
        })
    },
    store: |address| Box::pin(store(address)),
    recover: |address| {
        Box::pin(async move { Wire::connect(&address).await?.expect("get trace\r\n", "END").await })
    },
};

const SERVER: Server = Server {
    programs: &[Program { name: "memcached", folders: &["/opt/homebrew/opt/memcached/bin"] }],
    packages: &[("apt", "memcached"), ("brew", "memcached")],
    users: &["memcache"],
    ports: 1,
    script: |site: &Site| {
        let port = site.port().to_string();
        let process = Command::new(site.program("memcached"), ["-l", "127.0.0.1", "-p", &port, "-U", "0"]);
        Script { processes: vec![process], ..Script::default() }
    },
    address: |site: &Site| Address::on_loopback("memcached", site.port()),
    stop: Stop { signal: Signal::Term, grace: Duration::from_secs(5) },
    start_timeout: Duration::from_secs(30),
};

async fn store(address: Address) -> Result<()> {
    let mut wire = Wire::connect(&address).await?;
    wire.expect("set trace 0 0 2\r\n42\r\n", "STORED").await?;
    wire.expect("get trace\r\n", "VALUE trace 0 2").await?;
    wire.expect("", "42").await
}
