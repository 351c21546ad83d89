"""`account`: adding, listing, testing and removing accounts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from accounts.diagnosis import hints
from accounts.discovery.discover import discover
from accounts.discovery.found import Found, Step
from accounts.probe import Check, test_account
from accounts.secrets import ask_command
from core.errors import CorreioError, PasswordNeeded, UsageError
from core.secret import Secret
from core.settings import Account, Credential, Server, checks, keys
from core.settings.file import remove_account
from core.store import accounts
from tui.commands.session import Session, changes_waiting, only_on_terminal
from tui.new_account import (
    SIDES,
    NewAccount,
    add,
    best_method,
    from_discovery,
    local_account,
    trust_value,
    usable_ways,
)
from tui.sentences import (
    check_sentence,
    hint_sentence,
    note_sentence,
    protection_sentence,
    sentence,
    state_words,
    step_sentence,
    wrong_sentence,
)
from tui.translation import _

OPTIONS = ("host", "port", "security", "user", "trust")
"""What can be said of the server of each side, as in --in-host."""


def run_account(session: Session, arguments: argparse.Namespace) -> int:
    """`correio account VERB`."""
    if arguments.verb == "add":
        return _add(session, arguments)
    if arguments.verb == "list":
        return _list(session)
    if arguments.verb == "domain":
        from tui.commands.account_domain import run_domain

        return run_domain(session, arguments)
    if arguments.verb == "import":
        from tui.commands.account_import import run_import

        return run_import(session, arguments)
    if not arguments.name:
        raise UsageError("account-name-missing", verb=arguments.verb)
    account = session.settings.account(arguments.name)
    if arguments.verb == "test":
        from tui.commands.account_test import run_test

        return run_test(session, account, arguments)
    return {"show": _show, "remove": _remove}[arguments.verb](session, account, arguments)


def _add(session: Session, arguments: argparse.Namespace) -> int:
    settings = session.settings
    if arguments.kind == "local":
        new = local_account(settings, name=arguments.shown_name or "", email=arguments.email or "")
        add(session.wiring, session.db, new)
        return added(session, new)
    if not arguments.email:
        raise UsageError("email-missing")
    new = from_discovery(_servers(arguments), settings, name=arguments.shown_name or "")
    new = with_secret(session, _with_deletion(with_keep(new, arguments.keep), arguments), arguments)
    if not arguments.no_test:
        error = attempt(session, new.account, new.secret)
        if error is not None:
            raise error
    add(session.wiring, session.db, new)
    return added(session, new)


def with_keep(new: NewAccount, keep: str | None) -> NewAccount:
    """With what is to be kept here, where that was said. UsageError `not-a-keep`."""
    if keep is None:
        return new
    if checks.keep(keep):
        raise UsageError("not-a-keep", value=keep)
    return replace(new, account=replace(new.account, keep=keep))


def _with_deletion(new: NewAccount, arguments: argparse.Namespace) -> NewAccount:
    """What a POP3 server is to do with what was collected."""
    days = arguments.delete_after
    if new.account.kind != "pop3":
        if days is not None:
            raise UsageError("only-for-pop3", option="--delete-after")
        return new
    if days is None:
        words = _("Collected mail stays on the server too; a mailbox that is full takes no more (--delete-after).")
        print(words, file=sys.stderr)
        return new
    if not 0 <= days <= 3650:
        raise UsageError("option-unusable", option="--delete-after", value=days, why="")
    return replace(new, account=replace(new.account, leave=days > 0, leave_days=days))


def added(session: Session, new: NewAccount) -> int:
    """Tell the engine and the person that the account is there."""
    client = session.engine()
    if client is not None:
        client.ask("reload", timeout=5)
        client.close()
    if new.credential is not None and not session.json:
        where = session.wiring.secrets.where(new.credential)
        print(protection_sentence(where.protection, where.place, oauth=bool(new.credential.oauth)))
    session.tell({"id": new.account.id, "name": new.account.name}, _("Added: {name}").format(name=new.account.name))
    return 0


def _servers(arguments: argparse.Namespace) -> Found:
    """The servers as given; what is missing is discovered, unless the incoming one was named (then mail may be read only)."""
    email = arguments.email
    kind = arguments.kind
    found = Found(address=email, source="given") if arguments.in_host else discover(email, _report_step, kind=kind)
    if kind == "pop3" and not arguments.in_host and found.pop3 is None:
        raise UsageError("pop3-host-missing")
    for note in found.notes:
        print(note_sentence(note), file=sys.stderr)
    return with_servers(found, kind, arguments)


def with_servers(found: Found, kind: str, arguments: argparse.Namespace) -> Found:
    """With the servers as the options say, where they say something. UsageError `option-unusable`."""
    given = {side: {name: getattr(arguments, f"{side}_{name}") for name in OPTIONS} for side in SIDES}
    incoming = _server(kind, found.receiving(kind), given["in"], found.address)
    outgoing = _server("smtp", found.outgoing, given["out"], found.address)
    return replace(found, incoming=incoming, outgoing=outgoing)


def _server(kind: str, found: Server | None, given: dict[str, Any], email: str) -> Server | None:
    words = {name: value for name, value in given.items() if value is not None}
    if found is None and not words.get("host"):
        return None
    if "security" in words and "port" not in words:
        words["port"] = 0
    if "trust" in words:
        words["trust"] = trust_value(words["trust"])
    if "user" in words:
        words["auth"] = bool(words["user"])
    server = replace(found, **words) if found is not None else Server(kind=kind, **{"user": email, **words})
    _check(server)
    return server


def _check(server: Server) -> None:
    """UsageError `option-unusable` for what the settings would not take."""
    side = "in" if server.kind in ("imap", "pop3") else "out"
    wrong = {"host": checks.host(server.host), "trust": checks.trust(server.trust), "user": checks.one_line(server.user)}
    if not 0 < server.port < 65536:
        wrong["port"] = "not-a-port"
    for name, id in wrong.items():
        if id:
            raise UsageError("option-unusable", option=f"--{side}-{name}", value=getattr(server, name), why=wrong_sentence(id))


def _report_step(step: Step) -> None:
    if sys.stderr.isatty() and step.state != "running":
        print(step_sentence(step), file=sys.stderr)


def with_secret(session: Session, new: NewAccount, arguments: argparse.Namespace) -> NewAccount:
    """With the password as the options say where it comes from and is kept. UsageError."""
    if new.credential is None or not any(server.auth for server in new.account.servers()):
        return replace(new, credential=None)
    name = new.credential.name
    if arguments.oauth:
        return _with_consent(session, new, arguments)
    if arguments.password_command:
        if checks.command(arguments.password_command):
            raise UsageError("option-unusable", option="--password-command", value=arguments.password_command, why="")
        credential = Credential(name=name, method="command", command=arguments.password_command)
        return replace(new, credential=credential, secret=ask_command(credential))
    secret = _typed(name, arguments)
    ways = usable_ways(session.wiring)
    method = arguments.store or best_method(ways)
    if method not in ways:
        raise UsageError("store-not-here", method=method)
    return replace(new, credential=Credential(name=name, method=method), secret=secret)


def _with_consent(session: Session, new: NewAccount, arguments: argparse.Namespace) -> NewAccount:
    """OAuth2: the person agrees on the provider's page."""
    from tui.consent import agree, credential_for

    ways = tuple(way for way in usable_ways(session.wiring) if way not in ("ask", "command"))
    method = arguments.store or best_method(ways)
    if method not in ways:
        raise UsageError("store-not-here", method=method)
    credential = credential_for(new.account, arguments, method)
    account = replace(
        new.account,
        incoming=_with_token(new.account.incoming),
        outgoing=_with_token(new.account.outgoing),
    )
    user = account.incoming.user if account.incoming is not None else account.email
    consent = agree(credential, user, session.wiring.oauth, secret_given=arguments.client_secret_stdin, paste=arguments.paste)
    return replace(new, account=account, credential=credential, secret=consent.tokens.access, consent=consent)


