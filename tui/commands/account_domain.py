"""`account domain`: a mail domain of one's own looked at from outside."""

from __future__ import annotations

import argparse

from accounts import https
from accounts.discovery.guesses import reach
from accounts.domain_check import DnsRecords, Finding, World, check_domain
from core.errors import UsageError
from core.settings import keys
from tui.commands.session import Session
from tui.sentences import area_title, domain_sentence
from tui.translation import _


def run_domain(session: Session, arguments: argparse.Namespace) -> int:
    """Each finding with what to change; status 1 when something is wrong."""
    if not arguments.name:
        raise UsageError("account-name-missing", verb=arguments.verb)
    server, _colon, port = (arguments.nameserver or "").partition(":")
    if port and not (port.isascii() and port.isdigit()):
        raise UsageError("option-unusable", option="--nameserver", value=arguments.nameserver, why="")
    found: list[Finding] = []

    def report(finding: Finding) -> None:
        found.append(finding)
        if not session.json:
            sign = {"ok": "+", "note": " ", "warning": "?", "wrong": "!"}[finding.level]
            print(f"{sign} {area_title(finding.area)}: {domain_sentence(finding)}")

    world = World(DnsRecords(server, int(port or 53)), https.get, reach)
    check_domain(arguments.name, world, report, selectors=arguments.selector or ())
    wrong = [one for one in found if one.level == "wrong"]
    rows = [{**keys.as_plain(one), "words": domain_sentence(one)} for one in found]
    session.tell({"domain": arguments.name, "findings": rows}, "" if wrong else _("Nothing is wrong with {domain}.").format(
        domain=arguments.name))  # fmt: skip
    return 1 if wrong else 0
