"""`template`: mails to begin from, on the command line."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from functools import partial

from core import templates
from core.address import parse_addresses
from core.draft import Draft
from core.errors import NotFound, UsageError
from core.placeholders import at_cursor, filled, values_for
from core.senders import identity_for
from core.server_draft import edit_as_new
from core.store.correspondents import name_of
from core.templates import Template
from tui.commands.session import Session
from tui.commands.show import body_of, one_message
from tui.dates import clock_words
from tui.translation import _


def run_template(session: Session, arguments: argparse.Namespace) -> int:
    """`correio template`."""
    if arguments.verb == "list":
        session.show([_json(one) for one in templates.templates(session.db)], "{id:>8}  {name}  ({subject})  {to}")
        return 0
    if not arguments.name:
        raise UsageError("template-name-missing", verb=arguments.verb)
    if arguments.verb == "save":
        return _save(session, arguments)
    template = templates.find(session.db, arguments.name)
    if arguments.verb == "show":
        sys.stdout.buffer.write(body_of(session, template.message, whole=True).raw or b"")
    elif arguments.verb == "use":
        return _use(session, template, arguments)
    elif arguments.verb == "rename":
        if not arguments.to:
            raise UsageError("template-name-missing", verb=arguments.verb)
        draft = _open(session, template)
        templates.keep(session.db, session.settings, draft, arguments.to[0], instead=template)
        session.hurry()
    else:
        templates.remove(session.db, template)
        session.hurry()
    return 0


def template_draft(session: Session, name: str, said: Draft, *, sender: str = "", sign: bool = True) -> Draft:
    """A template as the draft that a mail begins with, for the people of `said`, placeholders filled; a person's stay that nobody
    knows. `sender`: another one of one's own addresses than the template's.

    Raises NotFound `no-template`, `body-not-here`, `no-identity`; UsageError `sender-not-yours`.
    """
    from tui.commands.mailing import written_from

    settings = session.settings
    template = _open(session, templates.find(session.db, name))
    if sender:
        template = written_from(settings, template, sender)
    identity = identity_for(settings, template)
    draft = templates.begin(template, identity) if sign else template
    draft = dataclasses.replace(draft, to=said.to or draft.to, cc=said.cc or draft.cc, bcc=said.bcc or draft.bcc)
    known = partial(name_of, session.db)
    return at_cursor(filled(draft, values_for(draft, identity, clock_words(), known=known), seen=True))[0]


def _open(session: Session, template: Template) -> Draft:
    """Its draft; fetched when it is still on the server."""
    body_of(session, template.message, whole=True)
    return templates.open_template(session.db, session.settings, template)


def _save(session: Session, arguments: argparse.Namespace) -> int:
    """A message that is here, as a template."""
    if not arguments.message:
        raise UsageError("template-message-missing")
    body = body_of(session, one_message(session, arguments.message), whole=True)
    if body.message is None:
        raise NotFound("body-not-here", what="message", name=arguments.message)
    draft = templates.as_template(edit_as_new(body.message, session.settings.identities))
    templates.keep(session.db, session.settings, draft, arguments.name)
    session.hurry()
    made = templates.find(session.db, arguments.name)
    session.tell(_json(made), _("Kept as the template “{name}”.").format(name=made.name))
    return 0


def _use(session: Session, template: Template, arguments: argparse.Namespace) -> int:
    from tui.commands.starting import open_screen

    to = tuple(address for value in arguments.to for address in parse_addresses(value))
    return open_screen(session, compose=template_draft(session, str(template.message), Draft(to=to)))


def _json(one: Template) -> dict[str, object]:
    return {"id": one.message, "name": one.name, "subject": one.subject, "to": one.recipients}
