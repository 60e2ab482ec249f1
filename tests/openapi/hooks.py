"""Who Schemathesis is: somebody with an account, whose password is that of the document's examples."""

import itertools

import requests
import schemathesis

USERS = "/api/v1/users"
numbers = itertools.count()


@schemathesis.auth(refresh_interval=None, retry_on=[])
class Person:
    """Signs up anew when the last account is gone or its session was ended, as tests do both."""

    browser = None

    def get(self, case, context):
        users = case.operation.base_url.rstrip("/") + USERS
        if self.browser is None or self.browser.get(f"{users}/").status_code != 200:
            self.browser = requests.Session()
            person = {"email": f"person{next(numbers)}@example.com", "password": "correct horse battery"}
            answer = self.browser.post(f"{users}/create/", json=person)
            answer.raise_for_status()
            # Secure cookies would not be sent over plain http.
            for cookie in self.browser.cookies:
                cookie.secure = False
        return self.browser.cookies

    def set(self, case, cookies, context):
        """A Bearer header, but where a view reads the refresh cookie."""
        if case.operation.path == f"{USERS}/refresh/":
            case.cookies = {**(case.cookies or {}), "refresh": cookies["refresh"]}
        else:
            case.headers["Authorization"] = f"Bearer {cookies['access']}"


TAKEN = "user with this email already exists."
# The format of addresses allows some that the rules of docs/decisions/0022 do not.
ADDRESS = "Enter a valid email address."
# Eight characters may be fewer in NFC, in which a password is hashed.
SHORT = "This password is too short. It must contain at least 8 characters."
WEAK = {
    SHORT,
    "This password is too common.",
    "This password is entirely numeric.",
    "The password is too similar to the email.",
    "The password is too similar to the first name.",
    "The password is too similar to the last name.",
}
NOT_THEIRS = "Your password was entered incorrectly. Please enter it again."
NOT_THEIR_OLD = "Your old password was entered incorrectly. Please enter it again."

# What a schema cannot say of a body: the messages of each field that may refuse a valid one.
REASONS = {
    f"DELETE {USERS}/": {"password": {NOT_THEIRS}},
    f"PATCH {USERS}/profile/": {
        "email": {TAKEN, ADDRESS},
        "password": {NOT_THEIRS, "This field is required."},
    },
    f"POST {USERS}/create/": {"email": {TAKEN, ADDRESS}, "password": WEAK},
    f"POST {USERS}/password/": {"old_password": {NOT_THEIR_OLD}, "new_password": WEAK},
    f"POST {USERS}/password/reset/confirm/": {"token": {"The link is invalid or has expired."}},
}


@schemathesis.check
def valid_bodies_are_refused_for_named_reasons_alone(ctx, response, case):
    """`schemathesis.toml` lets these operations refuse a valid body; this says with which words."""
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    reasons = REASONS.get(f"{case.method} {case.operation.path}", {})
    for field, messages in response.json().items():
        unknown = set(messages) - reasons.get(field, set())
        assert not unknown, f"a valid body is refused for what its schema could say: {field}: {sorted(unknown)}"
