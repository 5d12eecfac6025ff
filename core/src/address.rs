//! Addresses: the URL that chooses an engine and says where it is, such as `sqlite:./orders.db` or `postgres://db:5432/orders`.
//!
//! The password is kept apart from everything that is printed.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::setting::{Setting, nearest, parse_duration};

/// The longest URL that is read.
pub const MAX_URL_BYTES: usize = 8 * 1024;

/// A URL that chooses an engine, taken apart.
///
/// `Display` and `Debug` show the password as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    scheme: String,
    user: Option<String>,
    password: Option<String>,
    hosts: Vec<(String, Option<u16>)>,
    path: String,
    query: BTreeMap<String, String>,
    has_authority: bool,
}

impl Address {
    /// Takes a URL apart. Both `scheme:path` and `scheme://user:password@host:port/path?setting=value` are read.
    pub fn parse(url: &str) -> Result<Self> {
        if url.len() > MAX_URL_BYTES {
            return Err(Error::invalid(format!(
                "a URL may have {MAX_URL_BYTES} bytes at most, this one has {}",
                url.len()
            )));
        }
        if let Some(odd) = url.chars().find(|c| c.is_control() || c.is_whitespace()) {
            return Err(Error::invalid(format!("a URL may not contain {odd:?}")));
        }
        let wrong = || {
            Error::invalid("this is not a URL: it has no scheme".to_string())
                .with_help("write something like `sqlite:./orders.db` or `postgres://user@host:5432/orders`")
        };
        let (scheme, rest) = url.split_once(':').ok_or_else(wrong)?;
        let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        if !valid {
            return Err(wrong());
        }
        let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, query)| (rest, query));
        let mut address = Self {
            scheme: scheme.to_ascii_lowercase(),
            user: None,
            password: None,
            hosts: Vec::new(),
            path: String::new(),
            query: parse_query(query)?,
            has_authority: rest.starts_with("//"),
        };
        match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
                // Behind an unencoded `/` or `?` in a password, the rest of the password would be taken for a host, a database or a setting.
                if path.contains('@') || query.contains('@') {
                    return Err(Error::invalid("there is an `@` behind the URL's host").with_help(
                        "where a password has a `/`, a `?` or a `#`, write `%2F`, `%3F` or `%23` for it; an `@` of a path is `%40`",
                    ));
                }
                address.path = percent_decode(path)?;
                address.read_authority(authority)?;
            }
            None => address.path = percent_decode(rest)?,
        }
        Ok(address)
    }

    /// The address of a server on this machine's loopback.
    pub fn on_loopback(scheme: &str, port: u16) -> Self {
        Self {
            scheme: scheme.to_ascii_lowercase(),
            user: None,
            password: None,
            hosts: vec![("127.0.0.1".to_string(), Some(port))],
            path: String::new(),
            query: BTreeMap::new(),
            has_authority: true,
        }
    }

    fn read_authority(&mut self, authority: &str) -> Result<()> {
        let hosts = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => {
                let (user, password) =
                    credentials.split_once(':').map_or((credentials, None), |(u, p)| (u, Some(p)));
                self.user = Some(percent_decode(user)?).filter(|user| !user.is_empty());
                self.password = password.map(percent_decode).transpose()?;
                hosts
            }
            None => authority,
        };
        for host in hosts.split(',').filter(|host| !host.is_empty()) {
            self.hosts.push(parse_host(host)?);
        }
        Ok(())
    }

    /// The scheme in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The user, where one is named.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password, where one is given. Never print it.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Every host with its port, in their order. Empty for an embedded engine.
    pub fn hosts(&self) -> &[(String, Option<u16>)] {
        &self.hosts
    }

    /// The first host with its port, or these where none is named.
    pub fn host_or(&self, host: &str, port: u16) -> (String, u16) {
        self.hosts
            .first()
            .map_or((host.to_string(), port), |(host, given)| (host.clone(), given.unwrap_or(port)))
    }

    /// What stands behind the host, with its leading slash; for `scheme:path` the path as it stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path without its leading slash: the database, the bucket, the virtual host.
    pub fn name(&self) -> &str {
        if self.has_authority { self.path.strip_prefix('/').unwrap_or(&self.path) } else { &self.path }
    }

    /// The query as it stands.
    pub fn query(&self) -> &BTreeMap<String, String> {
        &self.query
    }

    /// The same address with one more setting, which wins over one that stands there.
    #[must_use]
    pub fn with_setting(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.insert(name.into(), value.into());
        self
    }

    /// The same address with another path: another database of the same server, another file of the same folder.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The same address with other credentials.
    #[must_use]
    pub fn with_credentials(mut self, user: impl Into<String>, password: Option<String>) -> Self {
        self.user = Some(user.into());
        self.password = password;
        self
    }

    /// Checks the query against what the engine can be told: an unknown name or a wrong value is an error that names the right one.
    pub fn check_settings(&self, settings: &[Setting]) -> Result<()> {
        for (name, value) in &self.query {
            let Some(setting) = settings.iter().find(|setting| setting.name == name) else {
                let error = Error::invalid(format!("`{name}` is not a setting of `{}`", self.scheme));
                let known = settings.iter().map(|s| s.name).collect::<Vec<_>>();
                return Err(match nearest(name, known.iter().copied()) {
                    Some(near) => error.with_help(format!("did you mean `{near}`?")),
                    None if known.is_empty() => error.with_help("it has no settings"),
                    None => error.with_help(format!("it has: {}", known.join(", "))),
                });
            };
            if !setting.kind.accepts(value) {
                return Err(Error::invalid(format!(
                    "`{name}` takes {}, not `{value}`",
                    setting.kind.describe()
                )));
            }
        }
        Ok(())
    }

    /// A setting as written here, or its default.
    pub fn setting<'a>(&'a self, setting: &'a Setting) -> &'a str {
        self.query.get(setting.name).map_or(setting.default, String::as_str)
    }

    /// A setting that is a length of time.
    pub fn duration(&self, setting: &Setting) -> Result<Duration> {
        parse_duration(self.setting(setting))
    }

    /// A setting that is a whole number.
    pub fn count(&self, setting: &Setting) -> Result<usize> {
        let text = self.setting(setting);
        text.parse()
            .map_err(|_| Error::invalid(format!("`{}` takes a whole number, not `{text}`", setting.name)))
    }

    /// A setting that is `true` or `false`.
    pub fn flag(&self, setting: &Setting) -> bool {
        self.setting(setting) == "true"
    }

    /// The URL with everything in it, the password included: for a client, never for a person.
    pub fn reveal(&self) -> String {
        self.write(self.password.as_deref().map(percent_encode).as_deref())
    }

    fn write(&self, password: Option<&str>) -> String {
        let mut url = format!("{}:", self.scheme);
        if self.has_authority {
            url.push_str("//");
            if let Some(user) = &self.user {
                url.push_str(&percent_encode(user));
            }
            if let Some(password) = password {
                url.push(':');
                url.push_str(password);
            }
            if self.user.is_some() || password.is_some() {
                url.push('@');
            }
            let hosts: Vec<String> = self
                .hosts
                .iter()
                .map(|(host, port)| {
                    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                    port.map_or(host.clone(), |port| format!("{host}:{port}"))
                })
                .collect();
            url.push_str(&hosts.join(","));
        }
        url.push_str(&self.path.split('/').map(percent_encode).collect::<Vec<_>>().join("/"));
        for (at, (name, value)) in self.query.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(&format!("{}={}", percent_encode(name), percent_encode(value)));
        }
        url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(self.password.as_ref().map(|_| "***")))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::str::FromStr for Address {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        Self::parse(url)
    }
}

