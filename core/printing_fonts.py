"""Fonts of this machine for paper: which file has which sign. Looked for only when something is printed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts",
    "/System/Library/Fonts", "~/Library/Fonts",
)  # fmt: skip
MOST_FILES = 5_000
# Fixed width first, then what has many signs; of the last ones the letters are as they come.
_WANTED = (
    "dejavusansmono.ttf", "liberationmono-regular.ttf", "notosansmono-regular.ttf", "freemono.ttf", "menlo.ttc",
    "notosansmonocjk", "notosanscjk", "sourcehansans", "wqy", "droidsansfallback", "ipag", "vl-gothic", "pingfang",
    "hiragino", "unifont", "dejavusans.ttf", "notosansarabic-regular", "notosanshebrew-regular", "notosansdevanagari-regular",
    "notosansthai-regular", "freesans.ttf", "notoemoji-regular", "notosanssymbols", "symbola", "arial unicode",
)  # fmt: skip


class Font:
    """A font file; `covers` reads it when it is first asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def signs(self) -> frozenset[int]:
        """The code points that it has outlines for; none where it cannot be used."""
        from fontTools.ttLib import TTFont, TTLibError

        try:
            with TTFont(self.path, fontNumber=0, lazy=True) as font:
                found = font.getBestCmap() if "glyf" in font else None
                return frozenset(found or ())
        except (TTLibError, OSError, KeyError, ValueError, AssertionError):
            return frozenset()


def fonts(folders: tuple[str, ...] = FOLDERS) -> list[Font]:
    """The fonts that are worth looking into, the best first."""
    found: dict[int, Path] = {}
    for path in _files(folders):
        name = path.name.lower()
        rank = next((n for n, wanted in enumerate(_WANTED) if name.startswith(wanted)), None)
        if rank is not None:
            found.setdefault(rank, path)
    return [Font(found[rank]) for rank in sorted(found)]


def _files(folders: tuple[str, ...]) -> Iterator[Path]:
    count = 0
    for folder in folders:
        for top, inner, names in os.walk(Path(folder).expanduser()):
            inner.sort()
            for name in sorted(names):
                if name.lower().endswith((".ttf", ".ttc", ".otf")):
                    yield Path(top) / name
                    count += 1
                    if count == MOST_FILES:
                        return
