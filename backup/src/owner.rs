//! Whose backups they are: the database's identity, which is also their place in the store.

use sha2::{Digest, Sha256};

/// What stands for the platform where a URL names the database. No platform can be called so.
const ALONE: &str = "@url";
/// The most characters of one part; what is cut off is told apart by the hash.
const MAX_PART: usize = 60;
/// Hexadecimal digits of the hash.
const HASH: usize = 8;

/// The database that backups are of. No two databases have the same one, and the backups of one never touch those of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The platform.
    pub platform: String,
    /// The environment.
    pub environment: String,
    /// The service.
    pub service: String,
}

impl Owner {
    /// The database of a service.
    pub fn new(
        platform: impl Into<String>,
        environment: impl Into<String>,
        service: impl Into<String>,
    ) -> Self {
        Self { platform: platform.into(), environment: environment.into(), service: service.into() }
    }

    /// A database that no manifest names: its engine, its servers as `host:port` (empty for an embedded engine), and its name there or the
    /// absolute path of its file.
    pub fn alone(engine: &str, servers: &str, database: &str) -> Self {
        let whole = Sha256::digest(format!("{engine}\n{servers}\n{database}"));
        let hash: String = whole.iter().map(|byte| format!("{byte:02x}")).collect();
        let last = database.rsplit('/').next().unwrap_or_default();
        let stem = last.split('.').find(|part| !part.is_empty()).unwrap_or("database");
        let place = if servers.is_empty() { engine.into() } else { format!("{engine}-{servers}") };
        Self::new(ALONE, part(&place), format!("{}-{}", part(stem), &hash[..HASH]))
    }

    /// Reads `<platform>/<environment>/<service>/<rest>`; the rest has no `/`.
    pub fn split(path: &str) -> Option<(Self, &str)> {
        let mut parts = path.split('/');
        let owner = Self::new(parts.next()?, parts.next()?, parts.next()?);
        let rest = parts.next()?;
        let is_whole = [&owner.platform, &owner.environment, &owner.service].iter().all(|p| !p.is_empty());
        (is_whole && parts.next().is_none()).then_some((owner, rest))
    }
}

/// `<platform>/<environment>/<service>`.
impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.platform, self.environment, self.service)
    }
}

/// As it can stand between two slashes, on every store.
fn part(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    text.chars().take(MAX_PART).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_that_urls_name_are_told_apart_and_stay_readable() {
        let places = [
            ("postgres", "127.0.0.1:5432", "med"),
            ("postgres", "127.0.0.1:5433", "med"),
            ("mysql", "127.0.0.1:5432", "med"),
            ("sqlite", "", "/srv/a/med.db"),
            ("sqlite", "", "/srv/b/med.db"),
            ("sqlite", "", "/srv/b/med.sqlite"),
        ];
        let owners: Vec<Owner> = places.iter().map(|(e, s, d)| Owner::alone(e, s, d)).collect();
        for (at, owner) in owners.iter().enumerate() {
            assert!(!owners[at + 1..].contains(owner), "{owner} twice");
        }
        assert!(owners[0].to_string().starts_with("@url/postgres-127.0.0.1-5432/med-"), "{}", owners[0]);
        assert!(owners[3].to_string().starts_with("@url/sqlite/med-"), "{}", owners[3]);
        let odd = Owner::alone("postgres", "[::1]:1,../x", "../Ü/..");
        assert_eq!(Owner::split(&format!("{odd}/id")), Some((odd.clone(), "id")));
        assert!(!odd.to_string().split('/').any(|part| part == "." || part == ".."), "{odd}");
    }

    #[test]
    fn only_a_whole_path_names_an_owner() {
        assert_eq!(Owner::split("shop/dev/orders/2026"), Some((Owner::new("shop", "dev", "orders"), "2026")));
        for path in ["", "2026", "dev/orders/2026", "/dev/orders/2026", "a/b/c/d/e", "shop//orders/2026"] {
            assert_eq!(Owner::split(path), None, "{path}");
        }
    }
}
