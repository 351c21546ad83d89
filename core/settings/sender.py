"""Senders: the addresses mail is written from, and what belongs to each (RFC 5322 §3.6.2)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from core.settings import checks
from core.settings.field import setting
from core.settings.server import new_id


class Identity(Struct, frozen=True, kw_only=True):
    """A sender: an address with a name, a signature, and how mail from it looks."""

    id: Annotated[str, setting("The identity's own id; it never changes.", fixed=True, check=checks.an_id)] = field(
        default_factory=new_id
    )
    account: Annotated[str, setting("The id of the account that sends for it.", check=checks.an_id)]
    address: Annotated[str, setting("The sender's address.", check=checks.address)]
    name: Annotated[str, setting("The sender's name as others see it.", check=checks.one_line)] = ""
    default: Annotated[bool, setting("Whether mail of the account is written from this sender unless another fits.")] = False
    aliases: Annotated[
        str,
        setting(
            "Other addresses that are this sender's, separated by commas; *@example.org is all of a domain. An answer comes"
            " from the one that the mail went to.",
            check=checks.address_patterns,
        ),
    ] = ""
    for_folders: Annotated[
        str,
        setting(
            "Folders in which one writes and answers as this sender, as those that others share: ~team/Inbox, ~team/*;"
            " separated by commas.",
            check=checks.one_line,
        ),
    ] = ""
    organisation: Annotated[str, setting("The Organization header line.", check=checks.one_line)] = ""
    on_behalf_of: Annotated[
        str,
        setting(
            "For whom the mail is written, as in Name <address>: they stand in From, this sender's address in Sender.",
            check=checks.mailbox_or_nothing,
        ),
    ] = ""
    reply_to: Annotated[str, setting("The address that answers go to, if it is another.", check=checks.address_or_nothing)] = ""
    return_path: Annotated[
        str, setting("The address that mail comes back to if it cannot be delivered.", check=checks.address_or_nothing)
    ] = ""
    receipts: Annotated[bool, setting("Whether a read receipt is asked for unless a mail says otherwise.")] = False
    receipt_to: Annotated[
        str, setting("The address that read receipts go to, if it is another.", check=checks.address_or_nothing)
    ] = ""
    signature: Annotated[str, setting("The text below each mail, without the line of two dashes.", check=checks.signature)] = ""
    signature_rich: Annotated[
        str,
        setting("The signature of mail in rich text, as Markdown, images too; empty: the plain one.", check=checks.signature),
    ] = ""
    signature_place: Annotated[
        str,
        setting(
            "automatic: below each new mail; end, cursor: where the key puts it; none: there is no signature.",
            choices=("automatic", "end", "cursor", "none"),
        ),
    ] = "automatic"
    footer: Annotated[bool, setting("Whether the footer stands at the end of each mail, below the signature.")] = False
    footer_text: Annotated[str, setting("The text of the footer, a company's address say.", check=checks.signature)] = ""
    logo: Annotated[str, setting("An image file shown above the text of mail in rich text.", check=checks.one_line)] = ""
    card: Annotated[bool, setting("Whether my card goes with each mail, as a vCard without notes and tags.")] = False
    language: Annotated[
        str, setting("The language this sender writes in, as in pt or de; empty: that of Correio.", check=checks.language)
    ] = ""
    spelling: Annotated[
        str,
        setting(
            "The dictionaries for what this sender writes, as compose.spelling; empty: those, or by the language.",
            check=checks.dictionaries,
        ),
    ] = ""
    enforce: Annotated[
        bool, setting("Whether these values hold for every mail: the composer cannot change them and says why.")
    ] = False

    @property
    def starts_signed(self) -> bool:
        """Whether its signature stands in a mail from the beginning."""
        return self.signature_place == "automatic" and bool(self.signature.strip())
