"""Drafts that other programs wrote in HTML are gone on with as rich text, and nothing of them is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from core.draft import Draft
from core.html import html_to_text
from core.html_source import markdown_of
from core.markdown import markdown_html
from core.rich_text import gathered, html_of, text_of
from core.server_draft import from_bytes, to_bytes
from core.settings.schema import Identity
from tests.pictures import png

ME = Identity(id="i1", account="a1", address="ana@example.org", name="Ana")
NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


def mail(html: str, text: str = "", **fields: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ana <ana@example.org>", "joao@example.com", "Plan"
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content(text or html_to_text(html))
    made.add_alternative(html, subtype="html")
    return made


def taken(made: EmailMessage) -> Draft:
    return from_bytes(made.as_bytes(), [ME])


@pytest.mark.parametrize(("html", "source"), [
    ("<div>Hello <b>Ana </b>and <i>you</i></div><div>next</div><div><br></div><div>last</div>",
     "Hello **Ana** and *you*\nnext\n\nlast\n"),
    ("<ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul>", "- one\n- two\n  1. deep\n"),
    ("<p><font color='#c00000'>red</font> <span style='color:rgb(0, 0, 255);font-size:14pt'>blue</span></p>",
     "[red]{#c00000} [blue]{#0000ff 14pt}\n"),
    ("<p><span style='font-size:13px'>usual</span> <span style='font-size:24px'>large</span>"
     " <span style='font-size: 8.6px'>s</span></p>",
     "usual [large]{24px} [s]{9px}\n"),
    ("<p>1. no list<br># no heading<br>a*b*c 2 &lt; 3</p>", "1\\. no list\n\\# no heading\na\\*b\\*c 2 < 3\n"),
    ("<table><tr><th>a</th><th>b</th></tr><tr><td>1|2</td><td>3</td></tr></table>", "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |\n"),
    ("<p style='text-align:center'>mid</p><pre>if x:\n  y</pre>", "::: center\nmid\n:::\n\n```\nif x:\n  y\n```\n"),
    ("<p>see <a href='https://x.example/a(b)'>this</a>, https://y.example</p>",
     "see [this](<https://x.example/a(b)>), https://y.example\n"),
    ("<b><p>bold</p><div style='color:red'>and red</div></b>", "**bold**\n\n[**and red**]{red}\n"),
    ("<blockquote>q<blockquote>deep</blockquote></blockquote><p>on</p>", "> q\n>\n> > deep\n\non\n"),
    ("<p>text<br></p><div>-- <br>Ana</div>", "text\n\n-- \nAna\n"),
    ("<p>H<sub>2</sub>O</p>", None),
    ("<table><tr><td colspan=2>a</td></tr></table>", None),
    ("<p><img src='https://tracker.example/x.png'></p>", None),
])  # fmt: skip
def test_html_as_markdown(html: str, source: str | None) -> None:
    found = markdown_of(html, {})
    assert found == source
    if found:
        assert markdown_of(markdown_html(found, lambda ref: ""), {}) == found, "there and back it is the same"


def test_a_draft_with_looks_and_an_image_is_rich_text() -> None:
    made = mail('<p>Our <b>logo</b>:</p><p><img src="cid:L1@x" alt="logo" style="width:29.6px"></p>')
    made.get_payload(1).add_related(png(3, 3), "image", "png", cid="<L1@x>", filename="logo.png")  # type: ignore[union-attr]
    draft = taken(made)
    assert draft.rich and draft.body == "Our **logo**:\n\n![logo](<logo.png>){30}\n" and draft.original is None
    assert not draft.attachments, "what the text shows is no file beside it"
    assert [one.data for one in gathered(draft).images] == [png(3, 3)]


def test_bare_html_stays_text() -> None:
    draft = taken(mail('<html><body><div dir="ltr">Only words<div><br></div>and lines</div></body></html>'))
    assert not draft.rich and "Only words" in draft.body


def test_an_answer_keeps_the_quotation_as_html() -> None:
    html = (
        "<p>I <b>agree</b>.</p><div class='moz-cite-prefix'>On 5 March, João wrote:<br></div>"
        "<blockquote type='cite' cite='mid:x@y'><table><tr><td colspan=2>old</td></tr></table></blockquote>"
    )
    draft = taken(mail(html, In_Reply_To="<x@y>"))
    assert draft.body == "I **agree**.\n" and draft.original is not None
    assert draft.original.lead == "On 5 March, João wrote:" and "colspan" in draft.original.html
    assert "<script" not in html_of(draft) and "> old" in text_of(draft)


def test_what_cannot_be_said_is_kept_as_it_is() -> None:
    draft = taken(mail("<p>H<sub>2</sub>O</p><script>x()</script>"))
    assert draft.rich and draft.original is not None and draft.original.own
    assert "<sub>2</sub>" in html_of(draft) and "script" not in html_of(draft) and "blockquote" not in html_of(draft)
    assert ">" not in text_of(draft) and "H" in text_of(draft)
    again = from_bytes(to_bytes(draft, ME, now=NOW), [ME])
    assert (again.original, again.body.strip()) == (draft.original, "")
    assert Draft.from_json(draft.to_json()) == draft


QUOTED = "<p>Dear Me,</p><p>is the <i>plan</i> fine? <span style='color:red'>Red.</span></p>"
LEAD = "On 22 Nov 2026, at 10:00, João &lt;joao@example.com&gt; wrote:"
CITED = "<blockquote type='cite' cite='mid:x@y'>{}</blockquote>"
WROTE = "Yes, it **is**.\n\nMe\n"
ANSWERS = {
    "thunderbird": f"""<html><body>
    <p>Yes, it <b>is</b>.</p>
    <p>Me<br>
    </p>
    <div class="moz-cite-prefix">{LEAD}<br>
    </div>{CITED.format(QUOTED)}<br></body></html>""",
    "gmail": f"""<div dir="ltr"><div dir="ltr">Yes, it <b>is</b>.<div><br></div><div>Me</div></div><br>
