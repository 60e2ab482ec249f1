//! Who runs a command.

use nix::unistd::{User, geteuid};

/// The name of the system user that this process runs as; the number where there is no name.
pub(super) fn name() -> String {
    let id = geteuid();
    let user = User::from_uid(id).ok().flatten();
    user.map_or_else(|| id.to_string(), |user| user.name)
}
