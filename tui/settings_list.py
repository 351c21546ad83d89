"""The entries of a list in the settings, as lines: what each is called, whether it is on, how it is doing."""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct

from core.errors import CorreioError
from core.settings import Account, Credential, Server, Settings
from core.settings.entries import key_of, refers_to, rows, title_of, users
from core.settings.field import parts_of, settings_of
from core.settings.schema import LISTS
from core.store import accounts, handed, outbox
from tui.dates import full_date, list_date
from tui.desk import Desk
from tui.sentences import protection_sentence, sentence, state_words
from tui.setting_words import choice_words, one_of
from tui.translation import _, ngettext


class Entry(Struct, frozen=True):
    """One line."""

    kind: str
    key: str
    row: Any
    title: str
    detail: str
    state: str

    @property
    def has_servers(self) -> bool:
        """Whether there is something to try: servers, or a way to phones."""
        return bool(self.servers) or self.kind == "gateway"

    @property
    def servers(self) -> dict[str, Server]:
        """The servers of the entry by the part that they are: its own, or itself."""
        return servers_of(self.row)


def servers_of(row: Any) -> dict[str, Server]:
    """The servers of an account by their part, `incoming` and `outgoing`; an entry that is a server has it under ''."""
    if isinstance(row, Server):
        return {"": row}
    parts = {part: getattr(row, part) for part in parts_of(type(row))}
    return {part: one for part, one in parts.items() if isinstance(one, Server)}


def senders_for(settings: Settings, row: Any) -> list[str]:
    """The addresses that the outgoing server of an entry has to accept."""
    account = row.id if isinstance(row, Account) else getattr(row, "account", "")
    found = [one.address for one in settings.identities if one.account == account or not account]
    own = getattr(row, "email", "")
    return list(dict.fromkeys([*([own] if own else []), *found]))


def sign_in_of(settings: Settings, entry: Entry) -> tuple[Credential, str] | str | None:
    """The OAuth2 credential of an entry and its user; where none is there yet, the setting naming one; None without OAuth2."""
    known = {one.name: one for one in settings.credentials if one.oauth}
    if isinstance(entry.row, Credential):
        user = next((server.user for _account, server in settings.servers() if server.credential == entry.key), "")
        return (entry.row, user) if entry.row.oauth else None
    for part, server in entry.servers.items():
        if server.method == "oauth2" and server.credential in known:
            return known[server.credential], server.user
        if server.method == "oauth2":
            return f"{part}.method" if part else "method"
    return None


def entries_of(desk: Desk, kind: str) -> list[Entry]:
    """The lines of a list, in the order of the file."""
    states = {one.uid: one for one in accounts.states(desk.db)} if kind == "account" else {}
    found = []
    for row in rows(desk.settings, kind):
        state = account_state(desk, row, states) if isinstance(row, Account) else _state(desk, row)
        found.append(Entry(kind, str(getattr(row, key_of(kind))), row, title_of(row), _detail(desk, kind, row), state))
    return found


def entry_facts(desk: Desk, entry: Entry) -> list[str]:
    """What there is to know of an entry, in sentences."""
    if isinstance(entry.row, Account):
        return _account_facts(desk, entry.row)
    if entry.kind == "credential":
        where = desk.wiring.secrets.where(entry.row)
        used = ", ".join(f"{one_of(kind)} {title_of(row)}" for kind, row in users(desk.settings, "credential", entry.key))
        said = _("Used by {names}.").format(names=used) if used else _("Nothing uses it.")
        return [protection_sentence(where.protection, where.place, oauth=bool(entry.row.oauth)), said]
    used = ", ".join(title_of(row) for _kind, row in users(desk.settings, entry.kind, entry.key))
    said = _("Used by {names}.").format(names=used) if used else ""
    return [entry.detail, *(_server_facts(desk, entry.row) if isinstance(entry.row, Server) else []), said]


