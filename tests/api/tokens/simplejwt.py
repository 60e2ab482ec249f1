"""Speaks for the Django side in the tests: a request on standard input, an answer on
standard output, both JSON.

    {"secret", "decode": [token, ...]}          -> [{"header", "claims"}, ...], by PyJWT
    {"secret", "simplejwt": [token, ...]}       -> [{"claims"} or {"error"}, ...], by its classes
    {"secret", "issue": {"user_id", "now"}}     -> {"refresh", "access"}, by simplejwt's RefreshToken
"""

import datetime
import json
import sys

import jwt

asked = json.load(sys.stdin)
secret = asked["secret"]


def configure():
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY=secret,
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    )
    django.setup()


def decode(token):
    # The tests' clock stands still at a moment of its own.
    loose = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, secret, algorithms=["HS256"], options=loose)
    return {"header": jwt.get_unverified_header(token), "claims": claims}


def verify(token):
    from rest_framework_simplejwt.exceptions import TokenError
    from rest_framework_simplejwt.tokens import UntypedToken

    try:
        return {"claims": UntypedToken(token).payload}
    except TokenError as error:
        return {"error": str(error)}


def issue(user_id, now):
    from rest_framework_simplejwt.tokens import RefreshToken

    refresh = RefreshToken()
    moment = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
    refresh.current_time = moment
    refresh.set_iat(at_time=moment)
    refresh.set_exp(from_time=moment, lifetime=datetime.timedelta(days=7))
    refresh["user_id"] = user_id
    return {"refresh": str(refresh), "access": str(refresh.access_token)}


if "decode" in asked:
    answer = [decode(token) for token in asked["decode"]]
else:
    configure()
    if "issue" in asked:
        answer = issue(**asked["issue"])
    else:
        answer = [verify(token) for token in asked["simplejwt"]]
json.dump(answer, sys.stdout)
