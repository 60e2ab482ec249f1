//! The `frontgate` command.

use std::process::ExitCode;

use clap::Parser;
use frontgate::cli::CommandLine;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match CommandLine::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("frontgate: {error}");
            ExitCode::FAILURE
        }
    }
}
