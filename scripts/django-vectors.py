#!/usr/bin/env python3
"""Asks Django what it makes of passwords and of e-mail addresses, and writes down its answers.

The tests of `passwords::validation` and of `email` compare Frontgate's answers with them:

    tests/api/passwords/validation_vectors.json
        {"password", "email", "first_name", "last_name", "messages"}, one a line
    tests/api/email_vectors.json
        {"address", "valid", "normalized", "folded"}, one a line

To run it, install Django 5.2 from PyPI into an environment of its own:

    python3 -m venv ../vectors
    ../vectors/bin/pip install "django==5.2.*"
    ../vectors/bin/python scripts/django-vectors.py

The seed is fixed: the same Django writes the same bytes. `--check` writes nothing and fails
if the files differ. `--many DIRECTORY` writes a hundred times as many vectors there, for a
longer comparison than the repository should carry.

`folded` is not Django's: it is the key by which Frontgate tells addresses apart, lower, upper
and lower case again, computed by Python. Characters newer than Unicode 14 are avoided, for
about those the Unicode tables of Python and of Rust disagree.
"""

import argparse
import json
import pathlib
import random
import sys

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    USE_I18N=False,
    AUTH_PASSWORD_VALIDATORS=[
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in (
            "UserAttributeSimilarityValidator",
            "MinimumLengthValidator",
            "CommonPasswordValidator",
            "NumericPasswordValidator",
        )
    ],
)
django.setup()

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager  # noqa: E402
from django.contrib.auth.password_validation import validate_password  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402
from django.core.validators import validate_email  # noqa: E402
from django.db import models  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSWORDS = "tests/api/passwords/validation_vectors.json"
EMAILS = "tests/api/email_vectors.json"
LARGEST = 150 * 1024


class User(AbstractBaseUser):
    """The user model of the reference application, as far as validation looks at it."""

    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=150)
    last_name = models.CharField(max_length=150)
    USERNAME_FIELD = "email"

    class Meta:
        app_label = "frontgate"


def judge_password(password, email="", first_name="", last_name=""):
    user = User(email=email, first_name=first_name, last_name=last_name)
    try:
        validate_password(password, user)
        messages = []
    except ValidationError as error:
        messages = list(error.messages)
    return {
        "password": password,
        "email": email,
        "first_name": first_name,
        "last_name": last_name,
        "messages": messages,
    }


def judge_email(address):
    try:
        validate_email(address)
        valid = True
    except ValidationError:
        valid = False
    return {
        "address": address,
        "valid": valid,
        "normalized": BaseUserManager.normalize_email(address),
        "folded": address.lower().upper().lower(),
    }


# Passwords ---------------------------------------------------------------------------------

