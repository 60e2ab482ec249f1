//! Running the operator's program, and refusing one that cannot be run.

use std::time::Duration;

use frontgate::alarms::{RunError, run};
use frontgate::config::Program;
use frontgate::config::values::Value;

use super::{Operator, command};
use crate::support::process::{Finished, frontgate};
use crate::support::{Backend, TestDatabase, assert_answer};
use crate::support::{PATIENCE, wait_for};

fn program(operator: &Operator) -> Program {
    Program::parse(&operator.command()).unwrap()
}

#[test]
fn words_are_split_as_they_stand_and_no_shell_reads_them() {
    for (text, path, arguments) in [
        ("/bin/tell", "/bin/tell", &[][..]),
        (
            "  /bin/tell   --urgent\tnow ",
            "/bin/tell",
            &["--urgent", "now"],
        ),
        (
            "'/opt/my tools/tell' \"two words\" a'b c'd",
            "/opt/my tools/tell",
            &["two words", "ab cd"],
        ),
        (
            "/bin/tell '' \"it's\" '\"'",
            "/bin/tell",
            &["", "it's", "\""],
        ),
        (
            "/bin/tell $HOME `id` ; rm -rf * | x > y \\n",
            "/bin/tell",
            &[
                "$HOME", "`id`", ";", "rm", "-rf", "*", "|", "x", ">", "y", "\\n",
            ],
        ),
    ] {
        let program = Program::parse(text).unwrap();
        assert_eq!(program.path().to_str().unwrap(), path);
        assert_eq!(program.arguments(), arguments, "{text}");
    }
}

#[test]
fn what_a_program_that_fails_says_is_kept_and_cut() {
    crate::support::run(async {
        let operator = Operator::with("cat > /dev/null; echo the pager is away >&2; exit 3");
        let error = run(&program(&operator), "{}", PATIENCE).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "it failed with exit status: 3: \"the pager is away\""
        );
        // It says more than fits into a pipe, and reads nothing of what does not fit either.
        let operator = Operator::with("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1");
        let error = run(&program(&operator), &"x".repeat(1_000_000), PATIENCE).await;
        let Err(RunError::Failed { said, .. }) = error else {
            panic!("{error:?}")
        };
        assert_eq!(said, "x".repeat(4096));
        let operator = Operator::with("kill -9 $$");
        let error = run(&program(&operator), "{}", PATIENCE).await.unwrap_err();
        assert!(
            error.to_string().starts_with("it failed with signal: 9"),
            "{error}"
        );
        let quiet = Operator::with("exit 0");
        run(&program(&quiet), &"x".repeat(1_000_000), PATIENCE)
            .await
            .unwrap();
    });
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_all_that_it_started() {
    crate::support::run(async {
        let operator = Operator::with("sleep 600 & echo $! > \"$1\"; wait");
        let short = Duration::from_millis(500);
        let error = run(&program(&operator), "{}", short).await.unwrap_err();
        assert_eq!(error.to_string(), "it was killed after 500ms");
        let started = std::fs::read_to_string(operator.path("told")).unwrap();
        let status = format!("/proc/{}/status", started.trim());
        // It is gone, or waits for its parent to notice.
        wait_for(|| {
            std::fs::read_to_string(&status).map_or(true, |text| text.contains("State:\tZ"))
        })
        .await;
    });
}

#[test]
fn a_server_whose_program_cannot_be_run_does_not_start() {
    let database = TestDatabase::new(Backend::Sqlite);
    let operator = Operator::with("exit 0");
    let path = |name| operator.path(name).display().to_string();
    std::fs::write(operator.path("plain"), "").unwrap();
    std::fs::create_dir(operator.path("folder")).unwrap();
    let mut text = String::new();
    for name in ["missing", "plain", "folder"] {
        for arguments in [&["serve"][..], &["check"]] {
            let value = format!("'{}' --urgent", path(name));
            let environment = [
                ("DATABASE_URL", database.url.as_str()),
                ("FRONTGATE_BIND", "127.0.0.1:0"),
                ("FRONTGATE_ALARM_COMMAND", &value),
            ];
            let mut command = frontgate(database.folder.path(), arguments, &environment);
            let finished = Finished::of(&mut command);
            assert_eq!(finished.code, Some(1), "{finished}");
            text += &finished.stderr.replace(&path(name), name);
        }
    }
    assert_answer!("alarm_command_unfit", text);
    // A command at three in the morning does its work all the same.
    std::fs::remove_file(operator.path("tell")).unwrap();
    let migrated = command(&database, &operator, &["migrate"], "");
    assert_eq!(migrated.code, Some(0), "{migrated}");
}
