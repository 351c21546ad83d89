"""What errors and steps say to people. The lower rooms raise ids and values; the words are here, in plain English."""

from __future__ import annotations

from typing import Any

from accounts.discovery.found import Note, Step
from accounts.probe import Check
from core.clean import clean_line
from core.errors import CorreioError, from_json
from tui.sentences import mail, program, servers, steps
from tui.translation import N_, _

SENTENCES = {**servers.SENTENCES, **mail.SENTENCES, **program.SENTENCES}


def sentence(error: CorreioError) -> str:
    """One or two sentences for an error: what happened, what to do. Values come from outside and are cleaned."""
    return _filled(SENTENCES.get(error.id, ""), error.values) or clean_line(str(error))


def finding_sentence(id: str, count: int, words: str) -> str:
    """What `doctor` found."""
    return _filled(program.FINDINGS.get(id, N_("{id}: {count}")), {"id": id, "count": count, "words": words})


def check_sentence(check: Check) -> str:
    """One step of an account's test, with its time and, when it failed, why."""
    what = _filled(steps.CHECKS.get(check.step, "{kind}: {step}"), {"kind": check.kind.upper(), "server": check.server})
    state = _(steps.STATES.get(check.state, check.state))
    took = f" ({check.seconds:.1f} s)" if check.seconds >= 0.05 else ""
    why = f" {sentence(check.error)}" if check.error is not None else ""
    return f"{what}: {state}{took}.{why}" if why else f"{what}: {state}{took}"


def step_sentence(step: Step) -> str:
    """One step of discovery."""
    return f"{_(steps.FINDING.get(step.name, step.name))}: {_(steps.STATES.get(step.state, step.state))}"


def note_sentence(note: Note) -> str:
    """Something to know about a provider."""
    return _filled(steps.NOTES.get(note.id, ""), {"url": note.url, "host": note.host}).rstrip(": ")


def protection_sentence(id: str, place: str) -> str:
    """What a way of keeping passwords protects, and what not."""
    return _filled(program.SENTENCES.get(id, ""), {"place": place})


class _Values(dict[str, Any]):
    """Values by name; one that is missing reads as nothing."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__({name: _shown(value) for name, value in values.items()})

    def __missing__(self, name: str) -> str:
        return ""


def _shown(value: Any) -> str:
    """A value as text; an error inside another is its own sentence."""
    if isinstance(value, dict) and "id" in value and "class" in value:
        return sentence(from_json(value))
    return clean_line(str(value))


def _filled(pattern: str, values: dict[str, Any]) -> str:
    return clean_line(_(pattern).format_map(_Values(values))).strip() if pattern else ""
