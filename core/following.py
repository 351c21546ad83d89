"""Settings that name a folder follow it when it is renamed, here or by another program.

`keep_folders`, `watch`, the special folders chosen by hand, and `in:` in saved searches. The store notes what was renamed;
whoever may write the settings hands over how.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from core.errors import QueryError
from core.query.facts import Context, Place
from core.query.parse import parse
from core.query.show import show
from core.query.tree import And, Field, Not, Or, Query
from core.settings import Account, Settings
from core.store import accounts, search
from core.store.database import Database


class Renamed(Struct, frozen=True):
    """A folder that was renamed."""

    folder: int
    account: str
    """Id in the settings."""
    old: str
    new: str


def follow(db: Database, save: Callable[[Callable[[Settings], Settings]], Settings]) -> bool:
    """Have the settings follow what was renamed since; whether anything was. `save` lets settings be changed and keeps them."""
    noted = db.read("SELECT r.folder, r.account, r.path, f.path FROM folder_renamed r JOIN folder f ON f.id = r.folder")
    if not noted:
        return False
    renamed = [Renamed(folder, accounts.uid_of(db, row), old, new) for folder, row, old, new in noted if old != new]
    if renamed:
        save(lambda settings: followed(settings, renamed, _context(db, settings)))
    with db.write():
        # Not those that were renamed once more meanwhile.
        db.many("DELETE FROM folder_renamed WHERE folder = ?1 AND (SELECT path FROM folder WHERE id = ?1) = ?2",
                [(folder, new) for folder, _row, _old, new in noted])  # fmt: skip
        db.many("UPDATE folder_renamed SET path = ?2 WHERE folder = ?1", [(one.folder, one.new) for one in renamed])
    return bool(renamed)


def _context(db: Database, settings: Settings) -> Context:
    return search.context(db, {one.id: (one.name, one.email) for one in settings.accounts})


def followed(settings: Settings, renamed: Sequence[Renamed], context: Context) -> Settings:
    """The settings with the new names; `context`: folders and accounts as they are now."""
    paths: dict[str, dict[str, str]] = {}
    for one in renamed:
        paths.setdefault(one.account, {})[one.old] = one.new
    return replace(
        settings,
        accounts=tuple(_account(one, paths[one.id]) if one.id in paths else one for one in settings.accounts),
        searches=tuple(replace(one, query=_searched(one.query, renamed, context)) for one in settings.searches),
    )


def _account(account: Account, paths: Mapping[str, str]) -> Account:
    watched = account.watched()
    watch = [paths.get(path, path) for path in watched]
    return replace(
        account,
        keep_folders={paths.get(path, path): keep for path, keep in account.keep_folders.items()},
        folders={role: paths.get(path, path) for role, path in account.folders.items()},
        watch=account.watch if tuple(watch) == watched else _listed(watch),
    )


def _listed(paths: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(paths)
    return line.getvalue().replace(",", ", ") if not any("," in path for path in paths) else line.getvalue()


def _searched(text: str, renamed: Sequence[Renamed], context: Context) -> str:
    """A query in which renamed folders have their new names; as it was where it names none, or is none."""
    try:
        query = parse(text)
    except QueryError:
        return text
    new = _with_new_names(query, renamed, context)
    return text if new == query else show(new)


def _with_new_names(query: Query, renamed: Sequence[Renamed], context: Context) -> Query:
    match query:
        case And(parts):
            return And(tuple(_with_new_names(part, renamed, context) for part in parts))
        case Or(parts):
            return Or(tuple(_with_new_names(part, renamed, context) for part in parts))
        case Not(part):
            return Not(_with_new_names(part, renamed, context))
        case Field("in", value, _, exact):
            return _folder(query, value, exact, renamed, context)
        case _:
            return query


def _folder(field: Field, value: str, exact: bool, renamed: Sequence[Renamed], context: Context) -> Query:
    """`in:` a folder that is no longer found by that name: by its new one, beside others that still bear the old one."""
    before = Context(tuple(_as_it_was(place, renamed) for place in context.places), context.accounts)
    lost = before.folders_named(value, True) - context.folders_named(value, True)
    places = [place for place in context.places if place.id in lost]
    if not places:
        return field
    fields: list[Query] = [Field("in", _name(place, context), exact=exact) for place in places]
    if context.folders_named(value, True):
        fields.insert(0, field)
    return fields[0] if len(fields) == 1 else Or(tuple(fields))


def _as_it_was(place: Place, renamed: Sequence[Renamed]) -> Place:
    old = next((one.old for one in renamed if one.folder == place.id), place.path)
    return Place(place.id, place.account, old, place.delimiter, place.role)


def _name(place: Place, context: Context) -> str:
    """What `in:` finds the folder by, and no other one: its path, with its account's name where need be."""
    path = place.path.replace(place.delimiter, "/") if place.delimiter else place.path
    if context.folders_named(path, True) == {place.id}:
        return path
    names = context.accounts.get(place.account, ())
    return f"{names[1] if len(names) > 1 else names[0]}/{path}" if names else path
