//! Where the backups are: a folder, or any object store by its URL.

use std::path::{Path, PathBuf};

use std::collections::BTreeSet;

use bedplate_backup::{Backups, Listing, Owner, Record};
use bedplate_core::{Address, Form};

use super::figures;
use crate::exit::Failure;
use crate::shell::{Shell, Tone, paint};

/// The folder of backups beside the manifest, where nobody names another.
const FOLDER: &str = ".bedplate/backups";

/// Where the backups are.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Store {
    /// Where the backups are: a folder, or the URL of an object store; without it, `.bedplate/backups` beside the manifest
    #[arg(long = "in", value_name = "FOLDER")]
    pub(crate) place: Option<String>,
}

/// Opens the place of the backups, and makes a folder that isn't there.
pub(crate) async fn open(place: Option<&str>, root: &Path) -> Result<Backups, Failure> {
    let url = match place {
        Some(place) if is_url(place) => place.to_string(),
        Some(folder) => folder_url(Path::new(folder))?,
        None => folder_url(&root.join(FOLDER))?,
    };
    Ok(Backups::new(bedplate::objects(&url).await?, std::env::temp_dir()))
}

/// Opens the place of the backups. A folder that isn't there is an error, for nothing can be read from it.
pub(crate) async fn find(place: Option<&str>, root: &Path) -> Result<Backups, Failure> {
    let folder = match place {
        Some(place) if is_url(place) => embedded(place)?,
        Some(folder) => Some(PathBuf::from(folder)),
        None => Some(root.join(FOLDER)),
    };
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Failure::new(format!("there are no backups: `{}` is not there", folder.display()))
            .with_help("`bedplate db backup` takes one of every database; `--in` says where they are"));
    }
    open(place, root).await
}

/// The folder of a store that is one.
fn embedded(url: &str) -> Result<Option<PathBuf>, Failure> {
    let address = Address::parse(url)?;
    let engine = bedplate_catalogue::by_scheme(address.scheme());
    let is_folder = engine.is_some_and(|engine| engine.form == Form::Embedded) && !address.path().is_empty();
    Ok(is_folder.then(|| PathBuf::from(address.path())))
}

/// Whether it names an engine and not a folder.
fn is_url(place: &str) -> bool {
    place.split_once(':').is_some_and(|(scheme, _)| bedplate_catalogue::by_scheme(scheme).is_some())
}

fn folder_url(folder: &Path) -> Result<String, Failure> {
    Ok(Address::parse("files:")?.with_path(folder.to_string_lossy()).reveal())
}

/// A backup that was picked, and the newer ones that were passed over, each with why.
pub(crate) struct Picked {
    pub(crate) record: Record,
    passed: Vec<(String, String)>,
}

impl Picked {
    /// Says what was passed over, for whoever expects the newest.
    pub(crate) fn tell(&self, shell: &mut Shell) {
        for (path, why) in &self.passed {
            let note = paint(Tone::Warning, "note");
            shell.say(format!("{note} `{path}` is newer and doesn't count: {why}"));
        }
    }
}

/// The backup that is meant: the newest of a database, or the one whose name begins so. A whole path names any database's.
pub(crate) async fn pick(backups: &Backups, owner: &Owner, name: Option<&str>) -> Result<Picked, Failure> {
    let named = name.and_then(Owner::split).map(|(owner, name)| (owner, Some(name)));
    let (owner, name) = named.unwrap_or((owner.clone(), name));
    let listing = backups.of(&owner).await?;
    let record = choose(&listing, &owner.service, name)?.clone();
    let (path, is_newest) = (record.path(), name.is_none());
    let passed = listing.broken.into_iter().filter(|(broken, _)| is_newest && *broken > path).collect();
    Ok(Picked { record, passed })
}

/// Whose backups those of a service are, where no manifest says the platform: of the only one that has such a service.
pub(crate) async fn owner_of(
    backups: &Backups,
    environment: Option<&str>,
    service: &str,
) -> Result<Owner, Failure> {
    let owners: BTreeSet<Owner> = backups.all().await?.backups.iter().map(Record::owner).collect();
    let mut fitting = owners
        .iter()
        .filter(|one| environment.is_none_or(|named| one.environment == named) && one.service == service);
    let within = environment.map_or(String::new(), |named| format!(" in `{named}`"));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(one), Some(other)) => {
            let message = format!("several databases have backups of `{service}`{within}");
            let help = format!("say which with `--from {one}/BACKUP` or `--from {other}/BACKUP`");
            Err(Failure::usage(message).with_help(help))
        }
        (None, _) => Err(Failure::new(format!("there is no backup of `{service}`{within}"))
            .with_help("`bedplate db backups` lists them; `--in` says where they are")),
    }
}

/// The backup that is meant: the newest, or the one whose name begins so.
fn choose<'l>(listing: &'l Listing, service: &str, name: Option<&str>) -> Result<&'l Record, Failure> {
    let Some(name) = name else {
        return listing.backups.first().ok_or_else(|| {
            let failure = Failure::new(format!("there is no backup of `{service}`"));
            failure.with_help(match listing.broken.first() {
                Some((which, why)) => format!("`{which}` doesn't count: {why}"),
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
            let is_named = |path: &str| path.rsplit('/').next().is_some_and(|id| id.starts_with(name));
            if let Some((path, why)) = listing.broken.iter().find(|(path, _)| is_named(path)) {
                return Err(Failure::new(format!("the backup `{path}` can't be used: {why}"))
                    .with_help("use another one; `bedplate db backups` lists them"));
            }
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
