//! A consistent copy of the database into a new file: `pg_dump` on the snapshot in which the rows are counted.

use std::fs;
use std::path::Path;

use bedplate_core::Result;
use bedplate_core::sql::{Progress, Tally};
use bedplate_programs::Growing;

use crate::connect::Link;
use crate::programs::{database, run, tool};
use crate::tally::Snapshot;

/// Writes the copy. Where this future is dropped, nothing of it is left.
pub(crate) async fn write(link: &Link, file: &Path, progress: Progress<'_>) -> Result<Tally> {
    link.check_open()?;
    let growing = Growing::beside(file)?;
    let snapshot = Snapshot::take(link).await?;
    let arguments = [
        "--format=custom".to_string(),
        // Whoever stores it compresses it.
        "--compress=0".into(),
        "--no-owner".into(),
        "--no-privileges".into(),
        "--no-password".into(),
        format!("--snapshot={}", snapshot.export().await?),
        format!("--file={}", growing.file().display()),
        database(link),
    ];
    let dump = tool(link, snapshot.server_major().await?, "pg_dump", arguments)?;
    let watch = || progress(fs::metadata(growing.file()).map_or(0, |metadata| metadata.len()));
    let ((), tally) = tokio::try_join!(run(&dump, &watch), snapshot.tally())?;
    drop(snapshot);
    growing.finish().await?;
    Ok(tally)
}
