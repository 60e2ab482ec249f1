//! Storage: what each connection promises, migrations, and both schemas alike.

mod backup;
mod check;
mod connect;
mod lock;
mod migrations;
mod schema;
mod standbys;
mod unavailable;
mod unix_socket;
