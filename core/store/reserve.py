"""A file that holds room on the disk: on a full one even deleting needs some, and what the user writes must be kept."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

SIZE = 4 * 1024 * 1024
"""As much as a write-ahead log usually holds: with it the log can be folded into the file and begin anew."""
_AMPLE = 8 * SIZE
"""Free bytes from which on the file is made: before that, others need the room more."""


class Reserve:
    """`reserve` beside the store, mode 0600."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "reserve"

    def give_up(self) -> bool:
        """Make room; False when there is nothing (left) to give."""
        try:
            self.path.unlink()
        except OSError:
            return False
        return True

    def renew(self) -> bool:
        """Make the file where it is missing and there is ample room; whether it is there now. For idle moments."""
        if self.path.exists():
            return True
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        import shutil

        try:
            if shutil.disk_usage(self.path.parent).free < _AMPLE:
                return False
            handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                _fill(handle)
            finally:
                os.close(handle)
            part.replace(self.path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
            return False
        return True

    def disk_is_full(self) -> bool:
        """Whether next to nothing is free: what then fails as an input or output error is the full disk."""
        import shutil

        try:
            return shutil.disk_usage(self.path.parent).free < 256 * 1024
        except OSError:
            return False


def _fill(handle: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, SIZE)
        return
    for _ in range(SIZE // 65536):
        os.write(handle, os.urandom(65536))  # zeros would be compressed away by some file systems
