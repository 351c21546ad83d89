"""The system's keyring as a vault, where there is one that really protects something."""

from __future__ import annotations

import secrets
import threading
from typing import Any

from core.errors import CryptoError
from core.secret import Secret

SERVICE = "correio"

_UNSAFE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""No backend at all, one that keeps nothing, and those that write plain text."""


class KeyringVault:
    """Keeps secrets in one backend of the `keyring` package (macOS keychain, Secret Service, KWallet …)."""

    def __init__(self, backend: Any = None) -> None:
        """`backend`: a keyring backend; without it, the safest of this machine. CryptoError `keyring-unusable`."""
        self._backend = backend if backend is not None else safe_backend()
        if self._backend is None or not is_safe(self._backend):
            raise CryptoError("keyring-unusable", answer="")

    def get(self, name: str) -> Secret | None:
        """The secret of this name. CryptoError `keyring-refused` when the keyring is locked or gone."""
        found = self._ask("get_password", SERVICE, name)
        return None if found is None else Secret(found)

    def put(self, name: str, secret: Secret) -> None:
        """Keep the secret. CryptoError `keyring-refused`."""
        self._ask("set_password", SERVICE, name, secret.reveal())

    def forget(self, name: str) -> bool:
        """Remove the secret; False if there was none. CryptoError `keyring-refused`."""
        if self.get(name) is None:
            return False
        self._ask("delete_password", SERVICE, name)
        return True

    def place(self) -> str:
        """The backend's name for itself."""
        return str(getattr(self._backend, "name", type(self._backend).__name__))

    def _ask(self, verb: str, *words: str) -> Any:
        from keyring.errors import KeyringError

        # Nothing is chained: a backend's traceback, or a UnicodeError itself, may hold the secret.
        try:
            return getattr(self._backend, verb)(*words)
        except (KeyringError, OSError, RuntimeError) as error:
            answer = str(error)
        except UnicodeError:
            answer = "encoding"
        raise CryptoError("keyring-refused", answer=answer)


def safe_backend() -> Any:
    """The keyring backend to use, None where the package or a safe backend is missing."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        chosen = keyring.get_keyring()
        members = list(getattr(chosen, "backends", [])) or [chosen]
        return next((one for one in members if is_safe(one)), None)
    except (KeyringError, OSError, RuntimeError):
        return None


def is_safe(backend: Any) -> bool:
    """Whether this backend is none of those that fail, forget, or write plain text."""
    module = type(backend).__module__
    return not any(module == one or module.startswith(one + ".") for one in _UNSAFE)


def is_keyring_usable(seconds: float = 3.0, backend: Any = None) -> bool:
    """Whether a keyring keeps and gives back a word within so many seconds.

    A Secret Service without a desktop answers only when somebody clicks, so it is asked by a thread that
    can be left behind.
    """
    worked = threading.Event()

    def try_it() -> None:
        name, word = f"test-{secrets.token_hex(4)}", Secret(secrets.token_hex(8))
        try:
            vault = KeyringVault(backend)
            vault.put(name, word)
            same = vault.get(name) == word
            vault.forget(name)
        except CryptoError:
            return
        if same:
            worked.set()

    trying = threading.Thread(target=try_it, name="keyring", daemon=True)
    trying.start()
    trying.join(seconds)
    return worked.is_set()
