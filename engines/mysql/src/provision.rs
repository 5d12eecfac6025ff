//! A database and a role of its own for each service, made by the server's administrator.

use bedplate_core::sql::{Dialect, Made, NewDatabase, Provision};
use bedplate_core::{Address, BoxFuture, Error, ErrorKind, Result};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use sha1::{Digest, Sha1};

use crate::connect::Target;
use crate::error::classify;
use crate::product::Product;

/// How an administrator makes and removes databases.
pub(crate) const PROVISION: Provision = Provision { create, remove };

/// How long somebody else's work at the same database is waited for.
const WAIT_SECONDS: u32 = 30;

fn create(address: Address, new: NewDatabase) -> BoxFuture<Result<Made>> {
    Box::pin(async move {
        if let Some(extension) = new.extensions.first() {
            return Err(Error::unsupported(format!("extensions, such as `{extension}`,")));
        }
        new.check()?;
        let mut admin = Admin::connect(&address, &new.name).await?;
        let result = admin.create(&new).await;
        let _ = admin.conn.disconnect().await;
        result
    })
}

fn remove(address: Address, new: NewDatabase) -> BoxFuture<Result<()>> {
    Box::pin(async move {
        new.check()?;
        let mut admin = Admin::connect(&address, &new.name).await?;
        let result = admin.remove(&new).await;
        let _ = admin.conn.disconnect().await;
        result
    })
}

/// A connection of the administrator.
struct Admin {
    conn: Conn,
    product: Product,
}

impl Admin {
    /// Connects, and waits until nobody else is at the same database: the server has no transactions for what is done here.
    async fn connect(address: &Address, name: &str) -> Result<Self> {
        let (_, mut conn) = Target::new(address)?.connect().await?;
        let product = Product::ask(&mut conn).await?;
        conn.query_drop(product.setup()).await.map_err(classify)?;
        let ask = "select get_lock(sha2(concat('bedplate provision', ?), 256), ?)";
        let taken: Option<Option<i64>> =
            conn.exec_first(ask, (name, WAIT_SECONDS)).await.map_err(classify)?;
        if taken != Some(Some(1)) {
            let message = format!("somebody else has been making or removing `{name}` for {WAIT_SECONDS} s");
            return Err(Error::new(ErrorKind::TimedOut, message));
        }
        conn.query_drop(format!("set session lock_wait_timeout = {WAIT_SECONDS}")).await.map_err(classify)?;
        Ok(Self { conn, product })
    }

    async fn create(&mut self, new: &NewDatabase) -> Result<Made> {
        let (exists, owners) = self.look(&new.name).await?;
        self.check(new, exists, &owners).await?;
        let role = !self.look_at_role(new).await?;
        let (database, user) = (Dialect::Mysql.quote(&new.name), user(&new.role));
        let identified = self.identified(&new.password);
        self.run(format!(
            "create database if not exists {database} character set utf8mb4 collate {}",
            self.product.binary_collation()
        ))
        .await?;
        self.run(format!("create user if not exists {user} {identified}")).await?;
        if !role {
            self.run(format!("alter user {user} {identified}")).await?;
        }
        // Others have no rights to a database unless somebody gives them.
        self.run(format!(
            "grant all privileges on {}.* to {user}",
            Dialect::Mysql.quote(&pattern(&new.name))
        ))
        .await?;
        Ok(Made { role, database: !exists })
    }

    async fn remove(&mut self, new: &NewDatabase) -> Result<()> {
        let (exists, owners) = self.look(&new.name).await?;
        self.check(new, exists, &owners).await?;
        self.look_at_role(new).await?;
        // First the user, so that no connection follows those that are ended, for whose transactions the database would wait.
        self.run(format!("drop user if exists {}", user(&new.role))).await?;
        let ask = "select id from information_schema.processlist where user = ?";
        let connections: Vec<u64> = self.conn.exec(ask, (&new.role,)).await.map_err(classify)?;
        for id in connections {
            // One that has ended by itself is no error.
            let _ = self.run(format!("kill connection {id}")).await;
        }
        self.run(format!("drop database if exists {}", Dialect::Mysql.quote(&new.name))).await
    }

    /// Whether the database is there, and whose it is.
    async fn look(&mut self, name: &str) -> Result<(bool, Vec<String>)> {
        let ask = "select count(*) from information_schema.schemata where schema_name = ?";
        let exists = self.count(ask, name).await? > 0;
        let ask = "select distinct user from mysql.db where db in (?, ?) and user <> ''";
        let owners = self.conn.exec(ask, (name, pattern(name))).await.map_err(classify)?;
        Ok((exists, owners))
    }

    async fn check(&mut self, new: &NewDatabase, exists: bool, owners: &[String]) -> Result<()> {
        if owners.contains(&new.role) {
            return Ok(());
        }
        let taken = |whose: &str| {
            Error::new(
                ErrorKind::Conflict,
                format!("the database `{}` is there already, and {whose}", new.name),
            )
            .with_help("choose another name, or take the rights to it away from whoever has them")
        };
        if let Some(owner) = owners.first() {
            return Err(taken(&format!("`{owner}` has rights to it")));
        }
        // An empty one may be left of an earlier try.
        let ask = "select count(*) from information_schema.tables where table_schema = ?";
        if exists && self.count(ask, &new.name).await? > 0 {
            return Err(taken("it has tables that aren't this service's"));
        }
        Ok(())
    }

