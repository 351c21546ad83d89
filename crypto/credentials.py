"""The encrypted credential file: all secrets in one file, behind one lock.

Three locks: a random key in a file beside it (keeps secrets out of backups and synchronised folders that
take only one of the two, not from somebody who reads the account's files), a passphrase, or the user's own
OpenPGP key. The file is JSON: {"correio-credentials": 1, "lock": NAME, "sealed": TEXT, and what the lock adds}.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from core.errors import CryptoError
from core.private_file import locked, write_private
from core.secret import Secret
from crypto.gpg import Gpg

_MARK = "correio-credentials"
_SCRYPT = {"n": 2**16, "r": 8, "p": 1}
"""64 MiB and a fifth of a second for each guess."""


class Lock(Protocol):
    """What seals the file. Both methods raise CryptoError."""

    name: str

    def seal(self, data: bytes) -> dict[str, str]:
        """The data sealed, as `sealed` and whatever else opening needs."""

    def open(self, told: dict[str, str]) -> bytes:
        """What `seal` sealed."""


class KeyFile:
    """A random key in a file of its own, mode 0600. Made when something is first sealed."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self.path = path

    def seal(self, data: bytes) -> dict[str, str]:
        """Sealed with the key; made anew only if there is none."""
        if not self.path.exists():
            write_private(self.path, base64.urlsafe_b64encode(os.urandom(32)) + b"\n")
        return {"sealed": _fernet_seal(self._key(), data)}

    def open(self, told: dict[str, str]) -> bytes:
        """CryptoError `credential-key-missing`, or `credential-file-damaged` if the key does not fit."""
        return _fernet_open(self._key(), told, "credential-file-damaged")

    def _key(self) -> bytes:
        try:
            return self.path.read_bytes().strip()
        except OSError as error:
            raise CryptoError("credential-key-missing", file=str(self.path), answer=_words(error)) from error


class Passphrase:
    """A key derived by scrypt from what `ask` gives (it may raise PasswordNeeded)."""

    name = "passphrase"

    def __init__(self, ask: Callable[[], Secret]) -> None:
        self._ask = ask

    def seal(self, data: bytes) -> dict[str, str]:
        """Sealed with a new salt."""
        salt = os.urandom(16)
        return {"salt": salt.hex(), "sealed": _fernet_seal(self._key(salt), data)}

    def open(self, told: dict[str, str]) -> bytes:
        """CryptoError `wrong-passphrase`."""
        try:
            salt = bytes.fromhex(told.get("salt", ""))
        except ValueError as error:
            raise CryptoError("credential-file-damaged", answer="salt") from error
        return _fernet_open(self._key(salt), told, "wrong-passphrase")

    def _key(self, salt: bytes) -> bytes:
        return base64.urlsafe_b64encode(
            hashlib.scrypt(
                self._ask().reveal().encode("utf-8", "surrogateescape"),
                salt=salt,
                maxmem=256 * 2**20,
                dklen=32,
                **_SCRYPT,
            )
        )


class OwnKey:
    """The user's own OpenPGP key; gpg-agent asks for its passphrase where it can."""

    name = "gpg"

    def __init__(self, gpg: Gpg, fingerprint: str) -> None:
        """`fingerprint` may be '' for opening only: gpg knows which key a file needs."""
        self._gpg = gpg
        self._fingerprint = fingerprint

    def seal(self, data: bytes) -> dict[str, str]:
        """Encrypted to the key."""
        return {"sealed": self._gpg.encrypt_to([self._fingerprint], data).decode("ascii")}

    def open(self, told: dict[str, str]) -> bytes:
        """Decrypted; CryptoError as `crypto.gpg.Gpg.decrypt` raises."""
        return self._gpg.decrypt(told.get("sealed", "").encode())


class CredentialFile:
    """Secrets by name in one encrypted file, mode 0600 (an `accounts.secrets.Vault`)."""

    def __init__(self, path: Path, lock: Lock) -> None:
        self._path = path
        self._lock = lock

    def get(self, name: str) -> Secret | None:
        """The secret of this name, None if there is none."""
        return self._read().get(name)

    def put(self, name: str, secret: Secret) -> None:
        """Keep the secret; two processes that do so wait for each other."""
        with _as_crypto_error(self._path), locked(self._path):
            self._write({**self._read(), name: secret})

    def forget(self, name: str) -> bool:
        """Remove the secret; False if there was none."""
        with _as_crypto_error(self._path), locked(self._path):
            rest = self._read()
            if name not in rest:
                return False
            del rest[name]
            self._write(rest)
            return True

    def names(self) -> tuple[str, ...]:
        """The names that are kept."""
        return tuple(self._read())

    def place(self) -> str:
        """The file's path."""
        return str(self._path)

    def change_lock(self, lock: Lock) -> None:
        """Seal everything anew, for another passphrase or another method."""
        with _as_crypto_error(self._path), locked(self._path):
            kept = self._read()
            self._lock = lock
            self._write(kept)

    def _read(self) -> dict[str, Secret]:
        try:
            told = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CryptoError("credential-file-unreadable", file=self.place(), answer=_words(error)) from error
        except ValueError as error:
            raise CryptoError("credential-file-damaged", file=self.place(), answer="json") from error
        if not isinstance(told, dict) or told.get(_MARK) != 1 or not isinstance(told.get("sealed"), str):
            raise CryptoError("credential-file-damaged", file=self.place(), answer="format")
        if told.get("lock") != self._lock.name:
            raise CryptoError("credential-other-lock", file=self.place(), answer=str(told.get("lock")))
        # What was opened is ours, the lock authenticates it; it becomes Secrets at once for any traceback's sake.
        return {name: Secret(hidden) for name, hidden in json.loads(self._lock.open(told)).items()}

    def _write(self, kept: dict[str, Secret]) -> None:
        sealed = self._lock.seal(json.dumps({name: secret.reveal() for name, secret in kept.items()}).encode())
        told = {_MARK: 1, "lock": self._lock.name, **sealed}
        write_private(self._path, json.dumps(told, indent=1).encode() + b"\n")


@contextmanager
def _as_crypto_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CryptoError("credential-file-unwritable", file=str(path), answer=_words(error)) from error


def _fernet_seal(key: bytes, data: bytes) -> str:
    from cryptography.fernet import Fernet

    try:
        return Fernet(key).encrypt(data).decode("ascii")
    except ValueError as error:
        raise CryptoError("credential-key-missing", file="", answer=str(error)) from error


def _fernet_open(key: bytes, told: dict[str, str], wrong: str) -> bytes:
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(key).decrypt(told.get("sealed", "").encode())
    except (InvalidToken, ValueError) as error:
        raise CryptoError(wrong, answer="") from error


def _words(error: OSError) -> str:
    return error.strerror or str(error)
