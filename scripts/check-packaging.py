"""The checks of scripts/check-packaging, which says what they are for and runs this.

    scripts/with-postgres python scripts/check-packaging.py BINARY
"""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.parse
import urllib.request
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(sys.argv[1]).resolve()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
# ${NAME}, ${NAME:-default} and ${NAME:?sentence}, which are all that the file uses.
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")
SECRETS = {"SECRET_KEY": "k" * 20 + "e/+=y" * 9, "POSTGRES_PASSWORD": "p@ss/w:rd#%41"}

problems = []


def require(right, problem):
    if not right:
        problems.append(problem)


class Missing(Exception):
    """A variable that must be set is not; the sentence that compose would print."""


def interpolate(text, variables):
    """The compose file's text with its variables filled in, as compose does it."""

    def value(found):
        name, operator, rest = found.groups()
        given = variables.get(name, "")
        if operator == ":?" and not given:
            raise Missing(rest)
        return given or (rest if operator == ":-" else "")

    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return YAML(typ="safe").load(VARIABLE.sub(value, "\n".join(lines)))


def env_file():
    """The variables of .env.example."""
    pairs = re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    return dict(pairs)


def instructions():
    """The Dockerfile's instructions: (NAME, the rest of the line)."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def check_variables(example):
    used = {found[1] for found in VARIABLE.finditer(COMPOSE)}
    for name in used - example.keys():
        problems.append(f"docker-compose.yml reads {name}, which .env.example does not explain")
    for name in example.keys() - used:
        problems.append(f".env.example has {name}, which docker-compose.yml does not read")
    require("$$" not in COMPOSE and VARIABLE.sub("", COMPOSE).count("$") == 0,
            "docker-compose.yml has a dollar sign that scripts/check-packaging.py does not understand")
    for name in SECRETS:
        require(example.get(name) == "", f".env.example gives {name} a value: everyone would share it")
        others = {other: secret for other, secret in SECRETS.items() if other != name}
        try:
            interpolate(COMPOSE, example | others)
            problems.append(f"docker-compose.yml does not insist on {name}")
        except Missing as missing:
            sentence = str(missing)
            require(sentence.startswith(f"{name} is not set.") and "openssl rand" in sentence and ".env" in sentence,
                    f"the sentence for a missing {name} does not say how to make one: {sentence}")


def check_dockerfile(lines):
    features = tomllib.loads((ROOT / "Cargo.toml").read_text())["features"]
    commands = [rest for name, rest in lines if name == "RUN"]
    asked = [words for command in commands for words in re.findall(r"--features[ =](\S+)", command)]
    require(asked, "the Dockerfile names no features")
    for feature in ",".join(asked).split(","):
        require(feature in features, f"the Dockerfile asks for the feature {feature}, which Cargo.toml does not have")
    stages = {rest.split()[2] for name, rest in lines if name == "FROM" and len(rest.split()) == 3}
    for name, rest in lines:
        words = shlex.split(rest) if name == "COPY" else []
        if words and words[0].startswith("--from="):
            require(words[0].removeprefix("--from=") in stages, f"the Dockerfile copies from no stage: {rest}")
        else:
            for source in words[:-1]:
                require((ROOT / source).exists(), f"the Dockerfile copies {source}, which does not exist")
    require(any(name == "USER" and not rest.startswith(("0", "root")) for name, rest in lines),
            "the image runs as root")
    wanted = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["rust-version"]
    require(lines[0][1].startswith(f"rust:{wanted}-"), f"the Dockerfile builds with another Rust than {wanted}")


def frontgate(arguments, environment, folder):
    return subprocess.run([BINARY, *arguments], env=environment, cwd=folder, capture_output=True, text=True)


def check_settings(environment, folder):
    """Every FRONTGATE_ name that compose passes is a setting, and an empty one counts as unset."""
    checked = frontgate(["check"], environment, folder)
    require(checked.returncode == 0, f"frontgate check refuses the compose file's settings: {checked.stderr}")
    for name, value in environment.items():
        taken = f"environment, {name}" in checked.stdout
        if name.startswith("FRONTGATE_"):
            require(taken == bool(value), f"{name}={value}: frontgate check does not say so")
    filled = environment | {
        "FRONTGATE_PUBLIC_ORIGIN": "https://app.example.com",
        "FRONTGATE_TRUSTED_PROXIES": "172.16.0.0/12,10.0.0.7",
        "FRONTGATE_CORS_ALLOWED_ORIGINS": "https://a.example.com,https://b.example.com",
        "FRONTGATE_COOKIE_SECURE": "false",
        "FRONTGATE_DEMO": "false",
    }
    checked = frontgate(["check"], filled, folder)
    require(checked.returncode == 0, f"frontgate check refuses the settings of .env.example: {checked.stderr}")
    for name in filled:
        if name.startswith("FRONTGATE_"):
            require(f"environment, {name}" in checked.stdout, f"{name} is no setting")


def beside_postgres(environment, port):
    """The compose file's environment with its network names replaced by this machine's."""
    server = urllib.parse.parse_qs(urllib.parse.urlsplit(os.environ["FRONTGATE_TEST_POSTGRES"]).query)
    ours = urllib.parse.urlsplit(environment["DATABASE_URL"])
    user, database = ours.username, ours.path.lstrip("/")
    for command in (f"CREATE ROLE {user} LOGIN", f"CREATE DATABASE {database} OWNER {user}"):
        psql = ["psql", "-qXh", server["host"][0], "-U", server["user"][0], "-c", command, "postgres"]
        subprocess.run(psql, check=True)
    query = urllib.parse.urlencode({"user": user, "host": server["host"][0]})
    return environment | {"DATABASE_URL": f"postgres:///{database}?{query}", "FRONTGATE_BIND": f"127.0.0.1:{port}"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check_start(environment, folder, health_check, command):
    """It starts, its health check and a sign-up succeed, it writes no file, SIGTERM ends it."""
    port = free_port()
    environment = beside_postgres(environment, port)
    log = tempfile.TemporaryFile("w+")
    server = subprocess.Popen([BINARY, *command], env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(300):
            healthy = frontgate(health_check, environment, folder)
            if healthy.returncode == 0 or server.poll() is not None:
                break
            time.sleep(0.1)
        require(healthy.returncode == 0, f"the health check fails: {healthy.stderr}")
        if healthy.returncode == 0:
            person = json.dumps({"email": "ada@example.com", "password": "correct horse battery"}).encode()
            request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/users/create/", person,
                                             {"Content-Type": "application/json"})
            # The environment's proxies are none of its business.
            answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
            require(answer.status == 201, f"a sign-up answers {answer.status}")
        server.send_signal(signal.SIGTERM)
        require(server.wait(timeout=40) == 0, f"SIGTERM ends it with {server.returncode}")
        require(os.listdir(folder) == [], f"it writes files, and its root is read-only: {os.listdir(folder)}")
    finally:
        if server.poll() is None:
            server.kill()
        if problems:
            log.seek(0)
            print(log.read(), file=sys.stderr)


def main():
    example, lines = env_file(), instructions()
    check_variables(example)
    check_dockerfile(lines)
    service = interpolate(COMPOSE, example | SECRETS)["services"]["frontgate"]
    image = dict(pair.split("=", 1) for name, rest in lines if name == "ENV" for pair in rest.split())
    environment = image | service["environment"]
    port = image["FRONTGATE_BIND"].rpartition(":")[2]
    require(service["ports"] == [f"127.0.0.1:8000:{port}"], f"the ports are {service['ports']}")
    require(("EXPOSE", port) in lines, f"the Dockerfile does not expose {port}")
    health_check = next(rest for name, rest in lines if name == "HEALTHCHECK")
    health_check = json.loads(health_check[health_check.index("[") :])
    require(service["healthcheck"]["test"] == ["CMD", *health_check], "the two health checks of frontgate differ")
    command = json.loads(dict(lines)["CMD"])
    with tempfile.TemporaryDirectory() as folder:
        check_settings(environment, folder)
        check_start(environment, folder, health_check[1:], command)
    for problem in problems:
        print(f"packaging: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
