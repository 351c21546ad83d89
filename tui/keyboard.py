"""From keys to actions: which action a key means here, with the state of a sequence half typed.

It knows nothing of the screen: it is told the contexts, innermost first, and says what was meant. In one
context a key does one thing; where an inner and an outer context use the same key, the inner one wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from tui.actions import Action, Context
from tui.keymap import KeyMap
from tui.keys import Sequence as Keys


class Meaning(Struct, frozen=True):
    """What a key meant."""

    action: type[Action] | None = None
    typed: Keys = ()
    """The keys of the sequence so far, this one included."""
    waiting: bool = False
    """More keys are needed: a hint may be shown."""
    lost: bool = False
    """The key ended a sequence that means nothing."""

    @property
    def nothing(self) -> bool:
        """Whether the key is free for whoever else may want it."""
        return self.action is None and not self.waiting and not self.lost


class Keyboard:
    """The keys typed so far, and the map that gives them a meaning."""

    def __init__(self, key_map: KeyMap) -> None:
        self.key_map = key_map
        self.typed: Keys = ()

    def press(
        self, key: str, contexts: Sequence[Context], done_here: Callable[[type[Action]], bool] = lambda action: True
    ) -> Meaning:
        """The meaning of one more key.

        `done_here` says whether somebody does an action: keys of actions that nobody does are free for
        outer contexts. Escape gives a begun sequence up, unless the sequence itself goes on with it.
        """
        typed = (*self.typed, key)
        self.typed = ()
        for context in contexts:
            found = self.key_map.look_up(typed, context)
            if found.action is not None and done_here(found.action):
                return Meaning(found.action, typed)
            if found.longer and any(done_here(action) for _, action in self.key_map.continuations(typed, (context,))):
                self.typed = typed
                return Meaning(typed=typed, waiting=True)
        return Meaning(typed=typed, lost=len(typed) > 1)

    def cancel(self) -> None:
        """Forget a sequence half typed."""
        self.typed = ()
