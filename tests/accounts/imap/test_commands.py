"""Every command that is said is one that imaplib lets through, whatever else is imported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import accounts.imap

SAID = re.compile(r'\.(?:run|send|_simple_command|run_all)\(\s*(?:\[\()?"([A-Z]+)"')


def test_imaplib_knows_every_command() -> None:
    """In a process of its own: other libraries, which tests use, teach imaplib further commands."""
    folder = Path(accounts.imap.__path__[0])
    said = {name for file in folder.glob("*.py") for name in SAID.findall(file.read_text())}
    assert {"IDLE", "UID", "NOTIFY"} <= said
    code = f"import imaplib, accounts.imap.account; print(sorted({said!r} - set(imaplib.Commands)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder.parent.parent, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stdout
