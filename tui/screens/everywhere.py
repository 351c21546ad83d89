"""Searching everything at once: mail, contacts, lists and documents, each hit with its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual.widgets import Static

from core.clean import clean_line
from core.errors import QueryError
from core.everywhere import Kind, Thing, fitting
from core.query.parse import parse
from core.store import search
from core.store.lists import Row, rows_of
from tui.desk import Desk
from tui.screens.picker import Picker
from tui.translation import N_, _
from tui.view import account_names
from tui.widgets.choice_list import Choice, ChoiceList

LEAST = 2
"""Letters before anything is looked for."""
MOST_MAILS = 8
"""Mails in the list; the others are one line away."""
MOST_THINGS = 40
"""Contacts and lists, and documents."""
KINDS: dict[Kind, str] = {"contact": N_("contact"), "list": N_("list"), "document": N_("document")}

Found = Row | Thing | Literal["mails"]
"""'mails': all mails that fit."""


class Everywhere(Picker[Found]):
    """A field for a query, and below it what it finds. `things`: contacts, lists and documents, None until they are known."""

    def __init__(self, desk: Desk, typed: str = "") -> None:
        super().__init__(_("Search everything"), (), typed, _("words, or a query"))
        self._desk = desk
        self.things: Sequence[Thing] | None = None
        self.query_text = ""

    def learn(self, things: Sequence[Thing]) -> None:
        """What there is besides mail."""
        self.things = things
        if self.is_mounted and self.is_running:  # else it is yet to come, or was left
            self._fit(self._fitted or "")

    def _fit(self, typed: str) -> None:
        self._fitted = typed
        try:
            choices = self._choices(typed)
        except QueryError:
            return  # it is being typed
        self.query_text, self.all_choices = typed, choices
        self.query_one(ChoiceList).show(choices)
        nothing = self.query_one("#nothing", Static)
        nothing.update(_("Nothing fits."))
        nothing.display = not choices and len(typed.strip()) >= LEAST

    def _choices(self, typed: str) -> list[Choice[Found]]:
        if len(typed.strip()) < LEAST:
            return []
        db, query = self._desk.db, parse(typed, typing=True)
        where = search.context(db, account_names(self._desk))
        mails = rows_of(db, search.find(db, query, limit=MOST_MAILS + 1, where=where))
        found: list[Choice[Found]] = [
            Choice(row, clean_line(row.subject) or _("(no subject)"), clean_line(row.people), _("mail"))
            for row in mails[:MOST_MAILS]
        ]
        if mails:
            found.append(Choice("mails", _("All mail that fits"), "", _("mail")))
        things = fitting(self.things or (), query, where)
        people = [one for one in things if one.kind != "document"][:MOST_THINGS]
        files = [one for one in things if one.kind == "document"][:MOST_THINGS]
        # Few people bear a name, many mails mention it.
        return [_line(one) for one in people] + found + [_line(one) for one in files]


def _line(one: Thing) -> Choice[Found]:
    return Choice(one, one.title, one.detail, _(KINDS[one.kind]))
