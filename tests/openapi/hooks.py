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
