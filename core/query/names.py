"""The names of folders and accounts in a query: whether they stand for anything here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from core.errors import NotFound
from core.query.facts import Context
from core.query.tree import ROLES, And, Everything, Field, Not, Or, Phrase, Query, Word


def check_names(query: Query, context: Context) -> None:
    """Raises NotFound `no-folder` or `no-account` for the first name that stands for nothing.

    A slip of the pen would find nothing, or with `-in:` everything. Roles (`in:junk`) may be named where no folder has them.
    """
    for field in _named(query):
        if field.name == "account":
            if not context.knows_account(field.value):
                raise NotFound("no-account", what="account", name=field.value)
        elif not context.folders_named(field.value, field.exact) and not _is_role(field.value, context):
            raise NotFound("no-folder", what="folder", name=field.value)


def _is_role(value: str, context: Context) -> bool:
    account, slash, role = value.strip().strip("/").casefold().rpartition("/")
    return role in ROLES and (not slash or context.knows_account(account))


def _named(query: Query) -> Iterator[Field]:
    """The `in:` and `account:` of a query, in its order."""
    match query:
        case Field():
            if query.name in ("in", "account"):
                yield query
        case Not(part):
            yield from _named(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _named(part)
        case Everything() | Word() | Phrase():
            return
        case _:
            assert_never(query)
