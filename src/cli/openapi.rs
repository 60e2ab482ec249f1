//! `frontgate openapi`.

use std::error::Error;
use std::process::ExitCode;

use crate::config::Settings;
use crate::openapi::openapi;

pub(super) fn print(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    println!("{}", openapi(settings).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
