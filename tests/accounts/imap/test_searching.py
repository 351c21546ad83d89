"""Searching on the server: what goes over the line, and what comes back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from accounts.imap.wire import Wire
from core.errors import ServerRefused
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import folder_id, letter, message_at

_SIZE = re.compile(rb"\{(\d+)\}\r\n")


@pytest.mark.parametrize("query", ["grün süß", "süß OR grün", "(süß OR grün) body:größe -ähnlich wood", "wood süß"])
def test_only_literals_carry_other_letters_than_ascii(
    query: str, make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quoted strings cannot (RFC 3501 §4.3): some servers call them nonsense, and the line is given up for it."""
    demo = make_demo()
    uid = demo.place.put(letter("found", body="grün süß größe wood\r\n"))
    demo.place.put(letter("another"))
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()
    sent: list[bytes] = []
    send = Wire.send
    monkeypatch.setattr(Wire, "send", lambda wire, data: (sent.append(bytes(data)), send(wire, data))[1])
    assert incoming.search(folder_id(db), query) == [message_at(db, uid)]
    said = b"".join(sent)
    assert not said.isascii()
    while (size := _SIZE.search(said)) is not None:
        said = said[: size.start()] + said[size.end() + int(size[1]) :]
    assert said.isascii()
    incoming.close()


@pytest.mark.parametrize("query", ["grün", "grün süß"])
def test_a_server_that_does_not_know_these_letters(query: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter("found", body="grün süß\r\n"))
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()
    demo.server.on_command = lambda session, tag, name, args: (
        tag.encode() + b" NO [BADCHARSET (US-ASCII)] no\r\n" if name == "UID SEARCH" else None
    )
    with pytest.raises(ServerRefused):
        incoming.search(folder_id(db), query)
    demo.server.on_command = None
    assert incoming.search(folder_id(db), query) == [message_at(db, uid)]
    incoming.close()
