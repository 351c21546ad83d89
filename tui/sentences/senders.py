"""What is known of a mail's sender, and what speaks against the name it bears."""

from __future__ import annotations

from tui.translation import N_

SENTENCES: dict[str, str] = {
    "dmarc-failed": N_("{domain} does not vouch for it (DMARC): somebody else may have written it."),
    "passed-on": N_("{sealer} has passed it on, and found before that it came from {domain} (ARC)."),
    "dkim-failed": N_("The signature of {domain} does not fit: the mail was changed on its way, or forged (DKIM)."),
    "spf-failed": N_("It was sent by a computer that may not send for {domain} (SPF)."),
    "hidden-characters": N_("There are hidden characters in {header}: {signs}."),
    "mixed-letters": N_("“{word}” mixes letters that look alike: {scripts}."),
    "disguised-domain": N_("{spelled} is not {looks}: its letters only look like it ({domain})."),
    "spelled-domain": N_("{domain} is written {spelled}."),
    "look-alike-domain": N_("{domain} is not {known}, which you know: it only looks like it."),
    "look-alike-of-yours": N_("{domain} is not {known}, your own domain: it only looks like it."),
    "own-name": N_("It bears your own name, but comes from {address}."),
    "name-known-elsewhere": N_("You know {name} as {known}. This is the first mail from {address}."),
    "name-shows-address": N_("The name shows {shown}, but the address is {address}."),
    "on-behalf": N_("{sender} sent it on behalf of {author}."),
    "reply-elsewhere": N_("Answers go to {reply}, not to {author}."),
    "links-lie": N_("A link shows {shown}, but leads to {host}."),
    "returns-elsewhere": N_("It was sent by {path}, of another domain than {author}."),
}
"""By the ids of `core.doubts.Finding`."""

METHODS = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC", "arc": "ARC"}
RESULTS: dict[str, str] = {
    "pass": N_("passed"),
    "fail": N_("failed"),
    "softfail": N_("failed softly"),
    "neutral": N_("says nothing"),
    "none": N_("not used"),
    "policy": N_("not accepted"),
    "temperror": N_("could not be asked"),
    "permerror": N_("is set up wrongly"),
    "bestguesspass": N_("not used"),
}
"""Results of RFC 8601 §2.7 in words."""
