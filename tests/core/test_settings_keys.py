"""`correio config get` and `set` by dotted key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import Account, Credential, Identity, Server
from core.settings.file import add_account, load
from core.settings.keys import as_plain, get, put


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "correio.toml"
    incoming = Server(kind="imap", host="imap.example.org", user="me", credential="me")
    mine = Account(name="me", email="me@example.org", incoming=incoming, folders={"sent": "Sent"})
    add_account(path, mine, Identity(account=mine.id, address="me@example.org"), (Credential(name="me"),))
    other = Account(name="me@example.org.keep", kind="local")
    add_account(path, other)
    return path


def test_values_are_read_by_name_id_and_address(path: Path) -> None:
    settings = load(path)
    id = settings.accounts[0].id
    assert get(settings, "ui.keymap") == "default"
    for name in ("me", "ME", id, "me@example.org"):
        assert get(settings, f"account.{name}.incoming.port") == 993
    assert get(settings, "account.me.folders.sent") == "Sent"
    assert get(settings, "account.me.folders.trash") == ""
    assert as_plain(get(settings, "account.me.folders")) == {"sent": "Sent"}
    assert get(settings, "identity.me@example.org.name") == ""
    plain = as_plain(settings.accounts[0])
    assert (plain["name"], plain["incoming"]["host"], plain["outgoing"]) == ("me", "imap.example.org", None)
    [credential] = as_plain(settings.credentials)
    assert (credential["name"], credential["method"], credential["command"]) == ("me", "ask", "")
    json.dumps(as_plain(settings))
    assert get(settings, "credential.me.method") == "ask"


def test_the_longest_name_that_fits_wins(path: Path) -> None:
    assert get(load(path), "account.me@example.org.keep.kind") == "local"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("ui.threads", "no", False),
        ("ui.threads", "True", True),
        ("ui.mark_read_after", "-1", -1),
        ("ui.theme", "nord", "nord"),
        ("account.me.keep", "days:7", "days:7"),
        ("account.me.incoming.security", "starttls", "starttls"),
        ("account.me.folders.trash", "Bin", "Bin"),
        ("account.me.folders.sent", "", ""),
        ("account.me.keep_folders.INBOX.Lists", "days:7", "days:7"),
        ("compose.attribution", "{name}:", "{name}:"),
    ],
)
def test_values_are_set(path: Path, key: str, text: str, value: object) -> None:
    put(path, key, text)
    assert get(load(path), key) == value


def test_a_port_that_followed_from_the_security_goes_on_doing_so(path: Path) -> None:
    put(path, "account.me.incoming.security", "starttls")
    assert get(load(path), "account.me.incoming.port") == 143
    put(path, "account.me.incoming.port", "1143")
    put(path, "account.me.incoming.security", "tls")
    assert get(load(path), "account.me.incoming.port") == 1143


@pytest.mark.parametrize(
    ("key", "text", "id"),
    [
        ("ui.them", "x", "settings-unknown-key"),
        ("uj.theme", "x", "settings-unknown-key"),
        ("ui", "x", "settings-unknown-key"),
        ("account.you.keep", "all", "settings-unknown-key"),
        ("account.me.outgoing.host", "x", "settings-unknown-key"),
        ("account.me.incoming", "x", "settings-unknown-key"),
        ("account.me.folders", "x", "settings-wrong-type"),
        ("account.me.folders.gone", "x", "settings-bad-value"),
        ("account.me.id", "0a0a0a0a", "settings-fixed"),
        ("account.me.keep", "some", "settings-bad-value"),
        ("account.me.keep_folders.Lists", "some", "settings-bad-value"),
        ("account.me.incoming.security", "ssl", "settings-bad-choice"),
        ("account.me.incoming.port", "70000", "settings-out-of-range"),
        ("account.me.incoming.credential", "gone", "settings-dangling"),
        ("account.me.name", "me@example.org.keep", "settings-twice"),
        ("ui.threads", "perhaps", "settings-wrong-type"),
        ("ui.reader_width", "wide", "settings-wrong-type"),
        ("ui.reader_width", "²", "settings-wrong-type"),
    ],
)
def test_what_cannot_be_set_says_why_and_changes_nothing(path: Path, key: str, text: str, id: str) -> None:
    before = path.read_bytes()
    with pytest.raises(SettingsError) as caught:
        put(path, key, text)
    assert caught.value.id == id
    assert caught.value.values["key"]
    assert path.read_bytes() == before


def test_an_unknown_key_comes_with_the_likely_one(path: Path) -> None:
    settings = load(path)
    for wrong, near in (
        ("ui.them", "ui.theme"),
        ("account.me.kep", "account.me.keep"),
        ("account.me.incoming.hots", "account.me.incoming.host"),
    ):
        with pytest.raises(SettingsError) as caught:
            get(settings, wrong)
        assert caught.value.values["near"] == near
