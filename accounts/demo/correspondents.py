"""The people of the demo who answer: what they say, and how they quote."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parsedate_to_datetime

from accounts.demo.imap_part import MimePart
from accounts.demo.mails.people import (
    ANA,
    CHIDI,
    GRACA,
    HELENE,
    JOAO,
    JUERGEN,
    KELP_DOOR,
    LAYLA,
    LIN,
    NORA,
    OLGA,
    PRIYA,
    SAM,
    TERESA,
    TIDETABLE_DOOR,
    YUKI,
    Person,
)
from core.address import parse_addresses
from core.encoded_word import one_line
from core.words import decode_words

_POLICY = SMTP.clone(max_line_length=998)
_MOST_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Somebody who answers mail by himself."""

    person: Person
    words: tuple[str, ...]
    """One of them is the answer, chosen by the Message-ID. `{name}` is the first name of who asked."""
    on_date: str = "On {date:%d %B %Y at %H:%M}, {name} wrote:"
    below: bool = True
    """Whether the answer stands below the quotation."""


CORRESPONDENTS = {
    each.person.address: each
    for each in (
        Correspondent(
            ANA,
            (
                "Got it, thank you! I will look at it right after lunch.\n\nAna",
                "Sounds good to me. Shall we say Friday, as always?\n\nAna",
                "Ha, I was about to write you the same. Yes, let us do it that way.\n\nAna",
            ),
        ),
        Correspondent(
            SAM,
            (
                "Works for me. I'll update the checklist.\n\n-- \nSam · Farol release team",
                "Thanks, Maria. I have one small question, but it can wait until the call.\n\n-- \nSam",
            ),
        ),
        Correspondent(
            JOAO,
            (
                "Boa! Conta comigo. 🐟\n\nAbraço\nJoão",
                "Ainda estou no comboio, respondo-te à noite com calma.\n\nBeijinhos\nJoão",
            ),
            "A {date:%d/%m/%Y %H:%M}, {name} escreveu:",
            below=False,
        ),
        Correspondent(
            TERESA,
            ("Obrigada, filha. E vê se comes alguma coisa de jeito!\n\nBeijinhos da Mãe",),
            "A {date:%d/%m/%Y %H:%M}, {name} escreveu:",
            below=False,
        ),
        Correspondent(
            HELENE,
            (
                "Merci beaucoup pour ton message ! Je regarde ça cet après-midi.\n\nBien à toi,\nHélène",
                "Parfait, c’est noté. À très bientôt !\n\nHélène",
            ),
            "Le {date:%d/%m/%Y à %H:%M}, {name} a écrit :",
        ),
        Correspondent(
            JUERGEN,
            ("Danke, angekommen. Ich prüfe die Maße und melde mich.\n\nViele Grüße\nJürgen",),
            "Am {date:%d.%m.%Y um %H:%M} schrieb {name}:",
        ),
        Correspondent(
            YUKI,
            ("{name} 様\n\nメールをありがとうございます。確認いたします。\n\n田中 由紀",),
            "{date:%Y年%m月%d日 %H:%M}、{name} のメール:",
        ),
        Correspondent(PRIYA, ("Good catch, I will send a v3.\n\nThanks for the review!\nPriya",)),
        Correspondent(CHIDI, ("You are a lifesaver. I have told the printer.\n\nChidi",), below=False),
        Correspondent(NORA, ("Noted, thank you. See you there, with cake.\n\nNora",), below=False),
        Correspondent(
            GRACA,
            ("Que bom ter notícias tuas! Aqui chove de lado, como sempre. 🌧️\n\nBeijinhos\nTia Graça",),
            "A {date:%d/%m/%Y %H:%M}, {name} escreveu:",
            below=False,
        ),
        Correspondent(
            OLGA,
            ("Спасибо за письмо, {name}! Отвечу подробно на выходных.\n\nОльга",),
            "{date:%d.%m.%Y %H:%M}, {name} пишет:",
        ),
        Correspondent(LIN, ("{name},你好!\n\n邮件已收到,谢谢。\n\n林伟",), "{date:%Y年%m月%d日 %H:%M},{name} 写道:"),
        Correspondent(KELP_DOOR, ("You are off our list, {name}. The kelp will miss you. 🌿",), below=False),
        Correspondent(TIDETABLE_DOOR, ("You get no further issues, {name}. Mind the tide.",), below=False),
        Correspondent(
            LAYLA,
            ("شكراً جزيلاً يا {name}، وصلت رسالتك وسأرد عليك قريباً.\n\nليلى",),
            "في {date:%d/%m/%Y %H:%M} كتبت {name}:",
        ),
    )
}


