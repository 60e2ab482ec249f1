//! The plans of the databases.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use frontgate::db::AnyConnection;

/// How the database would find the rows, were there very many.
pub fn plan(connection: &mut AnyConnection, query: &str) -> String {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        line: String,
    }
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    match connection {
        AnyConnection::Pg(pg) => {
            pg.batch_execute("SET enable_seqscan = off").unwrap();
            let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN {query}"))
                .load(pg)
                .unwrap();
            lines.into_iter().map(|line| line.line).collect()
        }
        AnyConnection::Sqlite(sqlite) => {
            let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"))
                .load(sqlite)
                .unwrap();
            steps.into_iter().map(|step| step.detail).collect()
        }
    }
}