# Judged without attributes.
ALONE = [
    "", " ", "        ", "a", "aB3$", "aB3$xyz", "aB3$xyzw", "correct horse battery staple",
    # Lengths are counted in code points.
    "\u00e9" * 7, "\u00e9" * 8, "\U0001f600" * 7, "\U0001f600" * 8, "e\u0301" * 4, "e\u0301" * 3,
    # Common ones: case and surrounding space do not matter, Python's space included.
    "password", "PASSWORD", "PaSsWoRd1", " password ", "password\n", "\tpassword", "\x1cpassword\x1f",
    "\u00a0password\u2003", "\u200bpassword", "password\u0000", "pass word", "password\ufeff",
    "\u0085password", "\u180epassword", "\u3000password", "pa\u017fsword", "PA\u017f\u017fWORD",
    "\u212a", "IL\u0130VEYOU", "ILOVEYOU", "iloveyou", "qwertyuiop", "letmein", "trustno1",
    "friend of emily", "Friend Of Joan", "friend  of joan", "\u043f\u0430\u0440\u043e\u043b\u044c",
    "\u041f\u0410\u0420\u041e\u041b\u042c", "\u0439\u0446\u0443\u043a\u0435\u043d", "\u044f", "\u042f",
    "\u043f\u0457\u0455" * 6, "\u041f\u0407\u0405" * 6, "abc123", "111111", "princess", "\uff50assword",
    "p\u0430ssword", "sunshine1", "starwars", "football", "!@#$%^&*", "1q2w3e4r", "zaq12wsx",
    # Numeric in every sense that Python knows, and not in the others.
    "12345678", "1", "84736251473625", "0" * 40, "-12345678", "1234567.8", "1234 5678", "12345678\n",
    "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7",
    "\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d", "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "\u00b2\u00b3\u00b9\u00b2\u00b3\u00b9\u00b2\u00b3", "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087",
    "\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2467", "\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2469",
    "\u2474\u2475\u2476\u2477\u2478\u2479\u247a\u247b", "\u2488\u2489\u248a\u248b\u248c\u248d\u248e\u248f",
    "\u24ff\u24ea\u24f5\u24f6\u24f7\u24f8\u24f9\u24fa", "\u2776\u2777\u2778\u2779\u277a\u277b\u277c\u277d",
    "\u00bd\u00bc\u00be\u00bd\u00bc\u00be\u00bd\u00bc", "\u2160\u2161\u2162\u2163\u2164\u2165\u2166\u2167",
    "\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b", "\u3007" * 8, "\u3220" * 8, "\u0bf0" * 8,
    "\u1369\u136a\u136b\u136c\u136d\u136e\u136f\u1370", "\u1372" * 8, "\u0f20\u0f21\u0f22\u0f23\u0f24\u0f25\u0f26\u0f27",
    "\u0f2a" * 8, "\u19da" * 8, "\U0001d7ce\U0001d7d8\U0001d7e2\U0001d7ec\U0001d7f6\U0001d7ff\U0001d7ce\U0001d7ce",
    "\U00010a40\U00010a41\U00010a42\U00010a43" * 2, "\U00010a44" * 8, "\U0001f100\U0001f101" * 4, "\U0001f10a" * 8,
    "\U0001f10b" * 8, "\U0001fbf0\U0001fbf9" * 4, "\U00010e60\U00010e68" * 4, "\U00010e69" * 8, "\u09f4" * 8,
    "1234567\u0660", "1234567\u00bd", "1\u0660\u00b2\u2460\uff11\u0966\u0f20\u1369", "\u0660", "\u0661\u0662\u0663",
    # Hostile.
    "\u0000" * 8, "\u0000", "\u202epassword", "\ufffd" * 8, "\U0010ffff" * 8, "\ud7ff\ue000" * 4, "'; DROP TABLE users; --",
    "<script>alert(1)</script>", "%s%s%s%s%n", "{0}{1}{2}", "a" * 128, "a" * 4096, "1" * 4096, "\u0130" * 8, "\u03a3" * 8,
    "\r\n\r\n\r\n\r\n", "\u2028\u2029\u2028\u2029\u2028\u2029\u2028\u2029",
]

