"""Key maps: TOML files that say which keys do which actions, checked when they are read.

::

    title = "mutt"
    based_on = "default"

    [keys]                        # for every place where the action is possible
    "message.trash" = ["d"]
    "go.inbox" = []               # no key

    [reader]                      # for one place only: a name from tui.actions.CONTEXTS
    "move.down" = ["enter"]

The map `default` is what the actions themselves declare; every other one begins from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from core.errors import NotFound, SettingsError
from core.settings.lines import line_of
from tui.actions import CONTEXTS, Action, Context, all_actions, find_action
from tui.keys import ImpossibleKey, parse_sequence
from tui.keys import Sequence as Keys
from tui.toml_file import read_toml

SHIPPED = Path(__file__).with_name("keymaps")

Bound = dict[Context, dict[str, tuple[Keys, ...]]]
"""Context, then action id, then its sequences, the first being the one that help shows."""


class Found(Struct, frozen=True):
    """What a sequence means: an action, or the beginning of longer ones, or (neither) nothing."""

    action: type[Action] | None = None
    longer: bool = False


class KeyMap(Struct):
    """Which keys do which actions where."""

    name: str
    title: str
    bound: Bound
    _exact: dict[Context, dict[Keys, type[Action]]] = field(default_factory=dict)
    _begun: dict[Context, set[Keys]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for context, actions in self.bound.items():
            exact = self._exact.setdefault(context, {})
            begun = self._begun.setdefault(context, set())
            for id, sequences in actions.items():
                action = find_action(id)
                for keys in sequences if action else ():
                    exact[keys] = action  # type: ignore[assignment]
                    begun.update(keys[:length] for length in range(1, len(keys)))

    def look_up(self, typed: Keys, context: Context) -> Found:
        """What the keys typed so far mean in one context."""
        return Found(self._exact.get(context, {}).get(typed), typed in self._begun.get(context, ()))

    def continuations(self, typed: Keys, contexts: Iterable[Context]) -> list[tuple[str, type[Action]]]:
        """The next keys after `typed`, with an action each begins or does; inner contexts first."""
        found: dict[str, type[Action]] = {}
        for context in contexts:
            for keys, action in self._exact.get(context, {}).items():
                if len(keys) > len(typed) and keys[: len(typed)] == typed:
                    found.setdefault(keys[len(typed)], action)
        return list(found.items())

    def keys_of(self, action: type[Action], context: Context | None = None) -> tuple[Keys, ...]:
        """The sequences of an action in one context, or in the first where it has any."""
        for place in (context,) if context else action.where:
            if keys := self.bound.get(place, {}).get(action.id, ()):
                return keys
        return ()


def load_key_map(name: str, folders: Sequence[Path] = ()) -> KeyMap:
    """The key map `name`: from the user's `folders` first, then those that come with Correio.

    Raises NotFound, or SettingsError with `file`, `line`, `key` and, by id: `settings-syntax` (`answer`),
    `keymap-unknown-action`, `keymap-unknown-context`, `keymap-wrong-place` (`context`), `keymap-bad-value`,
    `keymap-impossible-key` (`typed`, `reason`, `other`), `keymap-clash` (`typed`, `other`, `context`).
    """
    bound = _defaults()
    if name == "default":
        return KeyMap(name, "default", bound)
    path = _find(name, folders)
    text, tables = read_toml(path)
    changes = _Changes(path, text, bound)
    based_on = str(tables.pop("based_on", "default"))
    if based_on not in ("default", name):
        changes.bound = bound = load_key_map(based_on, folders).bound
    title = str(tables.pop("title", name))
    for table, entries in tables.items():
        changes.apply(table, entries)
    changes.refuse_clashes()
    return KeyMap(name, title, bound)


def key_map_names(folders: Sequence[Path] = ()) -> list[str]:
    """The names that `load_key_map` knows, the shipped ones first."""
    found = [path.stem for folder in (SHIPPED, *folders) for path in sorted(folder.glob("*.toml"))]
    return list(dict.fromkeys(["default", *found]))


def _find(name: str, folders: Sequence[Path]) -> Path:
    for folder in (*folders, SHIPPED):
        path = folder / f"{name}.toml"
        if "/" not in name and path.is_file():
            return path
    raise NotFound("no-keymap", what="keymap", name=name)


def _defaults() -> Bound:
    bound: Bound = {context: {} for context in CONTEXTS}
    for action in all_actions():
        for context in action.where:
            bound[context][action.id] = tuple(parse_sequence(keys) for keys in action.keys)
    return bound


class _Changes:
    """A file's entries, laid over the keys it begins from."""

    def __init__(self, path: Path, text: str, bound: Bound) -> None:
        self.path, self.text, self.bound = path, text, bound
        self.lines: dict[tuple[Context, str], int] = {}

    def apply(self, table: str, entries: Any) -> None:
        """Lay one table over the keys."""
        if table != "keys" and table not in CONTEXTS:
            raise self._wrong("keymap-unknown-context", (table,))
        if not isinstance(entries, dict):
            raise self._wrong("keymap-bad-value", (table,))
        for id, value in entries.items():
            action = find_action(id)
            if action is None:
                raise self._wrong("keymap-unknown-action", (table, id))
            places = action.where if table == "keys" else tuple(where for where in CONTEXTS if where == table)
            if not set(places) <= set(action.where):
                raise self._wrong("keymap-wrong-place", (table, id), context=table)
            keys = self._sequences(value, (table, id))
            for context in places:
                self.bound[context][id] = keys
                self.lines[context, id] = line_of(self.text, (table, id))

    def refuse_clashes(self) -> None:
        """Raise when two actions of one context want the same keys, or one's keys begin another's."""
        for context, actions in self.bound.items():
            for (keys, id), (other_keys, other) in _clashes(actions):
                named = id if (context, id) in self.lines else other
                raise SettingsError(
                    "keymap-clash",
                    file=str(self.path),
                    line=self.lines.get((context, named), 1),
                    key=named,
                    typed=" ".join(keys if named == id else other_keys),
                    other=other if named == id else id,
                    context=context,
                )

    def _sequences(self, value: Any, path: tuple[str, str]) -> tuple[Keys, ...]:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise self._wrong("keymap-bad-value", path)
        try:
            return tuple(parse_sequence(text) for text in texts)
        except ImpossibleKey as error:
            values = {"typed": error.key, "reason": error.reason, "other": error.other}
            raise self._wrong("keymap-impossible-key", path, **values) from error

    def _wrong(self, id: str, path: tuple[str, ...], **values: str) -> SettingsError:
        line = line_of(self.text, path)
        return SettingsError(id, file=str(self.path), line=line, key=path[-1], **values)


def _clashes(actions: dict[str, tuple[Keys, ...]]) -> Iterator[tuple[tuple[Keys, str], tuple[Keys, str]]]:
    entries = sorted((keys, id) for id, sequences in actions.items() for keys in sequences)
    for index, (keys, id) in enumerate(entries):
        for other_keys, other in entries[index + 1 :]:
            if other_keys[: len(keys)] != keys:
                break
            if other != id:
                yield (keys, id), (other_keys, other)
