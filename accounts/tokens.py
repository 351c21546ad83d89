"""Access tokens in memory, refresh tokens where the credential is kept: renewed before they end, stored before they are used."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from core.errors import AuthenticationError, PasswordNeeded
from core.secret import Secret
from core.settings import Credential

if TYPE_CHECKING:  # loaded when the first token is wanted
    from accounts.oauth import OAuth, Tokens

EARLY = 300.0
"""Seconds before its end from which on a token is renewed."""
PATIENCE = 600.0
"""Seconds within which a server that refuses the next token too does not want any."""


class TokenKeeper:
    """Tokens by the names of credentials. Any thread may call it.

    `read` and `write` reach where the credential is kept; `make` makes the client of a provider.
    """

    def __init__(
        self, read: Callable[[Credential], Secret | None], write: Callable[[Credential, Secret], None],
        make: Callable[[Credential, Secret], OAuth] | None = None, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._read = read
        self._write = write
        self._make = make or partial(_client, clock)
        self._clock = clock
        self._access: dict[str, Tokens] = {}
        self._fresh: dict[str, float] = {}
        """When a token was last renewed because a server refused it."""
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, credential: Credential, server: str = "") -> Secret:
        """A token that is good for a while. PasswordNeeded `oauth-needed` when the person has to agree (anew); NetworkError
        when the provider cannot be asked now."""
        with self._lock_of(credential.name):
            known = self._access.get(credential.name)
            if known is not None and known.expires - EARLY > self._clock():
                return known.access
            return self._renewed(credential, server).access

    def refused(self, credential: Credential, is_newer: Callable[[Secret], bool] = lambda token: False) -> bool:
        """A mail server refused the token; True when a new one is worth a try, False when that was a new one.

        `is_newer`: whether a token is another than the one that was refused.
        """
        with self._lock_of(credential.name):
            known = self._access.get(credential.name)
            if known is not None and is_newer(known.access):
                return True
            had = self._access.pop(credential.name, None) is not None
            if not had or abs(self._clock() - self._fresh.get(credential.name, 0.0)) < PATIENCE:
                return False
            self._fresh[credential.name] = self._clock()
            return True

    def keep(self, credential: Credential, tokens: Tokens, client_secret: Secret | None = None) -> None:
        """The person has agreed: kept from now on. AuthenticationError `oauth-no-refresh` without a refresh token."""
        with self._lock_of(credential.name):
            if not tokens.refresh:
                raise AuthenticationError("oauth-no-refresh", server="", user="", answer="", credential=credential.name)
            self._store(credential, tokens.refresh, client_secret or Secret(""))
            self._access[credential.name] = tokens
            self._fresh.pop(credential.name, None)

    def client_secret(self, credential: Credential) -> Secret:
        """What the client had to show when the person agreed before; empty where nothing is kept."""
        try:
            return self._kept(credential, "")[1]
        except PasswordNeeded:
            return Secret("")

    def forget(self, credential: Credential) -> None:
        """Out of memory."""
        self.drop(credential.name)

    def drop(self, name: str) -> None:
        """Out of memory."""
        self._access.pop(name, None)
        self._fresh.pop(name, None)

    def _renewed(self, credential: Credential, server: str) -> Tokens:
        refresh, client_secret = self._kept(credential, server)
        try:
            found = self._make(credential, client_secret).renew(refresh)
        except AuthenticationError as error:
            # Another process may have renewed it meanwhile: what is kept is another one then.
            again, client_secret = self._kept(credential, server)
            if again == refresh:
                answer = error.values.get("answer", "")
                raise PasswordNeeded("oauth-needed", credential=credential.name, server=server, answer=answer) from error
            refresh = again
            found = self._make(credential, client_secret).renew(refresh)
        if found.refresh and found.refresh != refresh:
            # Before the token is used: the old one may be worth nothing from here on.
            self._store(credential, found.refresh, client_secret)
        self._access[credential.name] = found
        return found

    def _kept(self, credential: Credential, server: str) -> tuple[Secret, Secret]:
        kept = self._read(credential)
        try:
            told = json.loads(kept.reveal()) if kept is not None else {}
            refresh, client = told["refresh"], told.get("client", "")
        except (ValueError, KeyError, TypeError):
            refresh = client = ""
        if not refresh:
            raise PasswordNeeded("oauth-needed", credential=credential.name, server=server, answer="")
        return Secret(refresh), Secret(client)

    def _store(self, credential: Credential, refresh: Secret, client_secret: Secret) -> None:
        told = {"refresh": refresh.reveal(), "client": client_secret.reveal()}
        self._write(credential, Secret(json.dumps(told)))

    def _lock_of(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())


def _client(clock: Callable[[], float], credential: Credential, client_secret: Secret) -> OAuth:
    from accounts.oauth import OAuth

    return OAuth(credential, client_secret, clock=clock)
