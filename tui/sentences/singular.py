"""The sentences that speak of several things, for where it is one (`count` or `n` is 1)."""

from __future__ import annotations

from tui.translation import N_

SINGULAR: dict[str, str] = {
    "mails-left-behind": N_("{server} would not give out one mail: {answer}. It is asked for again next time."),
    "merge-trouble": N_("One row cannot be sent. Mend it, or leave it out with --skip."),
    "rebuild-would-lose": N_(
        "One mail cannot be fetched now and would be found by its header only. Try again on the line, or add --yes."
    ),
    # what `correio doctor` may find
    "index-damaged": N_("{count} shelf of the search index is damaged"),
    "bodies-without-dictionary": N_("{count} body whose dictionary is missing"),
    "bodies-unreadable": N_("{count} body that cannot be read"),
    "placements-without-message": N_("{count} place without a message"),
    "placements-without-folder": N_("{count} place without a folder"),
    "bodies-without-message": N_("{count} body without a message"),
    "messages-without-body-they-claim": N_("{count} message whose body is missing"),
    "operations-without-the-one-before": N_("{count} move between accounts of which only the end is known"),
    "scheduled-without-message": N_("{count} snoozed message that has gone"),
    "headers-without-message": N_("{count} header without a message"),
    "parts-without-message": N_("{count} part without a message"),
    "keywords-without-placement": N_("{count} tag without a message"),
    "wrong-folder-counts": N_("{count} folder with wrong counts"),
    "wrong-conversation-counts": N_("{count} conversation with wrong counts"),
    "messages-not-in-the-index": N_("{count} message missing from the search index"),
    "index-entries-without-message": N_("{count} entry of the search index without a message"),
}
