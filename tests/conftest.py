"""Fixtures for every room: servers on loopback, temporary homes, the program in a pseudo-terminal."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.depth import set_depth
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot, find_dovecot
from tests.servers.dovecot_options import Options
from tests.servers.mailbox import Mailbox
from tests.servers.post import Post
from tests.servers.smtp import SmtpSink
from tests.terminal.program import begin_correio, correio, environment, temporary_home, warm_start
from tests.terminal.pty import begin_anew
from tests.terminal.terminal import Terminal

_SERVER_FIXTURES = {"dovecot", "make_dovecot", "mailbox", "post"}
_skipped: list[str] = []
NO_CORPORA = "no test corpora: set CORREIO_CORPORA to their folder"
_SCREENS = pytest.StashKey[list[Terminal]]()
set_depth()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Dovecot or a terminal, so that `-m "not server"` leaves it out."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & _SERVER_FIXTURES:
            item.add_marker("server")
        if "terminal" in fixtures:
            item.add_marker("terminal")


def pytest_collection_finish() -> None:
    """What thousands of tests are made of stays: no collection of garbage need look at it again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember which tests of real servers were skipped, but for want of foreign mail: nobody can install that."""
    if report.skipped and "server" in report.keywords and NO_CORPORA not in str(report.longrepr):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that demands real servers and skipped one."""
    if _skipped and os.environ.get("CORREIO_REQUIRE_SERVERS") == "1":
        print(f"\nskipped although CORREIO_REQUIRE_SERVERS=1: {', '.join(_skipped)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def missing(what: str) -> None:
    """Skip because `what` is not installed; a failure where CORREIO_REQUIRE_SERVERS=1 is set."""
    if os.environ.get("CORREIO_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{what} is missing, and CORREIO_REQUIRE_SERVERS=1 demands it", pytrace=False)
    pytest.skip(f"{what} is not installed: this test needs the real program")


@pytest.fixture(scope="session", autouse=True)
def _warm_start() -> Iterator[None]:
    """Commands begin in a process that has Correio loaded; it is started at the first of them."""
    with warm_start():
        yield


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificate authority of this run."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def make_dovecot(authority: Authority) -> Iterator[Callable[..., Dovecot]]:
    """Start another Dovecot: `make_dovecot(Options(...))`; it is stopped at the end of the run."""
    if find_dovecot() is None:
        missing("dovecot")
    with ExitStack() as running:

        def make(options: Options | None = None, *names: str) -> Dovecot:
            return running.enter_context(Dovecot(authority, *names, options=options))

        yield make


@pytest.fixture(scope="session")
def dovecot(make_dovecot: Callable[..., Dovecot]) -> Dovecot:
    """The Dovecot of this run: take a fresh user from it, and leave it running."""
    return make_dovecot()


@pytest.fixture
def mailbox(dovecot: Dovecot) -> Mailbox:
    """A fresh empty mailbox on `dovecot`."""
    return dovecot.user()


@pytest.fixture
def make_smtp(authority: Authority) -> Iterator[Callable[..., SmtpSink]]:
    """Start an SMTP server: `make_smtp("tls", auth=False, …)` with the arguments of SmtpSink."""
    with ExitStack() as running:

        def make(security: str = "starttls", **options: Any) -> SmtpSink:
            return running.enter_context(SmtpSink(authority, security, **options))

        yield make


@pytest.fixture
def smtp(make_smtp: Callable[..., SmtpSink]) -> SmtpSink:
    """An SMTP server with STARTTLS and AUTH."""
    return make_smtp()


@pytest.fixture
def post(dovecot: Dovecot, make_smtp: Callable[..., SmtpSink]) -> Post:
    """A fresh mailbox with an SMTP server (TLS) that delivers to the users of `dovecot`: `post.add_to(home)`."""
    return Post.open(dovecot, make_smtp("tls"))


@pytest.fixture
def corpora() -> Path:
    """The folder of foreign test mail: CORREIO_CORPORA, or `shared/corpora` beside the checkout."""
    given = os.environ.get("CORREIO_CORPORA")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared" / "corpora"
    if not folder.is_dir():
        pytest.skip(NO_CORPORA)
    return folder


@pytest.fixture
def correio_home() -> Iterator[Path]:
    """A fresh CORREIO_HOME; what still runs in it at the end is ended, and everything is removed."""
    with temporary_home() as home:
        yield home


@pytest.fixture
def gnupg_home(correio_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A throw-away GNUPGHOME, set for this process and for programs run in `correio_home`."""
    if shutil.which("gpg") is None:
        missing("gpg")
    folder = correio_home.parent / "gnupg"
    monkeypatch.setenv("GNUPGHOME", str(folder))
    return folder


@pytest.fixture
def terminal(correio_home: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Terminal]]:
    """Run Correio in a pseudo-terminal: `terminal("demo", columns=80, rows=24, env={…})`.

    `command` runs another program instead; `cold` starts Correio anew, where that is what the test shows. A test that
    fails shows the last screen.
    """
    with ExitStack() as running:
        shown = request.node.stash[_SCREENS] = list[Terminal]()

        def run(
            *args: str,
            command: list[str] | None = None,
            columns: int = 80,
            rows: int = 24,
            env: dict[str, str] | None = None,
            cold: bool = False,
        ) -> Terminal:
            told = environment(correio_home, **(env or {}))
            begin = begin_anew if cold else begin_correio
            cwd = str(correio_home.parent)
            one = Terminal(command or correio(*args), told, columns=columns, rows=rows, cwd=cwd, begin=begin)
            shown.append(running.enter_context(one))
            return one

        yield run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the last screens of a failed test under its traceback."""
    report = yield
    if report.failed and _SCREENS in item.stash:
        shown = item.stash[_SCREENS]
        for number, one in enumerate(shown, 1):
            report.sections.append((f"terminal {number}", one.picture()))
    return report
