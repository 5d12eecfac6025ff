//! The one statement that every service needs and every dialect spells in its own way: insert, or update what is there.

use super::types::Dialect;

impl Dialect {
    /// A statement that inserts a row, or updates the row that has its key already: `$1`, `$2` ... are the values of `key` and then
    /// of `rest`. With an empty `rest`, a row that is there stays as it is.
    ///
    /// `key` has a primary key or a unique index. MySQL and MariaDB can't be told which one is meant: there a row that is the
    /// same in any other unique column is updated too.
    ///
    /// ```
    /// use bedplate_core::sql::Dialect;
    /// assert_eq!(
    ///     Dialect::Postgres.upsert("stock", &["sku"], &["left_over"]),
    ///     r#"insert into "stock" ("sku", "left_over") values ($1, $2) on conflict ("sku") do update set "left_over" = excluded."left_over""#
    /// );
    /// ```
    pub fn upsert(self, table: &str, key: &[&str], rest: &[&str]) -> String {
        let names =
            |columns: &[&str]| columns.iter().map(|column| self.quote(column)).collect::<Vec<_>>().join(", ");
        let set = |new: fn(&str) -> String, columns: &[&str]| {
            let one = |column: &&str| {
                let name = self.quote(column);
                format!("{name} = {}", new(&name))
            };
            columns.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let all: Vec<&str> = key.iter().chain(rest).copied().collect();
        let places: Vec<String> = (1..=all.len()).map(|place| format!("${place}")).collect();
        let insert =
            format!("insert into {} ({}) values ({})", self.quote(table), names(&all), places.join(", "));
        match self {
            // Unlike `insert ignore`, setting the key to itself hides no other failure.
            Self::Mysql if rest.is_empty() => {
                format!("{insert} on duplicate key update {}", set(str::to_string, key))
            }
            Self::Mysql => {
                format!("{insert} on duplicate key update {}", set(|name| format!("values({name})"), rest))
            }
            Self::Sqlite | Self::Postgres if rest.is_empty() => {
                format!("{insert} on conflict ({}) do nothing", names(key))
            }
            Self::Sqlite | Self::Postgres => {
                let set = set(|name| format!("excluded.{name}"), rest);
                format!("{insert} on conflict ({}) do update set {set}", names(key))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_says_it_in_its_own_words() {
        assert_eq!(
            Dialect::Sqlite.upsert("t", &["a", "b"], &[]),
            r#"insert into "t" ("a", "b") values ($1, $2) on conflict ("a", "b") do nothing"#
        );
        assert_eq!(
            Dialect::Mysql.upsert("t", &["a"], &["b", "c"]),
            "insert into `t` (`a`, `b`, `c`) values ($1, $2, $3) on duplicate key update `b` = values(`b`), `c` = values(`c`)"
        );
        assert_eq!(
            Dialect::Mysql.upsert("t", &["a"], &[]),
            "insert into `t` (`a`) values ($1) on duplicate key update `a` = `a`"
        );
    }
}
