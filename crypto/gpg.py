"""GnuPG behind a small door: full fingerprints only, no key is ever fetched, no plaintext unless gpg is content.

python-gnupg is imported at the first call: most sessions never need it.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import CryptoError
from core.secret import Secret

MAX_OUTPUT = 256 * 1024 * 1024
"""Bytes: what decrypts to more is a bomb."""

_OPTIONS = (
    "--no-auto-key-locate",
    "--no-auto-key-retrieve",
    "--disable-dirmngr",
    "--weak-digest",
    "SHA1",
    "--max-output",
    str(MAX_OUTPUT),
)


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key pair of the user's."""

    fingerprint: str
    """40 or 64 hexadecimal digits."""
    people: tuple[str, ...]
    """User ids as gpg shows them: text from outside, to be cleaned before it is shown."""
    expires: int | None
    """Unix seconds, None: never."""
    encrypts: bool
    """Whether it can be encrypted to."""


def has_gpg(program: str = "gpg") -> bool:
    """Whether gpg is installed."""
    return shutil.which(program) is not None


class Gpg:
    """One gpg with its home (None: GNUPGHOME or ~/.gnupg). Every call takes some 10 ms: not for the event loop."""

    def __init__(self, home: Path | None = None, program: str = "gpg") -> None:
        self._home = home
        self._program = program
        self._made: Any = None

    def encrypt_to(self, fingerprints: Sequence[str], data: bytes) -> bytes:
        """Armoured OpenPGP data that these keys open. CryptoError `no-gpg`, `not-a-fingerprint`, `gpg-refused`.

        The keys are used as given, whatever trust gpg gives them: the caller has chosen them.
        """
        if not fingerprints:
            raise CryptoError("not-a-fingerprint", answer="", fingerprint="")
        for one in fingerprints:
            if not re.fullmatch(r"[0-9A-F]{40}|[0-9A-F]{64}", one.upper()):
                raise CryptoError("not-a-fingerprint", answer="", fingerprint=one)
        keys = [one.upper() for one in fingerprints]
        return self._run("encrypt", data, keys, always_trust=True, armor=True)

    def symmetric(self, data: bytes, passphrase: Secret) -> bytes:
        """Armoured OpenPGP data that the passphrase opens (AES-256). CryptoError as `encrypt_to`."""
        if not passphrase:
            raise CryptoError("gpg-passphrase-needed", answer="")
        return self._run("encrypt", data, None, passphrase=passphrase, symmetric="AES256", armor=True)

    def decrypt(self, data: bytes, passphrase: Secret | None = None) -> bytes:
        """The plaintext, only if gpg found nothing wrong with any of it.

        CryptoError `gpg-passphrase-needed`, `gpg-wrong-passphrase`, `gpg-no-key`, `gpg-damaged`, `gpg-refused`.
        """
        return self._run("decrypt", data, passphrase=passphrase)

    def secret_keys(self) -> tuple[SecretKey, ...]:
        """The user's own keys. CryptoError `no-gpg`."""
        found = []
        for row in self._gpg().list_keys(secret=True):
            expires = int(row["expires"]) if str(row.get("expires") or "").isdigit() else None
            revoked_or_expired = row.get("trust") in ("r", "e", "d", "i")
            encrypts = "E" in row.get("cap", "") and not revoked_or_expired
            found.append(SecretKey(row["fingerprint"], tuple(row.get("uids", ())), expires, encrypts))
        return tuple(found)

    def _run(self, verb: str, data: bytes, *keys: Any, passphrase: Secret | None = None, **options: Any) -> bytes:
        words = {"passphrase": passphrase.reveal()} if passphrase else {}
        try:
            done = getattr(self._gpg(), verb)(data, *keys, **words, **options)
        except (OSError, ValueError):
            # gpg left before it had read everything. Not chained: the traceback holds data and passphrase.
            done = None
        if done is None:
            raise CryptoError("gpg-refused", answer="")
        return _result(done)

    def _gpg(self) -> Any:
        if self._made is None:
            import gnupg

            # At debug level python-gnupg logs the data that passes through it; what fails is told by _result.
            logging.getLogger("gnupg").setLevel(logging.CRITICAL)
            if not has_gpg(self._program):
                raise CryptoError("no-gpg", answer="")
            home = str(self._home) if self._home else None
            try:
                # Without GPG_TTY no pinentry draws itself over our screen; a graphical one still comes up.
                environment = {name: value for name, value in os.environ.items() if name != "GPG_TTY"}
                self._made = gnupg.GPG(gpgbinary=self._program, gnupghome=home, options=list(_OPTIONS), env=environment)
            except (OSError, ValueError) as error:
                raise CryptoError("no-gpg", answer=str(error)) from error
        return self._made


_REASONS = (
    ("gpg-wrong-passphrase", ("bad passphrase", "bad_passphrase")),
    ("gpg-passphrase-needed", ("need passphrase", "missing passphrase", "need symmetric passphrase", "missing_passphrase")),
    ("gpg-passphrase-needed", ("inappropriate ioctl", "no pinentry", "error get_passphrase", "canceled_by_user")),
    ("gpg-no-key", ("no secret key", "decryption failed: no secret key")),
    ("gpg-damaged", ("no data was provided", "decryption incomplete", "bad mdc", "no valid openpgp")),
)


def _result(done: Any) -> bytes:
    """The data of a finished gpg call; after a failure python-gnupg may hold some too (EFAIL): never used."""
    if done.ok:
        return bytes(done.data)
    status = str(done.status or "")
    words = f"{status}\n{done.stderr or ''}".lower()
    for id, marks in _REASONS:
        if any(mark in words for mark in marks):
            raise CryptoError(id, answer=status)
    raise CryptoError("gpg-refused", answer=status)
