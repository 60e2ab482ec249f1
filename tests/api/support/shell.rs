//! What operators run beside the servers: commands and queries of the documentation.

use std::path::Path;
use std::process::Command;

use super::process::Finished;
use super::{SECRET, TestDatabase};

/// The blocks of a language in a text, one after the other.
pub fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// Runs commands in one shell, which stops at the first that fails; none may.
pub fn run_commands(database: &TestDatabase, commands: &[String]) -> Finished {
    let binary = Path::new(env!("CARGO_BIN_EXE_frontgate"));
    let folder = binary.parent().unwrap().display();
    let mut shell = Command::new("bash");
    shell
        .args(["-euo", "pipefail", "-c", &commands.concat()])
        .env_clear()
        .env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
        .env("DATABASE_URL", &database.url)
        .env("SECRET_KEY", SECRET)
        .env("FRONTGATE_BCRYPT_COST", "4")
        .current_dir(database.folder.path());
    let finished = Finished::of(&mut shell);
    assert_eq!(finished.code, Some(0), "{finished}");
    finished
}

/// What a query prints in the database's own program, by somebody who lives in this time zone: a row a line,
/// columns with `|` between.
pub fn query(database: &TestDatabase, zone: &str, statement: &str) -> String {
    let mut program;
    if let Some(path) = database.url.strip_prefix("sqlite://") {
        program = Command::new("sqlite3");
        program.arg(path);
    } else {
        program = Command::new("psql");
        program
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .arg(&database.url);
    }
    let program = program.env("TZ", zone).env("PGTZ", zone);
    let finished = Finished::with_input(program, statement);
    assert_eq!(finished.code, Some(0), "{finished}");
    assert_eq!(finished.stderr, "");
    finished.stdout
}