<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{LEAD}<br></div>
<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">
<div dir="ltr">{QUOTED}</div>
</blockquote></div></div>""",
    "apple": f"""<html><body style="overflow-wrap: break-word; line-break: after-white-space;">Yes, it <b>is</b>.<div><br></div>
<div>Me<br id="lineBreakAtBeginningOfMessage"><div><br>{CITED.format(f"<div>{LEAD}</div><br><div>{QUOTED}</div>")}</div></div>""",
    "outlook": f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--
p.MsoNormal {{margin:0cm;}}
--></style></head><body lang=EN-GB><div class=WordSection1><p class=MsoNormal>Yes, it <b>is</b>.<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Me<o:p></o:p></p>
<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>
<p class=MsoNormal><b><span lang=EN-US>From:</span></b> João<br><b>Subject:</b> Plan<o:p></o:p></p></div></div>{QUOTED}</div>""",
    "outlook on the web": f"""<div class="elementToProof" style="font-family:Aptos;font-size:12pt;color:rgb(0,0,0)">
Yes, it <b>is</b>.</div>
<div class="elementToProof"><br>
</div><div id="Signature"><div>Me</div></div><div id="appendonsend"></div>
<hr style="width:98%"><div id="divRplyFwdMsg" dir="ltr">
<font face="Calibri"><b>From:</b> João<br><b>Subject:</b> Plan</font></div>
{QUOTED}""",
    "k-9": f"""<html><body><div dir="auto">Yes, it <b>is</b>.<br><br>Me</div><br><br>
<div class="gmail_quote"><div dir="auto">{LEAD}</div><blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex;">
{QUOTED}</blockquote></div></body></html>""",
}


@pytest.mark.parametrize("program", ANSWERS)
def test_an_answer_begun_in_another_program(program: str) -> None:
    """What one wrote is text to go on with; the mail that is answered stays below as it was, whoever set it off how."""
    draft = taken(mail(ANSWERS[program], In_Reply_To="<x@y>"))
    assert draft.body == WROTE and draft.original is not None and not draft.original.own
    html = html_of(draft)
    assert "<i>plan</i>" in html and "color:red" in html
    lead = "\nOn 22 Nov 2026, at 10:00, João <joao@example.com> wrote:\n> "
    assert ("From:" if "outlook" in program else lead) in text_of(draft)
    again = from_bytes(to_bytes(draft, ME, now=NOW), [ME])
    assert (again.body, again.original) == (WROTE, draft.original)


def test_an_answer_that_stands_below_what_it_quotes() -> None:
    """As Thunderbird begins it: the quotation becomes text, as one can write between its lines."""
    below = f"<div class='moz-cite-prefix'>{LEAD}<br></div>{CITED.format(QUOTED)}<p>Yes, it <b>is</b>.</p>"
    draft = taken(mail(below, In_Reply_To="<x@y>"))
    quoted = "> Dear Me,\n>\n> is the plan fine? Red.\n"
    assert draft.original is None
    assert draft.body == f"On 22 Nov 2026, at 10:00, João \\<joao@example.com> wrote:\n\n{quoted}\nYes, it **is**.\n"
    assert "*plan*" not in html_of(draft)
    for lost in ("<a href='https://x.example'>here</a>", "<table><tr><td>1</td><td>2</td></tr></table>"):
        kept = taken(mail(below.replace("Dear Me,", lost), In_Reply_To="<x@y>"))
        assert kept.original is not None and kept.original.own and kept.original.html.count("Yes, it") == 1
