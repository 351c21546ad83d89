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
    signature: Annotated[str, setting("What stands below the text of an SMS, such as your own number.", check=checks.text)] = ""
    price: Annotated[str, setting("The price of one part of an SMS, or of one fax, as in 0.07.", check=checks.price)] = ""
    currency: Annotated[str, setting("The price's currency.", check=checks.one_line)] = ""
