"""The language of the screen and the command line: gettext, with English in the source.

Catalogues are `tui/translations/LANGUAGE/LC_MESSAGES/correio.mo`. Where there is none, the English of the
source is shown. Text that is declared at import, such as the titles of actions, is marked with `N_` and
translated with `_` when it is shown, so that the language can change while the program runs.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from pathlib import Path

DOMAIN = "correio"
FOLDER = Path(__file__).with_name("translations")

_spoken: gettext.NullTranslations = gettext.NullTranslations()


def set_language(*languages: str) -> None:
    """Speak the first of `languages` ("pt_BR") that has a catalogue; none given: as the environment says.

    The environment's variables are LANGUAGE, LC_ALL, LC_MESSAGES and LANG, as gettext reads them.
    """
    global _spoken
    wanted: Sequence[str] | None = languages or None
    _spoken = gettext.translation(DOMAIN, FOLDER, languages=wanted, fallback=True)


def _(text: str) -> str:
    """The text in the language spoken. An empty text stays empty (gettext would give its header)."""
    return _spoken.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """`one` or `many` for a count, in the language spoken; the caller fills in the count."""
    return _spoken.ngettext(one, many, count)


def pgettext(context: str, text: str) -> str:
    """The text in the language spoken, where the same English word needs a context to be translated."""
    return _spoken.pgettext(context, text)


def N_(text: str) -> str:  # noqa: N802 - the name that xgettext and translators know
    """Mark a text for the translators and leave it as it is; `_` translates it later."""
    return text
