"""The entries of the settings' lists — accounts, senders, credentials … — as a form has them: flat values by dotted key.

All of it is derived from the schema: a new list, table or field appears here by itself. A text setting whose key is the name
of a list (`credential`, `account`, `proxy` …) refers to an entry of that list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct, structs

from core.errors import NotFound, SettingsError
from core.settings.field import Setting, needed, parts_of, settings_of
from core.settings.reading import Wrong, agree, check_value
from core.settings.schema import LISTS, OUTGOING, Identity, Server, Settings, new_id

Values = Mapping[str, Any]
"""The settings of one entry by key: `name`, `incoming.host` …"""


INCOMING = ("imap", "pop3")
"""What servers speak that mail comes from; all others take mail."""
_WITHOUT_HOST = tuple(kind for kind in OUTGOING if kind != "smtp")
"""Servers that are there although no host is named."""


class Fault(Struct, frozen=True):
    """What is wrong with one value: the ids and values are those of `core.settings.reading.read`."""

    key: str
    id: str
    values: dict[str, Any]


def key_of(kind: str) -> str:
    """What the entries of a list are known by: `id`, or `name` where they have none."""
    return "id" if "id" in _names(kind) else "name"


def rows(settings: Settings, kind: str) -> tuple[Any, ...]:
    """The entries of a list, by the list's name in the file."""
    found: tuple[Any, ...] = getattr(settings, LISTS[kind][0])
    return found


def find(settings: Settings, kind: str, key: str) -> Any:
    """The entry with this key, else NotFound."""
    for row in rows(settings, kind):
        if getattr(row, key_of(kind)) == key:
            return row
    raise NotFound("no-entry", what=kind, name=key)


def title_of(row: Any) -> str:
    """What an entry is called among people: its name, address or host."""
    return next((str(text) for name in ("name", "address", "email", "host") if (text := getattr(row, name, ""))), "")


def declared(table: type[Struct]) -> dict[str, Setting]:
    """The settings of an entry by key, those of its nested tables after its own: `incoming.host`."""
    found = {one.key: one for one in settings_of(table)}
    for part, kind in parts_of(table).items():
        found.update({one.key: one for one in settings_of(kind, f"{part}.")})
    return found


def choices_of(setting: Setting) -> tuple[str, ...]:
    """What a choice may be: the server of each side of an account speaks what suits the side."""
    if setting.key == "incoming.kind":
        return tuple(one for one in setting.choices if one in INCOMING)
    if setting.key.endswith("kind") and "smtp" in setting.choices:
        return tuple(one for one in setting.choices if one not in INCOMING)
    return setting.choices


def refers_to(setting: Setting) -> str:
    """The list whose entries a setting names, '' for none."""
    last = setting.key.rpartition(".")[2]
    return last if last in LISTS and setting.type == "text" else ""


def values_of(row: Any) -> dict[str, Any]:
    """An entry's values by key; a nested table that is not there shows its defaults."""
    found = {name: getattr(row, name) for name in (one.key for one in settings_of(type(row)))}
    for part, kind in parts_of(type(row)).items():
        there = getattr(row, part)
        for one in settings_of(kind):
            found[f"{part}.{one.key}"] = _default(one, part) if there is None else getattr(there, one.key)
    return found


def blank(kind: str) -> dict[str, Any]:
    """The values of a new entry, with new ids."""
    table = LISTS[kind][1]
    found = {one.key: _default(one) for one in settings_of(table)}
    for part, inner in parts_of(table).items():
        found.update({f"{part}.{one.key}": _default(one, part) for one in settings_of(inner)})
    return found


def copied(settings: Settings, kind: str, key: str) -> dict[str, Any]:
    """The values of an entry made after another one: ids of its own, a free name, never the default."""
    values = values_of(find(settings, kind, key))
    for name, one in declared(LISTS[kind][1]).items():
        if one.fixed:
            values[name] = new_id()
    if "name" in values and kind != "identity":
        taken = {str(row.name).casefold() for row in rows(settings, kind)}
        first, n = values["name"], 2
        while values["name"].casefold() in taken:
            values["name"], n = f"{first} {n}", n + 1
    if "default" in values:
        values["default"] = False
    return values


def is_long(setting: Setting) -> bool:
    """Whether it may be a text of several lines."""
    return setting.type == "text" and setting.check is not None and setting.check("a\nb") == ""


def is_there(table: type[Struct], part: str, values: Values) -> bool:
    """Whether a nested table, a server, is to be: not while it names no host, where it needs one."""
    return bool(values.get(f"{part}.host")) or values.get(f"{part}.kind") in _WITHOUT_HOST


def built(kind: str, values: Values) -> Any:
    """The entry that these values make. They must be in order (`faults`)."""
    table = LISTS[kind][1]
    parts = {
        part: _built(inner, values, f"{part}.") if is_there(table, part, values) else None
        for part, inner in parts_of(table).items()
    }
    return _built(table, values, "", parts)


def faults(settings: Settings, kind: str, values: Values, replaces: str = "") -> tuple[Fault, ...]:
    """All that is wrong with an entry, in the order of its settings; `replaces`: the key of the one it is put in place of."""
    table = LISTS[kind][1]
    found: list[Fault] = []
    for key, one in declared(table).items():
        part = key.rpartition(".")[0]
        if part and not is_there(table, part, values):
            continue
        try:
            check_value(one, values[key], ())
        except Wrong as wrong:
            found.append(Fault(key, wrong.id, wrong.values))
    if found:
        return tuple(found)
    fault = _disagreement(with_entry(settings, kind, built(kind, values), replaces), kind, values)
    return () if fault is None else (fault,)


