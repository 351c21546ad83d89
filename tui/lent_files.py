"""Files lent to other programs: in a private folder, mode 0600, gone when Correio ends or, after a crash, at its next loan."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from core.attachment import safe_name, save
from core.errors import StoreError

_PREFIX = "lent-"


class LentFiles:
    """The folder of this process."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._folder: Path | None = None

    def lend(self, data: bytes, name: str, template: str = "") -> Path:
        """A file with these bytes in a folder of its own, under the safe form of its name. Raises `StoreError`."""
        name = safe_name(name)
        if template:
            before, _, after = template.partition("%s")
            name = name if name.startswith(before) and name.endswith(after) else f"{before}{Path(name).stem}{after}"
        try:
            place = Path(tempfile.mkdtemp(dir=self._make_folder()))
        except OSError as error:
            raise StoreError("cannot-save", file=name, answer=error.strerror or str(error)) from error
        return save(data, place, name)

    def take_back(self, path: Path) -> None:
        """The program has ended: the file goes."""
        shutil.rmtree(path.parent, ignore_errors=True)

    def close(self) -> None:
        """All files go."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _make_folder(self) -> Path:
        if self._folder is None:
            self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
            folder = self._cache / f"{_PREFIX}{os.getpid()}"
            folder.mkdir(mode=0o700, exist_ok=True)
            self._folder = folder
        return self._folder

    def _sweep(self) -> None:
        """What a process that is gone has left."""
        for folder in self._cache.glob(f"{_PREFIX}*"):
            number = folder.name.removeprefix(_PREFIX)
            if number.isdigit() and not _lives(int(number)):
                shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        return True
    return False
