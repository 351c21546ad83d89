"""Mails in rich text: what goes out, checked by another parser, and drafts that keep their source."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from core.address import Address
from core.compose import Built, build
from core.draft import MARKDOWN, Attachment, ComposeError, Draft, InlineImage, Options, Original
from core.html_quote import quoted_html
from core.message import read_message
from core.proofreading import check
from core.reply import Style, reply
from core.rich_text import as_text, gathered, original_of, quoted_apart
from core.server_draft import from_bytes, to_bytes
from core.settings.schema import Identity
from tests.pictures import png

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
ANA = Identity(id="0a1b2c3d", account="aaaaaaaa", address="ana@example.org", name="Ana Sousa")
RICH = Options(format=MARKDOWN, font="sans 11pt")
ORIGINAL = Original("On Friday, Zoë wrote:", "Their <text>\n\nmore", "<p>Their <b>text</b></p>")


def draft(body: str, **fields: Any) -> Draft:
    return Draft(to=(Address("João", "joao@example.com"),), subject="Olá", body=body, options=RICH, **fields)


def parsed(built: Built) -> Any:
    return email.message_from_bytes(built.wire, policy=email.policy.default)


def types(mail: Any) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def test_text_and_html() -> None:
    mail = parsed(build(draft("**Até** [já]{red} ✓\n-- \nAna\n"), ANA, now=NOW))
    assert types(mail) == ["multipart/alternative", "text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content() == "**Até** já ✓\r\n-- \r\nAna\r\n"
    html = mail.get_body(("html",)).get_content()
    assert "<strong>Até</strong>" in html and 'color:red">já' in html and "font-size:11pt" in html
    assert html.index("já") < html.index("-- <br>") < html.index("Ana</p>")


def test_images_and_files(tmp_path: Path) -> None:
    logo = png(4, 3)
    (tmp_path / "my logo.png").write_bytes(logo)
    body = f"![Logo](<{tmp_path}/my logo.png>) and again ![Logo](<{tmp_path}/my logo.png>) ![far](https://example.org/x.png)"
    mail = parsed(build(draft(body, attachments=(Attachment("a.txt", data=b"hello"),)), ANA, now=NOW))
    assert types(mail) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/plain",
    ]
    image = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert image.get_content() == logo and image.get_content_disposition() == "inline"
    assert image.get_filename() == "my logo.png"
    html = mail.get_body(("html",)).get_content()
    assert html.count(f'src="cid:{image["Content-ID"].strip("<>")}"') == 2 and "example.org/x.png" not in html
    assert str(tmp_path) not in build(draft(body), ANA, now=NOW).wire.decode(), "no path of this machine goes out"


def test_what_is_no_image_or_not_there() -> None:
    for path, id in ((__file__, "image-unknown"), ("/nowhere/x.png", "attachment-unreadable")):
        with pytest.raises(ComposeError) as caught:
            build(draft(f"![x]({path})"), ANA, now=NOW)
        assert caught.value.id == id


def test_an_answer_keeps_the_original_as_html() -> None:
    logo = png(2, 2)
    theirs = EmailMessage()
    theirs["From"], theirs["To"], theirs["Subject"] = "Zoë <zoe@example.net>", "ana@example.org", "Plan"
    theirs["Date"], theirs["Message-ID"] = "Fri, 03 May 2024 10:00:00 +0000", "<1@example.net>"
    theirs.set_content("Plan text\n")
    html = '<p class="x">Plan <img src="cid:Logo@x"><img src="https://e.org/t.gif" alt="t"></div><script>alert(1)</script>'
    theirs.add_alternative(f"<style>p{{color:red}}</style>{html}", subtype="html")
    theirs.get_payload()[1].add_related(logo, "image", "png", cid="<Logo@x>", filename="logo.png")  # type: ignore[union-attr]
    message = read_message(theirs.as_bytes())
    answer = reply(message, [ANA], style=Style(options=RICH))
    found = original_of(message, "On {date}, {name} wrote:")
    assert found is not None
    answer = quoted_apart(answer, *found)
    assert ">" not in answer.body and answer.original is not None and len(answer.images) == 1
    mail = parsed(build(answer, ANA, now=NOW))
    html = mail.get_body(("html",)).get_content()
    assert 'type="cite"' in html and "Plan <img" in html and "[t]" in html
    assert not any(word in html for word in ("<script", "https://e.org", "class=", "<style"))
    assert "> Plan text" in mail.get_body(("plain",)).get_content()
    assert next(part for part in mail.walk() if part.get_content_type() == "image/png").get_content() == logo
    back = as_text(answer)
    assert back.original is None and not back.images and "wrote:\n> Plan text" in back.body


@pytest.mark.parametrize(
    "html",
    [
        "</blockquote></div>out",
        "<div><p>open",
        '<p style="position:fixed;color:red">x',
        "<style>a{}</style",
        "<table><td>x</table></td>",
        "<svg><script>x</script></svg>",
        "<a href='javascript:x'>y</a>",
        "<img src='cid:none'>",
        "<base href=x><form action=y><input>",
    ],
)
def test_a_quotation_cannot_break_out(html: str) -> None:
    kept = quoted_html(html, {})
    built = build(draft("x", original=Original("", "x", kept)), ANA, now=NOW)
    page = parsed(built).get_body(("html",)).get_content()
    assert page.count("<blockquote") == page.count("</blockquote>") == 1
    assert page.split()[-2:] == ["</blockquote>", "</body></html>"] or page.split()[-1].endswith("</body></html>")
    assert "position" not in page and "script" not in page and "<form" not in page


def test_a_draft_on_the_server_keeps_its_source(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(2, 2))
    for original in (None, ORIGINAL):
        first = draft(
            f"**Half** a [word]{{red}}  \n\n![x]({tmp_path}/a.png)\n-- \nAna",
            original=original,
            attachments=(Attachment("b.txt", data=b"x"),),
        )
        raw = to_bytes(first, ANA, now=NOW)
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert "<strong>Half</strong>" in mail.get_body(("html",)).get_content(), "other programs see how it will look"
        back = from_bytes(raw, [ANA])
        assert (back.body, back.original, back.options) == (first.body, original, RICH)
        assert [(one.ref, one.data) for one in back.images] == [(f"{tmp_path}/a.png", png(2, 2))]
        assert [one.name for one in back.attachments] == ["b.txt"]
        again = from_bytes(to_bytes(back, ANA, now=NOW), [ANA])
        assert again == back, "and stays as it is"


def test_as_json() -> None:
    one = draft(
        "x", original=ORIGINAL, images=(InlineImage("a", "a.png", "image/png", data=b"1"), InlineImage("b", "b.png", path="/b"))
    )
    blobs: dict[str, bytes] = {}
    assert Draft.from_json(one.to_json()) == one
    assert Draft.from_json(one.to_json(blobs=blobs), blobs=blobs) == one and blobs


def test_the_proofreading_refuses_another_page(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(2, 2))
    one = gathered(draft(f"![x]({tmp_path}/a.png) text"))
    built = build(one, ANA, now=NOW)
    for old, new in (
        (b"text</p>", b"txet</p>"),
        (b"image/png", b"image/pnx"),
        (b"multipart/related", b"multipart/relatex"),
        (b"Content-ID: <", b"Content-ID: <x"),
        (b"text/html; ", b"text/htmx; "),
    ):
        assert old in built.wire
        wrong = Built(
            built.wire.replace(old, new), built.wire.replace(old, new), built.sender, built.recipients, built.message_id
        )
        if old == b"image/png":
            check(wrong, one, ANA)  # which kind of image is told is the sender's word
            continue
        with pytest.raises(ComposeError) as caught:
            check(wrong, one, ANA)
        assert caught.value.id == "mail-malformed"


@pytest.mark.parametrize("evil", ["x\r\nBcc: evil@example.com", "x\n\nbody", "x\0y", '"; filename="y', "=?utf-8?q?a?=", "\ud800"])
def test_no_name_brings_in_a_header(evil: str) -> None:
    image = InlineImage("a.png", evil, "image/png", data=png(2, 2))
    one = draft(f"![x](a.png) {evil}", images=(image,), original=Original(evil, evil, quoted_html(evil, {})))
    one = Draft(**{**{name: getattr(one, name) for name in one.__slots__}, "options": Options(format=MARKDOWN, font=evil)})
    mail = parsed(build(one, ANA, now=NOW))
    assert "Bcc" not in mail and all("Bcc" not in part for part in mail.walk())
    assert types(mail) == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    raw = to_bytes(one, ANA, now=NOW)
    kept = email.message_from_bytes(raw, policy=email.policy.default)
    assert all("Bcc" not in part for part in kept.walk())
