"""Which Correio this is, found without loading much: it is asked for at every greeting, and by `--version`."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_LINE = re.compile(r'^version = "([^"]+)"', re.MULTILINE)


def version() -> str:
    """The version of the checkout that runs, else of the installed package; '0' where nobody knows."""
    try:
        if found := _LINE.search((_ROOT / "pyproject.toml").read_text("utf-8")):
            return found[1]
    except OSError:
        pass
    for folder in _ROOT.glob("correio-*.dist-info"):
        return folder.name.removeprefix("correio-").removesuffix(".dist-info")
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("correio")
    except PackageNotFoundError:
        return "0"
