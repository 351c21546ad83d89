"""Generated mail is the same every time, and looks like mail."""

from __future__ import annotations

import email
import hashlib
import mailbox
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.figures import Figure, percentile
from tests.bench.generator import Correspondence, Generated, write_maildir, write_mbox


@pytest.fixture(scope="module")
def mails() -> list[Generated]:
    return list(Correspondence(7, count=3000).mails())


def test_the_same_seed_gives_the_same_mail(mails: list[Generated]) -> None:
    again = hashlib.sha256(b"".join(mail.raw for mail in Correspondence(7, count=3000).mails()))
    other = hashlib.sha256(b"".join(mail.raw for mail in Correspondence(8, count=3000).mails()))
    first = hashlib.sha256(b"".join(mail.raw for mail in mails))
    assert first.digest() == again.digest() != other.digest()


def test_dates_rise_and_sizes_are_those_of_real_mail(mails: list[Generated]) -> None:
    dates = [mail.received for mail in mails]
    assert dates == sorted(dates)
    sizes = [len(mail.raw) for mail in mails]
    assert 10_000 < sum(sizes) / len(sizes) < 22_000
    assert 2_000 < percentile(sizes, 0.5) < 12_000
    assert max(sizes) > 200_000


def test_answers_refer_to_mails_of_their_thread(mails: list[Generated]) -> None:
    thread_of: dict[str, int] = {}
    for mail in mails:
        head = email.message_from_bytes(mail.raw.partition(b"\r\n\r\n")[0])
        for known in head.get("References", "").split():
            assert thread_of[known] == mail.thread
        thread_of[head["Message-ID"]] = mail.thread
    assert len(thread_of) == len(mails)
    lengths = Counter(mail.thread for mail in mails)
    assert max(lengths.values()) > 30
    assert len(lengths) > len(mails) / 4


def test_every_kind_of_mail_parses(mails: list[Generated]) -> None:
    kinds: Counter[str] = Counter()
    for mail in mails[:500]:
        message = email.message_from_bytes(mail.raw)
        parts = list(message.walk())
        assert not any(part.defects for part in parts)
        kinds[message.get_content_type()] += 1
        assert all(part.get_payload(decode=True) for part in parts if not part.is_multipart())
    assert {"text/plain", "multipart/alternative", "multipart/mixed"} <= set(kinds)


def test_folders_on_disk(tmp_path: Path) -> None:
    few = list(Correspondence(1, count=50).mails())
    assert write_maildir(tmp_path / "maildir", iter(few)) == 50
    files = sorted((tmp_path / "maildir" / "cur").iterdir())
    assert [file.read_bytes() for file in files] == [mail.raw for mail in few]
    assert write_mbox(tmp_path / "mbox", iter(few)) == 50
    box = mailbox.mbox(tmp_path / "mbox")
    assert len(box) == 50
    assert [str(mail["Message-ID"]) for mail in box] == [email.message_from_bytes(mail.raw)["Message-ID"] for mail in few]
    box.close()


def test_goals_are_judged_in_their_direction() -> None:
    assert Figure("time", 5, "ms", 4).met is False
    assert Figure("rate", 5, "mails/s", 4, least=True).met is True
    assert Figure("shown", 5, "ms").met is None
    assert Figure("ratio", 6, "s", None, 4, "peer").ratio == 1.5
