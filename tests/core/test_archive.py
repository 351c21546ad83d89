"""What is in archives: names and sizes, whatever they claim, and nothing unpacked onto the disk."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile

import pytest

from core import archive
from core.archive import Archive, read_archive


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip with these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packer:
        for name, data in files.items():
            packer.writestr(zipfile.ZipInfo(name, (2026, 11, 22, 10, 0, 0)), data)
    return made.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w", form: int = tarfile.GNU_FORMAT) -> bytes:
    """A tar with these files; names that end with `->` are links."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=form) as packer:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name.removesuffix("->"))
            info.mtime, info.size = 1_795_342_000, len(data)
            if name.endswith("->"):
                info.type, info.linkname, info.size = tarfile.SYMTYPE, "/etc/passwd", 0
            packer.addfile(info, io.BytesIO(data))
    return made.getvalue()


def names(found: Archive) -> list[str]:
    return [one.name for one in found.entries]


def test_a_zip_is_listed_from_its_directory() -> None:
    data = zipped({"notes/": b"", "notes/Grüße.txt": b"x" * 5000, "../../etc/cron.d/x": b"1", "\x1b[31mred\u202etxt.exe": b""})
    found = read_archive(data)
    assert found.whole and found.total == 4 and found.size == 5001 and not found.bomb
    assert names(found)[1] == "notes/Grüße.txt" and found.entries[1].size == 5000 and found.entries[1].date == "2026-11-22"
    assert [one.folder for one in found.entries] == [True, False, False, False]
    assert [one.leads_out for one in found.entries] == [False, False, True, False]
    assert "\x1b" not in names(found)[3] and "\u202e" not in names(found)[3]
    assert names(read_archive(b"MZ some program" * 50 + data)) == names(found), "what unpacks itself"


def test_what_a_zip_claims_is_told_and_not_believed() -> None:
    data = bytearray(zipped({"big": b"0" * 1000}))
    entry = data.rfind(b"PK\x01\x02")
    struct.pack_into("<H", data, entry + 8, 1)
    struct.pack_into("<I", data, entry + 24, 0xFFFFFFF0)
    found = read_archive(bytes(data))
    assert found.bomb and found.entries[0].locked
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", data, end + 8, 60_000, 60_000)
    found = read_archive(bytes(data))
    assert not found.whole and found.total < 60 and names(found) == ["big"]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_is_listed_packed_or_not(mode: str, form: int) -> None:
    long = "a folder with a name/" * 6 + "file.txt"
    found = read_archive(tarred({"one.txt": b"1" * 700, long: b"2" * 90_000, "../up": b"", "link->": b""}, mode, form))
    assert names(found) == ["one.txt", long, "../up", "link"] and found.whole
    assert [one.size for one in found.entries] == [700, 90_000, 0, 0]
    assert [one.leads_out for one in found.entries] == [False, False, True, True]
    assert found.entries[0].date == "2026-11-22"


def test_of_a_packed_tar_only_so_much_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(archive.MOST_UNPACKED, "gz", 1_000_000)
    found = read_archive(tarred({"small": b"1", "zeros": bytes(4_000_000), "behind": b""}, "w:gz"))
    assert names(found) == ["small", "zeros"] and not found.whole
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    found = read_archive(tarred({f"{n}.txt": b"" for n in range(5)}))
    assert len(found.entries) == 3 and not found.whole
    found = read_archive(zipped({f"{n}.txt": b"" for n in range(5)}))
    assert len(found.entries) == 3 and found.total == 5 and found.whole


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_what_is_damaged_ends_where_it_does(mode: str) -> None:
    files = {"a": b"1" * 600, "b": b"2"}
    data = zipped(files) if mode == "zip" else tarred(files, mode)
    for end in range(0, 64, 8):
        assert not read_archive(data[:end]).whole
    for at in range(0, len(data), max(len(data) // 60, 1)):
        changed = bytearray(data)
        changed[at] ^= 0xFF
        assert len(read_archive(bytes(changed)).entries) <= 2
