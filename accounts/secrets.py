"""Where passwords come from: a vault by the credential's method, a command, or the memory of this process.

The configuration holds a credential's name and method only. The vaults are handed in by `tui.wiring`
(`crypto.credentials.CredentialFile`, `accounts.keyrings.KeyringVault`), since accounts stands on core alone.
"""

from __future__ import annotations

import shlex
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from accounts.tokens import TokenKeeper
from core.errors import NotFound, PasswordNeeded
from core.secret import Secret
from core.settings import Credential

if TYPE_CHECKING:  # loaded when the first token is wanted
    from accounts.oauth import OAuth

COMMAND_SECONDS = 60
"""A password command may wait for a person to unlock something, but not for ever."""


class Vault(Protocol):
    """A place that keeps secrets by name, over the end of the process. Methods raise CryptoError."""

    def get(self, name: str) -> Secret | None:
        """The secret of this name, None if there is none."""

    def put(self, name: str, secret: Secret) -> None:
        """Keep the secret; one of the same name is replaced."""

    def forget(self, name: str) -> bool:
        """Remove the secret; False if there was none."""

    def place(self) -> str:
        """The file's path or the keyring's name, for people."""


MakeVault = Callable[[], Vault | None]
"""Makes a vault, or None where this machine has nothing for it."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a credential is kept."""

    method: str
    place: str
    """A path, a keyring's name or a command; '' for ask."""
    protection: str
    """Id of the sentence that says what this protects and what not: `protects-` and the method."""


