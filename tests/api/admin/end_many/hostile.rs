//! Forged, foreign and hostile forms and links end nothing.

use chrono::TimeDelta;

use super::{ADA, PATH, confirm, fields, jobs, live, logged_in, work};
use crate::admin::sessions::BEHIND_A_PROXY;
use crate::support::{Backend, Operator, TestApp, on_both_databases};

const HOSTILE: &str = "<script>alert('user agent')</script>\"&%' OR 1=1 --";

on_both_databases! {
    async fn nothing_ends_without_the_right_form(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(PATH).await;
        let sent = fields(&page, "1");
        let plain: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(operator.post_exactly(PATH, &plain).await.status, 403);
        let other = app.staff("other@example.com", false).await.csrf;
        assert_eq!(operator.post_exactly(PATH, &[&plain[..], &[("csrf_token", &other)]].concat()).await.status, 403);
        // Whoever is nobody, or no staff, is sent to sign in.
        let mut nobody = Operator::new(&app);
        for path in [PATH, "/admin/jobs/", "/admin/jobs/1/"] {
            assert_eq!(nobody.get(path).await.status, 303, "{path}");
        }
        assert_eq!(nobody.post(PATH, &plain).await.status, 303);
        assert_eq!(nobody.post("/admin/jobs/1/retry/", &[]).await.status, 303);
        assert_eq!(nobody.sign_in(ADA, crate::support::PASSWORD).await.status, 400);
        // To look changes nothing.
        operator.get(&format!("{PATH}?number=1&shown=1&all=yes")).await;
        assert_eq!((jobs(&app), live(&app)), (0, 3));
    }

    async fn a_filter_that_is_not_understood_is_refused_and_never_left_out(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        for (filter, says) in [
            ("user=nobody@example.com", "nobody@example.com is no user"),
            ("user=99999999999999999999999999", "99999999999999999999999999 is no user"),
            ("state=asleep", "asleep is no choice"),
            ("reason=' OR 1=1 --", "is no choice"),
            ("ip=localhost", "localhost is no address"),
            ("ip=10.0.0.0/33", "10.0.0.0/33 is no address"),
            ("created_from=soon", "soon is no date"),
            ("seen_before=0000-99-99T99:99", "is no date"),
            ("usr=ada@example.com", "There is no filter usr"),
            ("<script>=1", "There is no filter &#60;script&#62;"),
            ("user=1&user=2", "The filter user is there twice"),
        ] {
            let encoded = url::form_urlencoded::parse(filter.as_bytes());
            let pairs: Vec<(String, String)> = encoded.into_owned().collect();
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let page = operator.get(&format!("{PATH}?{query}")).await;
            assert_eq!(page.status, 400, "{filter}: {page}");
            assert!(page.body.contains(says) && page.body.contains("No session was ended"), "{filter}: {page}");
            let mut sent = pairs;
            sent.extend([("shown", "1"), ("all", "yes"), ("number", "1")].map(|(name, value)| (name.to_owned(), value.to_owned())));
            operator.get("/admin/jobs/").await;
            let page = confirm(&mut operator, &sent).await;
            assert_eq!(page.status, 400, "{filter}: {page}");
            assert!(page.body.contains(says), "{filter}: {page}");
        }
        assert_eq!((jobs(&app), live(&app)), (0, 2));
    }

    async fn a_number_that_is_not_the_one_that_was_shown_ends_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(PATH).await;
        let huge = "9".repeat(4000);
        for number in ["", "0", "2", "-1", "+1", "1.0", "one", "0x1", "١", "1\u{0}", "18446744073709551617", &huge, "<b>1</b>", "1' OR '1'='1"] {
            let again = confirm(&mut operator, &fields(&page, number)).await;
            assert_eq!(again.status, 400, "{number}: {again}");
            assert!(again.body.contains("this is not the number above. Type 1 to end these."), "{number}: {again}");
            assert!(!again.body.contains("<b>1") && again.body.len() < 10_000, "{again}");
        }
        let shown = ["x", "-1", "18446744073709551616", ""].map(|value| ("shown", value));
        let last_job = ["", "now", "9223372036854775808", "-1"].map(|value| ("last_job", value));
        for (name, value) in shown.into_iter().chain(last_job) {
            let mut sent = fields(&page, "1");
            sent.retain(|(known, _)| known != name);
            sent.push((name.to_owned(), value.to_owned()));
            assert_eq!(confirm(&mut operator, &sent).await.status, 400, "{name}={value}");
        }
        // Whoever says that he was shown more than there is ends what there is, as he asked for.
        let mut sent = fields(&page, "18446744073709551615");
        sent.retain(|(known, _)| known != "shown");
        sent.push(("shown".to_owned(), u64::MAX.to_string()));
        assert_eq!((jobs(&app), confirm(&mut operator, &sent).await.status), (0, 303));
        assert_eq!((work(&app).await[0].done, live(&app)), (1, 1));
    }

    async fn whoever_forges_the_last_job_gains_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(PATH).await;
        for (last, wanted) in [("0", 1), ("0", 1), ("9223372036854775807", 2)] {
            let mut sent = fields(&page, "1");
            sent.retain(|(name, _)| name != "last_job");
            sent.push(("last_job".to_owned(), last.to_owned()));
            assert_eq!((confirm(&mut operator, &sent).await.status, jobs(&app)), (303, wanted), "{last}");
        }
        let done: Vec<_> = work(&app).await.iter().map(|job| job.done).collect();
        assert_eq!((done, live(&app)), (vec![0, 1], 1));
    }

    async fn whoever_looks_anew_after_a_clock_was_set_back_comes_to_a_job_of_their_own(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(60));
        let page = operator.get(PATH).await;
        assert_eq!(confirm(&mut operator, &fields(&page, "1")).await.status, 303);
        assert_eq!((work(&app).await[0].done, live(&app)), (1, 1));
        app.advance(TimeDelta::seconds(-30));
        app.browser().log_in(ADA, crate::support::PASSWORD).await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(PATH).await;
        assert_eq!(confirm(&mut operator, &fields(&page, "1")).await.status, 303);
        let done: Vec<_> = work(&app).await.iter().map(|job| job.done).collect();
        assert_eq!((done, live(&app)), (vec![1, 1], 1));
    }

    async fn a_list_that_has_grown_is_shown_anew(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(ADA).await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let page = operator.get(PATH).await;
        app.signed_up("grace@example.com").await;
        app.advance(TimeDelta::seconds(5));
        let again = confirm(&mut operator, &fields(&page, "1")).await;
        assert_eq!((again.status, jobs(&app)), (400, 0));
        assert!(again.body.contains("these were 1 session when you looked, and are 2 sessions now."), "{again}");
        assert!(again.body.contains("grace@example.com"), "{again}");
        assert_eq!(confirm(&mut operator, &fields(&again, "2")).await.status, 303);
        assert_eq!(work(&app).await[0].done, 2);
    }

    async fn hostile_texts_are_shown_as_they_are_and_filtered_by(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        logged_in(&app, ADA, "192.0.2.7", HOSTILE).await;
        logged_in(&app, ADA, "192.0.2.7", "another").await;
        let mut operator = app.operator().await;
        app.advance(TimeDelta::seconds(5));
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("agent", HOSTILE).finish();
        let page = operator.get(&format!("{PATH}?{query}")).await;
        assert!(page.body.contains("whose user agent has “&#60;script&#62;alert(&#39;user” and “agent"), "{page}");
        assert!(!page.body.contains("<script>alert"), "{page}");
        let answer = confirm(&mut operator, &fields(&page, "1")).await;
        assert_eq!(answer.status, 303, "{answer}");
        assert_eq!(work(&app).await[0].done, 1);
        for path in ["/admin/jobs/", "/admin/jobs/1/"] {
            let page = operator.get(path).await;
            assert!(page.body.contains("“&#60;script&#62;alert") && !page.body.contains("<script>alert"), "{page}");
        }
    }

    async fn a_job_that_is_none_is_not_found(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        for id in ["0", "1", "-1", "x", "1%20OR%201=1", "99999999999999999999", "%3Cscript%3E"] {
            assert_eq!(operator.get(&format!("/admin/jobs/{id}/")).await.status, 404, "{id}");
            operator.get("/admin/jobs/").await;
            assert_eq!(operator.post(&format!("/admin/jobs/{id}/retry/"), &[]).await.status, 404, "{id}");
        }
        assert_eq!(operator.get("/admin/jobs/1/retry/").await.status, 405);
    }
}
