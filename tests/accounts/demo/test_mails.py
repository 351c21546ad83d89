"""The sample mail: the same on every run, in the past, well formed, and of all the kinds it should show."""

from __future__ import annotations

import email
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default

import pytest

from accounts.demo.mails import FOLDERS, SAMPLES, ancestors, build_all, sample_account
from accounts.demo.mails.people import OWN_ADDRESSES
from core.flags import Mark
from core.message import attachments, best_text, indexed, part_bytes, part_text, read_message

NOON = datetime(2025, 3, 12, 12, 0, tzinfo=UTC)
BUILT = {sample.key: raw for sample, _, raw in build_all(NOON)}
KEYS = sorted(BUILT)
RESERVED = re.compile(r"\.(example|test|invalid|localhost)$|^(www\.)?example\.(com|net|org)$")


def parsed(key: str) -> EmailMessage:
    found = email.message_from_bytes(BUILT[key], policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_about_sixty_with_keys_of_their_own() -> None:
    assert 55 <= len(SAMPLES) <= 80
    assert len({sample.key for sample in SAMPLES}) == len({sample.message_id for sample in SAMPLES}) == len(SAMPLES)


def test_the_same_now_gives_the_same_bytes() -> None:
    assert [raw for _, _, raw in build_all(NOON)] == [raw for _, _, raw in build_all(NOON)]


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_all_lies_in_the_past_and_answers_come_after_questions(hour: int) -> None:
    now = datetime(2025, 1, 1, hour, 30, tzinfo=UTC)
    dates = {sample.key: sample.date(now) for sample in SAMPLES}
    for sample in SAMPLES:
        assert dates[sample.key] < now, sample.key
        assert dates[sample.key] > now - timedelta(days=20), sample.key
        if sample.answers:
            assert dates[sample.key] > dates[sample.answers], sample.key


@pytest.mark.parametrize("key", KEYS)
def test_is_well_formed(key: str) -> None:
    raw = BUILT[key]
    assert b"\r\n" in raw
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "CRLF only"
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = read_message(raw)
    assert not [part.defects for part in message.parts if part.defects]
    assert message.envelope.date
    assert message.envelope.from_
    assert "[[" not in message.envelope.subject
    for part in message.parts:
        part_bytes(message, part.section)
    text = best_text(message.parts)
    if text:
        shown = part_text(message, text.section)
        assert "\ufffd" not in shown or key == "brackets", "its C1 byte is shown as U+FFFD"
        assert not re.search(r"\[\[[+-]\d", shown)


@pytest.mark.parametrize("key", KEYS)
def test_only_reserved_names(key: str) -> None:
    text = BUILT[key].partition(b"\r\n\r\n")[0].decode()
    for part in read_message(BUILT[key]).parts:
        if part.type.startswith("text/"):
            text += part_text(read_message(BUILT[key]), part.section)
    for host in re.findall(r"(?:@|https?://)([\w.-]*\w)", text):
        assert RESERVED.search(host) or host in ("192.0.2.66", "click"), host


def test_references_lead_to_the_first_mail() -> None:
    by_key = {sample.key: sample for sample in SAMPLES}
    for sample in SAMPLES:
        chain = ancestors(sample, by_key)
        assert list(read_message(BUILT[sample.key]).envelope.references) == [each.strip("<>") for each in chain]
        if sample.answers:
            assert chain[-1] == by_key[sample.answers].message_id


def test_the_mailbox() -> None:
    account = sample_account(NOON)
    assert set(FOLDERS.values()) >= {"\\Drafts", "\\Sent", "\\Archive", "\\Junk", "\\Trash"}
    assert "Travel/A&AOc-ores" in account.boxes
    inbox = account.boxes["INBOX"].mails.values()
    flags = Counter(flag for mail in inbox for flag in mail.flags)
    assert len(inbox) > 20
    assert 5 < len(inbox) - flags["\\Seen"] < 20
    assert flags["\\Flagged"]
    assert flags["\\Answered"]
    assert flags["family"]
    assert [mail.received for mail in inbox] == sorted(mail.received for mail in inbox)
    assert sum(len(box.mails) for box in account.boxes.values()) == len(SAMPLES)


def test_both_identities_get_mail() -> None:
    found = {person.address for sample in SAMPLES if sample.folder == "INBOX" for person in sample.to + sample.cc}
    assert found >= set(OWN_ADDRESSES)


def test_kinds() -> None:
    marks = {key: indexed(raw).marks for key, raw in BUILT.items()}
    assert marks["invitation"] & Mark.INVITATION
    assert marks["kelp-sale"] & Mark.HTML_ONLY
    names = {part.name.rpartition(".")[2] for raw in BUILT.values() for part in attachments(read_message(raw).parts)}
    assert names >= {"pdf", "png", "csv", "ics", "vcf", "txt"}
    assert len(parsed("tide-year").get_content().splitlines()) > 1000
    assert parsed("flowed").get_param("format") == "flowed"
    assert parsed("minato").get_content_charset() == "iso-2022-jp"
    assert "よろしくお願いいたします" in parsed("minato").get_content()
    assert "\x1b[31m" in parsed("brackets")["Subject"]
    assert parsed("urgent")["X-Priority"] == "1"
    assert parsed("patch-0")["List-Post"] == "<mailto:farol-devel@lists.example>"
    assert "dmarc=fail" in parsed("spam-phish")["Authentication-Results"]
    newsletter = parsed("tidetable-317").get_body(("html",))
    assert newsletter is not None
    assert 'width="1" height="1"' in newsletter.get_content()
    pictures = [part["Content-ID"] for part in parsed("sal-20418").walk() if part["Content-ID"]]
    assert pictures == ["<logo@livrariasal.example>"]


def test_the_invitation_is_on_the_day_the_text_says() -> None:
    for days in range(7):
        now = NOON + timedelta(days=days)
        sample = next(sample for sample in SAMPLES if sample.key == "invitation")
        found = email.message_from_bytes(sample.build(now), policy=default)
        assert isinstance(found, EmailMessage)
        calendar = next(part for part in found.walk() if part.get_content_type() == "text/calendar").get_content()
        start = datetime.strptime(re.findall(r"DTSTART:(\S+)Z", calendar)[0], "%Y%m%dT%H%M%S")
        assert start.weekday() < 5
        text = found.get_body(("plain",))
        assert text is not None
        assert f"{start:%A, %d %B}" in text.get_content()
