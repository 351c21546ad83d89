"""What screens with a form share: keys that act as they come, and the field with the cursor always in view."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType

from tui.actions import Context
from tui.guide import KeyHint
from tui.screens.leaving import LeftOnce
from tui.translation import _
from tui.widgets.status import FooterBar

Result = TypeVar("Result")


class FormScreen(LeftOnce[Result]):
    """Tab, arrows and Enter have priority: what is typed behind a Tab, however fast, lands in the next field.

    A subclass says with `action_go_on` what Enter does. Sizes have the classes -low, -high, -tall and -narrow, -wide.
    """

    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high"), (34, "-tall")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,down", "app.focus_next", priority=True),
        Binding("shift+tab,up", "app.focus_previous", priority=True),
        Binding("enter", "screen.go_on", priority=True),
    ]
    key_context: ClassVar[Context] = "dialog"
    says_keys = False
    """Whether it has said itself which keys stand in its footer."""

    def show_keys(self, *keys: tuple[str, str]) -> None:
        """Keys and their words, for the footer."""
        self.says_keys = True
        self.query_one(FooterBar).keys = tuple(KeyHint(key, word) for key, word in keys)

    def leave_by(self, then: Callable[[], object], *, changed: bool) -> None:
        """Leave the form; what was changed in it is asked about."""
        if not changed:
            then()
            return
        from tui.screens.dialog import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                then()

        words = _("What you have changed here is not saved.")
        self.app.push_screen(Confirm(words, _("Throw it away")), answered)

    def on_resize(self) -> None:
        self.call_after_refresh(self._keep_in_view)

    def _keep_in_view(self) -> None:
        if self.focused is not None:
            self.focused.scroll_visible(animate=False)