# Judged with an e-mail, a first name and a last name.
ATTRIBUTED = [
    ("", "ada@example.com", "", ""), ("", "@", "", ""), ("", "a..b", "", ""), ("", ".a", "", ""), ("", "a.", "", ""),
    ("", "abc", "", ""), ("", "", " ", ""), ("", "", "", "Mary Ann"), ("", "", "", "\u0301"), ("", "", "\u0301a", ""),
    ("a", "a@b.co", "", ""), ("a", "@", "", ""), ("ada", "ada@example.com", "Ada", "Lovelace"),
    ("lovelace", "ada@example.com", "Ada", "Lovelace"), ("LOVELACE", "ada@example.com", "Ada", "lovelace"),
    ("lovelace1", "", "", "Lovelace"), ("ecalevol", "", "", "Lovelace"), ("example1", "ada@example.com", "", ""),
    ("example.com", "ada@example.com", "", ""), ("ada@example.com", "ada@example.com", "", ""),
    ("ADA@EXAMPLE.COM", "ada@example.com", "", ""), ("moc.elpmaxe@ada", "ada@example.com", "", ""),
    ("hopper-grace", "grace.hopper@navy.mil", "Grace", "Hopper"), ("gracehopper", "grace.hopper@navy.mil", "", ""),
    ("gracehopper", "grace_hopper@navy.mil", "", ""), ("gracehopper", "grace-hopper@navy.mil", "", ""),
    ("gracehopper", "gracehopper@navy.mil", "gracehopper", "gracehopper"),
    ("gracehopper", "gracehopper@navy.mil", "", "gracehopper"), ("gracehopper", "gracehopper@navy.mil", "", ""),
    ("123456", "123456@b.co", "", ""), ("password", "password@b.co", "", ""), ("1" * 9, "1" * 9 + "@b.co", "1" * 9, ""),
    # Ratios of exactly 0.7 and next to it.
    ("abcdefghij", "", "abcdefgzzz", ""), ("abcdefghij", "", "abcdefzzzz", ""), ("abcdefghij", "", "abcdefghzz", ""),
    ("abcdefghijklm", "", "abcdefg", ""), ("abcdefghijklmn", "", "abcdefg", ""), ("abcdefghijkl", "", "abcdefg", ""),
    ("abcdefg", "", "abcdefghijklm", ""), ("abcdefg", "", "abcdefghijklmn", ""), ("aaaaaaaaaa", "", "aaaaaaabbb", ""),
    ("aaaaaaaaaa", "", "aaaaaabbbb", ""), ("aabbccddee", "", "abcdeabcde", ""), ("aaaaaaab", "", "ab", ""),
    ("x" * 7 + "y" * 3, "", "x" * 7 + "z" * 3, ""), ("x" * 70 + "y" * 30, "", "x" * 70 + "z" * 30, ""),
    ("x" * 70 + "y" * 31, "", "x" * 70 + "z" * 30, ""), ("x" * 7, "", "x" * 13, ""), ("x" * 7, "", "x" * 14, ""),
    # A password of ten times the length is not compared.
    ("x" * 10, "", "x", ""), ("x" * 9, "", "x", ""), ("x" * 100, "", "x" * 10, ""), ("x" * 99, "", "x" * 10, ""),
    ("x" * 128, "x" * 64 + "@b.co", "", ""), ("x" * 4096, "x" * 254, "", ""), ("ab" * 64, "a." * 120 + "@b.co", "", ""),
    # Marks and symbols split a name in Python, though Unicode calls them alphabetic.
    ("\u0915\u0930\u0928\u0936\u0930\u092e", "", "\u0915\u093f\u0930\u0928 \u0936\u0930\u094d\u092e\u093e", ""),
    ("\u0928\u0936\u0930\u092e1234", "", "", "\u0928\u0936\u0930\u092e\u093e\u0915\u0916\u0917\u0918\u0919\u091a\u091b"),
    ("hopperxy", "", "hopper\u0345abcdefghijkl", ""), ("hopperxy", "", "hopper\u24d0abcdefghijkl", ""),
    ("hopperxy", "", "hopper\U0001f130abcdefghijkl", ""), ("hopperxy", "", "hopper\u0301abcdefghijkl", ""),
    ("hopperxy", "", "hopper\u2160abcdefghijkl", ""), ("hopperxy", "", "hopper\u00bdabcdefghijkl", ""),
    ("hopperxy", "", "hopper_abcdefghijklmnop", ""), ("hopperxy", "", "hopper\u203fabcdefghijkl", ""),
    ("hopperxy", "", "hopper\u00b7abcdefghijkl", ""), ("hopperxy", "", "hopper\u4e00abcdefghijkl", ""),
    ("hopperxy", "", "hopper\u00aaabcdefghijkl", ""), ("hopperxy", "", "hopper\u0e31abcdefghijkl", ""),
    ("hopperxy", "", "hopper\u200dabcdefghijkl", ""), ("hopperxy", "", "hopper\ue000abcdefghijkl", ""),
    # Lower-casing.
    ("\u017fecret\u017fauce", "", "SECRETSAUCE", ""), ("\u212aelvin\u212aelvin", "", "kelvinkelvin", ""),
    ("stra\u00dfenbahn", "", "STRASSENBAHN", ""), ("stra\u00dfenbahn", "", "STRA\u1e9eENBAHN", ""),
    ("\u0130stanbul\u0130st", "", "istanbulist", ""), ("\u0131\u015f\u0131k\u0131\u015f\u0131k", "", "I\u015eIKI\u015eIK", ""),
    ("\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3", "", "\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03c5\u03c2", ""),
    ("\u03a3\u03a3\u03a3\u03a3\u03a3\u03a3\u03a3\u03a3", "", "\u03c3\u03c3\u03c3\u03c3\u03c3\u03c3\u03c3\u03c2", ""),
    ("\u03a3", "", "\u03c3", ""), ("a\u03a3", "", "a\u03c2", ""), ("a\u03a3.b", "", "a\u03c2.b", ""), ("a\u03a3\u0301", "", "a\u03c2\u0301", ""),
    ("M\u00dcNCHENER", "m\u00fcnchener@b.co", "", ""), ("\u13a0\u13a1\u13a2\u13a3", "", "\uab70\uab71\uab72\uab73", ""),
    ("\U00010400\U00010401\U00010402", "", "\U00010428\U00010429\U0001042a", ""), ("\U0001f600" * 8, "", "\U0001f600" * 8, ""),
    ("a\u0000b\u0000c\u0000d", "", "a\u0000b\u0000c\u0000d", ""), ("hunter2!", "", " ", " "), ("hunter2!", "", "!", "2"),
]

