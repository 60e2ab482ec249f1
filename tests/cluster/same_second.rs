//! Seconds are too coarse to say what came first; generations say it.

use crate::support::{Cluster, NEW_PASSWORD, PASSWORD, Person, wait_until};

/// The old tokens are dead everywhere and the new ones live, from the first moment on.
fn old_is_dead_and_new_lives(old: &mut Person<'_>, new: &mut Person<'_>, at: usize) {
    assert_eq!(new.info(at).status, Some(200));
    assert_eq!(old.info(at).status, Some(401));
    for node in 0..3 {
        assert_eq!(new.info(node).status, Some(200));
        assert_eq!(old.refresh(node).status, Some(401));
        wait_until("the node refuses", || old.info(node).status == Some(401));
        assert_eq!(new.info(node).status, Some(200));
        assert_eq!(new.refresh(node).status, Some(200));
    }
}

#[test]
fn who_logs_out_everywhere_and_logs_in_again_within_the_same_second_is_in() {
    let cluster = Cluster::start(3);
    let mut ada = cluster.person("ada", 0);
    let mut same_second = 0;
    for round in 0..12 {
        let at = round % 3;
        let mut old = ada.thief();
        let old_second = old.access.as_ref().unwrap().made_at();
        ada.refresh = None;
        assert_eq!(ada.log_out_all(at).status, Some(200));
        assert_eq!(ada.log_in(at).status, Some(200));
        let access = ada.access.clone().unwrap();
        same_second += usize::from(access.made_at() == old_second);
        old_is_dead_and_new_lives(&mut old, &mut ada, at);
        // A session that is as young as can be.
        assert_eq!(ada.log_in(at).status, Some(200));
    }
    assert!(same_second > 0, "no round was within one second");
}

#[test]
fn who_changes_the_password_goes_on_at_once_and_alone() {
    let cluster = Cluster::start(3);
    let mut ada = cluster.person("ada", 0);
    for (round, new) in [NEW_PASSWORD, PASSWORD, NEW_PASSWORD]
        .into_iter()
        .enumerate()
    {
        let mut old = ada.thief();
        let mut other = cluster.stranger("ada");
        other.password.clone_from(&ada.password);
        assert_eq!(other.log_in(round).status, Some(200));
        assert_eq!(ada.change_password(round, new).status, Some(200));
        old_is_dead_and_new_lives(&mut old, &mut ada, round);
        old_is_dead_and_new_lives(&mut other, &mut ada, round);
        assert_eq!(other.log_in(round).status, Some(404));
    }
}

#[test]
fn who_ends_the_other_sessions_stays_and_nobody_else_does() {
    let cluster = Cluster::start(3);
    let mut ada = cluster.person("ada", 0);
    for at in 0..3 {
        let mut others: Vec<_> = (0..3).map(|_| cluster.stranger("ada")).collect();
        for (node, other) in others.iter_mut().enumerate() {
            assert_eq!(other.log_in(node).status, Some(200));
        }
        assert_eq!(ada.log_out_others(at).status, Some(200));
        for other in &mut others {
            old_is_dead_and_new_lives(other, &mut ada, at);
        }
    }
}
