"""What is in archives: names and sizes, whatever they claim, and nothing unpacked onto the disk."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile

import pytest

from core import archive, unpacking
from core.archive import Archive, Packed, read_archive
from core.errors import CorreioError
from core.unpacking import Unpacked, unpack


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


def entry(found: Archive, name: str) -> Packed:
    return next(one for one in found.entries if one.name == name)


def refused(data: bytes, wanted: list[Packed]) -> str:
    with pytest.raises(CorreioError) as raised:
        unpack(data, wanted)
    return raised.value.id


FILES = {"a/one.txt": b"1" * 700, "a/big": bytes(range(256)) * 4000, "empty": b"", "../up": b"leads out"}


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_files_come_out_one_by_one_and_together(mode: str) -> None:
    data = zipped(FILES) if mode == "zip" else tarred(FILES, mode)
    found = read_archive(data)
    for name, content in FILES.items():
        assert unpack(data, [entry(found, name)]) == [Unpacked(content)]
    backwards = list(found.entries)[::-1]
    assert [one.data for one in unpack(data, backwards)] == [FILES[one.name] for one in backwards]


def test_a_zip_of_every_packing_and_with_something_in_front() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packer:
        for n, method in enumerate((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)):
            packer.writestr(str(n), FILES["a/big"], method)
    data = b"MZ some program" * 50 + made.getvalue()
    entries = read_archive(data).entries
    assert [one.data for one in unpack(data, entries[:3])] == [FILES["a/big"]] * 3
    assert refused(data, [entries[3]]) == "packed-unknown"


def test_what_cannot_be_had_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(zipped({"one": b"1" * 9000}))
    directory = data.rfind(b"PK\x01\x02")
    struct.pack_into("<H", data, directory + 8, 1)
    assert refused(bytes(data), list(read_archive(bytes(data)).entries)) == "packed-locked"
    links = tarred({"link->": b"", "one": b"1" * 9000})
    assert refused(links, [entry(read_archive(links), "link")]) == "packed-link"
    monkeypatch.setattr(unpacking, "MOST_TOGETHER", 10_000)
    one = entry(read_archive(links), "one")
    assert unpack(links, [one])[0].data == b"1" * 9000 and refused(links, [one, one]) == "packed-too-large"
    monkeypatch.setattr(unpacking, "LARGEST", 8000)
    assert refused(links, [one]) == "packed-too-large"


@pytest.mark.parametrize("claim", [10, 4_000_000])
def test_the_size_that_a_zip_claims_is_a_bound_and_no_promise(claim: int) -> None:
    data = bytearray(zipped({"zeros": bytes(2_000_000)}))
    struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 24, claim)
    (found,) = unpack(bytes(data), read_archive(bytes(data)).entries)
    assert found.damaged and found.data == bytes(min(claim, 2_000_000))


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_of_what_is_damaged_comes_what_can_be_had(mode: str) -> None:
    files = {**FILES, "a/big": bytes(range(256)) * 40}
    data = zipped(files) if mode == "zip" else tarred(files, mode)
    wanted = list(read_archive(data).entries)
    for at in range(0, len(data), max(len(data) // 30, 1)):
        changed = bytearray(data)
        changed[at] ^= 0xFF
        for one in wanted:
            try:
                (found,) = unpack(bytes(changed), [one])
            except CorreioError as error:
                assert error.id == "packed-damaged"
            else:
                assert len(found.data) <= one.size and (found.damaged or mode != "zip" or found.data == files[one.name])
