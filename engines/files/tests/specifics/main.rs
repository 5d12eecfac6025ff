//! What is peculiar to the files engine: what it leaves on the disk, what it does with what others leave there, and processes
//! that are killed.

#![allow(clippy::expect_used, reason = "clippy knows tests by their attribute, and these run without one")]

mod crash;
mod disk;
mod foreign;
mod layout;

use std::path::Path;
use std::process::ExitCode;

use bedplate_core::objects::Objects;
use bedplate_core::{Address, GuardOptions, Result};
use libtest_mimic::{Arguments, Trial};

/// What a test returns; a failure says why.
type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

/// Names a role and a folder; the process that finds it plays the role instead of running tests.
const ROLE: &str = "BEDPLATE_FILES_ROLE";

macro_rules! trials {
    ($($path:path),* $(,)?) => {
        vec![$(Trial::test(stringify!($path).replace(' ', ""), || {
            runtime().block_on($path()).map_err(|error| format!("{error:?}").into())
        })),*]
    };
}

fn main() -> ExitCode {
    if let Ok(role) = std::env::var(ROLE) {
        runtime().block_on(crash::play(&role));
        return ExitCode::SUCCESS;
    }
    let mut trials = trials![
        crash::killed_writers_leave_every_object_whole,
        crash::processes_that_compare_lose_no_change,
        crash::an_opening_leaves_living_uploads_alone,
        foreign::links_are_not_followed,
        foreign::a_pipe_in_place_of_an_object_blocks_nobody,
        foreign::a_record_leads_to_no_other_file,
        foreign::damage_is_seen_and_can_be_put_right,
        foreign::files_of_others_are_left_alone,
        foreign::a_newer_format_is_refused,
        layout::objects_can_be_read_with_stock_tools,
        layout::empty_folders_go_and_come_back,
        layout::only_the_owner_may_read,
        layout::wrong_addresses_are_explained,
        layout::an_unfinished_put_leaves_no_file,
    ];
    trials.extend(disk::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// Opens the store in a folder, with settings such as `sync=false`.
async fn open(folder: &Path, settings: &str) -> Result<Objects> {
    open_url(&format!("files:?{settings}"), Some(folder)).await
}

async fn open_url(url: &str, folder: Option<&Path>) -> Result<Objects> {
    let mut address = Address::parse(url)?;
    if let Some(folder) = folder {
        address = address.with_path(folder.display().to_string());
    }
    let open = bedplate_engine_files::DRIVER.objects.expect("it opens object stores");
    Ok(Objects::new("files", open(address).await?, GuardOptions::default()))
}

/// Every file under a folder but those in `.bedplate`, as paths from there, in order.
fn files_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(&inner).expect("a folder") {
            let entry = entry.expect("an entry");
            let is_folder = entry.file_type().expect("a kind").is_dir();
            match is_folder {
                true if entry.file_name() == ".bedplate" => {}
                true => folders.push(entry.path()),
                false => found.push(entry.path().strip_prefix(folder).expect("below").display().to_string()),
            }
        }
    }
    found.sort();
    found
}
