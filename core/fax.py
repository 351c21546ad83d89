"""A fax: its text as the first page, in PDF, and the files after it."""

from __future__ import annotations

from dataclasses import replace

from core.draft import PLAIN, Attachment, Draft
from core.printer import pdf_of
from core.printing import Labels, printout
from core.printing_worker import Paper
from core.text import render_text

PAGE_NAME = "page.pdf"


def first_page(title: str, text: str) -> bytes:
    """The text of a fax on paper. Raises CorreioError `pdf-failed`, `pdf-slow`."""
    one = printout(title, (), render_text(text, 80), "")
    return pdf_of(Paper((one,), Labels("{page} / {pages}", "", ""))).data


def as_mail(draft: Draft) -> Draft:
    """What a gateway by mail gets: such gateways print the files in their order, and the text of a mail not at all or as it
    likes. Without any text the files alone. Raises as `first_page`."""
    text = draft.body
    if draft.rich:
        from core.rich_text import text_of

        text = text_of(draft)
    files = draft.attachments
    if text.strip() or not files:
        files = (Attachment(PAGE_NAME, "application/pdf", data=first_page(draft.subject, text.rstrip("\n"))), *files)
    return replace(
        draft, body="", attachments=files, images=(), original=None, options=replace(draft.options, format=PLAIN, flowed=False)
    )
