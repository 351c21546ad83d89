"""The counter's desk: what screens share. Reading the store, writing to it, the engine, the settings.

What the writer and the engine answer comes back in the event loop: screens need not think of threads.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.errors import CorreioError
from core.settings import Account, Settings
from core.store import accounts
from core.store.database import Database
from tui.engine_link import EngineLink
from tui.wiring import Wiring
from tui.writer import Done, Work, Writer

if TYPE_CHECKING:
    from accounts.engine.protocol import Message

PAGES = 3000
"""Kilobytes of the store that are kept for the screen: a key reads a few dozen of them."""
Deliver = Callable[[Callable[[], None]], None]
"""Has a callable called in the event loop, from whatever thread; not at all when the loop has ended."""


class Desk:
    """Made once for the application; closed when it ends."""

    def __init__(
        self,
        wiring: Wiring,
        settings: Settings,
        on_event: Callable[[Message], None],
        on_trouble: Callable[[CorreioError], None],
        deliver: Deliver,
    ) -> None:
        self.wiring = wiring
        self._deliver = deliver
        self.settings = settings
        self.db = Database(wiring.home.database)
        self.db.keep_pages(PAGES)
        self.writer = Writer(wiring.home.database)
        self._reader: Writer | None = None
        self.engine = EngineLink(wiring, on_event, on_trouble)
        self._own_version = self.db.version()

    def close(self) -> None:
        """Write what is waiting, hang up."""
        self.writer.close()
        if self._reader is not None:
            self._reader.close(seconds=1.0)
        self.engine.close()
        self.db.close()

    def reload_settings(self) -> None:
        """The file has changed: read it and have the engine read it."""
        self.settings = self.wiring.settings()
        self.engine.tell("reload")

    def change_ui(self, done: Done = lambda result, error: None, **changes: Any) -> None:
        """Change settings of the screen, here at once and in the file; `done` hears when it is written."""
        from msgspec.structs import replace

        from core.settings.file import save

        def changed(old: Settings) -> Settings:
            return replace(old, ui=replace(old.ui, **changes))

        self.settings = changed(self.settings)
        self.write(lambda db: save(self.wiring.home.settings_file, changed), done, hurry=False)

    def write(self, work: Work, done: Done = lambda result, error: None, *, hurry: bool = True) -> None:
        """Change the store in the writer's thread, then tell the engine to look; `done` gets the result or the error."""

        def written(result: Any, error: CorreioError | None) -> None:
            if error is None and hurry:
                self.engine.tell("look")
            self._deliver(lambda: done(result, error))

        self.writer.put(work, written)

    def look_up(self, work: Work, done: Done) -> None:
        """Read what takes longer than a key may, beside everything else; `done` gets the result or the error."""
        if self._reader is None:
            self._reader = Writer(self.wiring.home.database, "reader")
        self._reader.put(work, lambda result, error: self._deliver(lambda: done(result, error)))

    def ask(self, do: str, done: Done, **words: Any) -> None:
        """Have the engine do something; `done` gets its answer or the error."""
        self.engine.ask(do, lambda answer, error: self._deliver(lambda: done(answer, error)), **words)

    def changed(self) -> bool:
        """Whether another connection has committed since the last call."""
        version = self.db.version()
        before, self._own_version = self._own_version, version
        return version != before

    # accounts ---------------------------------------------------------------

    def account(self, row: int) -> Account | None:
        """The settings of the account with this row in the store."""
        uid = accounts.uid_of(self.db, row)
        return next((account for account in self.settings.accounts if account.id == uid), None)

    def account_name(self, row: int) -> str:
        """Its name for people."""
        found = self.account(row)
        return found.name if found else accounts.uid_of(self.db, row)

    def row(self, account: Account) -> int:
        """The row of an account in the store."""
        return accounts.row_of(self.db, account.id, local=account.is_kept_here)

    # small things remembered from day to day --------------------------------

    def remembered(self, name: str, default: Any = None) -> Any:
        """What `remember` kept under this name."""
        found = self.db.value("SELECT value FROM meta WHERE name = ?", (name,))
        return default if found is None else json.loads(found)

    def remember(self, name: str, value: Any) -> None:
        """Keep a small thing, such as how a folder is sorted."""

        def work(db: Database) -> None:
            with db.write():
                db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, json.dumps(value)))

        self.write(work, hurry=False)
