"""How long a mail takes to be opened: taken from the store, taken apart, laid out. Processor time, so that load does not count.

The HTML is that of the mails written for the tests, put together to the size that is judged; where the corpora are there, every
mail of them is opened in every form.
"""

from __future__ import annotations

import gc
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from core.html import html_to_text, render_html
from core.html_clean import cleaned_html
from core.message import attachments, bodies, part_bytes, part_text, read_message
from core.reading import open_body
from core.source_text import render_source
from core.text import render_text
from tests.bench.figures import Figure, percentile
from tests.bench.vocabulary import COMMON
from tests.core.test_html_mails import FOLDER, MAILS
from tests.tui.office import Office, mail

HTML = 50_000
LINES = 20_000
WIDTHS = (72, 120)
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


def measure_opening(rounds: int) -> list[Figure]:
    """Mails made here; milliseconds, the best of `rounds`."""
    html = " ".join(COMMON)
    pages = {name: sized(name) for name in MAILS} | {"tables": tables()}
    figures = [
        Figure(f"50 KB of HTML like {name}, {width} columns", spent(partial(render_html, text, width), rounds), "ms", 60)
        for name, text in pages.items()
        for width in WIDTHS
    ]
    text = "".join(f"> {html[n % 200 : n % 200 + 70]}\n" if n % 3 else f"{html[:300]}\n" for n in range(LINES))
    figures.append(Figure("20,000 lines of text", spent(lambda: render_text(text, 80), rounds), "ms", 150))
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        office.put(mail(1, "Stored", body=html * 2), mail(2, "HTML", html=(FOLDER / "newsletter.html").read_text()))
        ids = [int(id) for (id,) in office.db.read("SELECT id FROM message ORDER BY id")]
        for id, name in zip(ids, ("text", "a newsletter's HTML"), strict=True):
            took = spent(partial(show, office, id), rounds)
            figures.append(Figure(f"a stored mail, {name}", took, "ms", 15))
        office.db.close()
    return figures


def measure_corpora(corpora: Path) -> list[Figure]:
    """Every mail of the archives, or of a folder of files, opened in every form in which it can be read."""
    from tests.corpus.test_corpus import all_mails

    times: dict[str, list[tuple[float, str]]] = {}
    for name, raw in all_mails(corpora):
        for form, work in forms_of(raw):
            times.setdefault(form, []).append((spent(work, 1), name))
    figures = []
    for form, found in times.items():
        took = [one for one, _name in found]
        if form == "HTML":
            figures.append(Figure("HTML, one of two", percentile(took, 0.5), "ms", 60))
            figures.append(Figure("HTML, 95 of 100", percentile(took, 0.95), "ms", 60))
            ten = sorted(found, reverse=True)[:10]
            figures.append(Figure("HTML, the tenth slowest", ten[-1][0], "ms", 1000, more=" ".join(name for _took, name in ten)))
        figures.append(Figure(f"{form}, 99 of 100", percentile(took, 0.99), "ms", 1000))
        slowest, name = max(found)
        figures.append(Figure(f"{form}, the slowest of {len(found):,}", slowest, "ms", 1000, more=name))
    return figures


def show(office: Office, id: int) -> None:
    """A stored mail, ready for the reader."""
    open_body(office.db, id).page(80)


def forms_of(raw: bytes) -> Iterator[tuple[str, Callable[[], object]]]:
    """What can be done to read a mail, by name."""
    yield "taken apart", partial(read_message, raw)
    yield "source", partial(render_source, raw, 80)
    message = read_message(raw)
    for part in {*bodies(message.parts), *bodies(message.parts, prefer_html=True)}:
        yield "decoded", partial(part_text, message, part.section)
        text = part_text(message, part.section)
        if part.type == "text/html":
            yield "HTML", partial(render_html, text, 80)
            yield "HTML for the index", partial(html_to_text, text)
            yield "HTML for a browser", partial(cleaned_html, text, message.envelope.subject, {})
        else:
            yield "text", partial(render_text, text, 80)
    for part in attachments(message.parts):
        yield "attachment", partial(part_bytes, message, part.section)


def sized(name: str) -> str:
    """The HTML of a mail of the tests, its body repeated up to the size that is judged."""
    html = (FOLDER / f"{name}.html").read_text()
    found = _BODY.search(html)
    body = found[1] if found else html
    return html.replace(body, (body * (HTML // len(body) + 1))[:HTML], 1)


def tables() -> str:
    """Data tables, some with cells too wide for a line, up to the size that is judged."""
    head = f"<table border=1><tr>{''.join(f'<th>Head {n}</th>' for n in range(6))}</tr>"
    rows: list[str] = []
    while sum(map(len, rows)) < HTML:
        n = len(rows)
        cells = (f'<td style="padding:3px">value {n * k} <b>{COMMON[n % len(COMMON)]}</b></td>' for k in range(6))
        rows.append(f"{'</table>' + head if n % 40 == 39 else ''}<tr>{''.join(cells)}</tr>")
    return f"{head}{''.join(rows)}</table>"


def spent(work: Callable[[], object], rounds: int) -> float:
    """Milliseconds of processor time, the least of so many times: what else the machine does makes none of them shorter."""
    return min(_rounds(work, rounds))


def _rounds(work: Callable[[], object], rounds: int) -> Iterator[float]:
    for _ in range(rounds):
        gc.collect(0)
        gc.disable()
        begin = time.process_time()
        work()
        yield (time.process_time() - begin) * 1000
        gc.enable()


def corpora_folder() -> Path | None:
    """Where the corpora are, if they are anywhere."""
    named = os.environ.get("CORREIO_CORPORA")
    for folder in (Path(named) if named else None, Path(__file__).parents[3] / "shared" / "corpora"):
        if folder is not None and folder.is_dir():
            return folder
    return None
