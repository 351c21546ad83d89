"""Another's words in a mail in rich text: quoted as they are, and passed on as the HTML that they were."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.address import Address
from core.compose import build
from core.draft import ANSWERED, MARKDOWN, Answers, Draft, Options
from core.forward import forward_together
from core.html import html_to_text
from core.markdown import image_references, markdown_html, readable_source
from core.message import read_message
from core.reply import Style
from core.rich_forward import forwarded_apart
from core.rich_text import as_text
from core.server_draft import from_bytes, to_bytes
from core.settings.schema import Identity
from tests.depth import examples
from tests.pictures import png

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
ANA = Identity(id="0a1b2c3d", account="aaaaaaaa", address="ana@example.org", name="Ana Sousa")
RICH = Options(format=MARKDOWN)
THEIRS = "\n".join(
    [
        "> # no heading", "> - no list", ">   indented *stars* and __lines__", "> ![no](image.png) [word]{red} <b>x</b> &amp;",
        "> ```", "> 1. one", ">> see https://example.org/a_b_c?x=1&y=*2, or not", "> | a | b |", "> |---|---|", "> ::: center",
    ]
)  # fmt: skip


def parsed(draft: Draft) -> Any:
    made = replace(draft, to=(Address("", "rui@example.org"),))
    return email.message_from_bytes(build(made, ANA, now=NOW).wire, policy=email.policy.default)


def test_what_is_quoted_in_an_answer_is_no_markdown() -> None:
    draft = Draft(body=f"{THEIRS}\n**mine**\n> theirs *again*\n", options=RICH, answers=Answers(0, "1@example.org", ANSWERED))
    mail = parsed(draft)
    html = mail.get_body(("html",)).get_content()
    assert "<strong>mine</strong>" in html and html.count("<blockquote") == html.count("</blockquote>") == 3
    assert not any(f"<{tag}" in html for tag in ("h1", "ul", "ol", "em", "pre", "table", "img", "span", "b>"))
    for words in ("# no heading", "\xa0\xa0indented *stars* and __lines__", "![no](image.png) [word]{red} &lt;b&gt;x&lt;/b&gt;"):
        assert words in html
    assert 'href="https://example.org/a_b_c?x=1&amp;y=*2"' in html and "&amp;amp;" in html
    plain = mail.get_body(("plain",)).get_content()
    assert "![no](image.png) [word]{red} <b>x</b> &amp;" in plain and "theirs *again*" in plain


def test_quotations_of_ones_own_and_code_stay_markdown() -> None:
    html = parsed(Draft(body="> **bold**\n", options=RICH)).get_body(("html",)).get_content()
    assert "<strong>bold</strong>" in html
    code = markdown_html("```\n> *x*\n```\n", lambda ref: "", literal=True)
    assert "&gt; *x*" in code and "blockquote" not in code


@given(st.lists(st.text(st.sampled_from("ab *_`~#[](){}<>!|\\&.-+=:/1\"'"), max_size=20), min_size=1, max_size=4))
@settings(max_examples=examples(60))
def test_every_sign_of_a_quotation_is_seen(lines: list[str]) -> None:
    source = "\n".join(f"> x{line}x" for line in lines)
    seen = html_to_text(markdown_html(source, lambda ref: "", literal=True))
    kept = "".join(seen.replace(">", "").split())
    assert kept == "".join("".join(f"x{line}x" for line in lines).replace(">", "").replace("\xa0", " ").split())
    assert readable_source(source, literal=True) == source
    assert image_references(f"{source}\n\n![own](a.png)", literal=True) == ("a.png",)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("text\n\n![a][one]\n\nmore\n\n[one]: x.png\n", ("x.png",)), ("```\n\n![a](x.png)\n\n```\n\n![b](y.png)", ("y.png",)),
        ("> quoted\n>\n> ![a](x.png)\n", ("x.png",)), ("- one\n\n  ![a](x.png)\n", ("x.png",)),
        ("![two\nlines](x.png)", ("x.png",)),
    ],
)  # fmt: skip
def test_images_are_found_in_the_paragraphs_they_are_in(source: str, found: tuple[str, ...]) -> None:
    assert image_references(source) == found


def theirs(subject: str, *, html: bool = True) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Zoë <zoe@example.net>", "ana@example.org", subject
    made["Date"], made["Message-ID"] = "Fri, 03 May 2024 10:00:00 +0000", f"<{subject}@example.net>"
    made.set_content("Plan *text*\n  <indented>\n-- \nZoë\n")
    if html:
        page = '<p>Plan <b>text</b> <img src="cid:Logo@x"><img src="https://e.org/t.gif" alt="t"></p>'
        made.add_alternative(page, subtype="html")
        made.get_payload()[1].add_related(png(2, 2), "image", "png", cid="<Logo@x>", filename="logo.png")  # type: ignore[union-attr]
    made.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="plan.pdf")
    return made


def forwarded(*mails: EmailMessage) -> Draft:
    messages = [read_message(one.as_bytes()) for one in mails]
    return forwarded_apart(forward_together(messages, [ANA], style=Style(options=RICH), bare=True), messages)


def test_a_mail_is_passed_on_as_it_was() -> None:
    draft = forwarded(theirs("Plan"))
    assert not draft.body.strip() and [one.name for one in draft.attachments] == ["plan.pdf"] and len(draft.images) == 1
    mail = parsed(replace(draft, body="**Look**\n"))
    html = mail.get_body(("html",)).get_content()
    assert html.index("<strong>Look") < html.index("Forwarded message") < html.index("From: Zoë") < html.index("<b>text</b>")
    assert "&lt;zoe@example.net&gt;" in html and 'src="cid:' in html and "https://e.org" not in html
    images = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert [one.get_content() for one in images] == [png(2, 2)], "inline, and not as a file too"
    plain = mail.get_body(("plain",)).get_content()
    assert all(words in plain for words in ("> From: Zoë <zoe@example.net>", "> Plan *text*", "> Zoë")), "the signature too"
    assert "> Plan *text*" in as_text(draft).body
    assert from_bytes(to_bytes(draft, ANA, now=NOW), [ANA]).original == draft.original, "and is a draft on the server"


def test_text_and_several_mails_are_passed_on() -> None:
    draft = forwarded(theirs("Plan"), theirs("Text", html=False))
    html = parsed(draft).get_body(("html",)).get_content().replace("\r\n", "\n")
    assert html.count("Forwarded message") == 2 and "Subject: Plan" in html and "Subject: Text" in html
    assert "Plan *text*<br>\n&nbsp;&nbsp;&lt;indented&gt;<br>" in html
    assert len(draft.attachments) == 2 and draft.answers is not None
