"""FETCH answers and other lists, in every spelling the grammar allows and some that it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imap.fetched import internal_date, read_fetched
from accounts.imap.tokens import parse
from core.errors import ProtocolError
from core.flags import Flag
from core.store import folders
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import letter, stored


def test_the_usual_answer() -> None:
    found = read_fetched(
        [b'* 7 FETCH (UID 12 FLAGS (\\Seen \\Recent $Forwarded Work) INTERNALDATE " 1-Feb-2024 10:00:00 +0100" RFC822.SIZE 345'
         b' MODSEQ (99) BODY[HEADER] {9}', b"From: a\r\n", b")"], "server",
    )  # fmt: skip
    assert (found.number, found.uid, found.size, found.modseq) == (7, 12, 345, 99)
    assert found.flags == (Flag.SEEN | Flag.FORWARDED, frozenset({"work"}))
    assert found.internal == 1706778000
    assert found.body == {"HEADER": b"From: a\r\n"}


@pytest.mark.parametrize(
    "pieces",
    [
        [b"* 1 FETCH (BODY[HEADER] {3}", b"A:b", b" UID 5 RFC822.SIZE 3 FLAGS ())"],
        [b'* 1 FETCH (BODY[HEADER] "A:b" UID 5 RFC822.SIZE 3 FLAGS ())'],
        [b"* 1 fetch (uid 5 flags () rfc822.size 3 body[header] {3+}", b"A:b", b")"],
        [b'* 1 FETCH (X-NEW ("a" (b NIL)) UID 5 BODY[HEADER] {3}', b"A:b", b" FLAGS () RFC822.SIZE 3)"],
        [b'* 1 FETCH (UID 5  FLAGS ()   RFC822.SIZE 3 BODY[HEADER]<0> {3}', b"A:b", b" )"],
    ],
)  # fmt: skip
def test_other_spellings(pieces: list[bytes]) -> None:
    found = read_fetched(pieces, "server")
    assert (found.uid, found.size, found.flags) == (5, 3, (Flag(0), frozenset()))
    assert found.body["HEADER"] == b"A:b"


@pytest.mark.parametrize(
    "text", [b"* 1 FETCH", b"* 1 FETCH (", b"* 1 FETCH (UID", b"* 1 FETCH (BODY[] {3}", b"* x FETCH ()", b'* 1 FETCH ("']
)
def test_broken_ones_are_named(text: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_fetched([text], "server")
    assert caught.value.values["server"] == "server"


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_no_bytes_do_more_than_that(pieces: list[bytes]) -> None:
    try:
        read_fetched([b"* 1 FETCH (" + pieces[0], *pieces[1:]], "server")
    except ProtocolError:
        pass
    try:
        parse(pieces, "server")
    except ProtocolError:
        pass


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (b"01-Jan-1970 00:00:00 +0000", 0), (b" 1-Jan-1970 00:00:00 +0000", 0), (b"1-jan-1970 01:00:00 +0100", 0),
        (b"31-Dec-1969 19:00:00 -0500", 0), (b"29-Feb-2024 00:00:00 +0000", 1709164800), (b"99-Jan-2024 00:00:00 +0000", None),
        (b"01-Foo-2024 00:00:00 +0000", None), (b"", None), (b"01-Jan-0000 00:00:00 +0000", None),
    ],
)  # fmt: skip
def test_internal_dates(text: bytes, seconds: int | None) -> None:
    assert internal_date(text) == seconds


def test_headers_larger_than_anybody_reads(make_demo: Callable[..., Demo], db: Database) -> None:
    """A first answer that is too large ends the session; after that less is asked for, and everything comes."""
    demo = make_demo()
    monster = "X-Long: " + "\r\n ".join(["y" * 900] * 2000) + "\r\n"
    for _ in range(11):
        demo.place.put(letter(extra=monster))
    incoming = demo.place.incoming(db, keep="headers")
    with pytest.raises(ProtocolError) as caught:
        incoming.sync()
    assert caught.value.id == "answer-too-large"
    incoming.sync()
    assert len(stored(db)) == 11
    inbox = folders.by_role(db, 1, "inbox")
    assert inbox is not None and inbox.total == 11
    incoming.close()
