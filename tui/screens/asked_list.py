"""A list that only the server knows: asked for when it is opened, and again with each change."""

from __future__ import annotations

from typing import Any, ClassVar

from core.errors import CorreioError
from tui.actions import Context
from tui.screens.list_screen import ListScreen
from tui.sentences import sentence
from tui.translation import _
from tui.widgets.choice_list import ChoiceList


class AskedList(ListScreen):
    """A subclass says what is asked (`asks`, `about`), and shows the answer (`fill`)."""

    key_context: ClassVar[Context] = "settings"
    asks: ClassVar[str]
    """What the engine is to do (`accounts.engine.protocol`)."""
    heading: ClassVar[str]
    """What the header says, in English."""
    note = ""
    """What it is about, in the header."""

    @property
    def about(self) -> dict[str, Any]:
        """What it is asked of."""
        return {}

    def fill(self, rows: Any) -> None:
        """Show the answer."""

    @property
    def rows(self) -> ChoiceList[Any]:
        """The list."""
        return self.query_one(ChoiceList)

    def on_mount(self) -> None:
        """Ask the server."""
        self.entitle(_(self.heading), self.note)
        self.ask()

    def ask(self, **change: Any) -> None:
        """Ask, with something to change first."""
        self.tell(_("Asking the server…"))
        self.correio.desk.ask(self.asks, self._answered, **self.about, **change)

    def _answered(self, rows: Any, error: CorreioError | None) -> None:
        if not self.is_attached:
            return
        if error is not None:
            self.tell(sentence(error))
            return
        self.fill(rows)
        self.explain()
        self.correio.show_keys()
