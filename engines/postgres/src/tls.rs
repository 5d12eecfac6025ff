//! Encryption, as `sslmode` says.

use std::sync::Arc;

use bedplate_core::{Error, ErrorKind, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes encrypted connections, and when it does.
///
/// As with PostgreSQL's own clients, `prefer` and `require` keep others from listening and take any certificate; only
/// `verify-full` makes sure who answers.
pub(crate) fn connector(mode: &str, authorities: &str) -> Result<(SslMode, MakeRustlsConnect)> {
    // An explicit one: the process may have chosen another as its default, or none.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let unusable =
        |why: rustls::Error| Error::new(ErrorKind::Internal, "no encryption can be set up").with_source(why);
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(unusable)?;
    let builder = match mode {
        "verify-full" => builder.with_root_certificates(trusted(authorities)?),
        _ => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
    };
    let mode = match mode {
        "disable" => SslMode::Disable,
        "prefer" => SslMode::Prefer,
        _ => SslMode::Require,
    };
    Ok((mode, MakeRustlsConnect::new(builder.with_no_client_auth())))
}

fn trusted(authorities: &str) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    if authorities.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(roots);
    }
    let wrong = |why: String| Error::invalid(format!("`sslrootcert`: `{authorities}`: {why}"));
    let certificates = CertificateDer::pem_file_iter(authorities).map_err(|why| wrong(why.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|why| wrong(why.to_string()))?;
        roots.add(certificate).map_err(|why| wrong(why.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("there is no certificate in it".into())) } else { Ok(roots) }
}

/// Takes every certificate, and still checks that the server has the key that belongs to it.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
