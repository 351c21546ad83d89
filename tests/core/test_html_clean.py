"""HTML for a browser: it shows the same, and neither does nor loads anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.html import render_html
from core.html_clean import ATTRIBUTES, ELEMENTS, cleaned_html
from core.rendered import Page
from tests.core.test_clean import any_text
from tests.core.test_html_mails import FOLDER, MAILS
from tests.depth import examples


class Reader(HTMLParser):
    """Another parser's view of a page: whatever could load or act is a complaint."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.complaints: list[str] = []
        self._in_style = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag not in ELEMENTS | {"html", "head", "body", "style", "meta", "title"}:
            self.complaints.append(tag)
        for name, value in attrs:
            value = value or ""
            good = {
                "src": value.startswith("data:image/"),
                "href": value.startswith(("http://", "https://", "mailto:", "tel:")),
                "style": not ACTS.search(value),
                "http-equiv": value == "Content-Security-Policy",
            }.get(name, tag == "meta" or name in ATTRIBUTES | {"rel", "target"})
            if not good:
                self.complaints.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._in_style and ACTS.search(data):
            self.complaints.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


ACTS = re.compile(r"@import|url\(|expression|\\\\", re.IGNORECASE)


def body(html: str, **images: tuple[str, bytes]) -> str:
    """What is between the body's tags."""
    page = cleaned_html(html, "t", images)
    return page[page.index("<body>") + 7 : page.index("\n</body>")]


def words(page: Page) -> list[str]:
    """The words of a page; what stands in brackets (images, numbers of links, boxes to tick) is left out."""
    return re.findall(r"\w+", re.sub(r"\[[^\[\]]*\]", " ", " ".join(line.text for line in page.lines)))


@pytest.mark.parametrize("name", MAILS)
def test_mails_show_what_they_showed_and_load_nothing(name: str) -> None:
    html = (FOLDER / f"{name}.html").read_text()
    page = cleaned_html(html, name, {})
    assert Reader(page).complaints == []
    before, after = render_html(html, 72), render_html(page, 72)
    assert words(after) == words(before)
    assert (after.images, after.trackers) == (0, 0)


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<p>a &amp; b &lt;c></p>", "<p>a &amp; b &lt;c&gt;</p>"),
        ("<script>x</script>a<noscript>b</noscript>c", "ac"),
        ("<svg><p>x</p><script>y</script></svg>a", "a"),
        ('<a href="javascript:x">a</a>', "<a>a</a>"),
        ('<a href="/x">a</a>', "<a>a</a>"),
        ('<p onclick="x" style="color:red;background:url(http://a/)">a', '<p style="color:red">a'),
        ('<p style="back/**/ground:u/**/rl(//a)">a', '<p style="back ground:u rl(//a)">a'),
        ('<p style="background:\\75rl(//a)">a', "<p>a"),
        ('<table background="//a/x" bgcolor="#fff"><tr><td>a', '<table bgcolor="#fff"><tr><td>a'),
        ('<img src="https://a.example/x.png" alt="A &lt;boat>">', "[A &lt;boat&gt;]"),
        ('<img src="https://a.example/x.png" srcset="y 2x">', ""),
        ('<form action="//a"><input name=x>a</form>', "a"),
        ('<meta http-equiv=refresh content="0;url=//a"><base href="//a"><link rel=stylesheet href="//a">b', "b"),
        ("<style>@import '//a'; p{color:red} @font-face{src:url(//a)} b{x:y}</style>", "<style> b{x:y}</style>"),
        ("<style>p{color:red;background:url(//a)}</style>", "<style>p{color:red}</style>"),
        ("<style></style><script></style>a", "<style></style>"),
        ('<p title="&quot;><script>">a', '<p title="&quot;&gt;&lt;script&gt;">a'),
        ("<!-- c --><!doctype x><?php y ?>a", "a"),
        ("</p></script>a", "</p>a"),
    ],
)
def test_what_is_kept(html: str, cleaned: str) -> None:
    assert body(html) == cleaned


def test_links_tell_nobody_where_one_comes_from() -> None:
    assert body('<a href="http://ü.example/ä">x</a>') == (
        '<a href="http://xn--tda.example/%C3%A4" rel="noreferrer noopener" target="_blank">x</a>'
    )


def test_images_that_came_along_stand_in_the_page() -> None:
    images = {"a@b": ("image/png", b"12"), "https://a.example/x": ("image/gif", b"3"), "s@b": ("image/svg+xml", b"<svg>")}
    html = '<img src="cid:A%40b" width=2 onload=x><img src="//a.example/x" alt=y><img src="cid:s@b" alt="drawn"><img src="cid:?">'
    assert body(html, **images) == (
        '<img width="2" src="data:image/png;base64,MTI="><img alt="y" src="data:image/gif;base64,Mw==">[drawn]'
    )


def test_the_title_is_text() -> None:
    assert "<title>&lt;/title&gt;&lt;script&gt;</title>" in cleaned_html("x", "</title><script>", {})


pieces = st.sampled_from(
    ["<p ", "<a href=", "<img src=", "<style>", "</style>", "<script>", "<svg>", "<title>", "'", '"', ">", "url(", "@import", "=",
     "{", "}", ";", "javascript:x", " onload=x", " style=", "//a", "https://a", "<!--", "-->", "\\", "/*", "*/", "&quot;", "&lt;"]
)  # fmt: skip


@settings(deadline=None, max_examples=examples(300))
@given(st.lists(st.one_of(pieces, any_text), max_size=30).map("".join))
def test_nothing_loads_or_acts_whatever_is_in_it(html: str) -> None:
    assert Reader(cleaned_html(html, html, {})).complaints == []
