"""Hundreds of applications in one process: Textual reads the same style sheets for each, here once for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual.css import stylesheet
from textual.css.model import RuleSet
from textual.css.stylesheet import CSSLocation, Stylesheet
from textual.css.tokenize import Token

from tests.tui.idle import watch_loops


@pytest.fixture(scope="session", autouse=True)
def _style_sheets_are_read_once() -> Iterator[None]:
    """What a sheet says depends on its text, its place and the variables; nobody changes the rules once they are read."""
    rules: dict[tuple[Any, ...], list[RuleSet]] = {}
    tokens: dict[tuple[tuple[str, str], ...], dict[str, list[Token]]] = {}
    read, tokenize = Stylesheet._parse_rules, stylesheet.tokenize_values

    def tokenize_once(variables: dict[str, str]) -> dict[str, list[Token]]:
        key = tuple(variables.items())
        if key not in tokens:
            tokens[key] = tokenize(variables)
        return tokens[key]

    def read_once(
        sheet: Stylesheet,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        key = (id(sheet._variable_tokens), css, read_from, is_default_rules, tie_breaker, scope)
        if key not in rules:
            rules[key] = read(sheet, css, read_from, is_default_rules, tie_breaker, scope)
        return rules[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stylesheet, "tokenize_values", tokenize_once)
        patch.setattr(Stylesheet, "_parse_rules", read_once)
        watch_loops(patch)
        yield
