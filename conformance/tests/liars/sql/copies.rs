//! What a liar does about tallies, backups, restores and reports.

use std::path::Path;
use std::time::Duration;

use bedplate_core::Result;
use bedplate_core::sql::{Progress, Report, Statement, Tally};

use super::liar::Liar;
use super::lie::Lie;

impl Liar {
    pub(super) async fn bent_tally(&self) -> Result<Tally> {
        let mut tally = self.honest.tally().await?;
        match self.lie {
            Lie::TalliesCounts => tally.tables.iter_mut().for_each(|table| table.checksum.clear()),
            Lie::TalliesTime => {
                let now = uuid::Uuid::new_v4().to_string();
                tally.tables.iter_mut().for_each(|table| table.checksum.clone_from(&now));
            }
            Lie::TalliesSlowly => {
                // waits: for others to write between two tables, which nothing but a snapshot hides.
                tokio::time::sleep(Duration::from_millis(30)).await;
                let later = self.honest.tally().await?;
                tally.tables.truncate(1);
                tally.tables.extend(later.tables.into_iter().skip(1));
            }
            _ => {}
        }
        Ok(tally)
    }

    pub(super) async fn bent_backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        if self.lie == Lie::ReplacesFiles {
            let _ = std::fs::remove_file(file);
        }
        match self.lie {
            Lie::KeepsProgressToItself => self.honest.backup(file, &|_| ()).await,
            Lie::TalliesLate => {
                self.honest.backup(file, progress).await?;
                // waits: for others to write between the copy and its tally.
                tokio::time::sleep(Duration::from_millis(30)).await;
                self.honest.tally().await
            }
            _ => self.honest.backup(file, progress).await,
        }
    }

    pub(super) async fn bent_restore(&self, file: &Path, progress: Progress<'_>) -> Result<()> {
        if self.lie == Lie::ReplacesTables {
            while let Some(table) = self.honest.schema().await?.tables.pop() {
                let name = self.honest.dialect().quote(&table.name);
                let children = ["names", "children"].map(|child| child.to_string());
                for name in children.iter().chain([&name]) {
                    let kind = if name == "names" { "view" } else { "table" };
                    self.honest.execute(Statement::new(format!("drop {kind} if exists {name}"))).await?;
                }
            }
        }
        match self.honest.restore(file, progress).await {
            Err(_) if self.lie == Lie::HidesFailedRestores => return Ok(()),
            result => result?,
        }
        let after = match self.lie {
            Lie::LosesViews => "drop view if exists names",
            Lie::LosesIndexes => "drop index if exists children_by_parent",
            _ => return Ok(()),
        };
        self.honest.execute(Statement::new(after)).await.map(drop)
    }

    pub(super) async fn bent_report(&self) -> Result<Report> {
        let mut report = self.honest.report().await?;
        match self.lie {
            Lie::ForgetsTables => report.tables.clear(),
            Lie::MiscountsRows => {
                report.tables.iter_mut().for_each(|table| table.rows = table.rows.map(|rows| rows + 1))
            }
            Lie::ForgetsSizes => report.tables.iter_mut().for_each(|table| table.bytes = Some(0)),
            _ => {}
        }
        Ok(report)
    }
}
