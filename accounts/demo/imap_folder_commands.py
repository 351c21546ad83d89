"""Commands on mailboxes as a whole: LIST, STATUS, CREATE …, SELECT, APPEND (RFC 3501 §6.3)."""

from __future__ import annotations

from datetime import UTC, datetime

from accounts.demo.imap_account import SPECIAL_USES
from accounts.demo.imap_command import Call, State, command
from accounts.demo.imap_mailbox import SYSTEM_FLAGS, Mailbox
from accounts.demo.imap_parser import (
    BadCommand,
    Refused,
    Token,
    compact,
    number,
    octets,
    ranges,
    read_date_time,
    string,
    text,
    word,
    words,
)
from accounts.demo.imap_session import Session
from accounts.demo.imap_view import View

_STATUS_ITEMS = (
    "MESSAGES",
    "RECENT",
    "UIDNEXT",
    "UIDVALIDITY",
    "UNSEEN",
    "DELETED",
    "SIZE",
    "HIGHESTMODSEQ",
    "MAILBOXID",
)


@command("NAMESPACE", state=State.LOGGED_IN, needs="NAMESPACE")
async def namespace(session: Session, call: Call) -> None:
    """NAMESPACE (RFC 2342): one personal namespace without a prefix."""
    session.untagged(f'NAMESPACE (("" "{session.account.delimiter}")) NIL NIL')


@command("CREATE", state=State.LOGGED_IN)
async def create(session: Session, call: Call) -> str | None:
    """CREATE, with `(USE (\\Sent))` of RFC 6154."""
    call.need(1, 2)
    use = ""
    if len(call.args) == 2:
        options = call.args[1]
        if not isinstance(options, list) or len(options) != 2 or word(options[0]) != "USE":
            raise BadCommand("USE expected")
        asked = ["\\" + each.removeprefix("\\").capitalize() for each in words(options[1])]
        if len(asked) != 1 or asked[0] not in SPECIAL_USES:
            raise Refused("[USEATTR] Unknown special use")
        use = asked[0]
    box = session.account.create(text(call.args[0]), use)
    session.account.subscribed.add(box.name)
    return f"[MAILBOXID ({box.id})] Create completed." if session.offers("OBJECTID") else None


@command("DELETE", state=State.LOGGED_IN)
async def delete(session: Session, call: Call) -> None:
    """DELETE."""
    call.need(1)
    name = session.account.key(text(call.args[0]))
    if session.view and session.view.mailbox.name == name:
        session.select(None)
    session.account.delete(name)


@command("RENAME", state=State.LOGGED_IN)
async def rename(session: Session, call: Call) -> None:
    """RENAME."""
    call.need(2)
    session.account.rename(text(call.args[0]), text(call.args[1]))


@command("SUBSCRIBE", "UNSUBSCRIBE", state=State.LOGGED_IN)
async def subscribe(session: Session, call: Call) -> None:
    """SUBSCRIBE, UNSUBSCRIBE."""
    call.need(1)
    name = session.account.key(text(call.args[0]))
    if call.name == "SUBSCRIBE":
        session.account.subscribed.add(session.account.box(name).name)
    else:
        session.account.subscribed.discard(name)


@command("LSUB", state=State.LOGGED_IN)
async def lsub(session: Session, call: Call) -> None:
    """LSUB."""
    call.need(2)
    account = session.account
    pattern = text(call.args[0]) + text(call.args[1])
    for name in account.names([pattern], account.subscribed):
        attributes = "" if name in account.subscribed else "\\Noselect"
        session.untagged(_list_line(session, "LSUB", attributes, name))


