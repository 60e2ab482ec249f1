//! The command line is a second process on the server's own file.

use crate::history::Ask;
use crate::support::{Backend, Cluster, NEW_PASSWORD, NodeSettings, wait_until};

fn one_server() -> Cluster {
    Cluster::with(Backend::Sqlite, &[NodeSettings::default()])
}

#[test]
fn changepassword_beside_a_sqlite_server_is_heard_within_the_lease() {
    let cluster = one_server();
    let mut honest = cluster.person("honest", 0);
    let mut ada = cluster.person("ada", 0);
    assert_eq!(ada.info(0).status, Some(200));
    let command = ["changepassword", "--email", &ada.email, "--password-stdin"];
    cluster.command_aside(Ask::EndAll, &ada, None, &command, NEW_PASSWORD);
    wait_until("the server refuses", || ada.info(0).status == Some(401));
    assert_eq!(ada.refresh(0).status, Some(401));
    assert_eq!(ada.log_in(0).status, Some(404));
    NEW_PASSWORD.clone_into(&mut ada.password);
    assert_eq!(ada.log_in(0).status, Some(200));
    assert_eq!(ada.info(0).status, Some(200));
    assert_eq!(honest.info(0).status, Some(200));
}

#[test]
fn sessions_revoke_beside_a_sqlite_server_is_heard_within_the_lease() {
    let cluster = one_server();
    let mut honest = cluster.person("honest", 0);
    let mut ada = cluster.person("ada", 0);
    let mut phone = cluster.stranger("ada");
    assert_eq!(phone.log_in(0).status, Some(200));

    let lost = phone.session().to_owned();
    let command = ["sessions", "revoke", "--session", &lost, "--yes"];
    cluster.command_aside(Ask::End, &phone, Some(&lost), &command, "");
    wait_until("the server refuses", || phone.info(0).status == Some(401));
    assert_eq!(phone.refresh(0).status, Some(401));
    assert_eq!(ada.info(0).status, Some(200));

    let command = ["sessions", "revoke", "--user", &ada.email, "--yes"];
    cluster.command_aside(Ask::EndAll, &ada, None, &command, "");
    wait_until("the server refuses", || ada.info(0).status == Some(401));
    assert_eq!(ada.refresh(0).status, Some(401));
    assert_eq!(honest.info(0).status, Some(200));

    let command = ["sessions", "revoke", "--all", "--yes"];
    cluster.command_aside(Ask::EndAll, &honest, None, &command, "");
    wait_until("the server refuses", || honest.info(0).status == Some(401));
    assert_eq!(honest.refresh(0).status, Some(401));
    for person in [&mut ada, &mut phone, &mut honest] {
        person.refresh = None;
        assert_eq!(person.log_in(0).status, Some(200));
        assert_eq!(person.info(0).status, Some(200));
    }
}
