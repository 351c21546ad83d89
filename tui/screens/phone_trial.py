"""Trying a gateway to phones: a message to one's own phone, sent at once, and what the gateway says to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from accounts.outgoing import Outgoing, SendResult
from core.address import Address
from core.draft import Draft
from core.errors import CorreioError, NotFound
from core.phone import SMS, Phone, phone_of
from core.settings import Account, Identity, Settings
from core.settings.gateway import Gateway
from tui.screens.trial_message import TrialMessageScreen
from tui.translation import _
from tui.trial_mail import SECONDS
from tui.widgets.form import FormRow, text_field
from tui.widgets.status import HeaderBar

if TYPE_CHECKING:
    from tui.wiring import Wiring


class PhoneTrial(Struct, frozen=True):
    """What goes out; it may cost what a message costs."""

    settings: Settings
    gateway: Gateway
    sender: Identity
    number: str
    text: str
    to_oneself: bool = False

    @property
    def phone(self) -> Phone | None:
        """Whose it is; None while the number is none."""
        return phone_of(Address("", f"{self.number}@{self.gateway.kind}"))

    @property
    def wrong(self) -> str:
        """As `tui.trial_mail.Trial`."""
        return "" if self.phone is not None else "not-a-phone"

    def send(self, way: Outgoing) -> SendResult:
        """Build it as any message to a phone is built, and hand it over."""
        from core.gateways import to_phone
        from core.sending import built_for

        if self.phone is None:
            raise CorreioError("gateway-unfit", name=self.gateway.name)
        draft = Draft(
            identity=self.sender.id, to=(Address("", f"{self.number}@{self.gateway.kind}"),), body=self.text,
            subject=_("A test of Correio"),
        )  # fmt: skip
        piece = to_phone(self.gateway, self.phone, draft)
        built = built_for(self.settings, piece, self.sender, datetime.now().astimezone())
        return way.send(built.wire, built.sender, built.recipients, SECONDS)


class PhoneTrialScreen(TrialMessageScreen):
    """The number, the text, and a button. Raises NotFound `no-identity`, `no-outgoing-server` where nobody can send."""

    def __init__(self, wiring: Wiring, gateway: Gateway) -> None:
        self.settings, self.gateway = wiring.settings(), gateway
        account, self.identity = _sender(self.settings)
        servers = self.settings.ways_out(account, self.identity.address)
        if gateway.is_by_mail and not servers:
            raise NotFound("no-outgoing-server", what="server", name="", account=account.name)
        super().__init__(
            lambda: wiring.way(servers[0]) if gateway.is_by_mail else wiring.way_to_phones(gateway), [self.identity.address]
        )

    def rows(self) -> list[FormRow]:
        """The fields; one's own number where the signature of SMS is one."""
        own = self.gateway.signature.strip()
        number = own if phone_of(Address("", f"{own}@{SMS}")) is not None else ""
        return [
            FormRow(_("Phone number"), text_field(number, _("with the country's code, as in +32475123456")), id="to"),
            FormRow(_("Text"), text_field(_("This was sent to try whether the gateway works.")), id="text"),
        ]

    def on_mount(self) -> None:
        """As of a mail, but for the title."""
        super().on_mount()
        words = _("Send a test by SMS: {name}") if self.gateway.kind == SMS else _("Send a test by fax: {name}")
        self.query_one(HeaderBar).folder = words.format(name=self.gateway.name)

    @property
    def mail(self) -> PhoneTrial:
        """What the fields say."""
        value = {row.id or "": row.value for row in self.query(FormRow)}
        return PhoneTrial(self.settings, self.gateway, self.identity, value["to"].strip(), value["text"])

    def advice(self) -> str:
        """It is a real message."""
        if not self.gateway.price:
            return _("It is a real message: your provider may charge for it.")
        cost = f"{self.gateway.price} {self.gateway.currency}".strip()
        return _("It is a real message, and costs {cost} or more.").format(cost=cost)


def _sender(settings: Settings) -> tuple[Account, Identity]:
    account = settings.default_account()
    found = settings.identities_of(account.id) if account is not None else ()
    if account is None or not found:
        raise NotFound("no-identity", what="identity", name="")
    return account, found[0]
