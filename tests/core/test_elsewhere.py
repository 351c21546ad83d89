"""Accounts of other mail programs: read from their files, no password copied, nothing run."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.elsewhere import aerc, himalaya, look_around, mbsync, neomutt, offlineimap, thunderbird
from core.elsewhere.found import Elsewhere, from_url, trust_of, without_shell
from core.settings import Server

CANARY = "hunter2-in-clear"


def place(server: Server | None) -> tuple[str, int, str, str]:
    """Host, port, security and user."""
    assert server is not None
    return server.host, server.port, server.security, server.user


def only(found: list[Elsewhere]) -> Elsewhere:
    """The one that was found; never with a password in it."""
    assert len(found) == 1
    assert CANARY not in repr(found)
    return found[0]


AERC = f"""
[Work]
source        = imaps://maria%40example.org:{CANARY}@imap.example.org:993
outgoing      = smtp+plain://maria%40example.org@smtp.example.org:587
source-cred-cmd = pass show mail/work | head -n1
outgoing-cred-cmd = pass show mail/work
default       = INBOX
from          = Maria Silva <maria@example.org>
copy-to       = Sent

[Notes]
source = maildir://~/Mail
"""

HIMALAYA = f"""
[accounts.work]
default = true
email = "maria@example.org"
display-name = "Maria Silva"
backend.type = "imap"
backend.host = "imap.example.org"
backend.port = 143
backend.encryption.type = "start-tls"
backend.login = "maria"
backend.auth.type = "password"
backend.auth.cmd = "pass show work"
message.send.backend.type = "smtp"
message.send.backend.host = "smtp.example.org"
message.send.backend.port = 465
message.send.backend.login = "maria"
message.send.backend.auth.raw = "{CANARY}"
"""

HIMALAYA_OLD = """
display-name = "Maria Silva"
[work]
email = "maria@example.org"
backend = "imap"
imap-host = "imap.example.org"
imap-port = 993
imap-login = "maria"
imap-passwd-cmd = "pass show work"
smtp-host = "smtp.example.org"
smtp-port = 587
smtp-starttls = true
smtp-login = "maria"
"""

MBSYNC = f"""
# a comment
IMAPAccount work
Host imap.example.org
User maria@example.org
PassCmd "+pass show mail/\\"work\\""
TLSType IMAPS

IMAPStore work-remote
Account work

IMAPAccount old
Host mail.example.net
Port 143
User m
Pass {CANARY}
SSLType STARTTLS
"""

MSMTP = f"""
defaults
auth on
tls on
tls_starttls off

account base
host smtp.example.org
port 465
account work : base
from maria@example.org
user maria@example.org
passwordeval pass show mail/work

