//! Changes behind the server's back, as another process makes them.

use diesel::result::Error as DieselError;
use frontgate::clock::Clock;
use frontgate::db::{self, AnyConnection};
use frontgate::sessions::{By, Change, Client, Consequences};

/// A command on whose behalf tests change something, for this operator where there is one.
pub fn by_command(operator: Option<i64>) -> By {
    By {
        client: Client::command_line("test"),
        actor_id: operator,
    }
}

/// Changes something in one transaction; no server learns of what follows.
pub fn change<T, E: From<DieselError>>(
    connection: &mut AnyConnection,
    clock: &Clock,
    by: &By,
    work: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
) -> Result<(T, Consequences), E> {
    db::write_transaction(connection, |connection| within(connection, clock, by, work))
}

/// As [`change`], for tests that ask for nothing that follows.
pub fn elsewhere<T, E: From<DieselError>>(
    connection: &mut AnyConnection,
    clock: &Clock,
    by: &By,
    work: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
) -> Result<T, E> {
    change(connection, clock, by, work).map(|(value, _)| value)
}

/// As [`change`], in a transaction that the test begins and commits.
pub fn within<T, E>(
    connection: &mut AnyConnection,
    clock: &Clock,
    by: &By,
    work: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
) -> Result<(T, Consequences), E> {
    let mut change = Change::new(connection, clock, by);
    let value = work(&mut change)?;
    Ok((value, change.into_consequences()))
}
