"""The application: desk, engine events, composers, messages in the footer."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

from accounts.engine.protocol import Message
from core import drafting
from core.errors import CorreioError
from core.rendered import Link, Page
from core.renderer import RenderWorker
from core.store import accounts, notices
from core.store.lists import Row
from tui.correspondence import Correspondence
from tui.counter import Counter
from tui.desk import Desk
from tui.keymap import load_key_map
from tui.sentences import sentence
from tui.theme import load_theme, suiting_theme
from tui.translation import _, ngettext
from tui.wiring import Wiring

POLL = 2.0
"""Seconds between two looks at whether the store has changed, should a word of the engine get lost."""
SAID = 6.0
"""Seconds for which the footer shows a message."""


class Correio(Correspondence, Counter[None]):
    """Correio on a terminal."""

    TITLE = "Correio"

    def __init__(self, wiring: Wiring, *, compose: Any = None) -> None:
        settings = wiring.settings()
        themes, maps = (wiring.home.config / "themes",), (wiring.home.config / "keymaps",)
        import os

        theme = load_theme(settings.ui.theme or suiting_theme(os.environ), themes)
        super().__init__(load_key_map(settings.ui.keymap, maps), theme)
        self.theme_folders, self.key_map_folders = themes, maps
        self.wiring = wiring
        self.desk = Desk(wiring, self._engine_says, self._engine_trouble)
        self._first_draft = compose
        self.demo_wanted = False
        """Whether the demo is to begin when this screen has ended."""
        self._renderer = RenderWorker()
        self._render_lock = threading.Lock()
        self._said = 0
        self._refresh_pending = False

    # ------------------------------------------------------------------ beginning and end

    def on_mount(self) -> None:
        """The main screen, or the welcome screen where there is no account."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._loop_signal(number)
        if self.desk.settings.accounts:
            self._begin()
        else:
            from tui.screens.welcome import WelcomeScreen

            self.push_screen(WelcomeScreen(), self._welcomed)

    def _loop_signal(self, number: signal.Signals) -> None:
        import asyncio

        asyncio.get_running_loop().add_signal_handler(number, self._must_leave)

    def _must_leave(self) -> None:
        """The terminal has gone or the machine stops: what is being written is saved, then we go."""
        self.save_drafts()
        self.desk.writer.wait()
        self.exit()

    def _welcomed(self, added: bool | None) -> None:
        if not added:
            self.exit()
            return
        self.desk.reload_settings()
        self._begin()

    def _begin(self) -> None:
        from tui.screens.main.screen import MainScreen

        self.push_screen(MainScreen())
        self.call_after_refresh(self.desk.engine.start)
        self.set_interval(POLL, self._look)
        settings = self.desk.settings
        self.desk.write(lambda db: drafting.file_unfinished(db, settings), self._unfinished_found)
        if self._first_draft is not None:
            self.call_after_refresh(self.write_draft, self._first_draft)

    def _unfinished_found(self, count: int | None, error: CorreioError | None) -> None:
        """In the writer's thread: what a crash or a dropped line left is in Drafts now."""
        if error is not None:
            self.call_later(self.say, sentence(error), warning=True)
        elif count:
            words = ngettext("{n} unfinished message is in Drafts.", "{n} unfinished messages are in Drafts.", count)
            self.call_later(self.say, words.format(n=count))

    def leave(self) -> None:
        """Leave Correio; what is queued is still sent by the engine."""
        self.save_drafts()
        self.exit()

    def _handle_exception(self, error: Exception) -> None:
        """A mistake of ours: what is written is saved, the details go to the log (without values), people get a sentence."""
        import traceback

        from rich.text import Text

        if self._exception is None:
            self.save_drafts()
            log = self.wiring.home.logs / "screen.log"
            with log.open("a", encoding="utf-8") as file:
                file.write("".join(traceback.format_exception(error)))
        self._return_code = 1
        self._exception = self._exception or error
        self._exception_event.set()
        words = _("Correio made a mistake and had to stop. What you were writing is saved. The details: {file}")
        self.panic(Text(words.format(file=self.wiring.home.logs / "screen.log")))

    async def on_unmount(self) -> None:
        """Write what is waiting and hang up."""
        self._renderer.close()
        self.desk.close()

    # ------------------------------------------------------------------ news

    @property
    def main(self) -> Any:
        """The main screen, once it is there."""
        from tui.screens.main.screen import MainScreen

        return next((screen for screen in self.screen_stack if isinstance(screen, MainScreen)), None)

    def _engine_says(self, event: Message) -> None:
        """In the link's thread: hand it to the event loop."""
        if self.is_running:
            self.call_later(self._heard, event)

    def _engine_trouble(self, error: CorreioError) -> None:
        if self.is_running:
            self.call_later(self.say, sentence(error), warning=True)

    def _heard(self, event: Message) -> None:
        main = self.main
        if main is None:
            return
        kind = event.get("event")
        if kind == "changed":
            self._soon()
        elif kind == "progress":
            main.header.progress = self._progress_words(event)
        elif kind == "state":
            main.header.progress = ""
            self._soon()
        elif kind == "password":
            self._ask_password(event)
        elif kind == "outbox":
            self._soon()
            self._outbox_news(event)

    def _progress_words(self, event: Message) -> str:
        """A quiet word about long work; '' when it is done."""
        done, total = int(event.get("done", 0)), int(event.get("total", 0))
        if done >= total:
            return ""
        folder = self.desk.db.value("SELECT path FROM folder WHERE id = ?", (event.get("folder"),)) or ""
        return _("{folder} {done:,} of {total:,}").format(folder=folder, done=done, total=total).strip()

    def _look(self) -> None:
        if self.desk.changed():
            self._soon()

    def _soon(self) -> None:
        """Refresh once for a burst of changes."""
        if not self._refresh_pending:
            self._refresh_pending = True
            self.set_timer(0.1, self.store_changed)

    def store_changed(self) -> None:
        """Show the store as it is now."""
        self._refresh_pending = False
        main = self.main
        if main is not None:
            main.store_changed()
        if self.screen is not main and hasattr(self.screen, "store_changed"):
            self.screen.store_changed()
        self._show_notices()

    def reported(self) -> Callable[[Any, CorreioError | None], None]:
        """A callback for the writer: shows the change, or says what went wrong."""

        def done(result: Any, error: CorreioError | None) -> None:
            if error is not None:
                self.call_from_thread(self.say, sentence(error), warning=True)
            else:
                self.call_from_thread(self.store_changed)

        return done

    def _show_notices(self) -> None:
        found = notices.unseen(self.desk.db)
        if found:
            self.say(sentence(found[-1][1]), warning=True)
            ids = [id for id, _error in found]
            self.desk.write(lambda db: notices.seen(db, ids), hurry=False)

    def _outbox_news(self, event: Message) -> None:
        if event.get("state") == "sent":
            self.say(_("Sent."))

    def account_notes(self) -> list[str]:
        """What is wrong with accounts, in a few words."""
        words = {"offline": _("offline"), "password": _("password needed"), "error": _("error")}
        known = {account.id: account.name for account in self.desk.settings.accounts}
        return [
            f"{known[state.uid]}: {words.get(state.state, state.state)}"
            for state in accounts.states(self.desk.db)
            if state.state and state.uid in known
        ]

    def _ask_password(self, event: Message) -> None:
        from tui.screens.dialog import PasswordScreen

        if any(isinstance(screen, PasswordScreen) for screen in self.screen_stack):
            return

        def answered(typed: str | None) -> None:
            if typed:
                self.desk.engine.tell("password", credential=event["credential"], password=typed)

        self.push_screen(PasswordScreen(str(event["user"]), str(event["server"])), answered)

    # ------------------------------------------------------------------ words

    def say(self, text: str, *, warning: bool = False, seconds: float = SAID) -> None:
        """Say something in the footer; screens without one show it as a note."""
        from tui.widgets.status import FooterBar

        footers = self.screen.query(FooterBar)
        if not footers:
            super().say(text, warning=warning, seconds=seconds)
            return
        footer = footers.first()
        footer.warning, footer.message = warning, text
        self._said += 1
        said = self._said
        if text:
            self.set_timer(seconds, lambda: self._unsay(said))

    def _unsay(self, said: int) -> None:
        from tui.widgets.status import FooterBar

        if said == self._said:
            for screen in self.screen_stack:
                for footer in screen.query(FooterBar):
                    footer.message = ""

    def show_keys(self) -> None:
        """The keys that work here, in the footer."""
        from tui.widgets.status import FooterBar

        for footer in self.screen.query(FooterBar):
            footer.keys = self.footer_hints()

    # ------------------------------------------------------------------ reading

    def render_html(self, html: str, width: int) -> Page:
        """HTML laid out by the worker process; any thread may call it."""
        with self._render_lock:
            return self._renderer.render(html, width)

    @property
    def opened_message(self) -> int:
        """The message in the reader; 0 for none."""
        main = self.main
        return main.reading.message if main is not None and main.reading is not None else 0

    def open_link(self, link: Link) -> None:
        """Show the true target, then copy it for the user's own browser (OSC 52)."""
        self.copy_to_clipboard(link.target)
        self.say(_("Copied: {target}").format(target=link.target))

    def draft_of(self, row: Row) -> int | None:
        """The draft behind a row of the Drafts folder, for `resume_draft`."""
        from core.store import folders

        return row.message if folders.get(self.desk.db, row.folder).role == "drafts" else None
