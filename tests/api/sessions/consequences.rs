//! What must follow from each way to end, to refuse or to note something, right after its
//! commit: this node's memory, the event, the figures and the alarm.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::app::App;
use frontgate::error::Error;
use frontgate::guessing::{self, Subject};
use frontgate::models::activity::Kind;
use frontgate::models::alarm::counted_as;
use frontgate::models::event::{EventKind, NewEvent};
use frontgate::models::session::Session;
use frontgate::models::user::User;
use frontgate::password_reset;
use frontgate::rotation::EndReason;
use frontgate::schema::events;
use frontgate::sessions::{
    self, Change, Changer, PasswordChange, Policy, ProfileChange, ProfileError, Refreshed, Role,
};
use frontgate::tokens::{AccessToken, RefreshToken, TokenError};

use crate::support::change::by_command;
use crate::support::{Backend, TestApp, on_both_databases, rows, wait_for};

const EMAIL: &str = "ada@example.com";

/// Somebody with one session, whose first refresh token was superseded longer ago than the
/// grace lasts.
struct Person {
    user: User,
    session: Session,
    access: Arc<AccessToken>,
    superseded: RefreshToken,
    current: RefreshToken,
    policy: Arc<Policy>,
}

/// What one way does to the person, and what must follow.
struct Case {
    /// The function of `Change`, or of `sessions` and others.
    name: &'static str,
    work: fn(&mut Change<'_>, &Person) -> Result<(), Error>,
    /// Whether the access token is refused.
    refuses: bool,
    /// The events, in the order of their rows.
    events: &'static [&'static str],
    figures: &'static [Kind],
    alarms: &'static [&'static str],
}

const ENDED: &[Kind] = &[Kind::SessionEnded];

/// Ways that end the session, and note that alone.
const fn ends(name: &'static str, work: fn(&mut Change<'_>, &Person) -> Result<(), Error>) -> Case {
    Case {
        name,
        work,
        refuses: true,
        events: &["session_ended"],
        figures: ENDED,
        alarms: &[],
    }
}

/// Ways that leave the token as good as it was.
const fn leaves(
    name: &'static str,
    work: fn(&mut Change<'_>, &Person) -> Result<(), Error>,
) -> Case {
    Case {
        refuses: false,
        events: &[],
        figures: &[],
        ..ends(name, work)
    }
}

const REVOKED: EndReason = EndReason::Revoked;

/// Every function of [`Change`] that ends, refuses or notes, under its name.
const OF_CHANGE: &[Case] = &[
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

/// Functions that change something by these.
const OF_OTHERS: &[Case] = &[
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

const REUSE: &[&str] = &["reuse_detected", "session_ended"];

impl Case {
    async fn check(&self, backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let superseded = browser.refresh_token().to_owned();
        browser.refresh().await;
        app.advance(TimeDelta::seconds(11));
        wait_for(|| app.state.check_lease().is_ok()).await;
        // What memory knows from here on, it knows by the commit alone.
        app.state.feed.stop();
        wait_for(|| app.state.feed.threads() == 0).await;
        let (keys, now) = (&app.state.keys, app.clock.now());
        let access = browser.access().to_owned();
        let person = Person {
            user: rows::user(&app, EMAIL),
            session: Session::lock(&mut app.connect(), &browser.sid())
                .unwrap()
                .unwrap(),
            access: app.state.verify_access(&access).unwrap(),
            superseded: keys.verify_refresh(&superseded, now).unwrap(),
            current: keys.verify_refresh(browser.refresh_token(), now).unwrap(),
            policy: Arc::clone(&app.state.policy),
        };
        app.state.alarms.open(|| actix_web::rt::spawn(async {}));
        let (noted, counted) = (noted(&app), figures(&app).await);
        let work = self.work;
        App::change(&app.state, by_command(None), move |change| {
            work(change, &person)
        })
        .await
        .unwrap();

        let refused = matches!(
            app.state.verify_access(&access),
            Err(Error::Token(TokenError::Revoked))
        );
        assert_eq!(refused, self.refuses, "{}: memory", self.name);
        let events: Vec<_> = self::noted(&app).split_off(noted.len());
        assert_eq!(events, self.events, "{}: events", self.name);
        let mut expected = counted;
        for kind in self.figures {
            expected[*kind as usize] += 1;
        }
        assert_eq!(figures(&app).await, expected, "{}: figures", self.name);
        app.state.alarms.stop().await;
        let mut alarms = Vec::new();
        while let Some(alarm) = app.state.alarms.next().await {
            alarms.push(alarm.kind);
        }
        assert_eq!(alarms, self.alarms, "{}: alarms", self.name);
    }
}

fn noted(app: &TestApp) -> Vec<String> {
    events::table
        .order(events::id)
        .select(events::kind)
        .load(&mut app.connect())
        .unwrap()
}

async fn figures(app: &TestApp) -> Vec<i64> {
    let mut figures = Vec::new();
    for kind in Kind::ALL {
        figures.push(rows::counted(app, kind).await);
    }
    figures
}

on_both_databases! {
    async fn nothing_that_ends_or_refuses_is_without_its_consequences(backend: Backend) {
        for case in OF_CHANGE {
            case.check(backend).await;
        }
    }

    async fn nor_is_anything_that_does_it_by_these(backend: Backend) {
        for case in OF_OTHERS {
            case.check(backend).await;
        }
    }
}

/// A way that somebody adds is looked at here, or this fails.
#[test]
fn every_function_that_changes_something_is_in_the_table() {
    let sources = [
        include_str!("../../../src/sessions/change.rs"),
        include_str!("../../../src/sessions/change/bulk.rs"),
    ];
    let functions: BTreeSet<_> = sources
        .iter()
        .flat_map(|source| source.split("    pub fn ").skip(1))
        .filter_map(|function| function.split_once('('))
        .filter(|(_, parameters)| parameters.trim_start().starts_with("&mut self"))
        .map(|(name, _)| name)
        .filter(|name| *name != "read_clock")
        .collect();
    let listed: BTreeSet<_> = OF_CHANGE.iter().map(|case| case.name).collect();
    assert_eq!(functions, listed);
}

/// An event counts under the word that the figures have for it, or not at all.
#[test]
fn an_event_counts_as_what_it_is() {
    for kind in EventKind::ALL {
        if let Some(counted) = counted_as(*kind) {
            assert_eq!(counted.as_str(), kind.as_str());
        }
    }
    let counted: Vec<_> = EventKind::ALL
        .iter()
        .filter_map(|kind| counted_as(*kind))
        .collect();
    assert_eq!(counted.len(), 6);
}