def _with_token(server: Server | None) -> Server | None:
    return replace(server, method="oauth2") if server is not None and server.auth else server


def _typed(name: str, arguments: argparse.Namespace) -> Secret:
    """The password from standard input, or from the person at the terminal."""
    secret = Secret("")
    if arguments.password_stdin:
        secret = Secret(sys.stdin.readline().rstrip("\r\n"))
    elif sys.stdin.isatty():
        secret = _asked(name)
    if not secret:
        raise UsageError("password-missing")
    return secret


def attempt(session: Session, account: Account, secret: Secret | None, outgoing: Secret | None = None) -> CorreioError | None:
    """The error with which the test of the servers ends, None if all is well; the steps are told on a terminal."""

    def report(check: Check) -> None:
        if not session.json and sys.stderr.isatty() and check.state != "running":
            print(check_sentence(check), file=sys.stderr)

    account = session.wiring.reached_account(account)
    tested = test_account(account.incoming, account.outgoing, secret, report, outgoing_secret=outgoing, senders=[account.email])
    tell_meaning(session, account, tested.checks)
    return tested.error


def tell_meaning(session: Session, account: Account, checks: Sequence[Check]) -> None:
    """What the steps that failed most likely mean, for people."""
    servers = {server.kind: server for server in account.servers()}
    meant = [hint for check in checks if check.kind in servers for hint in hints(check, servers[check.kind])]
    if not session.json:
        for words in dict.fromkeys(map(hint_sentence, meant)):
            print(words, file=sys.stderr)


