"""Every error that a lower room raises has its sentence, and no sentence shows a hole or a control character."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from core.errors import CorreioError, NetworkError, ServerRefused, TLSError
from tui.sentences import SENTENCES, sentence

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "accounts", "crypto", "tui")


def raised() -> set[str]:
    """The ids of all errors made with a literal id."""
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                if isinstance(node.func, ast.Attribute) and node.func.attr == "_fail":
                    name = "Error"  # the parser of queries makes all its errors in one place
                kinds = ("Error", "NotFound", "Refused", "PasswordNeeded", "Wrong")
                first = node.args[0]
                if name.endswith(kinds) and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return {id for id in found if id.replace("-", "").isalnum() and id == id.lower() and " " not in id}


def test_every_error_has_its_sentence() -> None:
    builtin = {"salt"}
    assert raised() - SENTENCES.keys() - builtin == set()


@pytest.mark.parametrize("id", sorted(SENTENCES))
def test_sentences_are_sentences(id: str) -> None:
    words = SENTENCES[id]
    names = [name for _, name, _, _ in string.Formatter().parse(words) if name]
    shown = sentence(CorreioError(id, **dict.fromkeys(names, "VALUE")))
    assert shown[0].isupper() or shown.startswith(("“", "gpg"))
    assert "{" not in shown


def test_values_from_servers_cannot_write_to_the_terminal() -> None:
    shown = sentence(NetworkError("server-goodbye", server="a\x1b[2J", answer="\x9b31m\u202e[/x]"))
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c == "\u202e" for c in shown)


def test_an_error_inside_another_is_told() -> None:
    inner = NetworkError("connection-refused", server="mail.example.org")
    shown = sentence(CorreioError("not-sent", subject="Hi", to="ana@example.org", why=inner.as_json()))
    assert "mail.example.org takes no connections" in shown


def test_a_right_that_is_missing_is_told_in_words() -> None:
    shown = sentence(ServerRefused("no-right", server="", answer="", folder="~team/Plans", right="t"))
    assert shown == "The owner of ~team/Plans has not allowed you to move or delete mail there."


def test_a_port_without_tls_is_told_as_such() -> None:
    shown = sentence(TLSError("tls-handshake", server="mail.example.org:143", answer="", reason="WRONG_VERSION_NUMBER"))
    assert "does not begin with encryption" in shown
    assert "STARTTLS" in shown
