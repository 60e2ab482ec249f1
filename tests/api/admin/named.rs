//! Names in the place of identities that differ from run to run.

use diesel::prelude::*;
use frontgate::schema::{events, outstanding_tokens, sessions};

use crate::support::{Answer, TestApp};

/// The same answer with names in the place of random identities, in the order in which they
/// were given out.
pub fn named(app: &TestApp, mut answer: Answer) -> Answer {
    for (kind, ids) in [("session", sids(app)), ("token", jtis(app))] {
        for (index, id) in ids.iter().enumerate() {
            let name = format!("<{kind} {}>", index + 1);
            let short = format!("{}…", &id[..8]);
            answer.body = answer.body.replace(id, &name).replace(&short, &name);
        }
    }
    answer
}

/// Every session, also of users who are gone.
pub fn sids(app: &TestApp) -> Vec<String> {
    let connection = &mut app.connect();
    let there = sessions::table.order(sessions::id).select(sessions::sid);
    let noted = events::table
        .filter(events::sid.is_not_null())
        .order(events::id)
        .select(events::sid.assume_not_null());
    let mut sids: Vec<String> = there.load(connection).unwrap();
    sids.extend(noted.load::<String>(connection).unwrap());
    once_each(sids)
}

/// Every refresh token, also of users who are gone.
fn jtis(app: &TestApp) -> Vec<String> {
    let connection = &mut app.connect();
    let there = outstanding_tokens::table
        .order(outstanding_tokens::id)
        .select(outstanding_tokens::jti);
    let noted = events::table
        .filter(events::jti.is_not_null())
        .order(events::id)
        .select(events::jti.assume_not_null());
    let mut jtis: Vec<String> = there.load(connection).unwrap();
    jtis.extend(noted.load::<String>(connection).unwrap());
    once_each(jtis)
}

fn once_each(ids: Vec<String>) -> Vec<String> {
    let mut each: Vec<String> = Vec::new();
    for id in ids {
        if !each.contains(&id) {
            each.push(id);
        }
    }
    each
}
