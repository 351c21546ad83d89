"""The project's own files, and their Python as trees."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "accounts", "crypto", "tui", "themes")
_NOT_OURS = {".git", ".venv", "venv", "build", "dist", "__pycache__", "node_modules"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path from the root, its text and its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def length(self) -> int:
        """Lines in the file."""
        return self.text.count("\n")

    def definitions(self) -> Iterator[tuple[str, Definition]]:
        """Every function and class with its dotted name inside the file, outer ones first."""
        yield from _inside(self.tree, "")


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project, from the root: what git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        found = [Path(name) for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
    ours = (path for path in found if not _NOT_OURS & set(path.parts) and (ROOT / path).is_file())
    return tuple(sorted(ours))


def sources(*rooms: str) -> tuple[Source, ...]:
    """The Python files of the rooms."""
    return tuple(_parsed(path) for path in files() if path.suffix == ".py" and path.parts[0] in rooms)


@functools.cache
def _parsed(path: Path) -> Source:
    text = (ROOT / path).read_text(encoding="utf-8")
    return Source(path, text, ast.parse(text, str(path)))


def _inside(node: ast.AST, prefix: str) -> Iterator[tuple[str, Definition]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            name = f"{prefix}{child.name}"
            yield name, child
            yield from _inside(child, f"{name}.")
        else:
            yield from _inside(child, prefix)
