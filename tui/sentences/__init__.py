"""What errors and steps say to people. The lower rooms raise ids and values; the words are here, in plain English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from core.clean import clean_line
from core.errors import CorreioError, from_json
from tui.sentences import mail, program, servers, steps
from tui.translation import N_, _

if TYPE_CHECKING:
    from accounts.diagnosis import Hint
    from accounts.discovery.found import Found, Note, Step
    from accounts.domain_check import Finding as DomainFinding
    from accounts.probe import Check
    from core.doubts import Finding

_ANSWER = re.compile(r" \(\{answer\}\)|:[^.:{}]*\{answer\}")
"""Where a sentence tells what a server said."""
SENTENCES = {**servers.SENTENCES, **mail.SENTENCES, **program.SENTENCES}


def sentence(error: CorreioError) -> str:
    """One or two sentences for an error: what happened, what to do. Values come from outside and are cleaned."""
    values = error.values
    if error.id == "settings-bad-value":
        values = {**values, "reason": wrong_sentence(str(values.get("reason")))}
    if error.id == "no-right":
        values = {**values, "what": _(servers.RIGHTS.get(str(values.get("right")), N_("do this")))}
    pattern = servers.NO_TLS if values.get("reason") == "WRONG_VERSION_NUMBER" else _numbered(error.id, values, SENTENCES)
    if error.id == "certificate-name" and values.get("names"):
        pattern = servers.OTHER_NAMES
    words = _filled(pattern, values) or clean_line(str(error))
    if error.id in program.WITH_NEAR and values.get("near"):
        words = f"{words} {_filled(N_('Did you mean {near}?'), values)}"
    if error.id == "settings-missing" and values.get("suggestion"):
        words = f"{words} {_filled(N_('Write it like: {suggestion}.'), values)}"
    if error.id in servers.CERTIFICATES and error.values.get("fingerprint"):
        words = f"{words} {_filled(servers.FINGERPRINT, error.values)}"
    return words


def finding_sentence(id: str, count: int, words: str) -> str:
    """What `doctor` found."""
    values = {"id": id, "count": count, "words": words}
    return _filled(_numbered(id, values, program.FINDINGS) or N_("{id}: {count}"), values)


def _numbered(id: str, values: dict[str, Any], sentences: dict[str, str]) -> str:
    """The sentence of an id, '' where there is none; of one thing it speaks as of one."""
    if 1 in (values.get("count"), values.get("n")):
        from tui.sentences.singular import SINGULAR

        if one := SINGULAR.get(id):
            return one
    return sentences.get(id, "")


def check_sentence(check: Check) -> str:
    """One step of an account's test, with its time and, when it failed, why."""
    why = f" {sentence(check.error)}" if check.error is not None else ""
    what = f"{check_label(check)}: {check_words(check)}"
    return f"{what}.{why}" if why else what


def check_label(check: Check) -> str:
    """What a step of an account's test does."""
    return _filled(steps.CHECKS.get(check.step, "{kind}: {step}"), _names(check))


def _names(check: Check) -> dict[str, str]:
    return {"kind": check.kind.upper(), "server": check.server, "host": check.server.rpartition(":")[0]}


def check_words(check: Check) -> str:
    """How a step of an account's test ended, in a few words, with its time."""
    if check.step == "filters":
        return _filters_words(check)
    reason = steps.REASONS.get(str(check.values.get("reason"))) if check.state == "warning" else None
    refused = check.values.get("refused") or {}
    known = {"addresses": ", ".join(f"{address} ({answer})" for address, answer in refused.items())}
    words = _filled(reason, known) if reason else _(steps.STATES.get(check.state, check.state))
    if check.step == "abilities" and check.state == "ok":
        words = clean_line(", ".join(str(one) for one in check.values.get("abilities") or ())) or words
    if check.step == "login" and check.values.get("method"):
        words = f"{words}, {clean_line(str(check.values['method']))}"
    if check.step == "tls" and check.state == "ok" and check.values.get("version"):
        words = f"{words}, {clean_line(str(check.values['version']))}"
    return f"{words} ({check.seconds:.1f} s)" if check.seconds >= 0.05 else words


