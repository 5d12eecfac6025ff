//! Where the backups are: a folder, or any object store by its URL.

use std::path::{Path, PathBuf};

use bedplate_backup::{Backups, Listing, Record};
use bedplate_core::Address;

use super::figures;
use crate::exit::Failure;

/// The folder of backups beside the manifest, where nobody names another.
const FOLDER: &str = ".bedplate/backups";

/// Where the backups are.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Store {
    /// Where the backups are: a folder, or the URL of an object store; without it, `.bedplate/backups` beside the manifest
    #[arg(long = "in", value_name = "FOLDER")]
    pub(super) place: Option<String>,
}

/// Opens the place of the backups, and makes a folder that isn't there.
pub(super) async fn open(place: Option<&str>, root: &Path) -> Result<Backups, Failure> {
    let url = match place {
        Some(place) if is_url(place) => place.to_string(),
        Some(folder) => folder_url(Path::new(folder))?,
        None => folder_url(&root.join(FOLDER))?,
    };
    Ok(Backups::new(bedplate::objects(&url).await?, std::env::temp_dir()))
}

/// Opens the place of the backups. A folder that isn't there is an error, for nothing can be read from it.
pub(super) async fn find(place: Option<&str>, root: &Path) -> Result<Backups, Failure> {
    let folder = match place {
        Some(place) if is_url(place) => return open(Some(place), root).await,
        Some(folder) => PathBuf::from(folder),
        None => root.join(FOLDER),
    };
    if !folder.is_dir() {
        return Err(Failure::new(format!("there are no backups: `{}` is not there", folder.display()))
            .with_help("`bedplate db backup` takes one of every database; `--in` says where they are"));
    }
    open(place, root).await
}

/// Whether it names an engine and not a folder.
fn is_url(place: &str) -> bool {
    place.split_once(':').is_some_and(|(scheme, _)| bedplate_catalogue::by_scheme(scheme).is_some())
}

fn folder_url(folder: &Path) -> Result<String, Failure> {
    Ok(Address::parse("files:")?.with_path(folder.to_string_lossy()).reveal())
}

/// The backup that is meant: the newest, or the one whose name begins so.
pub(super) fn choose<'l>(
    listing: &'l Listing,
    service: &str,
    name: Option<&str>,
) -> Result<&'l Record, Failure> {
    let Some(name) = name else {
        return listing.backups.first().ok_or_else(|| {
            let failure = Failure::new(format!("there is no backup of `{service}`"));
            failure.with_help(match listing.broken.first() {
                Some((which, why)) => format!("`{which}` is not complete: {why}"),
                None => "`bedplate db backup` takes one; `--in` says where they are".into(),
            })
        });
    };
    let mut found = listing.backups.iter().filter(|record| record.id.starts_with(name));
    match (found.next(), found.next()) {
        (Some(record), None) => Ok(record),
        (Some(_), Some(_)) => Err(Failure::usage(format!("several backups begin with `{name}`"))
            .with_help("`bedplate db backups` lists them")),
        (None, _) => {
            let newest = listing.backups.first().map(|record| {
                format!("the newest is `{}`, {}", record.id, figures::ago(figures::age(record.created)))
            });
            Err(Failure::new(format!("there is no backup `{name}` of `{service}`"))
                .with_help(newest.unwrap_or_else(|| "it has none at all".into())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_told_from_a_url() {
        for place in ["backups", "./a:b", "/var/backups", "c:/x"] {
            assert!(!is_url(place), "{place}");
        }
        for place in ["files:/var/backups", "s3://bucket/x"] {
            assert!(is_url(place), "{place}");
        }
    }
}
