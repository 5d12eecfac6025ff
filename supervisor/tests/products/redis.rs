//! Redis: one process, one file of settings.

use std::time::Duration;

use bedplate_core::server::{Command, Program, Script, Signal, Site, Stop};
use bedplate_core::{Address, Result, Server};

use crate::Product;
use crate::wire::Wire;

pub(crate) const PRODUCT: Product = Product {
    name: "redis",
    server: &SERVER,
    ready: |address| Box::pin(async move { open(&address).await?.expect("PING\r\n", "+PONG").await }),
    store: |address| Box::pin(store(address)),
    recover: |address| Box::pin(recover(address)),
};

const SERVER: Server = Server {
    programs: &[Program { name: "redis-server", folders: &["/opt/homebrew/opt/redis/bin"] }],
    packages: &[("apt", "redis-server"), ("brew", "redis")],
    users: &["redis"],
    ports: 1,
    script: |site: &Site| {
        let settings = format!(
            "bind 127.0.0.1\nport {}\nrequirepass {}\ndir {}\nappendonly yes\nappendfsync always\ndaemonize no\n",
            site.port(),
            site.password,
            site.path("data"),
        );
        Script {
            files: vec![("redis.conf".into(), settings), ("data/.keep".into(), String::new())],
            prepare: Vec::new(),
            processes: vec![Command::new(site.program("redis-server"), [site.path("redis.conf")])],
        }
    },
    address: |site: &Site| {
        Address::on_loopback("redis", site.port()).with_credentials("", Some(site.password.clone()))
    },
    stop: Stop { signal: Signal::Term, grace: Duration::from_secs(10) },
    start_timeout: Duration::from_secs(30),
};

async fn open(address: &Address) -> Result<Wire> {
    let mut wire = Wire::connect(address).await?;
    wire.expect(&format!("AUTH {}\r\n", address.password().unwrap_or_default()), "+OK").await?;
    Ok(wire)
}

async fn store(address: Address) -> Result<()> {
    open(&address).await?.expect("SET trace 42\r\n", "+OK").await?;
    recover(address).await
}

async fn recover(address: Address) -> Result<()> {
    let mut wire = open(&address).await?;
    wire.expect("GET trace\r\n", "$2").await?;
    wire.expect("", "42").await
}
