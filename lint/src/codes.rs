//! Every code that a finding can have, with its level, its title and its page.

use std::fmt::Write as _;

use crate::finding::Level;

/// A code with what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code in kebab-case.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// The explanation in Markdown: what it means, why it hurts, an example that is wrong, and one that is right.
    pub page: &'static str,
}

macro_rules! codes {
    ($( $name:ident $code:literal $level:ident $title:literal, )*) => {
        $(
            #[doc = $title]
            pub(crate) const $name: &Code = &Code {
                code: $code,
                level: Level::$level,
                title: $title,
                page: include_str!(concat!("codes/", $code, ".md")),
            };
        )*

        /// Every code: what the schema lacks, what hurts while it is applied, types, scripts.
        pub const CODES: &[Code] = &[ $( *$name, )* ];
    };
}

codes! {
    TABLE_WITHOUT_PRIMARY_KEY "table-without-primary-key" Warning "A table without a primary key",
    SMALL_PRIMARY_KEY "small-primary-key" Warning "A primary key of 32 bits",
    FOREIGN_KEY_WITHOUT_INDEX "foreign-key-without-index" Warning "A foreign key without an index",
    FOREIGN_KEY_TO_UNKNOWN_TABLE "foreign-key-to-unknown-table" Error "A foreign key to a table that this service doesn't have",
    OTHER_DATABASE "other-database" Error "A statement that reaches into another database",
    REDUNDANT_INDEX "redundant-index" Warning "An index that another one replaces",
    AUDIT_TABLE_INCOMPLETE "audit-table-incomplete" Warning "An audit table that doesn't say who, what or when",
    AUDIT_TABLE_CHANGED "audit-table-changed" Error "An audit table that loses or changes rows",
    DROP_TABLE "drop-table" Error "A table is dropped",
    DROP_COLUMN "drop-column" Error "A column is dropped",
    RENAME_TABLE "rename-table" Error "A table is renamed",
    RENAME_COLUMN "rename-column" Error "A column is renamed",
    NOT_NULL_WITHOUT_DEFAULT "not-null-without-default" Error "A new column that old rows can't fill",
    SET_NOT_NULL "set-not-null" Warning "A column that must not be NULL any more",
    COLUMN_NARROWED "column-narrowed" Error "A column's type becomes smaller",
    COLUMN_TYPE_CHANGED "column-type-changed" Warning "A column's type changes",
    TABLE_REWRITTEN "table-rewritten" Warning "A new column that rewrites the table",
    CONSTRAINT_WITHOUT_NOT_VALID "constraint-without-not-valid" Warning "A constraint that checks every row under a lock",
    UNIQUE_ON_EXISTING_TABLE "unique-on-existing-table" Warning "Rows that exist must be unique from now on",
    INDEX_WITHOUT_CONCURRENTLY "index-without-concurrently" Warning "An index that is made or dropped under a lock",
    NEEDS_NO_TRANSACTION "needs-no-transaction" Error "A statement that no transaction can hold",
    UPDATE_OF_EVERY_ROW "update-of-every-row" Warning "Every row of a table is updated at once",
    DELETE_OF_EVERY_ROW "delete-of-every-row" Error "Every row of a table is deleted",
    TYPE_NOT_IN_ENGINE "type-not-in-engine" Error "A type that the engine doesn't have",
    TYPE_WITHOUT_MEANING "type-without-meaning" Warning "A type that SQLite takes for something else",
    DECIMAL_AS_FLOAT "decimal-as-float" Error "A decimal that SQLite keeps as a float",
    MONEY_AS_FLOAT "money-as-float" Warning "Money in a float",
    TIMESTAMP_WITHOUT_ZONE "timestamp-without-zone" Warning "A timestamp that is no moment",
    TIMESTAMP_ENDS_IN_2038 "timestamp-ends-in-2038" Warning "A timestamp that ends in 2038",
    FRACTION_CUT "fraction-cut" Warning "A time that loses its microseconds",
    LENGTH_MISSING "length-missing" Error "A type without the length that it needs",
    TEXT_KEY "text-key" Error "A key that is too long for MySQL",
    NOT_IN_THIS_ENGINE "not-in-this-engine" Error "SQL that the engine doesn't have",
    REFUSED_IN_SCRIPT "refused-in-script" Error "A statement that no migration may hold",
    SEVERAL_CHANGES_AT_ONCE "several-changes-at-once" Warning "Changes that can stop half way",
    UNFINISHED_STATEMENT "unfinished-statement" Error "A quote, comment or bracket without its other half",
    EMPTY_SCRIPT "empty-script" Error "A script without a statement",
    ALLOW_WITHOUT_REASON "allow-without-reason" Error "An exception without a reason",
    ALLOW_UNUSED "allow-unused" Warning "An exception that excepts nothing",
    NOT_UNDERSTOOD "not-understood" Note "A statement that the lint can't read",
}

/// What a code stands for, or `None` where there is no such code.
pub fn explain(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code == code)
}

/// The page of every code as one Markdown text, for the reference.
pub fn reference() -> String {
    let mut text = String::from(
        "# Lint\n\nWritten by `cargo xtask docs`; don't edit it by hand. `bedplate explain CODE` shows the same.\n\n\
         | code | level | what is wrong |\n|---|---|---|\n",
    );
    for code in CODES {
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "| [`{0}`](#{0}) | {1} | {2} |", code.code, code.level.as_str(), code.title);
    }
    for code in CODES {
        let _ = write!(
            text,
            "\n## {}\n\n{}: {}\n\n{}\n",
            code.code,
            code.level.as_str(),
            code.title,
            code.page.trim()
        );
    }
    text
}
