"""What must not stand in any file: machine paths, secrets, unfinished work, waiting for time."""

from __future__ import annotations

import ast
import functools
import re

import pytest

from tests.lint.source import ROOMS, ROOT, files, sources

MACHINE_PATHS = re.compile(r"(?<![\w.~])/(?:work|root|home/[a-z]\w+|Users/[A-Za-z]\w+)/[\w.]")
SECRETS = re.compile(
    "-----BEGIN [A-Z ]*PRIVATE " + r"KEY-----(?s:.{200})"
    r"|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{20}|sk-[A-Za-z0-9]{40}|AIza[0-9A-Za-z_-]{35}"
)
UNFINISHED = re.compile(r"#.*\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")


@functools.cache
def texts() -> list[tuple[str, str]]:
    """(path, text) of every file that is text."""
    found = []
    for path in files():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data[:4096]:
            found.append((str(path), data.decode("utf-8", "replace")))
    return found


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, SECRETS], ids=["machine paths", "secrets"])
def test_no_file_holds(pattern: re.Pattern[str]) -> None:
    guilty = []
    for path, text in texts():
        for hit in pattern.finditer(text):
            guilty.append(f"{path}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0][:40]!r}")
    assert not guilty, "\n".join(guilty)


def test_nothing_is_unfinished() -> None:
    guilty = []
    for source in sources(*ROOMS, "tests"):
        for number, line in enumerate(source.text.splitlines(), 1):
            if UNFINISHED.search(line):
                guilty.append(f"{source.path}:{number}: {line.strip()}")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Name) and node.id == "NotImplementedError":
                guilty.append(f"{source.path}:{node.lineno}: NotImplementedError")
    assert not guilty, "\n".join(guilty)


def test_tests_wait_for_events() -> None:
    """No sleep in a test; `asyncio.sleep(0)`, which only gives way, is fine. The bench measures and may wait."""
    guilty = []
    for source in sources("tests"):
        if source.path.parts[1] == "bench":
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _called(node) in ("time.sleep", "asyncio.sleep", "sleep", "pilot.pause"):
                first = node.args[0] if node.args else None
                if first is not None and not (isinstance(first, ast.Constant) and first.value == 0):
                    guilty.append(f"{source.path}:{node.lineno}: {_called(node)}")
    assert not guilty, "\n".join(guilty)


def test_every_room_begins_with_future_annotations() -> None:
    guilty = []
    for source in sources(*ROOMS, "tests"):
        statements = [node for node in source.tree.body if not _is_docstring(node)]
        if statements and not (isinstance(statements[0], ast.ImportFrom) and statements[0].module == "__future__"):
            guilty.append(str(source.path))
    assert not guilty, "\n".join(guilty)


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
