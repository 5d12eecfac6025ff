//! PostgreSQL, by the engine's own description: there is no second one.

use bedplate_core::{Address, Result};

use crate::Product;
use crate::wire::{Wire, unexpected};

#[path = "../../../engines/postgres/src/server.rs"]
mod server;

pub(crate) const PRODUCT: Product = Product {
    name: "postgres",
    server: &server::SERVER,
    ready: |address| Box::pin(asks_for_a_password(address)),
    store: |address| Box::pin(asks_for_a_password(address)),
    recover: |address| Box::pin(asks_for_a_password(address)),
};

/// Begins a session; the server must accept sessions and demand SCRAM (authentication request 10).
async fn asks_for_a_password(address: Address) -> Result<()> {
    let mut body = 196_608_i32.to_be_bytes().to_vec();
    body.extend_from_slice(b"user\0postgres\0database\0postgres\0\0");
    let mut packet = i32::try_from(body.len() + 4).unwrap_or_default().to_be_bytes().to_vec();
    packet.append(&mut body);
    let mut wire = Wire::connect(&address).await?;
    wire.send(packet).await?;
    let head = wire.take(9).await?;
    if head[0] == b'R' && head[5..9] == 10_i32.to_be_bytes() {
        return Ok(());
    }
    Err(unexpected("a demand for SCRAM", &String::from_utf8_lossy(&head)))
}
