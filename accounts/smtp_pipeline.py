"""Several SMTP commands in one write, their replies read one by one (PIPELINING, RFC 2920).

aiosmtplib keeps one reply at a time and drops what comes behind it: for as long as the envelope is told, the line is read
by a protocol of our own; then aiosmtplib has it back.

Some servers offer it and cannot do it. That shows before DATA, so that the mail can be told them again, one command at
a time (`accounts.smtp`, `accounts.out_of_step`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiosmtplib

LONGEST_LINE = 4096
MOST_LINES = 500
"""Of one reply."""
WINDOW = 100
"""Commands that are under way at a time: a server that is slow to read does not get thousands at once."""

PATIENCE = 60.0
"""Seconds for each reply: a server that has dropped the commands behind the first says nothing more."""
_LOST = (500, 502, 503)
"""What a server says that has lost a command, or the end of one: 503 is a bad sequence. (501 is about an address.)"""

Reply = tuple[int, str]
"""Code and words."""


class OutOfStep(ConnectionError):
    """The replies do not belong to the commands: nobody knows which is whose."""


def looks_lost(reply: Reply) -> bool:
    """Whether a server refuses the order or the pace of the commands, and not what they say."""
    code, answer = reply
    return code in _LOST or (500 <= code < 600 and ("synchroni" in answer.casefold() or "pipelin" in answer.casefold()))


class _Replies(asyncio.StreamReaderProtocol):
    """What the server says; that it hung up is remembered."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self.hung_up = False

    def eof_received(self) -> bool:
        self.hung_up = True
        super().eof_received()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.hung_up = True
        super().connection_lost(exc)


@asynccontextmanager
async def _borrowed(transport: asyncio.Transport) -> AsyncIterator[tuple[asyncio.StreamReader, _Replies]]:
    """The line, read by us."""
    owner = transport.get_protocol()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    replies = _Replies(reader)
    transport.set_protocol(replies)
    try:
        yield reader, replies
    finally:
        transport.set_protocol(owner)


async def ask_all(client: aiosmtplib.SMTP, commands: Sequence[bytes], patience: float) -> list[Reply]:
    """The replies to the commands, in their order; fewer where the first is refused: the others have no meaning then.

    `patience`: seconds for each reply. Raises OSError where the line ends or nothing comes (OutOfStep: too much comes, or
    what a server says that is in a muddle), SMTPResponseException for what is no reply.
    """
    transport = client.transport
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        raise ConnectionResetError
    found: list[Reply] = []
    async with _borrowed(transport) as (reader, replies):
        for start in range(0, len(commands), WINDOW):
            some = commands[start : start + WINDOW]
            transport.write(b"".join(command + b"\r\n" for command in some))
            for _ in some:
                async with asyncio.timeout(patience):
                    found.append(await _reply(reader))
                if looks_lost(found[-1]):
                    raise OutOfStep
                if not 200 <= found[0][0] < 300:
                    return found
                if found[-1][0] == 421:  # it leaves, and says so: the commands are not to blame
                    raise aiosmtplib.SMTPResponseException(*found[-1])
        if replies.hung_up:
            raise ConnectionResetError
        reader.feed_eof()
        if await reader.read(1):
            raise OutOfStep
    return found


async def _reply(reader: asyncio.StreamReader) -> Reply:
    """One reply (RFC 5321 §4.2)."""
    lines: list[str] = []
    while len(lines) < MOST_LINES:
        try:
            line = (await reader.readuntil(b"\n")).rstrip(b"\r\n")
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError from error
        except asyncio.LimitOverrunError as error:
            raise aiosmtplib.SMTPResponseException(-1, "Response too long") from error
        if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b""):
            raise aiosmtplib.SMTPResponseException(-1, line[:200].decode("utf-8", "replace"))
        lines.append(line[4:].decode("utf-8", "replace"))
        if line[3:4] != b"-":
            return int(line[:3]), "\n".join(lines)
    raise aiosmtplib.SMTPResponseException(-1, "Response too long")
