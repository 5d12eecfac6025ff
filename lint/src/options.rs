//! What the lint can't know from the scripts.

use bedplate_core::sql::Dialect;

/// What to judge, and what is known about the database besides its scripts.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// The dialects that the scripts will meet: those of every environment's engine.
    pub dialects: Vec<Dialect>,
    /// Only findings in migrations above this number: those up to it were applied long ago.
    pub after: Option<u64>,
    /// Tables that are known to stay small: a lock on them is short.
    pub small_tables: Vec<String>,
    /// Tables that exist though no migration makes them, such as those of an extension.
    pub known_tables: Vec<String>,
    /// Schemas that belong to this service's database though no migration makes them.
    pub known_schemas: Vec<String>,
}

impl Options {
    /// Judges what the scripts do in these dialects.
    pub fn new(dialects: impl IntoIterator<Item = Dialect>) -> Self {
        Self { dialects: dialects.into_iter().collect(), ..Self::default() }
    }

    /// Only findings in migrations above this number.
    #[must_use]
    pub fn after(mut self, number: u64) -> Self {
        self.after = Some(number);
        self
    }

    /// Tables that are known to stay small.
    #[must_use]
    pub fn small_tables<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.small_tables.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Tables that exist though no migration makes them.
    #[must_use]
    pub fn known_tables<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.known_tables.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Schemas of this service's database that no migration makes.
    #[must_use]
    pub fn known_schemas<T: Into<String>>(mut self, schemas: impl IntoIterator<Item = T>) -> Self {
        self.known_schemas.extend(schemas.into_iter().map(Into::into));
        self
    }
}
