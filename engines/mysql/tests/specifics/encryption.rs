//! Encrypted connections, to a server with a certificate of its own.

use bedplate_core::server::{Command, Program, Script, Site};
use bedplate_core::{ErrorKind, Server};

use crate::scene::{OWN, is_here, open, start};

/// As the engine's own, with a certificate for the loopback address.
static ENCRYPTING: Server = Server {
    programs: &[
        OWN.programs[0],
        OWN.programs[1],
        Program { name: "openssl", folders: &["/usr/bin", "/opt/homebrew/bin"] },
    ],
    script,
    ..*OWN
};

fn script(site: &Site) -> Script {
    let mut script = (OWN.script)(site);
    let (key, certificate) = (site.path("key.pem"), site.path("certificate.pem"));
    let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=bedplate"];
    let extensions =
        ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
    let files = ["-keyout", &key, "-out", &certificate];
    let arguments = make.into_iter().chain(extensions).chain(files);
    script.prepare.push(Command::new(site.program("openssl"), arguments));
    script.processes[0].arguments.extend([format!("--ssl-key={key}"), format!("--ssl-cert={certificate}")]);
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_encrypted_and_the_certificate_is_checked_where_that_is_asked_for() {
    if !is_here(&ENCRYPTING) {
        return;
    }
    let server = start(&ENCRYPTING).await;
    let with = |mode: &str| server.address().with_setting("sslmode", mode);
    let cipher =
        "select variable_value from information_schema.session_status where variable_name = 'Ssl_cipher'";
    let certificate = server.folder().join("certificate.pem").display().to_string();
    let verified = with("verify-full").with_setting("sslrootcert", certificate);
    for (address, encrypted) in
        [(with("disable"), false), (with("prefer"), true), (with("require"), true), (verified.clone(), true)]
    {
        let sql = open(address).await.unwrap();
        let cipher: String = sql.query(cipher).fetch_one().await.unwrap();
        assert_eq!(!cipher.is_empty(), encrypted, "`{cipher}`");
    }
    // Nobody whom this build trusts has signed it.
    let error = open(with("verify-full")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(error.message().contains("encrypted"), "{error:?}");
    // The product's own tools connect in the same way.
    let sql = open(verified).await.unwrap();
    sql.query("create table t (id bigint not null primary key)").execute().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    sql.backup(&folder.path().join("a"), &|_| ()).await.unwrap();
    server.stop().await.unwrap();
}
