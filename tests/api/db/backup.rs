//! The backup of SQLite as `docs/deployment.md` has it, each day anew, beside a running server.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use diesel::prelude::*;
use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value;
use frontgate::db;
use frontgate::schema::users;

use crate::support::process::{Finished, ServerProcess};
use crate::support::{Backend, TestDatabase, run};

/// The lines of the page's first block that are about SQLite.
fn commands() -> String {
    let page = include_str!("../../../docs/deployment.md");
    let (_, section) = page.split_once("\n## Backups\n").unwrap();
    let (_, block) = section.split_once("# SQLite: ").unwrap();
    let (_, lines) = block.split_once('\n').unwrap();
    lines.split("```").next().unwrap().to_owned()
}

#[test]
fn a_backup_can_be_made_every_day_is_whole_and_for_its_owner_alone() {
    run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let server = ServerProcess::start(&database, &[]);
        let backups = tempfile::TempDir::new().unwrap();
        let commands = commands()
            .replace("/backup/", &format!("{}/", backups.path().display()))
            .replace("frontgate.sqlite3", "test.sqlite3");
        for day in 1..=3 {
            server.create(&format!("ada{day}@example.com")).await;
            let mut shell = Command::new("bash");
            shell
                .args(["-euo", "pipefail", "-c", &commands])
                .current_dir(database.folder.path());
            let finished = Finished::of(&mut shell);
            assert_eq!(finished.code, Some(0), "day {day}: {finished}");
        }
        let mut made: Vec<_> = std::fs::read_dir(backups.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        made.sort();
        assert_eq!(made.len(), 3);
        for (file, people) in made.iter().zip(1..) {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            let url = DatabaseUrl::parse(&format!("sqlite://{}", file.display())).unwrap();
            let mut connection = db::connect(&url, std::time::Duration::from_secs(5)).unwrap();
            assert_eq!(users::table.count().get_result(&mut connection), Ok(people));
        }
    });
}