@command("LIST", state=State.LOGGED_IN)
async def list_(session: Session, call: Call) -> None:
    """LIST, with the selection and return options of RFC 5258, RFC 5819 and RFC 6154."""
    call.need(2, 5)
    args = list(call.args)
    selection = {each.upper() for each in words(args.pop(0))} if isinstance(args[0], list) else set()
    returns: list[Token] = []
    if len(args) > 2:
        if len(args) != 4 or word(args[2]) != "RETURN" or not isinstance(args[3], list):
            raise BadCommand("RETURN expected")
        returns = args[3]
    if isinstance(args[0], list):
        raise BadCommand("Reference expected")
    patterns = [text(args[0]) + pattern for pattern in words(args[1])]
    if patterns == [""]:
        session.untagged(f'LIST (\\Noselect) "{session.account.delimiter}" ""')
        return
    wanted, status_items = _list_returns(returns)
    for name in session.account.names(patterns):
        _list_one(session, name, selection, wanted, status_items)


def _list_returns(returns: list[Token]) -> tuple[set[str], list[str]]:
    """The return options of LIST: plain words, and the items of STATUS (…)."""
    wanted: set[str] = set()
    items: list[str] = []
    for token in returns:
        if isinstance(token, list):
            items = [each.upper() for each in words(token)]
        else:
            wanted.add(word(token))
    if bool(items) != ("STATUS" in wanted):
        raise BadCommand("STATUS wants its items")
    return wanted, items


def _list_one(session: Session, name: str, selection: set[str], wanted: set[str], status_items: list[str]) -> None:
    account = session.account
    box = account.boxes.get(name)
    subscribed = name in account.subscribed
    if "SUBSCRIBED" in selection and not subscribed:
        return
    if "SPECIAL-USE" in selection and not (box and box.use):
        return
    attributes = account.attributes(name, session.offers("SPECIAL-USE"))
    if subscribed and "SUBSCRIBED" in wanted | selection:
        attributes.append("\\Subscribed")
    session.untagged(_list_line(session, "LIST", " ".join(attributes), name))
    if box and status_items:
        session.untagged(_status_line(session, box, name, status_items))


def _list_line(session: Session, kind: str, attributes: str, name: str) -> bytes:
    head = f'{kind} ({attributes}) "{session.account.delimiter}" '
    return head.encode() + string(name.encode("latin-1"))


@command("STATUS", state=State.LOGGED_IN)
async def status(session: Session, call: Call) -> None:
    """STATUS."""
    call.need(2)
    name = text(call.args[0])
    box = session.account.box(name)
    items = [each.upper() for each in words(call.args[1])]
    session.untagged(_status_line(session, box, name, items))


def _status_line(session: Session, box: Mailbox, name: str, items: list[str]) -> bytes:
    wanting = {"HIGHESTMODSEQ": "CONDSTORE", "MAILBOXID": "OBJECTID"}
    known = [item for item in _STATUS_ITEMS if item not in wanting or session.offers(wanting[item])]
    if not items or any(item not in known for item in items):
        raise BadCommand("Unknown STATUS item")
    session.condstore |= "HIGHESTMODSEQ" in items
    values = " ".join(f"{item} {box.status(item)}" for item in items)
    return b"STATUS " + string(name.encode("latin-1")) + f" ({values})".encode()


@command("SELECT", "EXAMINE", state=State.LOGGED_IN)
async def select(session: Session, call: Call) -> str:
    """SELECT, EXAMINE, with CONDSTORE and QRESYNC parameters (RFC 7162)."""
    call.need(1, 2)
    was_selected = session.view is not None
    session.select(None)
    parameters = call.args[1] if len(call.args) == 2 else []
    if not isinstance(parameters, list):
        raise BadCommand("Parameters expected")
    resync = _select_parameters(session, parameters)
    box = session.account.box(text(call.args[0]))
    if was_selected and session.offers("CONDSTORE"):
        session.untagged("OK [CLOSED] Previous mailbox closed")
    read_only = call.name == "EXAMINE"
    view = View(box, read_only, session.stirred.set)
    session.select(view)
    _describe(session, view)
    if resync:
        _resync(session, view, resync)
    return f"[{'READ-ONLY' if read_only else 'READ-WRITE'}] {call.name.title()} completed."