account list
host lists.example.org
port 587
tls_starttls on
user lister
password {CANARY}
from lister@example.org
account default : work
"""

OFFLINEIMAP = f"""
[general]
accounts = work
[Account work]
localrepository = local
remoterepository = remote
[Repository local]
type = Maildir
[Repository remote]
type = IMAP
remotehost = imap.example.org
remoteuser = maria@example.org
remotepass = {CANARY}
ssl = yes
"""

PREFS = """
// Mozilla User Preferences
user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.identity.id1.fullName", "Maria \\"M\\" Silva");
user_pref("mail.identity.id1.useremail", "maria@example.org");
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.server.server1.hostname", "imap.example.org");
user_pref("mail.server.server1.port", 143);
user_pref("mail.server.server1.socketType", 2);
user_pref("mail.server.server1.type", "imap");
user_pref("mail.server.server1.userName", "maria");
user_pref("mail.server.server2.type", "none");
user_pref("mail.smtpserver.smtp1.hostname", "smtp.example.org");
user_pref("mail.smtpserver.smtp1.port", 465);
user_pref("mail.smtpserver.smtp1.try_ssl", 3);
user_pref("mail.smtpserver.smtp1.username", "maria");
user_pref("broken", );
"""


def test_aerc() -> None:
    one = only(aerc.read(AERC))
    assert (one.name, one.address, one.person) == ("Work", "maria@example.org", "Maria Silva")
    assert place(one.incoming) == ("imap.example.org", 993, "tls", "maria@example.org")
    assert place(one.outgoing) == ("smtp.example.org", 587, "starttls", "maria@example.org")
    assert one.command == "sh -c 'pass show mail/work | head -n1'"
    assert one.outgoing_command == "pass show mail/work" and one.clear_password


@pytest.mark.parametrize("text", [HIMALAYA, HIMALAYA_OLD])
def test_himalaya(text: str) -> None:
    one = only(himalaya.read(text))
    assert (one.name, one.address, one.person, one.command) == ("work", "maria@example.org", "Maria Silva", "pass show work")
    assert place(one.incoming)[0] == "imap.example.org" and place(one.outgoing)[0] == "smtp.example.org"
    assert one.clear_password == (CANARY in text)
    assert place(one.incoming)[1:3] == ((143, "starttls") if text is HIMALAYA else (993, "tls"))
    assert place(one.outgoing)[1:3] == ((465, "tls") if text is HIMALAYA else (587, "starttls"))


def test_mbsync_and_msmtp_are_put_together() -> None:
    work, old, lists = mbsync.joined(mbsync.read(MBSYNC), mbsync.read_msmtp(MSMTP))
    assert (work.name, work.address, work.command) == ("work", "maria@example.org", 'pass show mail/"work"')
    assert place(work.incoming) == ("imap.example.org", 993, "tls", "maria@example.org")
    assert place(work.outgoing) == ("smtp.example.org", 465, "tls", "maria@example.org")
    assert place(old.incoming) == ("mail.example.net", 143, "starttls", "m") and old.clear_password and not old.usable
    assert place(lists.outgoing) == ("lists.example.org", 587, "starttls", "lister") and lists.clear_password
    assert CANARY not in repr((work, old, lists))


def test_offlineimap() -> None:
    one = only(offlineimap.read(OFFLINEIMAP))
    assert place(one.incoming) == ("imap.example.org", 993, "tls", "maria@example.org")
    assert one.clear_password and not one.command
    with_file = OFFLINEIMAP.replace(f"remotepass = {CANARY}", "remotepassfile = /secrets/work pass")
    assert only(offlineimap.read(with_file)).command == "head -n 1 '/secrets/work pass'"


def test_thunderbird() -> None:
    one = only(thunderbird.read(PREFS))
    assert (one.address, one.person) == ("maria@example.org", 'Maria "M" Silva')
    assert place(one.incoming) == ("imap.example.org", 143, "starttls", "maria")
    assert place(one.outgoing) == ("smtp.example.org", 465, "tls", "maria")


def test_neomutt_follows_what_it_sources_and_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "work").write_text(
        'set my_host = "example.org"\n'
        'set from = "maria@example.org"   # me\n'
        "set imap_user = maria imap_pass = `pass show work`\n"
        'set folder = "imaps://imap.$my_host/"\n'
        f"set smtp_url=smtp://maria@smtp.$my_host:587/ \\\n  smtp_pass='{CANARY}'\n"
    )
    trap = tmp_path / "run"
    main = tmp_path / "neomuttrc"
    main.write_text(
        f'set realname = "Maria Silva"\nset x = `touch {trap}`\nsource "touch {trap}|"\n'
        f"source {tmp_path}/work\nsource neomuttrc\n"
    )
    one = only(neomutt.read(main, tmp_path))
    assert (one.address, one.person, one.command) == ("maria@example.org", "Maria Silva", "pass show work")
    assert place(one.incoming) == ("imap.example.org", 993, "tls", "maria")
    assert place(one.outgoing) == ("smtp.example.org", 587, "starttls", "maria")
    assert one.clear_password and not trap.exists()


def test_whom_another_program_believes_is_believed(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_text("a certificate")
    finger = ":".join(["ab"] * 32)

    def trust(*found: Server | None) -> list[str]:
        return [one.trust for one in found if one is not None]

    one = only(mbsync.read(MBSYNC.split("IMAPStore")[0].rstrip() + f"\nCertificateFile {own}\n"))
    assert trust(one.incoming) == [str(own)]
    at_work = MSMTP.split("account list")[0]
    assert trust(only(mbsync.read_msmtp(at_work.replace("auth on", f"auth on\ntls_trust_file {own}"))).outgoing) == [str(own)]
    pinned = at_work.replace("auth on", f"auth on\ntls_trust_file {own}\ntls_fingerprint {finger}")
    assert trust(only(mbsync.read_msmtp(pinned)).outgoing) == [f"sha256:{'ab' * 32}"]
    ours = HIMALAYA.replace('encryption.type = "start-tls"', f'encryption.type = "start-tls"\nbackend.encryption.cert = "{own}"')
    one = only(himalaya.read(ours))
    assert trust(one.incoming, one.outgoing) == [str(own), "system"]
    one = only(offlineimap.read(OFFLINEIMAP.replace("ssl = yes", f"sslcacertfile = {own}")))
    assert trust(one.incoming) == [str(own)]
    rc = tmp_path / "muttrc"
    rc.write_text(f"set folder=imaps://m@imap.example.org/\nset from=m@example.org\nset ssl_ca_certificates_file={own}\n")
    assert trust(only(neomutt.read(rc, tmp_path)).incoming) == [str(own)]


@pytest.mark.parametrize(
    ("file", "fingerprint"),
    [("", ""), ("system", ""), ("/etc/ssl/certs/ca-certificates.crt", ""), ("/nowhere/a.pem", ""), ("", "ab:cd"), ("", "x" * 64)],
)
def test_a_list_of_the_system_is_the_system(file: str, fingerprint: str) -> None:
    assert trust_of(file, fingerprint) == "system"


def test_everything_is_looked_for_and_each_mailbox_shown_once(tmp_path: Path) -> None:
    config = tmp_path / ".config"
    for name, text in {
        ".config/aerc/accounts.conf": AERC, ".config/himalaya/config.toml": HIMALAYA_OLD, ".mbsyncrc": MBSYNC, ".msmtprc": MSMTP,
        ".offlineimaprc": OFFLINEIMAP, ".thunderbird/x.default/prefs.js": PREFS,
        ".thunderbird/profiles.ini": "[Profile0]\nName=default\nIsRelative=1\nPath=x.default\n",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = look_around(tmp_path, {"XDG_CONFIG_HOME": str(config)})
    boxes = [(one.incoming.host, one.incoming.user) for one in found if one.incoming is not None]
    assert sorted(boxes) == sorted(set(boxes)) and len(boxes) == 3
    assert [one.usable for one in found] == sorted((one.usable for one in found), reverse=True)
    assert CANARY not in repr(found)
    assert look_around(tmp_path / "nobody", {}) == []


@pytest.mark.parametrize(
    "broken", ["", "\x00\xff", "[", "[[[\n=", "set folder=imaps://[::1", 'user_pref("a', "IMAPAccount\nHost\n"]
)
def test_broken_files_are_no_accounts(broken: str, tmp_path: Path) -> None:
    (tmp_path / "rc").write_text(broken)
    for found in (
        aerc.read(broken), himalaya.read(broken), mbsync.read(broken), mbsync.read_msmtp(broken), offlineimap.read(broken),
        thunderbird.read(broken), neomutt.read(tmp_path / "rc", tmp_path),
    ):  # fmt: skip
        assert found == []


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("imaps://me@h", ("h", 993, "tls", "me")),
        ("imap://me@h", ("h", 143, "starttls", "me")),
        ("imap+insecure://me@h", ("h", 143, "none", "me")),
        ("imap://me@h:993", ("h", 993, "tls", "me")),
        ("smtps+login://a%40b@h", ("h", 465, "tls", "a@b")),
        ("smtp://h", ("h", 587, "starttls", "")),
    ],
)
def test_addresses_of_servers(url: str, wanted: tuple[str, int, str, str]) -> None:
    assert place(from_url(url)[0]) == wanted


@pytest.mark.parametrize("url", ["", "maildir://x", "imaps://", "imaps://h:99999", "imaps://[x"])
def test_what_is_no_address_of_a_server(url: str) -> None:
    assert from_url(url)[0] is None


def test_commands_for_a_shell_get_one() -> None:
    assert without_shell("pass show x") == "pass show x"
    assert without_shell("pass show x | head -1") == "sh -c 'pass show x | head -1'"
    assert without_shell("echo $MAIL") == "sh -c 'echo $MAIL'"
    assert without_shell("it's") == """sh -c 'it'"'"'s'"""
