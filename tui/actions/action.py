"""What an action is, and the one list of them.

Each thing a user can do is declared once, as a class whose docstring's first line is its help::

    class Archive(Action, id="message.archive", title=N_("Archive"), keys=("a",), where=MAIL, needs="message"):
        \"\"\"Move the chosen messages to the archive folder.\"\"\"

Key maps, the footer, `?` help, the palette, the `:` command line, menus and the manual's tables are made
from this list. Who does the work says so with `tui.actions.doing.does`; an action that nobody on the
screen does is not shown anywhere. A class without an id declares nothing: it holds what several share.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import ClassVar, Literal, get_args

from tui.translation import N_, _

Context = Literal[
    "list", "reader", "tree", "composer", "recipient", "review", "outbox", "picker", "book", "prompt", "dialog", "help",
    "attachments", "merge", "settings", "form", "global",
]  # fmt: skip
"""Where a key is typed: a widget or screen names its own with a `key_context` attribute."""

CONTEXTS: tuple[Context, ...] = get_args(Context)

MAIL: tuple[Context, ...] = ("list", "reader")
PANES: tuple[Context, ...] = ("list", "reader", "tree")

CONTEXT_TITLES: dict[Context, str] = {
    "list": N_("Message list"),
    "reader": N_("Reader"),
    "tree": N_("Folders"),
    "composer": N_("Editor"),
    "recipient": N_("Chosen recipient"),
    "review": N_("Review before sending"),
    "outbox": N_("Outbox"),
    "picker": N_("Picker"),
    "book": N_("Address book of a field"),
    "prompt": N_("Command line and search"),
    "dialog": N_("Dialog"),
    "help": N_("Help"),
    "attachments": N_("Attachments"),
    "merge": N_("Mail merge"),
    "settings": N_("Settings"),
    "form": N_("Form"),
    "global": N_("Everywhere"),
}

GROUP_TITLES: dict[str, str] = {
    "move": N_("Moving about"),
    "go": N_("Going to folders"),
    "message": N_("Messages"),
    "thread": N_("Whole threads"),
    "invitation": N_("Invitations and contacts"),
    "select": N_("Choosing messages"),
    "search": N_("Finding"),
    "compose": N_("Writing"),
    "letter": N_("What goes with a message"),
    "format": N_("Formatting the text"),
    "edit": N_("Editing the text"),
    "recipient": N_("Recipients"),
    "review": N_("Before sending"),
    "outbox": N_("Outbox"),
    "merge": N_("Mail merge"),
    "attachment": N_("Attachments"),
    "view": N_("View"),
    "folder": N_("Folders"),
    "settings": N_("Settings"),
    "form": N_("Forms"),
    "program": N_("Program"),
}
"""The first half of an id is its group: the order here is the order in help."""


class ActionError(Exception):
    """A declaration is wrong: a mistake in the source, met at import."""


class Action:
    """One thing a user can do. Subclasses declare; they are never instantiated."""

    id: ClassVar[str] = ""
    """Group and name, `message.archive`. Key maps and settings use it: it never changes."""
    title: ClassVar[str] = ""
    """A few words, in English: `shown_title` translates."""
    keys: ClassVar[tuple[str, ...]] = ()
    """Default keys as a person writes them (`tui.keys`): "a", "ctrl+d", "g i", "escape escape"."""
    where: ClassVar[tuple[Context, ...]] = ("global",)
    needs: ClassVar[str] = ""
    """What must be there: the doer (or a widget around it) has a bool attribute `has_NEEDS`."""
    footer: ClassVar[str] = ""
    """The word in the footer, in English; empty: not in the footer."""
    rank: ClassVar[int] = 50
    """The order in the footer, small numbers first."""
    takes: ClassVar[str] = ""
    """What kind of word may follow on the command line: folder, query, tag, theme, file …"""
    word: ClassVar[str] = ""
    """The word on the `:` command line; by default the second half of the id."""
    repeats: ClassVar[bool] = False
    """Whether `.` does it again."""
    right: ClassVar[str] = ""
    """What the owner of the folder in view must let us do for it (a letter of RFC 4314); '' for nothing."""
    over_text: ClassVar[bool] = False
    """Whether its keys work in a text field that has another use for them itself."""

    def __init_subclass__(
        cls,
        *,
        id: str = "",
        title: str = "",
        keys: tuple[str, ...] = (),
        where: tuple[Context, ...] | None = None,
        needs: str | None = None,
        footer: str = "",
        rank: int = 50,
        takes: str = "",
        word: str = "",
        repeats: bool | None = None,
        over_text: bool = False,
        right: str = "",
    ) -> None:
        cls.id, cls.title, cls.keys = id, title, keys
        cls.footer, cls.rank, cls.takes, cls.over_text, cls.right = footer, rank, takes, over_text, right
        cls.where = cls.where if where is None else where
        cls.needs = cls.needs if needs is None else needs
        cls.repeats = cls.repeats if repeats is None else repeats
        cls.word = word or id.partition(".")[2].replace("_", "-")
        if id:
            _enter(cls)

    @classmethod
    def group(cls) -> str:
        """The first half of the id, a key of GROUP_TITLES."""
        return cls.id.partition(".")[0]

    @classmethod
    def shown_title(cls) -> str:
        """The title in the user's language."""
        return _(cls.title)

    @classmethod
    def help(cls) -> str:
        """One line of help in the user's language: the first line of the docstring."""
        return _(inspect.cleandoc(cls.__doc__ or "").partition("\n")[0])

    @classmethod
    def footer_word(cls) -> str:
        """The word in the footer in the user's language, empty when it is not shown there."""
        return _(cls.footer)


_actions: dict[str, type[Action]] = {}
_words: dict[str, type[Action]] = {}


def _enter(action: type[Action]) -> None:
    if action.group() not in GROUP_TITLES or action.id in _actions:
        raise ActionError(f"{action.id}: unknown group, or declared twice")
    if not (action.__doc__ or "").strip() or not action.title:
        raise ActionError(f"{action.id}: no docstring or title")
    if action.word in _words:
        raise ActionError(f"{action.id}: the command word {action.word} is taken by {_words[action.word].id}")
    unknown = [context for context in action.where if context not in CONTEXTS]
    if unknown or not action.where:
        raise ActionError(f"{action.id}: unknown context {unknown}")
    _actions[action.id] = action
    _words[action.word] = action


def all_actions() -> Iterator[type[Action]]:
    """Every declared action, in the order of declaration."""
    return iter(tuple(_actions.values()))


def find_action(id: str) -> type[Action] | None:
    """The action of an id, or None."""
    return _actions.get(id)


def find_word(word: str) -> type[Action] | None:
    """The action of a command word ("archive"), or None."""
    return _words.get(word)
