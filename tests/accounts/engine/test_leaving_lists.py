"""The engine makes the one-click request that the user agreed to, that one only, and remembers it."""

from __future__ import annotations

import contextlib
import threading

import pytest

from accounts import one_click
from core.arrival import arrive_mail
from core.errors import CorreioError, ServerRefused
from core.store import accounts, folders, lists_left
from tests.accounts.engine.listener import Listener
from tests.accounts.engine.players import UID, Stage

URI = "https://tide.example/u?8"
HEAD = f"List-Id: <tide.example>\r\nList-Unsubscribe: <mailto:l@tide.example>, <{URI}>\r\n"
POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def newsletter(stage: Stage, head: str = HEAD + POST, id: str = "a") -> int:
    """A newsletter in the account's Inbox; its row id."""
    raw = f"From: Tide <news@tide.example>\r\nSubject: Tides\r\nMessage-ID: <{id}@x>\r\n{head}\r\nHi\r\n".encode()
    with stage.store() as db, db.write():
        row = accounts.row_of(db, UID)
        return arrive_mail(db, folders.ensure(db, row, "Inbox").id, row, raw)


def test_the_address_of_the_message_is_asked_and_nothing_else(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(one_click, "leave", asked.append)
    first, second, other = newsletter(stage), newsletter(stage, id="b"), newsletter(stage, HEAD, id="c")
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        for message, uri in ((first, "https://else.example/"), (first, "mailto:l@tide.example"), (other, URI), (9999, URI)):
            with pytest.raises(CorreioError) as caught:
                screen.ask("leave-list", message=message, uri=uri)
            assert caught.value.id in ("nothing-to-leave", "no-message")
        assert asked == []
        assert screen.ask("leave-list", message=first, uri=URI) is True
    assert asked == [URI]
    with stage.store() as db:
        assert lists_left.when(db, second, "tide.example") is not None, "it is the list that was left"


def test_a_refusal_is_told_and_nothing_is_remembered(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(uri: str) -> None:
        raise ServerRefused("http-status", server="tide.example:443", answer="Oops", code=500)

    monkeypatch.setattr(one_click, "leave", refuse)
    id = newsletter(stage)
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen, pytest.raises(ServerRefused):
        screen.ask("leave-list", message=id, uri=URI)
    with stage.store() as db:
        assert lists_left.when(db, id, "tide.example") is None


def test_a_slow_server_holds_up_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, answers = threading.Event(), threading.Event(), []

    def slow(uri: str) -> None:
        begun.set()
        assert go_on.wait(30)

    monkeypatch.setattr(one_click, "leave", slow)
    id = newsletter(stage)
    with stage.engine(), contextlib.closing(Listener(stage.home)) as screen:
        asking = threading.Thread(target=lambda: answers.append(screen.ask("leave-list", message=id, uri=URI)))
        asking.start()
        assert begun.wait(30)
        assert screen.ask("status")["accounts"]
        assert answers == []
        go_on.set()
        asking.join(30)
    assert answers == [True]
