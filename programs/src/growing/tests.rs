//! Files that grow to their end, that are left in the middle, and what stands in their way.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn it_has_its_name_when_it_is_whole_and_is_private_all_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy.db");
    let growing = Growing::beside(&target).unwrap();
    let place = growing.file().parent().unwrap().to_path_buf();
    assert_eq!((mode(&place), mode(growing.file())), (0o700, 0o600));
    assert!(!target.exists());
    // A program that puts its own file there, for everyone to read, and one more beside it.
    fs::remove_file(growing.file()).unwrap();
    fs::write(growing.file(), "whole").unwrap();
    fs::set_permissions(growing.file(), Permissions::from_mode(0o644)).unwrap();
    fs::write(place.join("part-journal"), "").unwrap();
    growing.finish().await.unwrap();
    assert_eq!((fs::read_to_string(&target).unwrap().as_str(), mode(&target)), ("whole", 0o600));
    assert_eq!(names(folder.path()), ["copy.db"]);
}

#[tokio::test]
async fn a_file_that_is_there_or_appears_meanwhile_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy.db");
    let growing = Growing::beside(&target).unwrap();
    fs::write(&target, "another's").unwrap();
    assert_eq!(Growing::beside(&target).unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(growing.finish().await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(fs::read_to_string(&target).unwrap(), "another's");
    assert_eq!(names(folder.path()), ["copy.db"]);
    // A link to nowhere is there too.
    let dangling = folder.path().join("dangling");
    std::os::unix::fs::symlink("/nowhere/x", &dangling).unwrap();
    assert_eq!(Growing::beside(&dangling).unwrap_err().kind(), ErrorKind::Conflict);
    let missing = folder.path().join("missing/copy.db");
    assert_eq!(Growing::beside(&missing).unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_is_left_in_the_middle_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy.db");
    let growing = Growing::beside(&target).unwrap();
    fs::write(growing.file(), "half").unwrap();
    drop(growing);
    assert_eq!(names(folder.path()), [""; 0]);
    // Nobody waits for it to reach the disk.
    let growing = Growing::beside(&target).unwrap();
    {
        let mut finishing = pin!(growing.finish());
        let _ = finishing.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn what_a_killed_process_of_the_same_number_has_left_is_not_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy.db");
    std::mem::forget(Growing::beside(&target).unwrap());
    let growing = Growing::beside(&target).unwrap();
    growing.finish().await.unwrap();
    assert_eq!(names(folder.path()).len(), 2);
    // The longest name that a file can have.
    let target = folder.path().join("é".repeat(127));
    Growing::beside(&target).unwrap().finish().await.unwrap();
    assert!(target.exists());
}

#[test]
fn a_temporary_folder_is_private() {
    let folder = PrivateFolder::temporary("bedplate-test").unwrap();
    assert_eq!(mode(folder.path()), 0o700);
    let path = folder.path().to_path_buf();
    drop(folder);
    assert!(!path.exists());
}
