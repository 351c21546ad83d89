"""`credential`: where passwords are kept; changing, forgetting, and agreeing anew (OAuth2)."""

from __future__ import annotations

import argparse
import sys

from core.errors import CorreioError, UsageError
from core.secret import Secret
from core.settings import Credential
from tui.commands.session import Session, only_on_terminal
from tui.sentences import protection_sentence, sentence
from tui.translation import _


def run_credential(session: Session, arguments: argparse.Namespace) -> int:
    """`correio credential VERB [NAME]`."""
    if arguments.verb == "list":
        return _list(session)
    if not arguments.name:
        raise UsageError("credential-name-missing", verb=arguments.verb)
    credential = session.settings.credential(arguments.name)
    return {"change": _change, "forget": _forget, "authorize": _authorize}[arguments.verb](session, credential, arguments)


def _list(session: Session) -> int:
    used: dict[str, list[str]] = {}
    for account, server in session.settings.servers():
        used.setdefault(server.credential, []).append(f"{account.name} ({server.kind})")
    for proxy in session.settings.proxies:
        used.setdefault(proxy.credential, []).append(proxy.name)
    for gateway in session.settings.gateways:
        used.setdefault(gateway.credential, []).append(gateway.name)
    for own, name in ((session.settings.calendar, _("calendar")), (session.settings.links, _("files as links"))):
        used.setdefault(own.credential, []).append(name)
    rows = []
    for one in session.settings.credentials:
        where = session.wiring.secrets.where(one)
        rows.append(
            {
                "name": one.name,
                "method": one.method,
                "place": where.place,
                "oauth": one.oauth,
                "used_by": list(dict.fromkeys(used.get(one.name, ()))),
                "protection": protection_sentence(where.protection, where.place, oauth=bool(one.oauth)),
            }
        )
    shown = [{**row, "_users": ", ".join(row["used_by"]), "_kind": row["oauth"] or _("password")} for row in rows]
    session.show(shown, "{name}  ({_kind}, {method})  {_users}  {protection}")
    return 0


def _change(session: Session, credential: Credential, arguments: argparse.Namespace) -> int:
    """A new password, kept as before, used by the engine at once."""
    if credential.oauth:
        raise UsageError("credential-has-no-password", name=credential.name)
    if credential.method == "command":
        raise UsageError("credential-is-a-command", name=credential.name, command=credential.command)
    secret = Secret("")
    if arguments.password_stdin:
        secret = Secret(sys.stdin.readline().rstrip("\r\n"))
    elif sys.stdin.isatty():
        import getpass

        secret = Secret(getpass.getpass(_("Password of {name}: ").format(name=credential.name)))
    if not secret:
        raise UsageError("password-missing")
    session.wiring.secrets.put(credential, secret)
    _tell_engine(session, credential.name, secret)
    where = session.wiring.secrets.where(credential)
    session.tell({"changed": credential.name}, protection_sentence(where.protection, where.place, oauth=False))
    return 0


def _forget(session: Session, credential: Credential, arguments: argparse.Namespace) -> int:
    """The password is kept nowhere any more; it is asked for when it is next needed."""
    question = _("Forget the token {name}?") if credential.oauth else _("Forget the password {name}?")
    if not (arguments.yes or only_on_terminal(question.format(name=credential.name))):
        raise UsageError("not-confirmed")
    had = session.wiring.secrets.forget(credential)
    client = session.engine()
    if client is not None:
        client.ask("forget", credential=credential.name, timeout=5)
        client.close()
    words = _("Forgotten: {name}") if had else _("{name} was kept nowhere.")
    session.tell({"forgotten": credential.name, "was_kept": had}, words.format(name=credential.name))
    return 0


def _authorize(session: Session, credential: Credential, arguments: argparse.Namespace) -> int:
    """Consent anew, on the provider's page."""
    from tui.consent import agree

    if not credential.oauth:
        raise UsageError("credential-is-a-password", name=credential.name)
    users = [server.user for _account, server in session.settings.servers() if server.credential == credential.name]
    user, given = users[0] if users else "", arguments.client_secret_stdin
    consent = agree(credential, user, session.wiring.oauth, secret_given=given, paste=arguments.paste)
    secret = consent.client_secret
    if not secret:
        secret = session.wiring.secrets.tokens.client_secret(credential)
    session.wiring.secrets.tokens.keep(credential, consent.tokens, secret)
    _tell_engine(session, credential.name, Secret(""))
    session.tell({"authorized": credential.name}, _("Agreed: {name}").format(name=credential.name))
    return 0


def _tell_engine(session: Session, name: str, secret: Secret) -> None:
    """Whoever waits for the password goes on. An engine that is not there reads it where it is kept."""
    try:
        client = session.engine()
        if client is not None:
            client.ask("password", credential=name, password=secret.reveal(), timeout=5)
            client.close()
    except CorreioError as error:
        print(f"correio: {sentence(error)}", file=sys.stderr)
