"""Every error that a lower room raises has its sentence, and no sentence shows a hole or a control character."""

from __future__ import annotations

import ast
import string
from datetime import datetime
from pathlib import Path

import pytest

from accounts.deadline import Deadline
from accounts.dial import Endpoint
from accounts.domain_check import Finding, World, check_domain
from core.cells import cell_len
from core.errors import CorreioError, NetworkError, ServerRefused, TLSError
from tui.sentences import SENTENCES, domain_sentence, protection_sentence, sentence
from tui.times import read_time

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


@pytest.mark.parametrize("id", sorted(id for id, words in SENTENCES.items() if "{answer}" in words))
def test_a_server_that_gave_no_reason_leaves_no_hole(id: str) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(SENTENCES[id]) if name]
    shown = sentence(CorreioError(id, **{**dict.fromkeys(names, "VALUE"), "answer": ""}))
    assert not any(hole in shown for hole in ("()", "  ", " .", ": .", " ,")) and not shown.endswith(":")


def test_what_is_meant_is_asked_in_a_sentence() -> None:
    assert sentence(CorreioError("unknown-command", word="arhive", near="archive")) == (
        "There is no command arhive. Did you mean archive?"
    )
    assert sentence(CorreioError("unknown-command", word="xyz", near="")) == "There is no command xyz."


def test_what_times_can_be_written_is_read_in_a_narrow_window_too() -> None:
    shown = sentence(CorreioError("not-a-time", text="someday"))
    now = datetime(2026, 3, 11, 12)
    assert cell_len(shown) <= 78
    for example in ("2h", "fri 14:30", "tomorrow 8:00", "2026-03-12T08:00"):
        assert example in shown and read_time(example, now)


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


@pytest.mark.parametrize(
    ("id", "tells"), [("starttls-missing", "does not offer STARTTLS"), ("starttls-refused", "refused STARTTLS")]
)
def test_a_server_that_takes_mail_is_told_to_encrypt_not_to_choose_another_port(id: str, tells: str) -> None:
    def reach(kind: str, endpoint: Endpoint, deadline: Deadline) -> None:
        raise TLSError(id, server=endpoint.name, answer="454 not now")

    told: list[Finding] = []
    check_domain("good.example", World(_OneServer(), lambda url, deadline: b"", reach), told.append)
    [shown] = [domain_sentence(one) for one in told if one.level == "warning" and one.area == "tls"]
    assert "mx.good.example" in shown and tells in shown and "port 25" in shown
    assert "Choose" not in shown, "nobody chooses how others reach it"


class _OneServer:
    """A DNS that knows the server for mail, and nothing else."""

    def ask(self, name: str, kind: str, deadline: Deadline) -> list[str]:
        return {"MX": ["10 mx.good.example"], "A": ["192.0.2.1"]}.get(kind, [])


@pytest.mark.parametrize("way", ["keyring", "gpg", "file", "passphrase", "command", "ask"])
def test_a_token_is_not_called_a_password(way: str) -> None:
    assert "token" in protection_sentence(f"protects-{way}", "here", oauth=True)
    assert "password" not in protection_sentence(f"protects-{way}", "here", oauth=True)
    assert "The password is " in protection_sentence(f"protects-{way}", "here", oauth=False)
