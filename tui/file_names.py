"""Completing the names of files and folders of this machine while they are typed."""

from __future__ import annotations

import os
from pathlib import Path

MOST = 200
"""Names that are offered."""


def complete_file(text: str) -> list[str]:
    """The paths that `text` may become, folders with a slash at their end; of several with commas between, the last."""
    found = _complete(text, folders_only=False)
    before, comma, last = text.rpartition(",")
    if found or not comma:
        return found
    blanks = last[: len(last) - len(last.lstrip())]
    return [f"{before},{blanks}{one}" for one in _complete(last.lstrip(), folders_only=False)]


def complete_folder(text: str) -> list[str]:
    """The folders that `text` may become."""
    return _complete(text, folders_only=True)


def path_typed(text: str) -> Path:
    """The path that somebody typed, `~` being a home; that of a user who does not exist stays as it is."""
    path = Path(text.strip())
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def folder_typed(text: str) -> Path | None:
    """The folder that somebody typed; None where there is none."""
    path = path_typed(text)
    try:
        return path if text.strip() and path.is_dir() else None
    except OSError:  # the name is too long for one
        return None


def files_named(text: str) -> tuple[list[Path], str]:
    """The files that a line names, and what of it names none: one path, several with commas between, or with `*` and `?`."""
    text = text.strip()
    whole = path_typed(text)
    if not text or _is_file(whole):
        return ([whole] if text else []), ""
    if set(text) & set("*?["):
        import glob

        found = sorted(path for path in map(Path, glob.glob(str(whole))) if _is_file(path))  # noqa: PTH207
        if found:
            return found, ""
    if "," not in text:
        return [], text
    files: list[Path] = []
    for part in text.split(","):
        some, missing = files_named(part)
        if missing:
            return [], missing
        files += some
    return files, ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long for one
        return False


def _complete(text: str, *, folders_only: bool) -> list[str]:
    head, slash, beginning = text.rpartition("/")
    folder = path_typed(head + slash or ".")
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
    except (OSError, ValueError):
        return []
    return sorted(found, key=str.casefold)[:MOST]
