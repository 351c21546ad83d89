"""An IMAP server that misbehaves: the demo's server with one bad habit at a time, named in `HABITS`.

Each habit befalls the greeting or the answers to certain commands, and ends by going on, hanging up, falling silent or
dripping. `wear` puts it on; afterwards the server can be honest again.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from accounts.demo.imap_server import ImapServer
from accounts.demo.imap_session import Session

GREETING = "the greeting"
GO_ON, HANG_UP, SILENCE, DRIP = "go on", "hang up", "silence", "drip"
Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Habit:
    """What becomes of the answers to some commands: honest bytes → what is sent, and what happens then."""

    commands: tuple[str, ...]
    change: Change
    then: str = GO_ON
    once: bool = False
    """Only the first time."""


def wear(server: ImapServer, habit: Habit | None) -> list[str]:
    """Put a habit on, or None for an honest server; the list grows by the commands that met it."""
    met: list[str] = []

    def greet(session: Session) -> bytes | None:
        if habit is None or GREETING not in habit.commands or (habit.once and met):
            return None
        met.append(GREETING)
        session.leaving = habit.then == HANG_UP
        return habit.change(b"* OK [CAPABILITY %s] ready\r\n" % session.capabilities().encode())

    def answer(session: Session, name: str, honest: bytes) -> bytes | None:
        if habit is None or not _meant(habit, name) or (habit.once and met) or habit.then in (SILENCE, DRIP):
            return None
        met.append(name)
        session.leaving = session.leaving or habit.then == HANG_UP
        return habit.change(honest)

    async def keep_waiting(session: Session, tag: str) -> bytes:
        assert habit is not None
        said = habit.change(tag.encode() + b" OK done\r\n")
        if habit.then == SILENCE:
            await session.send(said)
            while await session.reader.read(65536):
                continue
        while habit.then == DRIP:
            for place in range(len(said)):
                await session.send(said[place : place + 1])
                with contextlib.suppress(TimeoutError):
                    if not await asyncio.wait_for(session.reader.read(65536), 0.01):
                        return b""
        return b""

    def command(session: Session, tag: str, name: str, args: object) -> object:
        if habit is None or habit.then not in (SILENCE, DRIP) or not _meant(habit, name) or (habit.once and met):
            return None
        met.append(name)
        return keep_waiting(session, tag)

    server.on_connect, server.on_answer = greet, answer
    server.on_command = command  # type: ignore[assignment]
    return met


def _meant(habit: Habit, name: str) -> bool:
    return name in habit.commands or ("LOGIN" in habit.commands and name == "AUTHENTICATE")


# how an answer is changed ---------------------------------------------------------------------------------


def before(*data: bytes) -> Change:
    """Say this first, then what is honest."""
    return lambda honest: b"".join(data) + honest


def after(*data: bytes) -> Change:
    """What is honest, then this."""
    return lambda honest: honest + b"".join(data)


def instead(*data: bytes) -> Change:
    """This, and the honest end."""
    return lambda honest: b"".join(data) + honest.splitlines(True)[-1]


def only(*data: bytes) -> Change:
    """Nothing but this."""
    return lambda honest: b"".join(data)


def swap(old: bytes, new: bytes) -> Change:
    """The honest answer, with other words in it."""
    return lambda honest: honest.replace(old, new)


def ending(words: bytes) -> Change:
    """The honest tag with these words, and nothing else."""
    return lambda honest: honest.splitlines(True)[-1].split(b" ")[0] + b" " + words + b"\r\n"


def half(honest: bytes) -> bytes:
    """As far as the middle."""
    return honest[: len(honest) // 2]


def twice(honest: bytes) -> bytes:
    """The untagged part two times."""
    lines = honest.splitlines(True)
    return b"".join(lines[:-1]) * 2 + lines[-1]


def untagged_last(honest: bytes) -> bytes:
    """The end first, what belongs before it afterwards."""
    lines = honest.splitlines(True)
    return lines[-1] + b"".join(lines[:-1])


# every command, every way to say no -----------------------------------------------------------------------

COMMANDS = (
    "LOGIN", "ENABLE", "LIST", "SELECT", "FETCH", "UID FETCH", "UID SEARCH", "IDLE", "UID STORE", "UID COPY", "UID MOVE",
    "UID EXPUNGE", "APPEND", "CREATE", "SUBSCRIBE", "STATUS",
)  # fmt: skip
MANNERS: dict[str, tuple[Change, str]] = {
    "NO": (ending(b"NO [CANNOT] no"), GO_ON),
    "NO for now": (ending(b"NO [INUSE] later"), GO_ON),
    "BAD": (ending(b"BAD what?"), GO_ON),
    "BYE": (only(b"* BYE going down\r\n"), HANG_UP),
    "BYE after the answer": (after(b"* BYE going down\r\n"), HANG_UP),
    "a cut in the middle": (half, HANG_UP),
    "another's tag": (only(b"ZZ99 OK done\r\n"), GO_ON),
    "the end first": (untagged_last, GO_ON),
    "everything twice": (twice, GO_ON),
    "silence": (only(b""), SILENCE),
    "a drip": (only(b"* OK [ALERT] still at it\r\n"), DRIP),
}


def manner(command: str, name: str) -> Habit:
    """A command that is always answered in this manner."""
    change, then = MANNERS[name]
    return Habit((command,), change, then)


# bad habits -----------------------------------------------------------------------------------------------

_BIG = b"9223372036854775808"  # more than a row of a database holds
_KEYWORDS = b"".join(b"k%d " % n for n in range(10_000))
PASSWORD = b"geheim-pa55"
"""What the server of a visit takes, and sometimes says back."""
_SENT = base64.b64encode(b"\0maria@correio.example\0" + PASSWORD)
_MAIL = b"Subject: x\r\n\r\n"


def _fetch(items: bytes, literal: bytes = b"") -> bytes:
    return b"* 1 FETCH (" + items + (b" {%d}\r\n" % len(literal) + literal if literal else b"") + b")\r\n"


def _greetings() -> dict[str, Habit]:
    here = (GREETING,)
    return {
        "greeting: BYE": Habit(here, only(b"* BYE overloaded\r\n"), HANG_UP),
        "greeting: BYE with a referral": Habit(here, only(b"* BYE [REFERRAL imap://thief.example/] go there\r\n"), HANG_UP),
        "greeting: NO": Habit(here, only(b"* NO not you\r\n")),
        "greeting: BAD": Habit(here, only(b"* BAD \x80\r\n")),
        "greeting: another protocol": Habit(here, only(b"HTTP/1.1 400 Bad Request\r\n\r\n"), HANG_UP),
        "greeting: random bytes": Habit(here, only(bytes(range(256)) * 8), HANG_UP),
        "greeting: nothing": Habit(here, only(b""), HANG_UP),
        "greeting: silence": Habit(here, only(b"")),
        "greeting: without a line end": Habit(here, only(b"* OK")),
        "greeting: an endless line": Habit(here, only(b"* OK " + b"x" * 5_000_000)),
        "greeting: a literal": Habit(here, only(b"* OK {10}\r\n0123456789\r\n")),
        "greeting: PREAUTH": Habit(here, only(b"* PREAUTH come in\r\n")),
        "greeting: capabilities without IMAP4rev1": Habit(here, only(b"* OK [CAPABILITY IDLE] hi\r\n")),
        "greeting: a hundred thousand capabilities": Habit(here, only(b"* OK [CAPABILITY IMAP4rev1", b" X" * 99_999, b"]\r\n")),
        "greeting: 8-bit and NUL": Habit(here, only(b"* OK [CAPABILITY IMAP4rev1 \xff\x00\x1b[2J] \xe9\x00\r\n")),
        "greeting: an alert that writes": Habit(here, only(b"* OK [ALERT] \x1b]0;owned\x07\x9b2J \xe2\x80\xae\r\n")),
        "greeting: answers to commands not yet given": Habit(here, after(*(b"A%03d OK\r\n" % n for n in range(50)))),
    }


def _logins() -> dict[str, Habit]:
    here = ("LOGIN",)
    return {
        "login: LOGINDISABLED": Habit((GREETING,), only(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n")),
        "login: only unknown ways": Habit((GREETING,), only(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=X] hi\r\n")),
        "login: a referral": Habit(here, ending(b"NO [REFERRAL imap://thief.example/] go there")),
        "login: OK and gone": Habit(here, after(b""), HANG_UP),
        "login: OK to nobody": Habit(here, only(b"* OK you are in\r\n"), HANG_UP),
        "login: endless challenges": Habit(here, only(b"+ Z28gb24=\r\n" * 60_000)),
        "login: challenges that are no base64": Habit(here, only(b"+ \xff%%%\r\n"), HANG_UP),
        "login: an alert a thousand times": Habit(here, before(b"* OK [ALERT] pay now\x1b[2J\r\n" * 1000)),
        "login: no capabilities left": Habit(here, ending(b"OK [CAPABILITY ] in")),
        "login: the password said back": Habit(here, ending(b"NO not with %s, sent as %s" % (PASSWORD, _SENT))),
    }


def _folders() -> dict[str, Habit]:
    here = ("LIST",)

    odd = tuple(enumerate((b"", b"//", b"\x00", b"\\\\", b"\xff", b"%")))

    def listed(*names: bytes, flags: bytes = b"", delimiter: bytes = b'"/"') -> Habit:
        return Habit(here, before(*(b"* LIST (%s) %s %s\r\n" % (flags, delimiter, name) for name in names)))

    return {
        "folders: thousands": listed(*(b'"f%d"' % n for n in range(2000))),
        "folders: names of files": listed(b'"../../etc/passwd"', b'"/"', b'".."', b'"~"', b'"a//b"', b'"//"'),
        "folders: control characters": listed(b'"\x1b]0;x\x07"', b'"\x00"', b'"\x85\x9b2J"', b'"a\tb"', b'"\xe2\x80\xae"'),
        "folders: a name of a hundred kilobytes": listed(b'"' + b"n" * 100_000 + b'"'),
        "folders: five hundred levels": listed(b'"' + b"/".join([b"d"] * 500) + b'"'),
        "folders: delimiters of all kinds": Habit(here, before(*(b'* LIST () "%s" "de%dx"\r\n' % (d, n) for n, d in odd))),
        "folders: literals": listed(b"{0}\r\n", b"{4}\r\na\r\nb", b"{3}\r\nl\xe9l"),
        "folders: a literal that is too short": Habit(here, before(b'* LIST () "/" {400}\r\nabc\r\n')),
        "folders: wildcards": listed(b'"%"', b'"*"', b'"a*%"'),
        "folders: INBOX in every spelling": listed(b"inbox", b"Inbox", b'"INBOX"', b"{5}\r\ninBOX", flags=b"\\HasNoChildren"),
        "folders: INBOX cannot be opened": Habit(here, swap(b') "/" INBOX', b' \\Noselect) "/" INBOX')),
        "folders: none": Habit(here, instead(b"")),
        "folders: only one": Habit(here, instead(b'* LIST () "/" Other\r\n')),
        "folders: flags that are lists": listed(b"X1", flags=b'(\\Sent) "\\Trash" NIL'),
        "folders: nonsense": Habit(here, before(b"* LIST\r\n* LIST (\r\n")),
        "folders: every role twice": listed(b"R1", b"R2", flags=b"\\Sent \\Trash \\Drafts \\Junk \\Archive \\All"),
        "folders: status with huge numbers": Habit(
            here, before(b"* STATUS INBOX (MESSAGES %s UIDNEXT %s UIDVALIDITY %s HIGHESTMODSEQ %s)\r\n" % ((_BIG,) * 4))
        ),
        "folders: status with negative numbers": Habit(here, before(b"* STATUS INBOX (MESSAGES -1 UIDNEXT -2)\r\n")),
    }


def _selects() -> dict[str, Habit]:
    here = ("SELECT",)
    validity = iter(range(1, 1_000_000))
    return {
        "select: EXISTS negative": Habit(here, before(b"* -5 EXISTS\r\n")),
        "select: EXISTS huge": Habit(here, swap(b" EXISTS", _BIG + b" EXISTS")),
        "select: EXISTS flaps": Habit(here, before(b"* 0 EXISTS\r\n* 9 EXISTS\r\n* 0 EXISTS\r\n")),
        "select: empty": Habit(here, lambda honest: _numbered(honest, b"EXISTS", b"0")),
        "select: UIDVALIDITY flaps": Habit(here, lambda honest: _coded(honest, b"UIDVALIDITY", b"%d" % next(validity))),
        "select: UIDVALIDITY huge": Habit(here, lambda honest: _coded(honest, b"UIDVALIDITY", _BIG)),
        "select: UIDVALIDITY negative": Habit(here, lambda honest: _coded(honest, b"UIDVALIDITY", b"-1")),
        "select: UIDNEXT huge": Habit(here, lambda honest: _coded(honest, b"UIDNEXT", _BIG)),
        "select: UIDNEXT zero": Habit(here, lambda honest: _coded(honest, b"UIDNEXT", b"0")),
        "select: HIGHESTMODSEQ huge": Habit(here, lambda honest: _coded(honest, b"HIGHESTMODSEQ", _BIG)),
        "select: HIGHESTMODSEQ zero": Habit(here, lambda honest: _coded(honest, b"HIGHESTMODSEQ", b"0")),
        "select: no PERMANENTFLAGS": Habit(here, lambda honest: _coded(honest, b"PERMANENTFLAGS", b"()")),
        "select: read-only": Habit(here, swap(b"READ-WRITE", b"READ-ONLY")),
        "select: mails gone that never were": Habit(here, before(b"* 0 EXPUNGE\r\n* 4294967295 EXPUNGE\r\n* VANISHED 0,9:1\r\n")),
        "select: mail pushed": Habit(here, before(_fetch(b"UID 900 FLAGS (\\Deleted) RFC822.SIZE 9 BODY[]", _MAIL))),
        "select: search results pushed": Habit(here, before(b"* SEARCH 1 2 3\r\n* ESEARCH UID ALL 7:9\r\n")),
        "select: quoted strings without end": Habit(here, before(b'* FLAGS ("\r\n* OK [PERMANENTFLAGS (\\*\r\n')),
        "select: an answer that never ends": Habit(here, only(b"* OK x\r\n" * 60_000)),
        "select: lines without a kind": Habit(here, before(b"* \r\n")),
        "select: tagged OK two times": Habit(here, lambda honest: honest + honest.splitlines(True)[-1]),
    }


def _searches() -> dict[str, Habit]:
    here = ("UID SEARCH",)
    return {
        "search: UIDs twice and backwards": Habit(here, instead(b"* SEARCH 5 4 4 3 2 1 1\r\n")),
        "search: zero and beyond": Habit(here, instead(b"* SEARCH 0 4294967296 " + _BIG + b"\r\n")),
        "search: ranges without end": Habit(here, instead(b"* ESEARCH UID ALL 1:*\r\n")),
        "search: ranges backwards": Habit(here, instead(b"* ESEARCH UID ALL 6:1,0:0\r\n")),
        "search: nothing at all": Habit(here, instead(b"")),
        "search: three hundred thousand": Habit(here, instead(b"* SEARCH " + b"7 " * 300_000 + b"\r\n")),
    }


def _fetches() -> dict[str, Habit]:
    here = ("FETCH", "UID FETCH")
    return {
        "fetch: two mails under one UID": Habit(
            here,
            before(_fetch(b'UID 1 FLAGS () INTERNALDATE "14-Nov-2023 22:13:20 +0000" RFC822.SIZE 14 BODY[HEADER]', _MAIL)),
        ),
        "fetch: UIDs huge": Habit(here, before(_fetch(b"UID " + _BIG + b" FLAGS () RFC822.SIZE 3 BODY[HEADER]", _MAIL))),
        "fetch: UIDs negative": Habit(here, before(_fetch(b"UID -1 FLAGS () RFC822.SIZE 3 BODY[HEADER]", _MAIL))),
        "fetch: sequence number zero": Habit(here, before(b"* 0 FETCH (UID 1 FLAGS ())\r\n")),
        "fetch: sizes huge": Habit(here, lambda honest: _item(honest, b"RFC822.SIZE", _BIG)),
        "fetch: sizes negative": Habit(here, lambda honest: _item(honest, b"RFC822.SIZE", b"-7")),
        "fetch: sizes zero": Habit(here, lambda honest: _item(honest, b"RFC822.SIZE", b"0")),
        "fetch: MODSEQ huge": Habit(here, swap(b"FLAGS (", b"MODSEQ (" + _BIG + b") FLAGS (")),
        "fetch: dates NIL": Habit(here, swap(b'INTERNALDATE "', b'INTERNALDATE NIL X-WAS "')),
        "fetch: dates of the year 9999 and 1": Habit(
            here, lambda honest: honest.replace(b"-2023 ", b"-9999 ").replace(b"-2026 ", b"-0001 ")
        ),
        "fetch: flags NIL": Habit(here, swap(b"FLAGS (", b"FLAGS NIL X-WAS (")),
        "fetch: flags within flags": Habit(here, swap(b"FLAGS (", b"FLAGS ((\\Seen) ")),
        "fetch: ten thousand keywords": Habit(here, swap(b"FLAGS (", b"FLAGS (" + _KEYWORDS)),
        "fetch: keywords that write": Habit(here, swap(b"FLAGS (", b"FLAGS (\x1b[2J \xff\xfe \x9b1m a\x00b [/red] ")),
        "fetch: a keyword of a megabyte": Habit(here, swap(b"FLAGS (", b"FLAGS (" + b"k" * 1_000_000 + b" ")),
        "fetch: 8-bit headers with NUL": Habit(here, swap(b"Subject: ", b"\xff\x00\x1b: \xe9")),
        "fetch: headers without a line end": Habit(here, lambda honest: _headers(honest, b"Subject: x")),
        "fetch: headers empty": Habit(here, lambda honest: _headers(honest, b"")),
        "fetch: headers that are a body": Habit(here, lambda honest: _headers(honest, b"\r\n\r\nno header\r\n")),
        "fetch: a million header lines": Habit(here, lambda honest: _headers(honest, b"A: b\r\n" * 100_000), once=True),
        "fetch: literals one too long": Habit(here, lambda honest: _literals(honest, 1)),
        "fetch: literals one too short": Habit(here, lambda honest: _literals(honest, -1)),
        "fetch: literals without end": Habit(here, only(b"* 1 FETCH (UID 1 BODY[HEADER] {4000}\r\nabc"), HANG_UP),
        "fetch: literal of binary": Habit(here, swap(b"] {", b"] ~{")),
        "fetch: literal with a sign": Habit(here, swap(b"] {", b"] {+")),
        "fetch: items nobody asked for": Habit(here, swap(b"(UID ", b"(ENVELOPE (" + b"NIL " * 10 + b") X (()) UID ")),
        "fetch: another section": Habit(here, swap(b"BODY[HEADER]", b"BODY[TEXT]")),
        "fetch: NIL for everything": Habit(here, instead(b"* 1 FETCH NIL\r\n* 2 FETCH (NIL NIL)\r\n* 3 FETCH ()\r\n")),
        "fetch: answers within answers": Habit(here, before(b"* 1 FETCH (UID 1 * 2 FETCH (UID 2))\r\n")),
        "fetch: everybody else's mail": Habit(
            here, before(*(b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (n, n) for n in range(1000, 4000)))
        ),
        "fetch: nothing": Habit(here, instead(b"")),
        "fetch: vanished without sense": Habit(("UID FETCH",), before(b"* VANISHED (EARLIER) 0:0,*:1,4294967296\r\n")),
        "fetch: every body is NIL": Habit(here, lambda honest: _bodies(honest, None)),
        "fetch: every body is another": Habit(here, lambda honest: _bodies(honest, b"From: x\r\n\r\nnot it\r\n")),
        "fetch: every body is longer": Habit(here, lambda honest: _bodies(honest, b"From: x\r\n\r\n" + b"y" * 200_000)),
    }


def _structures() -> dict[str, Habit]:
    told = {
        "NIL": b"NIL",
        "empty": b"()",
        "a word": b"what",
        "deep": b"(" * 1500 + b'"TEXT" "PLAIN"' + b")" * 1500,
        "deeper than allowed": b"(" * 20_000 + b")" * 20_000,
        "NILs": b"(NIL NIL NIL NIL NIL NIL NIL)",
        "an envelope of NIL": b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 10 NIL NIL 1)',
        "sizes that are none": b'("TEXT" "PLAIN" ("CHARSET" "x-none") NIL NIL "8BIT" -5 "many")',
        "sizes beyond": b'("TEXT" "PLAIN" NIL NIL NIL "BASE64" ' + _BIG + b" 1)",
        "parts by the thousand": b"(" + b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 1)' * 5000 + b' "MIXED")',
        "names that are paths": b'("TEXT" "PLAIN" ("NAME" "../x\x1b[2J") NIL NIL "7BIT" 3 1 NIL ("INLINE" ("FILENAME" "/\x00")))',
        "lists for words": b'((("TEXT") ("PLAIN")) ((())) "7BIT" ((NIL)))',
        "an encoding of its own": b'("TEXT" "PLAIN" NIL NIL NIL "X-\x1b[2J" 300000 1)',
    }  # fmt: skip
    return {f"structure: {name}": Habit(("UID FETCH",), _structured(value)) for name, value in told.items()}


def _changes() -> dict[str, Habit]:
    return {
        "append: UIDs of nobody": Habit(("APPEND",), ending(b"OK [APPENDUID " + _BIG + b" " + _BIG + b"] done")),
        "append: UID zero": Habit(("APPEND",), ending(b"OK [APPENDUID 0 0] done")),
        "append: in words": Habit(("APPEND",), ending(b"OK [APPENDUID one two three] done")),
        "append: no room": Habit(("APPEND",), ending(b"NO [OVERQUOTA] full")),
        "append: no such folder": Habit(("APPEND",), ending(b"NO [TRYCREATE] none")),
        "move: copies of nobody": Habit(("UID MOVE", "UID COPY"), ending(b"OK [COPYUID " + _BIG + b" 1:2 " + _BIG + b"] done")),
        "move: pairs that do not pair": Habit(("UID MOVE", "UID COPY"), ending(b"OK [COPYUID 1700000001 1,2 7] done")),
        "move: no such folder": Habit(("UID MOVE", "UID COPY"), ending(b"NO [TRYCREATE] none")),
        "store: other flags than asked for": Habit(("UID STORE",), before(_fetch(b"UID 1 FLAGS (\\Deleted \\Draft)"))),
        "store: mails of nobody": Habit(("UID STORE",), before(b"* 4000000000 FETCH (FLAGS (\\Seen))\r\n")),
        "store: [MODIFIED]": Habit(("UID STORE",), ending(b"OK [MODIFIED 1:4294967295] done")),
        "expunge: of everything, it says": Habit(("UID EXPUNGE",), before(b"* VANISHED 1:4294967295\r\n")),
        "create: it exists": Habit(("CREATE",), ending(b"NO [ALREADYEXISTS] there")),
        "idle: no go-ahead": Habit(("IDLE",), only(b""), SILENCE),
        "idle: refused": Habit(("IDLE",), only(b"* BAD no\r\n"), SILENCE),
        "idle: a flood": Habit(("IDLE",), only(b"+ idling\r\n" + b"* 5 EXISTS\r\n* OK still\r\n" * 20_000), SILENCE),
        "idle: mail pushed": Habit(("IDLE",), only(b"+ idling\r\n", _fetch(b"UID 1 BODY[]", _MAIL)), SILENCE),
        "idle: goodbye": Habit(("IDLE",), only(b"+ idling\r\n* BYE\r\n"), SILENCE),
        "idle: half a literal": Habit(("IDLE",), only(b"+ idling\r\n* 1 FETCH (BODY[] {50}\r\nabc"), SILENCE),
        "idle: ended by the server": Habit(("IDLE",), before(b"+ idling\r\n")),
        "enable: of other things": Habit(("ENABLE",), before(b"* ENABLED UTF8=ACCEPT IMAP4rev2 \xff\r\n")),
    }


# the tools of the habits ----------------------------------------------------------------------------------


def _numbered(honest: bytes, kind: bytes, number: bytes) -> bytes:
    return b"".join(b"* " + number + b" " + kind + b"\r\n" if kind in line else line for line in honest.splitlines(True))


def _coded(honest: bytes, code: bytes, value: bytes) -> bytes:
    lines = honest.splitlines(True)
    return b"".join(b"* OK [" + code + b" " + value + b"] x\r\n" if b"[" + code in line else line for line in lines)


def _item(honest: bytes, name: bytes, value: bytes) -> bytes:
    head, *rest = honest.split(name + b" ")
    return head + b"".join(name + b" " + value + one.lstrip(b"0123456789") for one in rest)


def _parts(honest: bytes) -> list[tuple[bytes, bytes | None]]:
    """(text, the literal that follows or None) over and over."""
    found: list[tuple[bytes, bytes | None]] = []
    while True:
        at = honest.find(b"}\r\n")
        begin = honest.rfind(b"{", 0, at) if at >= 0 else -1
        if begin < 0:
            return [*found, (honest, None)]
        size = int(honest[begin + 1 : at].strip(b"+"))
        found.append((honest[:begin], honest[at + 3 : at + 3 + size]))
        honest = honest[at + 3 + size :]


def _rebuilt(honest: bytes, change: Callable[[bytes, bytes], bytes | None], announced: int = 0) -> bytes:
    out = b""
    for text, literal in _parts(honest):
        if literal is None:
            out += text
            continue
        new = change(text, literal)
        out += text + (b"NIL" if new is None else b"{%d}\r\n" % (len(new) + announced) + new)
    return out


def _headers(honest: bytes, header: bytes) -> bytes:
    return _rebuilt(honest, lambda text, literal: header if text.endswith(b"BODY[HEADER] ") else literal)


def _bodies(honest: bytes, body: bytes | None) -> bytes:
    return _rebuilt(honest, lambda text, literal: literal if b"HEADER" in text else body)


def _literals(honest: bytes, more: int) -> bytes:
    return _rebuilt(honest, lambda text, literal: literal, more)


def _structured(value: bytes) -> Change:
    def change(honest: bytes) -> bytes:
        if b"BODYSTRUCTURE " not in honest:
            return honest
        uid = honest[honest.index(b"UID ") + 4 :].split(b" ")[0].rstrip(b")\r\n")
        return b"* 1 FETCH (UID %s BODYSTRUCTURE %s)\r\n" % (uid, value) + honest.splitlines(True)[-1]

    return change


HABITS: dict[str, Habit] = {
    **_greetings(), **_logins(), **_folders(), **_selects(), **_searches(), **_fetches(), **_structures(), **_changes(),
}  # fmt: skip
