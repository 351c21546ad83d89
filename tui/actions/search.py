"""Finding mail, and words in a message."""

from __future__ import annotations

from tui.actions.action import MAIL, PANES, Action
from tui.translation import N_


class Search(
    Action,
    id="search.search",
    title=N_("Search"),
    keys=("/",),
    where=PANES,
    footer=N_("search"),
    rank=21,
    takes="query",
):
    """Search all mail from the list, or find words in the message from the reader."""


class Filter(Action, id="search.filter", title=N_("Filter the list"), keys=("\\",), where=("list",), takes="query"):
    """Show only the messages of this list that fit a query."""


class NextHit(Action, id="search.next", title=N_("Next hit"), keys=("n",), where=MAIL, word="next-hit"):
    """Go to the next hit."""


class PreviousHit(Action, id="search.previous", title=N_("Previous hit"), keys=("N",), where=MAIL, word="previous-hit"):
    """Go to the previous hit."""
