"""The settings of the ways to phones: SMS and fax."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from core.settings import checks
from core.settings.field import setting
from core.settings.server import new_id


class Gateway(Struct, frozen=True, kw_only=True):
    """A way to phones: addresses such as 32475123456@SMS go through it."""

    id: Annotated[str, setting("The gateway's own id; it never changes.", fixed=True, check=checks.an_id)] = field(
        default_factory=new_id
    )
    name: Annotated[str, setting("What it is called.", check=checks.one_line_something)]
    kind: Annotated[str, setting("What it sends.", choices=("sms", "fax"))] = "sms"
    address: Annotated[
        str, setting("For a gateway by mail: its address, as in {number}@sms.example.com.", check=checks.gateway_address)
    ] = ""
    command: Annotated[
        str,
        setting(
            "For a gateway by command: {number}, {plus_number}, {files} and {page} (the text as PDF) are filled in, the text"
            " comes on its standard input; no shell runs it.",
            check=checks.command,
        ),
    ] = ""
    url: Annotated[
        str,
        setting(
            "For a gateway by web: an https address; {number}, {plus_number}, {text}, {subject}, {user}, {secret} and {id} (the"
            " same when a message is tried again) are filled in.",
            check=checks.web_address_or_nothing,
        ),
    ] = ""
    body: Annotated[
        str,
        setting(
            "What is sent there: a form as in to={plus_number}&text={text}, or JSON with the same words as values, and {page}"
            " (the text as PDF in base64); empty: nothing, by GET.",
            check=checks.web_body,
        ),
    ] = ""
    files: Annotated[
        str, setting("For a fax by web: the form's field that the text as PDF and the attachments go in.", check=checks.one_line)
    ] = ""
    header: Annotated[str, setting("A header line for it, as in Authorization: Bearer {secret}.", check=checks.header_line)] = ""
    answer: Annotated[
        str, setting("What the answer has in it when the message was taken; empty: its status tells.", check=checks.one_line)
    ] = ""
    user: Annotated[
        str, setting("The user there; without {secret} anywhere user and secret go by HTTP Basic.", check=checks.one_line)
    ] = ""
    credential: Annotated[str, setting("The name of the credential that {secret} is.", check=checks.one_line)] = ""
    trust: Annotated[str, setting("Which certificate is believed there, as for mail servers.", check=checks.trust)] = "system"
    proxy: Annotated[str, setting("The name of the proxy through which it is reached; empty: none.", check=checks.one_line)] = ""
    signature: Annotated[str, setting("What stands below the text of an SMS, such as your own number.", check=checks.text)] = ""
    price: Annotated[str, setting("The price of one part of an SMS, or of one fax, as in 0.07.", check=checks.price)] = ""
    currency: Annotated[str, setting("The price's currency.", check=checks.one_line)] = ""

    per_hour: Annotated[
        int,
        setting(
            "The most messages in an hour, by command or web (by mail the server's caps hold); 0: no cap.", least=0, most=1000000
        ),
    ] = 0
    per_day: Annotated[int, setting("The same in 24 hours.", least=0, most=10000000)] = 0

    @property
    def shown(self) -> str:
        """What it is called where it is spoken of."""
        return self.name

    @property
    def is_by_mail(self) -> bool:
        """Whether a mail server takes what goes there."""
        return not self.command and not self.url
