"""An engine that has no descriptor left for a while: afterwards it lets callers in, collects and sends as before."""

from __future__ import annotations

import contextlib
import resource
import socket
import sys
from collections.abc import Iterator

import pytest

from tests.accounts.engine.listener import Listener
from tests.commands.house import PostOffice, letter


@pytest.mark.server
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="another process is given its limits on Linux only")
def test_no_descriptor_is_left_for_a_while(post: PostOffice) -> None:
    with post.engine() as engine:
        engine.until(post.is_well)
        with contextlib.ExitStack() as knocking, without_descriptors(engine.client.pid):
            for _ in range(2):  # for the first of them there is a descriptor: who waits at the door has taken it before
                caller = knocking.enter_context(socket.socket(socket.AF_UNIX))
                caller.connect(str(post.home.socket))
            engine.until(lambda: "nobody can be let in" in post.log())
            engine.client.tell("look")
            engine.until(lambda: "outbox cannot be looked through" in post.log())
            engine.until(lambda: "account 1: offline" in post.log())
        with contextlib.closing(Listener(post.home)) as late:
            assert late.ask("status")["pid"] == engine.client.pid
        post.dovecot.deliver(post.mailbox, letter())
        engine.until(lambda: post.ask(lambda db: db.value("SELECT count(*) FROM message")))
        post.run("send", "--to", "bob@example.net", stdin="x")
        post.smtp.wait_for(1)
    assert "mistake" not in post.log()


@contextlib.contextmanager
def without_descriptors(process: int) -> Iterator[None]:
    """For this long the process can open nothing more."""
    number = resource.RLIMIT_NOFILE
    before = resource.prlimit(process, number)
    resource.prlimit(process, number, (3, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, number, before)
