//! `claims/`.

use diesel::connection::SimpleConnection;

use super::{by_operator, message, noted, path, shown};
use crate::support::{
    Answer, Backend, Operator, TestApp, assert_answer, forge, on_both_databases, rows,
};

const ADA: &str = "ada@example.com";

/// What the form carries for the claims that it began with.
fn before(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"before\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn send(operator: &mut Operator<'_>, path: &str, claims: &str) -> Answer {
    let before = before(&operator.get(path).await);
    operator
        .post(path, &[("before", &before), ("claims", claims)])
        .await
}

on_both_databases! {
    async fn claims_are_in_access_tokens_from_the_next_refresh_on(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up(ADA).await;
        let path = path(&app, ADA, "claims/");
        assert_answer!("admin_user_claims", shown(operator.get(&path).await));
        let typed = "{ \"plan\": \"pro\",\r\n \"seats\": [1, 2.5, null], \"name\": \"<Zoë> \\u0000\" }";
        let answer = send(&mut operator, &path, typed).await;
        assert_eq!(answer.status, 303, "{answer}");
        let page = operator.get(&super::path(&app, ADA, "")).await;
        let said = "The claims of ada@example.com are changed. Access tokens have them from the next refresh or log-in on.";
        assert_eq!(message(&page), said);
        assert_eq!(ada.info().await.status, 200);
        assert_eq!(forge::read(ada.access()).get("plan"), None);
        ada.refresh().await;
        let claims = forge::read(ada.access());
        assert_eq!((claims["plan"].as_str(), claims["seats"][1].as_f64(), claims["name"].as_str()), (Some("pro"), Some(2.5), Some("<Zoë> \0")));
        assert_eq!(ada.info().await.status, 200);
        send(&mut operator, &path, "{\"plan\": \"free\", \"seats\": [1, 2.5, null]}").await;
        assert_eq!(noted(&app, &["claims_changed"]), [
            by_operator(&app, "claims_changed", ADA, r#"{"changed":["name","plan","seats"]}"#),
            by_operator(&app, "claims_changed", ADA, r#"{"changed":["name","plan"]}"#),
        ]);
    }

    async fn what_are_no_claims_is_refused_and_what_was_typed_is_kept(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up(ADA).await;
        let path = path(&app, ADA, "claims/");
        assert_answer!("admin_user_claims_400", shown(send(&mut operator, &path, "{\"exp\": 1, \"sid\": \"</textarea><script>\"}").await));
        let long = format!("{{\"long\": \"{}\"}}", "x".repeat(2700));
        for (claims, said) in [
            ("", "This is not JSON"), ("{", "This is not JSON"), ("{\"a\": 1, \"a\": 2}", "duplicate key"), ("{'a': 1}", "This is not JSON"),
            ("[]", "Claims are a JSON object"), ("null", "Claims are a JSON object"), ("\"x\"", "Claims are a JSON object"),
            ("{\"user_id\": 1}", "user_id is a claim of every token"), ("{\"gen\": 9}", "gen is a claim of every token"),
            ("{\"email\": \"ops@example.com\"}", "email is a claim of every token"), ("{\"a\": 1e999}", "This is not JSON"),
            (&"[".repeat(5000), "This is not JSON"), (long.as_str(), "browsers keep no cookie with more than 3900"),
        ] {
            let answer = send(&mut operator, &path, claims).await;
            assert!(answer.status == 400 && answer.body.contains(said), "{claims}: {answer}");
        }
        assert_eq!(rows::user(&app, ADA).claims, "{}");
        assert!(noted(&app, &["claims_changed"]).is_empty());
    }

    async fn the_longest_claims_that_are_taken_come_back_in_a_cookie(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up(ADA).await;
        let path = path(&app, ADA, "claims/");
        let claims = |length: usize| format!("{{\"long\": \"{}\"}}", "x".repeat(length));
        let (mut fits, mut too_long) = (0, 4000);
        while too_long - fits > 1 {
            let middle = usize::midpoint(fits, too_long);
            match send(&mut operator, &path, &claims(middle)).await.status {
                303 => fits = middle,
                _ => too_long = middle,
            }
        }
        send(&mut operator, &path, &claims(fits)).await;
        ada.refresh().await;
        assert!((3890..=3900).contains(&ada.access().len()), "{}", ada.access().len());
        assert_eq!(ada.info().await.status, 200);
    }

    async fn a_change_in_between_is_not_lost(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up(ADA).await;
        let path = path(&app, ADA, "claims/");
        let first = before(&operator.get(&path).await);
        // As somebody wrote it by hand, with lines and spaces of their own.
        app.connect().batch_execute("UPDATE users SET claims = '{ \"plan\" :\n \"pro\" }' WHERE email = 'ada@example.com'").unwrap();
        for wrong in [first.as_str(), "", "x"] {
            let answer = operator.post(&path, &[("before", wrong), ("claims", "{\"a\": 1}")]).await;
            assert!(answer.status == 400 && answer.body.contains("Somebody else has changed"), "{answer}");
            assert!(answer.body.contains("&#34;plan&#34;: &#34;pro&#34;"), "{answer}");
        }
        assert!(rows::user(&app, ADA).claims.contains("pro"));
        assert_eq!(send(&mut operator, &path, "{\"a\": 1}").await.status, 303);
        assert_eq!(rows::user(&app, ADA).claims, "{\"a\":1}");
    }
}
