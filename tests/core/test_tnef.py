"""`winmail.dat` opened, also one that lies."""

from __future__ import annotations

import struct
import tarfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.message import part_bytes, read_message
from core.tnef import MOST_FILES, MOST_TEXT, SIGNATURE, TYPE, read_container, unpack_rtf
from tests.depth import examples
from tests.tnef_files import attribute, properties, property_, winmail, with_mail

RTF_HEAD = struct.pack("<II4sI", 99, 0xFFFFFFFF, b"LZFu", 0)
"""Of a compressed text that says it is four gigabytes."""


def test_files_and_their_long_names() -> None:
    found = read_container(winmail([("Übersicht für João.pdf", b"%PDF"), ("b.txt", b"two")]))
    assert [(one.name, one.data) for one in found.files] == [("Übersicht für João.pdf", b"%PDF"), ("b.txt", b"two")]
    assert not found.broken


def test_the_text_of_the_message() -> None:
    html = properties(property_(0x1013, 0x102, b"<p>hello"))
    found = read_container(winmail([("a", b"1")], attribute(0x0002800C, b"plain\0"), attribute(0x00069003, html)))
    assert [(one.name, one.type, one.data) for one in found.files[1:]] == [
        ("message.txt", "text/plain", b"plain"), ("message.html", "text/html", b"<p>hello"),
    ]  # fmt: skip


def test_a_mail_inside_is_a_container_of_its_own() -> None:
    data = winmail([("deep.txt", b"down here")])
    for _ in range(50):
        data = with_mail(data)
    for _ in range(50):
        (one,) = read_container(data).files
        assert (one.name, one.type) == ("a mail", TYPE)
        data = one.data
    assert read_container(data).files[0].data == b"down here"


def test_compressed_rtf() -> None:
    plain = b"MELA" + b"\0" * 4
    assert unpack_rtf(struct.pack("<II", 20, 5) + plain + b"{\\rtf and more") == b"{\\rtf"
    # The example of [MS-OXRTFCP] §4.1.
    example = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0")
    assert unpack_rtf(example) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"", SIGNATURE, SIGNATURE + b"\0" * 20, winmail([("a", b"1")])[:-20],
        winmail([("a", b"1")], attribute(0x0006800F, b"x", 2, length=0xFFFFFFFF)),
        winmail((), attribute(0x00069003, struct.pack("<I", 0xFFFFFFFF) + b"\x1e\x00" * 50)),
        winmail((), attribute(0x00069003, struct.pack("<IHHI", 1, 0x101E, 0x1000, 0xFFFFFFFF) + b"\0" * 5000)),
        winmail((), attribute(0x00069003, struct.pack("<IHH16sII", 1, 0x1E, 0x8000, b"", 1, 0xFFFFFFF0))),
        winmail((), attribute(0x00069003, properties(property_(0x1009, 0x102, RTF_HEAD + b"\xff" * 99)))),
        b"no container at all",
    ],
)  # fmt: skip
def test_lies_end_somewhere(data: bytes) -> None:
    begun = time.process_time()
    found = read_container(data)
    assert sum(len(one.data) for one in found.files) <= len(data) + MOST_TEXT
    assert time.process_time() - begun < 5


def test_bombs() -> None:
    """Ten thousand files; a text that says it is four gigabytes, and repeats itself."""
    many = b"".join(attribute(0x00069002, b"", 2) for _ in range(10_000))
    assert len(read_container(winmail((), many)).files) == MOST_FILES
    bomb = RTF_HEAD + (b"\xff" + b"\x00\x1f" * 8) * 100_000
    assert len(unpack_rtf(bomb)) <= MOST_TEXT


@settings(deadline=None, max_examples=examples(100))
@given(st.binary(max_size=300))
def test_anything(data: bytes) -> None:
    read_container(SIGNATURE + data)
    unpack_rtf(data)


def test_real_ones(corpora: Path) -> None:
    archive = corpora / "mails.tar.xz"
    if not archive.exists():
        pytest.skip("the mails are not here")
    names: dict[str, list[str]] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            if "/tnef/" not in member.name or not member.isfile():
                continue
            stream = tar.extractfile(member)
            assert stream is not None
            raw = stream.read()
            if raw[:4] != SIGNATURE:
                message = read_message(raw)
                raw = next((part_bytes(message, p.section) for p in message.parts if "tnef" in p.type), b"")
            names[Path(member.name).name] = [one.name for one in read_container(raw).files]
    assert names["two-files.tnef"] == ["AUTHORS", "README"]
    assert names["long-filename.tnef"][0] == "allproductsmar2000.dat"
    assert "kitten-playing-with-a-christmas-tree.jpg" in names["rich-text.eml"]