    /// Whether the role is there. One with rights to anything but this database isn't this service's.
    async fn look_at_role(&mut self, new: &NewDatabase) -> Result<bool> {
        let taken = |why: String| {
            Error::new(ErrorKind::Conflict, format!("the role `{}` isn't this service's: {why}", new.role))
                .with_help("choose another role")
        };
        let ask = "select substring_index(current_user(), '@', 1) = ? or substring_index(user(), '@', 1) = ?";
        let is_own: Option<bool> =
            self.conn.exec_first(ask, (&new.role, &new.role)).await.map_err(classify)?;
        if is_own != Some(false) {
            return Err(taken("it is the administrator's own".into()));
        }
        let ask = "select host from mysql.user where user = ?";
        let hosts: Vec<String> = self.conn.exec(ask, (&new.role,)).await.map_err(classify)?;
        if let Some(host) = hosts.iter().find(|host| *host != "%") {
            return Err(taken(format!("it is there already, at the host `{host}`")));
        }
        if hosts.is_empty() {
            return Ok(false);
        }
        let grants: Vec<String> =
            self.conn.query(format!("show grants for {}", user(&new.role))).await.map_err(classify)?;
        if grants.iter().any(|grant| !is_within(grant, &new.name)) {
            return Err(taken("it has rights beyond the database".into()));
        }
        Ok(true)
    }

    async fn count(&mut self, text: &str, value: &str) -> Result<i64> {
        let count: Option<i64> = self.conn.exec_first(text, (value,)).await.map_err(classify)?;
        Ok(count.unwrap_or_default())
    }

    async fn run(&mut self, text: String) -> Result<()> {
        self.conn.query_drop(text).await.map_err(classify)
    }

    /// How the server is told a password: as a hash, where one of a fixed form is enough.
    fn identified(&self, password: &str) -> String {
        if self.product.is_mariadb {
            format!("identified via mysql_native_password using {}", literal(&hash(password)))
        } else {
            format!("identified by {}", literal(password))
        }
    }
}

/// A user who may come from anywhere.
fn user(role: &str) -> String {
    format!("{}@'%'", literal(role))
}

/// A text in quotes; our connections take a backslash as it is.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A database's name as a grant takes it: there `_` and `%` stand for others.
fn pattern(name: &str) -> String {
    name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%")
}

/// Whether a grant, as the server shows it, gives rights to nothing but the database.
fn is_within(grant: &str, name: &str) -> bool {
    if grant.starts_with("GRANT USAGE ON *.* TO ") {
        return !grant.contains(" WITH GRANT OPTION");
    }
    let Some((rights, target)) = grant.split_once(" ON ") else { return false };
    let target = ["TABLE ", "PROCEDURE ", "FUNCTION ", "PACKAGE BODY ", "PACKAGE "]
        .iter()
        .find_map(|object| target.strip_prefix(object))
        .unwrap_or(target);
    let is = |name: &str, quote: char| {
        let doubled = format!("{quote}{quote}");
        target.starts_with(&format!("{quote}{}{quote}.", name.replace(quote, &doubled)))
    };
    // What is in quotes before it could be a role with any name.
    let quotes = ['"', '`'];
    !rights.contains(quotes) && quotes.iter().any(|quote| is(name, *quote) || is(&pattern(name), *quote))
}

/// The hash of `mysql_native_password`: SHA-1, twice.
fn hash(password: &str) -> String {
    let twice = Sha1::digest(Sha1::digest(password.as_bytes()));
    twice.iter().fold("*".to_string(), |hash, byte| format!("{hash}{byte:02X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_hashed_as_the_server_does_it() {
        assert_eq!(hash("password"), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
    }

    #[test]
    fn a_grant_is_for_one_database_only() {
        assert_eq!(pattern("a_b%"), "a\\_b\\%");
        assert_eq!(user("it's"), "'it''s'@'%'");
    }

    #[test]
    fn rights_beyond_a_database_are_told_from_those_to_it() {
        for grant in [
            "GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*B6'",
            "GRANT ALL PRIVILEGES ON `a\\_b`.* TO `r`@`%`",
            "GRANT SELECT, INSERT ON \"a_b\".\"t\" TO \"r\"@\"%\"",
            "GRANT EXECUTE ON PROCEDURE `a_b`.`p` TO `r`@`%`",
        ] {
            assert!(is_within(grant, "a_b"), "{grant}");
        }
        for grant in [
            "GRANT USAGE ON *.* TO `r`@`%` WITH GRANT OPTION",
            "GRANT SELECT ON *.* TO `r`@`%`",
            "GRANT ALL PRIVILEGES ON `a_`.* TO `r`@`%`",
            "GRANT SELECT ON `a`.`a_b` TO `r`@`%`",
            "GRANT `a_b` TO `r`@`%`",
            "GRANT \"x ON `a_b`.\" TO `r`@`%`",
            "GRANT PROXY ON ''@'%' TO 'r'@'%'",
        ] {
            assert!(!is_within(grant, "a_b"), "{grant}");
        }
    }
}
