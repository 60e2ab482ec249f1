//! Delivers the alarms of a server, one after the other, beside its requests.

use actix_web::web;

use crate::alarms::{Alarm, deliver};
use crate::app::App;
use crate::config::Program;
use crate::error::Error;

/// Delivers what is raised from now on; without `alarm_command` nothing is.
pub(super) fn start(app: &web::Data<App>) {
    if let Some(program) = app.settings.alarms.alarm_command.clone() {
        let worker = deliver_all(app.clone(), program);
        app.alarms.open(|| actix_web::rt::spawn(worker));
    }
}

async fn deliver_all(app: web::Data<App>, program: Program) {
    while let Some(mut alarm) = app.alarms.next().await {
        if alarm.dropped > 0 {
            tracing::error!(
                dropped = alarm.dropped,
                "alarms were dropped: alarm_command is slower than they come; they are in the audit log"
            );
        }
        alarm = named(&app, alarm).await;
        if let Err(error) = deliver(&program, &alarm).await {
            let (kind, more) = (alarm.kind, alarm.more);
            tracing::error!(kind, more, %error, "alarm_command was not told of an alarm");
        }
    }
}

/// The alarm with the addresses of its people.
async fn named(app: &App, alarm: Alarm) -> Alarm {
    let mut with_names = alarm.clone();
    let named = app
        .database
        .read(move |connection| {
            with_names.name_people(connection)?;
            Ok::<_, Error>(with_names)
        })
        .await;
    named.unwrap_or_else(|error| {
        tracing::debug!(%error, "an alarm goes out without an address");
        alarm
    })
}
