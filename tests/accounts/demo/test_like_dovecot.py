"""The demo's server and Dovecot give the same answers about the same mail."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

import pytest
from imapclient import IMAPClient

from accounts.demo.mails import build_all
from tests.accounts.demo.conftest import Running
from tests.accounts.demo.test_imap_fetch import MIXED
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox

NOW = datetime(2025, 3, 12, 12, 0, tzinfo=UTC)
MAILS = [MIXED, *(raw for _, _, raw in build_all(NOW))]
SECTIONS = ("", "HEADER", "TEXT", "HEADER.FIELDS (SUBJECT FROM)", "1", "1.MIME", "2", "2.MIME", "2.HEADER", "2.TEXT")
ITEMS = [
    *("RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY", "INTERNALDATE"),
    *(f"BODY.PEEK[{section}]" for section in SECTIONS),
]
SEARCHES = (
    *("SUBJECT farol", "FROM ana", "TO maria", "CC chidi", "BODY gull", "TEXT lighthouse", 'HEADER List-Id ""'),
    *("SENTSINCE 8-Mar-2025", "SENTBEFORE 5-Mar-2025", "LARGER 3000", "SMALLER 900", "OR FROM joao SUBJECT jantar"),
    *("NOT TO maria", "2:9,*", "UID 3:5", "NOT (FROM ana SUBJECT release)", "HEADER Precedence bulk"),
)


def lower(value: object) -> object:
    """Type names and encodings have no case; Dovecot 2.4 has parameters of RFC 2231 decoded."""
    if isinstance(value, bytes):
        return value.lower()
    if isinstance(value, tuple) and len(value) == 2 and value[0] in (b"filename*", b"FILENAME*"):
        return (b"filename", unquote_to_bytes(value[1].partition(b"''")[2]).lower())
    return tuple(lower(each) for each in value) if isinstance(value, tuple | list) else value


@pytest.mark.server
def test_same_answers(imap: Running, dovecot: Dovecot, mailbox: Mailbox) -> None:
    ours = imap.client()
    ours.create_folder("Same")
    with dovecot.client(mailbox) as theirs:
        theirs.create_folder("Same")
        for client in (ours, theirs):
            for raw in MAILS:
                client.append("Same", raw, (), NOW)
            client.select_folder("Same")
        for item in ITEMS:
            one, other = (_values(client, item) for client in (ours, theirs))
            assert len(one) == len(MAILS)
            for uid, value in one.items():
                assert lower(value) == lower(other[uid]), (item, uid)
        for keys in SEARCHES:
            one_hits, other_hits = (_search(client, keys) for client in (ours, theirs))
            assert one_hits == other_hits, keys


def _values(client: IMAPClient, item: str) -> dict[int, object]:
    answers = client.fetch(list(range(1, len(MAILS) + 1)), [item])
    return {uid: next(value for key, value in answer.items() if key != b"SEQ") for uid, answer in answers.items()}


def _search(client: IMAPClient, keys: str) -> bytes:
    client._imap._simple_command("UID", "SEARCH", keys)
    hits: bytes = client._imap.untagged_responses.pop("SEARCH")[-1]
    return hits
