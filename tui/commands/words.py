"""The words of the command line: every command with its options, and which function does it.

Only this is loaded to understand a command; the module that does it comes afterwards. Completions and the manual are
made from it too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tui.translation import _

Add = Callable[[str, str, str], argparse.ArgumentParser]
"""Declares a command: its name, the `module.function` below `tui.commands` that does it, its help."""
_OUTBOX = (
    "list", "show", "raw", "failed", "retry", "cancel", "arrived", "earlier", "later", "batches", "pause", "resume", "stop",
)  # fmt: skip
LIMIT = 200
"""Rows of a list, unless another number is asked for."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence and leaves with 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(2, f"correio: {message}\n")


class Version(argparse.Action):
    """`--version`; finding it takes a while, so it is looked up when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *words: Any) -> None:
        from tui.version import version

        print(f"correio {version()}")
        parser.exit()


class _PassedOver:
    """Takes the options of a command that nobody gave."""

    def __getattr__(self, name: str) -> Callable[..., _PassedOver]:
        return self._pass

    def _pass(self, *words: object, **more: object) -> _PassedOver:
        return self


def parser(only: str = "") -> argparse.ArgumentParser:
    """Every command with its options; `do` of what it reads names the function.

    `only`: the command that was given. Forty others need not be declared to understand it; when it is none, all are.
    """
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("one JSON document, for programs"))
    common.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=_("show tracebacks"))
    top = Parser(prog="correio", description=_("The mail client for people who live in a terminal."), parents=[common])
    top.add_argument("--version", action=Version, nargs=0, help=_("which Correio this is"))
    commands = top.add_subparsers(dest="command", metavar=_("COMMAND"), parser_class=Parser)

    def add(name: str, do: str, help: str) -> argparse.ArgumentParser:
        if only and name != only:
            return cast(argparse.ArgumentParser, _PassedOver())
        made: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help, parents=[common])
        made.set_defaults(do=do)
        return made

    for family in (_starting, _account, _credential, _engine, _listing, _show, _mailing, _change, _store, _config):
        family(add)
    return top if not only or only in commands.choices else parser()


def _starting(add: Add) -> None:
    demo = add("demo", "starting.run_demo", _("try Correio with sample mail, without an account"))
    demo.add_argument("--headless", action="store_true", help=_("only the servers; prints where they are"))


def _account(add: Add) -> None:
    account = add("account", "account.run_account", _("add, list, show, test, remove accounts; import those of other programs"))
    account.add_argument("verb", choices=("add", "list", "show", "test", "remove", "import", "domain"))
    account.add_argument("name", nargs="?")
    account.add_argument("--email", metavar="ADDRESS")
    account.add_argument("--name", dest="shown_name", metavar="NAME")
    account.add_argument("--kind", choices=("imap", "pop3", "local"), default="imap")
    for side in ("in", "out"):
        account.add_argument(f"--{side}-host")
        account.add_argument(f"--{side}-port", type=int)
        account.add_argument(f"--{side}-security", choices=("tls", "starttls", "none"))
        account.add_argument(f"--{side}-user")
        account.add_argument(f"--{side}-trust", metavar="system|FILE|sha256:HEX|ignore")
    secret = account.add_mutually_exclusive_group()
    secret.add_argument("--password-stdin", action="store_true")
    secret.add_argument("--password-command", metavar="CMD")
    secret.add_argument("--oauth", action="store_true", help=_("consent on the provider's page instead of a password (OAuth2)"))
    _consent(account)
    account.add_argument("--store", choices=("keyring", "gpg", "file", "ask"))
    account.add_argument("--keep", metavar="headers|days:N|all")
    account.add_argument("--delete-after", type=int, metavar="DAYS", help=_("POP3: delete what was collected from the server"
                         " after so many days; 0: at once"))  # fmt: skip
    account.add_argument("--no-test", action="store_true")
    account.add_argument("--yes", action="store_true")
    account.add_argument("--selector", action="append", metavar="NAME", help=_("domain: a DKIM key to look for"))
    account.add_argument("--nameserver", metavar="ADDRESS[:PORT]", help=_("domain: ask this server instead of your own"))
    account.add_argument("--send", action="store_true", help=_("test: send a test message too"))
    account.add_argument("--to", metavar="ADDRESS", help=_("test: to whom; otherwise to yourself"))
    account.add_argument("--subject", help=_("test: about what"))


def _consent(command: argparse.ArgumentParser) -> None:
    command.add_argument("--oauth-provider", choices=("google", "microsoft", "yahoo", "generic"))
    command.add_argument("--client-id", metavar="ID", help=_("OAuth2: the client id of your own, from the provider"))
    command.add_argument("--client-secret-stdin", action="store_true", help=_("OAuth2: the input begins with its secret"))
    command.add_argument("--tenant", help=_("OAuth2 with Microsoft: common, consumers, organizations, or your own"))
    for name in ("authorize-url", "token-url", "device-url", "scope", "oauth-trust"):
        command.add_argument(f"--{name}", help=_("OAuth2 with another provider"))
    command.add_argument("--paste", action="store_true", help=_("OAuth2: a page to open and an address to paste, not a code"))


def _credential(add: Add) -> None:
    help = _("see where passwords are kept, change and forget them, agree anew")
    credential = add("credential", "credential.run_credential", help)
    credential.add_argument("verb", choices=("list", "change", "forget", "authorize"))
    credential.add_argument("name", nargs="?")
    credential.add_argument("--password-stdin", action="store_true")
    credential.add_argument("--client-secret-stdin", action="store_true")
    credential.add_argument("--paste", action="store_true")
    credential.add_argument("--yes", action="store_true")


def _engine(add: Add) -> None:
    sync = add("sync", "engine.run_sync", _("one full pass: send what is due, collect, replay changes"))
    sync.add_argument("account", nargs="*")
    for name, help in (("offline", _("work offline: everything but collecting and sending")), ("online", _("back on the line"))):
        add(name, "engine.run_line", help).add_argument("account", nargs="*")
    engine = add("engine", "engine.run_engine", _("the back room, which collects and sends while no screen is open"))
    engine.add_argument("verb", choices=("run", "start", "stop", "status", "unit"))
    engine.add_argument("--install", action="store_true", help=_("unit: put it where systemd looks for it"))


def _listing(add: Add) -> None:
    every = add("folders", "listing.run_folders", _("list the folders of every account, or move one of them"))
    every.add_argument("verb", nargs="?", choices=("list", "move"), default="list")
    every.add_argument("folder", nargs="?", help=_("move: account/path, or a path"))
    every.add_argument("--to", metavar="FOLDER", help=_("move: its new path, after account/ in another account"))
    listing = add("list", "listing.run_list", _("list a folder, newest first"))
    listing.add_argument("folder", nargs="?", default="inbox", help=_("account/path, a path or a role; default: inbox"))
    listing.add_argument("--threads", action="store_true", help=_("one row a conversation"))
    listing.add_argument("--limit", type=int, default=LIMIT)
    found = add("search", "listing.run_search", _("find messages, newest first"))
    found.add_argument("query", nargs="+")
    found.add_argument("--limit", type=int, default=LIMIT)
    found.add_argument("--sort", choices=("date", "relevance"), default="date")
    found.add_argument("--everything", action="store_true", help=_("also contacts, lists and documents"))
    found.add_argument("--server", action="store_true", help=_("also on servers, in mail whose text is not here"))
    count = add("count", "listing.run_count", _("count the messages that a query finds"))
    count.add_argument("query", nargs="+")


def _show(add: Add) -> None:
    show = add("show", "show.run_show", _("show a message"))
    show.add_argument("id")
    form = show.add_mutually_exclusive_group()
    for name in ("raw", "text", "html", "headers"):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name)
    show.add_argument("--width", type=int, default=80)
    saved = add("attachment", "attachment.run_attachment", _("list attachments, save one or write it out, or delete them"))
    saved.add_argument("id")
    saved.add_argument("number", type=int, nargs="?", help=_("as `show` counts them, from 1; none: they are listed"))
    saved.add_argument("-o", "--output", type=Path, metavar="FILE")
    saved.add_argument("--delete", action="store_true", help=_("out of the message, here and on the server; a note stays"))
    saved.add_argument("--yes", action="store_true", help=_("do not ask"))


def _mailing(add: Add) -> None:
    send = add("send", "mailing.run_send", _("put a mail into the outbox"))
    send.add_argument("--from", dest="sender", metavar="ADDRESS")
    for name in ("to", "cc", "bcc"):
        send.add_argument(f"--{name}", action="append", default=[], metavar="ADDRESS")
    send.add_argument("--subject", default="")
    send.add_argument("--attach", action="append", default=[], type=Path, metavar="FILE")
    send.add_argument("--photo-data", choices=("remove", "keep"), help=_("what photos tell, other than compose.photo_data"))
    send.add_argument("--group", action="append", default=[], metavar="NAME", help=_("everybody of a group of contacts"))
    send.add_argument("--group-in", choices=("to", "cc", "bcc"), default="bcc", help=_("where a group goes; bcc by default"))
    send.add_argument("--link", action="append", default=[], type=Path, metavar="FILE", help=_("a file that goes as a link"))
    send.add_argument("--at", metavar="TIME", help=_("send later: 2026-03-12T08:00, 'tomorrow 8:00', 2h"))
    send.add_argument("--body-file", type=Path, metavar="FILE")
    send.add_argument("--markdown", action="store_true", help=_("the text is Markdown, sent as text and as HTML"))
    send.add_argument("-t", dest="whole", action="store_true", help=_("read a whole mail (RFC 5322) with its recipients"))
    send.add_argument("--template", metavar="NAME", help=_("begin with a template; other words take the place of its own"))
    send.add_argument("--wait", action="store_true", help=_("wait until it is sent, or is not"))
    many = add("merge", "merging.run_merge", _("send one message to many people, each by itself, filled from a table"))
    table = many.add_mutually_exclusive_group(required=True)
    table.add_argument("--csv", type=Path, metavar="FILE", help=_("a table, its first line names the columns"))
    table.add_argument("--contacts", nargs="?", const="", metavar="GROUP", help=_("the address book, or one of its groups"))
    many.add_argument("--column", metavar="NAME", help=_("where the address stands; it is found by itself mostly"))
    many.add_argument("--to", default="", help=_("recipients with placeholders: '{name} <{email}>'"))
    many.add_argument("--from", dest="sender", metavar="ADDRESS")
    many.add_argument("--subject", default="")
    many.add_argument("--body-file", type=Path, metavar="FILE", help=_("the text; else standard input"))
    many.add_argument("--template", type=Path, metavar="FILE", help=_("a whole mail (RFC 5322) with its subject and files"))
    many.add_argument("--attach", action="append", default=[], type=Path, metavar="FILE")
    many.add_argument("--photo-data", choices=("remove", "keep"), help=_("what photos tell, other than compose.photo_data"))
    many.add_argument("--delimiter", default="", help=_("another than the one that is found"))
    many.add_argument("--charset", default="")
    many.add_argument("--addresses", choices=("main", "all"), help=_("of somebody with several"))
    many.add_argument("--at", metavar="TIME", help=_("as in send"))
    many.add_argument("--skip", action="store_true", help=_("leave out the rows that cannot be sent"))
    many.add_argument("--dry-run", action="store_true", help=_("show every message, send none"))
    many.add_argument("--yes", action="store_true", help=_("do not ask"))
    links = add("links", "links.run_links", _("files that went as links: what is still there, and what was fetched"))
    links.add_argument("verb", nargs="?", default="list", choices=("list", "withdraw"))
    links.add_argument("id", nargs="?", type=int)
    box = add("outbox", "outbox.run_outbox", _("what waits to be sent, and what became of it"))
    box.add_argument("verb", nargs="?", default="list", choices=_OUTBOX)
    box.add_argument("id", nargs="?", type=int, help=_("of a mail; pause, resume, stop: of a sending to many"))
    box.add_argument("--all", action="store_true")
    kept = add("template", "template.run_template", _("mails to begin from: list, show, use, save, rename, delete"))
    kept.add_argument("verb", nargs="?", default="list", choices=("list", "show", "use", "save", "rename", "delete"))
    kept.add_argument("name", nargs="?")
    kept.add_argument("--to", action="append", default=[], metavar="ADDRESS", help=_("use: to whom; rename: its new name"))
    kept.add_argument("--message", metavar="ID", help=_("save: the message that becomes the template"))
    link = add("open", "mailing.run_open", _("write to the address of a mailto: link"))
    link.add_argument("url")


def _change(add: Add) -> None:
    helps = {
        "flag": _("flag messages"),
        "unflag": _("take the flag away"),
        "read": _("mark messages read"),
        "unread": _("mark messages unread"),
        "trash": _("move messages to the trash"),
        "archive": _("move messages to the archive"),
        "spam": _("move messages to the junk folder"),
        "ham": _("move messages from junk to the inbox"),
    }
    for name, help in helps.items():
        _messages(add(name, "change.run_change", help))
    for name, help in (("move", _("move messages to a folder")), ("copy", _("copy messages to a folder"))):
        _messages(add(name, "change.run_change", help)).add_argument("--to", required=True, metavar="FOLDER")
    for name, help in (("tag", _("put a tag on messages")), ("untag", _("take a tag off messages"))):
        _messages(add(name, "change.run_change", help)).add_argument("--tag", required=True, metavar="NAME")
    thread = add("thread", "thread.run_thread", _("split messages off their threads, or join threads"))
    thread.add_argument("verb", choices=("split", "join"))
    _messages(thread)
    until = _messages(add("snooze", "change.run_snooze", _("put messages away until a time")))
    until.add_argument("--until", required=True, metavar="TIME", help=_("2026-03-12T08:00, 'tomorrow 8:00', 'mon 9:00', 2h"))
    add("snoozed", "change.run_snoozed", _("list what is snoozed, the next to come back first"))
    for name, help in (("mute", _("new mail of these conversations arrives read")), ("unmute", _("no longer muted"))):
        _messages(add(name, "change.run_mute", help))
    add("undo", "change.run_undo", _("take the last change back"))


def _messages(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("messages", nargs="+", metavar="QUERY-OR-ID")
    return command


def _store(add: Add) -> None:
    taken = add("import", "store.run_import", _("take mail from zip, .eml, mbox, Maildir or folders into a folder"))
    taken.add_argument("path", nargs="+", type=Path)
    taken.add_argument("--into", required=True, metavar="FOLDER")
    care = add("doctor", "care.run_doctor", _("look the store over, mend it, back it up"))
    care.add_argument("--repair", action="store_true")
    care.add_argument("--backup", type=Path, metavar="FILE")
    care.add_argument("--deep", action="store_true", help=_("unpack every mail and compare it with its checksum"))
    care.add_argument("--rebuild", action="store_true", help=_("make the search index anew"))
    care.add_argument("--compact", action="store_true", help=_("make the file as small as it can be"))
    care.add_argument("--yes", action="store_true", help=_("do not ask"))


def _config(add: Add) -> None:
    config = add("config", "config.run_config", _("see and change settings"))
    config.add_argument("verb", choices=("get", "set", "path", "check", "list"))
    config.add_argument("key", nargs="?")
    config.add_argument("value", nargs="?")
    completion = add("completion", "config.run_completion", _("print the completion of a shell"))
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
