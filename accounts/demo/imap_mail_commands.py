"""Commands on the mails of the selected mailbox: FETCH, STORE, SEARCH, COPY, MOVE, IDLE (RFC 3501 §6.4)."""

from __future__ import annotations

import asyncio

from accounts.demo.imap_command import Call, State, command
from accounts.demo.imap_fetch import Item, Section, fetch_answer, read_items
from accounts.demo.imap_mailbox import Mailbox, StoredMail
from accounts.demo.imap_parser import BadCommand, Refused, Token, compact, number, ranges, text, word, words
from accounts.demo.imap_search import read_search
from accounts.demo.imap_session import Session
from accounts.demo.imap_view import View


def _view(session: Session) -> View:
    if session.view is None:
        raise BadCommand("No mailbox selected")
    return session.view


def _writable(session: Session) -> View:
    view = _view(session)
    if view.read_only:
        raise Refused("[READ-ONLY] Mailbox is open read-only")
    return view


@command("CLOSE", "UNSELECT", state=State.SELECTED)
async def close(session: Session, call: Call) -> None:
    """CLOSE (which expunges in silence), UNSELECT (which does not, RFC 3691)."""
    if call.name == "UNSELECT" and not session.offers("UNSELECT"):
        raise BadCommand("Unknown command UNSELECT")
    view = _view(session)
    session.select(None)
    if call.name == "CLOSE" and not view.read_only:
        view.mailbox.expunge([mail for mail in view.mails if "\\Deleted" in mail.flags])


@command("EXPUNGE", state=State.SELECTED)
async def expunge(session: Session, call: Call) -> None:
    """EXPUNGE."""
    view = _writable(session)
    view.mailbox.expunge([mail for mail in view.mails if "\\Deleted" in mail.flags])


@command("UID EXPUNGE", state=State.SELECTED, needs="UIDPLUS")
async def uid_expunge(session: Session, call: Call) -> None:
    """UID EXPUNGE (RFC 4315)."""
    call.need(1)
    view = _writable(session)
    chosen = view.pick(text(call.args[0]), by_uid=True)
    view.mailbox.expunge([mail for mail in chosen if "\\Deleted" in mail.flags])


@command("FETCH", "UID FETCH", state=State.SELECTED)
async def fetch(session: Session, call: Call) -> None:
    """FETCH, UID FETCH, with CHANGEDSINCE and VANISHED (RFC 7162)."""
    call.need(2, 3)
    view = _view(session)
    items = read_items(call.args[1], modseq=session.offers("CONDSTORE"), ids=session.offers("OBJECTID"))
    since, vanished = _fetch_modifiers(session, call)
    set_ = text(call.args[0])
    if call.by_uid and "UID" not in items:
        items.insert(0, "UID")
    if since is not None or "MODSEQ" in items:
        session.condstore = True
        if "MODSEQ" not in items:
            items.append("MODSEQ")
    chosen = view.pick(set_, call.by_uid)
    if vanished and since is not None:
        gone = view.mailbox.vanished_since(since, ranges(set_, view.mailbox.uidnext - 1))
        if gone:
            session.untagged(f"VANISHED (EARLIER) {compact(gone)}")
    for mail in chosen:
        if since is None or mail.modseq > since:
            _fetch_one(session, view, mail, items)
            await session.flush_when_full()


def _fetch_modifiers(session: Session, call: Call) -> tuple[int | None, bool]:
    """CHANGEDSINCE's number, and whether VANISHED stood there."""
    if len(call.args) < 3:
        return None, False
    modifiers = call.args[2]
    if not session.offers("CONDSTORE") or not isinstance(modifiers, list):
        raise BadCommand("Unknown FETCH modifier")
    rest = list(modifiers)
    since, vanished = None, False
    while rest:
        name = word(rest.pop(0))
        if name == "CHANGEDSINCE" and rest:
            since = number(rest.pop(0))
        elif name == "VANISHED" and session.qresync and call.by_uid:
            vanished = True
        else:
            raise BadCommand("Unknown FETCH modifier")
    if vanished and since is None:
        raise BadCommand("VANISHED wants CHANGEDSINCE")
    return since, vanished


def _fetch_one(session: Session, view: View, mail: StoredMail, items: list[Item]) -> None:
    shown = items
    if not view.read_only and any(isinstance(item, Section) and item.marks_seen for item in items):
        newly_seen = view.mailbox.set_flags(mail, mail.flags | {"\\Seen"}, by=view)
        if newly_seen and "FLAGS" not in items:
            shown = [*items, "FLAGS"]
            if session.condstore and "MODSEQ" not in items:
                shown.append("MODSEQ")
    session.untagged(fetch_answer(mail, shown, view))


@command("STORE", "UID STORE", state=State.SELECTED)
async def store(session: Session, call: Call) -> str | None:
    """STORE, UID STORE, with UNCHANGEDSINCE (RFC 7162)."""
    call.need(3, -1)
    view = _writable(session)
    args = list(call.args)
    chosen = view.pick(text(args.pop(0)), call.by_uid)
    unchanged_since = _store_modifier(session, args.pop(0)) if isinstance(args[0], list) else None
    item = word(args.pop(0))
    mode, silent = item.removesuffix(".SILENT"), item.endswith(".SILENT")
    if mode not in ("FLAGS", "+FLAGS", "-FLAGS") or not args:
        raise BadCommand("FLAGS expected")
    flags = words(args[0]) if isinstance(args[0], list) else [text(arg) for arg in args]
    if any(flag.lower() == "\\recent" for flag in flags):
        raise BadCommand("\\Recent is not yours to set")
    if not session.server.options.keywords:
        flags = [flag for flag in flags if flag.startswith("\\")]
    unharmed = []
    for mail in chosen:
        if unchanged_since is not None and mail.modseq > unchanged_since:
            unharmed.append(mail.uid if call.by_uid else view.number(mail))
        else:
            _store_one(session, view, mail, mode, flags, silent=silent, by_uid=call.by_uid)
    if unharmed:
        return f"[MODIFIED {compact(unharmed)}] Conditional store failed for some"
    return None


