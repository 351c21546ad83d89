"""A home with mail in it, and Correio over it without an engine: for tests of the screens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, TypeVar

from textual.pilot import Pilot

from core.arrival import arrive_mail
from core.errors import NetworkError
from core.flags import Flag
from core.paths import Home, find_home
from core.settings import Account, Identity
from core.settings.file import add_account, save
from core.store import accounts, folders
from tests.empty_store import empty_store
from tests.tui.idle import nap
from tests.tui.pilot import screen_text, type_text
from tui.app import Correio
from tui.engine_link import EngineLink
from tui.widgets.status import FooterBar
from tui.wiring import Wiring

Result = TypeVar("Result")
NOW = 1_560_000_000
"""When the newest mail came: in June 2019, so that lists show the whole date in any year."""
ME = "me@example.org"


class WithoutEngine(Wiring):
    """A machine on which the engine cannot be started."""

    def start_engine(self) -> Any:
        """NetworkError, as when no process can be had."""
        raise NetworkError("engine-not-starting", server="engine", file="engine.log")


def mail(
    number: int,
    subject: str = "",
    *,
    sender: str = "Ana Sousa <ana@example.net>",
    to: str = ME,
    body: str = "",
    html: str = "",
    parent: int | None = None,
    files: Sequence[tuple[str, bytes]] = (),
    **headers: str,
) -> bytes:
    """A mail; the greater its number the newer. It answers the mail `parent`."""
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = subject or f"Mail {number}"
    message["Date"] = format_datetime(datetime.fromtimestamp(NOW - 10_000 + number * 60, UTC))
    message["Message-ID"] = f"<{number}@example.net>"
    if parent is not None:
        message["In-Reply-To"] = f"<{parent}@example.net>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if html and not body:
        message.set_content(html, subtype="html")
    else:
        message.set_content(body or f"The text of mail {number}.\n")
        if html:
            message.add_alternative(html, subtype="html")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


class Office:
    """A home with one local account, `me`, and what is put into its folders."""

    def __init__(self, top: Path) -> None:
        (top / "run").mkdir(parents=True, exist_ok=True)
        self.home: Home = find_home({"CORREIO_HOME": str(top / "correio"), "XDG_RUNTIME_DIR": str(top / "run")})
        self.home.make()
        self.account = Account(name="me", kind="local", email=ME)
        add_account(self.home.settings_file, self.account, Identity(account=self.account.id, address=ME, name="Me Myself"))
        self.db = empty_store(self.home.database)
        self.row = accounts.row_of(self.db, self.account.id, local=True)

    def put(self, *mails: bytes, folder: str = "Inbox", flags: Flag = Flag(0)) -> None:
        """Mails arrive in a folder, which is made when it is new."""
        with self.db.write():
            target = folders.by_path(self.db, self.row, folder) or folders.ensure(self.db, self.row, folder)
            for raw in mails:
                arrive_mail(self.db, target.id, self.row, raw, flags=flags)

    def settings(self, change: Callable[[Any], Any]) -> None:
        """Change the settings file."""
        save(self.home.settings_file, change)

    def folder(self, path: str) -> folders.Folder:
        """A folder as it is now."""
        found = folders.by_path(self.db, self.row, path)
        assert found is not None, path
        return found

    def app(self, **more: Any) -> Correio:
        """Correio over this home, not started."""
        return Correio(WithoutEngine(self.home), **more)


class Clerk:
    """Somebody at the keyboard of a running Correio."""

    def __init__(self, app: Correio, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def main(self) -> Any:
        """The main screen."""
        return self.app.main

    @property
    def text(self) -> str:
        """The text of the screen."""
        return screen_text(self.app)

    @property
    def footer(self) -> str:
        """What stands in the bar at the bottom, as one line."""
        height = self.app.screen.query_one(FooterBar).size.height
        return " ".join(line.strip() for line in self.text.rstrip().splitlines()[-height:])

    @property
    def subject(self) -> str:
        """The subject under the cursor of the list."""
        row = self.main.list.current
        return row.subject if row is not None else ""

    async def press(self, *keys: str) -> None:
        """Press keys, and let everything be done that follows from them."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text."""
        await type_text(self.pilot, text)
        await self.settle()

    async def settle(self) -> None:
        """Wait until the writer has written and the reader has read, and the screen has heard of it."""
        await asyncio.to_thread(self.app.desk.writer.wait)
        if self.app.desk._reader is not None:
            await asyncio.to_thread(self.app.desk._reader.wait)
        await self.pilot.pause()
        self.app.store_changed()
        await self.pilot.pause()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something to become true."""
        async with asyncio.timeout(60):
            while not true():
                await self.settle()
                await nap()


def work(app: Correio, script: Callable[[Clerk], Awaitable[Result]], size: tuple[int, int] = (80, 24)) -> Result:
    """Run Correio without a terminal, and the script when its list is there."""

    async def run() -> Result:
        async with app.run_test(size=size) as pilot:
            clerk = Clerk(app, pilot)
            await clerk.until(lambda: app.main is not None and app.main.list.window is not None)
            if isinstance(app.wiring, WithoutEngine) and isinstance(app.desk.engine, EngineLink):
                # What is said of the engine must not come between a key and its answer.
                await clerk.until(lambda: app.desk.engine._told)
                said = asyncio.Event()
                app.call_later(said.set)
                await said.wait()
            return await script(clerk)

    return asyncio.run(run())
