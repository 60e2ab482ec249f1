//! The command line.

mod account;
mod flush_expired_tokens;
mod health_check;
mod openapi;
mod reset_link;
mod serve;

use std::fmt::Write;
use std::process::Stdio;

use crate::support::assert_answer;
use crate::support::process::{Finished, frontgate};

fn run(arguments: &[&str]) -> Finished {
    let folder = tempfile::TempDir::new().unwrap();
    Finished::of(&mut frontgate(folder.path(), arguments, &[]))
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let root = run(&["--help"]);
    assert_eq!(root.code, Some(0));
    let commands = root.stdout.split("Commands:\n").nth(1).unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.split_whitespace().next());
    let mut all = root.stdout.clone();
    for command in commands.filter(|command| *command != "help") {
        let help = run(&[command, "--help"]);
        assert_eq!(help.code, Some(0), "{help}");
        assert!(help.stdout.contains("Example:\n  "), "{help}");
        write!(all, "\n==== {command} ====\n{}", help.stdout).unwrap();
    }
    assert_answer!("cli_help", all);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = tempfile::TempDir::new().unwrap();
    for arguments in [&["check"] as &[&str], &["openapi"]] {
        let mut child = frontgate(folder.path(), arguments, &[])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = Finished::from(child.wait_with_output().unwrap());
        assert_eq!(ended.to_string(), "exit code 0\n\n");
    }
}

#[test]
fn an_unknown_command_or_flag_is_exit_code_2() {
    for arguments in [
        &["server"] as &[&str],
        &["check", "--deplyo"],
        &["createsuperuser"],
    ] {
        let ended = run(arguments);
        assert_eq!(ended.code, Some(2), "{ended}");
    }
}
