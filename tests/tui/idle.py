"""When an application driven without a terminal has nothing left to do.

Textual's pilot naps until its process has used next to no processor time: too long on a free machine, and not long enough on
a loaded one, where a process that is kept waiting looks idle too. Its loop knows better: it is idle when it would go to sleep.
"""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import AbstractEventLoop, Future
from concurrent.futures import Executor
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from textual import app, pilot

SOON = 0.05
"""Seconds: what a timer does within them is still awaited, e.g. the drawing of what has changed."""
PATIENCE = 30.0
"""Seconds after which a loop is taken as it is: some timer ticks for ever."""
NAP = 0.02
"""Seconds between two looks at threads that are at work."""
RESTING = 0.001
"""Seconds of processor time in a nap below which these threads are taken to wait for somebody else."""
_LASTING = ("MainThread", "asyncio_", "engine-link", "writer", "reader", "Dummy", "execnet", "terminal", "pytest")
"""How the names of threads begin that are no work which comes to an end."""
_watches: WeakKeyDictionary[AbstractEventLoop, _Watch]


class _Watch:
    """Stands at the place where a loop goes to sleep."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        selector = loop._selector  # type: ignore[attr-defined]
        self._select = selector.select
        self._waiting: list[Future[None]] = []
        self._begin = loop.run_in_executor
        self.at_work = 0
        """How many calls other threads carry out for the loop."""
        selector.select = self._sleep
        loop.run_in_executor = self._count  # type: ignore[method-assign, assignment]

    async def idle(self, seconds: float) -> None:
        """Wait until the loop would sleep, but no longer than these seconds."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append(future)
        end = loop.call_later(seconds, self._wake, future)
        try:
            await future
        finally:
            end.cancel()

    def _sleep(self, timeout: float | None = None) -> Any:
        if not self._waiting or timeout == 0:
            return self._select(timeout)
        events = self._select(0)
        if events or (timeout is not None and timeout < SOON):
            return events or self._select(timeout)
        for future in self._waiting:
            self._wake(future)
        self._waiting.clear()
        return events

    def _wake(self, future: Future[None]) -> None:
        if not future.done():
            future.set_result(None)

    def _count(self, executor: Executor | None, work: Any, *args: Any) -> Future[Any]:
        future = self._begin(executor, work, *args)
        self.at_work += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _future: Future[Any]) -> None:
        self.at_work -= 1

    def busy(self) -> bool:
        """Whether threads are at work, whose results the loop will hear of."""
        return self.at_work > 0 or any(not one.name.startswith(_LASTING) for one in threading.enumerate())


_watches = WeakKeyDictionary()


async def nap() -> None:
    """Let others do something, before one looks again."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.call_later(NAP, over.set)
    await over.wait()


async def wait_for_idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until the application has nothing to do, as `textual._wait.wait_for_idle`."""
    loop = asyncio.get_running_loop()
    watch = _watches.get(loop)
    if watch is None:
        watch = _watches[loop] = _Watch(loop)
    end = time.monotonic() + max_sleep
    while True:
        await watch.idle(PATIENCE)
        if not watch.busy() or time.monotonic() >= end:
            return
        used = time.process_time()
        await nap()
        if time.process_time() - used < RESTING:
            await watch.idle(PATIENCE)
            return


async def _wait_for_screen(_pilot: Any, _timeout: float = 30) -> bool:
    await wait_for_idle()
    return True


def watch_loops(patch: pytest.MonkeyPatch) -> None:
    """Have pilots wait for the loop in place of napping."""
    patch.setattr(app, "wait_for_idle", wait_for_idle)
    patch.setattr(pilot, "wait_for_idle", wait_for_idle)
    patch.setattr(pilot.Pilot, "_wait_for_screen", _wait_for_screen)
