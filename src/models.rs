//! One file a table; model functions own the SQL. They take a connection and return
//! `QueryResult`; what is missing is `None`; a change says how many rows it changed.

pub mod activity;
pub mod address;
pub mod address_hold;
pub mod admin_session;
pub mod alarm;
pub mod blacklisted_token;
pub mod blacklisted_token_list;
pub(crate) mod bulk_end;
pub mod earlier_places;
pub mod event;
pub mod event_list;
pub mod failure_count;
pub mod job;
pub mod listing;
pub mod live_session;
pub mod node;
pub mod one_time_token;
pub mod outstanding_token;
pub mod outstanding_token_list;
pub mod purge;
pub mod revocation;
pub mod seed;
pub mod session;
pub mod session_count;
pub mod session_list;
pub mod token_facts;
pub mod user;
pub mod user_list;