def _filters_words(check: Check) -> str:
    if check.state == "running":
        return _(steps.STATES["running"])
    reason, product = str(check.values.get("reason", "filters")), clean_line(str(check.values.get("product", "")))
    words = _filled(steps.REASONS[reason], {"port": check.values.get("port"), "why": check.values.get("why", "")})
    words = f"{words}, {product}" if product else words
    return f"{words}; {_(steps.FOREIGN)}" if check.values.get("foreign") else words


def hint_sentence(hint: Hint) -> str:
    """What a failed step most likely means."""
    values = {name: str(value).upper() if value in ("tls", "starttls") else value for name, value in hint.values.items()}
    return _filled(steps.HINTS[hint.id], values)


def domain_sentence(finding: DomainFinding) -> str:
    """Something found out about a mail domain, and what to change."""
    from tui.sentences import domains

    return _filled(domains.FINDINGS[finding.id], finding.values)


def area_title(area: str) -> str:
    """What of a mail domain was looked at."""
    from tui.sentences import domains

    return _(domains.AREAS.get(area, area))


def state_words(state: str) -> str:
    """What keeps an account from its server; '' for one that is well."""
    return _(steps.TROUBLES.get(state, "")) if state else ""


def step_sentence(step: Step) -> str:
    """One step of discovery."""
    return f"{step_label(step)}: {step_words(step)}"


def step_label(step: Step) -> str:
    """What a step of discovery asks."""
    return _(steps.FINDING.get(step.name, step.name))


def step_words(step: Step) -> str:
    """What came of a step of discovery, in a few words."""
    if step.state == "ok":
        found = [str(step.values.get("provider") or ""), *dict.fromkeys(step.values.get("hosts") or ())]
        return clean_line(", ".join(one for one in found if one)) or _(steps.STATES["ok"])
    reason = step.values.get("error") if step.state == "failed" else step.values.get("reason")
    return _(steps.REASONS.get(str(reason)) or steps.STATES.get(step.state, step.state))


def found_sentence(found: Found) -> str:
    """Where the servers come from."""
    return _filled(steps.SOURCES.get(found.source, ""), {"provider": found.provider or _("a provider")})


def wrong_sentence(id: str) -> str:
    """What is wrong with a value in a form."""
    return _(steps.WRONG.get(id, N_("This value cannot be used.")))


def note_sentence(note: Note) -> str:
    """Something to know about a provider."""
    id = "certificate-names" if note.names else note.id
    return _filled(steps.NOTES.get(id, ""), {"url": note.url, "host": note.host, "names": note.names}).rstrip(": ")


def sender_sentence(finding: Finding) -> str:
    """Something to know about a mail's sender."""
    from tui.sentences import senders  # only reading needs it

    return _filled(senders.SENTENCES[finding.id], finding.values)


def link_sentence(finding: Finding) -> str:
    """Something to know about a link."""
    from tui.sentences import links  # only opening one needs it

    return _filled(links.SENTENCES[finding.id], finding.values)


def protection_sentence(id: str, place: str, *, oauth: bool) -> str:
    """What a way of keeping a password, or the token of OAuth2, protects, and what not."""
    what = _("The token to log in with") if oauth else _("The password")
    return _filled(program.SENTENCES.get(id, ""), {"what": what, "place": place})


class _Values(dict[str, Any]):
    """Values by name; one that is missing reads as nothing."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__({name: _moment(value) if name == "until" else _shown(value) for name, value in values.items()})
        if "answer" in self:
            self["answer"] = self["answer"].removesuffix(".")  # our sentences go on behind it

    def __missing__(self, name: str) -> str:
        return ""


def _shown(value: Any) -> str:
    """A value as text; an error inside another is its own sentence."""
    if isinstance(value, dict) and "id" in value and "class" in value:
        return sentence(from_json(value))
    return clean_line(str(value))


def _moment(value: Any) -> str:
    """A time (unix seconds) as people write it here."""
    from datetime import datetime

    try:
        return datetime.fromtimestamp(int(value)).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def _filled(pattern: str, values: dict[str, Any]) -> str:
    if not pattern:
        return ""
    words, known = _(pattern), _Values(values)
    if not known["answer"]:
        words = _without_answer(words)
    return clean_line(words.format_map(known)).strip()


def _without_answer(words: str) -> str:
    """A sentence for when nobody said why: no empty brackets, no colon with nothing behind it."""
    if (place := _ANSWER.search(words)) is None:
        return words
    return words[: place.start()] + (words[place.end() :] or ".")
