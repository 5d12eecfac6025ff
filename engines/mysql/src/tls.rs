//! Encryption, as `sslmode` says.

use std::path::PathBuf;

use bedplate_core::{Error, Result};
use mysql_async::SslOpts;
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Whether a connection is encrypted.
#[derive(Debug, Clone)]
pub(crate) enum Encryption {
    /// Never.
    Never,
    /// Where the server can.
    Preferred(SslOpts),
    /// Always.
    Required(SslOpts),
}

/// What encrypts connections, and when it does.
///
/// As with PostgreSQL, `prefer` and `require` keep others from listening and take any certificate; only `verify-full`
/// makes sure who answers.
pub(crate) fn encryption(mode: &str, authorities: &str) -> Result<Encryption> {
    if mode == "disable" {
        return Ok(Encryption::Never);
    }
    // The client takes the provider of the process, and gives up where there are two in a build and none was chosen.
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been first; then there is one.
        let _ = aws_lc_rs::default_provider().install_default();
    }
    let any =
        || SslOpts::default().with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true);
    Ok(match mode {
        "prefer" => Encryption::Preferred(any()),
        "require" => Encryption::Required(any()),
        _ if authorities.is_empty() => Encryption::Required(SslOpts::default()),
        _ => {
            check(authorities)?;
            let roots = vec![PathBuf::from(authorities).into()];
            Encryption::Required(SslOpts::default().with_root_certs(roots).with_disable_built_in_roots(true))
        }
    })
}

/// Reads the authorities before a connection does, so that a wrong file is told as one.
fn check(authorities: &str) -> Result<()> {
    let wrong = |why: String| Error::invalid(format!("`sslrootcert`: `{authorities}`: {why}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authorities).map_err(|why| wrong(why.to_string()))? {
        let certificate = certificate.map_err(|why| wrong(why.to_string()))?;
        roots.add(certificate).map_err(|why| wrong(why.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("there is no certificate in it".into())) } else { Ok(()) }
}
