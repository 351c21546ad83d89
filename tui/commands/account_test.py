"""`account test`: each step with its time, what a failed one most likely means, and a test message."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from msgspec.structs import replace

from accounts.filters_offer import ask_filters
from accounts.probe import Check, test_account
from core.errors import ServerRefused, UsageError
from core.settings import Account, keys
from tui.commands.account import secret_of, tell_meaning
from tui.commands.session import Session
from tui.sentences import check_sentence, wrong_sentence
from tui.translation import _


def run_test(session: Session, account: Account, arguments: argparse.Namespace) -> int:
    """Every step with its time; what a failed one most likely means; with --send, a test message too."""
    secrets = [secret_of(session, server) for server in (account.incoming, account.outgoing)]
    senders = [one.address for one in session.settings.identities_of(account.id)] or [account.email]

    def report(check: Check) -> None:
        if not session.json and check.state != "running":
            print(check_sentence(check), file=sys.stderr)

    account = session.wiring.reached_account(account)
    tested = test_account(
        account.incoming, account.outgoing, secrets[0], report, outgoing_secret=secrets[1], senders=list(filter(None, senders))
    )
    tell_meaning(session, account, tested.checks)
    if tested.error is not None:
        raise tested.error
    checks = list(tested.checks)
    if account.incoming is not None and account.incoming.kind == "imap":
        checks.append(ask_filters(account.incoming, secrets[0], report, domain=account.email.rpartition("@")[2]))
    steps = [_as_plain(check) for check in checks]
    sent = _send_trial(session, account, senders[0], arguments) if arguments.send else ""
    session.tell({"ok": True, "steps": steps, "sent": sent}, _("{name}: everything works.").format(name=account.name))
    return 0


def _as_plain(check: Check) -> dict[str, Any]:
    return {
        "server": check.server,
        "kind": check.kind,
        "step": check.step,
        "state": check.state,
        "seconds": round(check.seconds, 3),
        "values": keys.as_plain(check.values),
    }


def _send_trial(session: Session, account: Account, sender: str, arguments: argparse.Namespace) -> str:
    """A test message, handed over at once; to whom it went. ServerRefused `trial-refused`."""
    from tui.trial_mail import usual_trial_mail

    usual = usual_trial_mail(sender)
    mail = replace(usual, recipient=arguments.to or usual.recipient, subject=arguments.subject or usual.subject)
    if mail.wrong:
        raise UsageError("option-unusable", option="--to", value=mail.recipient, why=wrong_sentence(mail.wrong))
    if mail.to_oneself and not session.json:
        print(_("Sender and recipient are the same: a server may take that and refuse mail to anybody else."), file=sys.stderr)
    result = mail.send(session.wiring.outgoing(account))
    if result.state != "sent":
        raise result.error or ServerRefused("trial-refused", server=result.server, answer=result.answer)
    if not session.json:
        print(_("{server} has taken it. It should arrive in a minute.").format(server=result.server))
    return mail.recipient
