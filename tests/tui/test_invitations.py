"""Invitations: a card above the text, answered with two keys, kept in a calendar."""

from __future__ import annotations

import time
from email import message_from_bytes
from pathlib import Path
from typing import Any

import icalendar
import pytest
from msgspec.structs import replace

from core import calendar_reader
from core.calendar_reading import read
from core.cells import cell_len
from core.errors import NetworkError, PasswordNeeded
from core.flags import Flag
from core.invitation import Stretch
from core.store import outbox, schedule
from tests.core.calendars import ANA, ME, ORGANIZER, calendar, event
from tests.tui.office import Clerk, Office, mail, work
from tests.tui.pilot import HOSTILE
from tui.glyphs import ASCII, UNICODE, Glyphs
from tui.invitation_card import Told, card_lines
from tui.screens.compose import ComposeScreen

NORA = "Nora <nora@example.net>"


@pytest.fixture(autouse=True)
def lisbon(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same clock on every machine, and time for slow ones."""
    monkeypatch.setattr(calendar_reader, "PATIENCE", 60.0)
    monkeypatch.setenv("TZ", "Europe/Lisbon")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def invite(number: int, data: bytes, *, sender: str = NORA, name: str = "", body: str = "") -> bytes:
    """A mail with a calendar in it, or attached under a name."""
    raw = mail(number, sender=sender, body=body)
    message = message_from_bytes(raw)
    text = message.get_payload()
    del message["Content-Type"], message["Content-Transfer-Encoding"]
    message["Content-Type"] = 'multipart/mixed; boundary="b"'
    how = f'application/octet-stream; name="{name}"' if name else "text/calendar; charset=utf-8; method=REQUEST"
    head = "".join(f"{key}: {value}\n" for key, value in message.items())
    part = data.decode("utf-8", "surrogateescape")
    whole = f"{head}\n--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: {how}\n\n{part}\n--b--\n"
    return whole.encode("utf-8", "surrogateescape")


def with_calendar(office: Office, tmp_path: Path) -> Path:
    folder = tmp_path / "calendar"
    folder.mkdir()
    office.settings(lambda old: replace(old, calendar=replace(old.calendar, folder=str(folder))))
    return folder


async def card(clerk: Clerk, words: str) -> str:
    """The screen's words once the card has these."""
    try:
        await clerk.until(lambda: words in " ".join(clerk.text.split()))
    except TimeoutError:
        pytest.fail(clerk.text)
    return " ".join(clerk.text.split())


def test_the_card_and_an_answer_with_a_word(office: Office) -> None:
    office.put(invite(1, calendar(event("LOCATION:Room 1", "RRULE:FREQ=WEEKLY;COUNT=4"))))

    async def script(clerk: Clerk) -> str:
        await clerk.press("enter")
        shown = await card(clerk, "Invitation: A talk")
        assert "When Monday 10 June 2030, 14:00 – 15:00 (13:00 – 14:00 in UTC)" in shown
        assert "Repeats every week on Monday, 4 times" in shown
        assert "Next Monday 10 June 2030, 14:00 – 15:00; Monday 17 June 2030" in shown
        assert "Where Room 1" in shown
        assert "Who Nora <nora@example.net> (invites), you: no answer yet, Ana, S: accepted" in shown
        assert "ia accepts · id declines · ip says perhaps · ii shows all" in shown
        await clerk.press("i", "a")
        assert "Accept, with a word to nora@example.net" in clerk.text
        await clerk.type("See you")
        await clerk.press("enter")
        await clerk.until(lambda: outbox.rows(office.db))
        return await card(clerk, "You accepted on")

    assert "you: accepted" in work(office.app(), script, (80, 30))
    [row] = outbox.rows(office.db)
    assert (row.subject, row.recipients, row.sender) == ("Accepted: A talk", ("nora@example.net",), "me@example.org")
    assert row.answer_flag == Flag.ANSWERED and row.answered
    sent = message_from_bytes(outbox.wire(office.db, row.id))
    assert sent.get_content_type() == "multipart/alternative" and sent["In-Reply-To"] == "<1@example.net>"
    text, part = sent.get_payload()
    assert "Me Myself has accepted the invitation to “A talk”" in text.get_payload(decode=True).decode()
    assert "See you" in text.get_payload(decode=True).decode()
    assert part.get_content_type() == "text/calendar" and part.get_param("method") == "REPLY"
    [answer] = icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert answer["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED" and answer["COMMENT"] == "See you"


def test_another_time_is_proposed(office: Office) -> None:
    office.put(invite(1, calendar(event())), invite(2, calendar(event("RRULE:FREQ=WEEKLY", uid="series"))))

    async def script(clerk: Clerk) -> str:
        await clerk.press("enter")
        assert "another time" not in await card(clerk, "Repeats every week")
        await clerk.press("i", "t")
        assert "It repeats: answer with a word instead." in clerk.footer
        await clerk.press("q", "j", "enter")
        await card(clerk, "it proposes another time")
        await clerk.press("i", "t")
        await clerk.type("sometime\n")
        await clerk.until(lambda: "is no time" in clerk.text)
        await clerk.press("ctrl+u")
        await clerk.type("2030-06-12 09:30\n")
        await clerk.until(lambda: "with a word to nora@example.net" in clerk.text)
        await clerk.type("Trains\n")
        await clerk.until(lambda: outbox.rows(office.db))
        return await card(clerk, "You proposed another time on")

    assert "you: proposes another time" in work(office.app(), script, (100, 30))
    [row] = outbox.rows(office.db)
    assert (row.subject, row.recipients) == ("Another time: A talk", ("nora@example.net",))
    text, part = message_from_bytes(outbox.wire(office.db, row.id)).get_payload()
    words = " ".join(text.get_payload(decode=True).decode().split())
    assert "another time for “A talk”: Wednesday 12 June 2030, 09:30 – 10:30, instead of Monday 10 June 2030" in words
    assert part.get_param("method") == "COUNTER" and "Trains" in words
    [proposal] = read(part.get_payload(decode=True)).entries
    assert proposal.start is not None and proposal.start.text == "2030-06-12T08:30" and proposal.uid == "talk-1@example.net"


def test_an_answer_taken_back_was_none(office: Office) -> None:
    office.put(invite(1, calendar(event())))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await card(clerk, "ia accepts")
        await clerk.press("i", "d", "enter")
        await card(clerk, "You declined on")
        await clerk.press("u")
        await clerk.until(lambda: not outbox.rows(office.db))
        await clerk.press("H", "H", "J", "K")
        assert not isinstance(clerk.app.screen, ComposeScreen)

    work(office.app(), script, (80, 30))
    assert [row.state for row in outbox.rows(office.db, all=True)] == ["cancelled"]


def test_the_identity_that_was_invited_answers(office: Office) -> None:
    from core.settings import Identity

    other = Identity(account=office.account.id, address="work@example.com", name="At Work")
    office.settings(lambda old: replace(old, identities=(*old.identities, other)))
    invited = ME.replace("me@example.org", "Work+cal@example.com")
    office.put(invite(1, calendar(event(people=(ORGANIZER, invited)))))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await card(clerk, "you: no answer yet")
        await clerk.press("i", "p", "enter")
        await clerk.until(lambda: outbox.rows(office.db))

    work(office.app(), script, (80, 30))
    [row] = outbox.rows(office.db)
    assert (row.sender, row.subject) == ("work@example.com", "Perhaps: A talk")
    assert b"PARTSTAT=TENTATIVE" in outbox.wire(office.db, row.id).replace(b"\r\n ", b"")
    assert b"mailto:Work+cal@example.com" in outbox.wire(office.db, row.id).replace(b"\r\n ", b"")


def test_what_is_in_the_calendar_and_what_goes_into_it(office: Office, tmp_path: Path) -> None:
    folder = with_calendar(office, tmp_path)
    clash = event(uid="d", title="Dentist", times=("DTSTART:20300610T133000Z", "DTEND:20300610T143000Z"), people=())
    (folder / "dentist.ics").write_bytes(calendar(clash, method=""))
    office.put(invite(1, calendar(event())))
    later = ("DTSTART:20300611T130000Z", "DTEND:20300611T140000Z")
    office.put(invite(2, calendar(event("LOCATION:Room 2", sequence=1, times=later, stamp="20300102T000000Z"))))
    office.put(invite(3, calendar(event(sequence=2, times=later, stamp="20300103T000000Z"), method="CANCEL")))
    mine = folder / "talk-1@example.net.ics"

    def kept() -> Any:
        return icalendar.Calendar.from_ical(mine.read_bytes()).walk("VEVENT")[0]

    async def script(clerk: Clerk) -> None:
        await clerk.press("G", "enter")
        await card(clerk, "At that time: Dentist, Monday 10 June 2030, 14:30 – 15:30")
        await clerk.press("i", "a", "enter")
        await clerk.until(mine.exists)
        await card(clerk, "It stands in your calendar like this")
        assert kept()["ATTENDEE"][0].params["PARTSTAT"] == "ACCEPTED"
        await clerk.press("q", "k", "enter")
        shown = await card(clerk, "The time was Monday 10 June 2030, 14:00 – 15:00")
        assert "It has changed since" in shown and "Dentist" not in shown
        await clerk.press("i", "s")
        await clerk.until(lambda: kept()["DTSTART"].dt.day == 11)
        await card(clerk, "It stands in your calendar like this")
        await clerk.press("q", "k", "enter")
        await card(clerk, "Nora has cancelled it")
        await clerk.press("i", "s")
        await clerk.until(lambda: kept().get("STATUS") == "CANCELLED")
        await clerk.press("q", "G", "enter")
        await card(clerk, "It was cancelled later")

    work(office.app(), script, (90, 40))
    assert sorted(path.name for path in folder.iterdir()) == ["dentist.ics", "talk-1@example.net.ics"]


def test_the_card_as_it_looks() -> None:
    zone = ("DTSTART;TZID=America/New_York:20300610T100000", "DTEND;TZID=America/New_York:20300610T113000")
    data = calendar(
        event("LOCATION:Room 1", "RRULE:FREQ=MONTHLY;BYDAY=2MO;UNTIL=20301231T000000Z", "EXDATE:20300708T140000Z", times=zone)
    )
    clash = Stretch(1_907_316_000, 1_907_319_600, "Dentist")
    told = Told(read(data), mine=frozenset(["me@example.org"]), clashes=(clash,), coming=None, keys="ia accepts")

    def shown(width: int, glyphs: Glyphs) -> list[str]:
        return [line.text for line in card_lines(told, width, glyphs)]

    assert shown(72, UNICODE) == [
        "",
        "Invitation: A talk",
        "When      Monday 10 June 2030, 15:00 – 16:30 (10:00 – 11:30 in",
        "          America/New_York)",
        "Repeats   every month on the second Monday, until Tuesday 31 December",
        "          2030, except once",
        "Next      takes too long to work out",
        "Where     Room 1",
        "Who       Nora <nora@example.net> (invites), you: no answer yet, Ana, S:",
        "          accepted",
        "! At that time: Dentist, Monday 10 June 2030, 11:00 – 12:00",
        "ia accepts",
    ]
    assert all(cell_len(line) <= 30 for line in shown(30, ASCII))


def test_the_card_in_a_conversation(office: Office) -> None:
    first = invite(1, calendar(event()))
    office.put(mail(2, "Programme"), first, mail(3, "Re: A talk", parent=1))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        shown = await card(clerk, "Invitation: A talk")
        assert "The text of mail 3" in shown
        await clerk.press("i", "a")
        assert "Accept, with a word" in clerk.text
        await clerk.press("enter")
        await card(clerk, "You accepted on")

    work(office.app(), script, (80, 40))
    assert [row.subject for row in outbox.rows(office.db)] == ["Accepted: A talk"]


def test_a_calendar_on_a_server(office: Office) -> None:
    url = "https://dav.example.org/me/days/"
    office.settings(lambda old: replace(old, calendar=replace(old.calendar, url=url, user="me", credential="dav")))
    office.put(invite(1, calendar(event())))
    asked: list[tuple[str, Any]] = []

    async def script(clerk: Clerk) -> None:
        def ask(do: str, done: Any, **words: Any) -> None:
            asked.append((do, words))
            needed = PasswordNeeded("password-needed", credential="dav", server=url, answer="")
            if do == "keep-event" and sum(one == do for one, _ in asked) == 1:
                done(None, needed)
            else:
                done(url if do == "keep-event" else True, None)

        clerk.app.desk.engine.ask = ask  # type: ignore[method-assign]
        await clerk.press("enter")
        await card(clerk, "is saves it")
        await clerk.press("i", "s")
        assert "wants the password of me" in " ".join(clerk.text.split())
        await clerk.type("secret")
        await clerk.press("enter")
        await clerk.until(lambda: f"Saved in your calendar: {url}" in clerk.footer)

    work(office.app(), script, (100, 30))
    assert [do for do, _ in asked if do != "busy"] == ["keep-event", "password", "keep-event"]
    words = dict(asked)
    assert words["password"] == {"credential": "dav", "password": "secret", "opens": False}
    waiting = schedule.of_kind(office.db, "calendar")
    assert [one.id for one in waiting] == [words["keep-event"]["entry"]], "it is the engine that takes it out"
    assert "BEGIN:VEVENT" in waiting[0].args["words"]["data"] and waiting[0].args["title"] == "A talk"


def test_a_calendar_that_is_not_reached_gets_it_later(office: Office) -> None:
    office.settings(lambda old: replace(old, calendar=replace(old.calendar, url="https://dav.example.org/me/days/")))
    office.put(invite(1, calendar(event())))

    async def script(clerk: Clerk) -> None:
        def ask(do: str, done: Any, **words: Any) -> None:
            done(None, NetworkError("offline-chosen", server=""))

        clerk.app.desk.engine.ask = ask  # type: ignore[method-assign]
        await clerk.press("enter")
        await card(clerk, "is saves it")
        await clerk.press("i", "s")
        await clerk.until(lambda: "It waits for your calendar's server." in clerk.footer)
        await clerk.press("q")
        await clerk.until(lambda: "1 entry waits for the calendar" in clerk.footer)

    work(office.app(), script, (100, 30))


def test_what_an_update_changes_without_a_calendar(office: Office) -> None:
    other = ("ORGANIZER:mailto:x@evil.example",)
    forged = calendar(event(stamp="20300101T120000Z", times=("DTSTART:20300501T130000Z",), people=other))
    office.put(invite(1, calendar(event("LOCATION:Room 1", "RRULE:FREQ=WEEKLY;COUNT=4"))))
    office.put(invite(2, forged, sender="x@evil.example"))
    later, since = ("DTSTART:20300611T130000Z", "DTEND:20300611T140000Z"), "ATTENDEE;CN=Rui:mailto:rui@example.net"
    changed = event("LOCATION:Room 2", sequence=1, times=later, stamp="20300102T000000Z", people=(ORGANIZER, ME, since))
    office.put(invite(3, calendar(changed)))
    office.put(invite(4, calendar(event(sequence=2, stamp="20300103T000000Z"), method="CANCEL"), sender="robot@example.com"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("G", "enter")
        await card(clerk, "Invitation: A talk")
        await clerk.press("q", "k", "k", "enter")
        shown = await card(clerk, "No longer invited: Ana, S.")
        for words in ("The time was Monday 10 June 2030, 14:00 – 15:00.", "The place was Room 1.", "Invited since: Rui.",
                      "It was repeated every week on Monday, 4 times."):  # fmt: skip
            assert words in shown
        assert "May 2030" not in shown and "calendar" not in shown
        await clerk.press("q", "k", "enter")
        await card(clerk, "Nora has cancelled it. The time was Tuesday 11 June 2030, 14:00 – 15:00.")

    work(office.app(), script, (90, 40))


def test_what_the_calendar_on_its_server_has_then(office: Office) -> None:
    office.settings(lambda old: replace(old, calendar=replace(old.calendar, url="https://dav.example.org/me/days/")))
    office.put(invite(1, calendar(event(sequence=1))))
    start = 1_907_326_800  # 2030-06-10, 13:00 UTC
    before = calendar(event(times=("DTSTART:20300611T130000Z", "DTEND:20300611T140000Z")), method="").decode()
    asked: list[Any] = []

    async def script(clerk: Clerk) -> None:
        def ask(do: str, done: Any, **words: Any) -> None:
            asked.append((do, words))
            taken = [{"start": start, "end": start + 600, "title": "Dentist", "uid": "d"}]
            done({"taken": taken, "whole": True, "before": before}, None)

        clerk.app.desk.engine.ask = ask  # type: ignore[method-assign]
        await clerk.press("enter")
        shown = await card(clerk, "At that time: Dentist")
        assert "The time was" in shown

    work(office.app(), script, (100, 30))
    assert asked == [("busy", {"uid": "talk-1@example.net", "spans": ((start, start + 3600),)})]


def test_answers_proposals_and_lies_in_words(office: Office) -> None:
    said = ANA.replace("ACCEPTED", "DECLINED")
    ours = "ORGANIZER:mailto:me@example.org"
    office.put(invite(1, calendar(event("COMMENT:Sorry!", people=(ours, said)), method="REPLY"), sender="ana@example.net"))
    office.put(invite(2, calendar(event(people=(ours, ME, ANA)), method="COUNTER"), sender="ana@example.net"))
    office.put(invite(3, calendar(event()), sender="Mallory <m@evil.example>"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("G", "enter")
        shown = await card(clerk, "Ana, S <ana@example.net> does not come.")
        assert "Answer: A talk" in shown and "Sorry!" in shown and "accepts" not in shown
        await clerk.press("i", "a")
        assert "Nobody waits for an answer to this" in clerk.footer
        await clerk.press("K")
        shown = await card(clerk, "Ana, S <ana@example.net> proposes this instead")
        assert shown.count("proposes this instead") == 1 and "The mail came from" not in shown
        await clerk.press("K")
        await card(clerk, "The mail came from m@evil.example, not from nora@example.net")

    work(office.app(), script, (90, 40))
    assert outbox.rows(office.db) == []


def test_a_file_with_many_entries(office: Office) -> None:
    data = calendar(*[event(f"DESCRIPTION:About {n}", uid=str(n), title=f"Talk {n}") for n in range(9)], method="")
    office.put(invite(1, data, name="program.ics"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        shown = await card(clerk, "Event: Talk 0")
        assert "Also: Talk 5" in shown and "and 3 more entries" in shown and "accepts" not in shown
        await clerk.press("i", "i")
        await clerk.until(lambda: "Everything in the calendar file" in clerk.text)
        assert "About 0" in clerk.text
        assert "save" in clerk.footer and "reply" not in clerk.footer and "headers" not in clerk.footer
        await clerk.press("G")
        assert "About 8" in clerk.text
        await clerk.press("q")
        await clerk.until(lambda: "ii shows all" in clerk.text)

    work(office.app(), script, (90, 40))


def test_contacts_go_into_the_address_book(office: Office, tmp_path: Path) -> None:
    cards = b"BEGIN:VCARD\nVERSION:3.0\nFN:Rui \x1b[31mLima\nEND:VCARD\n" * 2 + b"BEGIN:VCARD\nFN:Eva\nUID:eva\nEND:VCARD\n"
    office.put(mail(1, files=[("people.vcf", cards)]), mail(2))

    async def script(clerk: Clerk) -> None:
        await clerk.press("i", "c")
        assert "no contacts" in clerk.footer
        await clerk.press("j", "enter")
        assert "␛[31mLima" in clerk.text and "ic saves them" in clerk.text
        await clerk.press("i", "c")
        assert "contacts.folder" in clerk.footer
        folder = tmp_path / "people"
        folder.mkdir()
        office.settings(lambda old: replace(old, contacts=replace(old.contacts, folder=str(folder))))
        clerk.app.desk.settings = clerk.app.wiring.settings()
        await clerk.press("i", "c")
        await clerk.until(lambda: "2 contacts saved" in clerk.footer)
        assert len(list(folder.iterdir())) == 2 and (folder / "eva.vcf").exists()
        await clerk.press("i", "c")
        await clerk.until(lambda: "were there already" in clerk.footer)

    work(office.app(), script, (100, 30))


def test_hostile_words_in_every_field(office: Office) -> None:
    for number, words in enumerate(HOSTILE, 1):
        text = words.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\n", "\\n").replace("\r", "")
        fields = (f"LOCATION:{text}", f"URL:{text}", f"STATUS:{text}", f"COMMENT:{text}", f"DESCRIPTION:{text}")
        people = (f'ORGANIZER;CN="{text}":mailto:{text}@x.example', f'ATTENDEE;CN="{text}";PARTSTAT={text}:{text}')
        office.put(invite(number, calendar(event(*fields, title=text or "x", uid=text or "y", people=people))))

    async def script(clerk: Clerk) -> None:
        for _ in HOSTILE:
            await clerk.press("enter")
            await clerk.until(lambda: any(one in " ".join(clerk.text.split()) for one in ("ii shows all", "calendar file")))
            assert not set(clerk.text) & set("\x1b\x9b\x07\u202e\u2066\u200f\x00\x7f")
            await clerk.press("i", "i", "q")
            await clerk.press("q") if clerk.main.pane == "reader" else None
            await clerk.press("j")
        assert clerk.app.is_running

    work(office.app(), script, (90, 60))
