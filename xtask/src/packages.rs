//! The Debian packages that the tests need: the one place where they are listed.

/// A package and what it is there for.
pub(crate) struct Package {
    /// Its name in Debian.
    pub(crate) name: &'static str,
    /// Which tests use it.
    pub(crate) says: &'static str,
}

/// Every package, in the order of installing.
pub(crate) const PACKAGES: &[Package] = &[
    Package {
        name: "postgresql",
        says: "the tests of the postgres engine, of the commands for databases and of the supervisor",
    },
    Package { name: "openssl", says: "the tests of encrypted connections, which make certificates" },
    Package { name: "procps", says: "the supervisor's tests, which look at processes with `ps`" },
    Package { name: "redis-server", says: "the supervisor's tests" },
    Package { name: "memcached", says: "the supervisor's tests" },
    Package { name: "nats-server", says: "the supervisor's tests" },
    Package { name: "rabbitmq-server", says: "the supervisor's tests" },
    Package { name: "mariadb-server", says: "the mysql engine's tests, the supervisor's tests" },
];
