"""Giving a mail to another program: argument vector, no shell, the bytes on standard input."""

from __future__ import annotations

import shlex
import subprocess

from core.errors import CorreioError, UsageError

PATIENCE = 60.0
"""Seconds for the program."""
MOST = 1_000_000
"""Bytes of its answer that are kept."""


def not_run(program: str, error: OSError | ValueError) -> CorreioError:
    """Why a program could not be begun: `program-missing` (`program`), `program-failed` (`program`, `answer`)."""
    if isinstance(error, FileNotFoundError) and error.filename == program:
        return CorreioError("program-missing", program=program)
    return CorreioError("program-failed", program=program, answer=getattr(error, "strerror", None) or str(error))


def run_with(command: str, data: bytes) -> tuple[bytes, int]:
    """Run a command line typed by the user, split as a shell would but without one; what it wrote, and its status.

    Raises UsageError `bad-command-line` and CorreioError as `not_run`.
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
        raise not_run(argv[0], error) from error
    return done.stdout[:MOST], done.returncode
