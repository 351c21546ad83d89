"""The settings of files that go as links."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from core.settings import checks
from core.settings.field import setting


class Links(Struct, frozen=True, kw_only=True):
    """Where files go that are sent as links: a WebDAV folder, or a command of one's own."""

    url: Annotated[
        str, setting("A WebDAV folder, as in https://cloud.example.org/dav/me/sent/; empty: none.",
                     check=checks.web_address_or_nothing)
    ] = ""  # fmt: skip
    public: Annotated[
        str, setting("The address under which others fetch what is in that folder, if it is another.",
                     check=checks.web_address_or_nothing)
    ] = ""  # fmt: skip
    user: Annotated[str, setting("The user's name for the WebDAV server.", check=checks.one_line)] = ""
    credential: Annotated[str, setting("The name of the credential for the WebDAV server.", check=checks.one_line)] = ""
    trust: Annotated[
        str, setting("Which certificate of the WebDAV server is believed, as for mail servers.", check=checks.trust)
    ] = "system"
    proxy: Annotated[
        str, setting("The name of the proxy through which the WebDAV server is reached; empty: none.", check=checks.one_line)
    ] = ""
    command: Annotated[
        str, setting("In place of WebDAV: uploads {file}, as {name} for {days} days, and says the link.", check=checks.command)
    ] = ""
    withdraw: Annotated[str, setting("The command that takes back what {url} leads to.", check=checks.command)] = ""
    fetched: Annotated[str, setting("The command that says how often {url} was fetched.", check=checks.command)] = ""
    days: Annotated[int, setting("Days after which a link ends; 0: never.", least=0, most=3650)] = 14
    words: Annotated[
        str, setting("The line above a link; {name}, {size} and {date} are filled in.", check=checks.one_line_something)
    ] = "{name} ({size}, until {date}):"
