"""An outgoing server is deleted, with the senders that only it served or without; one that is a command is tested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.settings import Account, Identity, Server, Settings
from core.settings.entries import senders_only_of
from core.settings.file import add_account, load, save
from tests.terminal.program import run_correio
from tests.tui.office import Clerk, Office, mail, work
from tests.tui.test_settings_screen import to_section

SHOP = Server(kind="smtp", name="shop", host="shop.example.net", auth=False, senders="maria@shop.example, @fair.example")
IN, OUT = Server(kind="imap", host="i", auth=False), Server(kind="smtp", host="s", auth=False)
WORK = Account(name="work", email="maria@example.org", active=False, incoming=IN, outgoing=OUT)
ADDRESSES = ("maria@example.org", "maria@shop.example", "x@fair.example", "m@two.example")
SENDERS = tuple(Identity(account=WORK.id, address=one) for one in ADDRESSES)


def test_senders_that_only_one_server_serves() -> None:
    other = Server(kind="smtp", name="other", host="o.example.net", senders="@fair.example")
    settings = Settings(accounts=(WORK,), identities=SENDERS, outgoing=(SHOP,))
    assert [one.address for one in senders_only_of(settings, SHOP)] == ["maria@shop.example", "x@fair.example"]
    assert [one.address for one in senders_only_of(replace(settings, outgoing=(SHOP, other)), SHOP)] == ["maria@shop.example"]
    alone = replace(SHOP, senders="", account=WORK.id)
    bare = Settings(accounts=(replace(WORK, outgoing=None),), identities=SENDERS, outgoing=(alone,))
    assert [one.address for one in senders_only_of(bare, alone)] == ["maria@shop.example", "x@fair.example", "m@two.example"]
    assert senders_only_of(replace(bare, outgoing=(alone, replace(alone, id="0000000a"))), alone) == ()
    assert senders_only_of(replace(bare, accounts=(WORK,)), alone) == ()


@pytest.mark.parametrize(("downs", "left", "servers"), [(0, 4, 1), (1, 4, 0), (2, 2, 0)])
def test_its_senders_go_with_it_when_that_is_answered(tmp_path: Path, downs: int, left: int, servers: int) -> None:
    office = Office(tmp_path)
    office.put(mail(1))
    file = office.home.settings_file
    add_account(file, WORK, None)
    before = len(load(file).identities)
    save(file, lambda old: replace(old, identities=(*old.identities, *SENDERS), outgoing=(SHOP,)))

    async def script(clerk: Clerk) -> None:
        screen = await to_section(clerk, "outgoing")
        await clerk.press("d")
        await clerk.until(lambda: "No other server sends for" in clerk.text)
        await clerk.press(*["j"] * downs, "enter")
        await clerk.until(lambda: clerk.app.screen is screen)
        await clerk.settle()

    work(office.app(), script)
    settings = load(file)
    assert (len(settings.identities) - before, len(settings.outgoing)) == (left, servers)


def test_a_command_that_sends_is_tested_as_on_the_screen(correio_home: Path) -> None:
    assert run_correio(["account", "add", "--kind", "local", "--name", "Home"], correio_home).returncode == 0
    file = correio_home / "config" / "correio.toml"
    way = Server(kind="sendmail", host="", command="/bin/true", auth=False)

    def put(way: Server) -> None:
        save(file, lambda old: replace(old, accounts=(replace(old.accounts[0], email="me@example.org", outgoing=way),)))

    put(way)
    done = run_correio(["account", "test", "Home", "--json"], correio_home)
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout)["steps"]
    tried = [(one["kind"], one["step"], one["state"]) for one in steps if one["state"] != "skipped"]
    assert tried == [("sendmail", "login", "ok")]
    put(replace(way, command="/nowhere/sendmail"))
    assert run_correio(["account", "test", "Home"], correio_home).returncode != 0
