//! Fills an empty database from a copy: `pg_restore`, all of it or nothing.

use std::fs;
use std::path::Path;

use bedplate_core::sql::Progress;
use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::{PrivateFolder, failed};

use crate::connect::Link;
use crate::error::classify;
use crate::programs::{database, run, tool};

/// The owner of the database, the server's version, and a table that is there already.
const ASK: &str = "
select pg_get_userbyid(d.datdba)::text, current_setting('server_version_num')::int / 10000,
  (select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
   order by n.nspname, c.relname limit 1)
from pg_database d where d.datname = current_database()";

/// Restores it. What is restored belongs to the database's owner, whoever does it.
pub(crate) async fn read(link: &Link, file: &Path, progress: Progress<'_>) -> Result<()> {
    link.check_open()?;
    let size = fs::metadata(file).map_err(|why| failed(file, why))?.len();
    let (role, major) = owner_of_empty(link).await?;
    progress(0);
    let folder = PrivateFolder::temporary("bedplate-restore").map_err(|why| failed(file, why))?;
    let list = folder.path().join("contents");
    contents(link, major, file, &list).await?;
    let arguments = [
        "--single-transaction".to_string(),
        "--exit-on-error".into(),
        "--no-owner".into(),
        "--no-privileges".into(),
        "--no-password".into(),
        format!("--role={role}"),
        format!("--use-list={}", list.display()),
        database(link),
        "--".into(),
        file.display().to_string(),
    ];
    run(&tool(link, major, "pg_restore", arguments)?, &|| ()).await?;
    progress(size);
    Ok(())
}

/// Who owns the database, if there is nothing in it, and the major version of the server.
async fn owner_of_empty(link: &Link) -> Result<(String, i32)> {
    let client = link.connect().await?;
    let row = client.query_one(ASK, &[]).await.map_err(classify)?;
    if let Some(table) = row.try_get::<_, Option<String>>(2).map_err(classify)? {
        let message = format!("the database has a table already: `{table}`");
        return Err(Error::new(ErrorKind::Conflict, message).with_help("restore into an empty database"));
    }
    Ok((row.try_get(0).map_err(classify)?, row.try_get(1).map_err(classify)?))
}

/// Writes the list of what is to be restored: all but what the copy says about extensions and the schema `public`, which are the
/// administrator's and are there.
async fn contents(link: &Link, major: i32, file: &Path, list: &Path) -> Result<()> {
    let arguments =
        ["--list".to_string(), format!("--file={}", list.display()), "--".into(), file.display().to_string()];
    run(&tool(link, major, "pg_restore", arguments)?, &|| ()).await?;
    let wrong = |why| failed(file, why);
    let kept = wanted(&fs::read_to_string(list).map_err(wrong)?);
    fs::write(list, kept).map_err(wrong)
}

fn wanted(list: &str) -> String {
    let others =
        |line: &&str| !line.contains(" COMMENT - EXTENSION ") && !line.contains(" COMMENT - SCHEMA public ");
    list.lines().filter(others).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn comments_on_what_is_the_administrators_are_left_out() {
        let list = "; Archive\n3; 3079 1 EXTENSION - citext \n4; 0 0 COMMENT - EXTENSION citext \n\
                    5; 0 0 COMMENT public TABLE t orders\n6; 0 0 COMMENT - SCHEMA public pg\n";
        assert_eq!(
            wanted(list),
            "; Archive\n3; 3079 1 EXTENSION - citext \n5; 0 0 COMMENT public TABLE t orders\n"
        );
    }
}
