"""Choosing several messages."""

from __future__ import annotations

from tui.actions.action import Action
from tui.translation import N_


class Toggle(Action, id="select.toggle", title=N_("Select"), keys=("x",), where=("list",), needs="row", word="select"):
    """Add the message to the selection or take it out, and go one line down."""


class Range(Action, id="select.range", title=N_("Select a range"), keys=("V",), where=("list",), needs="row"):
    """Begin a range here; moving stretches it, and V again ends it."""


class ByQuery(
    Action,
    id="select.query",
    title=N_("Select by query"),
    keys=("*",),
    where=("list",),
    takes="query",
    word="select-query",
):
    """Select every message of the list that fits a query; an empty one selects all."""
