"""Splitting and joining conversations by hand: kept for whatever arrives later, and taken back like any other change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core import operations
from core.errors import CorreioError
from core.store import rethreading, threads
from core.store.database import Database
from core.store.journal import Operation
from core.store.rethreading import Member


def split(db: Database, message: int) -> int:
    """Make a message, with all that answers it, a conversation of its own; the step, 0 where it begins its thread.

    What arrives later and answers one of these messages joins them, whatever else it names.
    """
    with db.write(durable=True):  # what is read here must still hold when it is written
        account, thread = _row(db, message)
        found = rethreading.members(db, [thread])
        first = next(member for member in found if member.id == message)
        below = _below(found, first)
        rest = [member for member in found if member.id not in below]
        if not rest:
            return 0
        theirs = {key for member in rest for key in threads.linked(db, member.chain)}
        cuts, bonds = [first.own], []
        for member in found:
            if member.id not in below or member.id == message:
                continue
            named = member.chain[member.chain.index(first.own) :] if first.own in member.chain else member.chain
            if theirs.intersection(named):
                cuts.append(member.own)
                bonds.append([first.own, member.own])
        args = {
            "cuts": [key for key in cuts if not threads.is_cut(db, key)],
            "bonds": bonds,
            "loosed": _bonds_between(db, {member.own for member in found if member.id in below}),
            "on": True,
        }
        return operations.perform(db, [Operation(account, "thread", tuple(sorted(below)), args=args)])


def join(db: Database, messages: Iterable[int]) -> int:
    """Make the conversations of these messages one; the step, 0 where they are one already.

    Raises CorreioError `thread-too-large` where it would have more messages than a conversation may.
    """
    with db.write(durable=True):
        by_thread: dict[int, int] = {}
        account = 0
        for message in messages:
            account, thread = _row(db, message)
            by_thread.setdefault(thread, message)
        if len(by_thread) < 2:
            return 0
        found = rethreading.members(db, by_thread)
        if len(found) > threads.MOST_MESSAGES:
            raise CorreioError("thread-too-large", most=threads.MOST_MESSAGES)
        own = {member.id: member.own for member in found}
        first, *others = by_thread.values()
        bonds = [[own[first], own[other]] for other in others]
        args = {"cuts": [], "bonds": bonds, "loosed": [], "on": True}
        return operations.perform(db, [Operation(account, "thread", tuple(by_thread.values()), args=args)])


def _row(db: Database, message: int) -> tuple[int, int]:
    account, thread = db.read("SELECT account, thread FROM message WHERE id = ?", (message,))[0]
    return int(account), int(thread)


def _below(found: Sequence[Member], first: Member) -> set[int]:
    """A message and all that answers it, directly or over others."""
    below, keys = {first.id}, {first.own}
    grown = True
    while grown:
        grown = False
        for member in found:
            if member.id not in below and (member.parent in keys or keys.intersection(member.chain)):
                below.add(member.id)
                keys.add(member.own)
                grown = True
    return below


def _bonds_between(db: Database, keys: set[int]) -> list[list[int]]:
    """Bonds made by hand from these keys to others."""
    wanted = f"[{','.join(map(str, keys))}]"
    rows = db.read("SELECT b.one, b.other FROM json_each(?) j CROSS JOIN thread_bond b ON b.one = j.value", (wanted,))
    return [[one, other] for one, other in rows if other not in keys]
