"""The three panes and the two bars: one pane at a time below 100 cells, two below 160, else three."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, cast

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import Reactive
from textual.widget import Widget

from core.errors import CorreioError
from tui.actions import does, move
from tui.screens.window import InWindow
from tui.sentences import sentence
from tui.view import View
from tui.widgets.folder_tree import FolderTree
from tui.widgets.message_list import MessageList
from tui.widgets.motion import Motion
from tui.widgets.reader import Reader
from tui.widgets.status import FooterBar, HeaderBar

if TYPE_CHECKING:
    from tui.app import Correio
    from tui.desk import Desk
    from tui.widgets.prompt import Prompt

Pane = Literal["tree", "list", "reader"]
TWO_PANES = 100
THREE_PANES = 160
TREE = 25
"""Cells of the folder tree beside other panes."""
LEAST_READER = 76
"""Cells of the reader beside the list: mail of 72 columns fits."""


class Asking(Struct, frozen=True):
    """A line being asked for: who gets it, every state of it while it is typed, and who hears that it was given up."""

    done: Callable[[str], None]
    typing: Callable[[str], None] | None = None
    given_up: Callable[[], None] | None = None


class Panes(InWindow[None]):
    """What the rest of the main screen builds on: its widgets, the desk, and which pane is shown."""

    DEFAULT_CSS = f"""
    Panes #panes {{ height: 1fr; }}
    Panes FolderTree {{ width: {TREE}; }}
    Panes #list {{ width: 1fr; }}
    Panes #reader {{ width: 1fr; }}
    Panes #list, Panes #reader {{ border-left: solid $border; }}
    Panes.one FolderTree {{ width: 1fr; }}
    Panes.one #list, Panes.one #reader {{ border: none; }}
    """

    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Textual would draw the whole screen for it; the widgets concerned hear of it themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.pane: Pane = "list"
        self.view = View()
        self._tree_cells = TREE
        self._asked: dict[str, Asking] = {}
        self.prompt: Prompt | None = None
        self._prompt_making = asyncio.Lock()

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with Horizontal(id="panes"):
            yield FolderTree(id="tree")
            yield (messages := MessageList(id="list"))
            reader = Reader(id="reader")
            reader.takes_place_of = messages
            yield reader
        yield FooterBar(id="footer")

    def _compositor_refresh(self) -> None:
        if not self.correio.holds_paint:
            super()._compositor_refresh()

    @property
    def correio(self) -> Correio:
        """The application."""
        return cast("Correio", self.app)

    @property
    def desk(self) -> Desk:
        """The store, the writer, the engine, the settings."""
        return self.correio.desk

    @property
    def folder_tree(self) -> FolderTree:
        """The folders."""
        return self.query_one("#tree", FolderTree)

    @property
    def list(self) -> MessageList:
        """The messages."""
        return self.query_one("#list", MessageList)

    @property
    def reader(self) -> Reader:
        """The message being read."""
        return self.query_one("#reader", Reader)

    @property
    def header(self) -> HeaderBar:
        """The bar above."""
        return self.query_one("#header", HeaderBar)

    @property
    def footer(self) -> FooterBar:
        """The bar below."""
        return self.query_one("#footer", FooterBar)

    def say(self, words: str, *, warning: bool = False) -> None:
        """Say something in the footer."""
        self.correio.say(words, warning=warning)

    def complain(self, error: CorreioError) -> None:
        """Say what went wrong and what to do."""
        self.say(sentence(error), warning=True)

    # ------------------------------------------------------------------ the line at the bottom

    def ask_line(
        self,
        label: str,
        done: Callable[[str], None],
        *,
        value: str = "",
        typing: Callable[[str], None] | None = None,
        given_up: Callable[[], None] | None = None,
        complete: Callable[[str], Sequence[str]] | None = None,
        check: Callable[[str], str] | None = None,
    ) -> None:
        """Ask for a line of text; see `Asking`. `complete` gives the lines that a text may become, `check` says what is
        wrong with it: then it stays."""
        self._asked[label] = Asking(done, typing, given_up)
        if self.prompt is not None:
            self.prompt.ask(label, label, value, complete, check)

    @property
    def is_asking(self) -> bool:
        """Whether the line at the bottom is open."""
        return self.prompt is not None and self.prompt.display

    async def mount_prompt(self) -> None:
        """The line at the bottom is made after the first picture; whoever does anything before waits for it."""
        from tui.widgets.prompt import Prompt

        async with self._prompt_making:
            if self.prompt is None:
                made = Prompt(id="prompt")
                await self.mount(made)
                self.prompt = made

    async def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """A line was finished."""
        if event.purpose == "command":
            try:
                await self.correio.do_command(event.text)
            except CorreioError as error:
                self.complain(error)
            return
        self._asked[event.purpose].done(event.text)

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """A line is being typed."""
        asking = self._asked.get(event.purpose)
        # Once it is answered, what was typed last is the answer's affair.
        if asking is not None and asking.typing is not None and event.prompt.display:
            asking.typing(event.text)

    def on_prompt_given_up(self, event: Prompt.GivenUp) -> None:
        """A line was left with Escape."""
        asking = self._asked.get(event.purpose)
        if asking is not None and asking.given_up is not None:
            asking.given_up()

    # ------------------------------------------------------------------ panes

    @property
    def count(self) -> int:
        """How many panes fit beside each other."""
        width = self.size.width
        return 1 if width < TWO_PANES else 2 if width < THREE_PANES else 3

    @property
    def shown_panes(self) -> tuple[Pane, ...]:
        """The panes in view, from the left."""
        if self.count == 1:
            return (self.pane,)
        if self.count == 2:
            return ("tree", "reader" if self.pane == "reader" else "list")
        return ("tree", "list", "reader")

    def show_pane(self, pane: Pane) -> None:
        """Bring a pane into view and the keys to it, at once: the next key is for that pane."""
        self.pane = pane
        panes: dict[Pane, Motion] = {"tree": self.folder_tree, "list": self.list, "reader": self.reader}
        panes[pane].be_shown(True)
        before = self.focused
        self.set_focus(panes[pane])
        for widget in (before, panes[pane]):
            if isinstance(widget, Motion):
                widget.be_focused(widget is self.focused)
        self._arrange()
        self.correio.show_keys()

    def on_resize(self, event: events.Resize) -> None:
        """Another size: other panes may fit."""
        before = self.shown_panes
        self._arrange()
        if self.focused is None or (self.pane not in before and not self.is_asking):
            self.show_pane(self.pane)

    def _arrange(self) -> None:
        shown = self.shown_panes
        self.set_class(self.count == 1, "one")
        self._tree_cells = self._tree_room()
        self.folder_tree.styles.width = "1fr" if self.count == 1 else self._tree_cells
        self.reader.styles.width = self._reader_room() if self.count == 3 else "1fr"
        self.folder_tree.be_shown("tree" in shown)
        self.list.be_shown("list" in shown)
        self.reader.be_shown("reader" in shown)

    def fit_tree(self) -> None:
        """Other folders are shown, which may need more room or less."""
        if self._tree_room() != self._tree_cells:
            self._arrange()

    def _tree_room(self) -> int:
        """Cells for the tree beside others: of what is left where three have room, a third, if its names need it."""
        return max(TREE, min(self.folder_tree.widest, TREE + (self.size.width - THREE_PANES) // 3))

    def _reader_room(self) -> int:
        """Cells for the reader beside tree and list: enough for its text, the rest is the list's."""
        share = max((self.size.width - self._tree_room()) * 6 // 11, LEAST_READER)
        wanted = self.reader.max_width + 3  # with border, margin and scroll bar
        return min(share, wanted) if self.reader.max_width else share

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Another pane has the keys, by a click perhaps."""
        found = {"tree": "tree", "list": "list", "reader": "reader"}.get(str(event.widget.id))
        if found is not None and event.widget.has_focus and event.widget.display:
            self.pane = cast(Pane, found)
        self.correio.show_keys()

    @does(move.NextPane)
    def next_pane(self) -> None:
        """To the pane at the right, from the last to the first."""
        self._step_pane(1)

    @does(move.PreviousPane)
    def previous_pane(self) -> None:
        """To the pane at the left."""
        self._step_pane(-1)

    def _step_pane(self, by: int) -> None:
        order: list[Pane] = ["tree", "list"]
        if self.reader.has_message:
            order.append("reader")
        here = order.index(self.pane) if self.pane in order else 0
        self.show_pane(order[(here + by) % len(order)])


# What the screen can do is told in classes of its own, each standing on the one before. To Textual only the whole is a
# screen: it looks through every class of widgets it is told of, and a dozen of them would be felt at the start.
if TYPE_CHECKING:
    Mixin = Panes
else:
    Mixin = object
