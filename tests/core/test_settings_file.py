"""The configuration file is changed in place: comments stay, crashes and rivals do no harm."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.errors import NotFound, SettingsError
from core.settings import Account, Credential, Identity, Server, Settings, Ui
from core.settings.file import (
    add_account,
    add_identity,
    change_account,
    change_identity,
    load,
    put_credential,
    remove_account,
    remove_identity,
    save,
)
from tests.depth import examples

COMMENTED = """\
# Mine. Do not touch.

[ui]
# dark, for the eyes
theme = "nord"  # or gruvbox
threads = false

# the local one
[[account]]
id = "4e4e4e4e"
name = "Old mail"  # since 1998
kind = "local"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "correio.toml"


def account(name: str = "me", credential: str = "me") -> Account:
    def server(kind: str) -> Server:
        return Server(kind=kind, host=f"{kind}.example.org", user="me", credential=credential)

    return Account(name=name, email=f"{name}@example.org", incoming=server("imap"), outgoing=server("smtp"))


def test_a_first_account_makes_the_file_private_and_is_the_default(path: Path) -> None:
    mine = account()
    identity = Identity(account=mine.id, address=mine.email, signature="a\n\n[[b]]\n")
    settings = add_account(path, mine, identity, (Credential(name="me", method="file"),))
    assert settings == load(path)
    assert settings.accounts == (replace(mine, default=True),)
    assert settings.identities == (identity,)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert "port" not in path.read_text()


def test_comments_order_and_untouched_lines_stay(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(COMMENTED)
    old = load(path).account("Old mail")
    change_account(path, replace(old, name="Archive", keep="all"))
    add_account(path, account(), None, (Credential(name="me"),))
    save(path, lambda now: replace(now, ui=replace(now.ui, theme="mono")))
    text = path.read_text()
    changed = COMMENTED.replace('"Old mail"  #', '"Archive"  #').replace('"nord"', '"mono"')
    assert text.startswith(changed)
    assert load(path).account("Archive").keep == "all"


def test_removing_an_account_takes_its_identities_and_orphaned_credentials(path: Path) -> None:
    mine, other = account("me"), account("you", "shared")
    add_account(path, mine, Identity(account=mine.id, address="me@example.org"), (Credential(name="me"),))
    add_account(path, other, None, (Credential(name="shared"),))
    settings = remove_account(path, mine.id)
    assert settings == load(path)
    assert [one.name for one in settings.accounts] == ["you"]
    assert settings.identities == ()
    assert [one.name for one in settings.credentials] == ["shared"]
    remove_account(path, other.id)
    assert load(path) == Settings()


def test_a_shared_credential_survives_the_first_account_to_go(path: Path) -> None:
    mine, other = account("me", "shared"), account("you", "shared")
    add_account(path, mine, None, (Credential(name="shared"),))
    add_account(path, other)
    assert [one.name for one in remove_account(path, mine.id).credentials] == ["shared"]


def test_a_new_default_account_replaces_the_old_one(path: Path) -> None:
    add_account(path, Account(name="a", kind="local"))
    settings = add_account(path, Account(name="b", kind="local", default=True))
    assert [one.default for one in settings.accounts] == [False, True]
    settings = change_account(path, replace(settings.accounts[0], default=True))
    assert [one.default for one in settings.accounts] == [True, False]


def test_identities_come_change_and_go(path: Path) -> None:
    mine = add_account(path, Account(name="a", kind="local")).accounts[0]
    identity = Identity(account=mine.id, address="a@example.org")
    add_identity(path, identity)
    assert change_identity(path, replace(identity, name="Ana")).identities[0].name == "Ana"
    assert remove_identity(path, identity.id) == load(path)
    assert load(path).identities == ()
    with pytest.raises(NotFound):
        remove_identity(path, identity.id)
    with pytest.raises(NotFound):
        change_identity(path, identity)
    with pytest.raises(NotFound):
        remove_account(path, "ffffffff")


def test_a_credential_of_the_same_name_is_replaced(path: Path) -> None:
    put_credential(path, Credential(name="me"))
    put_credential(path, Credential(name="me", method="command", command="pass me"))
    assert [one.method for one in load(path).credentials] == ["command"]


def test_a_server_can_be_taken_away_and_put_back(path: Path) -> None:
    mine = add_account(path, account(), None, (Credential(name="me"),)).accounts[0]
    assert change_account(path, replace(mine, outgoing=None)).accounts[0].outgoing is None
    assert change_account(path, mine) == load(path)


def test_what_could_not_be_read_again_is_never_written(path: Path) -> None:
    add_account(path, Account(name="a", kind="local"))
    before = path.read_bytes()
    with pytest.raises(SettingsError) as caught:
        add_account(path, Account(name="A", kind="local"))
    assert caught.value.id == "settings-twice"
    with pytest.raises(SettingsError):
        save(path, lambda now: replace(now, ui=Ui(reader_width=-5)))
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir() if "lock" not in one.name] == ["correio.toml"]


def test_a_broken_file_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[ui\n")
    with pytest.raises(SettingsError):
        add_account(path, Account(name="a", kind="local"))
    assert path.read_text() == "[ui\n"


def test_a_symbolic_link_is_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    real = tmp_path / "dotfiles.toml"
    real.write_text("# here\n")
    path.symlink_to(real)
    add_account(path, Account(name="a", kind="local"))
    assert path.is_symlink()
    assert real.read_text().startswith("# here\n")


def test_a_file_that_is_no_utf8_or_cannot_be_read_is_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"# a\n# \xff\n")
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert (caught.value.id, caught.value.values["line"]) == ("settings-not-utf8", 2)
    path.unlink()
    path.mkdir()
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert caught.value.id == "settings-unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(path: Path) -> None:
    path.parent.mkdir(mode=0o500)
    with pytest.raises(SettingsError) as caught:
        add_account(path, Account(name="a", kind="local"))
    assert caught.value.id == "settings-unwritable"


def test_two_writers_do_not_lose_each_others_changes(path: Path) -> None:
    def write(number: int) -> None:
        add_account(path, Account(name=f"a{number}", kind="local"))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert {one.name for one in load(path).accounts} == {f"a{number}" for number in range(8)}


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=40).filter(
    lambda text: not any((ord(letter) < 32 and letter not in "\n\t") or 127 <= ord(letter) < 160 for letter in text)
)


@hypothesis_settings(deadline=None, max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(signatures=st.lists(TEXT, min_size=1, max_size=3), paths=st.dictionaries(st.just("sent"), TEXT))
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, signatures: list[str], paths: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("any") / "correio.toml"
    folders = {role: name for role, name in paths.items() if name.strip() and not set(name) & set("\n\t")}
    mine = add_account(path, Account(name="a", kind="local", folders=folders)).accounts[0]
    for signature in signatures:
        add_identity(path, Identity(account=mine.id, address="a@example.org", signature=signature))
    settings = load(path)
    assert [one.signature for one in settings.identities] == signatures
    assert settings.accounts[0].folders == folders
    first = settings.identities[0]
    assert change_identity(path, replace(first, signature="x")) == load(path)
