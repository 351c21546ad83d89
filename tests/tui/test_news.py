"""How often changes are shown: once for a burst, not between keys, and an engine at full speed leaves time for keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import ServerRefused
from core.store import notices
from tests.tui.office import Clerk, Office, mail, work
from tui import news
from tui.news import BURST, KEYS_REST, LATEST, SHARE, News


class Watch:
    """A clock that stands, the timers that were set, and how often the store was shown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.shown = 1000.0, 0
        self.timers: list[tuple[float, Callable[[], Any]]] = []
        show = News._show_store

        def counted(app: News) -> None:
            self.shown += 1
            show(app)

        clock = SimpleNamespace(monotonic=lambda: self.now, thread_time=time.thread_time)
        monkeypatch.setattr(news, "time", clock)
        monkeypatch.setattr(News, "look", lambda app: None)
        monkeypatch.setattr(News, "_show_store", counted)
        monkeypatch.setattr(News, "set_timer", self._set_timer)

    def _set_timer(self, delay: float, callback: Callable[[], Any]) -> object:
        self.timers.append((delay, callback))
        return callback

    def ring(self) -> None:
        """Let the only timer that was set ring."""
        ((delay, callback),) = self.timers
        self.timers.clear()
        self.now += delay
        callback()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.put(mail(1), mail(2))
    return made


def test_a_burst_of_changes_is_shown_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(clerk: Clerk) -> None:
        watch, app = Watch(monkeypatch), clerk.app
        app._took, app._key_at = 0.0, 0.0
        for _n in range(50):
            app._heard({"event": "changed"})
        assert [delay for delay, _callback in watch.timers] == [BURST] and not watch.shown
        watch.ring()
        assert watch.shown == 1 and not watch.timers
        assert not app.desk.changed(), "what was shown is no news any more"
        app._took = 0.05
        app._heard({"event": "changed"})
        assert watch.timers[0][0] == SHARE * 0.05

    work(office.app(), script)


def test_changes_wait_for_keys_to_rest_but_not_for_ever(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(clerk: Clerk) -> None:
        watch, app = Watch(monkeypatch), clerk.app
        app._took = 0.0
        app._heard({"event": "changed"})
        begin = watch.now
        while not watch.shown:
            app._key_at = watch.timers[0][0] + watch.now  # a key right before the timer rings
            watch.ring()
        assert LATEST <= watch.now - begin <= LATEST + KEYS_REST
        app._heard({"event": "changed"})
        watch.ring()
        assert watch.shown == 2, "no key came meanwhile"

    work(office.app(), script)


def test_what_came_with_the_last_word_of_a_first_pass_leaves_the_cursor_on_top(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(clerk: Clerk) -> None:
        watch, app = Watch(monkeypatch), clerk.app
        app.store_changed()
        for number in (3, 4):
            office.put(mail(number))
            app._heard({"event": "changed"})
        app._heard({"event": "state", "account": "", "state": "", "error": None})
        watch.ring()
        assert clerk.main.settled and clerk.main.list.place == (1, 4)
        office.put(mail(5))
        app._heard({"event": "changed"})
        watch.ring()
        assert clerk.main.list.place == (2, 5), "from now on it stays on its message"

    work(office.app(), script)


@pytest.mark.parametrize("typing", [False, True])
def test_news_waits_until_the_answer_to_a_key_has_been_read(office: Office, typing: bool) -> None:
    """Written for a confirmation that was never painted: a refusal came in the same moment."""

    async def script(clerk: Clerk) -> None:
        app, footer = clerk.app, clerk.main.footer
        app.say("Saved as tea.txt")
        if typing:
            await clerk.press("/")
        with office.db.write():
            notices.add(office.db, ServerRefused("mail-refused", server="smtp.example.org", code=550, answer="no"), office.row)
        app.store_changed()
        app._heard({"event": "outbox", "state": "sent"})
        assert footer.message == ("" if typing else "Saved as tea.txt") and notices.unseen(office.db)
        if typing:
            await clerk.press("escape")
        heard: set[str] = set()
        await clerk.until(lambda: heard.add(footer.message) or ("Sent." in heard and not notices.unseen(office.db)))
        await clerk.until(lambda: heard.add(footer.message) or any("refused" in words for words in heard))

    work(office.app(), script)


def test_progress_is_said_now_and_then(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(clerk: Clerk) -> None:
        watch, app = Watch(monkeypatch), clerk.app
        for done in range(1, 200):
            app._heard({"event": "progress", "done": done, "total": 500})
        assert len(watch.timers) == 1 and "1 of 500" in clerk.main.header.progress
        watch.ring()
        assert "199 of 500" in clerk.main.header.progress
        watch.now += news.SILENCE
        watch.ring()
        assert not clerk.main.header.progress and not watch.timers

    work(office.app(), script)


def test_progress_waits_for_keys_to_rest_but_not_for_ever(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written for keys that were answered late: three words of progress a second were painted between them."""

    async def script(clerk: Clerk) -> None:
        watch, app = Watch(monkeypatch), clerk.app
        app._heard({"event": "progress", "done": 1, "total": 500})
        begin = watch.now
        app._heard({"event": "progress", "done": 400, "total": 500})
        while "400 of 500" not in clerk.main.header.progress:
            app._key_at = watch.timers[0][0] + watch.now  # a key right before the timer rings
            watch.ring()
        assert LATEST <= watch.now - begin <= LATEST + news.PACE

    work(office.app(), script)
