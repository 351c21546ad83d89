"""`account import`: accounts that other mail programs have on this machine."""

from __future__ import annotations

import argparse
import sys

from core.elsewhere import Elsewhere, look_around
from core.errors import NotFound
from core.settings import keys
from tui.commands.account import added, attempt, with_keep, with_secret, with_servers
from tui.commands.session import Session
from tui.elsewhere import as_found, described, new_ones
from tui.new_account import add, from_discovery
from tui.sentences import note_sentence
from tui.translation import _


def run_import(session: Session, arguments: argparse.Namespace) -> int:
    """Without a name: what other programs have here. With one: that account is tested and added, as `add` does it."""
    found = look_around()
    if not arguments.name:
        return _list(session, found)
    wanted = arguments.name.casefold()
    usable = new_ones(found, session.settings)
    one = next((one for one in usable if wanted in (one.address.casefold(), one.name.casefold())), None)
    if one is None:
        raise NotFound("no-account-elsewhere", what="account", name=arguments.name)
    for note in as_found(one).notes:
        print(note_sentence(note), file=sys.stderr)
    if one.command and not (arguments.password_command or arguments.password_stdin):
        arguments.password_command = one.command
    servers = with_servers(as_found(one), "imap", arguments)
    new = from_discovery(servers, session.settings, name=arguments.shown_name or "", person=one.person)
    new = with_secret(session, with_keep(new, arguments.keep), arguments)
    if not arguments.no_test and (error := attempt(session, new.account, new.secret)) is not None:
        raise error
    add(session.wiring, session.db, new)
    return added(session, new)


def _list(session: Session, found: list[Elsewhere]) -> int:
    fresh = new_ones(found, session.settings)
    rows = [{**keys.as_plain(one), "_words": described(one), "usable": one.usable, "new": one in fresh} for one in found]
    session.show(rows, "{_words}")
    if not session.json:
        words = _("“correio account import ADDRESS” takes one over.") if rows else _("No account of another program is here.")
        print(words, file=sys.stderr)
    return 0
