from __future__ import annotations

import pytest

from core.enclosed import spoken_of

QUOTED = "Yes.\n\nOn Monday, Ana wrote:\n> please see the attached file\n\n-- \nAna, with attachments\n"
FORWARDED = "Look.\n\n---------- Forwarded message ----------\nFrom: Rui\n\nThe report is attached.\n"


@pytest.mark.parametrize(("text", "word"), [
    ("I attach the minutes.", "attach"), ("See the ATTACHED figures", "ATTACHED"),
    ("two attachments, as promised", "attachments"),
    ("Im Anhang der Bericht", "Anhang"), ("anbei die Rechnung", "anbei"), ("die angehängten Dateien", "angehängten"),
    ("Die Zahlen stehen in der Anlage.", "in der Anlage"), ("Segue em anexo o relatório", "anexo"), ("anexei as atas", "anexei"),
    ("voir la pièce jointe", "pièce jointe"), ("le rapport ci-joint", "ci-joint"), ("je joins le devis", "je joins"),
    ("Adjunto el informe", "Adjunto"), ("las facturas adjuntas", "adjuntas"),
])  # fmt: skip
def test_words_for_a_file_that_goes_along(text: str, word: str) -> None:
    assert spoken_of("", f"Hello,\n\n{text}\n") == word
    assert spoken_of(text, "Hello\n") == word


@pytest.mark.parametrize("text", [
    "", "Hello\n", QUOTED, FORWARDED, "Ana joins us.\n", "Die Anlage läuft.\n", "heartattacks\n", "> attached\n",
])  # fmt: skip
def test_what_speaks_of_no_file_or_is_somebody_elses(text: str) -> None:
    assert spoken_of("", text) == ""


def test_ones_own_words_above_what_is_quoted() -> None:
    assert spoken_of("", "It is attached.\n\n" + QUOTED) == "attached"
    assert spoken_of("Attachment", QUOTED) == "Attachment"
