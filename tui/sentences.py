"""What errors say to people: what happened, and what to do. The lower rooms raise ids and values, the words are here."""

from __future__ import annotations

from typing import Any

from accounts.discovery.found import Step
from accounts.probe import Check
from core.clean import clean_line
from core.errors import CorreioError
from tui.translation import N_, _

SENTENCES: dict[str, str] = {
    "engine-running": N_("Another engine is at work already (process {pid}). Stop it with: correio engine stop"),
    "no-terminal": N_("Correio's screen needs a terminal. For scripts there are commands: correio --help"),
}


def sentence(error: CorreioError) -> str:
    """One or two sentences for an error. Values come from servers and files: they are cleaned."""
    pattern = _(SENTENCES.get(error.id, ""))
    if not pattern:
        return clean_line(str(error))
    return clean_line(pattern.format_map(_Values(error.values)))


class _Values(dict[str, Any]):
    """Values by name; one that is missing reads as nothing."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__({name: clean_line(str(value)) for name, value in values.items()})

    def __missing__(self, name: str) -> str:
        return ""


def finding_sentence(id: str, count: int, words: str) -> str:
    """What `doctor` found."""
    return f"{id}: {count} {words}".rstrip()


def check_sentence(check: Check) -> str:
    """One step of an account's test."""
    state = sentence(check.error) if check.error else check.state
    return clean_line(f"{check.kind} {check.step} {check.server}: {state}")


def step_sentence(step: Step) -> str:
    """One step of discovery."""
    return clean_line(f"{step.name}: {step.state}")


def protection_sentence(id: str, place: str) -> str:
    """What a way of keeping passwords protects."""
    return clean_line(f"{id} {place}")
