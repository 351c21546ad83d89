"""OAuth2 and passwords by command: consent by a code and by a pasted address, changed, forgotten; no secret in clear."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.servers.authority import Authority
from tests.servers.authorization import CLIENT, SECRET, AuthorizationServer
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.terminal.program import correio, environment, run_correio


@pytest.fixture
def server(authority: Authority) -> Iterator[AuthorizationServer]:
    with AuthorizationServer(authority) as found:
        yield found


def options(server: AuthorizationServer, authority: Authority) -> list[str]:
    """An account whose mail server is not asked (--no-test): what counts here is the consent."""
    return [
        "account", "add", "--email", "me@example.org", "--in-host", "localhost", "--in-port", "9", "--no-test", "--oauth",
        "--client-id", CLIENT, "--client-secret-stdin", "--authorize-url", f"{server.url}/authorize",
        "--token-url", f"{server.url}/token", "--device-url", f"{server.url}/device", "--scope", "mail",
        "--oauth-trust", str(authority.file),
    ]  # fmt: skip


def no_canary(home: Path) -> None:
    """Nothing that was written holds a secret in clear."""
    for path in home.rglob("*"):
        if path.is_file():
            assert b"canary" not in path.read_bytes(), path


def test_consent_by_a_code(server: AuthorizationServer, authority: Authority, correio_home: Path) -> None:
    server.agreed.set()
    done = run_correio(options(server, authority), correio_home, stdin=SECRET + "\n")
    assert done.returncode == 0, done.stderr
    assert "ABCD-1234" in done.stderr and "█" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    [row] = json.loads(run_correio(["credential", "list", "--json"], correio_home).stdout)
    assert (row["oauth"], row["method"], row["used_by"]) == ("generic", "file", ["me@example.org (imap)"])
    shown = json.loads(run_correio(["account", "show", "me@example.org", "--json"], correio_home).stdout)
    assert shown["incoming"]["method"] == "oauth2"
    again = run_correio(["credential", "authorize", row["name"]], correio_home)
    assert again.returncode == 0, again.stderr
    assert run_correio(["credential", "change", row["name"]], correio_home).returncode == 2
    assert run_correio(["credential", "forget", row["name"], "--yes"], correio_home).returncode == 0
    needed = run_correio(["account", "test", "me@example.org"], correio_home)
    assert needed.returncode == 4
    assert "credential authorize" in needed.stderr
    no_canary(correio_home)


def test_consent_by_a_page(server: AuthorizationServer, authority: Authority, correio_home: Path) -> None:
    command = correio(*options(server, authority), "--paste")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(correio_home)
    ) as process:
        assert process.stdin and process.stderr
        process.stdin.write(SECRET + "\n")
        process.stdin.flush()
        url = ""
        for line in process.stderr:
            if found := re.match(r"https://\S+", line):
                url = found[0]
            if "Paste" in line:
                break
        query = parse_qs(urlsplit(url).query)
        server.challenge = query["code_challenge"][0]
        for about in ("cmdline", "environ"):
            assert b"canary" not in Path(f"/proc/{process.pid}/{about}").read_bytes()
        process.stdin.write(f"http://localhost/?state={query['state'][0]}&code=page-code\n")
        process.stdin.close()
        assert process.wait(60) == 0, process.stderr.read()
    assert server.requests[-1]["client_secret"] == SECRET
    no_canary(correio_home)


def test_what_is_missing_is_said(correio_home: Path) -> None:
    words = ["account", "add", "--email", "me@example.org", "--in-host", "mail.example.org", "--no-test", "--oauth"]
    done = run_correio(words, correio_home)
    assert done.returncode == 2 and "--client-id" in done.stderr
    done = run_correio([*words, "--client-id", "x"], correio_home)
    assert done.returncode == 2 and "--token-url" in done.stderr


def test_a_password_is_changed_and_forgotten(dovecot: Dovecot, mailbox: Mailbox, correio_home: Path) -> None:
    where = ["--in-host", "localhost", "--in-port", str(dovecot.ports.imaps), "--in-user", mailbox.user]
    add = ["account", "add", "--email", mailbox.address, *where, "--in-trust", str(dovecot.authority.file), "--password-stdin"]
    assert run_correio([*add, "--no-test"], correio_home, stdin="wrong-canary\n").returncode == 0
    assert run_correio(["sync"], correio_home).returncode == 4
    name = json.loads(run_correio(["credential", "list", "--json"], correio_home).stdout)[0]["name"]
    changed = run_correio(["credential", "change", name, "--password-stdin"], correio_home, stdin=mailbox.password + "\n")
    assert changed.returncode == 0, changed.stderr
    assert run_correio(["sync"], correio_home).returncode == 0
    assert run_correio(["credential", "forget", name, "--yes"], correio_home).returncode == 0
    assert run_correio(["sync"], correio_home).returncode == 4
    no_canary(correio_home)
