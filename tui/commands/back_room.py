"""Work that only one process at a time may do: the running engine does it, or this command with the engine's lock."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.errors import CorreioError
from tui.commands.session import Session

if TYPE_CHECKING:
    from accounts.engine.client import EngineClient
    from accounts.engine.sender import Sender

PATIENCE = 60.0
"""Seconds for another command, which works with the lock itself and listens to nobody, to end."""
PAUSE = 0.05


@contextlib.contextmanager
def back_room(session: Session) -> Iterator[EngineClient | None]:
    """The engine's line; or None, and the lock is ours for the time of the block.

    Raises CorreioError `engine-running` when somebody else keeps the lock and does not answer.
    """
    from accounts.engine.lock import EngineLock

    lock = EngineLock(session.home.lock)
    limit = time.monotonic() + PATIENCE
    while True:
        try:
            client = session.engine()
            if client is None:
                lock.acquire()
            break
        except CorreioError as error:
            # An engine of another version was asked to leave; another command needs its time.
            if error.id not in ("engine-running", "engine-other-version") or time.monotonic() > limit:
                raise
            time.sleep(PAUSE)
    try:
        yield client
    finally:
        if client is not None:
            client.close()
        lock.release()


def sender(session: Session) -> Sender:
    """Whoever sends while no engine runs; call with the lock held. What a killed one left is of unknown end."""
    from accounts.engine.sender import Sender
    from core.sending import recover

    recover(session.db)
    wiring = session.wiring
    settings = wiring.settings()
    return Sender(
        wiring.open_store,
        wiring.account_of,
        wiring.outgoing,
        is_offline=settings.is_offline,
        ways_out=settings.ways_out,
        gateway_for=wiring.gateway,
        gateway_of=settings.gateway,
        prepare=wiring.make_links,
    )
