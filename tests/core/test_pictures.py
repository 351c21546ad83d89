"""Images are made small in a process of its own, which bombs cannot leave."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import CorreioError
from core.pictures import PictureWorker
from core.sixel import sixel
from tests.pictures import png, png_bomb, stripes

pytest.importorskip("PIL", reason="Pillow is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="bounds of processes")


@pytest.fixture(scope="module")
def worker() -> Iterator[PictureWorker]:
    made = PictureWorker()
    yield made
    made.close()


def refused(worker: PictureWorker, data: bytes) -> str:
    with pytest.raises(CorreioError) as caught:
        worker.fit(data, 100, 100, "rgb")
    return caught.value.id


def test_an_image_is_made_to_fit(worker: PictureWorker) -> None:
    picture = worker.fit(png(400, 200), 100, 100, "rgb")
    assert (picture.width, picture.height, picture.whole, picture.frames) == (100, 50, (400, 200), 1)
    assert picture.data == b"\xff\x00\x00" * 5000
    small = worker.fit(png(3, 2), 100, 100, "rgb")
    assert (small.width, small.height) == (3, 2), "nothing is blown up"


def test_as_png_and_as_sixels(worker: PictureWorker) -> None:
    assert worker.fit(stripes(40, 40), 20, 20, "png").data.startswith(b"\x89PNG")
    data = worker.fit(stripes(40, 40), 20, 20, "sixel").data
    assert data.startswith(b'0;1q"1;1;20;20') and all(32 < byte < 127 for byte in data)
    assert data.count(b"-") == 4, "bands of six rows"


def test_sixels_one_by_one() -> None:
    pixels = bytes((0, 1, 0, 0, 0, 0, 0, 0)) * 3
    made = sixel(pixels, 8, 3, bytes((0, 0, 0, 255, 0, 0)))
    # Bits 0 to 2: ? + 7 = F; six equal ones are counted.
    assert made == b'0;1q"1;1;8;3#0;2;0;0;0#1;2;100;0;0#0F?!6F$#1?F$-'


def test_what_is_no_image(worker: PictureWorker) -> None:
    assert refused(worker, b"no image") == "picture-unknown"
    assert refused(worker, b"") == "picture-unknown"
    assert refused(worker, png(50, 50)[:80]) in ("picture-damaged", "picture-unknown")
    assert refused(worker, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n") == "picture-unknown", "no rare formats"


def test_bombs(worker: PictureWorker) -> None:
    assert refused(worker, png(10, 10, claim=(60_000, 60_000))) == "picture-too-large"
    bomb = png_bomb(6_300)  # about the largest that is read: 160 MB in memory
    assert len(bomb) < 1_000_000
    peak = 0
    worker.fit(bomb, 100, 100, "rgb")
    process = worker._side.process
    assert process is not None
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if Path("/proc").exists() else ():
        if line.startswith("VmHWM"):
            peak = int(line.split()[1])
    assert peak < 300_000, "kilobytes"


def test_the_next_image_after_one_that_ended_the_process(worker: PictureWorker) -> None:
    worker.fit(png(2, 2), 10, 10, "rgb")
    process = worker._side.process
    assert process is not None
    process.kill()
    process.wait()
    assert worker.fit(png(2, 2), 10, 10, "rgb").width == 2
