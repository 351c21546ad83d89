"""Entries in a calendar on a CalDAV server: found by UID, put back, never over a change of others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from accounts.caldav import CalendarServer
from core.calendar_keeping import question
from core.errors import AuthenticationError, CorreioError, ProtocolError, ServerRefused, TLSError
from core.invitation import Answer
from core.secret import Secret
from tests.accounts.engine.conftest import runtime as runtime
from tests.accounts.engine.conftest import stage as stage
from tests.accounts.engine.listener import Listener
from tests.accounts.engine.players import Stage
from tests.core.calendars import calendar, event
from tests.servers.authority import Authority
from tests.servers.radicale import PASSWORD, Radicale


@pytest.fixture(scope="module")
def radicale(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with Radicale(authority, tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def server(radicale: Radicale) -> CalendarServer:
    return CalendarServer(radicale.calendar, Secret(PASSWORD))


def entry(uid: str, title: str = "x") -> bytes:
    return calendar(event(uid=uid, title=title), method="")


def test_put_find_and_change(server: CalendarServer) -> None:
    assert server.find("one@example.net") is None
    assert server.put("one@example.net", entry("one@example.net"), None)
    found = server.find("one@example.net")
    assert found is not None and found.etag and b"UID:one@example.net" in found.data
    assert found.url.endswith("/me/days/one%40example.net.ics")
    assert server.find("one@example.ne") is None, "a part of a UID is another"
    assert not server.put("one@example.net", entry("one@example.net", "over"), None), "there is one already"
    assert server.put("one@example.net", entry("one@example.net", "new"), found)
    assert not server.put("one@example.net", entry("one@example.net", "late"), found), "it has changed since"
    now = server.find("one@example.net")
    assert now is not None and b"SUMMARY:new" in now.data


def test_odd_uids(server: CalendarServer) -> None:
    for uid in ("../../etc/x", "<a & b>", "ü" * 80):
        assert server.put(uid, entry(uid), None)
        found = server.find(uid)
        assert found is not None and "/me/days/" in found.url


def test_what_others_change_meanwhile_is_merged(server: CalendarServer) -> None:
    server.put("two", entry("two"), None)
    seen: list[bytes] = []

    def merged(before: bytes) -> bytes:
        seen.append(before)
        if len(seen) == 1:  # somebody is quicker
            assert server.put("two", entry("two", "theirs"), server.find("two"))
        return before.replace(b"SUMMARY:", b"SUMMARY:mine and ")

    server.keep("two", merged)
    found = server.find("two")
    assert len(seen) == 2 and found is not None and b"mine and theirs" in found.data


def test_who_is_always_quicker_is_told_of(server: CalendarServer) -> None:
    server.put("three", entry("three"), None)
    turns = iter(range(10))

    def merged(before: bytes) -> bytes:
        assert server.put("three", entry("three", f"turn {next(turns)}"), server.find("three"))
        return before

    with pytest.raises(ServerRefused) as caught:
        server.keep("three", merged)
    assert caught.value.id == "calendar-busy"


def test_wrong_passwords_certificates_and_places(radicale: Radicale, server: CalendarServer) -> None:
    assert radicale.reaches() in (401, 403)
    with pytest.raises(AuthenticationError):
        CalendarServer(radicale.calendar, Secret("wrong")).find("one")
    with pytest.raises(TLSError):
        CalendarServer(replace(radicale.calendar, trust="system"), Secret(PASSWORD)).find("one")
    elsewhere = replace(radicale.calendar, url=f"{radicale.calendar.url}-not-there")
    with pytest.raises(ServerRefused):
        CalendarServer(elsewhere, Secret(PASSWORD)).find("one")
    with pytest.raises(ProtocolError) as caught:
        server._inside("https://evil.example/me/days/x.ics", "x")
    assert caught.value.id == "bad-answer"


def test_the_engine_keeps_an_entry(radicale: Radicale, stage: Stage, server: CalendarServer) -> None:
    stage.calendar = lambda: server
    data = calendar(event(uid="four@example.net"))
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        words = question(data, "four@example.net", Answer("me@example.org", "ACCEPTED", now=1_900_000_000))
        assert "/me/days/" in str(screen.ask("keep-event", **words))
        found = server.find("four@example.net")
        assert found is not None and b"PARTSTAT=ACCEPTED" in found.data and b"METHOD" not in found.data
        with pytest.raises(CorreioError) as caught:
            screen.ask("keep-event", **question(b"", "", None))
        assert caught.value.id == "calendar-unreadable"


def test_the_engine_without_a_calendar(stage: Stage) -> None:
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen, pytest.raises(CorreioError) as caught:
        screen.ask("keep-event", **question(calendar(event()), "x", None))
    assert caught.value.id == "no-calendar"