fn parse_host(text: &str) -> Result<(String, Option<u16>)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) =
            rest.split_once(']').ok_or_else(|| Error::invalid("a host that begins with `[` has no `]`"))?;
        (host, rest.strip_prefix(':'))
    } else {
        text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)))
    };
    if host.is_empty() {
        return Err(Error::invalid("a host may not be empty"));
    }
    // What stands there isn't shown: behind an unencoded `/` or `?` in a password, it is the password's beginning.
    let port = port.map(str::parse::<u16>).transpose().map_err(|_| {
        Error::invalid("the port of a host must be a number from 0 to 65535")
            .with_help("where a password has a `/` or a `?`, write `%2F` or `%3F` for it")
    })?;
    Ok((percent_decode(host)?, port))
}

fn parse_query(query: &str) -> Result<BTreeMap<String, String>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((percent_decode(name)?, percent_decode(value)?))
        })
        .collect()
}

/// Resolves `%20` and the like.
pub fn percent_decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let code =
            rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).filter(|hex| !hex.starts_with('+'));
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.ok_or_else(|| Error::invalid("a `%` must be followed by two hexadecimal digits"))?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| Error::invalid("percent-encoded text must be UTF-8"))
}

/// Writes everything but letters, digits and `-._~` as `%XX`.
pub fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::SettingKind;
    use proptest::prelude::*;

    #[test]
    fn reads_a_server_url() {
        let address = Address::parse("postgres://app:p%40ss@db:5433/orders?connection_limit=20").unwrap();
        assert_eq!(
            (address.scheme(), address.user(), address.password()),
            ("postgres", Some("app"), Some("p@ss"))
        );
        assert_eq!((address.host_or("x", 1), address.name()), (("db".into(), 5433), "orders"));
        assert_eq!(address.query()["connection_limit"], "20");
    }

    #[test]
    fn reads_an_embedded_url() {
        let address = Address::parse("sqlite:./data/orders.db").unwrap();
        assert_eq!(
            (address.scheme(), address.path(), address.hosts().len()),
            ("sqlite", "./data/orders.db", 0)
        );
        assert_eq!(Address::parse("memory:").unwrap().path(), "");
    }

    #[test]
    fn a_server_on_loopback_reads_like_its_url() {
        let address = Address::on_loopback("postgres", 5433).with_path("/postgres");
        assert_eq!(Address::parse("postgres://127.0.0.1:5433/postgres").unwrap(), address);
    }

    #[test]
    fn never_prints_a_password() {
        let address = Address::parse("redis://:hunter2@cache/0").unwrap();
        assert_eq!(address.to_string(), "redis://:***@cache/0");
        assert!(!format!("{address:?}").contains("hunter2"));
        assert_eq!(address.reveal(), "redis://:hunter2@cache/0");
    }

    #[test]
    fn never_prints_a_password_that_is_not_encoded() {
        for url in
            ["postgres://app:hunter/2@db/x", "postgres://app:hunter?2@db/x", "postgres://:hunter/2@db/x"]
        {
            let error = Address::parse(url).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
        }
    }

    #[test]
    fn reads_several_hosts_and_ipv6() {
        let address = Address::parse("nats://a:4222,[::1]:4223").unwrap();
        assert_eq!(address.hosts(), [("a".to_string(), Some(4222)), ("::1".to_string(), Some(4223))]);
    }

    #[test]
    fn names_the_nearest_setting() {
        let settings =
            [Setting { name: "connection_limit", doc: "", kind: SettingKind::Count, default: "10" }];
        let error = Address::parse("x:?conection_limit=1").unwrap().check_settings(&settings).unwrap_err();
        assert_eq!(error.help(), Some("did you mean `connection_limit`?"));
        assert!(Address::parse("x:?connection_limit=few").unwrap().check_settings(&settings).is_err());
    }

    #[test]
    fn refuses_what_is_no_url() {
        for url in [
            "",
            "orders.db",
            "://x",
            "1x:y",
            "a:%zz",
            "a:%",
            "postgres://h:99999/x",
            "postgres://[::1/x",
            "a:b c",
            "a:\0",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(path in "(/[^\\p{C}\\s]{0,20})?", user in "[^\\p{C}\\s]{1,8}", password in proptest::option::of("[^\\p{C}\\s]{0,8}")) {
            let address = Address::parse("x://h:1").unwrap().with_path(path).with_credentials(user, password);
            prop_assert_eq!(Address::parse(&address.reveal()).unwrap(), address);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = Address::parse(&text);
        }
    }

    #[test]
    fn a_password_that_breaks_the_url_is_told_without_a_part_of_it() {
        for url in [
            "postgres://u:abc@SECRET/tail@127.0.0.1:5432/orders",
            "postgres://u:abc@127.0.0.1:5432/users?SECRET=@127.0.0.1:5432/orders",
            "postgres://u:1234/SECRET@127.0.0.1:9/db",
            "postgres://u:a?SECRET@127.0.0.1:9/db",
        ] {
            let error = Address::parse(url).unwrap_err();
            assert!(!format!("{error:?}{error}{:?}", error.help()).contains("SECRET"), "{url}: {error}");
        }
        let address = Address::parse("postgres://u:a@b@host/db%40x").unwrap();
        assert_eq!((address.password(), address.path()), (Some("a@b"), "/db@x"));
        assert!(Address::parse("sqlite:/var/a@b.db").is_ok());
    }
}