def _list(session: Session) -> int:
    states = {state.uid: state for state in accounts.states(session.db)}
    rows = []
    for account in session.settings.accounts:
        state = states.get(account.id)
        offline, pending = session.settings.is_offline(account), state.pending if state else 0
        told = "offline" if offline else state.state if state else ""
        shown = (_("offline by choice") if offline else state_words(told), changes_waiting(pending))
        rows.append(
            {
                "id": account.id,
                "name": account.name,
                "kind": account.kind,
                "email": account.email,
                "active": account.active,
                "default": account.default,
                "state": told,
                "offline": offline,
                "pending": pending,
                "error": sentence(state.error) if state and state.error else None,
                "_state": ", ".join(filter(None, shown)),
            }
        )
    session.show(rows, "{name}  ({kind})  {email}  {_state}")
    if not rows and not session.json:
        words = _("There is no account yet. “correio account add --email YOU@EXAMPLE.ORG” adds one, “correio” asks for it.")
        print(words, file=sys.stderr)
    return 0


def _show(session: Session, account: Account, arguments: argparse.Namespace) -> int:
    facts = keys.as_plain(account)
    if session.json:
        session.tell(facts, "")
        return 0
    from tui.commands.config import written

    for name, value in facts.items():
        parts = {f"{name}.{part}": one for part, one in value.items()} if isinstance(value, dict) else {name: value}
        for key, one in parts.items():
            print(f"{key} = {written(one)}".rstrip())
    return 0


def secret_of(session: Session, server: Server | None) -> Secret | None:
    """The password of a server; where it is kept nowhere, the person at the terminal types it."""
    if server is None:
        return None
    try:
        return session.wiring.secret_for(server)
    except PasswordNeeded as error:
        if error.id != "password-needed" or not sys.stdin.isatty():
            raise
        return _asked(f"{server.user}, {server.host}")


def _asked(name: str) -> Secret:
    import getpass

    return Secret(getpass.getpass(_("Password of {name}: ").format(name=name)))


def _remove(session: Session, account: Account, arguments: argparse.Namespace) -> int:
    """The account and what is kept of a server's mail; mail of local accounts has no other copy and asks twice."""
    if not (arguments.yes or only_on_terminal(_("Remove {name} and its mail on this machine?").format(name=account.name))):
        raise UsageError("not-confirmed")
    names = {server.credential for server in account.servers() if server.credential}
    others = {server.credential for other, server in session.settings.servers() if other.id != account.id}
    for name in names - others:
        _forget(session, name)
    row = accounts.row_of(session.db, account.id, local=account.is_kept_here)
    remove_account(session.home.settings_file, account.id)
    client = session.engine()
    if client is not None:
        client.ask("reload", timeout=5)
        client.close()
    accounts.forget(session.db, row)
    session.tell({"removed": account.name}, _("Removed: {name}").format(name=account.name))
    return 0


def _forget(session: Session, credential: str) -> None:
    """Remove a password. One that cannot be reached (a locked keyring, a passphrase nobody typed) does not stop the rest."""
    try:
        session.wiring.secrets.forget(session.settings.credential(credential))
    except CorreioError as error:
        print(f"correio: {sentence(error)}", file=sys.stderr)
