//! Where signing in may lead: to a page of the admin as it is written, and nowhere else.

use frontgate::admin::next::next;
use frontgate::admin::parameters::Parameters;
use proptest::prelude::*;
use url::Url;

fn leads_to(asked: &str) -> String {
    next(&Parameters::from([("next", asked)])).to_owned()
}

#[test]
fn pages_of_the_admin_are_gone_on_with() {
    for page in [
        "/admin/users/",
        "/admin/users/7/",
        "/admin/users",
        "/admin/sessions/?state=live&ip=2001%3Adb8%3A%3A1&x=../..//",
        "/admin/addresses/2001:db8::1/",
        "/admin/addresses/203.0.113.7/?next=https://x",
        "/admin/events/export.csv?kind=log_in_failed",
        "/admin/tokens/0123456789abcdef0123456789abcdef/",
        "/admin/sessions/new-networks/",
        "/admin/logins/",
        "/admin/?range=day",
    ] {
        assert_eq!(leads_to(page), page);
        assert_eq!(
            leads_to(&format!("  {page}\n")),
            page,
            "space around it is none of it"
        );
    }
}

#[test]
fn anything_else_leads_to_the_overview() {
    for asked in [
        "",
        "/",
        "/admin",
        "admin/",
        "/adminx/",
        "/Admin/",
        "//admin/",
        "///admin/",
        "/\\admin/",
        "\\/admin/",
        "/admin/../../x",
        "/admin/../x",
        "/admin/..",
        "/admin/.",
        "/admin/./users/",
        "/admin/users/../../x/",
        "/admin/users/..",
        "/admin//evil.example",
        "/admin/users//",
        "/admin//",
        "/admin/\\evil.example",
        "/admin/%2e%2e/",
        "/admin/%2E%2E/x",
        "/admin/.%2e/",
        "/admin/%2f",
        "/admin/%5c",
        "/admin/%00",
        "/admin/%75sers/",
        "/admin/a%20b/",
        "/admin/a b",
        "/admin/\tusers/",
        "/admin/us\ners/",
        "/admin/\u{7f}",
        "/admin/\u{0}",
        "/admin/\u{e9}",
        "/admin/\u{2025}/",
        "/admin/\u{ff0e}\u{ff0e}/",
        "/admin/users/#x",
        "/admin/users/?x#y",
        "/admin/?x\\y",
        "/admin/?x\r\ny",
        "/admin/;/../x",
        "/admin/..;/x",
        "https://evil.example/admin/",
        "//evil.example/admin/",
        "https:/admin/",
        "javascript:alert(1)//admin/",
        "/api/v1/users/",
        "/static/admin.css",
        "?next=/admin/",
        "/admin/login/",
        "/admin/login/?signed_in=yes",
        "/admin/login",
        "/admin/logout/",
        "/admin/setup/?token=x",
        "@evil.example/admin/",
        ".evil.example/admin/",
        "/admin/@evil.example/",
    ] {
        assert_eq!(leads_to(asked), "/admin/", "{asked:?}");
    }
    assert_eq!(leads_to(&format!("/admin/{}", "x".repeat(2000))), "/admin/");
    assert_eq!(next(&Parameters::default()), "/admin/");
}

proptest! {
    /// What a browser makes of it is what is written, on the same host and in the admin.
    #[test]
    fn a_browser_goes_where_it_is_written(
        asked in prop_oneof![
            "(/admin)?[/.\\\\%?#;:@ a-z0-9\t\u{e9}]{0,24}",
            "/admin/([a-z.%2e/\\\\?:]{0,6}[/?]){0,4}",
            any::<String>(),
        ]
    ) {
        let page = leads_to(&asked);
        for base in ["https://admin.example.com/admin/login/", "http://127.0.0.1:8000/admin/login/?next=x"] {
            let base = Url::parse(base).unwrap();
            let reached = base.join(&page).unwrap();
            prop_assert_eq!(reached.origin(), base.origin());
            prop_assert!(reached.path().starts_with("/admin/"), "{}", reached);
            prop_assert_eq!(reached.path(), page.split('?').next().unwrap());
            prop_assert_eq!(reached.fragment(), None);
        }
    }
}
