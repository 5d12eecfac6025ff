//! The type of a column, brought into one spelling.

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Kind {
    /// As it was written, in lower case; empty where a column has none.
    pub(crate) text: String,
    /// Its name, in the shortest of its spellings.
    pub(crate) name: String,
    /// Its lengths or digits.
    pub(crate) sizes: Vec<u64>,
    /// Whether it has anything in brackets.
    pub(crate) has_brackets: bool,
    pub(crate) is_array: bool,
    pub(crate) is_unsigned: bool,
    /// Whether it has a name in quotes: one that somebody made.
    pub(crate) is_quoted: bool,
}

/// Spellings of one type.
const ALIASES: &[(&str, &str)] = &[
    ("integer", "int"),
    ("int4", "int"),
    ("int8", "bigint"),
    ("int2", "smallint"),
    ("middleint", "mediumint"),
    ("character varying", "varchar"),
    ("char varying", "varchar"),
    ("character", "char"),
    ("bool", "boolean"),
    ("dec", "decimal"),
    ("fixed", "decimal"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("serial4", "serial"),
    ("serial8", "bigserial"),
    ("serial2", "smallserial"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
];

impl Kind {
    /// A type as it is written.
    pub(crate) fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let (is_array, element) = match text.find('[') {
            Some(at) => (true, &text[..at]),
            None => (false, text.as_str()),
        };
        let is_quoted = element.contains('"');
        let element = element.replace('"', "");
        let (before, inside, behind) = match (element.find('('), element.rfind(')')) {
            (Some(open), Some(close)) if open < close => {
                (&element[..open], &element[open + 1..close], &element[close + 1..])
            }
            _ => (element.as_str(), "", ""),
        };
        let words: Vec<&str> = before.split_whitespace().chain(behind.split_whitespace()).collect();
        let is_unsigned = words.contains(&"unsigned");
        let plain: Vec<&str> =
            words.into_iter().filter(|word| !matches!(*word, "unsigned" | "zerofill" | "signed")).collect();
        let plain = plain.join(" ");
        let name = ALIASES.iter().find(|(alias, _)| *alias == plain).map_or(plain.as_str(), |(_, name)| name);
        let sizes = inside.split(',').filter_map(|size| size.trim().parse().ok()).collect();
        let has_brackets = !inside.is_empty();
        Self { name: name.to_string(), sizes, has_brackets, is_array, is_unsigned, is_quoted, text }
    }

    /// Whether its name is one of these.
    pub(crate) fn is(&self, names: &[&str]) -> bool {
        !self.is_array && names.contains(&self.name.as_str())
    }

    /// The bits of a whole number, or `None` for another type.
    pub(crate) fn integer_bits(&self) -> Option<u32> {
        Some(match self.name.as_str() {
            "tinyint" => 8,
            "smallint" | "smallserial" => 16,
            "mediumint" => 24,
            "int" | "serial" => 32,
            "bigint" | "bigserial" => 64,
            _ => return None,
        })
    }

    /// Whether it keeps floats.
    pub(crate) fn is_float(&self) -> bool {
        self.is(&["float", "real", "double precision", "double"])
    }

    /// Whether it keeps exact decimals.
    pub(crate) fn is_decimal(&self) -> bool {
        self.is(&["numeric", "decimal", "money"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_brought_together() {
        let name = |text: &str| Kind::new(text).name;
        assert_eq!(name("INTEGER"), "int");
        assert_eq!(name("TIMESTAMP(3) WITH TIME ZONE"), "timestamptz");
        assert_eq!(name("INT(10) UNSIGNED"), "int");
        assert_eq!(name("\"Role\""), "role");
        assert_eq!(Kind::new("numeric(10, 2)").sizes, [10, 2]);
        assert!(Kind::new("int(10) unsigned").is_unsigned && Kind::new("TEXT[]").is_array);
        assert_eq!(Kind::new("enum('a')").sizes, [0_u64; 0]);
    }
}
