//! RabbitMQ: its own Erlang port mapper first, then the broker, with a node name, ports and a cookie of its own.

use std::time::Duration;

use bedplate_core::server::{Command, Program, Script, Signal, Site, Stop};
use bedplate_core::{Address, Result, Server};

use crate::Product;
use crate::wire::{Wire, unexpected};

pub(crate) const PRODUCT: Product = Product {
    name: "rabbitmq",
    server: &SERVER,
    ready: |address| Box::pin(async move { open(&address).await.map(drop) }),
    store: |address| Box::pin(store(address)),
    // A queue declared just before the crash may be lost: the broker writes its metadata to disk with a delay.
    recover: |address| Box::pin(async move { open(&address).await.map(drop) }),
};

const SERVER: Server = Server {
    programs: &[
        Program { name: "epmd", folders: &["/usr/lib/erlang/erts-*/bin", "/opt/homebrew/opt/erlang/bin"] },
        // The wrapper in /usr/sbin insists on root or on the user `rabbitmq`.
        Program {
            name: "rabbitmq-server",
            folders: &["/usr/lib/rabbitmq/bin", "/opt/homebrew/opt/rabbitmq/sbin"],
        },
    ],
    packages: &[("apt", "rabbitmq-server"), ("brew", "rabbitmq")],
    users: &["rabbitmq"],
    ports: 3,
    script,
    address: |site: &Site| {
        Address::on_loopback("amqp", site.port()).with_credentials("admin", Some(site.password.clone()))
    },
    stop: Stop { signal: Signal::Term, grace: Duration::from_secs(30) },
    start_timeout: Duration::from_secs(120),
};

fn script(site: &Site) -> Script {
    let [port, mapper, distribution] = [0, 1, 2].map(|at| site.ports.get(at).copied().unwrap_or_default());
    let settings = format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\ndefault_user = admin\ndefault_pass = {}\nlog.console = true\n",
        site.password
    );
    let epmd = Command::new(
        site.program("epmd"),
        ["-port", &mapper.to_string(), "-address", "127.0.0.1", "-relaxed_command_check"],
    );
    let broker = Command::new(site.program("rabbitmq-server"), [] as [&str; 0])
        .variable("ERL_EPMD_PORT", mapper.to_string())
        .variable("ERL_EPMD_ADDRESS", "127.0.0.1")
        // The data belongs to the node's name, so the name may not depend on a port.
        .variable("RABBITMQ_NODENAME", "private@localhost")
        .variable("RABBITMQ_DIST_PORT", distribution.to_string())
        .variable("RABBITMQ_CONFIG_FILE", site.path("rabbitmq.conf"))
        .variable("RABBITMQ_MNESIA_BASE", site.path("mnesia"))
        .variable("RABBITMQ_LOG_BASE", site.path("log"))
        .variable("RABBITMQ_LOGS", "-")
        .variable("RABBITMQ_ENABLED_PLUGINS_FILE", site.path("plugins"))
        .variable("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .variable("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    Script {
        files: vec![("rabbitmq.conf".into(), settings), ("plugins".into(), "[].\n".into())],
        prepare: Vec::new(),
        processes: vec![epmd.listens_on(mapper), broker],
    }
}

/// A method frame of AMQP 0-9-1.
fn method(channel: u16, class: u16, method: u16, arguments: &[u8]) -> Vec<u8> {
    let mut frame = vec![1];
    frame.extend(channel.to_be_bytes());
    frame.extend(u32::try_from(arguments.len() + 4).unwrap_or_default().to_be_bytes());
    frame.extend(class.to_be_bytes());
    frame.extend(method.to_be_bytes());
    frame.extend_from_slice(arguments);
    frame.push(0xCE);
    frame
}

/// Reads a method frame, expects this method and gives its arguments.
async fn expect(wire: &mut Wire, class: u16, method: u16) -> Result<Vec<u8>> {
    let head = wire.take(7).await?;
    let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
    let body = wire.take(usize::try_from(size).unwrap_or_default() + 1).await?;
    let wanted = [class.to_be_bytes(), method.to_be_bytes()].concat();
    if head[0] == 1 && body.starts_with(&wanted) {
        return Ok(body[4..body.len() - 1].to_vec());
    }
    Err(unexpected(&format!("{class}.{method}"), &String::from_utf8_lossy(&body)))
}

/// Logs in and opens channel 1.
async fn open(address: &Address) -> Result<Wire> {
    let mut wire = Wire::connect(address).await?;
    wire.send(b"AMQP\0\0\x09\x01").await?;
    expect(&mut wire, 10, 10).await?;
    let login = format!("\0admin\0{}", address.password().unwrap_or_default());
    let mut start = b"\0\0\0\0\x05PLAIN".to_vec();
    start.extend(u32::try_from(login.len()).unwrap_or_default().to_be_bytes());
    start.extend(login.as_bytes());
    start.extend(b"\x05en_US");
    wire.send(method(0, 10, 11, &start)).await?;
    let limits = expect(&mut wire, 10, 30).await?;
    wire.send(method(0, 10, 31, &limits)).await?;
    wire.send(method(0, 10, 40, b"\x01/\0\0")).await?;
    expect(&mut wire, 10, 41).await?;
    wire.send(method(1, 20, 10, b"\0")).await?;
    expect(&mut wire, 20, 11).await?;
    Ok(wire)
}

/// Declares a durable queue.
async fn store(address: Address) -> Result<()> {
    let mut wire = open(&address).await?;
    wire.send(method(1, 50, 10, b"\0\0\x05trace\x02\0\0\0\0")).await?;
    expect(&mut wire, 50, 11).await.map(drop)
}
