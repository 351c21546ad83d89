"""The list of tables (sqlite_schema) of a damaged store, put back: without it none of its rows is found.

Stores of one schema have their tables at the same pages, the roots, since these are given out in the order of the schema and
none of them moves (https://sqlite.org/fileformat2.html §1.8: with auto-vacuum the roots come first). So a new store knows where
the tables of the old one are, provided that whatever is left of the old list says the same.
"""

from __future__ import annotations

import contextlib
import mmap
import re
import shutil
from pathlib import Path

import apsw

from core.store.database import Database

_HEAD = 100
"""Bytes of the file's header, before the node of the list on the first page."""
_INTERIOR, _LEAF = 5, 13
"""Kinds of a table's nodes."""
_ENTRY = re.compile(rb"table([a-z_]+)\1(.{1,4}?)CREATE TABLE \1\b", re.DOTALL)
"""Of a row of the list: name, page in big-endian bytes."""


def is_lost(path: Path) -> bool:
    """Whether the list of a store cannot be read to its end."""
    with contextlib.closing(apsw.Connection(str(path))) as store:
        try:
            store.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        except (apsw.CorruptError, apsw.NotADBError):
            return True
        except apsw.Error:
            return False  # it is no store at all, or not to be read just now
    return False


def put_back(old: apsw.Connection, new: Database, fresh: Path, copy: Path) -> bool:
    """Make a copy of a damaged store with the list of tables of a new one, whose file is `fresh`; it is only good for reading.

    Whether that can be: False for a store of another version, or whose tables lie elsewhere. Raises apsw.FullError.
    """
    with contextlib.suppress(FileNotFoundError):
        copy.unlink()
    target, headless = apsw.Connection(str(copy)), False
    try:
        with target.backup("main", old, "main") as all_pages:
            all_pages.step()
    except apsw.NotADBError:
        headless = True
    except apsw.IOError:
        return False  # a part of the disk cannot be read
    finally:
        target.close()
    if headless:
        _copy_files(Path(old.filename), copy)
    told = _told(copy)
    roots: dict[str, int] = dict(new.read("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"))
    if not told or any(roots.get(name) != page for name, page in told.items() if name in roots):
        return False
    new.checkpoint()
    if headless:
        _set_head(fresh, copy)
    return _version(copy) == int(new.value("PRAGMA user_version")) and _transplant(fresh, copy)


def _copy_files(path: Path, copy: Path) -> None:
    for end in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path.with_name(path.name + end), copy.with_name(copy.name + end))


def _set_head(fresh: Path, copy: Path) -> None:
    """Give a copy whose first page is lost that of a new store, and then what its write-ahead log has."""
    with fresh.open("rb") as source, copy.open("r+b") as target:
        size = _page_size(source.read(_HEAD))
        source.seek(0)
        first = bytearray(source.read(size))
        first[28:32] = (target.seek(0, 2) // size).to_bytes(4, "big")
        first[92:96] = first[24:28]  # the number of pages is believed then
        target.seek(0)
        target.write(first)
    with contextlib.closing(apsw.Connection(str(copy))) as whole:
        whole.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def _version(file: Path) -> int:
    with file.open("rb") as opened:
        return int.from_bytes(opened.read(_HEAD)[60:64], "big")


def _told(file: Path) -> dict[str, int]:
    """The pages of tables as the rest of the list has them, wherever in the file that is."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return {found[1].decode(): int.from_bytes(found[2], "big") for found in _ENTRY.finditer(data)}


def _page_size(head: bytes) -> int:
    return int.from_bytes(head[16:18], "big")


def _transplant(fresh: Path, copy: Path) -> bool:
    """The list of a new store, its leaves as new pages at the end of the copy. False where it has more than two levels."""
    with fresh.open("rb") as source, copy.open("r+b") as target:
        size = _page_size(source.read(_HEAD))
        source.seek(0)
        node = bytearray(source.read(size))
        head = bytearray(target.read(_HEAD))
        pages = (target.seek(0, 2) + size - 1) // size
        children = _children(node)
        for number, at in enumerate(children, pages + 1):
            source.seek((int.from_bytes(node[at : at + 4], "big") - 1) * size)
            leaf = source.read(size)
            if leaf[0] != _LEAF:
                return False
            target.seek((number - 1) * size)
            target.write(leaf)
            node[at : at + 4] = number.to_bytes(4, "big")
        head[18:20] = b"\x01\x01"  # no write-ahead log belongs to it
        head[28:32] = (pages + len(children)).to_bytes(4, "big")
        head[92:96] = head[24:28]
        target.seek(0)
        target.write(head + node[_HEAD:])
    return True


def _children(node: bytearray) -> list[int]:
    """Where the first page of a file names the pages below it (https://sqlite.org/fileformat2.html §1.6)."""
    if node[_HEAD] != _INTERIOR:
        return []
    cells = int.from_bytes(node[_HEAD + 3 : _HEAD + 5], "big")
    pointers = range(_HEAD + 12, _HEAD + 12 + 2 * cells, 2)
    return [*(int.from_bytes(node[at : at + 2], "big") for at in pointers), _HEAD + 8]
