//! Writes the URLs of a plan.

use bedplate_core::Address;
use bedplate_core::address::percent_encode;

/// `scheme://host:port`, as an address to go on with.
pub(super) fn server(scheme: &str, host: &str, port: u16) -> Option<Address> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_string() };
    let port = if port == 0 { String::new() } else { format!(":{port}") };
    Address::parse(&format!("{scheme}://{host}{port}")).ok()
}

/// `scheme:path`, as an address to go on with.
pub(super) fn path(scheme: &str, path: &str) -> Option<Address> {
    Some(Address::parse(&format!("{scheme}:")).ok()?.with_path(path))
}

/// The address as text, with `${NAME}` for each secret in it.
///
/// A plan's addresses hold no passwords: what stands in the password's place are references.
pub(super) fn write(address: &Address, secrets: &[String]) -> String {
    let mut text = address.reveal();
    for name in secrets {
        let reference = format!("${{{name}}}");
        text = text.replace(&percent_encode(&reference), &reference);
    }
    text
}
