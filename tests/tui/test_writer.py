"""The writer thread: in order, and whatever one piece of work does, the next is done."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import CorreioError, NotFound, StoreError
from core.store.database import Database
from tui.writer import Writer

PATIENCE = 60.0


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = Writer(tmp_path / "correio.db")
    yield made
    made.close()
    assert not made._thread.is_alive()


def remember(value: str) -> Any:
    def work(db: Database) -> str:
        with db.write():
            db.run("INSERT OR REPLACE INTO meta (name, value) VALUES ('word', ?)", (value,))
        return value

    return work


def test_work_is_done_in_order_in_one_thread(writer: Writer) -> None:
    done: list[tuple[str, str]] = []
    for n in range(20):
        writer.put(remember(f"{n}"), lambda result, error: done.append((result, threading.current_thread().name)))
    assert writer.wait(PATIENCE)
    assert done == [(f"{n}", "writer") for n in range(20)]


def test_it_is_on_disk_when_waiting_is_over(writer: Writer, tmp_path: Path) -> None:
    writer.put(remember("saved"))
    assert writer.wait(PATIENCE)
    db = Database(tmp_path / "correio.db")
    assert db.value("SELECT value FROM meta WHERE name = 'word'") == "saved"
    db.close()


@pytest.mark.parametrize(
    ("error", "id"),
    [(NotFound("no-draft", what="draft", name="1"), "no-draft"), (StoreError("disk-full", file=""), "disk-full"),
     (ZeroDivisionError(), "internal-mistake")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_error_is_told_and_the_next_work_is_done(writer: Writer, error: Exception, id: str) -> None:
    told: queue.SimpleQueue[tuple[Any, CorreioError | None]] = queue.SimpleQueue()

    def fail(db: Database) -> None:
        with db.write():
            db.run("INSERT INTO meta (name, value) VALUES ('half', 'done')")
            raise error

    writer.put(fail, lambda result, error: told.put((result, error)))
    writer.put(lambda db: db.value("SELECT count(*) FROM meta WHERE name = 'half'"), lambda r, e: told.put((r, e)))
    result, found = told.get(timeout=PATIENCE)
    assert result is None
    assert found is not None
    assert found.id == id
    assert told.get(timeout=PATIENCE) == (0, None)


def test_a_callback_that_fails_stops_nothing(writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
    """The screen has gone: its event loop is closed."""

    def gone(result: Any, error: CorreioError | None) -> None:
        raise RuntimeError("Event loop is closed")

    writer.put(remember("one"), gone)
    writer.put(remember("two"), gone)
    assert writer.wait(PATIENCE)
    assert caplog.text.count("Event loop is closed") >= 2


def test_waiting_does_not_last_for_ever(writer: Writer) -> None:
    go_on = threading.Event()
    writer.put(lambda db: go_on.wait(PATIENCE))
    assert not writer.wait(0.01)
    go_on.set()


def test_a_store_that_cannot_be_opened_at_first(tmp_path: Path) -> None:
    path = tmp_path / "correio.db"
    path.write_bytes(b"no database at all" * 300)
    writer = Writer(path)
    told: queue.SimpleQueue[tuple[Any, CorreioError | None]] = queue.SimpleQueue()
    writer.put(remember("x"), lambda result, error: told.put((result, error)))
    error = told.get(timeout=PATIENCE)[1]
    assert isinstance(error, StoreError)
    path.unlink()
    writer.put(remember("x"), lambda result, error: told.put((result, error)))
    assert told.get(timeout=PATIENCE) == ("x", None)
    writer.close()


def test_closing_finishes_what_was_put(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "correio.db")
    done: list[str] = []
    for n in range(50):
        writer.put(remember(f"{n}"), lambda result, error: done.append(result))
    writer.close()
    assert len(done) == 50
