"""The passphrase of the file with the passwords: a person tells it, this process remembers it while it lives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import CryptoError, PasswordNeeded
from core.secret import Secret

NEEDED = ("passphrase-needed", "passphrase-wrong")
"""The ids of PasswordNeeded where what is to be typed is the passphrase, not the password of a server."""


class AskedPassphrase:
    """What the person has typed, once somebody did. Any thread may call it."""

    def __init__(self) -> None:
        self._known: Secret | None = None
        self._guard = threading.Lock()
        self.wanted = False
        """Whether somebody has asked for it in vain since it was last told."""

    def tell(self, passphrase: Secret) -> None:
        """Use this one from now on."""
        with self._guard:
            self._known, self.wanted = passphrase, False

    def give(self) -> Secret:
        """The passphrase. PasswordNeeded `passphrase-needed` while nobody has typed it."""
        with self._guard:
            if self._known is not None:
                return self._known
            self.wanted = True
        raise PasswordNeeded("passphrase-needed", credential="", server="", answer="")

    def forget(self) -> None:
        """It does not open the file: the next one is wanted."""
        with self._guard:
            self._known, self.wanted = None, True


class PassphraseFile:
    """The credential file behind a passphrase (an `accounts.secrets.Vault`).

    All methods raise CryptoError, and PasswordNeeded `passphrase-needed` or `passphrase-wrong`.
    """

    def __init__(self, path: Path, passphrase: AskedPassphrase) -> None:
        from crypto.credentials import CredentialFile, Passphrase

        self._passphrase = passphrase
        self._file = CredentialFile(path, Passphrase(passphrase.give))

    def get(self, name: str) -> Secret | None:
        """The secret of this name, None if there is none."""
        with self._opening(name):
            return self._file.get(name)

    def put(self, name: str, secret: Secret) -> None:
        """Keep the secret."""
        with self._opening(name):
            self._file.put(name, secret)

    def forget(self, name: str) -> bool:
        """Remove the secret; False if there was none."""
        with self._opening(name):
            return self._file.forget(name)

    def place(self) -> str:
        """The file's path."""
        return self._file.place()

    @contextmanager
    def _opening(self, name: str) -> Iterator[None]:
        try:
            yield
        except PasswordNeeded as error:
            error.values["credential"] = name
            raise
        except CryptoError as error:
            if error.id != "wrong-passphrase":
                raise
            self._passphrase.forget()
            raise PasswordNeeded("passphrase-wrong", credential=name, server="", answer="") from error
