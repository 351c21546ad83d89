"""Folders of calendar entries or contacts, one file each, as vdirsyncer, khal and khard keep them (the vdir format).

A file appears whole or not at all, mode 0600; an entry is found by its UID, whatever its file is called.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from core.errors import StoreError
from core.private_file import write_private

LARGEST = 4 * 1024 * 1024
MOST_FILES = 50_000
_SAFE = re.compile(r"[A-Za-z0-9_@+][A-Za-z0-9_.@+-]{0,120}")
_UID = re.compile(rb"^UID(?:;[^:\r\n]*)?:(.*(?:\r?\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)
_LETTERS = re.compile(r"[A-Za-z0-9]{0,20}")
_FOLD = re.compile(rb"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\([\\;,])")


class Vdir:
    """One collection. Methods raise StoreError `vdir-missing` where the folder is not there, `vdir-trouble` for the rest."""

    def __init__(self, folder: str, ending: str = ".ics") -> None:
        self.folder = Path(folder).expanduser()
        self.ending = ending

    def find(self, uid: str) -> Path | None:
        """The file of the entry with this UID."""
        usual = self.folder / self._name(uid)
        try:
            if usual.is_file() and uid in _uids(usual):
                return usual
            # Signs may be escaped and lines folded, so only its first letters are looked for before UIDs are read.
            plain = _LETTERS.match(uid)
            start = plain[0].encode() if plain else b""
            for path in self.files():
                if start in path.read_bytes() and uid in _uids(path):
                    return path
        except OSError as error:
            raise self._trouble(error) from error
        return None

    def read(self, uid: str) -> bytes:
        """The entry as its file has it, b"" where there is none."""
        path = self.find(uid)
        try:
            return path.read_bytes() if path is not None else b""
        except OSError as error:
            raise self._trouble(error) from error

    def put(self, uid: str, data: bytes) -> Path:
        """Write the entry: into the file that has it, else into a new one; where it is."""
        self._must_be_there()
        path = self.find(uid) or self._free(uid)
        try:
            write_private(path, data)
        except OSError as error:
            raise self._trouble(error) from error
        return path

    def entries(self) -> Iterator[tuple[Path, bytes]]:
        """Every file with its bytes; one that goes meanwhile is left out."""
        try:
            for path in self.files():
                try:
                    data = path.read_bytes()
                except FileNotFoundError:
                    continue
                yield path, data
        except OSError as error:
            raise self._trouble(error) from error

    def rewrite(self, path: Path, data: bytes) -> None:
        """Other bytes for a file of this folder."""
        try:
            write_private(path, data)
        except OSError as error:
            raise self._trouble(error) from error

    def _must_be_there(self) -> None:
        if not self.folder.is_dir():
            raise StoreError("vdir-missing", file=str(self.folder), answer="")

    def files(self) -> Iterator[Path]:
        """The entries' files, at most MOST_FILES; raises StoreError `vdir-missing` or OSError."""
        self._must_be_there()
        with os.scandir(self.folder) as entries:
            for number, entry in enumerate(entries):
                if number == MOST_FILES:
                    return
                wanted = entry.name.lower().endswith(self.ending) and not entry.name.startswith(".")
                if wanted and entry.is_file() and entry.stat().st_size <= LARGEST:
                    yield Path(entry.path)

    def _name(self, uid: str) -> str:
        stem = uid if _SAFE.fullmatch(uid) else hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:40]
        return stem + self.ending

    def _free(self, uid: str) -> Path:
        """The usual name, or one with a number where another entry has that."""
        path = self.folder / self._name(uid)
        number = 2
        while path.exists() or path.is_symlink():
            path = self.folder / f"{Path(self._name(uid)).stem}-{number}{self.ending}"
            number += 1
        return path

    def _trouble(self, error: OSError) -> StoreError:
        return StoreError("vdir-trouble", file=str(self.folder), answer=error.strerror or str(error))


def _uids(path: Path) -> set[str]:
    return uids_of(path.read_bytes())


def uids_of(data: bytes) -> set[str]:
    """The UIDs in the bytes of an entry, without taking it apart."""
    found = _UID.findall(data[:LARGEST])
    return {_ESCAPED.sub(r"\1", _FOLD.sub(b"", one).strip().decode("utf-8", "replace")) for one in found}
