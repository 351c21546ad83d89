"""Caps on sending: what a server takes in an hour, a day, a week and a mail. The queue waits before a provider blocks."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from core.errors import CorreioError
from core.settings.gateway import Gateway
from core.settings.schema import Server
from core.store import handed
from core.store.database import Database

WINDOWS = (("hour", 3600), ("day", 86_400), ("week", 604_800))
MANY = 50
"""Recipients from which on a sending is a bulk one."""


class Caps(Struct, frozen=True):
    """The most recipients of a server; 0: no cap."""

    hour: int = 0
    day: int = 0
    week: int = 0
    message: int = 0
    provider: str = ""
    """Whose cap it is, where it is known and not the user's own."""


class Room(Struct, frozen=True):
    """How many recipients' mail may go out now."""

    count: int
    """0: none."""
    why: CorreioError | None = None
    """`cap-reached` with server, limit, window (hour, day, week) and `until`, unix seconds."""

    @property
    def until(self) -> int:
        """When it goes on, where nothing may go out."""
        return int(self.why.values["until"]) if self.why is not None else 0


def caps_of(server: Server | Gateway) -> Caps:
    """The caps of a server: its own, else those that are known of its provider; those of a gateway to phones."""
    if isinstance(server, Gateway):
        return Caps(hour=server.per_hour, day=server.per_day)
    own = {window: getattr(server, f"per_{window}") for window in ("hour", "day", "week", "message")}
    if min(own.values()) >= 0:
        return Caps(**own)
    from accounts.discovery.presets import provider_of_server

    known = provider_of_server(server.host)
    told = {window: value if value >= 0 else getattr(known, f"per_{window}", 0) for window, value in own.items()}
    return Caps(**told, provider=known.name if known is not None else "")


def room_for(db: Database, server: Server | Gateway, now: int) -> Room:
    """How many recipients may be served through a server now, all caps taken together."""
    caps = caps_of(server)
    count = caps.message or 1_000_000
    for window, seconds in WINDOWS:
        limit = getattr(caps, window)
        if not limit:
            continue
        past = handed.since(db, server.id, now - seconds, now)
        free = limit - sum(recipients for _, recipients in past)
        if free <= 0:
            until = _free_at(past, -free, seconds)
            return Room(0, CorreioError("cap-reached", server=server.shown, limit=limit, window=window, until=until))
        count = min(count, free)
    return Room(count)


class Left(Struct, frozen=True):
    """What a cap leaves now."""

    count: int
    limit: int
    window: str
    """hour, day or week."""


def left_of(db: Database, server: Server, now: int) -> Left | None:
    """What is left of the caps of a server, that of the window which leaves least; None where it has none."""
    caps = caps_of(server)
    found = []
    for window, seconds in WINDOWS:
        limit = getattr(caps, window)
        if limit:
            past = handed.since(db, server.id, now - seconds, now)
            found.append(Left(max(limit - sum(recipients for _, recipients in past), 0), limit, window))
    return min(found, key=lambda one: one.count) if found else None


def _free_at(past: Sequence[tuple[int, int]], over: int, seconds: int) -> int:
    """When so much of what went out is past that one more may."""
    for made, recipients in past:
        over -= recipients
        if over < 0:
            return made + seconds + 1
    return past[-1][0] + seconds + 1


def advice(server: Server, recipients: int) -> CorreioError | None:
    """What to say before a sending to many people over a free provider: `bulk-over-free-provider`, or None."""
    caps = caps_of(server)
    if recipients < MANY or not caps.provider:
        return None
    return CorreioError("bulk-over-free-provider", server=caps.provider, count=recipients, limit=caps.day)
