//! What other programs read in the files.

use std::process::Command;

use frontgate::models::event::{EventKind, NewEvent};
use frontgate::visible;
use serde_json::Value;

use crate::support::{Backend, TestApp, on_both_databases};

/// Reads a file of the first argument as Python's `csv` does, split at the second.
const SCRIPT: &str = "import csv, json, sys\n\
                      with open(sys.argv[1], newline='', encoding='utf-8') as file:\n \
                      print(json.dumps(list(csv.reader(file, delimiter=sys.argv[2]))))";
/// What begins a formula wherever it stands at the beginning of a cell.
const FORMULAS: [&str; 8] = ["=1", "+1", "-1", "@A1", "＝1", "＋1", "－1", "＠A1"];
/// What stands before it, and does not hide it from every spreadsheet.
const BEFORE: [&str; 20] = [
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\u{a0}",
    "\u{feff}",
    "\u{1}",
    "\"",
    "\"\"",
    " \" ",
    "x;",
    "x; ",
    "x;\"",
    "x\t",
    "x\n",
    "x\r\"",
    ";;",
    "x, y;\"\"",
];

fn read(app: &TestApp, file: &str, delimiter: &str) -> Vec<Vec<String>> {
    let path = app.database.folder.path().join("events.csv");
    std::fs::write(&path, file).unwrap();
    let root = env!("CARGO_MANIFEST_DIR");
    let mut script = Command::new(format!("{root}/target/python/bin/python"));
    let output = script
        .args(["-c", SCRIPT])
        .arg(&path)
        .arg(delimiter)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

on_both_databases! {
    async fn no_spreadsheet_finds_a_formula_and_every_reader_finds_the_text(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut agents: Vec<String> = BEFORE.iter().flat_map(|before| FORMULAS.map(|formula| format!("{before}{formula}"))).collect();
        agents.extend(["a, \"b\"\r\n\"\"c", "Mozilla/5.0 (X11; Linux x86_64) -1", "a=b;c=d", "'"].map(str::to_owned));
        let events: Vec<_> = agents.iter().map(|agent| NewEvent {
            kind: EventKind::LoggedIn,
            user_agent: Some(agent),
            reason: Some(agent),
            detail: Some(agent),
            ..NewEvent::default()
        }).collect();
        NewEvent::insert_all(&mut app.connect(), &events, app.clock.now()).unwrap();

        let file = operator.get("/admin/events/export.csv?kind=logged_in").await.body;
        let rows = read(&app, &file, ",");
        assert_eq!(rows.len(), 1 + agents.len());
        for (row, agent) in rows[1..].iter().zip(agents.iter().rev()) {
            assert_eq!(row.len(), rows[0].len(), "{row:?}");
            let (detail, texts) = row[10..].split_last().unwrap();
            for cell in texts {
                assert_eq!(cell.replace('\'', ""), visible::in_lines(agent).replace('\'', ""));
            }
            // The column of JSON.
            assert_eq!(detail.replace('\'', ""), visible::json(agent).replace('\'', ""));
        }
        // What holds no formula stays as it is.
        assert_eq!(rows[1][10], "'");
        assert_eq!(rows[2][10], "a=b;c=d");
        assert_eq!(rows[3][10], "Mozilla/5.0 (X11; Linux x86_64) -1");
        for delimiter in [",", ";", "\t"] {
            for cell in read(&app, &file, delimiter).iter().flatten() {
                let begins = cell.trim_start_matches(|letter: char| letter.is_whitespace() || letter.is_control() || "\"\u{feff}".contains(letter));
                assert!(!begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{delimiter:?}: {cell:?}");
            }
        }

        let lines = operator.get("/admin/events/export.jsonl?kind=logged_in").await.body;
        let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let found: Vec<_> = read.iter().rev().map(|line| line["user_agent"].as_str().unwrap()).collect();
        assert_eq!(found, agents);
    }
}
