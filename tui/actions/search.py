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


class Scope(Action, id="search.scope", title=N_("Search elsewhere"), keys=("ctrl+o",), where=("prompt", "list"), needs="search"):
    """Search all mail, this account or this folder, one after the other, also while typing."""


class Everything(
    Action, id="search.everything", title=N_("Search everything"), keys=("g e",), where=PANES, takes="query", word="everything"
):
    """Search mail, contacts, lists and documents at once."""


class Last(Action, id="search.last", title=N_("Last search"), keys=("g /",), where=PANES, word="last-search"):
    """Go back to the last search."""


class Person(
    Action, id="search.person", title=N_("Everything with this person"), keys=("@",), where=MAIL, takes="address", word="with"
):
    """Show everything exchanged with somebody whose name is in the message."""


class Save(Action, id="search.save", title=N_("Save the search"), keys=("B",), where=MAIL, takes="name", word="save-search"):
    """Keep the search shown as a line of the folder tree."""


class Rename(
    Action,
    id="search.rename",
    title=N_("Rename the search"),
    keys=("R",),
    where=("tree",),
    needs="saved",
    takes="name",
    word="rename-search",
):
    """Give a saved search another name."""


class Forget(
    Action, id="search.forget", title=N_("Drop the search"), keys=("D",), where=("tree",), needs="saved", word="forget-search"
):
    """Take a saved search out of the folder tree."""
