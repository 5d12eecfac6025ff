//! The policies that keep one tenant's rows from another's.

use super::types::Dialect;
use crate::error::{Error, Result};

impl Dialect {
    /// The script for a migration that keeps the rows of a table apart by the tenant in one of its columns, which is of a text type.
    ///
    /// From then on a transaction sees and writes the rows of its own tenant ([`Begin::tenant`](super::Begin::tenant)) and no others,
    /// the table's owner included; one without a tenant sees none and can write none. `Unsupported` where the product has no such policies.
    pub fn tenant_policy(self, table: &str, column: &str) -> Result<String> {
        if self != Self::Postgres {
            return Err(Error::unsupported("policies that keep tenants apart"));
        }
        let (table, column) = (self.quote(table), self.quote(column));
        // The inner select makes the server read the setting once for a statement and not for each row. Where a transaction has ended, the
        // setting is an empty text and not NULL, and nobody is the empty tenant.
        let own = format!("{column} = (select nullif(current_setting('bedplate.tenant', true), ''))");
        Ok(format!(
            "alter table {table} enable row level security;\n\
             alter table {table} force row level security;\n\
             create policy bedplate_tenant on {table} using ({own}) with check ({own});\n"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn names_are_quoted_and_other_products_refuse() {
        let script = Dialect::Postgres.tenant_policy("a\"b", "Tenant").unwrap();
        assert_eq!(script.matches("\"a\"\"b\"").count(), 3, "{script}");
        assert_eq!(script.matches("\"Tenant\" = ").count(), 2, "{script}");
        for dialect in [Dialect::Sqlite, Dialect::Mysql] {
            assert_eq!(dialect.tenant_policy("a", "b").unwrap_err().kind(), ErrorKind::Unsupported);
        }
    }
}
