"""How one setting is declared: its help and check beside its type, in one place.

Tables are msgspec's structs, and what is told of a setting is an annotation: a class of some twenty settings costs the start of
a program nothing, until somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct, structs

Check = Callable[[Any], str]
"""Given a value of the right type: '' if it is fine, else the id of what is wrong with it."""


class Setting(Struct, frozen=True):
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


_Told = dict[str, Any]
"""What an annotation says of a setting: the fields of `Setting` that the type and the default do not tell."""


def setting(
    help: str,
    *,
    choices: tuple[str, ...] = (),
    least: int | None = None,
    most: int | None = None,
    fixed: bool = False,
    check: Check | None = None,
) -> _Told:
    """What is told of a setting: `name: Annotated[type, setting(…)] = default`; with no default it must be given."""
    return {"help": help, "choices": choices, "least": least, "most": most, "fixed": fixed, "check": check}


_TYPES = {str: "text", int: "number", bool: "yes-no"}


_known: dict[tuple[type[Struct], str], tuple[Setting, ...]] = {}


def settings_of(table: type[Struct], prefix: str = "") -> tuple[Setting, ...]:
    """The settings that the struct `table` declares, in order; nested tables are left out."""
    if (table, prefix) not in _known:
        _known[table, prefix] = tuple(_settings_of(table, prefix))
    return _known[table, prefix]


def _settings_of(table: type[Struct], prefix: str) -> Iterator[Setting]:
    hints = get_type_hints(table, include_extras=True)
    for one in structs.fields(table):
        told: _Told | None = next(iter(getattr(hints[one.name], "__metadata__", ())), None)
        if told is None:
            continue
        kind = "choice" if told["choices"] else _TYPES.get(get_args(hints[one.name])[0], "map")
        default = one.default
        if default is NODEFAULT:
            default = {} if one.default_factory is dict else None
        yield Setting(prefix + one.name, kind, default, **told)


_parts: dict[type[Struct], dict[str, type[Struct]]] = {}


def parts_of(table: type[Struct]) -> dict[str, type[Struct]]:
    """The nested tables of the struct `table` by name."""
    if table not in _parts:
        _parts[table] = _parts_of(table)
    return _parts[table]


def _parts_of(table: type[Struct]) -> dict[str, type[Struct]]:
    found = {}
    for name, hint in get_type_hints(table).items():
        for kind in get_args(hint) if get_origin(hint) is UnionType else (hint,):
            if isinstance(kind, type) and issubclass(kind, Struct):
                found[name] = kind
    return found


def needed(table: type[Struct]) -> Iterator[str]:
    """The names that a table must be given: those without a default, and its id, which is never made up by reading."""
    # Every start asks this: `structs.fields` would look at all types for it.
    names, defaults = table.__struct_fields__, table.__struct_defaults__
    without = len(names) - len(defaults)
    for place, name in enumerate(names):
        if name == "id" or place < without or defaults[place - without] is NODEFAULT:
            yield name
