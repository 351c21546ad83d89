"""The grammar of commands: tokens, sets, dates, strings; and nonsense that must be answered, not crash."""

from __future__ import annotations

import random
import socket
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from accounts.demo.imap_account import wire_name
from accounts.demo.imap_parser import (
    Atom,
    BadCommand,
    compact,
    ranges,
    read_date_time,
    read_tokens,
    string,
    write_date_time,
)
from tests.accounts.demo.conftest import Running


def test_tokens() -> None:
    pieces = [b'a (b "c \\"d\\" \\\\" ()) BODY.PEEK[HEADER.FIELDS (TO "x")]<0.9> ', b"lit \r\n( eral", b" NIL"]
    head = [b"a", [b"b", b'c "d" \\', []], b'BODY.PEEK[HEADER.FIELDS (TO "x")]<0.9>', b"lit \r\n( eral", b"NIL"]
    found = read_tokens(pieces)
    assert found == head
    assert isinstance(found[0], Atom)
    assert not isinstance(found[3], Atom)


@pytest.mark.parametrize("text", [b"(", b")", b'"', b"BODY[", b"(" * 99 + b")" * 99])
def test_what_is_not_whole_is_bad(text: bytes) -> None:
    with pytest.raises(BadCommand):
        read_tokens([text])


@given(some.lists(some.binary(max_size=40), min_size=1, max_size=5).filter(lambda pieces: len(pieces) % 2 == 1))
def test_tokens_of_anything(pieces: list[bytes]) -> None:
    try:
        found = read_tokens(pieces)
    except BadCommand:
        return
    assert isinstance(found, list)


def test_sets() -> None:
    assert ranges("1:3,7,*,9:*,*:2", 8) == [(1, 3), (7, 7), (8, 8), (8, 9), (2, 8)]
    for wrong in ("", "0", "1:", "x", "1:2:3", "1,,2", "-1", "9" * 50):
        with pytest.raises(BadCommand):
            ranges(wrong, 8)


@given(some.lists(some.integers(1, 60), unique=True))
def test_compact_keeps_order_and_numbers(numbers: list[int]) -> None:
    found = [value for low, high in (ranges(compact(numbers), 0) if numbers else []) for value in range(low, high + 1)]
    assert found == numbers


@given(some.binary(max_size=60))
def test_strings_come_back(value: bytes) -> None:
    shown = string(value)
    if shown.startswith(b"{"):
        head, _, rest = shown.partition(b"\r\n")
        assert (int(head[1:-1]), rest) == (len(value), value)
    else:
        assert read_tokens([shown]) == [value]


def test_dates() -> None:
    moment = datetime(2024, 2, 9, 8, 7, 6, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    assert write_date_time(moment) == '"09-Feb-2024 08:07:06 -0330"'
    assert read_date_time(" 9-Feb-2024 08:07:06 -0330") == moment
    assert write_date_time(datetime(2024, 12, 31, tzinfo=UTC)) == '"31-Dec-2024 00:00:00 +0000"'
    for wrong in ("30-Feb-2024 08:07:06 +0000", "9-Feb-2024 25:07:06 +0000", "tomorrow"):
        with pytest.raises(BadCommand):
            read_date_time(wrong)


def test_names_in_modified_utf7() -> None:
    assert wire_name("Travel/Açores & 日本") == "Travel/A&AOc-ores &- &ZeVnLA-"


WORDS = (
    *("UID", "FETCH", "STORE", "SEARCH", "COPY", "MOVE", "LIST", "STATUS", "APPEND", "SELECT", "EXAMINE", "CREATE", "RENAME"),
    *("DELETE", "ENABLE", "INBOX", "1:*", "1", "99", "*", "0", "FLAGS", "+FLAGS", "(\\Seen)", "()", "(", ")", '"', '""', "NIL"),
    *("BODY[]", "BODY[1.2.MIME]", "BODY[", "(FLAGS UID)", "RETURN", "(MIN)", "(STATUS (MESSAGES))", "STATUS", "(MESSAGES)", "OR"),
    *("NOT", "SUBJECT", "x", "MODSEQ", "(CHANGEDSINCE 1)", "(UNCHANGEDSINCE 1)", "QRESYNC", "(QRESYNC (1 1))", "CONDSTORE"),
    *(
        "{3+}\r\nabc",
        "{0+}\r\n",
        "SINCE",
        "1-Jan-2024",
        "CHARSET",
        "UTF-8",
        "A/B",
        "A//",
        "%",
        "&",
        "LSUB",
        "SUBSCRIBE",
        "EXPUNGE",
    ),
)


@pytest.mark.parametrize("seed", range(5))
def test_commands_at_random_are_all_answered(imap: Running, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(seed)
    with socket.create_connection(("127.0.0.1", imap.server.port), timeout=60) as line:
        file = line.makefile("rb")
        line.sendall(b"a LOGIN maria@correio.example demo\r\nb SELECT INBOX\r\n")
        for number in range(300):
            words = " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 6)))
            if not words.startswith(("DELETE", "LOGOUT")):
                line.sendall(f"t{number} {words}\r\n".encode())
        line.sendall(b"end NOOP\r\n")
        answer = b""
        while not answer.startswith(b"end "):
            answer = file.readline()
            assert answer, "the connection was dropped"
        assert answer.startswith(b"end OK")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