def wants_no_answer(mail: MimePart, sender: str) -> bool:
    """Whether answering would be wrong: automatic mail, bulk, lists, bounces (RFC 3834 §2)."""
    automatic = (mail.value("Auto-Submitted") or b"no").strip().lower() != b"no"
    bulk = (mail.value("Precedence") or b"").strip().lower() in (b"bulk", b"list", b"junk", b"auto_reply")
    return automatic or bulk or not sender or mail.value("List-Id") is not None


def answer(who: Correspondent, mail: MimePart, sender: str, now: datetime, *, copies: Sequence[str] = ()) -> bytes:
    """The answer to a mail as bytes with CRLF; `sender` is whom it goes to, `now` is aware."""
    asked_by = next(iter(parse_addresses(_header(mail, "From"))), None)
    name = (asked_by.name if asked_by else "") or sender.partition("@")[0]
    message = EmailMessage(policy=_POLICY.clone(utf8=not sender.isascii()))
    message["From"] = _address(who.person.name, who.person.address)
    message["To"] = _address(name, sender)
    if copies:
        message["Cc"] = [_address("", copy) for copy in copies]
    subject = decode_words(_header(mail, "Subject"))
    message["Subject"] = one_line(subject if subject.lower().startswith("re:") else f"Re: {subject}".strip())
    zone = timezone(timedelta(minutes=who.person.zone))
    message["Date"] = format_datetime(now.astimezone(zone).replace(microsecond=0))
    message["Message-ID"] = f"<{secrets.token_hex(8)}@{who.person.domain}>"
    message_id = one_line(_header(mail, "Message-ID"))
    if message_id:
        message["In-Reply-To"] = message_id
        message["References"] = " ".join([*_header(mail, "References").split(), message_id])
    message.set_content(_body(who, mail, name, message_id, now))
    return message.as_bytes()


def _body(who: Correspondent, mail: MimePart, name: str, message_id: str, now: datetime) -> str:
    pick = hashlib.sha256(message_id.encode("utf-8", "replace")).digest()[0] % len(who.words)
    said = who.words[pick].replace("{name}", name.partition(" ")[0])
    try:
        written = parsedate_to_datetime(_header(mail, "Date"))
    except (ValueError, TypeError):
        written = now
    lines = _own_words(mail)
    quoted = "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines[:_MOST_QUOTED])
    if len(lines) > _MOST_QUOTED:
        quoted += "\n> […]"
    quotation = who.on_date.format(date=written, name=name) + "\n" + quoted
    return f"{quotation}\n\n{said}\n" if who.below else f"{said}\n\n{quotation}\n"


def _own_words(mail: MimePart) -> list[str]:
    """The lines of the first text part, without its signature."""
    parts = [part for part in mail.walk() if part.maintype == "text"]
    plain = next((part for part in parts if part.subtype == "plain"), parts[0] if parts else None)
    lines = plain.text().replace("\r\n", "\n").rstrip().split("\n") if plain else []
    return lines[: lines.index("-- ")] if "-- " in lines else lines


def _header(mail: MimePart, name: str) -> str:
    return (mail.value(name) or b"").decode("utf-8", "replace")


def _address(name: str, address: str) -> Address:
    """An address for a header of EmailMessage; a name that does not go is left out."""
    local, _, domain = address.rpartition("@")
    return Address(one_line(name), local, domain)
