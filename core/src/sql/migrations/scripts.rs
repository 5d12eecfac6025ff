//! The scripts of one service.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sha2::{Digest, Sha256};

use super::file_name::FileName;
use super::script;
use crate::error::{Error, Result};
use crate::sql::types::Dialect;

/// The table that records what was applied.
const TABLE: &str = "bedplate_migrations";

/// A numbered script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its number; each is applied after the lower ones.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// The script.
    pub script: String,
    /// The file that it came from.
    pub file: String,
}

impl Migration {
    /// The SHA-256 of the script, in hexadecimal, whatever its line ends are.
    pub fn checksum(&self) -> String {
        sha256(&self.script)
    }

    /// Its number and name as everyone is told: `0001_orders`.
    pub fn label(&self) -> String {
        label(self.number, &self.name)
    }
}

pub(super) fn label(number: u64, name: &str) -> String {
    format!("{number:04}_{name}")
}

/// The SHA-256 of a text whose lines end in one way, in hexadecimal.
pub(super) fn sha256(text: &str) -> String {
    Sha256::digest(text.replace("\r\n", "\n")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// By number and dialect. `None` sorts first, so a script of the dialect replaces the portable one.
type Scripts = BTreeMap<(u64, Option<&'static str>), Migration>;

/// Every script of one service.
///
/// A file is `0001_name.sql`, or `0001_name.postgres.sql` for one dialect only, which wins over the portable one there.
/// `0001_name.down.sql` and `0001_name.postgres.down.sql` undo it.
#[derive(Debug, Clone)]
pub struct Migrations {
    scripts: Scripts,
    downs: Scripts,
    pub(super) table: String,
}

impl Default for Migrations {
    fn default() -> Self {
        Self { scripts: Scripts::new(), downs: Scripts::new(), table: TABLE.into() }
    }
}

impl Migrations {
    /// Reads scripts by their file names. A file that isn't named like one is an error, as is a number that is used twice, and a
    /// script that undoes nothing.
    ///
    /// ```
    /// # async fn example(sql: bedplate_core::sql::Sql) -> bedplate_core::Result<()> {
    /// use bedplate_core::sql::Migrations;
    /// // In a service: `include_str!("../migrations/0001_orders.sql")`, so that the program carries its scripts.
    /// let script = "create table orders (id bigint primary key, total text not null)";
    /// Migrations::from_files([("0001_orders.sql", script)])?.apply(&sql).await?;
    /// # Ok(()) }
    /// ```
    pub fn from_files<N: AsRef<str>, T: Into<String>>(
        files: impl IntoIterator<Item = (N, T)>,
    ) -> Result<Self> {
        let mut migrations = Self::default();
        for (file, script) in files {
            let FileName { number, name, dialect, is_down } = FileName::parse(file.as_ref())?;
            // A byte order mark is an editor's, not the script's: not every server takes it for nothing.
            let text = script.into();
            let script = text.strip_prefix('\u{feff}').map(String::from).unwrap_or(text);
            let migration = Migration { number, name, script, file: file.as_ref().into() };
            script::check_directives(&migration.script)
                .map_err(|error| error.with_subject(&migration.file))?;
            let scripts = if is_down { &mut migrations.downs } else { &mut migrations.scripts };
            match scripts.entry((number, dialect)) {
                Entry::Vacant(place) => drop(place.insert(migration)),
                Entry::Occupied(other) => {
                    let message = format!(
                        "the migrations `{}` and `{}` have one number",
                        other.get().file,
                        migration.file
                    );
                    return Err(Error::invalid(message).with_help("give one of them a number of its own"));
                }
            }
        }
        migrations.check_downs()?;
        Ok(migrations)
    }

    /// A script that undoes another one than it is named after is a slip of the pen, and found too late when it is needed.
    fn check_downs(&self) -> Result<()> {
        for ((number, _), down) in &self.downs {
            let mut ups = self.scripts.range((*number, None)..).take_while(|((up, _), _)| up == number);
            if !ups.any(|(_, up)| up.name == down.name) {
                return Err(Error::invalid(format!("`{}` undoes no migration", down.file))
                    .with_help(format!("the migration would be `{}.sql`", down.label())));
            }
        }
        Ok(())
    }

    /// Records what was applied in another table than `bedplate_migrations`: for a library with tables of its own in its
    /// caller's database. Its name is lower-case letters, digits and `_`.
    pub fn in_table(mut self, table: impl Into<String>) -> Result<Self> {
        self.table = table.into();
        let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.table.is_empty() || self.table.len() > 60 || !self.table.chars().all(valid) {
            return Err(Error::invalid(format!("`{}` cannot be the table of migrations", self.table))
                .with_help("name it with up to 60 lower-case letters, digits and `_`"));
        }
        Ok(self)
    }

    /// The table in which it is recorded what was applied.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The scripts for one dialect, in their order.
    pub fn of(&self, dialect: Dialect) -> Vec<&Migration> {
        chosen(&self.scripts, dialect).into_values().collect()
    }

    /// The scripts that undo those of one dialect, in the order of the numbers.
    pub fn downs_of(&self, dialect: Dialect) -> Vec<&Migration> {
        chosen(&self.downs, dialect).into_values().collect()
    }

    /// The script that undoes the migration of this number.
    pub fn down_of(&self, dialect: Dialect, number: u64) -> Option<&Migration> {
        let of = |dialect| self.downs.get(&(number, dialect));
        of(Some(dialect.as_str())).or_else(|| of(None))
    }

    /// The highest number, in whichever dialect; `None` where there is no script.
    pub fn last_number(&self) -> Option<u64> {
        self.scripts.keys().next_back().map(|(number, _)| *number)
    }
}

fn chosen(scripts: &Scripts, dialect: Dialect) -> BTreeMap<u64, &Migration> {
    let mut chosen = BTreeMap::new();
    for ((number, of), migration) in scripts {
        if of.is_none() || *of == Some(dialect.as_str()) {
            chosen.insert(*number, migration);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_of_the_dialect_wins_over_the_portable_one() {
        let migrations = Migrations::from_files([
            ("0002_b.sql", "two"),
            ("0001_a.sql", "one"),
            ("0002_b.postgres.sql", "zwei"),
            ("0002_b.down.sql", "no two"),
            ("0002_b.postgres.down.sql", "keine zwei"),
        ])
        .unwrap();
        let scripts = |dialect| migrations.of(dialect).iter().map(|m| m.script.as_str()).collect::<Vec<_>>();
        assert_eq!(scripts(Dialect::Sqlite), ["one", "two"]);
        assert_eq!(scripts(Dialect::Postgres), ["one", "zwei"]);
        let down = |dialect, number| migrations.down_of(dialect, number).map(|down| down.script.as_str());
        assert_eq!(down(Dialect::Sqlite, 2), Some("no two"));
        assert_eq!(down(Dialect::Postgres, 2), Some("keine zwei"));
        assert_eq!(down(Dialect::Postgres, 1), None);
        assert_eq!(migrations.downs_of(Dialect::Postgres).len(), 1);
        assert_eq!(migrations.last_number(), Some(2));
    }

    #[test]
    fn files_that_do_not_fit_each_other_are_refused() {
        for (files, said) in [
            (vec!["1_a.sql", "0001_b.sql"], "have one number"),
            (vec!["1_a.sql", "1_a/migration.sql"], "have one number"),
            (vec!["1_a.sql", "2_b.down.sql"], "undoes no migration"),
            (vec!["1_a.sql", "1_b.down.sql"], "undoes no migration"),
        ] {
            let files = files.into_iter().map(|file| (file, ""));
            let error = Migrations::from_files(files).unwrap_err();
            assert!(error.message().contains(said), "{error}");
        }
        let error = Migrations::from_files([("1_a.sql", "-- bedplate: no-transactions\n")]).unwrap_err();
        assert_eq!(error.subject(), "1_a.sql");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_script() {
        let read = |text: &str| Migrations::from_files([("1_a.sql", text)]).unwrap();
        let (with, without) = (read("\u{feff}create table a (b int)"), read("create table a (b int)"));
        assert_eq!(with.of(Dialect::Postgres), without.of(Dialect::Postgres));
    }

    #[test]
    fn a_checksum_does_not_depend_on_line_ends() {
        assert_eq!(sha256("a\r\nb"), sha256("a\nb"));
        assert_ne!(sha256("a\nb"), sha256("a b"));
    }
}
