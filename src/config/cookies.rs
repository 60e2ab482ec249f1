//! Settings of the two cookies.

use actix_web::cookie::SameSite;

use super::declare::settings;

settings! {
    /// The names and attributes of the cookies that hold the tokens.
    pub struct CookieSettings {
        /// The name of the cookie that holds the access token. A `__Host-` prefix is allowed.
        access_cookie_name: String = "access",
        /// The name of the cookie that holds the refresh token.
        refresh_cookie_name: String = "refresh",
        /// The Domain of both cookies, such as example.com. Empty: this host alone.
        cookie_domain: Option<String> = "",
        /// The Path of both cookies.
        cookie_path: String = "/",
        /// The Path of the refresh cookie; empty means `cookie_path`. The user endpoints'
        /// prefix keeps the refresh token away from every other request.
        refresh_cookie_path: Option<String> = "",
        /// `SameSite` of both cookies: Lax, Strict or None.
        cookie_samesite: SameSite = "Lax",
        /// Secure: browsers send the cookies over https (and on localhost) only.
        cookie_secure: bool = "true",
        /// Partitioned (CHIPS): a separate cookie for each embedding site.
        cookie_partitioned: bool = "false",
    }
}

impl CookieSettings {
    /// The path of the refresh cookie.
    #[must_use]
    pub fn refresh_path(&self) -> &str {
        self.refresh_cookie_path
            .as_deref()
            .unwrap_or(&self.cookie_path)
    }
}
