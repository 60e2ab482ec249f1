//! From an address and a password to what they open: the same way into the app and the admin.

use crate::app::App;
use crate::error::Error;
use crate::failed_log_ins::Failure;
use crate::models::user::User;
use crate::passwords::Verdict;
use crate::sessions::Client;

/// What a log-in opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A session of the app.
    App,
    /// The admin, which lets in operators alone.
    Admin,
}

/// What somebody typed.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The address, in any case.
    pub address: &'a str,
    /// The password, exactly.
    pub password: &'a str,
}

/// Somebody whose password was just verified, and who may come in.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Who it is, as the database had them when the password was verified.
    pub user: User,
    /// A hash of the same password, to be stored in place of a stale one.
    pub new_hash: Option<String>,
}

/// Verifies a password and lets `open` do what it opens, which returns `None` when the user has
/// changed since. Then they are looked at once more: two log-ins at once may both have found a
/// stale hash. Returns `None` when nobody comes in with it, whichever of the two is wrong, and
/// after the same time.
pub async fn log_in<T>(
    app: &App,
    door: Door,
    typed: Credentials<'_>,
    client: &Client,
    open: impl AsyncFn(Verified) -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    for _ in 0..2 {
        let Some(verified) = verify(app, door, typed, client).await? else {
            return Ok(None);
        };
        let opened = open(verified).await?;
        if opened.is_some() {
            return Ok(opened);
        }
    }
    Ok(None)
}

/// Verifies a password, and counts a failure.
async fn verify(
    app: &App,
    door: Door,
    typed: Credentials<'_>,
    client: &Client,
) -> Result<Option<Verified>, Error> {
    let address = typed.address.to_owned();
    let user = app
        .database
        .read(move |connection| User::find_by_email(connection, &address).map_err(Error::from))
        .await?;
    let stored = user.as_ref().map(|user| user.password.clone());
    let hasher = match &user {
        Some(user) if door == Door::Admin && user.may_operate() => app.passwords.for_operators(),
        _ => app.passwords.clone(),
    };
    let password = || typed.password.to_owned();
    let verdict = hasher.verify(password(), stored).await?;
    let failure = match user {
        None => Failure::UnknownAddress,
        Some(user) if verdict == Verdict::Wrong => Failure::WrongPassword(user.id),
        Some(user) if !user.is_active => Failure::Inactive(user.id),
        Some(user) if door == Door::Admin && !user.may_operate() => Failure::NotStaff(user.id),
        Some(user) => {
            let new_hash = match verdict {
                // A log-in is worth more than a fresher hash.
                Verdict::RightButStale => hasher.encode(password()).await.ok(),
                _ => None,
            };
            return Ok(Some(Verified { user, new_hash }));
        }
    };
    app.log_in_failed(failure, client);
    Ok(None)
}
