"""Moving about in a list, a text or the folders."""

from __future__ import annotations

from tui.actions.action import MAIL, PANES, Action, Context
from tui.translation import N_

LINES: tuple[Context, ...] = (*PANES, "help", "picker", "outbox", "attachments", "settings")


class Down(Action, id="move.down", title=N_("Down"), keys=("j", "down"), where=LINES):
    """Go one line down."""


class Up(Action, id="move.up", title=N_("Up"), keys=("k", "up"), where=LINES):
    """Go one line up."""


class PageDown(Action, id="move.page_down", title=N_("Page down"), keys=("space", "pagedown"), where=LINES):
    """Go one page down."""


class PageUp(Action, id="move.page_up", title=N_("Page up"), keys=("-", "pageup"), where=LINES):
    """Go one page up."""


class HalfDown(Action, id="move.half_down", title=N_("Half a page down"), keys=("ctrl+d",), where=LINES):
    """Go half a page down."""


class HalfUp(Action, id="move.half_up", title=N_("Half a page up"), keys=("ctrl+u",), where=LINES):
    """Go half a page up."""


class Top(Action, id="move.top", title=N_("To the top"), keys=("g g", "home"), where=LINES):
    """Go to the first line."""


class Bottom(Action, id="move.bottom", title=N_("To the end"), keys=("G", "end"), where=LINES):
    """Go to the last line."""


class Open(
    Action,
    id="move.open",
    title=N_("Open"),
    keys=("enter",),
    where=("list", "tree"),
    footer=N_("open"),
    rank=5,
    needs="row",
):
    """Open the message, thread or folder under the cursor."""


class NextPane(Action, id="move.next_pane", title=N_("Next pane"), keys=("tab",), where=PANES):
    """Go to the next pane: folders, list, reader."""


class PreviousPane(Action, id="move.previous_pane", title=N_("Previous pane"), keys=("shift+tab",), where=PANES):
    """Go to the previous pane."""


class NextUnread(Action, id="move.next_unread", title=N_("Next unread"), keys=("]",), where=MAIL, footer=N_("next unread")):
    """Go to the next unread message."""


class PreviousUnread(Action, id="move.previous_unread", title=N_("Previous unread"), keys=("[",), where=MAIL):
    """Go to the previous unread message."""


class NextLink(Action, id="move.next_link", title=N_("Next link"), keys=(")",), where=("reader",), needs="message"):
    """Go to the next link of the message; o opens it."""


class PreviousLink(Action, id="move.previous_link", title=N_("Previous link"), keys=("(",), where=("reader",), needs="message"):
    """Go to the link before; o opens it."""


class NextPart(Action, id="move.next_part", title=N_("Next part"), keys=("}",), where=("reader",), needs="message"):
    """Go to the next part of the message: attachments, text, what follows a quotation."""


class PreviousPart(Action, id="move.previous_part", title=N_("Previous part"), keys=("{",), where=("reader",), needs="message"):
    """Go to the part of the message before."""


class NextMessage(
    Action,
    id="move.next_message",
    title=N_("Next message"),
    keys=("J",),
    where=("reader",),
    footer=N_("next"),
    rank=15,
):
    """Go to the next message of the conversation, then of the list."""


class PreviousMessage(Action, id="move.previous_message", title=N_("Previous message"), keys=("K",), where=("reader",)):
    """Go to the previous message of the conversation, then of the list."""
