//! Migrations from a folder, for a service that has its scripts beside it.

use std::io::ErrorKind::{InvalidData, NotFound, PermissionDenied};
use std::path::Path;

use bedplate_core::sql::Migrations;
use bedplate_core::{Error, ErrorKind, Result};

/// What Prisma calls the script in a migration's folder.
const PRISMA_UP: &str = "migration.sql";
/// What lies beside it where the migration can be undone.
const PRISMA_DOWN: &str = "down.sql";

/// Reads the `.sql` files of a folder, and the folders in it that are laid out as Prisma does, `20240101120000_init/migration.sql`; what
/// else is in it is left alone. A folder without any is an error: it is the wrong one.
///
/// A program that is to run without its folder has the scripts in it, by `include_str!` and [`Migrations::from_files`].
///
/// ```no_run
/// # async fn example(sql: bedplate::sql::Sql) -> bedplate::Result<()> {
/// let applied = bedplate::migrations_from("migrations")?.apply(&sql).await?;
/// println!("applied {} migrations", applied.len());
/// # Ok(()) }
/// ```
pub fn migrations_from(folder: impl AsRef<Path>) -> Result<Migrations> {
    let folder = folder.as_ref();
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(|why| unread(folder, why))? {
        let path = entry.map_err(|why| unread(folder, why))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".sql") && !name.starts_with('.') {
            files.push((name, read(&path)?));
        } else if is_numbered(&name) && path.is_dir() {
            read_prisma(&path, &name, &mut files)?;
        }
    }
    if files.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, "no migration is in the folder")
            .with_subject(folder.display().to_string())
            .with_help("write the first one, for example `0001_orders.sql`"));
    }
    // Folders are read in no particular order, and the first of two wrong names should always be the same.
    files.sort();
    Migrations::from_files(files).map_err(|error| error.with_subject(folder.display().to_string()))
}

/// Whether a name begins as a migration's does: a number and `_`.
fn is_numbered(name: &str) -> bool {
    name.split_once('_')
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Reads the scripts in a migration's own folder.
fn read_prisma(folder: &Path, name: &str, files: &mut Vec<(String, String)>) -> Result<()> {
    let down = folder.join(PRISMA_DOWN);
    files.push((format!("{name}/{PRISMA_UP}"), read(&folder.join(PRISMA_UP))?));
    if down.exists() {
        files.push((format!("{name}/{PRISMA_DOWN}"), read(&down)?));
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|why| unread(path, why))
}

fn unread(path: &Path, why: std::io::Error) -> Error {
    let kind = match why.kind() {
        NotFound => ErrorKind::NotFound,
        PermissionDenied => ErrorKind::Denied,
        InvalidData => ErrorKind::InvalidInput,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("it can't be read: {why}"))
        .with_subject(path.display().to_string())
        .with_source(why)
}
