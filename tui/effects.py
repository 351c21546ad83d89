"""Settings that have changed, by a form or from the command line, take effect on the screen at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.errors import CorreioError
from tui.counter import Counter
from tui.sentences import sentence

if TYPE_CHECKING:
    from core.secret import Secret
    from core.settings import Settings
    from tui.desk import Desk
    from tui.screens.main.screen import MainScreen
    from tui.wiring import Wiring


class Effects(Counter[None]):
    """The part of the application that wears new settings."""

    desk: Desk
    wiring: Wiring

    @property
    def main(self) -> MainScreen | None:
        """The main screen, once it is there."""
        from tui.screens.main.screen import MainScreen

        return next((screen for screen in self.screen_stack if isinstance(screen, MainScreen)), None)

    def settings_written(self, passwords: Mapping[str, Secret] | None = None) -> None:
        """A screen has written settings: they are read, worn, and the engine told, with the passwords typed (by credential)."""
        before = self.desk.settings
        try:
            self.desk.reload_settings()
            self.wear_settings(before)
        except CorreioError as error:
            self.say(sentence(error), warning=True)
        for name, secret in (passwords or {}).items():
            if self.desk.settings.credential(name).method == "passphrase":
                # The engine may wait for it, and would read the password that it knows already.
                passphrase = self.wiring.passphrase.give()
                self.desk.engine.tell("password", credential=name, password=passphrase.reveal(), opens=True)
            self.desk.engine.tell("password", credential=name, password=secret.reveal())

    def wear_settings(self, before: Settings) -> None:
        """Look and behave as the settings say now. Raises NotFound, SettingsError for a theme or key map that is not there."""
        old, new = before.ui, self.desk.settings.ui
        if new.theme != old.theme:
            from tui.theme import load_theme, suiting_theme

            self.wear(load_theme(new.theme or suiting_theme(os.environ), self.theme_folders))
        if new.keymap != old.keymap:
            self.choose_key_map(new.keymap)
        if new.signs != old.signs:
            from tui.glyphs import suiting_glyphs

            self.glyphs = suiting_glyphs(os.environ, new.signs)
        if new.mouse != old.mouse:
            self._use_mouse(new.mouse)
        if self.main is not None:
            self.main.wear_settings()
        if new != old:
            self.redraw()

    def _use_mouse(self, wanted: bool) -> None:
        driver = self._driver
        if driver is None or not hasattr(driver, "_mouse"):
            return
        if wanted:
            driver._mouse = True
            driver._enable_mouse_support()  # type: ignore[attr-defined]
        else:
            driver._disable_mouse_support()  # type: ignore[attr-defined]
            driver._mouse = False
