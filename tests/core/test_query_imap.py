from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from imapclient.imapclient import _normalise_search_criteria

from core.errors import QueryError
from core.query.imap import Criteria, to_imap_search
from core.query.parse import parse
from core.query.tree import Not, Or, Phrase, Query, Word
from tests.core.store.mailboxes import QUERIES

NOW = int(datetime(2026, 3, 31, 1, 30, tzinfo=UTC).timestamp())


def wire(text: str) -> str:
    """What imapclient makes of it."""
    criteria = to_imap_search(parse(text), now=NOW, zone=UTC)
    assert criteria is not None
    return b" ".join(_normalise_search_criteria(criteria, "UTF-8")).decode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("*", "ALL"),
        ("invoice", "TEXT invoice"),
        ("two words", "TEXT two TEXT words"),
        ('"two words"', 'TEXT "two words"'),
        ("inv*", "TEXT inv"),
        ("réunion", "TEXT réunion"),
        ("-spam", "NOT (TEXT spam)"),
        ("a OR b", "OR (TEXT a) (TEXT b)"),
        ("a OR b OR c", "OR (TEXT a) (OR (TEXT b) (TEXT c))"),
        ("(a OR b) -(c d)", "OR (TEXT a) (TEXT b) NOT (TEXT c TEXT d)"),
        ("from:ana to:me cc:x subject:s body:b", "FROM ana TO me CC x SUBJECT s BODY b"),
        ("is:unread is:flagged is:forwarded", "UNSEEN FLAGGED KEYWORD $Forwarded"),
        ("larger:5M smaller:10k", "LARGER 5242880 SMALLER 10240"),
        ("before:2026-03-01 after:1m", "BEFORE 1-Mar-2026 SINCE 28-Feb-2026"),
        ("on:2026-02", "SINCE 1-Feb-2026 BEFORE 1-Mar-2026"),
        ("on:today", "SINCE 31-Mar-2026 BEFORE 1-Apr-2026"),
        ("tag:work", "KEYWORD work"),
        ("list:linux-man", "HEADER List-Id linux-man"),
        ("id:<a.b@c>", "HEADER Message-ID <a.b@c>"),
        ("printf(3) x{5}", "TEXT printf TEXT 3 TEXT x TEXT 5"),
        (r'"say \"hi\" 100%"', "TEXT say TEXT hi TEXT 100"),
        ("a & b", "TEXT a TEXT b"),
        ("&", "NOT ALL"),
        ("-&", "NOT ALL"),
        ("a OR &", "TEXT a"),
    ],
)
def test_criteria(text: str, line: str) -> None:
    assert wire(text) == line


@pytest.mark.parametrize(
    "text", ["in:inbox", "account:home", "attachment:pdf", "has:attachment", "tag:wo*", "tag:é", 'tag:"a b"']
)
def test_what_imap_cannot_ask(text: str) -> None:
    assert to_imap_search(parse(text)) is None
    assert to_imap_search(parse(f"a -({text} OR b)")) is None


def test_days_are_those_of_the_zone() -> None:
    criteria = to_imap_search(parse("on:today"), now=NOW, zone=ZoneInfo("America/New_York"))
    assert criteria == ["SINCE", "30-Mar-2026", "BEFORE", "31-Mar-2026"]


@pytest.mark.parametrize("text", ["a\r\nA1 DELETE INBOX", "a\nb", "nul\0", "esc\x1b[0m"])
def test_control_characters_never_reach_the_server(text: str) -> None:
    for query in (Word(text), Phrase(text), Not(Phrase(text)), Or((Word("a"), Word(text)))):
        with pytest.raises(QueryError) as caught:
            to_imap_search(query)
        assert caught.value.id == "query-control"


@given(QUERIES)
def test_everything_sent_is_plain(query: Query) -> None:
    def check(criteria: Criteria) -> None:
        for item in criteria:
            if isinstance(item, list):
                assert item
                check(item)
            elif isinstance(item, bytes):
                assert not set(item) & set(b'(){}%*"\\[]\r\n\0')
            elif isinstance(item, str):
                assert item.isascii() and item.isprintable() and " " not in item

    criteria = to_imap_search(query, now=NOW, zone=UTC)
    if criteria is not None:
        check(criteria)
        assert _normalise_search_criteria(criteria, "UTF-8")
