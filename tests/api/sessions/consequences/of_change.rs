//! The functions of `Change` itself.

use frontgate::models::activity::Kind;
use frontgate::models::event::{EventKind, NewEvent};
use frontgate::rotation::EndReason;
use frontgate::sessions::{self, Refreshed};

use super::{Case, ends, leaves};

const REVOKED: EndReason = EndReason::Revoked;

/// Every function of `Change` that ends, refuses or notes, under its name.
pub(super) const OF_CHANGE: &[Case] = &[
    ends("end", |change, person| {
        assert!(change.end(&person.session, REVOKED)?);
        Ok(())
    }),
    ends("end_by_sid", |change, person| {
        let ended = change.end_by_sid(&person.session.sid, person.user.id, REVOKED)?;
        assert_eq!(ended, Some(true));
        Ok(())
    }),
    ends("end_all", |change, person| {
        assert_eq!(change.end_all(person.user.id, REVOKED)?, 1);
        Ok(())
    }),
    ends("end_others", |change, person| {
        let ended = change.end_others(person.user.id, "another session", REVOKED)?;
        assert_eq!(ended, 1);
        Ok(())
    }),
    ends("end_unlocked", |change, person| {
        assert_eq!(change.end_unlocked(&[person.session.id], REVOKED)?, 1);
        Ok(())
    }),
    ends("end_unlocked_of_many", |change, person| {
        assert_eq!(
            change.end_unlocked_of_many(&[person.session.id], REVOKED)?,
            1
        );
        Ok(())
    }),
    Case {
        events: &["everything_revoked"],
        figures: &[],
        alarms: &["everything_revoked"],
        ..ends("refuse_everything", |change, _| {
            Ok(change.refuse_everything(1, "revoked")?)
        })
    },
    Case {
        events: &["everything_revoked", "session_ended"],
        alarms: &["everything_revoked"],
        ..ends("end_refused", |change, _| {
            sessions::revoke_everything(change)?;
            assert_eq!(change.end_refused(0)?.sessions, 1);
            Ok(())
        })
    },
    Case {
        events: &["key_revoked"],
        figures: &[],
        alarms: &["key_revoked"],
        ..ends("refuse_key", |change, person| {
            Ok(change.refuse_key(&person.policy.key_id)?)
        })
    },
    Case {
        events: &[],
        figures: &[],
        ..ends("learn_ended", |change, person| {
            change.learn_ended(&person.session);
            Ok(())
        })
    },
    Case {
        events: &[],
        figures: &[],
        ..ends("learn", |change, person| {
            change.learn(&person.session.sid, change.now());
            Ok(())
        })
    },
    Case {
        events: &["reuse_detected"],
        figures: &[Kind::ReuseDetected],
        alarms: &["reuse_detected"],
        ..leaves("note", |change, person| {
            Ok(change.note(&NewEvent {
                user_id: Some(person.user.id),
                ..change.event(EventKind::ReuseDetected)
            })?)
        })
    },
    Case {
        figures: &[Kind::Refreshed],
        ..leaves("rotate", |change, person| {
            let (policy, arrived) = (&person.policy, change.now());
            let refreshed = sessions::refresh(change, policy, &person.current, arrived)?;
            assert!(matches!(refreshed, Refreshed::Rotated(_)));
            Ok(())
        })
    },
    Case {
        figures: &[Kind::Refreshed, Kind::RefreshRepeated],
        ..leaves("repeat", |change, person| {
            let (policy, arrived) = (&person.policy, change.now());
            let refreshed = sessions::refresh(change, policy, &person.current, arrived)?;
            assert!(matches!(refreshed, Refreshed::Rotated(_)));
            let repeated = sessions::refresh(change, policy, &person.current, arrived)?;
            assert!(matches!(repeated, Refreshed::Repeated(_)));
            Ok(())
        })
    },
];
