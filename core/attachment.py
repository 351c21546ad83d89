"""Saving what came with a mail: names made safe, nothing overwritten, nothing half written."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from pathlib import Path

from core.clean import clean_line
from core.errors import StoreError

LONGEST = 200
"""Bytes of a file name; most file systems take 255, and a number may be added."""

_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f\u2400-\u2421\ufffd]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)", re.IGNORECASE)
_MOST_TRIES = 10_000


def safe_name(name: str, default: str = "attachment") -> str:
    """A file name from a mail made safe to save under: one name without folders, never empty, hidden or reserved.

    No separators, control or direction characters, no leading `-`, `~` or dot, no trailing dot or blank, at most
    `LONGEST` bytes (the ending is kept). Works on any system, Windows' reserved names included.
    """
    name = unicodedata.normalize("NFC", clean_line(name))
    name = _FORBIDDEN.sub("_", name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    name = name.lstrip("-~. \u3000\xa0").rstrip(". \u3000\xa0")
    if not name.strip("_"):
        name = default
    if _RESERVED.match(name):
        name = f"_{name}"
    return _shortened(name)


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    room = LONGEST - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + ending


def save(data: bytes, folder: Path, name: str) -> Path:
    """Write `data` below `folder` under the safe form of `name`; returns where it is.

    A name that is taken gets a number: nothing is overwritten, no link followed. The file appears whole or
    not at all, mode 0600. Raises `StoreError` (`cannot-save`, values `file`, `answer`).
    """
    name = safe_name(name)
    try:
        written = _write_beside(data, folder)
        try:
            return _place(written, folder, name)
        finally:
            written.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError("cannot-save", file=str(folder / name), answer=error.strerror or str(error)) from error


def _write_beside(data: bytes, folder: Path) -> Path:
    """The data in a new file of `folder` with a name of no meaning."""
    path = folder / f".correio-{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _place(written: Path, folder: Path, name: str) -> Path:
    """Give the file its name: the first that is free. `link` fails where a name is taken, so it cannot overwrite."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    elif stem.endswith(".tar") and len(stem) > 4:
        stem, ending = stem[:-4], f"tar.{ending}"
    for number in range(1, _MOST_TRIES):
        path = folder / (name if number == 1 else f"{stem} ({number}){dot}{ending}")
        try:
            os.link(written, path)
        except FileExistsError:
            continue
        except OSError:
            # A file system without hard links: claim the name, then move over the claim.
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError:
                continue
            written.replace(path)
        return path
    raise OSError(f"{name}: every number is taken")
