"""Mail goes out through what `[[outgoing]]` of the settings names, here the HTTPS interfaces of providers, by command."""

from __future__ import annotations

import pytest

from core.settings.file import load
from tests.commands.house import House
from tests.servers.authority import Authority
from tests.servers.providers import DOMAIN, KEY, ProviderSink


@pytest.mark.parametrize("kind", ["mailgun", "elasticemail"])
def test_a_provider_in_the_settings_sends(house: House, authority: Authority, kind: str) -> None:
    with ProviderSink(authority) as sink:
        (account,) = load(house.home.settings_file).accounts
        with house.home.settings_file.open("a") as file:
            file.write(
                f'\n[[credential]]\nname = "api"\nmethod = "file"\n\n[[outgoing]]\nid = "0a1b2c3d"\nkind = "{kind}"\n'
                f'host = "localhost"\nport = {sink.port}\ndomain = "{DOMAIN}"\ncredential = "api"\n'
                f'trust = "{authority.file}"\nsenders = "@{DOMAIN}"\n\n'
                f'[[identity]]\nid = "0a1b2c3e"\naccount = "{account.id}"\naddress = "me@{DOMAIN}"\n'
            )
        house.run("config", "check")
        house.run("credential", "change", "api", "--password-stdin", stdin=KEY + "\n")
        house.run("send", "--to", "bob@example.net", "--subject", "By an interface", stdin="Hello Bob.\n")
        house.run("sync")
        [row] = house.json("outbox", "--all")
        assert row["state"] == "sent", row
        [delivery] = sink.deliveries
        assert delivery.recipients == ("bob@example.net",) and b"By an interface" in delivery.raw
        # A key that the provider no longer takes: the mail waits, and says why.
        house.run("credential", "change", "api", "--password-stdin", stdin="another-key\n")
        house.run("send", "--to", "bob@example.net", "--subject", "Later", stdin="Hello again.\n")
        house.run("sync", status=4)
        assert [one["subject"] for one in house.json("outbox")] == ["Later"]
    for path in house.path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
