"""Entries in a calendar on a CalDAV server: found by UID, put back, never over a change of others."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from accounts.caldav import CalendarServer
from core.calendar_keeping import question
from core.errors import AuthenticationError, CorreioError, NetworkError, ProtocolError, ServerRefused, TLSError
from core.invitation import Answer
from core.secret import Secret
from core.store import calendar_waiting, notices, schedule
from core.store.database import Database
from tests.accounts.engine.conftest import runtime as runtime
from tests.accounts.engine.conftest import stage as stage
from tests.accounts.engine.listener import Listener
from tests.accounts.engine.players import Stage
from tests.core.calendars import calendar, event
from tests.servers.authority import Authority
from tests.servers.radicale import PASSWORD, Radicale
from tui.sentences import sentence

DAY = ("DTSTART:20310303T090000Z", "DTEND:20310303T093000Z")


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
    refused: list[str] = []
    with pytest.raises(AuthenticationError):
        CalendarServer(radicale.calendar, Secret("wrong"), lambda: refused.append("asked anew")).find("one")
    assert refused == ["asked anew"]
    with pytest.raises(TLSError):
        CalendarServer(replace(radicale.calendar, trust="system"), Secret(PASSWORD)).find("one")
    elsewhere = replace(radicale.calendar, url=f"{radicale.calendar.url}-not-there")
    with pytest.raises(ServerRefused):
        CalendarServer(elsewhere, Secret(PASSWORD)).find("one")
    with pytest.raises(ProtocolError) as caught:
        server._inside("https://evil.example/me/days/x.ics", "x")
    assert caught.value.id == "bad-answer"


def waiting(stage: Stage, data: bytes, uid: str, answer: Answer | None = None) -> int:
    """An entry that waits for the calendar."""
    with contextlib.closing(Database(stage.home.database)) as db:
        return calendar_waiting.queue(db, question(data, uid, answer), "A talk")


def left(stage: Stage) -> list[tuple[str, CorreioError | None]]:
    """What waits still."""
    with contextlib.closing(Database(stage.home.database)) as db:
        return calendar_waiting.waiting(db)


def test_the_engine_keeps_an_entry(radicale: Radicale, stage: Stage, server: CalendarServer) -> None:
    stage.calendar = lambda: server
    data = calendar(event(uid="four@example.net"))
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        entry = waiting(stage, data, "four@example.net", Answer("me@example.org", "ACCEPTED", now=1_900_000_000))
        assert screen.ask("keep-event", entry=entry) in ("", server.url), "'': it was quicker"
        found = server.find("four@example.net")
        assert found is not None and b"PARTSTAT=ACCEPTED" in found.data and b"METHOD" not in found.data
        assert left(stage) == [] and screen.ask("keep-event", entry=entry) == "", "it is done"
        entry = waiting(stage, b"", "")
        with contextlib.suppress(CorreioError):
            screen.ask("keep-event", entry=entry)
        assert left(stage) == [], "what nobody can keep is not tried again"
        with contextlib.closing(Database(stage.home.database)) as db:
            ((_, notice),) = notices.unseen(db)
        assert sentence(notice).startswith("“A talk” could not be put into your calendar. This calendar file holds nothing")


def test_what_waits_is_put_there_as_soon_as_it_can_be(radicale: Radicale, stage: Stage, server: CalendarServer) -> None:
    """The line is gone when it is saved; an engine finds it there, is refused once more, and brings it when that has passed."""
    tries: list[str] = []
    free = threading.Event()

    def refusing() -> CalendarServer:
        tries.append("tried")
        if not free.is_set():
            raise NetworkError("unreachable", server="dav.example.org", answer="")
        return server

    stage.calendar = refusing
    entry = waiting(stage, calendar(event(uid="five@example.net")), "five@example.net")
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        with pytest.raises(NetworkError):
            screen.ask("keep-event", entry=entry)
        ((title, why),) = left(stage)
        assert title == "A talk" and why is not None and why.id == "unreachable"
        before = len(tries)
        with contextlib.closing(Database(stage.home.database)) as db:
            found = schedule.find(db, entry)
        assert found is not None and found.due > time.time() and found.args["tries"] >= 1
        free.set()
        screen.ask("reload")  # as when somebody goes online again
        screen.until(lambda: not left(stage))
        assert len(tries) > before and server.find("five@example.net") is not None


def test_what_else_is_then(radicale: Radicale, stage: Stage, server: CalendarServer) -> None:
    asked: list[str] = []
    series = event("RRULE:FREQ=DAILY;COUNT=3", uid="six@example.net", title="Standup", times=DAY)
    server.keep("six@example.net", lambda before: calendar(series, method=""))
    free = event("TRANSP:TRANSPARENT", uid="free@example.net", times=DAY)
    server.keep("free@example.net", lambda before: calendar(free, method=""))
    first = int(datetime(2031, 3, 4, 9, tzinfo=UTC).timestamp())
    stage.calendar = lambda: asked.append("asked") or server  # type: ignore[func-returns-value]
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        found: Any = screen.ask("busy", uid="six@example.net", spans=[[first, first + 60]])
        assert found["taken"] == [] and "SUMMARY:Standup" in found["before"] and found["whole"]
        for _ in range(2):
            found = screen.ask("busy", uid="other", spans=[[first, first + 60]])
            assert [one["title"] for one in found["taken"]] == ["Standup"] and found["before"] == ""
        assert screen.ask("busy", uid="other", spans=[[first + 7200, first + 7260]])["taken"] == []  # type: ignore[index]
    assert server.between(first, first + 60)[1]


def test_the_engine_without_a_calendar(stage: Stage) -> None:
    entry = waiting(stage, calendar(event()), "x")
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        with pytest.raises(CorreioError) as caught:
            screen.ask("busy", uid="x", spans=[])
        assert caught.value.id == "no-calendar"
        with contextlib.suppress(CorreioError):
            screen.ask("keep-event", entry=entry)
        assert left(stage) == []
