"""Mail merge: tables of every kind, placeholders, errors row by row, and that no cell can become more than text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace as with_values

from core.address import Address
from core.compose import build
from core.contact_book import addresses, as_source, groups, members, read_book, read_people
from core.draft import Attachment, ComposeError, Draft
from core.errors import NotFound, UsageError
from core.merge import ALL, address_column, fill_all, plan
from core.merge_table import Source, read_csv
from core.merging import cost_of, count, queue_all
from core.settings.gateway import Gateway
from core.store import batches, outbox
from core.store.database import Database
from tests.core.test_sending import SETTINGS
from tests.depth import examples
from tests.empty_store import empty_store

DRAFT = Draft(subject="Hello {First Name}", body="Dear {first_name|friend},\nyour code is {code} {{so}}.\n")
CSV = "First Name;Name;E-Mail;Code\nAna;Ana Sousa;ana@example.org;A1\n;Bob;bob@example.net;B2\n"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def source(text: str = CSV) -> Source:
    return read_csv(text.encode(), "people.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_charset_are_found(delimiter: str, charset: str) -> None:
    text = 'name;email;words\nJoão Nuñez;joao@example.org;"one;two"\nZoë;zoe@example.org;x\n'
    quoted = text.replace('"one;two"', '"one' + delimiter + 'two"').replace(";", delimiter) if delimiter != ";" else text
    found = read_csv(quoted.encode(charset), "x")
    assert (found.columns, found.delimiter) == (("name", "email", "words"), delimiter)
    assert [row[0] for row in found.rows] == ["João Nuñez", "Zoë"]
    assert found.rows[0][2] == f"one{delimiter}two"


@pytest.mark.parametrize(
    ("data", "id"), [(b"", "merge-empty"), (b"name;email\n", "merge-empty"), (b"a\0;b\nc;d", "merge-unreadable")]
)
def test_what_is_no_table(data: bytes, id: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_csv(data, "x")
    assert caught.value.id == id


def test_ragged_rows_and_one_column() -> None:
    found = read_csv(b"email,name\nana@x.example\nbob@x.example,Bob,more\n\n", "x")
    assert found.rows == (("ana@x.example", ""), ("bob@x.example", "Bob"))
    assert found.ragged == (0, 1)
    assert read_csv(b"email\nana@x.example\n", "x").columns == ("email",)


@pytest.mark.parametrize(
    ("columns", "row", "wanted"),
    [
        (("Name", "Primary Email"), ("Ana", "ana@x"), 1), (("a", "b"), ("x", "ana@x"), 1), (("Email", "b"), ("", "c@d"), 1),
        (("a", "b"), ("x", "y"), -1),
    ],
)  # fmt: skip
def test_the_column_with_the_address(columns: tuple[str, ...], row: tuple[str, ...], wanted: int) -> None:
    assert address_column(Source("x", columns, (row,))) == wanted


def test_filling() -> None:
    first, second = fill_all(plan(DRAFT, source()))
    assert first.trouble == ()
    assert first.draft.to == (Address("Ana Sousa", "ana@example.org"),)
    assert (first.draft.subject, first.draft.body) == ("Hello Ana", "Dear Ana,\nyour code is A1 {so}.\n")
    assert [(one.id, one.what) for one in second.trouble] == [("merge-empty-cell", "First Name")]
    assert "Dear friend," in second.draft.body


def test_recipients_with_placeholders() -> None:
    draft = replace(DRAFT, subject="x", to=(Address("Boss", "boss@example.org"),), typed=(("to", '"{name}" <{e_mail}>'),))
    first, _ = fill_all(plan(draft, source()))
    assert first.draft.to == (Address("Boss", "boss@example.org"), Address("Ana Sousa", "ana@example.org"))
    assert first.draft.typed == () and not first.trouble


def test_a_column_that_is_not_there() -> None:
    made = plan(replace(DRAFT, body="{town}"), source())
    assert made.unknown == ("town",)
    assert all(("merge-no-column", "town") in [(t.id, t.what) for t in one.trouble] for one in fill_all(made))


def test_bad_missing_and_repeated_addresses() -> None:
    table = source("email;n\nana@example.org;1\nnothing;2\n;3\nANA@example.org;4\nbob@;5\n")
    found = list(fill_all(plan(Draft(subject="x", body="{n}"), table)))
    ids = [[one.id for one in each.trouble] for each in found]
    assert ids == [[], ["merge-bad-address"], ["merge-no-address"], ["merge-twice"], ["merge-bad-address"]]
    assert count(found).mails == 1 and count(found).left_out == 4


def test_main_or_all_addresses() -> None:
    table = source("name;email\nAna;ana@work.example, Ana S <ana@home.example>\n")
    draft = Draft(subject="x", body="y")
    assert [one.draft.to for one in fill_all(plan(draft, table))] == [(Address("Ana", "ana@work.example"),)]
    every = list(fill_all(plan(draft, table, which=ALL)))
    assert [one.draft.to for one in every] == [(Address("Ana", "ana@work.example"),), (Address("Ana S", "ana@home.example"),)]


def test_into_the_outbox(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("attached")
    draft = replace(DRAFT, subject="To {name}", attachments=(Attachment("a.txt", path=str(file)),))
    told: list[int] = []

    def progress(done: int) -> bool:
        assert not outbox.due(db, int(time.time())), "nothing goes before all are there"
        told.append(done)
        return True

    batch = queue_all(db, SETTINGS, plan(draft, source()), "Codes", progress=progress)
    rows = outbox.due(db, int(time.time()))
    assert [(row.recipients, row.subject) for row in rows] == [
        (("ana@example.org",), "To Ana Sousa"), (("bob@example.net",), "To Bob"),
    ]  # fmt: skip
    assert len({row.message_id for row in rows}) == 2
    assert (told, batches.get(db, batch).total, batches.get(db, batch).name) == ([2], 2, "Codes")
    assert b"ana@example.org" not in outbox.wire(db, rows[1].id)
    assert Draft.from_json(rows[0].draft).attachments[0].data is None


def test_giving_up_leaves_nothing(db: Database) -> None:
    made = plan(replace(DRAFT, subject="x"), source())
    assert queue_all(db, SETTINGS, made, "x", progress=lambda done: False) == 0
    with pytest.raises(ComposeError) as caught:
        queue_all(db, SETTINGS, plan(replace(DRAFT, attachments=(Attachment("a", path="/nowhere/a"),)), source()), "x")
    assert caught.value.id == "attachment-unreadable"
    with pytest.raises(ComposeError):
        queue_all(db, SETTINGS, plan(replace(DRAFT, body="{town}"), source()), "x")
    assert outbox.rows(db, all=True) == [] and batches.unseen(db) == []
    assert db.value("SELECT count(*) FROM batch") == 0


def test_phones_in_a_table_go_through_their_gateway(db: Database) -> None:
    sms = Gateway(id="5a500001", name="s", address="{number}@sms.example.com", price="0.5", currency="EUR")
    table = source("email;n\n32475123456@SMS;1\nana@example.org;2\n")
    settings = with_values(SETTINGS, gateways=(sms,))
    made = plan(Draft(subject="x", body="Hello {n}"), table)
    assert cost_of(settings, list(fill_all(made))) == ("0.5 EUR",)
    queue_all(db, settings, made, "x")
    assert [row.recipients for row in outbox.rows(db)] == [("32475123456@sms.example.com",), ("ana@example.org",)]


NASTY = st.one_of(
    st.text(max_size=40),
    st.sampled_from((
        "x\r\nBcc: evil@x.example", "x\nTo: evil@x.example", "a@b.example, evil@x.example", "a@b.example>, <evil@x.example",
        "=?utf-8?q?=0ABcc:_evil@x.example?=", '"', "\\", "<evil@x.example>", "{email}", "\r\n\r\nnew body", "\x00",
        "\u2028Bcc: e@x",
    )),
)  # fmt: skip


@given(st.lists(NASTY, min_size=3, max_size=3))
@hypothesis_settings(max_examples=examples(80), deadline=None)
def test_a_cell_is_never_more_than_text(cells: list[str]) -> None:
    """Whatever stands in the cells: exactly the header meant, exactly one recipient."""
    draft = Draft(
        identity="1d000001", subject="Hi {a}", body="Text {b}\n", cc=(Address("Copy for {c}", "copy@example.org"),),
        typed=(("to", "{a} <{mail}>"),),
    )  # fmt: skip
    table = Source("x", ("a", "b", "c", "mail"), ((*cells, "ana@example.org"), (*cells, cells[0])))
    [good, doubtful] = fill_all(plan(draft, table))
    for one in (good, doubtful):
        if {each.id for each in one.trouble} - {"merge-empty-cell"}:
            continue
        built = build(one.draft, SETTINGS.identities[0], now=_now())
        assert len(built.recipients) == 2 and "copy@example.org" in built.recipients
        parsed = message_from_bytes(built.wire, policy=modern)
        assert set(map(str.lower, parsed.keys())) == {
            "date", "from", "to", "cc", "subject", "message-id", "mime-version", "content-type", "content-transfer-encoding",
        }  # fmt: skip
    assert not {each.id for each in good.trouble} - {"merge-empty-cell"}


def _now():  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    return datetime(2026, 3, 9, tzinfo=UTC)


# contacts ------------------------------------------------------------------

CARDS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\nFN:Ana Sousa\r\nN:Sousa;Ana;;;\r\nEMAIL;TYPE=home:ana@home.example\r\n"
    "EMAIL;TYPE=work,pref:ana@work.example\r\nTEL;TYPE=cell:+351 910\r\nCATEGORIES:Choir,Family\r\nORG:Farol\r\nEND:VCARD\r\n",
    "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u2\r\nFN:Bob\r\nEMAIL;PREF=1:bob@x.example\r\nEMAIL:b@y.example\r\nCATEGORIES:choir\r\nEND:VCARD\r\n",
    "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:g1\r\nKIND:group\r\nFN:Committee\r\nMEMBER:urn:uuid:u2\r\nMEMBER:mailto:zoe@x.example\r\n"
    "END:VCARD\r\n",
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u3\r\nFN:Nobody\r\nTEL;TYPE=fax:+351 22\r\nEND:VCARD\r\n",
)  # fmt: skip


def book(tmp_path: Path) -> str:
    for n, card in enumerate(CARDS):
        (tmp_path / f"{n}.vcf").write_text(card, newline="")
    (tmp_path / "notes.txt").write_text("x")
    return str(tmp_path)


def test_the_address_book(tmp_path: Path) -> None:
    people = read_book(book(tmp_path))
    assert [one.name for one in people] == ["Ana Sousa", "Bob", "Committee", "Nobody"]
    ana = people[0]
    assert (ana.first, ana.last, ana.emails) == ("Ana", "Sousa", ("ana@work.example", "ana@home.example"))
    assert (ana.phones, ana.organisation, ana.categories) == ((("+351 910", "cell"),), "Farol", ("Choir", "Family"))
    assert {name: [one.name or one.emails[0] for one in found] for name, found in groups(people).items()} == {
        "Choir": ["Ana Sousa", "Bob"], "Committee": ["Bob", "zoe@x.example"], "Family": ["Ana Sousa"],
    }  # fmt: skip
    assert [one.name for one in members(people)] == ["Ana Sousa", "Bob"]
    assert [one.addr for one in addresses(members(people, "committee"))] == ["bob@x.example", "zoe@x.example"]
    with pytest.raises(NotFound):
        members(people, "Nowhere")
    table = as_source(members(people), "Address book")
    found = list(fill_all(plan(Draft(subject="{first_name|you}", body="x"), table)))
    assert [one.draft.to[0] for one in found] == [Address("Ana Sousa", "ana@work.example"), Address("Bob", "bob@x.example")]
    assert [one.draft.subject for one in found] == ["Ana", "you"]


@given(st.text(max_size=300))
@hypothesis_settings(max_examples=examples(40), deadline=None)
def test_whatever_a_card_holds(text: str) -> None:
    read_people(f"BEGIN:VCARD\r\n{text}\r\nEND:VCARD\r\n")
