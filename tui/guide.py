"""Tables made from the one list of actions: for the footer, the help screen, the palette and the manual."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from tui.actions import CONTEXT_TITLES, GROUP_TITLES, Action, Context, all_actions
from tui.keymap import KeyMap
from tui.keys import Sequence as Keys
from tui.keys import show_sequence
from tui.translation import _

Possible = Callable[[type[Action]], bool]
Usable = Callable[[Keys], bool]


class KeyHint(Struct, frozen=True):
    """Keys as people write them, and the word for what they do."""

    key: str
    word: str
    dim: bool = False
    """The owner of the folder in view does not let us do it."""


class HelpEntry(Struct, frozen=True):
    """An action in a table."""

    action: type[Action]
    keys: str
    title: str
    help: str


def footer_hints(
    key_map: KeyMap,
    around: Sequence[Context],
    possible: Possible,
    usable: Usable = lambda keys: True,
    word: Callable[[type[Action]], str] = lambda action: action.footer_word(),
    allowed: Possible = lambda action: True,
) -> tuple[KeyHint, ...]:
    """The keys for the footer, most wanted first, help last; `usable`: not those that a text field takes for itself; `word`:
    what an action does here and now, '' for what only answers that it cannot; what is not `allowed` is dim."""
    hints = []
    for action in sorted((one for one in all_actions() if one.footer), key=lambda one: one.rank):
        keys = first_keys(key_map, action, around, usable, possible) if possible(action) else ""
        if keys and (said := word(action)):
            hints.append(KeyHint(keys, said, dim=not allowed(action)))
    return tuple(hints)


def first_keys(
    key_map: KeyMap, action: type[Action], around: Iterable[Context], usable: Usable = lambda keys: True,
    possible: Possible = lambda action: True,
) -> str:  # fmt: skip
    """The first keys of an action in these contexts, unless an inner context uses them for something possible; or ''."""
    places = list(around)
    for place, context in enumerate(places):
        for keys in key_map.keys_of(action, context):
            inner = (key_map.look_up(keys, one).action for one in places[:place])
            if usable(keys) and not any(one is not None and one is not action and possible(one) for one in inner):
                return show_sequence(keys)
    return ""


def help_tables(key_map: KeyMap, around: Sequence[Context], possible: Possible) -> list[tuple[str, list[HelpEntry]]]:
    """Groups of actions with their keys in these contexts, as (title of the group, entries)."""
    groups: dict[str, list[HelpEntry]] = {group: [] for group in GROUP_TITLES}
    for action in all_actions():
        keys = all_keys(key_map, action, around)
        if possible(action) and (keys or not action.keys):
            groups[action.group()].append(HelpEntry(action, keys or f":{action.word}", action.shown_title(), action.help()))
    return [(_(GROUP_TITLES[group]), entries) for group, entries in groups.items() if entries]


def all_keys(key_map: KeyMap, action: type[Action], around: Sequence[Context]) -> str:
    """All keys of an action in the first of these contexts where it has any, for people."""
    for context in around:
        keys = key_map.keys_of(action, context) if context in action.where else ()
        if keys:
            return "  ".join(show_sequence(one) for one in keys)
    return ""


def manual_tables(key_map: KeyMap) -> list[tuple[str, list[HelpEntry]]]:
    """Every action of every context, as (title of the context, entries): the tables of the manual."""
    tables = []
    for context, title in CONTEXT_TITLES.items():
        entries = [
            HelpEntry(action, all_keys(key_map, action, (context,)), action.shown_title(), action.help())
            for action in all_actions()
            if context in action.where
        ]
        if entries:
            tables.append((_(title), entries))
    return tables
