"""A screen that is one list, with a few words below about what the cursor is on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from core.clean import clean_text
from tui.actions import does, program
from tui.screens.leaving import LeftOnce
from tui.screens.list_moves import ListMoves
from tui.widgets.choice_list import ChoiceList
from tui.widgets.status import FooterBar, HeaderBar


def list_over_words() -> ComposeResult:
    """A list between the two bars, with `#about` below it."""
    yield HeaderBar(id="header")
    with Vertical():
        yield ChoiceList()
        yield Static(id="about", markup=False)
    yield FooterBar(id="footer")


class ListScreen(ListMoves, LeftOnce[None]):
    """A subclass fills the list and says in `explain` what stands below it."""

    DEFAULT_CSS = """
    ListScreen ChoiceList { height: 1fr; max-height: 100%; padding: 1 0; }
    ListScreen #about { height: auto; min-height: 2; max-height: 50%; padding: 0 1; border-top: solid $border; }
    """
    AUTO_FOCUS = ""

    def compose(self) -> ComposeResult:
        yield from list_over_words()

    def on_screen_resume(self) -> None:
        """Shown, or back from a question."""
        self.correio.show_keys()

    def entitle(self, title: str, note: str = "") -> None:
        """What the header says."""
        header = self.query_one(HeaderBar)
        header.folder, header.note = title, note

    def tell(self, words: str) -> None:
        """What stands below the list."""
        self.query_one("#about", Static).update(Content(clean_text(words)))

    def explain(self) -> None:
        """The cursor is on something else."""

    def go_by(self, lines: int) -> None:
        """The cursor goes to another line."""
        self.query_one(ChoiceList).step(lines)
        self.explain()
        self.correio.show_keys()

    @does(program.Back, program.Cancel)
    def back(self) -> None:
        """Back to where one was."""
        self.dismiss()
