//! A server that only talks encrypted, with a certificate of its own authority.

use bedplate_core::server::{Command, Program, Script, Site};
use bedplate_core::{Address, ErrorKind, Server};
use bedplate_supervisor::StartOptions;

use crate::scene::{OWN, is_here, open, start};

static ENCRYPTED: Server = Server {
    programs: &[OWN.programs[0], OWN.programs[1], Program { name: "openssl", folders: &[] }],
    script: encrypt,
    ..*OWN
};

const OPENSSL: &str = "[req]\ndistinguished_name = subject\n[subject]\n\
[authority]\nbasicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign\n\
[server]\nbasicConstraints = CA:false\nsubjectAltName = DNS:localhost\n";

fn encrypt(site: &Site) -> Script {
    let mut script = (OWN.script)(site);
    script.files.push(("openssl.cnf".into(), OPENSSL.into()));
    script.files.push(("hba.conf".into(), "hostssl all all 127.0.0.1/32 scram-sha-256\n".into()));
    let config = site.path("openssl.cnf");
    let openssl = |arguments: &[&str]| Command::new(site.program("openssl"), arguments.iter().copied());
    let authority = |name: &str| {
        let (key, certificate) = (site.path(&format!("{name}.key")), site.path(&format!("{name}.pem")));
        let subject = format!("/CN={name}");
        openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-config",
            &config,
            "-extensions",
            "authority",
            "-subj",
            &subject,
            "-keyout",
            &key,
            "-out",
            &certificate,
        ])
    };
    let (key, request, certificate) =
        (site.path("server.key"), site.path("server.csr"), site.path("server.pem"));
    let (by, by_key) = (site.path("trusted.pem"), site.path("trusted.key"));
    script.prepare.extend([
        authority("trusted"),
        authority("strange"),
        openssl(&[
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-config",
            &config,
            "-subj",
            "/CN=server",
            "-keyout",
            &key,
            "-out",
            &request,
        ]),
        openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &by,
            "-CAkey",
            &by_key,
            "-set_serial",
            "2",
            "-days",
            "2",
            "-extfile",
            &config,
            "-extensions",
            "server",
            "-out",
            &certificate,
        ]),
    ]);
    let settings = [
        "ssl=on".to_string(),
        format!("ssl_cert_file={certificate}"),
        format!("ssl_key_file={key}"),
        format!("hba_file={}", site.path("hba.conf")),
    ];
    script.processes[0].arguments.extend(settings.into_iter().flat_map(|setting| ["-c".into(), setting]));
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_host_with_a_trusted_certificate_is_talked_to() {
    if !is_here(&ENCRYPTED) {
        return;
    }
    let server = start(&ENCRYPTED, StartOptions::default()).await;
    let by_number = server.address();
    let by_name = Address::parse(&by_number.reveal().replace("127.0.0.1", "localhost")).unwrap();
    let authorities = |name: &str| server.folder().join(name).display().to_string();
    let verified = |address: &Address, name: &str| {
        address.clone().with_setting("sslmode", "verify-full").with_setting("sslrootcert", authorities(name))
    };

    for address in [
        verified(&by_name, "trusted.pem"),
        by_name.clone().with_setting("sslmode", "require"),
        by_number.clone().with_setting("sslmode", "prefer"),
    ] {
        let sql = open(address).await.unwrap();
        let encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        assert!(sql.query(encrypted).fetch_one::<bool>().await.unwrap());
    }
    for (address, why) in [
        (verified(&by_name, "strange.pem"), "another authority"),
        (by_name.clone().with_setting("sslmode", "verify-full"), "the authorities of the build"),
        (verified(&by_number, "trusted.pem"), "another host's certificate"),
    ] {
        let error = open(address).await.err().unwrap_or_else(|| panic!("{why}: opened"));
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{why}: {error:?}");
        assert!(error.help().unwrap().contains("sslmode"), "{why}: {error:?}");
    }
    let error = open(by_name.clone().with_setting("sslmode", "disable")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");

    // The product's own tools trust the same authority.
    let folder = tempfile::tempdir().unwrap();
    let sql = open(verified(&by_name, "trusted.pem")).await.unwrap();
    sql.backup(&folder.path().join("copy"), &|_| ()).await.unwrap();
    server.stop().await.unwrap();
}
