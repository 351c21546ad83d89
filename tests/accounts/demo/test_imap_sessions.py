"""Several sessions in one mailbox, at random: what each was told must add up to what is there."""

from __future__ import annotations

import random
import re
import socket

import pytest

from tests.accounts.demo.conftest import MAIL, Running


class Follower:
    """A client that believes only what it is told: it keeps the UIDs by sequence number."""

    def __init__(self, port: int, commands: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.uids: list[int | None] = []
        self.flags: dict[int, frozenset[str]] = {}
        self.do("LOGIN maria@correio.example demo")
        if commands:
            self.do(commands)
        self.do("SELECT INBOX")
        self.learn()
        self.by_uid = bool(commands)
        """With QRESYNC expunges are told by UID, so it has to know them all."""

    def do(self, command: str) -> str:
        """Run a command, follow its untagged answers, return the tagged one."""
        self.socket.sendall(f"t {command}\r\n".encode())
        fetching = re.match(r"(FETCH|STORE|SEARCH)\b", command)
        while True:
            line = self.file.readline().decode().rstrip()
            if line.startswith("t "):
                return line
            if found := re.fullmatch(r"\* (\d+) EXISTS", line):
                assert int(found[1]) >= len(self.uids), "EXISTS never shrinks a mailbox"
                self.uids += [None] * (int(found[1]) - len(self.uids))
            elif found := re.fullmatch(r"\* (\d+) EXPUNGE", line):
                assert not fetching, "numbers shift while they are in use"
                del self.uids[int(found[1]) - 1]
            elif found := re.fullmatch(r"\* VANISHED ([\d:,]+)", line):
                self.uids = [uid for uid in self.uids if uid is None or not _within(uid, found[1])]
            elif found := re.match(r"\* (\d+) FETCH \((?:UID (\d+) )?FLAGS \(([^)]*)\)", line):
                index = int(found[1]) - 1
                uid = int(found[2]) if found[2] else self.uids[index]
                assert self.uids[index] in (None, uid), "a number names another mail"
                self.uids[index] = uid
                if uid is not None:
                    self.flags[uid] = frozenset(found[3].split()) - {"\\Recent"}

    def learn(self) -> None:
        """Ask for the UIDs and flags of what is not known yet."""
        for number, uid in enumerate(self.uids, 1):
            if uid is None:
                self.do(f"FETCH {number} (UID FLAGS)")


def _within(uid: int, set_: str) -> bool:
    ends = [[int(end) for end in piece.split(":")] for piece in set_.split(",")]
    return any(piece[0] <= uid <= piece[-1] for piece in ends)


@pytest.mark.parametrize("seed", range(8))
def test_what_sessions_are_told_adds_up(imap: Running, seed: int) -> None:
    chance = random.Random(seed)
    imap.loop.call(imap.server.account.create, "Other")
    port = imap.server.port
    followers = [Follower(port), Follower(port), Follower(port, "ENABLE QRESYNC")]

    def someone_acts(who: Follower) -> None:
        known = [uid for uid in who.uids if uid is not None]
        uid = chance.choice(known) if known else 1
        number = chance.randint(1, len(who.uids)) if who.uids else 1
        literal = MAIL % b"new"
        who.do(
            chance.choice(
                (
                    "NOOP",
                    f"UID STORE {uid} +FLAGS (\\Deleted)",
                    f"UID STORE {uid} +FLAGS (\\Flagged k{chance.randint(1, 3)})",
                    f"STORE {number} -FLAGS (\\Flagged k1)",
                    f"FETCH {number} (UID FLAGS)",
                    "EXPUNGE",
                    f"UID MOVE {uid} Other",
                    f"UID COPY {uid} INBOX",
                    f"APPEND INBOX (\\Seen) {{{len(literal)}+}}\r\n{literal.decode()}",
                    f"APPEND INBOX {{{len(literal)}+}}\r\n{literal.decode()}",
                    "SEARCH UNSEEN",
                )
            )
        )

    for _ in range(150):
        who = chance.choice(followers)
        someone_acts(who)
        if who.by_uid:
            who.learn()
    for follower in followers:
        follower.do("NOOP")
        follower.learn()
        there = imap.loop.call(lambda: {uid: mail.flags for uid, mail in imap.server.account.boxes["INBOX"].mails.items()})
        assert follower.uids == list(there)
        assert {uid: set(follower.flags[uid]) for uid in there} == there
        follower.socket.close()
