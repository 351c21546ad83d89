"""Folders of tests with short names: the socket of an engine or of gpg-agent below them has about 100 bytes for its name."""

from __future__ import annotations

import tempfile
from pathlib import Path

LONGEST = 24
"""Characters of a temporary folder that leave enough; that of macOS has more."""


def short_folder(prefix: str) -> Path:
    """A new folder of one's own in the temporary folder, or in /tmp where that has a long name; who asks removes it."""
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix=prefix, dir=usual if len(usual) <= LONGEST else "/tmp"))
