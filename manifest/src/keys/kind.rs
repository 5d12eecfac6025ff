//! What a key takes: the kinds of values, with what each accepts.

use bedplate_core::setting::parse_duration;

use super::shape::Shape;

/// A table of the manifest: its keys, and what it is for.
#[derive(Debug)]
pub struct Section {
    /// What the reference calls it, for example `services.<name>.sql`.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub doc: &'static str,
    /// Its keys, in groups that several tables share.
    pub keys: &'static [&'static [Key]],
    /// Whether it also takes the settings of the engine that serves it.
    pub settings: bool,
}

impl Section {
    /// Its keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().flat_map(|group| group.iter())
    }

    /// One key by its name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

/// One key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// What holds when it isn't there, as it would be written; empty where nothing does.
    pub default: &'static str,
    /// An example of its value, as it is written.
    pub example: &'static str,
    /// Whether the table is incomplete without it.
    pub required: bool,
}

/// What a key takes. Whatever isn't text may also be written as text with variables: `port = "${PORT:-3000}"`.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// Text of a certain shape.
    Shaped(&'static Shape),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, and no variable: other values depend on it before variables are known.
    Fixed(&'static [&'static str]),
    /// A whole number from `min` to `max`.
    Count {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// `true` or `false`.
    Bool,
    /// A length of time.
    Duration,
    /// Text, a whole number, or `true` or `false`.
    Scalar,
    /// A list, with at most [`MAX_ENTRIES`](crate::MAX_ENTRIES) entries.
    List(&'static Kind),
    /// A table with keys of its own.
    Table(&'static Section),
    /// A table from names to values.
    Map {
        /// What the names look like.
        name: &'static Shape,
        /// What stands under each name.
        value: &'static Kind,
        /// The most entries.
        max: usize,
    },
    /// Any of these; which one is told by the value's type.
    OneOf(&'static [Kind]),
}

impl Kind {
    /// What it takes, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Shaped(shape) => shape.what.into(),
            Self::Choice(words) | Self::Fixed(words) => {
                format!("one of {}", words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "))
            }
            Self::Count { min, max } => format!("a whole number from {min} to {max}"),
            Self::Bool => "`true` or `false`".into(),
            Self::Duration => "a length of time such as `\"500ms\"`, `\"5s\"` or `\"10m\"`".into(),
            Self::Scalar => "text, a whole number, or `true` or `false`".into(),
            Self::List(entry) => format!("a list, each entry {}", entry.describe()),
            Self::Table(_) => "a table".into(),
            Self::Map { .. } => "a table of names".into(),
            Self::OneOf(kinds) => kinds.iter().map(Self::describe).collect::<Vec<_>>().join(", or "),
        }
    }

    /// Checks text that stands for such a value, its variables resolved.
    pub(crate) fn check_text(&self, text: &str) -> Result<(), String> {
        let fits = match self {
            Self::Text | Self::Scalar => true,
            Self::Shaped(shape) => return shape.check(text),
            Self::Choice(words) | Self::Fixed(words) => words.contains(&text),
            Self::Count { min, max } => text.parse::<u32>().is_ok_and(|n| (*min..=*max).contains(&n)),
            Self::Bool => matches!(text, "true" | "false"),
            Self::Duration => parse_duration(text).is_ok(),
            Self::List(_) | Self::Table(_) | Self::Map { .. } => false,
            Self::OneOf(kinds) => kinds.iter().any(|kind| kind.check_text(text).is_ok()),
        };
        if fits { Ok(()) } else { Err(format!("expected {}", self.describe())) }
    }
}
