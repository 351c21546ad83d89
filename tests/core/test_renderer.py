"""HTML rendered in another process, which may hang or die."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from core.html import html_to_text, render_html
from core.render_worker import serve
from core.rendered import Page
from core.renderer import MOST_KEPT, RenderWorker

HTML = '<h1>Title</h1><p>one <a href="http://a.example/">two</a></p><blockquote>three</blockquote>'


@pytest.fixture
def worker() -> Iterator[RenderWorker]:
    """A worker that is ended after the test."""
    with RenderWorker() as running:
        yield running


def process_of(worker: RenderWorker) -> int:
    """The id of the worker's process."""
    assert worker._side.process is not None
    return worker._side.process.pid


def test_a_page_is_the_same_as_rendered_here(worker: RenderWorker) -> None:
    assert worker.render(HTML, 60, 30) == render_html(HTML, 60)
    assert worker.render(HTML, 20, 30) == render_html(HTML, 20)


def test_the_process_is_kept(worker: RenderWorker) -> None:
    worker.start()
    first = process_of(worker)
    worker.render("<p>a", 60, 30)
    worker.render("<p>b", 60, 30)
    assert process_of(worker) == first


def test_a_late_page_is_crude_and_the_next_one_is_well(worker: RenderWorker) -> None:
    worker.start()
    os.kill(process_of(worker), signal.SIGSTOP)
    first = process_of(worker)
    page = worker.render("<p>some <b>words</b></p>", 60, 0.01)
    assert page.notices == ("html-too-slow",)
    assert [line.text for line in page.lines] == ["some words"]
    assert worker.render("<p>next", 60, 30).notices == ()
    assert process_of(worker) != first


def test_a_process_that_died_is_replaced(worker: RenderWorker) -> None:
    worker.start()
    process = worker._side.process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert worker.render("<p>next", 60, 30).lines[0].text == "next"


def test_what_does_not_fit_through_a_pipe_at_once_arrives(worker: RenderWorker) -> None:
    html = "<p>" + "word " * 200_000
    page = worker.render(html, 60, 60)
    assert page.notices in ((), ("html-too-long",))
    assert len(page.lines) > 10_000


def test_lone_surrogates_pass(worker: RenderWorker) -> None:
    assert worker.render("<p>a\ud800b", 60, 30).lines[0].text.startswith("a")


def test_pages_are_remembered_but_not_all(worker: RenderWorker) -> None:
    first = worker.render("<p>0", 60, 30)
    assert worker.render("<p>0", 60, 30) is first
    for number in range(1, MOST_KEPT + 1):
        worker.render(f"<p>{number}", 60, 30)
    again = worker.render("<p>0", 60, 30)
    assert again == first
    assert again is not first


def test_another_core_beside_is_not_picked_up(worker: RenderWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert worker.render("<p>well", 60, 30).lines[0].text == "well"


def test_secrets_in_the_environment_stay_here(worker: RenderWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORREIO_TEST_SECRET", "hunter2")
    worker.start()
    environment = Path(f"/proc/{process_of(worker)}/environ")
    if not environment.exists():
        pytest.skip("no /proc here: the environment of another process cannot be read")
    assert b"hunter2" not in environment.read_bytes()


def test_the_other_side_answers_until_its_input_ends() -> None:
    html, names = '<p>x<img src="cid:a@b">', {"a@b": "boat.png"}
    question = msgspec.msgpack.encode((html, 40, names, 0.0))
    answers = io.BytesIO()
    serve(io.BytesIO((len(question).to_bytes(4, "big") + question) * 2), answers)
    data = answers.getvalue()
    assert data[:1] == b"\0"
    length = int.from_bytes(data[1:5], "big")
    assert msgspec.msgpack.decode(data[5 : 5 + length], type=Page) == render_html(html, 40, names)
    assert len(data) == 1 + 2 * (4 + length)


def test_the_text_alone(worker: RenderWorker) -> None:
    assert worker.text(HTML, 30) == html_to_text(HTML)
    assert worker.text("", 30) == html_to_text("")
    assert worker.render(HTML, 60, 30) == render_html(HTML, 60)


def test_text_that_does_not_come_in_time_is_none_and_the_next_comes(worker: RenderWorker) -> None:
    assert worker.text(HTML, 30)
    hung = process_of(worker)
    os.kill(hung, signal.SIGSTOP)
    assert worker.text(HTML, 0.05) == ""
    assert worker.text(HTML, 30) == html_to_text(HTML)
    assert process_of(worker) != hung
