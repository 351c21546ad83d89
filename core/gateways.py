"""SMS and fax: which recipients are phones, what each of them is sent, through which gateway, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import Struct

from core.address import Address
from core.draft import ComposeError, Draft, Options
from core.phone import FAX, LONGEST_SMS, SMS, Phone, phone_of, sms_length
from core.quoting import without_signature
from core.settings.gateway import Gateway
from core.settings.schema import Settings

if TYPE_CHECKING:
    from decimal import Decimal


class Piece(Struct, frozen=True):
    """What one draft becomes on one way."""

    draft: Draft
    """As it goes: for a phone with the text and files that it gets."""
    original: Draft
    """The part of the draft that this is, to be edited again."""
    gateway: Gateway | None = None
    """None: by mail."""
    phone: Phone | None = None
    links: bool = False
    """Some of its files go as links, which are made before it is sent."""

    @property
    def way(self) -> str:
        """The way of the outbox row: a gateway's id where a command or the web does the sending, '' for mail."""
        return self.gateway.id if self.gateway is not None and not self.gateway.is_by_mail else ""

    @property
    def is_fax_by_mail(self) -> bool:
        """Whether a mail with pages goes to a gateway."""
        return self.phone is not None and self.phone.kind == FAX and not self.way


class Bill(Struct, frozen=True):
    """What a message to phones comes to."""

    sms: int = 0
    faxes: int = 0
    letters: int = 0
    parts: int = 0
    """Of each SMS."""
    unicode: bool = False
    cost: str = ""
    """With the currency; '' where no gateway has a price."""
    files_left_out: bool = False
    """SMS has no attachments."""


def phones_in(draft: Draft) -> list[tuple[Address, Phone]]:
    """The phones among the recipients, each once."""
    found: dict[Phone, Address] = {}
    for one in draft.recipients:
        phone = phone_of(one)
        if phone is not None:
            found.setdefault(phone, one)
    return [(address, phone) for phone, address in found.items()]


def gateway_for(settings: Settings, kind: str) -> Gateway:
    """The gateway for SMS or fax. Raises ComposeError `no-gateway` (value `kind`)."""
    for one in settings.gateways:
        if one.kind == kind and (one.address or not one.is_by_mail):
            return one
    raise ComposeError("no-gateway", kind=kind)


def pieces(settings: Settings, draft: Draft) -> list[Piece]:
    """A draft split by the ways it goes: one mail for all mail addresses, a message of its own for each phone.

    Raises ComposeError `no-gateway`, `sms-empty`, `sms-too-long`, `gateway-no-files`.
    """
    phones = phones_in(draft)
    rest = _only(draft, lambda one: phone_of(one) is None) if phones else draft
    found = []
    if any(one.link for one in draft.attachments) and rest.recipients:
        found = _with_links(rest)
    elif rest.recipients or not phones:
        found.append(Piece(rest, rest))
    for address, phone in phones:
        gateway = gateway_for(settings, phone.kind)
        found.append(to_phone(gateway, phone, replace(draft, to=(address,), cc=(), bcc=())))
    return found


def to_phone(gateway: Gateway, phone: Phone, draft: Draft) -> Piece:
    """What a draft becomes for one phone. Raises ComposeError `sms-empty`, `sms-too-long`, `gateway-no-files`."""
    return Piece(_to_phone(gateway, phone, draft), draft, gateway, phone)


def _with_links(draft: Draft) -> list[Piece]:
    from core import sharing

    # Read now: what goes along as it is must not change until the links are there.
    return [Piece(goes, again, links=True) for goes, again in sharing.pieces(sharing.kept(draft))]


def _only(draft: Draft, wanted: Callable[[Address], bool]) -> Draft:
    to, cc, bcc = (tuple(one for one in people if wanted(one)) for people in (draft.to, draft.cc, draft.bcc))
    return replace(draft, to=to, cc=cc, bcc=bcc)


def _to_phone(gateway: Gateway, phone: Phone, draft: Draft) -> Draft:
    """What a phone is sent."""
    number = f"+{phone.number}" if phone.plus else phone.number
    addr = f"{phone.number}@{phone.kind}" if not gateway.is_by_mail else gateway.address.replace("{number}", phone.number)
    to = (Address(number if gateway.is_by_mail else "", addr),)
    if phone.kind == SMS:
        text = sms_text(draft, gateway)
        if not text:
            raise ComposeError("sms-empty")
        if len(text) > LONGEST_SMS:
            raise ComposeError("sms-too-long", letters=len(text), most=LONGEST_SMS)
        return replace(draft, to=to, body=text, attachments=(), options=Options(flowed=False), reply_to=(), typed=())
    if draft.attachments and gateway.url and not gateway.command and not gateway.files:
        raise ComposeError("gateway-no-files", name=gateway.name)
    files = tuple(replace(one, link=False) for one in draft.attachments)
    return replace(draft, to=to, attachments=files, options=replace(draft.options, flowed=False, receipt=False), typed=())


def sms_text(draft: Draft, gateway: Gateway) -> str:
    """The text of an SMS: without the signature of mails, with that of the gateway; the subject where there is no text."""
    text = re.sub(r"\n{3,}", "\n\n", without_signature(draft.body)).strip() or draft.subject.strip()
    return f"{text}\n{gateway.signature.strip()}" if text and gateway.signature.strip() else text


def bill(settings: Settings, draft: Draft) -> Bill | None:
    """What a draft to phones comes to, None where there are none. Raises as `pieces`."""
    phones = phones_in(draft)
    if not phones:
        return None
    sms = sum(phone.kind == SMS for _, phone in phones)
    length = sms_length(sms_text(draft, gateway_for(settings, SMS))) if sms else None
    costs: dict[str, Decimal] = {}
    for piece in pieces(settings, draft):
        if piece.gateway is not None and (price := _price(piece.gateway)):
            cost = price * (sms_length(piece.draft.body).parts if piece.gateway.kind == SMS else 1)
            known = costs.get(piece.gateway.currency)
            costs[piece.gateway.currency] = cost if known is None else known + cost
    return Bill(
        sms=sms, faxes=sum(phone.kind == FAX for _, phone in phones), letters=length.letters if length else 0,
        parts=length.parts if length else 0, unicode=bool(length and length.unicode),
        files_left_out=bool(sms and draft.attachments),
        cost=", ".join(f"{cost.normalize():f} {currency}".strip() for currency, cost in costs.items()),
    )  # fmt: skip


def _price(gateway: Gateway) -> Decimal:
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(gateway.price.replace(",", ".") or "0")
    except InvalidOperation:
        return Decimal(0)
