//! Migrations are embedded when the crate is compiled: a new one must compile it again.

#[expect(
    clippy::disallowed_macros,
    reason = "cargo reads what a build script prints"
)]
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
