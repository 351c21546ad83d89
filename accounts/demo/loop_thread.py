"""An event loop in a thread of its own, for programs and tests that are not asynchronous themselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, Self, TypeVar

T = TypeVar("T")


class Startable(Protocol):
    """A server that can be started and stopped on a loop."""

    async def start(self) -> None:
        """Begin to listen."""

    async def stop(self) -> None:
        """Stop listening and drop connections."""


class LoopThread:
    """Runs servers in a thread: `with LoopThread(imap, smtp) as loop: loop.call(imap.account.add, …)`."""

    def __init__(self, *servers: Any) -> None:
        self.servers: tuple[Startable, ...] = servers
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="demo servers", daemon=True)

    def call(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Call a function on the loop and wait for what it returns or raises."""

        async def run() -> T:
            return function(*args, **named)

        return self.wait(run())

    def wait(self, waited: Awaitable[T]) -> T:
        """Await something on the loop."""

        async def run() -> T:
            return await waited

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def start(self) -> None:
        """Start the thread and then the servers. Raises what a server's start raises."""
        self._thread.start()
        for server in self.servers:
            self.wait(server.start())

    def stop(self) -> None:
        """Stop the servers, the last one first, and the thread."""
        for server in reversed(self.servers):
            self.wait(server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
