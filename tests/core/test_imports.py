"""Reading mail loads little: what is heavy is imported when it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = (
    "email",
    "chardet",
    "idna",
    "selectolax",
    "fast_mail_parser",
    "socket",
    "ssl",
    "http",
    "textual",
    "rich",
    "asyncio",
    "logging",
    "subprocess",
    "html",
)


def test_the_first_screen_needs_nothing_heavy() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r});"
        "import core.message, core.text, core.envelope, core.cells; print(' '.join(sys.modules))"
    )
    shown = subprocess.run((sys.executable, "-P", "-c", code), check=True, capture_output=True, text=True).stdout
    assert "core.message" in shown.split()
    assert not set(HEAVY) & set(shown.split())
