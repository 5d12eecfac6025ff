//! From an address and its settings to a client.

use bedplate_catalogue::MYSQL;
use bedplate_core::{Address, Result};
use tokio::net::TcpStream;

use crate::error::classify;

/// The client of mysql.
#[derive(Debug)]
pub(crate) struct Client;

/// Checks the settings, and that something listens at the address.
pub(crate) async fn connect(address: &Address) -> Result<Client> {
    address.check_settings(MYSQL.settings)?;
    let port = MYSQL.ports.first().map_or(0, |port| port.number);
    TcpStream::connect(address.host_or("127.0.0.1", port)).await.map_err(classify)?;
    Ok(Client)
}
