"""Core, accounts and crypto know no screen, and nobody opens a second SQLite library."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.lint.source import ROOMS, ROOT, sources

SECOND_SQLITE = {"sqlite3", "_sqlite3", "pysqlite3", "aiosqlite"}


def imported(tree: ast.Module) -> set[str]:
    """The top packages a file imports, `import_module("…")` and `__import__("…")` included."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
        elif isinstance(node, ast.Call) and _name(node.func) in ("import_module", "__import__"):
            names |= {str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)}
    return {name.split(".")[0] for name in names}


def test_no_second_sqlite() -> None:
    guilty = [str(source.path) for source in sources(*ROOMS, "tests") if imported(source.tree) & SECOND_SQLITE]
    assert not guilty, f"apsw only: {guilty}"


@pytest.mark.parametrize("room", ["core", "accounts", "crypto"])
def test_a_lower_room_loads_no_screen(room: str) -> None:
    """Every module of the room at once, in a fresh interpreter; `allow_indirect` in the contracts cannot hide it."""
    modules = [".".join(source.path.with_suffix("").parts) for source in sources(room)]
    modules = [name.removesuffix(".__init__") for name in modules if not name.endswith("__main__")]
    seen = loaded(f"import importlib\nfor name in {modules!r}: importlib.import_module(name)")
    above = {"core": {"accounts", "crypto", "tui"}, "accounts": {"crypto", "tui"}, "crypto": {"accounts", "tui"}}
    forbidden = {"textual", "rich", *above[room]}
    if room == "core":
        forbidden |= {"imapclient", "aiosmtplib", "smtplib", "imaplib", "poplib"}
    assert not seen & forbidden


def test_the_store_alone_loads_no_second_sqlite() -> None:
    assert "sqlite3" not in loaded("import core.store, core.message, core.query")


def loaded(script: str) -> set[str]:
    """The top packages in sys.modules after the script ran in an interpreter of its own."""
    script += "\nimport sys; print(' '.join({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
