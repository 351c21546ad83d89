"""Choosing what is quoted of a message: its text, in which some is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.widgets import TextArea

from tui.actions import Context, does, letter, program
from tui.guide import KeyHint
from tui.screens.leaving import LeftOnce
from tui.translation import _
from tui.widgets.status import FooterBar, HeaderBar

if TYPE_CHECKING:
    from tui.app import Correio


class QuoteScreen(LeftOnce[str]):
    """Gives back the text that was selected, or that of the line the cursor is in; None when one went back."""

    DEFAULT_CSS = """
    QuoteScreen TextArea { border: none; padding: 0 1; height: 1fr; background: $background; }
    QuoteScreen TextArea:focus { border: none; }
    """
    key_context: ClassVar[Context] = "dialog"
    AUTO_FOCUS = "TextArea"

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield TextArea(self.text, read_only=True, soft_wrap=True, tab_behavior="focus", compact=True)
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Say how it is done."""
        self.query_one(HeaderBar).folder = _("What is quoted")
        self.query_one(TextArea).cursor_blink = False
        app = cast("Correio", self.app)
        self.query_one(FooterBar).keys = (
            KeyHint(_("Shift+arrows"), _("select")), KeyHint(app.key_for(letter.QuoteIt), _("reply")),
            KeyHint(_("Esc"), _("back")),
        )  # fmt: skip

    @does(letter.QuoteIt)
    def quote(self) -> None:
        """What is selected, in whole lines where several are."""
        area = self.query_one(TextArea)
        selected = area.selected_text
        self.dismiss(selected if selected.strip() else area.document.get_line(area.cursor_location[0]))

    @does(program.Cancel)
    def give_up(self) -> None:
        """Quote nothing and answer nothing."""
        self.dismiss(None)
