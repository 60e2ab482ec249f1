//! `frontgate openapi`.

use std::error::Error;
use std::process::ExitCode;

use crate::config::Settings;
use crate::openapi::openapi;

pub(super) fn print(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    super::print(&(openapi(settings).to_pretty_json()? + "\n"))?;
    Ok(ExitCode::SUCCESS)
}
