"""Giving a mail to another program: argument vector, no shell, the bytes on standard input."""

from __future__ import annotations

import shlex
import subprocess

from core.errors import CorreioError, UsageError

PATIENCE = 60.0
"""Seconds for the program."""
MOST = 1_000_000
"""Bytes of its answer that are kept."""


def run_with(command: str, data: bytes) -> tuple[bytes, int]:
    """Run a command line typed by the user, split as a shell would but without one; what it wrote, and its status.

    Raises UsageError `bad-command-line` and CorreioError `program-failed` (`program`, `answer`).
    """
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError("bad-command-line", text=command, answer=str(error)) from error
    if not argv:
        raise UsageError("bad-command-line", text=command, answer="")
    try:
        done = subprocess.run(
            argv, input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False,
            start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise CorreioError("program-failed", program=argv[0], answer="timeout") from error
    except (OSError, ValueError) as error:
        raise CorreioError("program-failed", program=argv[0], answer=str(error)) from error
    return done.stdout[:MOST], done.returncode
