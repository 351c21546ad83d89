"""Changed settings put into the text of the file, comments and order kept (tomlkit, loaded only for this)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from msgspec import NODEFAULT, structs
from tomlkit.items import AoT, Item, Table

from core.settings.field import parts_of
from core.settings.lines import header_lines
from core.settings.schema import LISTS, SECTIONS, Proxy, Server, Settings, default_port

NEVER_WRITTEN = ("through",)


def written(text: str, old: Settings, new: Settings) -> str:
    """`text`, which says `old`, made to say `new`. Defaults are written only where they stood before."""
    document = tomlkit.parse(text)
    for name in SECTIONS:
        if getattr(new, name) == getattr(old, name):
            continue
        if name not in document:
            document.append(name, tomlkit.table())
        _fill(document[name], getattr(new, name))
    for name, (attribute, _) in LISTS.items():
        if getattr(new, attribute) != getattr(old, attribute):
            _fill_list(document, name, getattr(new, attribute))
    return _spaced(tomlkit.dumps(document))


def _spaced(text: str) -> str:
    """An empty line above every table, as a person would leave it."""
    lines = text.split("\n")
    for number in reversed(header_lines(text)):
        above = lines[number - 2].strip() if number > 1 else ""
        if above and not above.startswith("#"):
            lines.insert(number - 1, "")
    return "\n".join(lines)


def _fill_list(document: tomlkit.TOMLDocument, name: str, wanted: tuple[Any, ...]) -> None:
    """Tables are known by their id (credentials by their name), so that a rename stays where it is."""
    rows: Any = document.get(name)
    if not isinstance(rows, AoT):
        # Absent, or written as an inline list, which has no room for comments.
        if rows is not None:
            del document[name]
        rows = tomlkit.aot()
        document.append(name, rows)
    key = "name" if name in ("credential", "proxy") else "id"
    names = {getattr(one, key) for one in wanted}
    for number in reversed(range(len(rows))):
        if rows[number].get(key) not in names:
            del rows[number]
    there = {row.get(key): row for row in rows}
    for one in wanted:
        row = there.get(getattr(one, key))
        if row is None:
            row = tomlkit.table()
            _fill(row, one)
            rows.append(row)
        else:
            _fill(row, one)
    if not rows:
        del document[name]


def _fill(table: Any, value: Any) -> None:
    parts = parts_of(type(value))
    for one in structs.fields(value):
        if one.name in NEVER_WRITTEN:
            continue
        wanted = getattr(value, one.name)
        if one.name in parts:
            _fill_part(table, one.name, wanted)
        elif one.name in table:
            if table[one.name] != wanted:
                table[one.name] = _item(wanted)
        elif not _is_default(value, one.name, one.default, one.default_factory, wanted):
            _add(table, one.name, _item(wanted))


def _fill_part(table: Any, name: str, wanted: Any) -> None:
    if wanted is None:
        table.pop(name, None)
        return
    if name not in table:
        table.append(name, tomlkit.table())
    _fill(table[name], wanted)


def _is_default(owner: Any, name: str, default: Any, factory: Any, wanted: Any) -> bool:
    if isinstance(owner, Server) and name == "port":
        return bool(wanted == default_port(owner.kind, owner.security))
    if isinstance(owner, Proxy) and name == "port":
        return bool(wanted == Proxy(name="x", kind=owner.kind).port)
    if name == "id":
        return False
    if default is NODEFAULT:
        return factory is dict and not wanted
    return bool(default == wanted)


def _add(table: Any, name: str, item: Item) -> None:
    """A new key goes above the table's first sub-table: below it, it would belong to that."""
    if not isinstance(table, Table):
        table[name] = item
        return
    below = [(key, table[key]) for key in list(table) if isinstance(table[key], Table)]
    for key, _ in below:
        table.remove(key)
    table.append(name, item)
    for key, part in below:
        table.append(key, part)


def _item(value: Any) -> Item:
    if isinstance(value, Mapping):
        inline = tomlkit.inline_table()
        inline.update(value)
        return inline
    if isinstance(value, str) and "\n" in value.lstrip("\n") and not value.startswith("\n") and "\r" not in value:
        return tomlkit.string(value, multiline=True)
    item: Item = tomlkit.item(value)
    return item
