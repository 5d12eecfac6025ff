//! Opens a folder as a store: checks the address, makes the folder, reads its format and clears up after a crash.

use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bedplate_catalogue::engines::files::{FILES, SYNC};
use bedplate_core::objects::ObjectsEngine;
use bedplate_core::{Address, BoxFuture, Error, ErrorKind, Result};

use crate::error::{corrupt, files, if_there};
use crate::folder::Folder;
use crate::locks::Locks;
use crate::objects::FileObjects;
use crate::record::new_etag;
use crate::store::Store;

/// The version of the layout that this code reads and writes.
const FORMAT: u32 = 1;
const FORMAT_FILE: &str = "format";
const FORMAT_TEXT: &str = "bedplate files ";

/// Opens the object store at an address.
pub(crate) fn open(address: Address) -> BoxFuture<Result<Arc<dyn ObjectsEngine>>> {
    Box::pin(async move {
        let path = path(&address)?;
        let sync = address.flag(&SYNC);
        let opening = tokio::task::spawn_blocking(move || open_folder(&path, sync));
        let (store, folder) = opening.await.map_err(crate::body::interrupted)??;
        Ok(Arc::new(FileObjects::new(store, folder)) as Arc<dyn ObjectsEngine>)
    })
}

fn path(address: &Address) -> Result<PathBuf> {
    address.check_settings(FILES.settings)?;
    let wrong = |message: String| Err(Error::invalid(message).with_help("write `files:./objects`"));
    if let Some((host, _)) = address.hosts().first() {
        return wrong(format!("`{address}` names the host `{host}`, and files lie on this machine"));
    }
    if address.user().is_some() || address.password().is_some() {
        return wrong(format!("`{address}` has credentials, and a folder takes none"));
    }
    if address.path().is_empty() {
        return wrong(format!("`{address}` names no folder"));
    }
    Ok(PathBuf::from(address.path()))
}

fn open_folder(path: &Path, sync: bool) -> Result<(Store, PathBuf)> {
    let subject = |error: Error| error.with_subject(path.display().to_string());
    let root = root(path, sync).map_err(subject)?;
    let make =
        |outer: &Folder, name| outer.make(name).map(|(folder, _)| folder).map_err(files).map_err(subject);
    let own = make(&root, ".bedplate")?;
    check_format(&own, sync).map_err(subject)?;
    let store = Store { root, intents: make(&own, "intents")?, locks: Locks(make(&own, "locks")?), sync };
    store.root.sync(sync).map_err(files).map_err(subject)?;
    if let Err(error) = store.sweep() {
        // What a crash left takes space and does no harm, so it doesn't keep the store shut.
        tracing::warn!(folder = %path.display(), %error, "not all that a crash left could be removed");
    }
    Ok((store, std::fs::canonicalize(path).map_err(files)?))
}

fn root(path: &Path, sync: bool) -> Result<Folder> {
    let made = !path.exists();
    if let Err(error) = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path) {
        return Err(match error.kind() {
            std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => {
                Error::invalid("there is a file in this place, and the store needs a folder")
                    .with_source(error)
            }
            _ => files(error),
        });
    }
    let root = Folder::at(path).map_err(files)?;
    if made {
        root.parent().and_then(|parent| parent.sync(sync)).map_err(files)?;
    }
    Ok(root)
}

fn check_format(own: &Folder, sync: bool) -> Result<()> {
    let Some(file) = if_there(own.read(FORMAT_FILE)).map_err(files)? else {
        return write_format(own, sync);
    };
    let mut text = Vec::new();
    file.take(100).read_to_end(&mut text).map_err(files)?;
    let text = String::from_utf8_lossy(&text);
    let version = text.trim_end().strip_prefix(FORMAT_TEXT).and_then(|version| version.parse::<u32>().ok());
    match version {
        Some(FORMAT) => Ok(()),
        Some(version) => Err(Error::new(
            ErrorKind::Unsupported,
            format!("the folder has format {version}, and this version reads format {FORMAT}"),
        )
        .with_help("open it with the version of Bedplate that wrote it, or with a newer one")),
        None => Err(corrupt("the file `.bedplate/format` isn't one of a store of objects")),
    }
}

fn write_format(own: &Folder, sync: bool) -> Result<()> {
    // Two processes may do this at once: each renames the same text into place.
    let name = format!("{FORMAT_FILE}~{}", new_etag());
    let mut file = own.create(&name).map_err(files)?;
    file.write_all(format!("{FORMAT_TEXT}{FORMAT}\n").as_bytes()).map_err(files)?;
    if sync {
        file.sync_all().map_err(files)?;
    }
    own.rename(&name, FORMAT_FILE).and_then(|()| own.sync(sync)).map_err(files)
}
