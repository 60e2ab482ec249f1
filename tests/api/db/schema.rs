//! Both databases have the same tables, columns and indexes.

use std::collections::BTreeSet;

use crate::support::{Backend, TestDatabase, text};

/// The lines that each expression gives, without the migrations' own table.
fn compare(sqlite: &str, postgres: &str) -> [BTreeSet<String>; 2] {
    [(Backend::Sqlite, sqlite), (Backend::Postgres, postgres)].map(|(backend, expression)| {
        let database = TestDatabase::migrated(backend);
        let lines = text(&mut database.connect(), expression);
        let lines = lines.lines().filter(|line| !line.starts_with("__diesel"));
        lines.map(str::to_owned).collect()
    })
}

#[test]
fn columns_have_corresponding_types_and_nullability() {
    let [sqlite, postgres] = compare(
        "(SELECT group_concat(t.name || '.' || c.name || ' ' || c.type || CASE c.\"notnull\" WHEN 1 THEN ' NOT NULL' ELSE '' END, char(10)) FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%')",
        "(SELECT string_agg(table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END, chr(10)) FROM information_schema.columns WHERE table_schema = 'public')",
    );
    let postgres: BTreeSet<_> = postgres
        .iter()
        .map(|line| {
            let mut line = line.clone();
            for (theirs, ours) in [
                (".id bigint", ".id INTEGER"),
                (" bigint", " BIGINT"),
                (" text", " TEXT"),
                (" boolean", " BOOLEAN"),
                (" timestamp without time zone", " TIMESTAMP"),
                (" bytea", " BLOB"),
            ] {
                line = line.replace(theirs, ours);
            }
            line
        })
        .collect();
    assert!(sqlite.len() > 80, "{sqlite:#?}");
    assert_eq!(sqlite, postgres);
}

#[test]
fn indexes_have_the_same_names_and_columns() {
    let [sqlite, postgres] = compare(
        "(SELECT group_concat(t.name || ' ' || i.\"unique\" || ' ' || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)), char(10)) FROM sqlite_master t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin <> 'pk')",
        "(SELECT string_agg(t.relname || ' ' || CASE WHEN i.indisunique THEN 1 ELSE 0 END || ' ' || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey::int[]) WITH ORDINALITY k(number, place) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number), chr(10)) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND NOT i.indisprimary)",
    );
    assert!(sqlite.len() > 20, "{sqlite:#?}");
    assert_eq!(sqlite, postgres);
}
