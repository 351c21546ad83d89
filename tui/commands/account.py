"""`account`: adding, listing, testing and removing accounts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from accounts.discovery.discover import discover
from accounts.discovery.found import Found, Step
from accounts.probe import Check, test_account
from accounts.secrets import ask_command
from core.errors import CorreioError, UsageError
from core.secret import Secret
from core.settings import Account, Credential, Server, keys
from core.settings.file import remove_account
from core.store import accounts
from tui.commands.session import Session, only_on_terminal
from tui.new_account import NewAccount, add, best_method, from_discovery, local_account
from tui.sentences import check_sentence, protection_sentence, sentence, step_sentence
from tui.translation import _

SECURITIES = ("tls", "starttls", "none")


def declare(add_command: Callable[..., argparse.ArgumentParser]) -> None:
    """The words of this command."""
    account = add_command("account", run_account, _("add, list, show, test and remove accounts"))
    account.add_argument("verb", choices=("add", "list", "show", "test", "remove"))
    account.add_argument("name", nargs="?")
    account.add_argument("--email", metavar="ADDRESS")
    account.add_argument("--name", dest="shown_name", metavar="NAME")
    account.add_argument("--kind", choices=("imap", "local"), default="imap")
    for side in ("in", "out"):
        account.add_argument(f"--{side}-host")
        account.add_argument(f"--{side}-port", type=int)
        account.add_argument(f"--{side}-security", choices=SECURITIES)
        account.add_argument(f"--{side}-user")
        account.add_argument(f"--{side}-trust", metavar="system|FILE|sha256:HEX|ignore")
    secret = account.add_mutually_exclusive_group()
    secret.add_argument("--password-stdin", action="store_true")
    secret.add_argument("--password-command", metavar="CMD")
    account.add_argument("--store", choices=("keyring", "gpg", "file", "ask"))
    account.add_argument("--keep", metavar="headers|days:N|all")
    account.add_argument("--no-test", action="store_true")
    account.add_argument("--yes", action="store_true")


def run_account(session: Session, arguments: argparse.Namespace) -> int:
    """`correio account VERB`."""
    if arguments.verb == "add":
        return _add(session, arguments)
    if arguments.verb == "list":
        return _list(session)
    if not arguments.name:
        raise UsageError("account-name-missing", verb=arguments.verb)
    account = session.settings.account(arguments.name)
    return {"show": _show, "test": _test, "remove": _remove}[arguments.verb](session, account, arguments)


def _add(session: Session, arguments: argparse.Namespace) -> int:
    settings = session.settings
    if arguments.kind == "local":
        new = local_account(settings, name=arguments.shown_name or "", email=arguments.email or "")
        add(session.wiring, session.db, new)
        return _added(session, new)
    if not arguments.email:
        raise UsageError("email-missing")
    new = from_discovery(_servers(arguments), settings, name=arguments.shown_name or "")
    new = _with_secret(session, _with_keep(new, arguments.keep), arguments)
    if not arguments.no_test:
        error = _try(session, new.account, new.secret)
        if error is not None:
            raise error
    add(session.wiring, session.db, new)
    return _added(session, new)


def _with_keep(new: NewAccount, keep: str | None) -> NewAccount:
    if keep is None:
        return new
    from core.settings import checks

    if checks.keep(keep):
        raise UsageError("not-a-keep", value=keep)
    return replace(new, account=replace(new.account, keep=keep))


def _added(session: Session, new: NewAccount) -> int:
    client = session.engine()
    if client is not None:
        client.ask("reload", timeout=5)
        client.close()
    if new.credential is not None and not session.json:
        where = session.wiring.secrets.where(new.credential)
        print(protection_sentence(where.protection, where.place))
    session.tell({"id": new.account.id, "name": new.account.name}, _("Added: {name}").format(name=new.account.name))
    return 0


def _servers(arguments: argparse.Namespace) -> Found:
    """The servers as given; what is missing is discovered, unless a whole side was named."""
    given = {side: {k: getattr(arguments, f"{side}_{k}") for k in ("host", "port", "security", "user", "trust")} for side in ("in", "out")}
    if all(given[side]["host"] for side in given):
        found = Found(address=arguments.email, source="given")
    elif given["in"]["host"]:
        found = Found(address=arguments.email, source="given")  # no way out was named: mail can be read, not sent
    else:
        found = discover(arguments.email, _report_step)
    incoming = _server("imap", found.incoming, given["in"], arguments.email)
    outgoing = _server("smtp", found.outgoing, given["out"], arguments.email)
    return replace(found, incoming=incoming, outgoing=outgoing)


def _server(kind: str, found: Server | None, given: dict[str, Any], email: str) -> Server | None:
    words = {name: value for name, value in given.items() if value is not None}
    if found is None and not words.get("host"):
        return None
    if "security" in words and "port" not in words:
        words["port"] = 0
    if found is not None:
        return replace(found, **words)
    return Server(kind=kind, **{"user": email, **words})


def _report_step(step: Step) -> None:
    if sys.stderr.isatty():
        print(step_sentence(step), file=sys.stderr)


def _with_secret(session: Session, new: NewAccount, arguments: argparse.Namespace) -> NewAccount:
    if new.credential is None:
        return new
    name = new.credential.name
    if arguments.password_command:
        credential = Credential(name=name, method="command", command=arguments.password_command)
        return replace(new, credential=credential, secret=ask_command(credential))
    if arguments.password_stdin:
        secret = Secret(sys.stdin.readline().rstrip("\r\n"))
    elif sys.stdin.isatty():
        import getpass

        secret = Secret(getpass.getpass(_("Password of {name}: ").format(name=name)))
    else:
        raise UsageError("password-missing")
    method = arguments.store or best_method(session.wiring)
    if method not in session.wiring.secrets.methods():
        raise UsageError("store-not-here", method=method)
    return replace(new, credential=Credential(name=name, method=method), secret=secret)


def _try(session: Session, account: Account, secret: Secret | None, outgoing: Secret | None = None) -> CorreioError | None:
    def report(check: Check) -> None:
        if not session.json and sys.stderr.isatty():
            print(check_sentence(check), file=sys.stderr)

    tested = test_account(account.incoming, account.outgoing, secret, report, outgoing_secret=outgoing, senders=[account.email])
    return tested.error


def _list(session: Session) -> int:
    states = {state.uid: state for state in accounts.states(session.db)}
    rows = []
    for account in session.settings.accounts:
        state = states.get(account.id)
        rows.append(
            {
                "id": account.id,
                "name": account.name,
                "kind": account.kind,
                "email": account.email,
                "active": account.active,
                "default": account.default,
                "state": state.state if state else "",
                "error": sentence(state.error) if state and state.error else None,
            }
        )
    session.show(rows, "{name}  ({kind})  {email}  {state}")
    return 0


def _show(session: Session, account: Account, arguments: argparse.Namespace) -> int:
    facts = keys.as_plain(account)
    if session.json:
        session.tell(facts, "")
        return 0
    for name, value in facts.items():
        print(f"{name} = {value}")
    return 0


def _test(session: Session, account: Account, arguments: argparse.Namespace) -> int:
    secrets: list[Secret | None] = []
    for server in (account.incoming, account.outgoing):
        secrets.append(session.wiring.secret_for(server) if server is not None else None)
    error = _try(session, account, secrets[0], secrets[1])
    if error is not None:
        raise error
    session.tell({"ok": True}, _("{name}: everything works.").format(name=account.name))
    return 0


def _remove(session: Session, account: Account, arguments: argparse.Namespace) -> int:
    """The account and what is kept of a server's mail; mail of local accounts has no other copy and asks twice."""
    if not (arguments.yes or only_on_terminal(_("Remove {name} and its mail on this machine?").format(name=account.name))):
        raise UsageError("not-confirmed")
    names = {server.credential for server in account.servers() if server.credential}
    others = {server.credential for other, server in session.settings.servers() if other.id != account.id}
    for name in names - others:
        session.wiring.secrets.forget(session.settings.credential(name))
    row = accounts.row_of(session.db, account.id, local=account.kind == "local")
    remove_account(session.home.settings_file, account.id)
    client = session.engine()
    if client is not None:
        client.ask("reload", timeout=5)
        client.close()
    accounts.forget(session.db, row)
    session.tell({"removed": account.name}, _("Removed: {name}").format(name=account.name))
    return 0
