"""A user's home, with or without an account on real servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.house import House, PostOffice
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.smtp import SmtpSink


@pytest.fixture
def house(correio_home: Path) -> House:
    """A home with a local account called loc."""
    house = House(correio_home)
    house.run("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")
    return house


@pytest.fixture
def new_post(
    correio_home: Path, dovecot: Dovecot, mailbox: Mailbox, make_smtp: Callable[..., SmtpSink]
) -> PostOffice:
    """Servers, and a home without an account."""
    smtp = make_smtp("starttls")
    smtp.user, smtp.password = mailbox.user, mailbox.password  # one password for both, as at most providers
    return PostOffice(correio_home, dovecot, mailbox, smtp)


@pytest.fixture
def post(new_post: PostOffice) -> PostOffice:
    """Servers, and a home with the account called work."""
    new_post.add_account()
    return new_post
