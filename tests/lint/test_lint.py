"""The rules find what they are for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.lint.source import Source
from tests.lint.test_floors import imported
from tests.lint.test_words import MACHINE_PATHS, SECRETS, UNFINISHED


@pytest.mark.parametrize(
    "text",
    ["import sqlite3", "from sqlite3 import dbapi2", "importlib.import_module('sqlite3')", "__import__('sqlite3')"],
)
def test_imports_are_seen(text: str) -> None:
    assert "sqlite3" in imported(ast.parse(text))


def test_relative_imports_are_not_packages() -> None:
    assert imported(ast.parse("from .sqlite3 import x")) == set()


@pytest.mark.parametrize("path", ["/" + "work/main/x", "'/" + "root/venv'", "/home/" + "ana/mail", "/Users/" + "ana/x"])
def test_machine_paths_are_seen(path: str) -> None:
    assert MACHINE_PATHS.search(path)
    assert not MACHINE_PATHS.search("~/mail/x, https://example.org/home/ana, home/ana")


def test_secrets_are_seen() -> None:
    assert SECRETS.search("key = ghp_" + "a" * 36)
    assert SECRETS.search("-----BEGIN RSA PRIVATE " + "KEY-----\n" + "A" * 300)
    assert not SECRETS.search("-----BEGIN PGP MESSAGE-----\n" + "A" * 300)


def test_unfinished_work_is_seen() -> None:
    assert UNFINISHED.search("x = 1  # TO" + "DO later")
    assert not UNFINISHED.search("todo = 1  # all of it")


def test_definitions_have_dotted_names() -> None:
    text = "class A:\n    def b(self):\n        if 1:\n            def c(): pass\n"
    source = Source(Path("x.py"), text, ast.parse(text))
    assert [name for name, _ in source.definitions()] == ["A", "A.b", "A.b.c"]
    assert source.length == 4
