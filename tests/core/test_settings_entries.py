"""Entries of the settings' lists as forms have them: built, checked, copied, put and removed."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import NotFound
from core.settings import Account, Credential, Identity, Server, Settings
from core.settings.entries import (
    blank,
    built,
    copied,
    declared,
    faults,
    find,
    key_of,
    refers_to,
    users,
    values_of,
    with_entry,
    without_entry,
)
from core.settings.schema import LISTS


def house() -> Settings:
    """Two accounts that share a credential, with a sender each."""
    incoming = Server(kind="imap", host="imap.example.org", user="maria", credential="work")
    outgoing = Server(kind="smtp", host="smtp.example.org", user="maria", credential="work")
    one = Account(name="work", email="maria@example.org", default=True, incoming=incoming, outgoing=outgoing)
    two = Account(name="home", incoming=Server(kind="imap", host="imap.example.net", user="m", credential="work"))
    senders = (Identity(account=one.id, address="maria@example.org"), Identity(account=two.id, address="m@example.net"))
    return Settings(accounts=(one, two), identities=senders, credentials=(Credential(name="work"),))


def filled(kind: str, /, **changes: Any) -> dict[str, Any]:
    """A new entry's values with these changed; `__` stands for a dot."""
    return {**blank(kind), **{name.replace("__", "."): value for name, value in changes.items()}}


@pytest.mark.parametrize("kind", LISTS)
def test_every_list_has_a_blank_entry_that_says_what_it_lacks(kind: str) -> None:
    values = blank(kind)
    assert set(values) == set(declared(LISTS[kind][1]))
    assert faults(Settings(), kind, values), "an empty form is never in order"


def test_what_is_there_is_in_order_and_comes_back_the_same() -> None:
    settings = house()
    for kind, (attribute, _table) in LISTS.items():
        for row in getattr(settings, attribute):
            assert faults(settings, kind, values_of(row), getattr(row, key_of(kind))) == ()
            assert built(kind, values_of(row)) == row


@pytest.mark.parametrize(
    ("changes", "key", "id"),
    [
        ({"name": "a/b"}, "name", "settings-bad-value"),
        ({"name": "Work"}, "name", "settings-twice"),
        ({"name": "x"}, "incoming.host", "settings-missing"),
        ({"name": "x", "incoming__host": "imap.example.org"}, "incoming.user", "settings-missing"),
        ({"name": "x", "kind": "local", "connections": 0}, "connections", "settings-out-of-range"),
        ({"name": "x", "kind": "local", "connections": "few"}, "connections", "settings-wrong-type"),
        ({"name": "x", "kind": "local", "folders": {"sent": ""}}, "folders", "settings-bad-value"),
        (
            {"name": "x", "incoming__host": "h", "incoming__user": "u", "incoming__credential": "none"},
            "incoming.credential",
            "settings-dangling",
        ),
        ({"name": "x", "kind": "local", "outgoing__host": "a b"}, "outgoing.host", "settings-bad-value"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(changes: dict[str, Any], key: str, id: str) -> None:
    found = faults(house(), "account", filled("account", **changes))
    assert (found[0].key, found[0].id) == (key, id)


def test_all_wrong_values_are_told_at_once() -> None:
    found = faults(house(), "account", filled("account", name="", email="nobody", keep="some"))
    assert [one.key for one in found] == ["name", "email", "keep"]


def test_a_new_default_takes_the_place_of_the_old_one() -> None:
    settings = with_entry(house(), "account", built("account", filled("account", name="x", kind="local", default=True)))
    assert [one.name for one in settings.accounts if one.default] == ["x"]


def test_what_refers_to_a_renamed_entry_follows() -> None:
    settings = with_entry(house(), "credential", Credential(name="office"), "work")
    assert [server.credential for _, server in settings.servers()] == ["office"] * 3
    assert [one.name for one in settings.credentials] == ["office"]


def test_what_is_removed_is_referred_to_no_longer() -> None:
    settings = without_entry(house(), "credential", "work")
    assert [server.credential for _, server in settings.servers()] == [""] * 3
    with pytest.raises(NotFound):
        find(settings, "credential", "work")


def test_the_senders_of_a_removed_account_go_or_get_another_one() -> None:
    settings = house()
    one, two = settings.accounts
    assert [row.address for row in without_entry(settings, "account", one.id).identities] == ["m@example.net"]
    assert {row.account for row in without_entry(settings, "account", one.id, two.id).identities} == {two.id}


def test_a_copy_has_ids_and_a_name_of_its_own() -> None:
    settings = house()
    values = copied(settings, "account", settings.accounts[0].id)
    assert values["name"] == "work 2" and not values["default"]
    assert faults(settings, "account", values) == ()
    both = with_entry(settings, "account", built("account", values))
    assert len({server.id for _, server in both.servers()}) == 5


def test_users_of_an_entry() -> None:
    settings = house()
    assert [row.name for _kind, row in users(settings, "credential", "work")] == ["work", "home"]
    assert [kind for kind, _row in users(settings, "account", settings.accounts[0].id)] == ["identity"]


def test_references_are_known_by_their_name() -> None:
    told = {key: refers_to(one) for key, one in declared(Account).items() if refers_to(one)}
    assert told == {key: key.rpartition(".")[2] for key in told} and told["incoming.credential"] == "credential"
