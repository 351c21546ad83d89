"""How each outgoing server is doing stands in the settings: sent today, sent last, why mail waits."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.errors import NetworkError
from core.settings import Server
from core.store import handed, outbox
from tests.tui.office import Clerk, Office, mail, work
from tui import settings_list
from tui.settings_list import entries_of, entry_facts


def test_the_state_of_each_outgoing_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path)
    office.put(mail(1))
    names = ("good", "bad", "off")
    good, bad, off = (Server(kind="smtp", host=f"{one}.example.org", auth=False, active=one != "off") for one in names)
    office.settings(lambda old: replace(old, outgoing=(good, bad, off)))
    now = int(time.time())
    monkeypatch.setattr(settings_list, "midnight", lambda: now - 1)
    with office.db.write():
        handed.note(office.db, office.row, good.id, 2, now)
        handed.note(office.db, office.row, good.id, 1, now)
    id = outbox.queue(
        office.db, account=office.row, message_id="1@x", sender="me@example.org", recipients=("ana@example.net",),
        subject="Hello", shown="Ana", wire=b"x", copy=b"x", not_before=0,
    )  # fmt: skip
    outbox.trying(office.db, id, bad.shown)
    outbox.put_off(office.db, id, NetworkError("connection-refused", server="bad.example.org:465", answer="no"), now + 60)

    async def script(clerk: Clerk) -> None:
        entries = entries_of(clerk.app.desk, "outgoing")
        assert [one.state for one in entries] == ["3 sent today", "trouble", "off"]
        facts = [" ".join(entry_facts(clerk.app.desk, one)) for one in entries]
        assert "3 recipients today." in facts[0] and "Sent last: " in facts[0]
        assert "bad.example.org:465" in facts[1] and "Nothing was sent through it lately." in facts[1]

    work(office.app(), script)