def _store_modifier(session: Session, token: Token) -> int:
    if not isinstance(token, list) or len(token) != 2 or word(token[0]) != "UNCHANGEDSINCE":
        raise BadCommand("Unknown STORE modifier")
    if not session.offers("CONDSTORE"):
        raise BadCommand("UNCHANGEDSINCE is not offered")
    session.condstore = True
    return number(token[1])


def _store_one(
    session: Session, view: View, mail: StoredMail, mode: str, flags: list[str], *, silent: bool, by_uid: bool
) -> None:
    given = view.mailbox.canonical(flags)
    wanted = {"FLAGS": given, "+FLAGS": mail.flags | given, "-FLAGS": mail.flags - given}[mode]
    changed = view.mailbox.set_flags(mail, wanted, by=view)
    fields = [f"UID {mail.uid}"] if by_uid or session.condstore else []
    if not silent:
        fields.append(f"FLAGS {view.flags(mail)}")
    if session.condstore and (changed or not silent):
        fields.append(f"MODSEQ ({mail.modseq})")
    elif silent:
        return
    session.untagged(f"{view.number(mail)} FETCH ({' '.join(fields)})")


@command("COPY", "UID COPY", state=State.SELECTED)
async def copy(session: Session, call: Call) -> str | None:
    """COPY, UID COPY, with COPYUID (RFC 4315)."""
    call.need(2)
    view = _view(session)
    chosen = view.pick(text(call.args[0]), call.by_uid)
    target = session.account.box(text(call.args[1]), "TRYCREATE")
    code = _copy(session, chosen, target)
    return f"{code} Copy completed." if code else None


@command("MOVE", "UID MOVE", state=State.SELECTED, needs="MOVE")
async def move(session: Session, call: Call) -> None:
    """MOVE, UID MOVE (RFC 6851): COPYUID first, then the expunges."""
    call.need(2)
    view = _writable(session)
    chosen = view.pick(text(call.args[0]), call.by_uid)
    target = session.account.box(text(call.args[1]), "TRYCREATE")
    code = _copy(session, chosen, target)
    if code:
        session.untagged(f"OK {code} Moved.")
    view.mailbox.expunge(chosen)
    session.tell_news()


def _copy(session: Session, mails: list[StoredMail], target: Mailbox) -> str:
    """Copy mails; the COPYUID response code, or '' where there is none to tell."""
    there = [mail for mail in mails if mail.uid in _view(session).mailbox.mails]
    copies = [target.append(mail.raw, mail.flags, mail.received, mail.email_id) for mail in there]
    if not there or not session.offers("UIDPLUS"):
        return ""
    sources = compact(mail.uid for mail in there)
    return f"[COPYUID {target.uidvalidity} {sources} {compact(mail.uid for mail in copies)}]"


@command("SEARCH", "UID SEARCH", state=State.SELECTED)
async def search(session: Session, call: Call) -> None:
    """SEARCH, UID SEARCH, with RETURN (ESEARCH, RFC 4731)."""
    view = _view(session)
    args = list(call.args)
    returns: list[str] | None = None
    if args and session.offers("ESEARCH") and not isinstance(args[0], list) and word(args[0]) == "RETURN":
        if len(args) < 2 or not isinstance(args[1], list):
            raise BadCommand("RETURN options expected")
        returns = [each.upper() for each in words(args[1])] or ["ALL"]
        args = args[2:]
    test, modseq = read_search(args, view)
    session.condstore |= modseq
    hits = [mail for mail in view.mails if test(mail)]
    numbers = [mail.uid if call.by_uid else view.number(mail) for mail in hits]
    highest = max((mail.modseq for mail in hits), default=0) if modseq else 0
    if returns is not None:
        session.untagged(_esearch(call, numbers, returns, highest))
    else:
        found = " ".join(["SEARCH", *map(str, numbers)])
        session.untagged(found + (f" (MODSEQ {highest})" if highest else ""))


def _esearch(call: Call, numbers: list[int], returns: list[str], highest: int) -> str:
    if any(each not in ("MIN", "MAX", "COUNT", "ALL") for each in returns):
        raise BadCommand("Unknown RETURN option")
    fields = [f'ESEARCH (TAG "{call.tag}")']
    if call.by_uid:
        fields.append("UID")
    if numbers:
        values = {"MIN": numbers[0], "MAX": numbers[-1], "ALL": compact(numbers)}
        fields += [f"{name} {values[name]}" for name in values if name in returns]
    if "COUNT" in returns:
        fields.append(f"COUNT {len(numbers)}")
    if highest:
        fields.append(f"MODSEQ {highest}")
    return " ".join(fields)


@command("IDLE", state=State.LOGGED_IN, needs="IDLE")
async def idle(session: Session, call: Call) -> str:
    """IDLE (RFC 2177): tell of changes as they happen until the client says DONE."""
    await session.send(b"+ idling\r\n")
    line = asyncio.ensure_future(session.read_line())
    try:
        while not session.leaving:
            session.stirred.clear()
            session.tell_news()
            await session.send()
            stirred = asyncio.ensure_future(session.stirred.wait())
            try:
                await asyncio.wait({line, stirred}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stirred.cancel()
            if line.done():
                if (await line).strip().upper() != b"DONE":
                    raise BadCommand("DONE expected")
                return "Idle completed."
        return "Idle completed."
    finally:
        line.cancel()
