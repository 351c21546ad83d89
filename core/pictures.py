"""Images made small enough to show, in a process of its own with bounds: no image can stop the screen or eat the memory."""

from __future__ import annotations

import threading
from typing import Literal

from msgspec import Struct

from core.errors import CorreioError
from core.side_process import Late, SideProcess

Form = Literal["rgb", "png", "sixel", "file"]
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that are looked at."""
SECONDS = 8.0
_MOST_ANSWER = 64 * 1024 * 1024


class Picture(Struct, frozen=True):
    """An image as it can be shown."""

    width: int
    """Pixels."""
    height: int
    whole: tuple[int, int]
    """Width and height of the file, pixels."""
    frames: int
    data: bytes
    """As asked for: three bytes a pixel, a PNG file, sixels, or a file to be sent."""


class PictureWorker:
    """Makes images small, one at a time; safe to use from several threads. The process starts with the first; `close` ends it."""

    def __init__(self) -> None:
        self._side = SideProcess("core.picture_worker", _MOST_ANSWER)
        self._lock = threading.Lock()

    def fit(self, data: bytes, width: int, height: int, form: Form, background: tuple[int, int, int] = (0, 0, 0)) -> Picture:
        """The image within so many pixels, on a background where it is transparent.

        Raises CorreioError `picture-unknown`, `picture-damaged`, `picture-too-large`, `picture-too-slow`,
        `picture-no-pillow`.
        """
        import msgspec

        from core.picture_worker import Answer

        if len(data) > LARGEST:
            raise CorreioError("picture-too-large")
        question = msgspec.msgpack.encode((data, width, height, form, background))
        with self._lock:
            try:
                said = msgspec.msgpack.decode(self._side.ask(question, SECONDS), type=Answer)
            except (Late, msgspec.DecodeError) as error:
                self._side.kill()
                slow = isinstance(error, Late) and error.slow
                raise CorreioError("picture-too-slow" if slow else "picture-damaged") from error
        if isinstance(said, str):
            raise CorreioError(said)
        return Picture(said[0], said[1], (said[2], said[3]), said[4], said[5])

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._side.kill()