def _select_parameters(session: Session, parameters: list[Token]) -> list[Token]:
    """Take CONDSTORE and QRESYNC from SELECT's parameters; the arguments of QRESYNC, or nothing."""
    resync: list[Token] = []
    rest = list(parameters)
    while rest:
        name = word(rest.pop(0))
        if name == "CONDSTORE" and session.offers("CONDSTORE"):
            session.condstore = True
        elif name == "QRESYNC" and session.qresync and rest and isinstance(rest[0], list):
            resync = list(rest[0])
            rest.pop(0)
        else:
            raise BadCommand(f"Unknown parameter {name[:30]}")
    return resync


def _describe(session: Session, view: View) -> None:
    """The untagged answers that SELECT owes (RFC 3501 §6.3.1)."""
    box = view.mailbox
    session.untagged(view.flags_line())
    if view.read_only:
        session.untagged("OK [PERMANENTFLAGS ()] Read-only mailbox.")
    else:
        permanent = [*SYSTEM_FLAGS, *sorted(box.keywords.values())]
        permanent += ["\\*"] if session.server.options.keywords else []
        session.untagged(f"OK [PERMANENTFLAGS ({' '.join(permanent)})] Flags permitted.")
    session.untagged(f"{len(view.mails)} EXISTS")
    session.untagged(f"{len(view.recent)} RECENT")
    unseen = next((at for at, mail in enumerate(view.mails, 1) if "\\Seen" not in mail.flags), 0)
    if unseen:
        session.untagged(f"OK [UNSEEN {unseen}] First unseen.")
    session.untagged(f"OK [UIDVALIDITY {box.uidvalidity}] UIDs valid")
    session.untagged(f"OK [UIDNEXT {box.uidnext}] Predicted next UID")
    if session.offers("CONDSTORE"):
        session.untagged(f"OK [HIGHESTMODSEQ {box.modseq}] Highest")
    if session.offers("OBJECTID"):
        session.untagged(f"OK [MAILBOXID ({box.id})] Ok")


def _resync(session: Session, view: View, resync: list[Token]) -> None:
    """What has changed since the client was last here: VANISHED (EARLIER) and FETCH (RFC 7162 §3.2.5)."""
    if len(resync) < 2 or number(resync[0]) != view.mailbox.uidvalidity:
        return
    since = number(resync[1])
    known = None
    if len(resync) > 2 and not isinstance(resync[2], list):
        known = ranges(text(resync[2]), view.mailbox.uidnext - 1)
    gone = view.mailbox.vanished_since(since, known)
    if gone:
        session.untagged(f"VANISHED (EARLIER) {compact(gone)}")
    for mail in view.mails:
        if mail.modseq > since:
            fields = f"UID {mail.uid} FLAGS {view.flags(mail)} MODSEQ ({mail.modseq})"
            session.untagged(f"{view.number(mail)} FETCH ({fields})")


@command("APPEND", state=State.LOGGED_IN)
async def append(session: Session, call: Call) -> str | None:
    """APPEND, one mail or several (MULTIAPPEND, RFC 3502), with APPENDUID (RFC 4315)."""
    call.need(2, -1)
    box = session.account.box(text(call.args[0]), "TRYCREATE")
    mails = _appended(call.args[1:])
    if len(mails) > 1 and not session.offers("MULTIAPPEND"):
        raise BadCommand("One mail at a time")
    uids = [session.account.add(box.name, raw, flags, when)[1].uid for flags, when, raw in mails]
    if not session.offers("UIDPLUS"):
        return None
    return f"[APPENDUID {box.uidvalidity} {compact(uids)}] Append completed."


def _appended(tokens: list[Token]) -> list[tuple[list[str], datetime, bytes]]:
    """`[(flags)] [date] literal`, repeated."""
    mails = []
    rest = list(tokens)
    while rest:
        flags = words(rest.pop(0)) if isinstance(rest[0], list) else []
        when = datetime.now(UTC)
        if len(rest) > 1 and not isinstance(rest[1], list) and len(octets(rest[0])) in (25, 26):
            when = read_date_time(text(rest.pop(0)))
        if not rest or not octets(rest[0]):
            raise BadCommand("A mail expected")
        mails.append((flags, when, octets(rest.pop(0))))
    return mails