NAMES = [
    "Ada", "Grace", "Linus", "Margaret", "Jos\u00e9", "Zo\u00eb", "S\u00f8ren", "\u0130brahim", "\u03a3\u03c4\u03ad\u03bb\u03b9\u03bf\u03c2",
    "\u0410\u043b\u0435\u043a\u0441\u0435\u0439", "\u674e\u5c0f\u9f99", "Mary-Ann", "O'Neil", "van der Berg", "\u0905\u092e\u093f\u0924\u093e\u092d", "Nguy\u1ec5n",
]
SURNAMES = [
    "Lovelace", "Hopper", "Torvalds", "Hamilton", "Garc\u00eda", "M\u00fcller-L\u00fcdenscheidt", "Stra\u00dfer", "\u0418\u0432\u0430\u043d\u043e\u0432",
    "de la Cruz", "Kowalczyk", "Smith", "Wang", "\u0b95\u0bc1\u0bae\u0bbe\u0bb0\u0bcd", "\u05db\u05d4\u05df", "Fitz_Gerald", "McX",
]
DOMAINS = ["example.com", "navy.mil", "mail.example.co.uk", "m\u00fcnchen.de", "x.io", "hopper-lab.org"]
NOISE = "abcdefghijklmnopqrstuvwxyz0123456789-_.!@ ABCXYZ\u00e9\u00df\u0130\u017f\u212a\u0660\u00b2\u0301\u093e"


