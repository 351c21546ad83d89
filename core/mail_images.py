"""*Mail images*: the images that were put into mail, each kept once by its bytes, so that no draft or signature loses one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from core.attachment import safe_name
from core.draft import ComposeError, Draft, InlineImage
from core.image_tidying import FOLDER, SOURCES, sources_in
from core.picture_privacy import without_metadata
from core.private_file import locked, write_private
from core.rich_text import image_name, local_images, read_image


class MailImages:
    """The folder of one user. `bare`: images tell nothing of where, when and with what they were taken."""

    def __init__(self, state: Path, *, bare: bool = True) -> None:
        self.folder = state / FOLDER
        self.bare = bare

    def keep(self, data: bytes, name: str, *, another: bool = False) -> Path:
        """Where these bytes are kept; they are written if they are new. `another`'s stay as they are. Raises OSError."""
        data = without_metadata(data) if self.bare and not another else data
        digest = hashlib.sha256(data).hexdigest()[:24]
        known = next(self.folder.glob(f"{digest}-*"), None)
        if known is not None and known.stat().st_size == len(data):
            known.touch()
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
            path = self.keep(whole.data or b"", whole.name, another=one.ref.startswith("cid:"))
            if one.data is None:
                self._remember(one.path, path.name)
        except (ComposeError, OSError):
            known = self.folder / sources_in(self.folder).get(one.path, ".")
            if one.data is None and known.is_file():
                return _at(one, known)
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

    def _remember(self, ref: str, name: str) -> None:
        """A signature names its logo by path: it is found again here when the file there has gone."""
        if sources_in(self.folder).get(ref) == name:
            return
        with locked(self.folder / SOURCES):  # the engine tidies it, another composer adds to it
            write_private(self.folder / SOURCES, json.dumps(sources_in(self.folder) | {ref: name}).encode())


def _at(one: InlineImage, path: Path) -> InlineImage:
    """The image as it is kept."""
    whole = read_image(InlineImage(one.ref, one.name, path=str(path)))
    return InlineImage(one.ref, whole.name, whole.type, str(path))
