"""*Mail images*: the images that were put into mail, each kept once by its bytes, so that no draft or signature loses one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from core.attachment import safe_name
from core.draft import ComposeError, Draft, InlineImage
from core.private_file import write_private
from core.rich_text import image_name, local_images, read_image

FOLDER = "mail-images"


class MailImages:
    """The folder of one user."""

    def __init__(self, state: Path) -> None:
        self.folder = state / FOLDER

    def keep(self, data: bytes, name: str) -> Path:
        """Where these bytes are kept; they are written if they are new. Raises OSError."""
        digest = hashlib.sha256(data).hexdigest()[:24]
        known = next(self.folder.glob(f"{digest}-*"), None)
        if known is not None and known.stat().st_size == len(data):
            return known
        path = self.folder / f"{digest}-{safe_name(name, 'image')}"
        write_private(path, data)
        return path

    def kept(self, draft: Draft) -> Draft:
        """The draft with all its images kept here; those that cannot be read (their path is half typed, say) stay as they are."""
        if not draft.rich:
            return draft
        images = {one.ref: one for one in draft.images}
        for ref in local_images(draft):
            images.setdefault(ref, InlineImage(ref, image_name(ref), path=ref))
        found = [self._kept(one) for one in images.values()]
        return replace(draft, images=tuple(one for one in found if one is not None))

    def _kept(self, one: InlineImage) -> InlineImage | None:
        if one.data is None and Path(one.path).parent == self.folder:
            return one
        try:
            whole = read_image(one)
            path = self.keep(whole.data or b"", whole.name)
        except (ComposeError, OSError):
            return one if one.data is not None else None
        return InlineImage(one.ref, whole.name, whole.type, str(path))

    def put_in(self, draft: Draft, data: bytes, name: str, type: str) -> tuple[Draft, str]:
        """The draft with one more image, and what stands for it in the Markdown: its name, made different from the others'.

        Raises OSError.
        """
        path = str(self.keep(data, name))
        known = {one.ref: one for one in draft.images}
        stem, ending, number = Path(name).stem, Path(name).suffix, 1
        ref = name
        while ref in known and known[ref].path != path:
            number += 1
            ref = f"{stem}-{number}{ending}"
        images = (*(one for one in draft.images if one.ref != ref), InlineImage(ref, name, type, path))
        return replace(draft, images=images), ref
