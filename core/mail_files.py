"""Mails in files: `.eml`, mbox, Maildir, zip archives, and folders of them; read one by one, whatever their size.

Nothing in a file or archive is trusted: names become folder names only, sizes are limits to reading, not to be believed.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.clean import clean_line
from core.errors import CorreioError, NotFound
from core.flags import Flag

NO_FLAGS = Flag(0)
LARGEST = 100 * 1024 * 1024
"""Bytes of one mail that is taken in."""
DENSEST = 100
"""How many times its packed size a mail in an archive may have, above SMALL."""
SMALL = 16 * 1024 * 1024
DEEPEST = 20
LONGEST = 200
"""Levels of folders, and characters of a folder's name."""
CHUNK = 1024 * 1024
_MAILDIR = {"S": Flag.SEEN, "R": Flag.ANSWERED, "F": Flag.FLAGGED, "D": Flag.DRAFT, "P": Flag.FORWARDED}
_STATUS = {"R": Flag.SEEN, "A": Flag.ANSWERED, "F": Flag.FLAGGED}
_STATUS_LINE = re.compile(rb"^(?:X-)?Status:[ \t]*([A-Za-z]*)", re.MULTILINE | re.IGNORECASE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in a file; or, `raw` being None, a file that is none, or with `error` one that cannot be read."""

    folder: str
    """Its folder below the one asked for, parts joined by `/`; '' for that one itself."""
    raw: bytes | None
    flags: Flag = NO_FLAGS
    modified: int | None = None
    """When the file was last changed, unix seconds: its received time where the mail tells none."""
    error: CorreioError | None = None


def read_files(path: Path) -> Iterator[Found]:
    """Every mail below a path. NotFound `no-file`. A file that is no mail is given with `raw` None."""
    if path.is_dir():
        yield from _maildir(path) if _is_maildir(path) else _tree(path)
    elif not path.is_file():
        raise NotFound("no-file", what="file", name=str(path))
    elif path.suffix.lower() == ".eml":
        yield _file(path, "")
    elif zipfile.is_zipfile(path):
        yield from _zip(path)
    else:
        yield from _mbox(path)


def folder_name(parts: list[str]) -> str:
    """A folder's path for a file that stood in these folders; nothing in it leads upwards or to a terminal's controls."""
    found = []
    for part in parts:
        name = clean_line(part.encode("utf-8", "surrogateescape").decode("utf-8", "replace")).strip("/ ")[:LONGEST]
        if name not in ("", ".", ".."):
            found.append(name.replace("/", "_"))
    return "/".join(found[:DEEPEST])


def _unreadable(folder: str, name: str, answer: str) -> Found:
    return Found(folder, None, error=CorreioError("file-unreadable", file=name, answer=answer))


def _too_large(folder: str, name: str) -> Found:
    return Found(folder, None, error=CorreioError("mail-file-too-large", file=name, limit=LARGEST))


def _file(path: Path, folder: str) -> Found:
    try:
        status = path.stat()
        if status.st_size > LARGEST:
            return _too_large(folder, str(path))
        return Found(folder, path.read_bytes(), modified=int(status.st_mtime))
    except OSError as error:
        return _unreadable(folder, str(path), error.strerror or str(error))


def _tree(top: Path) -> Iterator[Found]:
    for place, below, names in os.walk(top):
        below.sort()
        folder = folder_name(list(Path(place).relative_to(top).parts))
        for name in sorted(names):
            path = os.path.join(place, name)  # noqa: PTH118 - ten times as quick, which counts for 100,000 files
            mode = os.lstat(path).st_mode
            if _is_eml(name) and stat.S_ISREG(mode):
                yield _file(Path(path), folder)
            elif stat.S_ISREG(mode):
                yield Found(folder, None)


def _is_eml(name: str) -> bool:
    """Whether a file is a mail by its name; those that begin with `._` are notes that macOS leaves beside files."""
    return name.lower().endswith(".eml") and not name.startswith("._")


def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() and any((path / name).is_dir() for name in ("new", "tmp"))


def _maildir(top: Path) -> Iterator[Found]:
    """A Maildir and, as Maildir++, its `.Sub.Folder` subfolders."""
    for place in [top, *sorted(p for p in top.iterdir() if p.name.startswith(".") and (p / "cur").is_dir())]:
        folder = "" if place == top else folder_name(place.name[1:].split("."))
        for sub in ("cur", "new"):
            for path in sorted((place / sub).glob("*")) if (place / sub).is_dir() else ():
                if path.is_symlink() or not path.is_file() or path.name.startswith("."):
                    continue
                found = _file(path, folder)
                flags = Flag(0)
                for letter in path.name.rpartition(":2,")[2] if ":2," in path.name else "":
                    flags |= _MAILDIR.get(letter, Flag(0))
                yield Found(folder, found.raw, flags, found.modified, found.error)


def _zip(path: Path) -> Iterator[Found]:
    """The `.eml` files of an archive; names are only split into folders, never used as paths on this machine."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield _entry(archive, entry)
    except zipfile.BadZipFile as error:
        yield _unreadable("", str(path), str(error))


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Found:
    *parts, name = entry.filename.replace("\\", "/").split("/")
    folder = folder_name(parts)
    if not _is_eml(name):
        return Found(folder, None)
    limit = min(LARGEST, max(SMALL, entry.compress_size * DENSEST))
    if entry.file_size > limit:
        return _too_large(folder, clean_line(entry.filename))
    try:
        with archive.open(entry) as stream:
            pieces = []
            while piece := stream.read(CHUNK):
                pieces.append(piece)
                limit -= len(piece)
                if limit < 0:
                    return _too_large(folder, clean_line(entry.filename))
        return Found(folder, b"".join(pieces))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        # Damaged, encrypted, or packed in a way that Python does not know.
        return _unreadable(folder, clean_line(entry.filename), str(error))


def _mbox(path: Path) -> Iterator[Found]:
    """The mails of an mbox (RFC 4155; `>From ` lines of mboxrd are unquoted). A file that is none gives one `None`."""
    try:
        with path.open("rb") as stream:
            if stream.read(5) != b"From ":
                yield Found("", None)
                return
            _rest_of_line(stream)
            yield from _mails(stream, str(path))
    except OSError as error:
        yield _unreadable("", str(path), error.strerror or str(error))


def _rest_of_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(CHUNK)) and not piece.endswith(b"\n"):
        continue


