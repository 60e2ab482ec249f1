//! The command line.

mod account;
mod flush_expired_tokens;
mod health_check;
mod openapi;
mod output;
mod reset_link;
mod restored;
mod seed;
mod serve;
pub mod sessions;
mod users;

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
    let mut all = String::new();
    explain(&[], &mut all);
    assert_answer!("cli_help", all);
}

/// Appends what a command says of itself, and then each of its own commands.
fn explain(command: &[&str], all: &mut String) {
    let help = run(&[command, &["--help"]].concat());
    assert_eq!(help.code, Some(0), "{help}");
    let example = ["Example:\n  ", "Examples:\n  "];
    assert!(
        example.iter().any(|words| help.stdout.contains(words)),
        "{help}"
    );
    write!(all, "\n==== {} ====\n{}", command.join(" "), help.stdout).unwrap();
    let Some((_, commands)) = help.stdout.split_once("Commands:\n") else {
        return;
    };
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.split_whitespace().next());
    for own in commands.filter(|own| *own != "help") {
        explain(&[command, &[own]].concat(), all);
    }
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