def _state(desk: Desk, row: Any) -> str:
    if getattr(row, "active", True) is False:
        return _("off")
    if not isinstance(row, Server):
        return ""
    if _why_waiting(desk, row) is not None:
        return _("trouble")
    sent = sum(count for _made, count in handed.since(desk.db, row.id, midnight(), int(time.time())))
    return ngettext("{n} sent today", "{n} sent today", sent).format(n=sent)


def _server_facts(desk: Desk, server: Server) -> list[str]:
    """How an outgoing server is doing."""
    now = int(time.time())
    past = handed.since(desk.db, server.id, 0, now)
    told = [_("Sent last: {when}.").format(when=full_date(past[-1][0]))] if past else [_("Nothing was sent through it lately.")]
    sent = sum(count for made, count in past if made >= midnight())
    told.append(ngettext("{n} recipient today.", "{n} recipients today.", sent).format(n=sent))
    why = _why_waiting(desk, server)
    return [" ".join(told), *([sentence(why)] if why is not None else [])]


def _why_waiting(desk: Desk, server: Server) -> CorreioError | None:
    """Why the latest mail that this server should take still waits; None where none does."""
    waiting = [one.reason for one in outbox.open_rows(desk.db) if one.state == "waiting" and one.server == server.shown]
    return waiting[-1] if waiting else None


def midnight() -> int:
    """When today began, unix seconds."""
    now = time.localtime()
    return int(time.mktime((now.tm_year, now.tm_mon, now.tm_mday, 0, 0, 0, 0, 0, -1)))


def account_state(desk: Desk, account: Account, states: dict[str, accounts.AccountState]) -> str:
    """How an account is doing, in a few words; `states` by the accounts' ids."""
    state = states.get(account.id)
    if not account.active:
        words = _("off")
    elif account.kind == "local":
        words = _("on this machine")
    elif desk.settings.is_offline(account):
        words = _("offline")
    elif state is not None and state.error is not None:
        words = state_words(state.state)
    elif state is not None and state.checked:
        words = _("collected {when}").format(when=list_date(int(state.checked), time.time()))
    else:
        words = _("not collected yet")
    return f"{words}, {_('default')}" if account.default else words


def _security(server: Server) -> str:
    return _("not encrypted") if server.security == "none" else choice_words(server.security)


def _account_facts(desk: Desk, account: Account) -> list[str]:
    state = next((one for one in accounts.states(desk.db) if one.uid == account.id), None)
    servers = [f"{choice_words(one.kind)} {one.host}:{one.port}, {_security(one)}" for one in account.servers()]
    words = [", ".join(filter(None, (account.email, *servers)))]
    if state is None:
        return words
    if state.error is not None:
        words.append(sentence(state.error))
    told = []
    if state.checked:
        told.append(_("Collected last: {when}.").format(when=full_date(state.checked)))
    sent = sent_today(desk, state.row)
    told.append(ngettext("{n} mail sent today.", "{n} mails sent today.", sent).format(n=sent))
    if state.pending:
        told.append(ngettext("{n} change waits.", "{n} changes wait.", state.pending).format(n=state.pending))
    return [*words, " ".join(told)]


def sent_today(desk: Desk, row: int) -> int:
    """Mails that went out from an account since midnight."""
    query = "SELECT count(*) FROM outbox WHERE account = ? AND state = 'sent' AND made >= ?"
    return int(desk.db.value(query, (row, midnight())) or 0)


def _detail(desk: Desk, kind: str, row: Any) -> str:
    """What tells an entry from others of its list: the first texts that are neither its title nor what stands there anyway."""
    if isinstance(row, Account):
        return ", ".join(filter(None, (row.email if row.email != row.name else "", choice_words(row.kind))))
    found: list[str] = []
    for one in settings_of(LISTS[kind][1]):
        value = getattr(row, one.key)
        if other := refers_to(one):
            value = next((title_of(each) for each in rows(desk.settings, other) if getattr(each, key_of(other)) == value), "")
        told = isinstance(value, str) and value not in ("", one.default, title_of(row), *found) and not one.fixed
        if told and "\n" not in value and len(found) < 3:
            found.append(choice_words(value) if one.choices else value)
    return ", ".join(found)
