"""What an account that mail is collected from has, whatever its server speaks."""

from __future__ import annotations

from collections.abc import Callable

from accounts.dial import Resolver
from accounts.incoming import Report, SecretFor
from core.errors import NetworkError, NotFound
from core.settings.schema import Account, Server
from core.store.database import Database


class MailSource:
    """The beginning of an `accounts.incoming.Incoming`. Raises NotFound `no-incoming-server`."""

    def __init__(
        self, settings: Account, secret: SecretFor, db: Database, row: int, report: Report, *,
        clock: Callable[[], float], resolver: Resolver | None, patience: float,
    ) -> None:  # fmt: skip
        """`patience`: seconds for each answer of the server."""
        if settings.incoming is None:
            raise NotFound("no-incoming-server", what="server", name=settings.name)
        self.settings = settings
        self.server: Server = settings.incoming
        self.db = db
        self.row = row
        self.breathe: Callable[[], None] = lambda: None
        self.wanted: Callable[[], bool] = lambda: True
        self.helped = False
        self._secret = secret
        self._report = report
        self._clock = clock
        self._resolver = resolver
        self._patience = patience
        self._cancelled = False

    def _go_on(self) -> None:
        """Raises NetworkError `cancelled` where `cancel` was called."""
        if self._cancelled:
            raise NetworkError("cancelled", server=self.server.host, answer="")