def mutate(source, text):
    """A password that resembles the text, more or less."""
    letters = list(text)
    for _ in range(source.randrange(0, 2 + len(letters) // 2)):
        place = source.randrange(0, len(letters) + 1)
        move = source.randrange(4)
        if move == 0:
            letters.insert(place, source.choice(NOISE))
        elif move == 1 and letters:
            letters.pop(place - 1)
        elif move == 2 and letters:
            letters[place - 1] = source.choice(NOISE)
        else:
            source.shuffle(letters)
    changed = "".join(letters)
    return source.choice([changed, changed.upper(), changed.lower(), changed + str(source.randrange(100))])


def password_vectors(source, amount):
    for password in ALONE:
        yield judge_password(password)
    for password, email, first_name, last_name in ATTRIBUTED:
        yield judge_password(password, email, first_name, last_name)
    for _ in range(amount):
        first_name = source.choice(NAMES)
        last_name = source.choice(SURNAMES)
        joint = source.choice([".", "_", "-", "+", ""])
        email = f"{first_name}{joint}{last_name}@{source.choice(DOMAINS)}".replace(" ", "")
        if source.randrange(2):
            email = email.lower()
        kept = [value if source.randrange(3) else "" for value in (email, first_name, last_name)]
        password = mutate(source, source.choice([email, first_name + last_name, last_name, email.split("@")[0]]))
        yield judge_password(password, *kept)


# Addresses ---------------------------------------------------------------------------------

ADDRESSES = [
    # Django's own tests of `validate_email`, and what they leave out.
    "email@here.com", "weirder-email@here.and.there.com", "email@[127.0.0.1]", "email@[2001:dB8::1]", "email@[2001:dB8:0:0:0:0:0:1]",
    "email@[::fffF:127.0.0.1]", "example@valid-----hyphens.com", "example@valid-with-hyphens.com", "test@domain.with.idn.tld.\u0909\u0926\u093e\u0939\u0930\u0923.\u092a\u0930\u0940\u0915\u094d\u0937\u093e",
    "email@localhost", '"test@test"@example.com', f"example@atm.{'a' * 63}", f"example@{'a' * 63}.atm", f"example@{'a' * 63}.{'b' * 10}.atm",
    f"example@atm.{'a' * 64}", f"example@{'b' * 64}.atm.{'a' * 63}", f"example@{('a' * 63 + '.') * 100}com", "abc", "abc@", "abc@bar",
    "a @x.cz", "abc@.com", "something@@somewhere.com", "email@127.0.0.1", "email@[127.0.0.256]", "email@[2001:db8::12345]", "email@[2001:db8:0:0:0:0:1]",
    "email@[::ffff:127.0.0.256]", "email@[2001:dg8::1]", "email@[2001:dG8:0:0:0:0:0:1]", "email@[::fTzF:127.0.0.1]", "example@invalid-.com",
    "example@-invalid.com", "example@invalid.com-", "example@inv-.alid-.com", "example@inv-.-alid.com", 'test@example.com\n\n<script src="x.js">',
    '"\\\n"@here.com', "trailingdot@shouldfail.com.", "a@%s.us" % ("a" * 63), "a@b.com\n", "a\n@b.com", '"test@test"\n@example.com', "a@[127.0.0.1]\n", "a@localhost\n",
    # Empty, short, long.
    "", "@", "@@", "a", "a@", "@b", "@b.co", "a@b", "a@b.c", "a@b.co", "a@b.c1", "a@b.1c", "a@b.11", "a@1.co", "a@b.co.", "a@.b.co", "a@b..co",
    "a" * 313 + "@bb.com", "a" * 314 + "@bb.com", "\u00e9" * 320, "a@" + "b" * 63 + ".co", "a@" + "b" * 64 + ".co", "a@b." + "c" * 63, "a@b." + "c" * 64,
    "a@" + "\u00fc" * 63 + ".co", "a@" + "\u00fc" * 64 + ".co", "a@" + ".".join(["b" * 63] * 4) + ".co", "a@" + ".".join(["\u00fc" * 63] * 4) + ".de", "a@" + "b." * 150 + "co",
    '"' + "a" * 310 + '"@b.co', '"' + "a" * 400 + '"@b.co', "a" * 2000, "a." * 150 + "a@b.co", "a" * 300, "@" * 320,
    # Local parts.
    "!#$%&'*+-/=?^_`{|}~@b.co", "a.b@b.co", ".a@b.co", "a.@b.co", "a..b@b.co", "a.b.c.d@b.co", "a b@b.co", "a,b@b.co", "a(b)@b.co", "a<b>@b.co", "a:b@b.co",
    "a;b@b.co", "a[b]@b.co", "a\\b@b.co", 'a"b@b.co', "a@b@b.co", "-a-@b.co", "+@b.co", "A <a@b.co>", "<a@b.co>", "mailto:a@b.co", "a@b.co,c@d.co", "a%40b.co",
    "\u00e9@b.co", "\u0430@b.co", "\u4e2d@b.co", "a\u0301@b.co", "\u0130@b.co", "\u0131@b.co", "\u017f@b.co", "\u212a@b.co", "\u212b@b.co", "\u00df@b.co", "\u01c5@b.co",
    "K\u212ak\u017fsS@b.co", "\ufb06@b.co", "\u2126@b.co", "a\x00@b.co", "\x00@b.co", "a\x7f@b.co", "a\x1f@b.co", "a\t@b.co", "a\u200b@b.co", "a\u202e@b.co", "\uff41@b.co", "\U0001f600@b.co",
    '""@b.co', '"a"@b.co', '"a b"@b.co', '"a\\ b"@b.co', '"a\\"b"@b.co', '"a"b"@b.co', '"a\\\\b"@b.co', '"a\\"@b.co', '"a\x00"@b.co', '"\\\x00"@b.co', '"a\x01"@b.co', '"a\x08"@b.co',
    '"a\x09"@b.co', '"\\\x09"@b.co', '"a\x0a"@b.co', '"\\\x0a"@b.co', '"a\x0b"@b.co', '"\\\x0b"@b.co', '"a\x0c"@b.co', '"a\x0d"@b.co', '"\\\x0d"@b.co', '"a\x0e"@b.co', '"a\x7f"@b.co', '"\\\x7f"@b.co',
    '"a\x80"@b.co', '"\u00e9"@b.co', '"\u212a"@b.co', '"\\\u017f"@b.co', '"\u0130\u0131"@b.co', '"\\\u00e9"@b.co', '"a@b"@b.co', '"a@b.co', 'a"@b.co', '"a".b@b.co', '"a"."b"@b.co', '"!#[]~"@b.co', '"a@b.co"', '"(),:;<>@[]."@b.co',
    # Domains.
    "a@LOCALHOST", "a@Localhost", "a@localhost.", "a@localhos\u017ft", "a@loca\u017fhost", "a@xlocalhost", "a@[localhost]", "a@B.CO", "a@b.xn--p1ai", "a@b.XN--P1AI", "a@b.xn--", "a@b.xn--a", "a@b.xn--1", "a@b.xn--1-",
    "a@b.xn--" + "1" * 59, "a@b.xn--" + "1" * 60, "a@b.xn-1a", "a@xn--mnchen-3ya.de", "a@xn--.de", "a@b.xn--\u017f1", "a@b.xn--\u212a1", "a@b.xn--\u01301", "a@b.xn--\u00e91", "a@b.xn--\u00e9", "a@b.xn--p1-ai",
    "a@b-c.co", "a@-b.co", "a@b-.co", "a@b--c.co", "a@-.co", "a@b.-co", "a@b.co-", "a@b.c-o", "a@b.--", "a@b.c-", "a@b_c.co", "a@b.c_o", "a@b c.co", "a@b,co", "a@b.co/", "a@b.co:25", "a@b.co?x", "a@b.co#", "a@*.co", "a@b\\.co",
    "a@\u00fc.de", "a@\u00dc.DE", "a@b.\u00fc\u00fc", "a@b.\u00fc", "a@\u4e2d\u56fd.\u4e2d\u56fd", "a@\u4e2d\u3002\u4e2d\u56fd", "a@b\u3002co", "a@b\uff0eco", "a@b\uff61co", "a@\u0130.co", "a@\u017f.co", "a@\u212a.CO", "a@b.\u212aO", "a@b.C\u0130", "a@\u00a0.co",
    "a@\u00a1.co", "a@\u0080.co", "a@\u00ad.co", "a@\u2028.co", "a@b.\u2028\u2029", "a@\ue000.co", "a@\uffff.co", "a@\ufffe\ufffd.co", "a@\U00010000.co", "a@\U0001f600.com", "a@b.\U0001f600\U0001f600", "a@\ud7ff.co", "a@e\u0301.co", "a@\u200b.co", "a@b.co\u200b", "a@\u202eb.co", "a@\u2488com",
    "a@b.\u0661\u0662", "a@b.co\u0661", "a@b.1\u0661", "a@b.\uff11\uff12", "a@b.co\x00", "a@b\x00.co", "a@b.co\x7f", "a@b.co ", " a@b.co", "a@ b.co", "\ta@b.co\n", "\u00a0a@b.co\u00a0", "\x1ca@b.co\x1f", "\u2003a@B.CO\u3000", "\x85a@b.co", " a ", " abc\n", " @ ", "\ufeffa@b.co",
    "a@\u03a3\u03a3.GR", "a@\u0391\u03a3.gr", "a@\u1e9e.de", "a@STRASSE.de", "a@stra\u00dfe.DE", "a@b.co@D.CO", "A@B@C.DE", "Ada.Lovelace+News@Example.COM", "ada.lovelace+news@example.com", "\u0130@\u0130.C\u0130M", "a@\u01c4.com", "a@\u1f88\u0345.gr", "\ufb01@\ufb03.com",
    # Literals.
    "a@[]", "a@[", "a@]", "a@[1.2.3.4", "a@1.2.3.4]", "a@[1.2.3]", "a@[1.2.3.4.5]", "a@[01.2.3.4]", "a@[1.2.3.04]", "a@[0.0.0.0]", "a@[255.255.255.255]", "a@[1.2.3.]", "a@[.1.2.3]", "a@[1..2.3]", "a@[1.2.3.4]x", "a@x[1.2.3.4]", "a@[[1.2.3.4]]", "a@[ 1.2.3.4]", "a@[1.2.3.4 ]",
    "a@[\u0661.2.3.4]", "a@[1.2.3.1000]", "a@[0x1.2.3.4]", "a@[1.2.772]", "a@[16909060]", "a@[+1.2.3.4]", "a@[IPv6:::1]", "a@[::]", "a@[::1]", "a@[1::]", "a@[:]", "a@[:::]", "a@[::1::]", "a@[1::2::3]", "a@[1:2:3:4:5:6:7:8]", "a@[1:2:3:4:5:6:7]", "a@[1:2:3:4:5:6:7:8:9]", "a@[1:2:3:4:5:6:7::]", "a@[::2:3:4:5:6:7:8]",
    "a@[1::3:4:5:6:7:8]", "a@[1::2:3:4:5:6:7:8]", "a@[1:2:3:4:5:6:7:8::]", "a@[::1:2:3:4:5:6:7:8]", "a@[:1:2:3:4:5:6:7]", "a@[1:2:3:4:5:6:7:]", "a@[00001::]", "a@[0001::]", "a@[ABCD:EF01:2345:6789:abcd:ef01:2345:6789]", "a@[0000:0000:0000:0000:0000:ffff:1.2.3.4]", "a@[0000:0000:0000:0000:0000:ffff:255.255.255.255]",
    "a@[::ffff:1.2.3.4]", "a@[::1.2.3.4]", "a@[1.2.3.4::]", "a@[::1.2.3.4:1]", "a@[1:2:3:4:5:6:1.2.3.4]", "a@[1:2:3:4:5:6:7:1.2.3.4]", "a@[1:2:3:4:5:1.2.3.4]", "a@[1:2:3:4:5::1.2.3.4]", "a@[::01.2.3.4]", "a@[::1.2.3]", "a@[::1.2.3.256]", "a@[fe80::1%eth0]", "a@[::1/64]", "a@[::g]", "a@[::\uff21]", "a@[0:0:0:0:0:0:0:0]", "a@[0:0:0:0:0:0:0:00000]",
]

PIECES = [
    "a", "B", "z", "0", "9", "-", "--", ".", "..", "@", "[", "]", ":", "::", '"', "\\", " ", "_", "+", "xn--", "XN--", "localhost", "com", "de", "1.2.3.4", "[1.2.3.4]", "[::1]", "a@b.co",
    "\u00fc", "\u0130", "\u0131", "\u017f", "\u212a", "\u00a0", "\u00a1", "\uffff", "\U0001f600", "\u3002", "\n", "\x00", "\x7f", "a" * 61, "\u4e2d" * 62,
]
LITERAL = ["0", "1", "25", "255", "256", "f", "abcd", "ffff", ":", ":", ":", "::", ".", ".", "00", "12345"]


def address(source):
    """An address made of pieces that matter to the patterns."""
    def some(pieces, most):
        return "".join(source.choice(pieces) for _ in range(source.randrange(1, most)))

    kind = source.randrange(5)
    if kind == 0:
        return some(PIECES, 9)
    if kind == 1:
        return f"a@[{some(LITERAL, 16)}]"
    if kind == 2:
        return f'"{some(PIECES, 6)}"@b.co'
    if kind == 3:
        return f"{some(PIECES, 4)}@b.co"
    return f"a@{some(PIECES, 5)}.{some(PIECES, 4)}"


def email_vectors(source, amount):
    for known in ADDRESSES:
        yield judge_email(known)
    for _ in range(amount):
        yield judge_email(address(source))


# Files -------------------------------------------------------------------------------------


def rendered(vectors):
    lines = dict.fromkeys(json.dumps(vector, ensure_ascii=True) for vector in vectors)
    return "[\n" + ",\n".join(lines) + "\n]\n", len(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    parser.add_argument("--many", metavar="DIRECTORY", type=pathlib.Path, help="write a hundred times as many there")
    arguments = parser.parse_args()
    times = 100 if arguments.many else 1
    files = {
        PASSWORDS: password_vectors(random.Random(20250402), 260 * times),
        EMAILS: email_vectors(random.Random(20250403), 200 * times),
    }
    stale = []
    for name, vectors in files.items():
        text, count = rendered(vectors)
        if arguments.many:
            path = arguments.many / pathlib.Path(name).name
        else:
            path = ROOT / name
            if len(text) > LARGEST:
                sys.exit(f"{name} would be {len(text)} bytes, which is more than {LARGEST}")
        if not arguments.check:
            path.write_text(text, encoding="ascii")
            print(f"{path.name}: {count} vectors of Django {django.__version__}, {len(text)} bytes")
        elif path.read_text(encoding="ascii") != text:
            stale.append(name)
    if stale:
        sys.exit(f"not what Django {django.__version__} answers: {', '.join(stale)}")


if __name__ == "__main__":
    main()
