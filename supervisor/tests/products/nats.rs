//! NATS with JetStream: one process, one file of settings, data on disk.

use std::time::Duration;

use bedplate_core::server::{Command, Program, Script, Signal, Site, Stop};
use bedplate_core::{Address, Result, Server};

use crate::Product;
use crate::wire::{Wire, unexpected};

pub(crate) const PRODUCT: Product = Product {
    name: "nats",
    server: &SERVER,
    ready: |address| Box::pin(async move { open(&address).await.map(drop) }),
    store: |address| Box::pin(store(address)),
    recover: |address| Box::pin(recover(address)),
};

const SERVER: Server = Server {
    programs: &[Program { name: "nats-server", folders: &["/opt/homebrew/opt/nats-server/bin"] }],
    packages: &[("apt", "nats-server"), ("brew", "nats-server")],
    users: &["nats"],
    ports: 1,
    script: |site: &Site| {
        let settings = format!(
            "listen: \"127.0.0.1:{}\"\njetstream {{ store_dir: \"{}\" }}\nauthorization {{ user: admin, password: \"{}\" }}\n",
            site.port(),
            site.path("jetstream"),
            site.password,
        );
        Script {
            files: vec![("nats.conf".into(), settings)],
            prepare: Vec::new(),
            processes: vec![Command::new(site.program("nats-server"), ["-c".into(), site.path("nats.conf")])],
        }
    },
    address: |site: &Site| {
        Address::on_loopback("nats", site.port()).with_credentials("admin", Some(site.password.clone()))
    },
    stop: Stop { signal: Signal::Term, grace: Duration::from_secs(10) },
    start_timeout: Duration::from_secs(30),
};

async fn open(address: &Address) -> Result<Wire> {
    let mut wire = Wire::connect(address).await?;
    wire.until("\r\n").await?;
    let password = address.password().unwrap_or_default();
    let connect = format!(r#"CONNECT {{"verbose":false,"user":"admin","pass":"{password}"}}"#);
    wire.expect(&format!("{connect}\r\nPING\r\n"), "PONG").await?;
    Ok(wire)
}

/// Asks on a subject and expects this in the answer.
async fn ask(wire: &mut Wire, subject: &str, body: &str, wanted: &str) -> Result<()> {
    wire.send(format!("SUB answer 1\r\nUNSUB 1 1\r\nPUB {subject} answer {}\r\n{body}\r\n", body.len()))
        .await?;
    let head = wire.until("\r\n").await?;
    let count = head.trim_end().rsplit(' ').next().and_then(|count| count.parse().ok());
    let Some(count) = count.filter(|_| head.starts_with("MSG answer 1 ")) else {
        return Err(unexpected("a message", &head));
    };
    let answer = String::from_utf8_lossy(&wire.take(count).await?).into_owned();
    wire.take(2).await?;
    if answer.contains(wanted) { Ok(()) } else { Err(unexpected(wanted, &answer)) }
}

async fn store(address: Address) -> Result<()> {
    let mut wire = open(&address).await?;
    let stream = r#"{"name":"TRACES","subjects":["traces.*"],"storage":"file"}"#;
    ask(&mut wire, "$JS.API.STREAM.CREATE.TRACES", stream, r#""did_create":true"#).await?;
    ask(&mut wire, "traces.one", "42", r#""seq":1"#).await
}

async fn recover(address: Address) -> Result<()> {
    let mut wire = open(&address).await?;
    ask(&mut wire, "$JS.API.STREAM.INFO.TRACES", "", r#""messages":1"#).await
}
