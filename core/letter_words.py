"""The words that an answer or forwarded mail is begun with, in the language of its sender."""

from __future__ import annotations

import re

from core.forward import ENGLISH, Words

USUAL = "On {date}, {name} wrote:"
"""The line above a quotation, unless the settings name another: then it is said in the sender's language."""

_ATTRIBUTIONS = {
    "en": USUAL,
    "pt": "Em {date}, {name} escreveu:",
    "fr": "Le {date}, {name} a écrit :",
    "de": "Am {date} schrieb {name}:",
    "es": "El {date}, {name} escribió:",
    "it": "Il {date}, {name} ha scritto:",
    "nl": "Op {date} schreef {name}:",
    "pl": "{date}, {name} napisał(a):",
    "sv": "Den {date} skrev {name}:",
    "da": "Den {date} skrev {name}:",
    "nb": "Den {date} skrev {name}:",
    "fi": "{date}, {name} kirjoitti:",
    "cs": "Dne {date} {name} napsal(a):",
}
_FORWARDED = {
    "pt": Words("---------- Mensagem encaminhada ----------", "De", "Data", "Assunto", "Para", "Cc"),
    "fr": Words("---------- Message transféré ----------", "De", "Date", "Objet", "À", "Cc"),
    "de": Words("---------- Weitergeleitete Nachricht ----------", "Von", "Datum", "Betreff", "An", "Kopie"),
    "es": Words("---------- Mensaje reenviado ----------", "De", "Fecha", "Asunto", "Para", "Cc"),
    "it": Words("---------- Messaggio inoltrato ----------", "Da", "Data", "Oggetto", "A", "Cc"),
    "nl": Words("---------- Doorgestuurd bericht ----------", "Van", "Datum", "Onderwerp", "Aan", "Cc"),
}


def attribution_in(setting: str, language: str) -> str:
    """The line above a quotation: the settings' own, else in a language such as `pt` or `pt_BR.UTF-8`."""
    return setting if setting != USUAL else _ATTRIBUTIONS.get(_main(language), USUAL)


def forward_words(language: str) -> Words:
    """The words above a forwarded text in a language."""
    return _FORWARDED.get(_main(language), ENGLISH)


def _main(language: str) -> str:
    return re.split(r"[-_.@]", language.strip().lower(), maxsplit=1)[0].replace("no", "nb")
