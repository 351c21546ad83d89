"""The table of IMAP commands: name, when it may be given, which capability it needs, what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from accounts.demo.imap_parser import BadCommand, Token

if TYPE_CHECKING:
    from accounts.demo.imap_session import Session


class Answered(Exception):
    """The command has sent its tagged answer itself."""


class State(Enum):
    """When a command may be given (RFC 3501 §3)."""

    ANY = 0
    BEFORE = 1
    """Only before login."""
    LOGGED_IN = 2
    SELECTED = 3


@dataclass(frozen=True, slots=True)
class Call:
    """One command as it came."""

    tag: str
    name: str
    """Upper case; the UID commands as `UID FETCH` and so on."""
    args: list[Token]

    @property
    def by_uid(self) -> bool:
        """Whether numbers are UIDs."""
        return self.name.startswith("UID ")

    def need(self, least: int, most: int | None = None) -> None:
        """Raise BadCommand unless there are so many arguments (`most` -1: any number from `least`)."""
        most = least if most is None else most
        if len(self.args) < least or 0 <= most < len(self.args):
            raise BadCommand(f"Wrong number of arguments for {self.name}")


Run = Callable[["Session", Call], Awaitable[str | None]]
"""Carries a command out. Returns the text of the OK (None: `NAME completed.`); raises Refused, BadCommand."""


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of the table."""

    state: State
    needs: str
    run: Run


COMMANDS: dict[str, Command] = {}


def command(*names: str, state: State, needs: str = "") -> Callable[[Run], Run]:
    """Enter a function in the table under these names."""

    def enter(run: Run) -> Run:
        for name in names:
            COMMANDS[name] = Command(state, needs, run)
        return run

    return enter
