//! Settings: where they come from, what is right for them, and that no secret is shown.

mod byte_order_mark;
mod deploy;
mod log_level;
mod postgres_url;
mod problems;
mod secrets;
mod sqlite_url;

use frontgate::config::{ConfigError, Problem, Settings};
use tempfile::TempDir;

/// The settings of these environment variables alone.
fn settings(environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from_sources(None, environment)
}

/// The problems that these environment variables make.
fn problems(environment: &[(&str, &str)]) -> Vec<Problem> {
    match settings(environment) {
        Err(ConfigError::Problems(problems)) => problems,
        other => panic!("{environment:?} gave {other:?}"),
    }
}

/// The settings of a file with this text, and of these environment variables.
fn with_file(text: &str, environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, text).unwrap();
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from_sources(Some(&path), environment).map_err(|error| match error {
        ConfigError::Problems(mut problems) => {
            // The folder's name differs from run to run.
            for problem in &mut problems {
                if let frontgate::config::Origin::File(path) = &mut problem.origin {
                    *path = "settings.toml".into();
                }
            }
            ConfigError::Problems(problems)
        }
        other @ ConfigError::File { .. } => other,
    })
}

#[test]
fn every_default_is_read_and_found_right_when_it_is_written_out() {
    let environment: Vec<_> = Settings::declarations()
        .map(|setting| {
            let variable = match setting.name {
                "database_url" | "secret_key" => setting.name.to_uppercase(),
                name => format!("FRONTGATE_{}", name.to_uppercase()),
            };
            (variable, setting.default.to_owned())
        })
        .collect();
    let written = Settings::from_sources(None, environment).unwrap();
    let built_in = settings(&[]).unwrap();
    let names: Vec<_> = Settings::declarations().map(|known| known.name).collect();
    assert!(names.len() > 30);
    for ((written, built_in), name) in written.shown.iter().zip(&built_in.shown).zip(names) {
        assert_eq!(
            (written.name, &written.value),
            (name, &built_in.value),
            "declarations, and what is shown, are in one order"
        );
    }
}

#[test]
fn every_setting_is_documented() {
    for setting in Settings::declarations() {
        assert!(!setting.documentation.is_empty(), "{}", setting.name);
    }
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "bcrypt_cost = 10\nthrottle = false\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]";
    let settings = with_file(file, &[("FRONTGATE_BCRYPT_COST", "11")]).unwrap();
    assert_eq!(settings.passwords.bcrypt_cost, 11);
    assert!(!settings.server.throttle);
    assert_eq!(settings.server.trusted_proxies.0.len(), 2);
    assert_eq!(settings.database.database_pool_size, 8);
    let origin = |name| {
        let shown = settings.shown.iter().find(|shown| shown.name == name);
        shown.unwrap().origin.to_string()
    };
    assert_eq!(origin("bcrypt_cost"), "environment, FRONTGATE_BCRYPT_COST");
    assert!(origin("throttle").ends_with("settings.toml"));
    assert_eq!(origin("workers"), "default");
}

#[test]
fn an_empty_variable_counts_as_one_that_is_not_set() {
    let settings = with_file("bcrypt_cost = 10", &[("FRONTGATE_BCRYPT_COST", "")]).unwrap();
    assert_eq!(settings.passwords.bcrypt_cost, 10);
}

#[test]
fn lengths_of_time_are_shown_as_they_are_written() {
    for text in ["90d", "15m", "1h 30m", "500ms", "0s", "1d 1h 1m 1s 1ms 1us"] {
        let settings = settings(&[("FRONTGATE_SHUTDOWN_TIMEOUT", text)]).unwrap();
        let shown = settings
            .shown
            .iter()
            .find(|shown| shown.name == "shutdown_timeout");
        assert_eq!(shown.unwrap().value, text);
    }
}
