"""Markdown as it is written into mail."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.markdown import image_references, markdown_html, readable_source, style_of
from core.page_proofreading import _Reader
from tests.depth import examples


def html(source: str) -> str:
    return markdown_html(source, lambda ref: "cid:x@correio" if ref.endswith(".png") else "")


class Text(HTMLParser):
    """The text of some HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("**a** *b* ~~c~~ `d`", "<strong>a</strong> <em>b</em> <s>c</s> <code"),
        ("one\ntwo", "one<br>\ntwo"),
        ("Thanks\n-- \nAna", "Thanks<br>\n--<br>\nAna"),
        ("    indented", ">indented</p>"),
        ("- [ ] open\n- [x] done", "☑ done"),
        ("[a]{red}", '<span style="color:red">a</span>'),
        ("[**a**]{#C00 on-yellow 14pt mono}", "color:#c00;background-color:yellow;font-size:14pt;font-family:Consolas"),
        ("[a]{sunny}", "[a]{sunny}"),
        ("[a]{red;position:fixed}", "[a]{red;position:fixed}"),
        ("::: center\nMiddle\n:::\nafter", '<div style="text-align:center">'),
        ("::: center\nnever closed", "never closed"),
        ("::: nonsense\ntext", "::: nonsense"),
        ("![Logo](a.png){center 300}", 'src="cid:x@correio" alt="Logo" style="display:block;margin:0 auto;width:300px'),
        ("![Logo](https://example.org/a.gif)", "[Logo]"),
        ("[x](javascript:alert(1))", ">x</p>"),
        ("[x](data:text/html,a)", ">x</p>"),
        ("<b onclick=x>y</b>", "&lt;b onclick=x&gt;"),
        ("https://example.org/a?b=1&c", '<a href="https://example.org/a?b=1&amp;c"'),
        ("| a | b |\n|---|--:|\n| 1 | 2 |", "text-align:right"),
        ('```x" onload=\n<i>\n```', "&lt;i&gt;"),
    ],
)
def test_what_it_becomes(source: str, wanted: str) -> None:
    assert wanted in html(source)


def test_an_answer_below_a_quotation_is_not_quoted() -> None:
    made = html("> theirs\nmine\n>> deep\n> less\n")
    assert made.index("</blockquote>") < made.index("mine")
    assert made.count("<blockquote") == 3


def test_words_in_braces() -> None:
    assert style_of("center") is None and style_of("center", block=True) == "text-align:center"
    assert style_of("50%", image=True) == "width:50%;max-width:100%"
    assert style_of("url(x)") is None and style_of("") is None and style_of("#12") is None


def test_the_source_for_people() -> None:
    source = (
        "# Title\n[red]{red} [site](https://example.org) [https://a.b](https://a.b) [me](mailto:me)\n"
        "::: center\n![Logo](/srv/secret/logo.png){300} ![](<~/b c.png>)\n:::\n\\*no\\* `[a]{red}`\n```\n[a]{red}\n```\n> [q](http://x)"
    )
    assert readable_source(source) == (
        "# Title\nred site <https://example.org> https://a.b me\n"
        "[Logo] [b c.png]\n*no* `[a]{red}`\n```\n[a]{red}\n```\n> q <http://x>"
    )


def test_which_images_there_are() -> None:
    assert image_references("![a](b.png) ![c](<d e.png>) `![no](x.png)` ![a](b.png) [l](m.png)") == ("b.png", "d e.png")


_PIECES = st.sampled_from(
    [
        "*",
        "**",
        "_",
        "`",
        "```\n",
        "[a]",
        "](",
        ")",
        "{red}",
        "{",
        "}",
        "<script>",
        "<img src=x>",
        "javascript:",
        "> ",
        "\n",
        "\n\n",
        ":::",
        "::: red\n",
        "![",
        "a.png",
        "- ",
        "1. ",
        "| a | b |\n|--|--|\n",
        "&lt;",
        "&#0;",
        "\\",
        "http://x.y",
        "word ",
        '"',
        "'",
    ]
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_nothing_written_makes_a_page_that_runs_or_loads(source: str) -> None:
    reader = _Reader()
    reader.feed(html(source))
    reader.close()
    assert not reader.wrong, reader.wrong
    assert reader.images <= {"x@correio"}
    readable_source(source)
