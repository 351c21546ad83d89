"""Real and odd mails of others: each can be answered, forwarded, edited as new and (where servers allow) redirected."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.address import Address
from core.compose import build
from core.draft import ComposeError, Draft
from core.forward import forward, forward_attached
from core.message import read_message
from core.redirect import redirect
from core.reply import ALL, reply
from core.server_draft import edit_as_new, from_bytes, to_bytes
from core.settings.schema import Identity

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
ME = Identity(id="0a1b2c3d", account="aaaaaaaa", address="me@example.org", name="Ana", signature="Ana")
ZE = Address("Zé", "ze@example.net")
EVERY = 25
LARGEST = 500_000


def sample(archive: Path) -> Iterator[bytes]:
    with tarfile.open(archive, "r:*") as mails:
        files = [one for one in mails if one.isfile() and one.size <= LARGEST]
        for one in files[::EVERY]:
            if (file := mails.extractfile(one)) is not None:
                yield file.read()


def sent(draft: Draft) -> None:
    """Build it, which proofreads it; broken addresses of others are the one reason not to."""
    try:
        build(draft, ME, now=NOW)
    except ComposeError as error:
        assert error.id in ("no-recipients", "address-invalid")
        assert not draft.recipients or draft.to != (ZE,)


@pytest.mark.timeout(300)
def test_every_mail_can_be_answered_and_passed_on(corpora: Path) -> None:
    seen = 0
    for raw in sample(corpora / "mails.tar.xz"):
        message = read_message(raw)
        sent(reply(message, (ME,), ALL))
        sent(replace(forward(message, (ME,)), to=(ZE,)))
        sent(replace(forward_attached([message], (ME,)), to=(ZE,)))
        again = edit_as_new(message, (ME,))
        assert from_bytes(to_bytes(again, ME, now=NOW), (ME,)).subject == again.subject
        try:
            built = redirect(raw, ME, [ZE], now=NOW)
        except ComposeError as error:
            assert error.id == "redirect-unfit"
        else:
            assert built.recipients == ("ze@example.net",)
        seen += 1
    assert seen > 50
