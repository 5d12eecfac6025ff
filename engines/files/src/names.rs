//! Where a key lies: one folder for each of its parts but the last, which names the object's files.
//!
//! - Lower-case letters, digits and `-_+=@,.` stand for themselves and everything else is `%xx`, so that no two keys meet
//!   where a file system folds case or Unicode forms. A `.` at an end of a name is encoded too.
//! - An empty part is a bare `%`, which no encoding yields.
//! - A part of more than 72 bytes is continued in folders `<72 bytes>~+`, because a file's name has 255 bytes at most.
//! - `~` begins what the store adds: `<name>~` is an object's record, `<name>~<etag>` its content.

/// Bytes of a part in one name: three times as many when encoded, and 33 more for `~` and the etag.
const CHUNK: usize = 72;
const EMPTY: &str = "%";
const CONTINUED: &str = "~+";

/// Where the files of one key lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The folders, from the store's own downwards.
    pub(crate) folders: Vec<String>,
    /// What the names of the object's files begin with.
    pub(crate) name: String,
}

impl Place {
    /// The place of a key.
    pub(crate) fn of(key: &str) -> Self {
        let mut folders = Vec::new();
        let mut parts = key.split('/').peekable();
        let mut name = String::new();
        while let Some(part) = parts.next() {
            name = push_part(part, &mut folders);
            if parts.peek().is_some() {
                folders.push(std::mem::take(&mut name));
            }
        }
        Self { folders, name }
    }

    /// The folders of all keys that begin with `base`, which is empty or ends in `/`.
    pub(crate) fn folders_of(base: &str) -> Vec<String> {
        Self::of(base).folders
    }

    /// The file that describes the object.
    pub(crate) fn record(&self) -> String {
        format!("{}~", self.name)
    }

    /// The file that holds the object's content.
    pub(crate) fn content(&self, etag: &str) -> String {
        format!("{}~{etag}", self.name)
    }

    /// The record of a put until it replaces the one before.
    pub(crate) fn new_record(etag: &str) -> String {
        format!("~{etag}")
    }
}

fn push_part(part: &str, folders: &mut Vec<String>) -> String {
    if part.is_empty() {
        return EMPTY.to_string();
    }
    let mut rest = part.as_bytes();
    while rest.len() > CHUNK {
        let (chunk, more) = rest.split_at(CHUNK);
        folders.push(encode(chunk) + CONTINUED);
        rest = more;
    }
    encode(rest)
}

/// What a name in a folder stands for; each with the bytes of the part, or of its beginning.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The record of an object.
    Object(Vec<u8>),
    /// The folder of a part.
    Folder(Vec<u8>),
    /// The folder in which long parts go on.
    Continued(Vec<u8>),
}

impl Entry {
    /// Reads a name; `None` for what the store didn't name so.
    pub(crate) fn read(name: &str, is_folder: bool) -> Option<Self> {
        if is_folder {
            return match name.strip_suffix(CONTINUED) {
                Some(chunk) => decode(chunk).filter(|chunk| chunk.len() == CHUNK).map(Self::Continued),
                None => decode(name).map(Self::Folder),
            };
        }
        name.strip_suffix('~').and_then(decode).map(Self::Object)
    }
}

fn encode(bytes: &[u8]) -> String {
    let last = bytes.len().saturating_sub(1);
    let mut name = String::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let plain = byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || b"-_+=@,".contains(&byte)
            || (byte == b'.' && at != 0 && at != last);
        if plain {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    name
}

fn decode(name: &str) -> Option<Vec<u8>> {
    if name == EMPTY {
        return Some(Vec::new());
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let hex = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    // Only the one way in which the store writes a name is read, so that no two names are one key.
    (!bytes.is_empty() && bytes.len() <= CHUNK && encode(&bytes) == name).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(key: &str) -> String {
        let place = Place::of(key);
        [place.folders.join("/"), place.record()].join("/")
    }

    #[test]
    fn readable_keys_stay_readable() {
        assert_eq!(path("invoices/2024/july-1.pdf"), "invoices/2024/july-1.pdf~");
        assert_eq!(path("a b/Ü~.txt"), "a%20b/%c3%9c%7e.txt~");
    }

    #[test]
    fn nothing_climbs_or_hides() {
        assert_eq!(path("/../.bedplate/%2e%2e"), "%/%2e%2e/%2ebedplate/%252e%252e~");
        assert_eq!(path("//"), "%/%/%~");
        assert_eq!(Place::folders_of("a//"), ["a", "%"]);
        assert_eq!(Place::folders_of(""), [""; 0]);
    }

    #[test]
    fn what_the_store_did_not_name_is_not_read() {
        for name in ["A", "%61bc", "%C3", "%", "", "a%", ".hidden", "a.", "x~y", "%+1"] {
            assert_eq!(
                Entry::read(&format!("{name}~"), false),
                (name == "%").then(|| Entry::Object(vec![])),
                "{name}"
            );
        }
        assert_eq!(Entry::read("a~0123", false), None);
        assert_eq!(Entry::read("short~+", true), None);
    }

    proptest! {
        #[test]
        fn every_key_has_a_place_of_its_own_and_short_names(key in "[^\\p{Cc}]{1,150}", other in "[a-cA-C./%~]{1,6}", third in "[a-cA-C./%~]{1,6}") {
            let place = Place::of(&key);
            for name in place.folders.iter().chain([&place.content(&"0".repeat(32))]) {
                prop_assert!(name.len() <= 255 && !name.contains('/') && !name.starts_with('.'));
            }
            prop_assert_eq!(Place::of(&other) == Place::of(&third), other == third);
        }

        #[test]
        fn a_name_reads_back(part in proptest::collection::vec(any::<u8>(), 1..=72)) {
            let name = encode(&part);
            prop_assert_eq!(decode(&name), Some(part));
            prop_assert!(name.is_ascii() && !name.bytes().any(|b| b.is_ascii_uppercase()));
        }
    }
}
