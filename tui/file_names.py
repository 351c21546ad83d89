"""Completing the names of files and folders of this machine while they are typed."""

from __future__ import annotations

import os
from pathlib import Path

MOST = 200


def complete_file(text: str) -> list[str]:
    """The paths that `text` may become, folders with a slash at their end."""
    return _complete(text, folders_only=False)


def complete_folder(text: str) -> list[str]:
    """The folders that `text` may become."""
    return _complete(text, folders_only=True)


def _complete(text: str, *, folders_only: bool) -> list[str]:
    head, slash, beginning = text.rpartition("/")
    folder = Path(head + slash or ".").expanduser()
    found: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith(beginning) or (entry.name.startswith(".") and not beginning):
                    continue
                if entry.is_dir():
                    found.append(f"{head}{slash}{entry.name}/")
                elif not folders_only:
                    found.append(f"{head}{slash}{entry.name}")
    except OSError:
        return []
    return sorted(found, key=str.casefold)[:MOST]
