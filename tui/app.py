"""The application: how it begins and ends, what its footer says, and what a message in the reader may open."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textual.driver import Driver
from textual.screen import Screen

from core.errors import CorreioError, UsageError
from core.store.lists import Row
from tui.actions import Action, does, program
from tui.desk import Desk
from tui.glyphs import suiting_glyphs
from tui.key_order import KeysInOrder
from tui.keymap import load_key_map
from tui.links import Links
from tui.news import POLL
from tui.sentences import sentence
from tui.speaking import Speaking
from tui.theme import load_theme, suiting_theme
from tui.translation import _, ngettext
from tui.wiring import Wiring

if TYPE_CHECKING:
    from core.draft import Draft
    from core.pictures import PictureWorker
    from core.rendered import Page
    from core.renderer import RenderWorker
    from tui.graphics import Graphics
    from tui.lent_files import LentFiles

LEISURE = 0.3
"""Seconds without a key after which something is loaded that may be wanted."""
READ_WITH = ("core.reading", "core.text", "core.store.thread_rows", "core.store.comments", "tui.writers", "tui.opened")
"""What opening a mail needs besides the list."""


class Correio(KeysInOrder, Speaking, Links):
    """Correio on a terminal."""

    TITLE = "Correio"

    def __init__(self, wiring: Wiring, *, compose: Draft | None = None) -> None:
        settings = wiring.settings()
        themes, maps = (wiring.home.config / "themes",), (wiring.home.config / "keymaps",)
        theme = load_theme(settings.ui.theme or suiting_theme(os.environ), themes)
        super().__init__(load_key_map(settings.ui.keymap, maps), theme)
        self.theme_folders, self.key_map_folders = themes, maps
        self.glyphs = suiting_glyphs(os.environ, settings.ui.signs)
        self.wiring = wiring
        self.desk = Desk(wiring, settings, self.engine_says, self.engine_trouble, self._deliver)
        self._first_draft = compose
        self.demo_wanted = False
        """Whether the demo is to begin when this screen has ended."""
        self._renderer: RenderWorker | None = None
        self._render_lock = threading.Lock()
        self._pictures: PictureWorker | None = None
        self._lent: LentFiles | None = None
        self._graphics: Graphics | None = None
        self._keys_asked = False
        self._open = False

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver for this platform, with our own way of reading the terminal."""
        from textual.drivers.linux_driver import LinuxDriver

        from tui.keyboard_input import PatientDriver

        found = super().get_driver_class()
        return PatientDriver if found is LinuxDriver else found

    def _deliver(self, callback: Callable[[], None]) -> None:
        """Call something in the event loop; any thread may ask for it."""
        if self.is_running:
            self.call_later(callback)

    # ------------------------------------------------------------------ beginning

    def on_mount(self) -> None:
        """The main screen, or the welcome screen where there is no account."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._must_leave)
        if self.main is not None:
            self.call_after_refresh(self._go_on)
        else:
            from tui.screens.welcome import WelcomeScreen

            gc.enable()
            self.push_screen(WelcomeScreen(), self._welcomed)
            self.call_after_refresh(self.open_for_keys)

    def get_default_screen(self) -> Screen[Any]:
        """The main screen lies under all others; with no account there is none yet."""
        if not self.desk.settings.accounts:
            return super().get_default_screen()
        from tui.screens.main.screen import MainScreen

        return MainScreen()

    def _welcomed(self, added: bool | None) -> None:
        if not added:
            self.exit()
            return
        from tui.screens.main.screen import MainScreen

        self.desk.reload_settings()
        self.push_screen(MainScreen())
        self.call_after_refresh(self._go_on)

    def main_is_there(self) -> None:
        """Keys are for the main screen from now on, but where a message is to be written first."""
        if self._first_draft is None:
            self.call_later(self.open_for_keys)

    def _go_on(self) -> None:
        """What can wait until the first picture is painted."""
        from core import drafting
        from tui.own_editor import recover
        from tui.terminal_looks import terminal_fills

        self.fills = terminal_fills(os.environ)
        gc.freeze()  # what is loaded stays: looking through it again and again would only make keys wait
        gc.enable()
        self.desk.engine.start()
        self.set_interval(POLL, self.look)
        self.set_timer(LEISURE, partial(self._get_ready, READ_WITH))
        settings, state = self.desk.settings, self.wiring.home.state

        def file_left(db: Any) -> int:
            recover(db, settings, state)
            return drafting.file_unfinished(db, settings)

        self.desk.write(file_left, self._unfinished_found)
        if self._first_draft is not None:
            self.write_draft(self._first_draft)
            self.call_after_refresh(self.open_for_keys)

    def _get_ready(self, left: Sequence[str]) -> None:
        """Load what reading needs, one after the other and while nobody types: the first mail opens like any other."""
        if time.monotonic() - self._key_at > LEISURE:
            import_module(left[0])
            left = left[1:]
        if left:
            self.set_timer(LEISURE, partial(self._get_ready, left))

    def _unfinished_found(self, count: int | None, error: CorreioError | None) -> None:
        """What a crash or a dropped line left is in Drafts now."""
        if error is not None:
            self.say(sentence(error), warning=True)
        elif count:
            words = ngettext("{n} unfinished message is in Drafts.", "{n} unfinished messages are in Drafts.", count)
            self.say(words.format(n=count))

    # ------------------------------------------------------------------ end

    @does(program.Quit)
    def leave(self) -> None:
        """Leave Correio. What is being written goes to Drafts first; what is queued is still sent by the engine."""
        keeping = [kept for screen in self.composers() if (kept := screen.keeping()) is not None]
        if not keeping:
            self.exit()
            return

        def work(db: Any) -> None:
            for one in keeping:
                one(db)

        self.desk.write(work, self._kept)

    def _kept(self, result: object, error: CorreioError | None) -> None:
        if error is None:
            self.exit()
            return
        from tui.screens.dialog import Confirm

        words = _("What you are writing could not be saved: {why} Leave all the same?").format(why=sentence(error))
        self.push_screen(Confirm(words, _("Leave")), lambda yes: self.exit() if yes else None)

    @does(program.Suspend)
    def step_aside(self) -> None:
        """Give the terminal back to the shell until that brings us back; the engine goes on. Where no shell would, stay."""
        from tui.keyboard_input import PatientDriver

        if not isinstance(self._driver, PatientDriver) or not self._driver.step_aside():
            words = _("No shell waits here that could bring Correio back, so it stays. {key} leaves it.")
            self.say(words.format(key=self.key_for(program.Quit)))

    @property
    def has_no_text(self) -> bool:
        """Whether no text is being typed: there, the key that leads to the shell undoes elsewhere."""
        return self.focused is None or not self.focused.check_consume_key("a", "a")

    def exit(self, *result: Any, **how: Any) -> None:
        """End; where one is in messages is kept for the next time."""
        if self.main is not None:
            self.main.keep_places()
        super().exit(*result, **how)

    def _must_leave(self) -> None:
        """The terminal has gone or the machine stops: what is being written is saved, then we go."""
        self.save_drafts()
        self.desk.writer.wait()
        self.exit()

    def _handle_exception(self, error: Exception) -> None:
        """A mistake of ours: what is written is saved, the details go to the log (without values), people get a sentence."""
        import traceback

        from rich.text import Text

        from core.redaction import redacted

        if self._exception is None:
            self.save_drafts()
            log = self.wiring.home.logs / "screen.log"
            with log.open("a", encoding="utf-8") as file:
                file.write(redacted("".join(traceback.format_exception(error))))
        self._return_code = 1
        self._exception = self._exception or error
        self._exception_event.set()
        words = _("Correio made a mistake and had to stop. What you were writing is saved. The details: {file}")
        self.panic(Text(words.format(file=self.wiring.home.logs / "screen.log")))

    async def on_unmount(self) -> None:
        """Write what is waiting and hang up."""
        for worker in (self._renderer, self._pictures, self._lent):
            if worker is not None:
                worker.close()
        self.remove_copies()
        self.desk.close()

    async def do(self, action: type[Action], argument: str = "", *, note: bool = True) -> bool:
        """Do an action; what goes wrong is said."""
        main = self.main
        if main is not None and main.prompt is None:
            await main.mount_prompt()
        try:
            return await super().do(action, argument, note=note)
        except UsageError:
            raise  # the command line that it came from says it
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return False

    def composers_changed(self) -> None:
        """The footer says how many mails are put aside."""
        if self.main is not None:
            self.main.show_waiting()

    # ------------------------------------------------------------------ the keys at the bottom

    def show_keys(self) -> None:
        """Show the keys that work here in the footer, once for all that asks for it now."""
        if not self._keys_asked:
            self._keys_asked = True
            self.call_later(self._show_keys)

    def _show_keys(self) -> None:
        from tui.widgets.status import FooterBar

        if not self._keys_asked:
            return  # a picture was painted meanwhile, with them
        self._keys_asked = False
        main = self.main
        if main is not None and main is self.screen and main.is_mounted:
            main.footer.keys = self.footer_hints()
            return
        if getattr(self.screen, "says_keys", False):
            return
        for footer in self.screen.query(FooterBar):
            footer.keys = self.footer_hints()

    def paint_now(self) -> None:
        """Show at once what has changed, with the keys that work now."""
        self._show_keys()
        super().paint_now()

    # ------------------------------------------------------------------ reading

    def render_html(self, html: str, width: int, names: Mapping[str, str]) -> Page:
        """HTML laid out by the worker process; any thread may call it."""
        from core.renderer import RenderWorker

        with self._render_lock:
            if self._renderer is None:
                self._renderer = RenderWorker()
            return self._renderer.render(html, width, names=names)

    @property
    def pictures(self) -> PictureWorker:
        """Makes images small enough to show; any thread may use it."""
        from core.pictures import PictureWorker

        with self._render_lock:
            if self._pictures is None:
                self._pictures = PictureWorker()
            return self._pictures

    @property
    def lent_files(self) -> LentFiles:
        """Files that other programs look at."""
        from tui.lent_files import LentFiles

        if self._lent is None:
            self._lent = LentFiles(self.wiring.home.cache)
        return self._lent

    def shows_pictures_in_colour(self) -> bool:
        """Whether images drawn with characters have colours: sixteen make no image, shades are better then."""
        from rich.color import ColorSystem

        return not self.colourless and self.colours not in (None, ColorSystem.STANDARD)

    def graphics(self) -> Graphics:
        """How this terminal shows images; asked once. Blocks for a moment: not for the event loop."""
        from tui.graphics import terminal_graphics

        if self._graphics is None:
            self._graphics = terminal_graphics(self._driver, self.desk.settings.ui.graphics, os.environ)
        return self._graphics

    @property
    def opened_message(self) -> int:
        """The message in the reader; 0 for none."""
        main = self.main
        return main.reading.message if main is not None and main.reading is not None else 0

    def draft_of(self, row: Row) -> int | None:
        """The draft behind a row of the Drafts folder, for `resume_draft`."""
        from core.store import folders

        return row.message if folders.get(self.desk.db, row.folder).role == "drafts" else None
