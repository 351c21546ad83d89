"""Who really wrote the mail in the reader: told above the text, where no text can stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from core.address import Address
from core.arrival import arrive_header
from core.authentication import Habit
from core.header import header_block
from core.store import correspondents
from tests.tui.office import Clerk, Office, mail, work

RECEIVED = "Received: from mail.example.net by mx.example.org; Sat, 8 Jun 2019 10:00:00 +0000\r\n"


def delivered(number: int, subject: str, verdict: str, sender: str = "Ana Sousa <ana@example.net>", body: str = "") -> bytes:
    """A mail as the server mx.example.org hands it on, with its results on top."""
    domain = sender.rpartition("@")[2].rstrip(">")
    results = f"Authentication-Results: mx.example.org; dmarc={verdict} header.from={domain}\r\n" if verdict else ""
    return f"{results}{RECEIVED}".encode() + mail(number, subject, sender=sender, body=body)


IMITATION = """\
From  Your Bank <service@bank.example>
\u2713     bank.example
! This is no warning.
\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500
Dear customer
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A server that checks senders, and some of its mail."""
    made = Office(tmp_path)
    made.put(*(delivered(n, f"Usual {n}", "pass") for n in range(1, 7)))
    made.put(delivered(7, "Forged", "fail", "Your Bank <service@bank.example>", IMITATION))
    claim = b"Authentication-Results: mx.example.org; dmarc=pass header.from=bank.example\r\n"
    made.put(RECEIVED.encode() + claim + mail(8, "Claims", sender="Your Bank <service@bank.example>"))
    with made.db.write():
        correspondents.note_sent(made.db, (Address("Rui Barros", "rui@harbour.example"),), 1)
    made.put(delivered(9, "Stranger", "pass", "Rui Barros <rui@harb0ur.example>"))
    return made


async def read(clerk: Clerk, subject: str) -> None:
    """Open a mail by its subject, and wait until it is known whom one knows."""
    await clerk.press("g", "g")
    while clerk.subject != subject:
        await clerk.press("j")
    await clerk.press("enter")
    writers = clerk.main._writers
    await clerk.until(lambda: writers._acquaintances is not None and not writers._learning)


def above(clerk: Clerk) -> list[str]:
    """The lines above the text."""
    return [one.line.text.rstrip() for one in clerk.main.reader.laid.shown if one.body < 0]


def test_a_sender_who_is_vouched_for_has_a_small_sign(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Usual 2")
        lines = above(clerk)
        assert "\u2713     example.net" in lines and not any(line.startswith("!") for line in lines)
        assert "\u2713     example.net" in clerk.text

    work(office.app(), script)


def test_a_forged_mail_is_told_above_its_text_which_cannot_get_there(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Forged")
        lines = above(clerk)
        warning = "! bank.example does not vouch for it (DMARC): somebody else may have written it."
        assert " ".join(line.strip() for line in lines if line.startswith(("!", "  "))) == warning
        assert not any(line.startswith("\u2713") for line in lines)
        shown = clerk.main.reader.laid.shown
        fakes = [one for one in shown if one.line.text.startswith(("\u2713", "! This is no"))]
        assert len(fakes) == 2 and all(one.body >= 0 and one.look == "" for one in fakes)
        assert shown.index(fakes[0]) > len(lines) - 1
        looks = {one.look for one in shown if one.line.text.startswith("! bank")}
        assert looks == {"warning"}

    work(office.app(), script)


def test_what_a_sender_claims_is_not_believed(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Claims")
        assert not any(line.startswith("\u2713") for line in above(clerk))
        await clerk.press("H")
        lines = "\n".join(above(clerk))
        assert "Your server does not say who sent it." in lines
        assert "1 other claim to have checked it is not believed." in lines

    work(office.app(), script)


def test_all_that_is_known_stands_above_all_headers(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Stranger")
        assert any("harb0ur.example is not harbour.example" in line for line in above(clerk))
        assert any("You know Rui Barros as rui@harbour.example" in line for line in above(clerk))
        await clerk.press("H")
        lines = above(clerk)
        assert lines[0].startswith("! ")
        told = " ".join(lines)
        assert "mx.example.org says: DMARC passed (harb0ur.example)." in told and "the first mail from this address" in told

    work(office.app(), script, size=(120, 40))


def test_the_setting_believes_nobody(office: Office) -> None:
    office.settings(lambda old: replace(old, accounts=tuple(replace(one, authserv="none") for one in old.accounts)))

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Forged")
        assert not any(line.startswith(("!", "\u2713")) for line in above(clerk))

    work(office.app(), script)


def test_a_mail_whose_text_is_on_its_way_tells_it_too(office: Office) -> None:
    raw = delivered(20, "Only headers", "fail")
    with office.db.write():
        arrive_header(office.db, office.folder("Inbox").id, office.row, header_block(raw), len(raw), uid=20)

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Only headers")
        assert any("example.net does not vouch for it" in line for line in above(clerk))

    work(office.app(), script)


def test_what_was_learned_is_kept(office: Office) -> None:
    async def first(clerk: Clerk) -> None:
        await read(clerk, "Usual 1")

    async def again(clerk: Clerk) -> None:
        await clerk.press("enter")
        assert not clerk.main._writers._learning
        assert clerk.main._writers._habits[office.row].habit == Habit("example.org", 0, 1)

    work(office.app(), first)
    work(office.app(), again)
