"""Real and broken mail from public archives: every one opens as text, HTML and source, and honest senders are not doubted.

The corpora are not part of the project: CORREIO_CORPORA names their folder, else `shared/corpora` beside the
checkout. A sample is read unless CORREIO_CORPUS=all. CORREIO_CORPUS=FOLDER reads every file of any other folder instead.
"""

from __future__ import annotations

import os
import random
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.acquaintances import gather
from core.attachment import safe_name
from core.cells import cell_len
from core.doubts import examine
from core.header import read_headers
from core.html import html_to_text, render_html
from core.html_clean import cleaned_html
from core.link_doubts import examine_link
from core.message import Message, attachments, bodies, indexed, part_bytes, part_text, read_message
from core.rendered import Page
from core.source_text import render_source
from core.text import render_text
from tests.core.test_clean import is_safe
from tui.sentences import link_sentence

ARCHIVES = ("mails.tar.xz", "list-5000.tar.gz")
SAMPLE = 150
"""Mails read of each archive."""
WIDTH = 80


def mails(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the mails in an archive, a sample or all of them."""
    everything = os.environ.get("CORREIO_CORPUS") == "all"
    with tarfile.open(archive) as tar:
        files = [member for member in tar if member.isfile() and 0 < member.size < 20_000_000]
        chosen = files if everything else random.Random(1).sample(files, min(SAMPLE, len(files)))
        # Compressed archives are read fastest from front to back.
        for member in sorted(chosen, key=lambda each: each.offset):
            content = tar.extractfile(member)
            assert content is not None
            yield member.name, content.read()


def all_mails(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every mail: of the archives in a folder, else of every file in and below it."""
    archives = [folder / name for name in ARCHIVES if (folder / name).exists()]
    for archive in archives:
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() and 0 < member.size < 20_000_000 else None
                if content is not None:
                    yield member.name, content.read()
    for path in () if archives else sorted(folder.rglob("*")):
        if path.is_file() and 0 < path.stat().st_size < 20_000_000:
            yield str(path.relative_to(folder)), path.read_bytes()


def check_page(page: Page) -> None:
    """Nothing on the page is wider than asked or could act on a terminal."""
    for line in page.lines:
        assert cell_len(line.text) <= WIDTH
        assert is_safe(line.text)
    for link in page.links:
        assert is_safe(link.text + link.target + link.shows)
        assert all(is_safe(link_sentence(one)) for one in examine_link(link))
    for image in page.remote:
        assert is_safe(image.address + image.words)


def open_mail(raw: bytes) -> None:
    """Open a mail in every way a reader can."""
    message = read_message(raw)
    envelope = message.envelope
    people = (*envelope.from_, *envelope.to, *envelope.cc, *envelope.reply_to)
    assert all(is_safe(text) for person in people for text in (person.name, person.addr))
    assert is_safe(envelope.subject)
    for part in {*bodies(message.parts), *bodies(message.parts, prefer_html=True)}:
        text = part_text(message, part.section)
        if part.type == "text/html":
            check_page(render_html(text, WIDTH))
            assert is_safe(html_to_text(text), "\n\t")
            cleaned_html(text, envelope.subject, {})
        else:
            check_page(render_text(text, WIDTH, flowed=part.params.get("format") == "flowed"))
    for part in attachments(message.parts):
        assert is_safe(safe_name(part.name))
        part_bytes(message, part.section)
    check_page(render_source(raw, WIDTH))
    indexed(raw)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ARCHIVES)
def test_every_mail_opens(corpora: Path, name: str) -> None:
    if not (corpora / name).exists():
        pytest.skip(f"{name} is not in the folder of the test mails")
    failed = []
    opened = 0
    for path, raw in mails(corpora / name):
        try:
            open_mail(raw)
        except (AssertionError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError, AttributeError) as error:
            failed.append(f"{path}: {type(error).__name__}: {error}"[:300])
        opened += 1
    assert opened
    assert not failed


@pytest.mark.skipif(not Path(os.environ.get("CORREIO_CORPUS", "")).is_absolute(), reason="CORREIO_CORPUS names no folder")
@pytest.mark.timeout(3600)
def test_every_mail_of_a_folder_opens() -> None:
    failed = []
    opened = 0
    for path, raw in all_mails(Path(os.environ["CORREIO_CORPUS"])):
        try:
            open_mail(raw)
        except (AssertionError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError, AttributeError) as error:
            failed.append(f"{path}: {type(error).__name__}: {error}"[:300])
        opened += 1
    assert opened
    assert not failed


HAM = {
    "mails.tar.xz": ("easy-ham", "hard-ham", "/lkml/", "spamassassin-t/nice"),
    "list-5000.tar.gz": ("",),
}
"""Honest mail: but for the spam that got through to the lists."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ARCHIVES)
def test_honest_senders_are_rarely_doubted(corpora: Path, name: str) -> None:
    if not (corpora / name).exists():
        pytest.skip(f"{name} is not in the folder of the test mails")
    read: list[Message] = []
    for path, raw in mails(corpora / name):
        if any(part in path for part in HAM[name]):
            read.append(read_message(raw))
    people = Counter((one.name, one.addr) for message in read for one in message.envelope.from_[:1])
    known = gather(((name, addr, 0, count) for (name, addr), count in people.items()), [("Me Myself", "me@home.example")])
    warned = Counter[str]()
    doubted = 0
    for message in read:
        fields = read_headers(message.raw).fields
        found = {one.id for one in examine(fields, message.envelope, (), known, (0, 1)).findings if one.warning}
        warned.update(found)
        doubted += bool(found)
    assert read
    assert doubted <= max(len(read) * 3 // 100, 3), dict(warned)
