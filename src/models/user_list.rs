//! Users as an operator looks for them; never with their password's hash.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::AnyConnection;
use crate::email::{KEY_VERSION, Keys};
use crate::models::listing::{Condition, Driver, Filter, Listing, Order, Present};
use crate::schema::users;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct ListedUser {
    /// Primary key.
    pub id: i64,
    /// The address as it was typed, its domain lower-cased.
    pub email: String,
    /// Given name, may be empty.
    pub first_name: String,
    /// Family name, may be empty.
    pub last_name: String,
    /// Whether the user may log in at all.
    pub is_active: bool,
    /// Whether the admin lets the user in.
    pub is_staff: bool,
    /// Whether the user may do everything in the admin.
    pub is_superuser: bool,
    /// When the account was made.
    pub date_joined: NaiveDateTime,
    /// When it last logged in.
    pub last_login: Option<NaiveDateTime>,
}

/// Which users are looked for: those of whom everything holds that is not left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Whose address contains this, whatever its case. No index serves it: show what
    /// [`UserFilter::exact`] finds before the page.
    pub search: Option<String>,
    /// Who may log in, or who may not.
    pub active: Option<bool>,
    /// Whom the admin lets in, or whom it does not.
    pub staff: Option<bool>,
    /// Who may do everything, or who may not.
    pub superuser: Option<bool>,
    /// Who has never logged in.
    pub never_logged_in: bool,
    /// Who last logged in then or later.
    pub logged_in_from: Option<NaiveDateTime>,
    /// Who joined then or later.
    pub joined_from: Option<NaiveDateTime>,
    /// Who joined before then.
    pub joined_before: Option<NaiveDateTime>,
    /// Who comes first.
    pub order: UserOrder,
}

/// In which order users are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserOrder {
    /// Who joined last comes first: by the time, or by the primary key where the index has
    /// them in that order.
    #[default]
    Joined,
    /// Who logged in last comes first; who never did is not listed, unless nobody else is
    /// looked for.
    LastLogIn,
}

impl UserFilter {
    /// The user of the address that is searched for, in whichever of its forms, and the one of
    /// that primary key, regardless of the other filters.
    pub fn exact(&self, connection: &mut AnyConnection) -> QueryResult<Vec<ListedUser>> {
        let Some(search) = self.search.as_deref() else {
            return Ok(Vec::new());
        };
        let search = search.trim();
        // No address holds a NUL, and PostgreSQL takes none.
        if search.contains('\0') {
            return Ok(Vec::new());
        }
        let id: i64 = search.parse().unwrap_or_default();
        let keys = Keys::of(search);
        let by_current = users::email_key.eq(keys.current);
        // As a current key the folded one may be another address's.
        let by_folded = users::email_key
            .eq(keys.folded)
            .and(users::email_key_version.lt(KEY_VERSION));
        users::table
            .filter(by_current.or(by_folded).or(users::id.eq(id)))
            .order(users::id)
            .select(ListedUser::as_select())
            .load(connection)
    }

    /// The index of the few, else that of the order.
    fn driver(&self) -> (Driver, Vec<Condition>) {
        let never = self.never_logged_in;
        let by_last_log_in = self.order == UserOrder::LastLogIn && !never;
        let flag = |wanted: Option<bool>, yes, no| {
            let sql = wanted.map(|wanted| if wanted { yes } else { no });
            sql.map(|sql| Condition::new(sql, []))
        };
        let few = [
            (self.superuser == Some(true), "is_superuser"),
            (self.staff == Some(true), "is_staff"),
            (self.active == Some(false), "NOT is_active"),
            (never, "last_login IS NULL"),
        ];
        let mut few = few.into_iter().filter(|(wanted, _)| *wanted);
        let few = few.next().filter(|_| !by_last_log_in);
        let mut conditions: Vec<_> = few
            .map(|(_, sql)| Condition::new(sql, []))
            .into_iter()
            .collect();
        if by_last_log_in {
            conditions.push(Condition::new("last_login IS NOT NULL", []));
        }
        let order = match self.order {
            _ if few.is_some() => Order::Id,
            UserOrder::LastLogIn => Order::Time("last_login"),
            UserOrder::Joined => Order::Time("date_joined"),
        };
        let further = [
            flag(self.superuser, "is_superuser", "NOT is_superuser"),
            flag(self.staff, "is_staff", "NOT is_staff"),
            flag(self.active, "is_active", "NOT is_active"),
            never.then(|| Condition::new("last_login IS NULL", [])),
        ];
        let further = further.into_iter().flatten();
        let further = further.filter(|condition| !conditions.contains(condition));
        let further = further.collect();
        let driver = Driver {
            conditions,
            any_of: Vec::new(),
            order,
        };
        (driver, further)
    }
}

/// Whose address contains this: as its key has it, in ASCII, or as it is stored, in Unicode.
/// Of a domain in Unicode whole labels are found in both.
fn containing(part: &str) -> Condition {
    let keys = Keys::of(part);
    Condition::any_contains([
        ("email_key", &keys.folded),
        ("email_key", &keys.current),
        ("email", &part.to_lowercase()),
    ])
}

impl Filter for UserFilter {
    type Row = ListedUser;

    fn listing(&self, _present: &Present) -> Listing {
        let (mut driver, mut further) = self.driver();
        let (from, before) = (self.joined_from, self.joined_before);
        driver.between("date_joined", from, before, &mut further);
        driver.between("last_login", self.logged_in_from, None, &mut further);
        let search = self.search.as_deref().map(str::trim);
        further.extend(search.map(containing));
        Listing {
            table: "users",
            time: "date_joined",
            driver,
            further,
        }
    }

    fn load(
        connection: &mut AnyConnection,
        ids: &[i64],
        _present: &Present,
    ) -> QueryResult<Vec<(i64, ListedUser)>> {
        let rows: Vec<ListedUser> = users::table
            .filter(users::id.eq_any(ids))
            .select(ListedUser::as_select())
            .load(connection)?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}
