"""Mails in files: `.eml`, mbox, Maildir, zip archives, and folders of them; read one by one, whatever their size."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import NotFound
from core.flags import Flag

NO_FLAGS = Flag(0)
LARGEST = 200 * 1024 * 1024
"""Bytes of one mail that is taken in."""
_FROM_LINE = re.compile(rb"^From [^\r\n]*\r?\n", re.MULTILINE)
_MAILDIR = {"S": Flag.SEEN, "R": Flag.ANSWERED, "F": Flag.FLAGGED, "D": Flag.DRAFT, "P": Flag.FORWARDED}
_STATUS = {"R": Flag.SEEN, "A": Flag.ANSWERED, "F": Flag.FLAGGED}


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in a file, or a file that is none (`raw` is None)."""

    folder: str
    """Its folder below the one asked for, parts joined by `/`; '' for that one itself."""
    raw: bytes | None
    flags: Flag = NO_FLAGS
    modified: int | None = None
    """When the file was last changed, unix seconds: its received time where the mail tells none."""


def read_files(path: Path) -> Iterator[Found]:
    """Every mail below a path. NotFound `no-file`. A file that is no mail is given with `raw` None."""
    if path.is_dir():
        yield from _maildir(path) if (path / "cur").is_dir() else _tree(path)
    elif not path.is_file():
        raise NotFound("no-file", what="file", name=str(path))
    elif zipfile.is_zipfile(path):
        yield from _zip(path)
    elif path.suffix.lower() == ".eml":
        yield _file(path, "")
    else:
        yield from _mbox(path)


def _file(path: Path, folder: str) -> Found:
    status = path.stat()
    if status.st_size > LARGEST:
        return Found(folder, None)
    return Found(folder, path.read_bytes(), modified=int(status.st_mtime))


def _tree(top: Path) -> Iterator[Found]:
    for path in sorted(top.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        folder = "/".join(path.relative_to(top).parts[:-1])
        yield _file(path, folder) if path.suffix.lower() == ".eml" else Found(folder, None)


def _maildir(top: Path) -> Iterator[Found]:
    """A Maildir and, as Maildir++, its `.Sub.Folder` subfolders."""
    for place in [top, *sorted(p for p in top.iterdir() if p.name.startswith(".") and (p / "cur").is_dir())]:
        folder = "" if place == top else place.name[1:].replace(".", "/")
        for sub in ("cur", "new"):
            for path in sorted((place / sub).glob("*")) if (place / sub).is_dir() else ():
                letters = path.name.rpartition(":2,")[2] if ":2," in path.name else ""
                found = _file(path, folder)
                flags = Flag(0)
                for letter in letters:
                    flags |= _MAILDIR.get(letter, Flag(0))
                yield Found(folder, found.raw, flags, found.modified)


def _zip(path: Path) -> Iterator[Found]:
    """The `.eml` files of an archive; names are only split into folders, never used as paths on this machine."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            parts = [part for part in PurePosixPath(entry.filename.replace("\\", "/")).parts if part not in ("..", "/", ".")]
            folder = "/".join(parts[:-1])
            if not entry.filename.lower().endswith(".eml") or entry.file_size > LARGEST:
                yield Found(folder, None)
                continue
            with archive.open(entry) as stream:
                raw = stream.read(LARGEST + 1)
            yield Found(folder, raw if len(raw) <= LARGEST else None)


def _mbox(path: Path) -> Iterator[Found]:
    """The mails of an mbox (RFC 4155; `>From ` lines of mboxrd are unquoted). A file that is none gives one `None`."""
    with path.open("rb") as stream:
        if not _FROM_LINE.match(stream.readline()):
            yield Found("", None)
            return
        lines: list[bytes] = []
        blank = False
        for line in stream:
            if blank and line.startswith(b"From "):
                yield _of_mbox(lines)
                lines = []
            else:
                lines.append(line)
            blank = line.strip(b"\r\n") == b""
        yield _of_mbox(lines)


def _of_mbox(lines: list[bytes]) -> Found:
    if lines and lines[-1].strip(b"\r\n") == b"":
        lines = lines[:-1]
    raw = re.sub(rb"^>(>*From )", rb"\1", b"".join(lines), flags=re.MULTILINE)
    head = raw[:65536].split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0].decode("latin-1")
    flags = Flag(0)
    for letters in re.findall(r"^(?:X-)?Status:\s*([A-Z]*)", head, re.MULTILINE | re.IGNORECASE):
        for letter in letters:
            flags |= _STATUS.get(letter, Flag(0))
    return Found("", raw, flags)
