//! PostgreSQL is recovered to a point in time, and `frontgate restored` is run, as `docs/runbook.md` says.

use serde_json::{Value, json};

use crate::support::{
    Answer, Cluster, NodeSettings, PrivatePostgres, count, execute, run, wait_until,
};

fn ask(cluster: &Cluster, path: &str, email: &str, refresh: Option<&str>) -> Answer {
    let url = format!("http://{}/api/v1/users/{path}/", cluster.addresses[0]);
    let mut request = cluster.http.post(url);
    if let Some(refresh) = refresh {
        request = request.header("Cookie", format!("refresh={refresh}"));
    } else {
        request = request.json(&json!({ "email": email, "password": crate::support::PASSWORD }));
    }
    Answer::of(request, 0)
}

#[test]
fn after_a_recovery_to_a_point_in_time_nothing_from_before_or_after_it_is_good() {
    let postgres = PrivatePostgres::start();
    let folder = tempfile::TempDir::new().unwrap();
    let cluster = Cluster::at(&postgres.url, folder.path(), &[NodeSettings::default()]);
    postgres.back_up();
    let refresh = |answer: &Answer| answer.tokens["refresh"].text.clone();
    let ada = refresh(&ask(&cluster, "create", "ada@example.com", None));
    execute(&postgres.url, &["SELECT pg_create_restore_point('noon')"]);
    let eve = refresh(&ask(&cluster, "create", "eve@example.com", None));
    assert_eq!(ask(&cluster, "logout", "", Some(&ada)).status, Some(200));
    cluster.stop(0);

    let recovered = postgres.recover_to("noon");
    let url = recovered.url();
    wait_until("it takes changes", || {
        count(url, "SELECT count(*) WHERE NOT pg_is_in_recovery()") == 1
    });
    assert_eq!(count(url, "SELECT count(*) FROM users"), 1);
    assert_eq!(
        count(url, "SELECT count(*) FROM sessions WHERE ended_at IS NULL"),
        1,
        "ada's lives again"
    );
    run(&mut cluster.node(0).command(&["restored", "--yes"]), "");
    cluster.spawn(0);
    cluster.wait_until_ready(0);
    for token in [&ada, &eve] {
        assert_eq!(ask(&cluster, "refresh", "", Some(token)).status, Some(401));
    }
    assert_eq!(
        ask(&cluster, "login", "ada@example.com", None).status,
        Some(200)
    );
    let other = ask(&cluster, "create", "grace@example.com", None);
    let other: Value = serde_json::from_str(&other.body).unwrap();
    assert!(other["user_id"].as_i64().unwrap() > 1_000_000, "{other}");
}
