"""The words of attached files in the search index, and notes on messages."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from core import attachment_text
from core.arrival import arrive_mail
from core.errors import CorreioError
from core.part import Part
from core.query.parse import parse
from core.renderer import RenderWorker
from core.store import comments, file_texts, folders, search
from core.store.database import Database
from core.store.tidying import tidy
from tests.core.store.mails import mail


def with_files(*files: tuple[str, str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "a@example.org", "Papers", f"<{len(files)}@x>"
    message.set_content("see below\n")
    for name, type, data in files:
        main, _, sub = type.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


@pytest.fixture
def pdftotext(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name, which a test writes; it is the only one there is besides the shell's."""
    program = tmp_path / "bin" / "pdftotext"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def arrive(db: Database, account: int, raw: bytes) -> int:
    with db.write():
        inbox = folders.by_role(db, account, "inbox") or folders.ensure(db, account, "Inbox", role="inbox")
        return arrive_mail(db, inbox.id, account, raw)


def found(db: Database, text: str) -> list[int]:
    return search.find(db, parse(text))


def test_names_always_words_only_when_wanted(db: Database, local: int, pdftotext: Path) -> None:
    write(pdftotext, "tr a-z n-za-m")
    raw = with_files(
        ("notes.txt", "text/plain", b"the walrus\n"),
        ("page.html", "text/html", b"<p>a <b>carpenter</b></p>"),
        ("paper.pdf", "application/pdf", b"%PDF blfgref"),
        ("odd.pdf", "application/octet-stream", b"no pdf at all"),
    )
    id = arrive(db, local, raw)
    assert found(db, "attachment:paper") == found(db, "paper.pdf") == [id]
    assert found(db, "walrus") == []
    assert file_texts.index_files(db) == 1
    for query in ("walrus", "carpenter", "oysters", "attachment:walrus", "attachment:paper", "below"):
        assert found(db, query) == [id], query
    assert found(db, "body:walrus") == []
    assert file_texts.index_files(db) == 0, "once"


def test_words_go_when_they_are_no_longer_wanted_and_come_back(db: Database, local: int) -> None:
    id = arrive(db, local, with_files(("notes.txt", "text/plain", b"the walrus\n")))
    assert file_texts.drop_files(db) == 0, "none have been read"
    for _ in range(2):
        tidy(db, 0, files=True)
        assert found(db, "walrus") == [id]
        tidy(db, 0)
        assert found(db, "walrus") == []
        assert found(db, "attachment:notes") == found(db, "below") == found(db, "papers") == [id]
    assert file_texts.drop_files(db) == 0, "once"


def test_breaking_off_while_words_are_dropped_leaves_the_rest_for_later(db: Database, local: int) -> None:
    first = arrive(db, local, with_files(("a.txt", "text/plain", b"the walrus\n")))
    second = arrive(db, local, with_files(("a.txt", "text/plain", b"the walrus\n"), ("b.txt", "text/plain", b"oysters\n")))
    assert file_texts.index_files(db) == 2

    def leave() -> None:
        raise CorreioError("engine-stopping")

    with pytest.raises(CorreioError):
        file_texts.drop_files(db, leave)
    assert found(db, "walrus") == [min(first, second)]
    assert file_texts.drop_files(db) == 1
    assert found(db, "walrus") == found(db, "oysters") == []


def test_mails_without_files_are_left_alone(db: Database, local: int) -> None:
    id = arrive(db, local, mail())
    assert file_texts.index_files(db) == 0
    assert found(db, "shall") == [id]


@pytest.mark.parametrize(
    "script", ["exec sleep 1000", "exit 1", "exec yes walrus", "exec cat /dev/zero"], ids=["hangs", "fails", "talks", "zeros"]
)
def test_a_bad_program_ends(pdftotext: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(attachment_text, "SECONDS", 1)
    write(pdftotext, script)
    part = Part(section="2", type="application/pdf", name="a.pdf", disposition="attachment")
    text = attachment_text.attachment_text(part, b"%PDF-1.7", RenderWorker())
    assert len(text) <= attachment_text.LONGEST


def test_memory_is_bounded(pdftotext: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachment_text, "MEMORY", 64 * 1024 * 1024)
    write(pdftotext, "cat > /dev/null; ulimit -v")
    part = Part(section="2", type="application/pdf", name="a.pdf", disposition="attachment")
    limits = attachment_text.attachment_text(part, b"%PDF-1.7", RenderWorker()).split()
    assert limits == ["65536"]


def test_without_the_program_nothing_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert attachment_text.attachment_text(Part(section="2", type="application/pdf"), b"%PDF-1.7", RenderWorker()) == ""


def test_a_note_is_found_and_goes_with_its_message(db: Database, local: int) -> None:
    id, other = arrive(db, local, mail()), arrive(db, local, mail(id="b@x", subject="Other"))
    comments.put(db, id, "Ask João about the 50% rate")
    assert comments.of(db, id) == "Ask João about the 50% rate"
    for query in ("comment:joao", 'comment:"about the"', "comment:ra*", "comment:50 release", '-comment:x comment:"50% rate"'):
        assert found(db, query) == [id], query
    for query in ("comment:jo", 'comment:"the about"', "comment:other", "joao"):
        assert found(db, query) == [], query
    assert found(db, "-comment:joao") == [other]
    comments.put(db, id, "")
    assert comments.of(db, id) == "" and found(db, "comment:joao") == []


def test_html_that_takes_too_long_is_left_alone_and_what_comes_next_is_read(
    db: Database, local: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Impatient(RenderWorker):
        def text(self, html: str, deadline: float = 60) -> str:
            asked.append(html)
            return "" if "endless" in html else super().text(html, 60)

    monkeypatch.setattr("core.renderer.RenderWorker", Impatient)
    id = arrive(db, local, with_files(("a.html", "text/html", b"<p>endless"), ("b.html", "text/html", b"<p>finite <b>words")))
    assert file_texts.index_files(db) == 1
    assert len(asked) == 2
    assert found(db, "finite") == [id] and found(db, "endless") == []
