"""A release server and a load generator, for the benchmarks beside this file."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

BINARY = os.path.join(os.path.dirname(__file__), "..", "target", "release", "frontgate")
USERS = "/api/v1/users"
ADA = {"email": "ada@example.com", "password": "correct horse battery"}


class Server:
    """A release server on a free port, and on a SQLite file of its own unless it is told
    another database. Settings are named as in frontgate.toml. `binary` is another program
    than the release build of this checkout."""

    def __init__(self, folder, binary=BINARY, **settings):
        environment = {
            "DATABASE_URL": f"sqlite://{folder}/frontgate.sqlite3",
            "FRONTGATE_BIND": "127.0.0.1:0",
        } | {variable(name): value for name, value in settings.items()}
        self.began = time.perf_counter()
        self.process = subprocess.Popen([binary], env=environment, cwd=folder, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"serves http://127\.0\.0\.1:(\d+)/", line):
                self.port = int(found[1])
                break
        else:
            sys.exit("the server did not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} | (headers or {})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        cookies = dict(c.split(";")[0].split("=", 1) for c in answer.headers.get_all("Set-Cookie") or [])
        connection.close()
        return answer.status, text, cookies

    def sign_up(self):
        status, text, cookies = self.ask("POST", f"{USERS}/create/", ADA)
        assert status == 201, text
        return cookies

    def cpu(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def keep_to(self, cores):
        """Lets all its threads run on these cores alone."""
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            os.sched_setaffinity(int(thread), cores)

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024


def variable(name):
    return name.upper() if name in ("database_url", "secret_key") else f"FRONTGATE_{name.upper()}"


def wrk(server, path, cookie=None, seconds=5, script=None, core=None):
    """Requests a second with 32 connections that are kept alive, with one cookie or with those
    that a script for wrk gives; from one core if it is given."""
    with_cookies = ["-s", script] if script else ["-H", f"Cookie: {cookie}"]
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", *with_cookies, f"http://127.0.0.1:{server.port}{path}"]
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in output, output
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
