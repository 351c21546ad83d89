"""Settings by dotted key, for `correio config get` and `set`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from core.errors import SettingsError
from core.settings.field import Setting, parts_of, settings_of
from core.settings.file import save
from core.settings.reading import Wrong, check_value
from core.settings.schema import LISTS, SECTIONS, Settings, default_port

_YES = {
    "yes": True,
    "true": True,
    "on": True,
    "1": True,
    "no": False,
    "false": False,
    "off": False,
    "0": False,
}


class _Place(Struct, frozen=True):
    """Where a key leads: attribute names and list positions down to the table, then the setting in it."""

    path: tuple[str | int, ...]
    setting: Setting
    entry: str = ""
    """For `account.NAME.folders.sent`: `sent`."""


def get(settings: Settings, key: str) -> Any:
    """The value of `ui.theme`, `account.NAME.incoming.host`, `account.NAME.folders.sent` …

    NAME is a name, id or address and may hold dots. SettingsError `settings-unknown-key` with `near`.
    """
    place = _find(settings, key)
    value = getattr(_table_at(settings, place.path), place.setting.key)
    return value.get(place.entry, "") if place.entry else value


def put(path: Path, key: str, text: str) -> Settings:
    """Set the key in the file to what `text` says (yes/no, a number, or the text itself); the new settings.

    SettingsError as `core.settings.reading.read` lists them, or `settings-fixed` for an id.
    """

    def change(old: Settings) -> Settings:
        place = _find(old, key)
        if place.setting.fixed:
            raise SettingsError("settings-fixed", file=str(path), line=0, key=key)
        table = _table_at(old, place.path)
        value = parsed(place.setting, text)
        if place.entry:
            others = {name: item for name, item in getattr(table, place.setting.key).items() if name != place.entry}
            value = {**others, place.entry: text} if text else others
        try:
            check_value(place.setting, value, ())
        except Wrong as wrong:
            raise SettingsError(wrong.id, file=str(path), line=0, key=key, **wrong.values) from wrong
        new: Settings = _with(old, place.path, place.setting.key, value)
        if place.setting.key == "security" and table.port == default_port(table.kind, table.security):
            # A port that followed from the security goes on following it.
            new = _with(new, place.path, "port", 0)
        return new

    return save(path, change)


def parsed(setting: Setting, text: str) -> Any:
    """`text` as the setting's type; what does not fit stays a text and fails the check."""
    if setting.type == "yes-no":
        return _YES.get(text.strip().lower(), text)
    if setting.type == "number":
        digits = text.strip().removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else text
    return text


def parsed_map(text: str) -> Any:
    """`sent = Sent, lists = "A, B"` as a map; the text itself where it is none."""
    import csv

    found = {}
    for item in next(csv.reader([text], skipinitialspace=True), []):
        name, equals, value = item.partition("=")
        if item.strip() and not equals:
            return text
        if item.strip():
            found[name.strip()] = value.strip()
    return found


def typed(setting: Setting, value: Any) -> str:
    """A value as it is typed into a form; `parsed` and `parsed_map` are the way back."""
    if setting.type == "yes-no":
        return "yes" if value else "no"
    if setting.type == "map":
        items = [f"{name} = {one}" for name, one in value.items()]
        return ", ".join(f'"{item}"' if "," in item else item for item in items)
    return str(value)


def _find(settings: Settings, key: str) -> _Place:
    section, _, rest = key.partition(".")
    if section in SECTIONS:
        declared = {one.key: one for one in settings_of(SECTIONS[section])}
        if rest in declared:
            return _Place((section,), declared[rest])
        raise _unknown(key, [f"{section}.{name}" for name in declared])
    if section not in LISTS:
        raise _unknown(key, [f"{name}." for name in (*SECTIONS, *LISTS)])
    attribute, _ = LISTS[section]
    rows = getattr(settings, attribute)
    # A name may hold dots: the longest one that fits wins.
    fitting = [
        (len(name), number, name)
        for number, row in enumerate(rows)
        for name in _names(row)
        if name and rest.casefold().startswith(f"{name.casefold()}.")
    ]
    if not fitting:
        raise _unknown(key, [f"{section}.{name}." for row in rows for name in _names(row)])
    _, number, name = max(fitting, key=lambda one: one[0])
    return _inside(key, type(rows[number]), rows[number], (attribute, number), rest[len(name) + 1 :])


def _inside(key: str, table: type[Any], value: Any, path: tuple[str | int, ...], rest: str) -> _Place:
    name, _, below = rest.partition(".")
    parts = parts_of(table)
    declared = {one.key: one for one in settings_of(table)}
    if name in parts and below and getattr(value, name) is not None:
        return _inside(key, parts[name], getattr(value, name), (*path, name), below)
    if name in declared and not below:
        return _Place(path, declared[name])
    if name in declared and declared[name].type == "map":
        return _Place(path, declared[name], below)
    start = key[: len(key) - len(rest)]
    raise _unknown(key, [start + one for one in (*declared, *parts)])


def _names(row: Any) -> list[str]:
    return [text for name in ("id", "name", "email", "address") if (text := getattr(row, name, ""))]


def _unknown(key: str, known: list[str]) -> SettingsError:
    import difflib

    near = difflib.get_close_matches(key, known, n=1)
    return SettingsError("settings-unknown-key", file="", line=0, key=key, near=near[0] if near else "")


def _table_at(settings: Settings, path: tuple[str | int, ...]) -> Any:
    found: Any = settings
    for step in path:
        found = found[step] if isinstance(step, int) else getattr(found, step)
    return found


def _with(table: Any, path: tuple[str | int, ...], name: str, value: Any) -> Any:
    """A copy of the frozen tree with one value changed."""
    if not path:
        return replace(table, **{name: value})
    step, *below = path
    if isinstance(step, int):
        return tuple(_with(row, tuple(below), name, value) if n == step else row for n, row in enumerate(table))
    return replace(table, **{step: _with(getattr(table, step), tuple(below), name, value)})


def as_plain(value: Any) -> Any:
    """A setting's value, or a whole table such as an Account, as JSON takes it."""
    if isinstance(value, Struct):
        return {name: as_plain(getattr(value, name)) for name in value.__struct_fields__ if name != "through"}
    if isinstance(value, tuple):
        return [as_plain(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value
