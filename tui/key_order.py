"""Keys are taken one after the other, however fast they come.

What a key does wanders as messages: from the list to the screen, which opens a message and gives the reader the focus;
from a text field up through its parents to the application, which moves the focus. Over a slow line several keys arrive
at once, and the letter after a Tab would still go to the field before. So a key waits while messages of the one before
are on their way; a key that comes alone waits for nothing. Where the store has to be asked first, whether there will be a
question say, who asks has the keys held (`hold_keys`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from textual import events
from textual.message_pump import MessagePump

from tui.counter import Counter

PATIENCE = 0.5
"""Seconds after which the next key is taken although the one before did not come through: a widget may end while it has a key."""
MOST_WAITS = 10
"""So many times as long where the widget is still there: a machine that is busy comes to it later."""
HELD = 3.0
"""Seconds for which keys are held at most: a disk that hangs must not take them for ever."""
MOST_ROUNDS = 6
"""How often the way of a key is followed; its messages may post others, but not for ever."""


class KeysInOrder(Counter[None]):
    """The part of the application that takes one key at a time."""

    _waiting: object | None = None
    """Stands for the key that is waited for."""
    _held_for: object | None = None
    """Stands for what decides whom the next key is for."""
    _open = True
    """Whether there is a screen that takes keys: what is typed before is for the first one."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self._held_back: deque[events.Key | events.Paste] = deque()
        self._way: list[MessagePump] = []
        """From where the last key went, up to the application."""
        self._stage: MessagePump | None = None
        """Where on its way it is waited for."""

    async def on_event(self, event: events.Event) -> None:
        """Take a key or a paste in its turn; everything else at once."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._held_back.append(event)
        if self._waiting is None and self._open:
            await self._take_keys(MOST_ROUNDS)

    async def open_for_keys(self) -> None:
        """The first screen is there: take what was typed while the program began."""
        if self._open:
            return
        self._open = True
        # A terminal that nobody has taken over yet makes line feeds of Enter.
        self._held_back = deque(events.Key("enter", "\r") if _is_line_feed(one) else one for one in self._held_back)
        await self._take_keys(MOST_ROUNDS)

    def hold_keys(self) -> Callable[[], None]:
        """Hold what is typed from now on, until what this returns is called: only then it is known whom it is for."""
        token = self._held_for = object()

        def let_go() -> None:
            if token is self._held_for:
                self._held_for = None
                self.call_later(self._take_held)

        self.set_timer(HELD, let_go)
        return let_go

    async def _take_held(self) -> None:
        if self._waiting is None and self.screen_stack:
            await self._take_keys(MOST_ROUNDS)

    async def _take_keys(self, rounds: int) -> None:
        """Take what was held back, as far as nothing is on its way."""
        while self._held_back and self._held_for is None:
            if rounds and any(pump.message_queue_size for pump in self._way):
                self._waiting = token = object()
                self.set_timer(PATIENCE, partial(self._wait_no_more, token, MOST_WAITS))
                self._follow_key(token, rounds - 1, self._way)
                return
            goal = self.focused or self.screen
            # A screen that is left tells the one below, which may be left too.
            self._way = [*(node for node in goal.ancestors_with_self if isinstance(node, MessagePump)), *self.screen_stack[:-1]]
            rounds = MOST_ROUNDS
            await super().on_event(self._held_back.popleft())
            if not self._held_back and not self._more_keys:
                self.paint_now()

    @property
    def _more_keys(self) -> bool:
        """Whether keys follow: what would be painted now, they would only paint over."""
        waiting: Iterable[object] = self._message_queue.values
        return any(isinstance(one, events.Key | events.Paste) for one in waiting)

    def _follow_key(self, token: object, rounds: int, way: list[MessagePump]) -> None:
        """Go the way of the key behind it, from queue to queue; at its end, the next key."""
        for place, pump in enumerate(way):
            following = partial(self._follow_key, token, rounds, way[place + 1 :])
            if pump.is_running and pump.call_later(following):
                self._stage = pump
                return
        self._stage = self
        self.call_later(self._next_key, token, rounds)

    async def _wait_no_more(self, token: object, waits: int) -> None:
        if token is self._waiting and waits and self._stage is not None and self._stage.is_running:
            self.set_timer(PATIENCE, partial(self._wait_no_more, token, waits - 1))
        else:
            await self._next_key(token, 0)

    async def _next_key(self, token: object, rounds: int) -> None:
        if token is self._waiting and self.screen_stack:  # the application may have ended meanwhile
            self._waiting = None
            await self._take_keys(rounds)


def _is_line_feed(event: events.Key | events.Paste) -> bool:
    return isinstance(event, events.Key) and event.key == "ctrl+j"
