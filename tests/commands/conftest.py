"""A user's home, with or without an account on real servers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.house import House, PostOffice
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.smtp import SmtpSink
from tests.terminal.program import temporary_home


@pytest.fixture(scope="session")
def furnished() -> Iterator[Path]:
    """A home with a local account called loc, to be copied."""
    with temporary_home() as path:
        House(path).run("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")
        yield path


@pytest.fixture
def house(correio_home: Path, furnished: Path) -> House:
    """A home with a local account called loc."""
    shutil.copytree(furnished, correio_home, dirs_exist_ok=True)
    return House(correio_home)


@pytest.fixture
def cut_off(correio_home: Path) -> House:
    """A home with an account called away, whose servers nobody can reach (port 1 is never listened on)."""
    house = House(correio_home)
    servers = ["--in-host", "127.0.0.1", "--in-port", "1", "--out-host", "127.0.0.1", "--out-port", "1"]
    words = ["account", "add", "--email", "me@example.org", "--name", "away", "--no-test", "--store", "file", *servers]
    house.run(*words, "--password-stdin", stdin="secret\n")
    return house


@pytest.fixture
def new_post(correio_home: Path, dovecot: Dovecot, mailbox: Mailbox, make_smtp: Callable[..., SmtpSink]) -> PostOffice:
    """Servers, and a home without an account."""
    smtp = make_smtp("starttls")
    smtp.user, smtp.password = mailbox.user, mailbox.password  # one password for both, as at most providers
    return PostOffice(correio_home, dovecot, mailbox, smtp)


@pytest.fixture
def post(new_post: PostOffice) -> PostOffice:
    """Servers, and a home with the account called work."""
    new_post.add_account()
    return new_post
