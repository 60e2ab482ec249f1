//! The functions that end, refuse or note by those of `Change`.

use chrono::TimeDelta;
use frontgate::guessing::{self, Subject};
use frontgate::models::activity::Kind;
use frontgate::password_reset;
use frontgate::rotation::EndReason;
use frontgate::sessions::{
    self, Changer, PasswordChange, ProfileChange, ProfileError, Refreshed, Role,
};

use super::{Case, EMAIL, ends, leaves};

const REUSE: &[&str] = &["reuse_detected", "session_ended"];

/// Functions that change something by these.
pub(super) const OF_OTHERS: &[Case] = &[
    ends("end_by_refresh_token", |change, person| {
        let (policy, reason) = (&person.policy, EndReason::LoggedOut);
        assert!(sessions::end_by_refresh_token(
            change,
            policy,
            &person.current,
            reason
        )?);
        Ok(())
    }),
    Case {
        events: REUSE,
        figures: &[Kind::ReuseDetected, Kind::SessionEnded],
        alarms: &["reuse_detected"],
        ..ends("end_if_reused", |change, person| {
            let reused = sessions::end_if_reused(change, &person.policy, &person.superseded)?;
            assert!(reused);
            Ok(())
        })
    },
    Case {
        events: REUSE,
        figures: &[Kind::ReuseDetected, Kind::SessionEnded],
        alarms: &["reuse_detected"],
        ..ends("refresh", |change, person| {
            let arrived = change.now();
            let refreshed = sessions::refresh(change, &person.policy, &person.superseded, arrived)?;
            assert!(matches!(refreshed, Refreshed::Reuse));
            Ok(())
        })
    },
    ends("log_out", |change, person| {
        let access = Some(person.access.as_ref());
        let email = sessions::log_out(change, &person.policy, access, Some(&person.current))?;
        assert_eq!(email.as_deref(), Some(EMAIL));
        Ok(())
    }),
    ends("blacklist_token", |change, person| {
        let became = sessions::blacklist_token(change, &person.current.jti)?;
        assert_eq!(became, Some(sessions::BlacklistedToken::Ended));
        Ok(())
    }),
    Case {
        events: &["password_changed", "session_ended"],
        ..ends("change_password", |change, person| {
            let how = PasswordChange::OldPassword(&person.session.sid);
            let ended = sessions::change_password(change, person.user.id, "!", how)?;
            assert_eq!(ended, 1);
            Ok(())
        })
    },
    Case {
        events: &["reset_link_made", "password_changed", "session_ended"],
        ..ends("set_password", |change, person| {
            let (id, hour) = (person.user.id, TimeDelta::hours(1));
            let token = password_reset::make(change, id, hour)?.unwrap();
            let now = change.now();
            let link = password_reset::Link::find(change.connection, &token, now)?;
            assert!(link.unwrap().set_password(change, "!")?);
            Ok(())
        })
    },
    Case {
        events: &["profile_changed", "session_ended", "logged_in"],
        figures: &[Kind::LoggedIn, Kind::SessionEnded],
        ..ends("change_profile", |change, person| {
            let wanted = ProfileChange {
                email: Some("ada@example.org".to_owned()),
                ..ProfileChange::default()
            };
            let own = Changer {
                user: &person.user,
                sid: &person.session.sid,
            };
            let verified = Some(person.user.password.as_str());
            let moved = sessions::change_profile(change, &person.policy, own, &wanted, verified)?;
            assert!(matches!(moved, sessions::ProfileChanged::Moved(..)));
            Ok(())
        })
    },
    Case {
        events: &["session_ended", "profile_changed"],
        ..ends("rename", |change, person| {
            let renamed = sessions::rename(change, None, person.user.id, "ada@example.org");
            assert_eq!(renamed.map_err(ProfileError::from)?, 1);
            Ok(())
        })
    },
    Case {
        events: &["deactivated", "session_ended"],
        ..ends("deactivate", |change, person| {
            assert_eq!(sessions::deactivate(change, person.user.id)?, 1);
            Ok(())
        })
    },
    Case {
        events: &["session_ended", "user_deleted"],
        ..ends("delete_user", |change, person| {
            assert_eq!(sessions::delete_user(change, person.user.id, None)?, 1);
            Ok(())
        })
    },
    Case {
        events: &["logged_in", "session_ended"],
        figures: &[Kind::LoggedIn, Kind::SessionEnded],
        ..ends("open_for_log_in", |change, person| {
            let (policy, previous) = (&person.policy, Some(&person.current));
            let pair = sessions::open_for_log_in(change, policy, &person.user, None, previous)?;
            assert_ne!(pair.access.sid, person.session.sid);
            Ok(())
        })
    },
    Case {
        events: &["key_revoked"],
        figures: &[],
        alarms: &["key_revoked"],
        ..ends("revoke_key", |change, person| {
            assert!(sessions::revoke_key(change, &person.policy.key_id)?);
            Ok(())
        })
    },
    Case {
        events: &["everything_revoked"],
        figures: &[],
        alarms: &["everything_revoked"],
        ..ends("revoke_after_restore", |change, _| {
            sessions::revoke_after_restore(change, 0)?;
            Ok(())
        })
    },
    Case {
        events: &["staff_granted", "superuser_granted"],
        alarms: &["staff_granted", "superuser_granted"],
        ..leaves("set_role", |change, person| {
            assert!(sessions::set_role(change, &person.user, Role::Superuser)?);
            Ok(())
        })
    },
    Case {
        events: &["superuser_created"],
        alarms: &["superuser_created"],
        ..leaves("create_superuser", |change, _| {
            sessions::create_superuser(change, "root@example.com", "!".to_owned())?;
            Ok(())
        })
    },
    Case {
        events: &["guessing_suspected"],
        figures: &[Kind::GuessingSuspected],
        alarms: &["guessing_suspected"],
        ..leaves("note_due", |change, person| {
            let due = [(Subject::User(person.user.id), 100)];
            Ok(guessing::note_due(change, &due)?)
        })
    },
];
