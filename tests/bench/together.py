"""Two mail programs and a user on one mailbox, hundreds of times: servers that can all or lack something, bad lines."""

from __future__ import annotations

import contextlib
import random
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

from accounts.demo.imap_account import MailAccount
from accounts.demo.imap_server import CAPABILITIES, ImapOptions, ImapServer
from accounts.demo.loop_thread import LoopThread
from core.settings.schema import Server
from tests.accounts.imap.two_clients import work_together
from tests.accounts.mail_place import Place, open_store
from tests.bench.figures import Figure
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.narrow import NarrowProxy
from tests.servers.weather import Weather

LACKING = ("CONDSTORE", "QRESYNC", "UIDPLUS", "MOVE", "IDLE", "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE", "ESEARCH", "ENABLE")
ON_DOVECOT = 5
"""Each so many-th seed works on a real Dovecot, the others on the demo's server."""


def measure_together(seeds: int, first: int = 1, turns: int = 15) -> list[Figure]:
    """As many trials as there are seeds; each says on which seed it failed."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        dovecot = running.enter_context(Dovecot(Authority(Path(folder))))
        for seed in range(first, first + seeds):
            place = on_dovecot(dovecot, seed) if seed % ON_DOVECOT == 0 else on_demo(seed)
            home = Path(folder, str(seed))
            home.mkdir()
            with place as there:
                db = open_store(home)
                try:
                    work_together(there, db, seed, turns)
                except Exception:  # noqa: BLE001 - whatever it is, it is the finding
                    wrong.append(seed)
                    print(f"  seed {seed}\n{traceback.format_exc(limit=-3)}", flush=True)
                db.close()
    return [
        Figure("mailboxes changed by two programs and a user", seeds, "seeds"),
        Figure("not the same in the end", len(wrong), "seeds", 0),
    ]


def lacking(rng: random.Random) -> frozenset[str]:
    """What a server of this seed cannot do: often nothing, sometimes everything."""
    dice = rng.random()
    if dice < 0.25:
        return frozenset()
    if dice < 0.4:
        return frozenset(LACKING)
    gone = frozenset(rng.sample(LACKING, rng.randint(1, 4)))
    return gone | {"QRESYNC"} if "CONDSTORE" in gone else gone


@contextlib.contextmanager
def on_demo(seed: int) -> Iterator[Place]:
    """A mailbox on a demo server; every second seed has bad weather."""
    rng = random.Random(seed)
    options = ImapOptions(capabilities=CAPABILITIES - lacking(rng))
    server = ImapServer(MailAccount(), options)
    loop = LoopThread(server)
    loop.start()
    try:
        settings = Server(kind="imap", host="127.0.0.1", port=server.port, security="none", user=options.user)
        place = Place(settings, options.user, options.password, cut=lambda: loop.call(server.cut_all))
        with weather(place, rng, "127.0.0.1", server.port):
            yield place
    finally:
        loop.stop()


@contextlib.contextmanager
def on_dovecot(dovecot: Dovecot, seed: int) -> Iterator[Place]:
    """A mailbox on Dovecot, seen through a proxy that withholds what this seed lacks."""
    rng = random.Random(seed)
    mailbox = dovecot.user()
    settings = Server(
        kind="imap", host=dovecot.host, port=dovecot.ports.imaps, user=mailbox.user, trust=str(dovecot.authority.file)
    )
    with NarrowProxy(dovecot.host, dovecot.ports.imap, without=lacking(rng)) as proxy:
        place = Place(settings, mailbox.user, mailbox.password, dovecot.authority.client_context(), cut=proxy.cut)
        place.reached_at(proxy.host, proxy.port)
        with weather(place, rng, proxy.host, proxy.port):
            yield place


@contextlib.contextmanager
def weather(place: Place, rng: random.Random, host: str, port: int) -> Iterator[None]:
    """Every second time the way to the server is a bad one."""
    if rng.random() < 0.5:
        yield
        return
    with Weather(host, port, rng.randrange(1 << 30)) as sky:
        place.reached_at(sky.host, sky.port)
        place.at_last, place.patience = sky.clear_up, 1.0
        yield
