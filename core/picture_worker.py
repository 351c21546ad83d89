"""The process behind `core.pictures`: images in, made small, out (`core.side_process`). Pillow is loaded here and nowhere else.

A question is MessagePack of (data, width, height, form, background), an answer of (width, height, original width, original
height, frames, data), or of an error's id. Bombs meet bounds of memory, of pixels before anything is unpacked, and of time.
"""

from __future__ import annotations

import resource
import struct
import sys
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from core import side_process

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY = 600 * 1024 * 1024
"""Bytes of address space, of which the libraries take a part."""
SECONDS = 20
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""What mail holds. The readers of rare formats are rarely looked at by anybody but attackers."""

_ORIENTATION = 0x0112
"""The EXIF tag of how the camera was held."""
_TURNS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90",
}  # fmt: skip
_SIDEWAYS = (5, 6, 7, 8)

Question = tuple[bytes, int, int, str, tuple[int, int, int]]
Answer = tuple[int, int, int, int, int, bytes] | str


def main() -> None:
    """Serve until standard input ends."""
    side_process.guard()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer each question from `source` on `sink`."""
    import msgspec

    def answer(question: bytes) -> bytes:
        return msgspec.msgpack.encode(made_small(*msgspec.msgpack.decode(question, type=Question)))

    side_process.serve(answer, source, sink)


def made_small(data: bytes, width: int, height: int, form: str, background: tuple[int, int, int]) -> Answer:
    """An image within so many pixels as `rgb` (3 bytes a pixel), `png`, `sixel` or `file`; else the id of what is wrong with it.

    `file`: as it may be sent, a JPEG where it was one, else a PNG whose holes stay.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        return "picture-no-pillow"
    Image.MAX_IMAGE_PIXELS = None  # counted here, with JPEG's own way of reading less
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            whole = image.size
            if image.format == "JPEG":
                image.draft("RGB", (max(width, 1), max(height, 1)))
            if image.size[0] * image.size[1] > MOST_PIXELS:
                return "picture-too-large"
            frames = int(getattr(image, "n_frames", 1)) if image.format != "GIF" else 1
            small = _small(image, width, height, None if form == "file" else background)
            return (*small.size, *whole, frames, _encoded(small, "jpeg" if form == "file" and image.format == "JPEG" else form))
    except UnidentifiedImageError:
        return "picture-unknown"
    except MemoryError:
        return "picture-too-large"
    except (
        OSError, ValueError, SyntaxError, EOFError, ArithmeticError, TypeError, LookupError, AttributeError, struct.error
    ):  # fmt: skip
        return "picture-damaged"  # Pillow raises all of these for files that are not right


def _small(image: Image, width: int, height: int, background: tuple[int, int, int] | None) -> Image:
    import PIL.Image

    turned = image.getexif().get(_ORIENTATION, 1)
    factor = max(min(image.size[0] // (2 * max(width, 1)), image.size[1] // (2 * max(height, 1))), 1)
    has_holes = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if factor > 1 and image.mode in ("RGB", "RGBA", "L", "LA"):
        image = image.reduce(factor)
    image = image.convert("RGBA" if has_holes else "RGB")
    if turned in _SIDEWAYS:
        width, height = height, width
    image.thumbnail((max(width, 1), max(height, 1)), PIL.Image.Resampling.LANCZOS)
    if turned in _TURNS:  # now that it is small: a copy of the whole is memory
        image = image.transpose(PIL.Image.Transpose[_TURNS[turned]])
    if not has_holes or background is None:
        return image
    ground = PIL.Image.new("RGBA", image.size, (*background, 255))
    ground.alpha_composite(image)
    return ground.convert("RGB")


def _encoded(image: Image, form: str) -> bytes:
    if form == "jpeg":
        sink = BytesIO()
        image.convert("RGB").save(sink, "JPEG", quality=85, optimize=True)
        return sink.getvalue()
    if form in ("png", "file"):
        sink = BytesIO()
        image.save(sink, "PNG", compress_level=6)
        return sink.getvalue()
    if form == "sixel":
        from core.sixel import sixel

        flat = image.quantize(255)
        palette = (flat.getpalette() or [])[: 255 * 3]
        return sixel(flat.tobytes(), *flat.size, bytes(palette))
    return image.tobytes()


if __name__ == "__main__":
    main()
