"""Photos among files that go with a mail: those that tell too much, and copies of them that do not."""

from __future__ import annotations

import mimetypes
from collections.abc import Collection, Sequence
from pathlib import Path

from core.draft import Attachment
from core.errors import StoreError
from core.mail_images import MailImages
from core.picture_privacy import photo_tells

PHOTOS = frozenset(("image/jpeg", "image/png", "image/webp"))


def telling(paths: Sequence[Path], photo_data: str) -> list[Path]:
    """The photos that the setting `compose.photo_data` is about: `remove`: those that tell anything, `ask`: where they were
    taken, `keep`: none."""
    return [] if photo_data == "keep" else [path for path in paths if _tells(path, at_all=photo_data == "remove")]


def attached(paths: Sequence[Path], bare: Collection[Path], images: MailImages, *, link: bool = False) -> tuple[Attachment, ...]:
    """The files as they are attached, in place of those in `bare` copies without place, time and camera. Raises StoreError
    `image-not-kept`."""
    found = []
    for path in paths:
        kept = path.absolute()
        if path in bare:
            try:
                kept = images.keep(path.read_bytes(), path.name)
            except OSError as error:
                raise StoreError("image-not-kept", file=path.name, answer=error.strerror or str(error)) from error
        found.append(Attachment(name=path.name, path=str(kept), link=link))
    return tuple(found)


def kind_of(path: Path) -> str:
    """The type that the name tells; '' where it tells none."""
    return mimetypes.guess_type(path.name)[0] or ""


def _tells(path: Path, *, at_all: bool) -> bool:
    return kind_of(path) in PHOTOS and photo_tells(path, at_all=at_all)
