"""`correio account`: added, listed, shown, tested and removed, against real servers; and every bad day."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_options import Options
from tests.servers.mailbox import Mailbox
from tests.servers.names import NameServer
from tests.servers.smtp import SmtpSink
from tests.terminal.program import run_correio

Done = subprocess.CompletedProcess[str]
Add = Callable[..., Done]


@pytest.fixture
def sink(make_smtp: Callable[..., SmtpSink], mailbox: Mailbox) -> SmtpSink:
    """An SMTP server that knows the mailbox's user."""
    sink = make_smtp("starttls")
    sink.user, sink.password = mailbox.user, mailbox.password
    return sink


@pytest.fixture
def servers(dovecot: Dovecot, sink: SmtpSink, mailbox: Mailbox) -> dict[str, str]:
    """The options that describe both servers."""
    ca = str(dovecot.authority.file)
    return {
        "--email": mailbox.address,
        "--in-host": "localhost",
        "--in-port": str(dovecot.ports.imaps),
        "--in-user": mailbox.user,
        "--in-trust": ca,
        "--out-host": "localhost",
        "--out-port": str(sink.port),
        "--out-user": mailbox.user,
        "--out-trust": ca,
        "--out-security": "starttls",
    }


@pytest.fixture
def add(correio_home: Path, mailbox: Mailbox, servers: dict[str, str]) -> Add:
    """`account add` with the servers, some options changed: `None` leaves one out."""

    def run(*more: str, password: str | None = None, **changed: str | None) -> Done:
        options = {**servers, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
        words = [word for name, value in options.items() if value is not None for word in (name, value)]
        given = f"{mailbox.password if password is None else password}\n"
        return run_correio(["account", "add", *words, "--password-stdin", *more], correio_home, given)

    return run


def files_with(home: Path, secret: str) -> list[str]:
    """The files below the home that hold the text."""
    return [str(path) for path in home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def told(home: Path, *words: str) -> Done:
    """What `account` with these words does."""
    return run_correio(["account", *words], home)


def test_an_account_is_added_listed_shown_tested_and_removed(add: Add, correio_home: Path, mailbox: Mailbox) -> None:
    done = add("--name", "Home")
    assert (done.returncode, done.stderr) == (0, "")
    assert "encrypted with a key in a file beside it" in done.stdout
    assert "Added: Home" in done.stdout
    assert files_with(correio_home, mailbox.password) == []
    for name in ("correio.toml", "credentials.json", "credentials.key"):
        assert stat.S_IMODE((correio_home / "config" / name).stat().st_mode) == 0o600

    (row,) = json.loads(told(correio_home, "list", "--json").stdout)
    assert {**row, "id": ""} == {
        "id": "",
        "name": "Home",
        "kind": "imap",
        "email": mailbox.address,
        "active": True,
        "default": True,
        "state": "",
        "offline": False,
        "pending": 0,
        "error": None,
    }
    shown = json.loads(told(correio_home, "show", "home", "--json").stdout)
    assert (shown["id"], shown["incoming"]["user"], shown["outgoing"]["port"] > 0) == (row["id"], mailbox.user, True)
    assert mailbox.password not in told(correio_home, "show", "Home").stdout
    tested = json.loads(told(correio_home, "test", mailbox.address, "--json").stdout)
    assert tested["ok"] and [one["state"] for one in tested["steps"] if one["step"] == "login"] == ["ok", "ok"]
    assert told(correio_home, "test", "Home").stdout == "Home: everything works.\n"

    refused = told(correio_home, "remove", "Home")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert json.loads(told(correio_home, "remove", "Home", "--yes", "--json").stdout) == {"removed": "Home"}
    assert json.loads(told(correio_home, "list", "--json").stdout) == []
    assert told(correio_home, "show", "Home").returncode == 3


def test_json_says_only_what_was_added(add: Add, correio_home: Path) -> None:
    done = add("--json")
    assert done.returncode == 0
    assert json.loads(done.stdout).keys() == {"id", "name"}


def test_a_wrong_password_is_an_authentication_error(add: Add, correio_home: Path, mailbox: Mailbox) -> None:
    done = add(password="not-the-password")
    assert done.returncode == 4
    assert f"refused the user {mailbox.user} or the password" in done.stderr
    assert f"Many servers want the whole mail address as user, not “{mailbox.user}” alone." in done.stderr
    assert json.loads(told(correio_home, "list", "--json").stdout) == []
    assert files_with(correio_home, "not-the-password") == []


def test_an_unknown_host_is_a_network_error(add: Add) -> None:
    done = add(in_host="imap.example.invalid")
    assert (done.returncode, "There is no server named imap.example.invalid. Check" in done.stderr) == (5, True)


def test_a_closed_port_is_a_network_error(add: Add, sink: SmtpSink) -> None:
    sink.stop()
    done = add()
    assert (done.returncode, f"localhost:{sink.port} takes no connections" in done.stderr) == (5, True)


@pytest.mark.parametrize("trouble", ["name", "unknown", "expired"])
def test_a_certificate_that_does_not_fit_is_told_with_its_fingerprint(
    add: Add, make_smtp: Callable[..., SmtpSink], authority: Authority, mailbox: Mailbox, trouble: str
) -> None:
    names = ("other.example.org",) if trouble == "name" else ()
    shown = authority.certificate(*names, expired=trouble == "expired")
    other = make_smtp("tls", certificate=shown)
    other.user, other.password = mailbox.user, mailbox.password
    changed = {"out_port": str(other.port), "out_security": "tls"}
    done = add(**changed, **({"out_trust": "system"} if trouble == "unknown" else {}))
    assert done.returncode == 5
    assert f"sha256:{shown.fingerprint}" in done.stderr
    assert trouble != "name" or "is for other.example.org, not for localhost" in done.stderr
    pinned = add(**changed, out_trust=f"sha256:{shown.fingerprint}")
    assert (pinned.returncode, pinned.stderr) == (0, "")


def test_another_certificate_than_the_pinned_one_is_refused(add: Add) -> None:
    done = add(in_trust=f"sha256:{'0' * 64}")
    assert (done.returncode, "another certificate than the one you pinned" in done.stderr) == (5, True)


def test_missing_starttls_is_told(add: Add, make_smtp: Callable[..., SmtpSink]) -> None:
    plain = make_smtp("none", auth=False)
    done = add(out_port=str(plain.port))
    assert (done.returncode, "does not offer STARTTLS" in done.stderr) == (5, True)
    assert plain.seen["AUTH"] == 0


def test_a_server_that_takes_no_passwords_in_the_open_is_told(make_dovecot: Callable[..., Dovecot], correio_home: Path) -> None:
    guarded = make_dovecot(Options(guarded=True))
    user = guarded.user()
    words = ["--email", user.address, "--in-host", guarded.host, "--in-port", str(guarded.ports.imap)]
    words += ["--in-security", "none", "--in-user", user.user, "--password-stdin"]
    done = run_correio(["account", "add", *words], correio_home, f"{user.password}\n")
    assert (done.returncode, "takes no passwords on this line" in done.stderr) == (4, True)
    assert not any("Login: user=<" in line for line in guarded.log)


def test_it_can_be_added_without_a_test(add: Add, correio_home: Path) -> None:
    done = add("--no-test", in_host="imap.example.invalid")
    assert done.returncode == 0
    assert told(correio_home, "test", json.loads(told(correio_home, "list", "--json").stdout)[0]["name"]).returncode == 5


def test_the_file_of_an_authority_is_kept_with_its_whole_path(add: Add, correio_home: Path, dovecot: Dovecot) -> None:
    (correio_home.parent / "ca.pem").write_bytes(dovecot.authority.file.read_bytes())
    done = add(in_trust="ca.pem")
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(told(correio_home, "show", _only_name(correio_home), "--json").stdout)
    assert shown["incoming"]["trust"] == str(correio_home.parent / "ca.pem")


def test_a_command_gives_the_password(add: Add, correio_home: Path, servers: dict[str, str], mailbox: Mailbox) -> None:
    file = correio_home.parent / "word"
    file.write_text(mailbox.password)
    words = [word for pair in servers.items() for word in pair]
    done = run_correio(["account", "add", *words, "--password-command", f"cat {file}"], correio_home)
    assert (done.returncode, done.stderr) == (0, "")
    assert files_with(correio_home, mailbox.password) == []
    assert told(correio_home, "test", _only_name(correio_home)).returncode == 0
    file.unlink()
    failed = told(correio_home, "test", _only_name(correio_home))
    assert (failed.returncode, "The command that gives the password" in failed.stderr) == (4, True)


def test_a_password_that_is_asked_each_time_is_kept_nowhere(add: Add, correio_home: Path, mailbox: Mailbox) -> None:
    assert add("--store", "ask").returncode == 0
    assert not list((correio_home / "config").glob("credentials*"))
    needed = told(correio_home, "test", _only_name(correio_home))
    assert (needed.returncode, "is needed" in needed.stderr) == (4, True)


def test_own_key_keeps_the_password(add: Add, gnupg_home: Path, correio_home: Path, mailbox: Mailbox) -> None:
    no_key = add("--store", "gpg")
    assert (no_key.returncode, "cannot be kept by gpg on this machine" in no_key.stderr) == (2, True)
    make = ["gpg", "--homedir", str(gnupg_home), "--batch", "--passphrase", "", "--quick-gen-key"]
    subprocess.run([*make, "Signs only <s@example.org>", "ed25519", "sign"], check=True, capture_output=True)
    subprocess.run([*make, "Maria <maria@example.org>", "future-default", "default"], check=True, capture_output=True)
    done = add("--store", "gpg")
    assert (done.returncode, done.stderr) == (0, "")
    assert files_with(correio_home, mailbox.password) == []
    assert told(correio_home, "test", _only_name(correio_home)).returncode == 0


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"in_host": "a b"}, "--in-host cannot be “a b”"),
        ({"out_port": "70000"}, "--out-port cannot be “70000”"),
        ({"in_trust": "sha256:12"}, "--in-trust cannot be “sha256:12”"),
        ({"keep": "some"}, "use headers, days:N or all"),
    ],
)
def test_unusable_options_are_wrong_usage(add: Add, changed: dict[str, str], says: str) -> None:
    done = add(**changed)
    assert (done.returncode, says in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_without_a_terminal_nothing_is_asked(correio_home: Path, servers: dict[str, str]) -> None:
    words = [word for pair in servers.items() for word in pair]
    done = run_correio(["account", "add", *words], correio_home)
    assert (done.returncode, "--password-stdin" in done.stderr) == (2, True)
    assert run_correio(["account", "add"], correio_home).returncode == 2


def test_a_server_without_log_in_needs_no_user(add: Add, make_smtp: Callable[..., SmtpSink], correio_home: Path) -> None:
    relay = make_smtp("starttls", auth=False)
    done = add(out_port=str(relay.port), out_user="")
    assert (done.returncode, done.stderr) == (0, "")
    assert relay.seen["AUTH"] == 0
    assert told(correio_home, "test", _only_name(correio_home)).returncode == 0


def test_a_local_account_needs_no_server(correio_home: Path) -> None:
    assert run_correio(["account", "add", "--kind", "local", "--name", "Archive"], correio_home).returncode == 0
    (row,) = json.loads(told(correio_home, "list", "--json").stdout)
    assert (row["name"], row["kind"]) == ("Archive", "local")


def test_two_accounts_of_one_address_get_two_names(add: Add, correio_home: Path, mailbox: Mailbox) -> None:
    assert (add("--no-test").returncode, add("--no-test").returncode) == (0, 0)
    names = [row["name"] for row in json.loads(told(correio_home, "list", "--json").stdout)]
    assert names == [mailbox.address, f"{mailbox.address} 2"]
    assert told(correio_home, "remove", names[1], "--yes").returncode == 0
    assert told(correio_home, "test", names[0]).returncode == 0


def test_an_account_is_shown_as_the_settings_have_it(add: Add, correio_home: Path, dovecot: Dovecot) -> None:
    add("--no-test", "--name", "work")
    lines = told(correio_home, "show", "work").stdout.splitlines()
    assert "active = true" in lines and "incoming.security = tls" in lines
    assert f"incoming.port = {dovecot.ports.imaps}" in lines
    assert not any(sign in line for line in lines for sign in "{}'") and not any(line != line.rstrip() for line in lines)


def _only_name(home: Path) -> str:
    (row,) = json.loads(told(home, "list", "--json").stdout)
    return str(row["id"])


def test_an_account_of_aerc_is_taken_over(correio_home: Path, mailbox: Mailbox, dovecot: Dovecot, tmp_path: Path) -> None:
    file = tmp_path / "config" / "aerc" / "accounts.conf"
    file.parent.mkdir(parents=True)
    file.write_text(
        f"[Work]\nsource = imap+insecure://{mailbox.user}@localhost:{dovecot.ports.imap}\n"
        f"source-cred-cmd = echo {mailbox.password}\nfrom = Maria <{mailbox.address}>\n"
    )
    around = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    (row,) = json.loads(run_correio(["account", "import", "--json"], correio_home, env=around).stdout)
    assert (row["program"], row["address"], row["usable"], row["new"]) == ("aerc", mailbox.address, True, True)
    done = run_correio(["account", "import", "work", "--no-test"], correio_home, env=around)
    assert (done.returncode, "Added" in done.stdout) == (0, True), done.stderr
    (account,) = json.loads(told(correio_home, "list", "--json").stdout)
    assert account["email"] == mailbox.address
    assert run_correio(["account", "import", "work"], correio_home, env=around).returncode == 3


def test_what_is_said_of_a_server_that_is_taken_over_counts(
    correio_home: Path, mailbox: Mailbox, dovecot: Dovecot, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "aerc" / "accounts.conf"
    file.parent.mkdir(parents=True)
    file.write_text(
        f"[Work]\nsource = imaps://{mailbox.user}@localhost:1\nsource-cred-cmd = echo {mailbox.password}\n"
        f"from = Maria <{mailbox.address}>\n"
    )
    around = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    words = ["account", "import", "work", "--in-port", str(dovecot.ports.imaps)]
    done = run_correio(words, correio_home, env=around)
    assert done.returncode != 0 and "not signed by anyone this machine knows" in done.stderr
    done = run_correio([*words, "--in-trust", str(dovecot.authority.file)], correio_home, env=around)
    assert (done.returncode, "Added" in done.stdout) == (0, True), done.stderr


def test_a_domain_is_checked(correio_home: Path) -> None:
    with NameServer({("bare.example", "TXT"): ['"x"']}) as server:
        words = ["account", "domain", "bare.example", "--nameserver", f"127.0.0.1:{server.port}"]
        done = run_correio(words, correio_home)
        assert done.returncode == 1 and "! Receiving (MX): No server receives mail for bare.example." in done.stdout
        found = json.loads(run_correio([*words, "--json"], correio_home).stdout)
    assert [one["id"] for one in found["findings"]][:2] == ["mx-none", "spf-none"]
