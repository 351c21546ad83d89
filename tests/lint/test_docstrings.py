"""At least 95 % of what is public says what it does."""

from __future__ import annotations

import ast
import re

from tests.lint.source import ROOMS, Definition, sources

SHARE = 0.95
TEXTUAL_NAMES = re.compile(
    r"on_|watch_|validate_|compute_|action_|key_|_on_"
    r"|(compose|render|render_line|render_lines|get_content_width|get_content_height|get_default_screen|check_action)$"
)


def public() -> list[tuple[str, Definition | ast.Module]]:
    """Modules, classes, functions and methods without underscore, not nested in a function, not named by Textual."""
    found: list[tuple[str, Definition | ast.Module]] = []
    for source in sources(*ROOMS):
        found.append((str(source.path), source.tree))
        inside_functions: set[str] = set()
        for name, node in source.definitions():
            if not isinstance(node, ast.ClassDef):
                inside_functions.add(name)
            outer = name.rpartition(".")[0]
            if outer in inside_functions or any(part.startswith("_") for part in name.split(".")):
                continue
            method = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and outer
            if not (method and (TEXTUAL_NAMES.match(node.name) or _inherits(node))):
                found.append((f"{source.path}:{node.lineno} {name}", node))
    return found


def test_what_is_public_is_explained() -> None:
    found = public()
    missing = [place for place, node in found if not ast.get_docstring(node)]
    share = 1 - len(missing) / max(1, len(found))
    print(f"{share:.1%} of {len(found)} have a docstring; missing:", *missing, sep="\n  ")
    assert share >= SHARE, f"{share:.1%} have a docstring; missing:\n" + "\n".join(missing)


def _inherits(node: Definition) -> bool:
    """Overloads and overrides are explained where they come from."""
    return any(
        (isinstance(mark, ast.Name) and mark.id in ("overload", "override"))
        or (isinstance(mark, ast.Attribute) and mark.attr in ("overload", "override", "setter"))
        for mark in node.decorator_list
    )
