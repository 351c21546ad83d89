"""Searching everything at once: mail, contacts, lists and documents, each hit with its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual.widgets import Static

from core.clean import clean_line
from core.errors import CorreioError, QueryError
from core.everywhere import Kind, Thing, fitting
from core.query.parse import parse
from core.store import search
from core.store.database import Database
from core.store.lists import Row, rows_of
from tui.desk import Desk
from tui.screens.picker import Picker
from tui.sentences import sentence
from tui.translation import N_, _
from tui.view import Names, account_names
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
        self._entered = False
        """Whether Enter waits for what is looked for."""
        self._looking = False
        """Whether the other thread looks; what is typed meanwhile is looked for next, and only the newest of it."""

    def learn(self, things: Sequence[Thing]) -> None:
        """What there is besides mail."""
        self.things = things
        if self.is_mounted and self.is_running:  # else it is yet to come, or was left
            self._fit(self._fitted or "")

    def _fit(self, typed: str) -> None:
        self._fitted = typed
        if not self._looking:
            self._look(typed)

    def _look(self, typed: str) -> None:
        """Have it looked for beside the keys."""
        names, things = account_names(self._desk), self.things or ()

        def found(choices: list[Choice[Found]] | None, error: CorreioError | None) -> None:
            self._looking = False
            if not self.is_attached:
                return
            if isinstance(error, QueryError):
                pass  # it is being typed
            elif error is not None:
                self.correio.say(sentence(error), warning=True)
            else:
                self._show(typed, choices or [])
            if self._fitted not in (None, typed) or things is not (self.things or ()):
                self._look(self._fitted or "")
            if self._entered:
                self._finished()

        self._looking = True
        self._desk.look_up(lambda db: _choices(db, typed, names, things), found)

    def _show(self, typed: str, choices: list[Choice[Found]]) -> None:
        rows: ChoiceList[Found] = self.query_one(ChoiceList)
        here = rows.current.value if rows.current is not None and typed == self.query_text else None
        self.query_text, self.all_choices = typed, choices
        rows.show(choices, next((n for n, one in enumerate(choices) if one.value == here), 0))
        nothing = self.query_one("#nothing", Static)
        nothing.update(_("Nothing fits."))
        nothing.display = not choices and len(typed.strip()) >= LEAST

    def _finished(self) -> None:
        """Enter: with what fits all that was typed, as soon as that is known."""
        self._entered = self._looking and self.query_text != self._fitted
        if not self._entered:
            super()._finished()


def _choices(db: Database, typed: str, names: Names, things: Sequence[Thing]) -> list[Choice[Found]]:
    """What fits; in a thread. Raises QueryError."""
    if len(typed.strip()) < LEAST:
        return []
    query = parse(typed, typing=True)
    where = search.context(db, names)
    mails = rows_of(db, search.find(db, query, limit=MOST_MAILS + 1, where=where))
    found: list[Choice[Found]] = [
        Choice(row, clean_line(row.subject) or _("(no subject)"), clean_line(row.people), _("mail")) for row in mails[:MOST_MAILS]
    ]
    if mails:
        found.append(Choice("mails", _("All mail that fits"), "", _("mail")))
    fit = fitting(things, query, where)
    people = [one for one in fit if one.kind != "document"][:MOST_THINGS]
    files = [one for one in fit if one.kind == "document"][:MOST_THINGS]
    # Few people bear a name, many mails mention it.
    return [_line(one) for one in people] + found + [_line(one) for one in files]


def _line(one: Thing) -> Choice[Found]:
    return Choice(one, one.title, one.detail, _(KINDS[one.kind]))
