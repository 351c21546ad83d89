"""Photos that are sent tell nothing of where, when and with what they were taken; the images that nobody needs go."""

from __future__ import annotations

import contextlib
import json
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.draft import MARKDOWN, Draft, Options
from core.image_tidying import KEPT, SOURCES, tidy_images
from core.mail_images import MailImages
from core.picture_privacy import photo_tells, tells_place, without_metadata
from core.picture_size import picture_size
from core.private_file import locked, write_private
from core.store import drafts
from core.store.database import Database
from tests.pictures import _chunk, png

HERE = b"Exif\0\0" + struct.pack(">2sHIHHHIHHHHIII", b"MM", 42, 8, 2, 0x0112, 3, 1, 6, 0, 0x8825, 4, 1, 26, 0) + b"GPS-SECRET"


def segment(kind: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(data) + 2) + data


def jpeg(*more: bytes, tail: bytes = b"") -> bytes:
    frame = segment(0xC0, struct.pack(">BHHB", 8, 9, 7, 1) + b"\1\x11\0")
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"bits\xff\x00bits\xff\xd0more"
    head = b"\xff\xd8" + segment(0xE0, b"JFIF\0") + b"".join(more) + segment(0xE2, b"ICC_PROFILE\0")
    return head + frame + scan + b"\xff\xd9" + tail


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


FLAGS = b"\x2c\0\0\0" + (6).to_bytes(3, "little") + (8).to_bytes(3, "little")
PHOTOS = {
    "jpeg": jpeg(segment(0xE1, HERE), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0XMP-SECRET"), segment(0xFE, b"SECRET"),
                 tail=b"\xff\xd8SECRET second\xff\xd9"),
    "png": png(7, 9)[:-12] + _chunk((b"eXIf", HERE[6:])) + _chunk((b"tEXt", b"Author\0SECRET")) + png(7, 9)[-12:],
    "webp": webp((b"VP8X", FLAGS), (b"VP8L", b"\x2f" + bytes(20)), (b"EXIF", HERE), (b"XMP ", b"XMP-SECRET!")),
}  # fmt: skip


@pytest.mark.parametrize("kind", PHOTOS)
def test_what_photos_tell_is_taken_out(kind: str) -> None:
    photo = PHOTOS[kind]
    bare = without_metadata(photo)
    assert tells_place(photo) and not tells_place(bare)
    assert b"SECRET" in photo and b"SECRET" not in bare
    assert picture_size(bare) == picture_size(photo)
    assert without_metadata(bare) == bare
    if kind == "jpeg":
        assert b"ICC_PROFILE" in bare and b"bits\xff\x00bits\xff\xd0more\xff\xd9" in bare
        assert bare.count(b"Exif") == 1, "how it is turned stays"
    if kind == "webp":
        assert bare[20] == 0x20 and struct.unpack_from("<I", bare, 4)[0] == len(bare) - 8


def test_exif_that_cannot_be_read_goes_too() -> None:
    bare = without_metadata(jpeg(segment(0xE1, HERE[:20] + b"SECRET")))
    assert b"Exif" not in bare and b"SECRET" not in bare


@given(st.sampled_from(sorted(PHOTOS)), st.integers(0, 250), st.binary(max_size=4))
def test_broken_images_stay_as_they_are(kind: str, at: int, noise: bytes) -> None:
    broken = PHOTOS[kind][:at] + noise + PHOTOS[kind][at + len(noise) :]
    tells_place(broken)
    assert len(without_metadata(broken)) <= len(broken)
    assert without_metadata(PHOTOS[kind][:at]) in (PHOTOS[kind][:at], without_metadata(without_metadata(PHOTOS[kind][:at])))


def test_images_are_kept_bare_and_go_when_nobody_needs_them(tmp_path: Path) -> None:
    images = MailImages(tmp_path)
    (tmp_path / "logo.jpg").write_bytes(PHOTOS["jpeg"])
    source = f"![logo]({tmp_path}/logo.jpg)"
    draft = images.kept(Draft(body=source, options=Options(format=MARKDOWN)))
    logo = Path(draft.images[0].path)
    assert b"SECRET" not in logo.read_bytes()
    assert b"SECRET" in MailImages(tmp_path, bare=False).keep(PHOTOS["jpeg"], "x").read_bytes()
    (tmp_path / "logo.jpg").unlink()
    again = images.kept(Draft(body=source, options=Options(format=MARKDOWN)))
    assert [Path(one.path) for one in again.images] == [logo], "a signature never loses its logo"
    used, unused = images.keep(png(3, 3), "used.png"), images.keep(png(4, 4), "unused.png")
    with contextlib.closing(Database(tmp_path / "store.db")) as db:
        kept, ref = images.put_in(Draft(options=Options(format=MARKDOWN)), png(3, 3), "used.png", "image/png")
        drafts.save(db, None, kept.to_json(), account=None, subject="", recipients="")
        settings = tmp_path / "settings.toml"
        settings.write_text(f'signature_rich = "{source}"\n')
        now = unused.stat().st_mtime
        unread = tmp_path / "unread.toml"
        unread.write_bytes(b"\xff" + settings.read_bytes())
        assert tidy_images(tmp_path, db, unread, now + KEPT + 100) == 0, "what cannot be read may name them all"
        assert ref == "used.png" and tidy_images(tmp_path, db, settings, now + KEPT - 5) == 0
        assert tidy_images(tmp_path, db, settings, now + KEPT + 100) == 2, "the unused one and the one with all it tells"
    assert used.exists() and logo.exists() and not unused.exists()


@pytest.mark.parametrize("kind", PHOTOS)
def test_a_file_is_looked_at_as_far_as_it_tells(tmp_path: Path, kind: str) -> None:
    photo = tmp_path / "photo"
    photo.write_bytes(PHOTOS[kind])
    assert photo_tells(photo) and photo_tells(photo, at_all=True)
    photo.write_bytes(without_metadata(PHOTOS[kind]))
    assert not photo_tells(photo) and not photo_tells(photo, at_all=True)
    photo.write_bytes(jpeg(segment(0xE1, HERE))[:120])
    assert photo_tells(photo), "what is behind is not read"
    for nothing in (b"", b"no image"):
        photo.write_bytes(nothing)
        assert not photo_tells(photo) and not photo_tells(photo, at_all=True)
    assert not photo_tells(tmp_path / "missing")


def test_what_two_programs_note_of_the_same_folder_is_kept(tmp_path: Path) -> None:
    images = MailImages(tmp_path)
    file = images.folder / SOURCES
    with locked(file):
        noting = threading.Thread(target=images._remember, args=("/logo.png", "mine"))
        noting.start()
        write_private(file, b'{"/other.png": "theirs"}')
    noting.join()
    assert json.loads(file.read_text()) == {"/logo.png": "mine", "/other.png": "theirs"}
