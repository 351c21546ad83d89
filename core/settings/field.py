"""How one setting is declared: default, help and check in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, get_type_hints

Check = Callable[[Any], str]
"""Given a value of the right type: '' if it is fine, else the id of what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `correio config`, the settings screens and the manual see it."""

    key: str
    """Dotted: `ui.theme`, `account.NAME.keep`, `account.NAME.incoming.host`."""
    type: str
    """text, number, yes-no, choice, or map (names to texts)."""
    default: Any
    help: str
    """One English sentence; `tui` translates it."""
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    fixed: bool = False
    """Never changed once written (ids)."""
    check: Check | None = None


def setting(
    default: Any,
    help: str,
    *,
    choices: tuple[str, ...] = (),
    least: int | None = None,
    most: int | None = None,
    fixed: bool = False,
    check: Check | None = None,
) -> Any:
    """A dataclass field that is a setting. A callable default makes a new value each time;
    `...` means that it must be given."""
    metadata = {
        "help": help,
        "choices": choices,
        "least": least,
        "most": most,
        "fixed": fixed,
        "check": check,
    }
    if default is ...:
        return field(metadata=metadata)
    if callable(default):
        return field(default_factory=default, metadata=metadata, hash=default is not dict)
    return field(default=default, metadata=metadata)


_TYPES = {str: "text", int: "number", bool: "yes-no"}


_known: dict[tuple[type[Any], str], tuple[Setting, ...]] = {}


def settings_of(table: type[Any], prefix: str = "") -> tuple[Setting, ...]:
    """The settings that the dataclass `table` declares, in order; nested tables are left out."""
    if (table, prefix) not in _known:
        _known[table, prefix] = tuple(_settings_of(table, prefix))
    return _known[table, prefix]


def _settings_of(table: type[Any], prefix: str) -> Iterator[Setting]:
    hints = get_type_hints(table)
    for one in fields(table):
        if "help" not in one.metadata:
            continue
        told = dict(one.metadata)
        kind = "choice" if told["choices"] else _TYPES.get(hints[one.name], "map")
        default = one.default
        if default is MISSING:
            default = {} if one.default_factory is dict else None
        yield Setting(prefix + one.name, kind, default, **told)


def parts_of(table: type[Any]) -> dict[str, type[Any]]:
    """The nested tables of the dataclass `table` by name (fields with `table` in their metadata)."""
    return {one.name: one.metadata["table"] for one in fields(table) if "table" in one.metadata}
