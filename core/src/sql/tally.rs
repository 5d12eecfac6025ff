//! What is in a database, in numbers: by them a restored one is compared with the one that was backed up.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The tables of a database with their rows' counts and checksums. Two of them are comparable where one engine made both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The tables, ordered by name.
    pub tables: Vec<TableTally>,
}

/// The rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableTally {
    /// The table's name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// The checksum of all of them, whatever their order is, in hexadecimal.
    pub checksum: String,
}

impl Tally {
    /// How many rows there are in all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// What is different in another one, in a sentence for each table; empty where nothing is.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let find = |tally: &Self, name: &str| tally.tables.iter().find(|table| table.name == name).cloned();
        let lost = self.tables.iter().filter_map(|table| match find(other, &table.name) {
            None => Some(format!("the table `{}` is missing", table.name)),
            Some(found) if found.rows != table.rows => {
                Some(format!("`{}` has {} rows instead of {}", table.name, found.rows, table.rows))
            }
            Some(found) if found.checksum != table.checksum => {
                Some(format!("`{}` has as many rows, and they are different", table.name))
            }
            Some(_) => None,
        });
        let extra = other.tables.iter().filter(|table| find(self, &table.name).is_none());
        lost.chain(extra.map(|table| format!("there is another table, `{}`", table.name))).collect()
    }
}

/// Sums the rows of one table as they come, in any order.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowSum {
    rows: u64,
    sum: u128,
}

impl RowSum {
    /// Adds a row in the form in which the engine writes it, which must tell any two different rows apart.
    pub fn add(&mut self, row: &[u8]) {
        let digest = Sha256::digest(row);
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
    }

    /// The table's tally, when all of its rows were added.
    pub fn of(self, table: impl Into<String>) -> TableTally {
        TableTally { name: table.into(), rows: self.rows, checksum: format!("{:032x}", self.sum) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(tables: &[(&str, &[&str])]) -> Tally {
        let sum = |rows: &[&str]| {
            let mut sum = RowSum::default();
            rows.iter().for_each(|row| sum.add(row.as_bytes()));
            sum
        };
        Tally { tables: tables.iter().map(|(name, rows)| sum(rows).of(*name)).collect() }
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let this = tally(&[("a", &["1", "2", "2"])]);
        assert_eq!(this, tally(&[("a", &["2", "1", "2"])]));
        for (other, what) in [
            (tally(&[("a", &["1", "2"])]), "`a` has 2 rows instead of 3"),
            (tally(&[("a", &["1", "1", "2"])]), "`a` has as many rows, and they are different"),
            (tally(&[("b", &["1", "2", "2"])]), "the table `a` is missing; there is another table, `b`"),
        ] {
            assert_eq!(this.differences(&other).join("; "), what);
        }
        assert!(this.differences(&this.clone()).is_empty());
    }
}