def _mails(stream: BinaryIO, name: str) -> Iterator[Found]:
    lines: list[bytes] = []
    size = 0
    whole = True
    blank = False
    while line := stream.readline(CHUNK):
        if blank and whole and line.startswith(b"From "):
            if not line.endswith(b"\n"):
                _rest_of_line(stream)
            yield _of_mbox(lines) if size <= LARGEST else _too_large("", name)
            lines, size, blank = [], 0, False
            continue
        blank = whole and line in (b"\n", b"\r\n")
        whole = line.endswith(b"\n")
        size += len(line)
        if size <= LARGEST:
            lines.append(line)
        else:
            lines.clear()
    yield _of_mbox(lines) if size <= LARGEST else _too_large("", name)


def _of_mbox(lines: list[bytes]) -> Found:
    if lines and lines[-1] in (b"\n", b"\r\n"):
        lines = lines[:-1]
    raw = b"".join(lines)
    if b">From " in raw:
        raw = _QUOTED_FROM.sub(rb"\1", raw)
    head = re.split(rb"\r?\n\r?\n", raw[:65536], maxsplit=1)[0]
    flags = Flag(0)
    for letters in _STATUS_LINE.findall(head):
        for letter in letters.decode("ascii").upper():
            flags |= _STATUS.get(letter, Flag(0))
    return Found("", raw, flags)
