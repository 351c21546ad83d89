"""kill -9 while syncing, sending and writing: nothing lost, nothing twice, in the end equal to the server.

The bench does it 200 times. Kills at each step of sending are in tests/commands.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.bench.kills import kill_while_sending, kill_while_syncing
from tests.bench.writing import kill_while_writing
from tests.depth import depth
from tests.servers.dovecot import Dovecot

KILLS_SYNCING = depth(8, 20)
KILLS_SENDING = depth(4, 20)
KILLS_WRITING = depth(10, 20)
pytestmark = pytest.mark.timeout(400)


def test_while_syncing(make_dovecot: Callable[..., Dovecot]) -> None:
    damage = kill_while_syncing(KILLS_SYNCING, mails=300)
    assert damage.complaints == []
    assert damage.kills >= KILLS_SYNCING / 2


def test_while_sending(make_dovecot: Callable[..., Dovecot]) -> None:
    damage = kill_while_sending(KILLS_SENDING)
    assert damage.complaints == []
    assert damage.kills >= KILLS_SENDING / 2


def test_while_writing() -> None:
    written = kill_while_writing(KILLS_WRITING, together=3)
    assert [one.complaint for one in written if one.complaint] == []
    assert len(written) == KILLS_WRITING
