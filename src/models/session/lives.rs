//! SQL that says of a row of `sessions` what [`Life`](crate::rotation::Life) says of it in
//! memory: a test holds the two together.

macro_rules! not_ended {
    () => {
        "ended_at IS NULL"
    };
}
macro_rules! unexpired {
    () => {
        "expires_at > ?"
    };
}
/// The subquery is the generation that the session's user has now; null of one who may have no
/// sessions. In this place it is an index's look-up for each row, under any plan.
macro_rules! not_refused {
    ($row:literal) => {
        concat!(
            "generation >= ? AND generation = COALESCE((SELECT u.generation \
             FROM users u WHERE u.id = ",
            $row,
            ".user_id AND u.is_active), -1)"
        )
    };
}

/// The row was not ended.
pub(in crate::models) const NOT_ENDED: &str = not_ended!();
/// The row was ended.
pub(in crate::models) const ENDED: &str = "ended_at IS NOT NULL";
/// Its current refresh token expires after the value.
pub(in crate::models) const UNEXPIRED: &str = unexpired!();
/// Its current refresh token expires no later than the value.
pub(in crate::models) const EXPIRED: &str = "expires_at <= ?";
/// Nothing refuses the row `c`, where the value is the floor.
pub(in crate::models) const NOT_REFUSED: &str = not_refused!("c");
/// Something refuses the row `c`, where the value is the floor.
pub(in crate::models) const REFUSED: &str = concat!("NOT (", not_refused!("c"), ")");
/// The row lives, where the values are the present moment and the floor; nothing renames
/// `sessions`.
pub(in crate::models) const LIVES: &str = concat!(
    not_ended!(),
    " AND ",
    unexpired!(),
    " AND ",
    not_refused!("sessions")
);