def with_entry(settings: Settings, kind: str, row: Any, replaces: str = "") -> Settings:
    """The settings with this entry, new or in place of another; what refers to a renamed one follows, one only is the default."""
    attribute, key = LISTS[kind][0], key_of(kind)
    old, new = rows(settings, kind), getattr(row, key)
    if getattr(row, "default", False):
        # A sender is the default of its account.
        home = getattr(row, "account", "")
        old = tuple(
            structs.replace(one, default=False) if one.default and getattr(one, "account", "") == home else one for one in old
        )
    there = any(getattr(one, key) == replaces for one in old)
    put = tuple(row if getattr(one, key) == replaces else one for one in old) if there else (*old, row)
    changed = structs.replace(settings, **{attribute: put})
    return _renamed(changed, kind, replaces, new) if there and replaces != new else changed


def without_entry(settings: Settings, kind: str, key: str, heir: str = "") -> Settings:
    """The settings without an entry. What refers to it refers to `heir` then, or to nothing; senders without an account go."""
    attribute, name = LISTS[kind][0], key_of(kind)
    find(settings, kind, key)
    left = tuple(one for one in rows(settings, kind) if getattr(one, name) != key)
    changed = structs.replace(settings, **{attribute: left})
    if not heir:
        for other, (rest, table) in LISTS.items():
            must = [one.key for one in _musts(table) if refers_to(one) == kind]
            if kind == "account":
                must = [one.key for one in settings_of(table) if one.key == "account"]
            kept = tuple(one for one in rows(changed, other) if all(getattr(one, ref) != key for ref in must))
            changed = structs.replace(changed, **{rest: kept})
    return _renamed(changed, kind, key, heir)


def users(settings: Settings, kind: str, key: str) -> tuple[tuple[str, Any], ...]:
    """The entries that refer to an entry, with the names of their lists."""
    found = []
    for other, (_, table) in LISTS.items():
        references = [name for name, one in declared(table).items() if refers_to(one) == kind]
        found += [(other, row) for row in rows(settings, other) if any(values_of(row)[name] == key for name in references)]
    return tuple(found)


def senders_only_of(settings: Settings, server: Server) -> tuple[Identity, ...]:
    """The senders that no other outgoing server serves: neither one named for them nor one of their account. An account's own
    address is never among them: mail comes to it."""
    others = [one for one in settings.outgoing if one.id != server.id]
    own = {account.id: account for account in settings.accounts}

    def is_left_alone(sender: Identity) -> bool:
        account = own.get(sender.account)
        served = server.sends_for(sender.address) > 0 or (bool(server.account) and server.account == sender.account)
        if not served or (account is not None and account.email.casefold() == sender.address.casefold()):
            return False
        if any(one.sends_for(sender.address) for one in others):
            return False
        if server.sends_for(sender.address):
            return True  # it came with this server; that of the account may refuse it
        return not (account is not None and account.outgoing) and not any(one.account == sender.account for one in others)

    return tuple(sender for sender in settings.identities if is_left_alone(sender))


def _disagreement(settings: Settings, kind: str, values: Values) -> Fault | None:
    """What no single value shows, where it is about this entry."""
    try:
        agree(settings)
    except Wrong as wrong:
        here, number, *rest = (*wrong.path, "", "")
        entries = rows(settings, kind)
        mine = here == kind and isinstance(number, int) and getattr(entries[number], key_of(kind)) == values[key_of(kind)]
        key = ".".join(str(step) for step in rest if step != "")
        if mine and key in parts_of(LISTS[kind][1]):
            key = f"{key}.host"
        return Fault(key if mine else "", wrong.id, {**wrong.values, "entry": here})
    return None


def _renamed(settings: Settings, kind: str, before: str, after: str) -> Settings:
    """Every reference to an entry made one to another, in lists and sections alike."""
    changes: dict[str, Any] = {}
    for field in structs.fields(Settings):
        value = getattr(settings, field.name)
        if isinstance(value, tuple):
            changes[field.name] = tuple(_row_renamed(one, kind, before, after) for one in value)
        elif isinstance(value, Struct):
            changes[field.name] = _row_renamed(value, kind, before, after)
    return structs.replace(settings, **changes)


def _row_renamed(row: Any, kind: str, before: str, after: str) -> Any:
    if row is None:
        return None
    changes: dict[str, Any] = {
        one.key: after for one in settings_of(type(row)) if refers_to(one) == kind and getattr(row, one.key) == before
    }
    for part in parts_of(type(row)):
        inner = _row_renamed(getattr(row, part), kind, before, after)
        if inner != getattr(row, part):
            changes[part] = inner
    return structs.replace(row, **changes) if changes else row


def _built(table: type[Struct], values: Values, prefix: str, parts: Values | None = None) -> Any:
    own = {one.key: values[prefix + one.key] for one in settings_of(table)}
    return table(**own, **(parts or {}))


def _default(one: Setting, part: str = "") -> Any:
    """What a new entry begins with: an id of its own, the default, the first of the choices, or nothing."""
    if one.fixed:
        return new_id()
    if one.default is not None:
        return one.default
    choices = choices_of(structs.replace(one, key=f"{part}.{one.key}"))
    return choices[0] if choices else {"number": 0, "yes-no": False, "map": {}}.get(one.type, "")


def _musts(table: type[Struct]) -> Iterator[Setting]:
    """The settings without a default, ids apart."""
    names = set(needed(table))
    return (one for one in settings_of(table) if one.key in names and not one.fixed)


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(one.name for one in structs.fields(LISTS[kind][1]))


def refused(fault: Fault, file: str = "") -> SettingsError:
    """The fault as the error that the file's reader would raise."""
    return SettingsError(fault.id, file=file, line=0, key=fault.key, **fault.values)
