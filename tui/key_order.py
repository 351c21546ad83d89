"""Keys are taken one after the other, however fast they come.

What a key does wanders as messages: from the list to the screen, which opens a message and gives the reader the focus;
from a text field up through its parents to the application, which moves the focus. Over a slow line several keys arrive
at once, and the letter after a Tab would still go to the field before. So the next key waits until the one before has
come to its end.
"""

from __future__ import annotations

from collections import deque
from functools import partial

from textual import events
from textual.dom import DOMNode
from textual.message_pump import MessagePump

from tui.counter import Counter

PATIENCE = 0.5
"""Seconds after which the next key is taken whatever became of the one before: a widget may end while it has a key."""
ONE, MORE = 1, 3
"""Rounds that are waited for: one is enough but for what Enter and Tab do in a text field, where messages post others."""


class KeysInOrder(Counter[None]):
    """The part of the application that takes one key at a time."""

    _wandering: object | None = None
    """Stands for the key that is on its way."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self._held_back: deque[events.Key | events.Paste] = deque()

    async def on_event(self, event: events.Event) -> None:
        """Take a key or a paste in its turn; everything else at once."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._wandering is not None:
            self._held_back.append(event)
        else:
            await self._take_in_turn(event)

    async def _take_in_turn(self, event: events.Key | events.Paste) -> None:
        goal = self.focused or self.screen
        into_text = goal.check_consume_key("a", "a")
        await super().on_event(event)
        more = into_text and not (isinstance(event, events.Key) and event.is_printable)
        self._wandering = token = object()
        path: list[DOMNode] = [*goal.ancestors_with_self]
        self.set_timer(PATIENCE, partial(self._next_key, token))
        self._follow_key(token, path * (MORE if more else ONE))

    def _follow_key(self, token: object, path: list[DOMNode]) -> None:
        """Go the way of the key behind it, from queue to queue; at its end, the next key."""
        for place, node in enumerate(path):
            following = partial(self._follow_key, token, path[place + 1 :])
            if isinstance(node, MessagePump) and node.is_running and node.call_later(following):
                return
        self.call_later(self._next_key, token)

    async def _next_key(self, token: object) -> None:
        """The key has come to its end: take what was held back, as far as it wanders not itself."""
        if token is not self._wandering:
            return
        self._wandering = None
        while self._held_back and self._wandering is None:
            await self._take_in_turn(self._held_back.popleft())
