"""An editor of one's own on a draft: a private file, and what is in it survives whatever happens to either program."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from core.editor_text import from_editor_text

if TYPE_CHECKING:
    from core.settings import Settings
    from core.store.database import Database

NAME = "editing-{process}-{draft}"
FILE = "message.eml"


def editor_command(setting: str) -> list[str]:
    """The words of the editor's command: the setting, else $VISUAL or $EDITOR; none when nobody names one."""
    return shlex.split(setting or os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")


def edit(command: list[str], text: str, state: Path, draft: int, suspended: AbstractContextManager[object]) -> str | None:
    """Let the editor have the text; what it is afterwards, or None when the editor could not be run or gave up.

    A file with nothing left in it, not even the names of the headers, is no mail that somebody meant (a full disk, say).

    The file lies in a folder of its own below `state` until the editor has ended: `recover` finds what a crash left.
    """
    folder = state / NAME.format(process=os.getpid(), draft=draft)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    try:
        with suspended:
            try:
                status = subprocess.run([*command, str(path)], check=False).returncode
            except OSError:
                return None
        edited = path.read_text("utf-8", errors="replace") if path.exists() else text
        if not edited.strip():
            return None
        # An editor that a lost line has ended has failed, and what it had written counts all the same.
        return edited if status == 0 or edited != text else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def recover(db: Database, settings: Settings, state: Path) -> int:
    """Take what editors had written when Correio was killed into the drafts they were begun from; how many."""
    from core import drafting
    from core.draft import Draft
    from core.errors import NotFound
    from core.store import drafts

    found = 0
    for folder in sorted(state.glob(NAME.format(process="*", draft="*"))):
        _word, process, number = folder.name.split("-")
        if _runs(process):
            continue
        path = folder / FILE
        if path.is_file():
            text = path.read_text("utf-8", errors="replace")
            try:
                known = Draft.from_json(drafts.get(db, int(number)).data)
                id: int | None = int(number)
            except NotFound:
                known, id = Draft(), None
            edited = from_editor_text(text, known)
            if edited != known and not edited.empty:
                drafting.save(db, settings, edited, id)
                found += 1
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _runs(process: str) -> bool:
    """Whether a process with this number is alive."""
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