class SecretStore:
    """Gives secrets to the engine and keeps what people typed. Any thread may call it."""

    def __init__(
        self, vaults: Mapping[str, Vault | MakeVault], *, clock: Callable[[], float] = time.time,
        clients: Callable[[Credential, Secret], OAuth] | None = None,
    ) -> None:  # fmt: skip
        """`vaults` by method: any of keyring, gpg, file, passphrase; `command` and `ask` are always there.

        A function is called when its vault is first needed: a keyring or gpg takes long to look at. `clients` makes the
        client of an OAuth2 provider.
        """
        self._vaults = dict(vaults)
        self._memory: dict[str, Secret] = {}
        self._refused: dict[str, Secret] = {}
        self._typed: dict[str, float] = {}
        """When what is only in memory was typed."""
        self._given = threading.local()
        """Credential → what this thread was given last; not kept alive by that."""
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._clock = clock
        self.tokens = TokenKeeper(self._token_kept, self._keep_token, clients, clock)

    def methods(self) -> tuple[str, ...]:
        """The methods that work here, the vaults first."""
        return (*[method for method in tuple(self._vaults) if self._made(method) is not None], "command", "ask")

    def get(self, credential: Credential, server: str = "") -> Secret:
        """The secret. PasswordNeeded (`password-needed`, `password-refused`, `password-command-failed`) when a
        person has to type it, `oauth-needed` when they have to agree; CryptoError or NotFound `no-vault` when the vault
        cannot be opened."""
        secret = self.tokens.get(credential, server) if credential.oauth else self._password(credential, server)
        vars(self._given)[credential.name] = weakref.ref(secret)
        return secret

    def _password(self, credential: Credential, server: str) -> Secret:
        self._expire(credential)
        with self._lock:
            if remembered := self._memory.get(credential.name):
                return remembered
        secret = self._kept(credential, server)
        if not secret:
            raise PasswordNeeded("password-needed", credential=credential.name, server=server, answer="")
        with self._lock:
            if self._refused.get(credential.name) == secret:
                raise PasswordNeeded("password-refused", credential=credential.name, server=server, answer="")
            self._memory[credential.name] = secret
        return secret

    def put(self, credential: Credential, secret: Secret) -> None:
        """Keep a secret that a person typed as the credential's method says (`ask`: until the process ends)."""
        if credential.method not in ("ask", "command"):
            self._vault(credential.method).put(credential.name, secret)
        self.remember(credential, secret)

    def remember(self, credential: Credential, secret: Secret) -> None:
        """Use this secret until the process ends (for ask: as many minutes as are set), and keep it nowhere."""
        with self._lock:
            self._refused.pop(credential.name, None)
            self._memory[credential.name] = secret
            self._typed[credential.name] = self._clock()

    def refused(self, credential: Credential) -> bool:
        """A server refused what `get` gave this thread: the next `get` looks anew, and asks if it finds the same again.

        True where another try may work without anybody doing anything: a token is renewed, or another one, or another password,
        has come since this thread was given its own.
        """
        given = vars(self._given).pop(credential.name, None)

        def is_newer(secret: Secret) -> bool:
            return given is not None and given() is not secret

        if credential.oauth:
            return self.tokens.refused(credential, is_newer)
        with self._lock:
            secret = self._memory.get(credential.name)
            if secret is not None and is_newer(secret):
                return True
            if secret := self._memory.pop(credential.name, None):
                self._refused[credential.name] = secret
        return False

    def forget(self, credential: Credential) -> bool:
        """Remove the secret from memory and vault; False if it was kept nowhere."""
        with self._lock:
            self._refused.pop(credential.name, None)
            had = self._memory.pop(credential.name, None) is not None
        self.tokens.drop(credential.name)
        if credential.method in ("ask", "command"):
            return had
        return self._vault(credential.method).forget(credential.name) or had

    def drop(self, name: str) -> None:
        """Out of the memory of this process, whatever is kept elsewhere."""
        with self._lock:
            self._refused.pop(name, None)
            self._memory.pop(name, None)
        self.tokens.drop(name)

    def where(self, credential: Credential) -> Where:
        """Where the credential is kept and the sentence about it."""
        place = credential.command if credential.method == "command" else ""
        if (vault := self._made(credential.method)) is not None:
            place = vault.place()
        return Where(credential.method, place, f"protects-{credential.method}")

    def _expire(self, credential: Credential) -> None:
        """What was typed is forgotten after the minutes that are set; a clock that was set back counts as that."""
        if credential.method != "ask" or not credential.minutes:
            return
        with self._lock:
            since = self._typed.get(credential.name, 0.0)
            if not 0 <= self._clock() - since <= credential.minutes * 60:
                self._memory.pop(credential.name, None)

    def _token_kept(self, credential: Credential) -> Secret | None:
        """The refresh token, from where the credential is kept."""
        if credential.method in ("ask", "command"):
            with self._lock:
                return self._memory.get(credential.name)
        return self._vault(credential.method).get(credential.name)

    def _keep_token(self, credential: Credential, secret: Secret) -> None:
        if credential.method in ("ask", "command"):
            self.remember(credential, secret)
        else:
            self._vault(credential.method).put(credential.name, secret)

    def _kept(self, credential: Credential, server: str) -> Secret | None:
        if credential.method == "ask":
            return None
        if credential.method == "command":
            return ask_command(credential, server)
        return self._vault(credential.method).get(credential.name)

    def _vault(self, method: str) -> Vault:
        vault = self._made(method)
        if vault is None:
            raise NotFound("no-vault", what="vault", name=method)
        return vault

    def _made(self, method: str) -> Vault | None:
        """The vault of the method, made now if it was not needed before; None where there is none."""
        with self._making:
            found = self._vaults.get(method)
            if callable(found):
                made = found()
                if made is None:
                    del self._vaults[method]
                    return None
                self._vaults[method] = found = made
            return found


def ask_command(credential: Credential, server: str = "") -> Secret:
    """The first line that the credential's command prints. No shell runs it, and it gets no input.

    PasswordNeeded `password-command-failed` with its status and last words when it fails or prints nothing.
    """
    argv = shlex.split(credential.command)
    told = {"credential": credential.name, "server": server, "command": credential.command}
    if not argv:
        raise PasswordNeeded("password-command-failed", answer="", status=-1, **told)
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        # Not chained: the exception holds what the command has printed so far.
        raise PasswordNeeded("password-command-slow", answer="", status=-1, **told) from None
    except OSError as error:
        answer = error.strerror or str(error)
        raise PasswordNeeded("password-command-failed", answer=answer, status=-1, **told) from error
    first = done.stdout.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "surrogateescape")
    if done.returncode or not first:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        answer = words[-1][:200] if words else ""
        raise PasswordNeeded("password-command-failed", answer=answer, status=done.returncode, **told)
    return Secret(first)
