"""What a program took: seconds by the clock, seconds of the processor, memory at most."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.terminal.program import correio, environment

_told: set[str] = set()


@dataclass(frozen=True, slots=True)
class Spent:
    """One run of a program, its children that it waited for included."""

    seconds: float
    cpu: float
    """User and system seconds: what a busy machine changes least."""
    memory: float
    """MB resident, at most."""
    out: str = ""


def spend(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Spent:
    """Run a program to its end. Raises RuntimeError with what it said when it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=env, cwd=cwd)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begin
        out.seek(0)
        errors.seek(0)
        text = out.read().decode("utf-8", "replace")
        if process.returncode:
            said = errors.read().decode("utf-8", "replace")
            raise RuntimeError(f"{' '.join(command)}: status {process.returncode}\n{said}{text}")
    return Spent(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text)


def spend_correio(words: Sequence[str], home: Path) -> Spent:
    """Run a command of Correio, in its own process where no engine works for the home."""
    return spend(correio(*words), environment(home), home.parent)


def is_there(program: str) -> bool:
    """Whether a program to measure beside is installed; says once when it is not."""
    found = shutil.which(program) is not None
    if not found and program not in _told:
        _told.add(program)
        print(f"  {program} is not installed: nothing to measure beside", flush=True)
    return found
