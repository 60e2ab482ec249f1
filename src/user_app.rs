//! The user endpoints, one file a view, named as in the Django `user_app`.

pub mod change_password;
pub mod change_profile;
pub mod confirm_reset;
pub mod create_user;
pub mod delete_account;
pub mod end_session;
pub mod info;
pub mod log_in;
pub mod log_out;
pub mod log_out_all;
pub mod log_out_others;
pub mod profile;
pub mod refresh;
pub mod sessions;
pub mod user_answer;

mod fields;
mod own;
mod own_password;
mod request;
mod token_cookies;

use chrono::{NaiveDateTime, SecondsFormat};
use serde::Serialize;
use utoipa::ToSchema;

use self::own::{change_own, change_own_among_superusers, current_user};
use self::own_password::{check_password, is_password, wrong_password};
use self::request::{clear_cookies, client, refresh_cookie, refresh_token};
use self::token_cookies::{opened, with_access_cookie, with_cookies};

pub use token_cookies::{ACCESS_EXPIRES_IN, REFRESH_GRACE};

/// How many sessions a log-out ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ended": 3}))]
pub struct EndedAnswer {
    /// The sessions that lived until now.
    pub ended: usize,
}

/// A moment of the database, in whole seconds (RFC 3339).
fn rfc_3339(moment: NaiveDateTime) -> String {
    moment.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}
