"""HTML bodies on the screen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import cell_len
from core.html import html_to_text, render_html
from core.rendered import STYLES, Page
from tests.core.test_clean import any_text, is_safe
from tests.depth import examples


def lines(html: str, width: int = 60) -> list[str]:
    """The lines of a page without their styles."""
    return [line.text for line in render_html(html, width).lines]


def style_of(page: Page, text: str) -> str:
    """The style of the span that holds `text`."""
    return next(span.style for line in page.lines for span in line.spans if text in span.text)


def test_paragraphs_and_blanks() -> None:
    assert lines("<p>one\n  two</p><p>three<br>four</p>") == ["one two", "", "three", "four"]
    assert lines("<div>one</div><div>two</div>") == ["one", "two"]
    assert lines("a&nbsp;&nbsp;b &amp; &lt;c&gt; &eacute; &#8212;") == ["a  b & <c> é —"]


def test_long_paragraphs_are_wrapped() -> None:
    assert lines("<p>" + "word " * 10, 20) == ["word word word word"] * 2 + ["word word"]


def test_several_empty_paragraphs_are_one_empty_line() -> None:
    assert lines("<p>a</p><p>&nbsp;</p><p></p><br><br><br><p>b</p>") == ["a", "", "b"]


def test_headings_and_text_styles() -> None:
    page = render_html("<h2>Title</h2><b>bold</b> <i>italic</i> <u>under</u> <s>gone</s> <code>code</code>", 60)
    assert [line.text for line in page.lines] == ["Title", "", "bold italic under gone code"]
    assert style_of(page, "Title") == "heading bold"
    assert [style_of(page, word) for word in ("bold", "italic", "under", "gone", "code")] == [
        "bold",
        "italic",
        "underline",
        "strike",
        "code",
    ]
    page = render_html(
        '<span style="font-weight:700;text-decoration:line-through">a</span><b style="font-weight:normal">b</b>', 60
    )
    assert (style_of(page, "a"), style_of(page, "b")) == ("bold strike", "")


def test_lists() -> None:
    assert lines("<ul><li>one<li>two<ul><li>inner</ul></ul>") == ["  • one", "  • two", "    • inner"]
    assert lines("<ol start=3><li>three</li><li value=7>seven<li>eight</ol>") == ["  3. three", "  7. seven", "  8. eight"]
    assert lines("<ol type=a><li>x<li>y</ol>") == ["  a. x", "  b. y"]
    assert lines("<ol type=I><li>x<li>y<li>z<li>w</ol>") == ["  I. x", "  II. y", "  III. z", "  IV. w"]
    assert lines("<ul><li>one two three four</ul>", 20) == ["  • one two three", "    four"]
    assert lines("<dl><dt>term<dd>meaning</dl>") == ["term", "    meaning"]


def test_an_item_whose_first_word_is_a_list() -> None:
    assert lines("<ul><li><ul><li>inner</ul></ul>") == ["  • ", "    • inner"]


def test_quotes_nest_and_fold() -> None:
    page = render_html(
        "<p>mine<blockquote>theirs<blockquote>older</blockquote></blockquote><p>mine<blockquote>x</blockquote>", 60
    )
    assert [(line.text, line.quote, line.block) for line in page.lines] == [
        ("mine", 0, 0),
        ("", 0, 0),
        ("> theirs", 1, 1),
        (">", 1, 1),
        ("> > older", 2, 1),
        ("", 0, 0),
        ("mine", 0, 0),
        ("", 0, 0),
        ("> x", 1, 2),
    ]
    assert style_of(page, "theirs") == "quote1"
    assert style_of(page, "older") == "quote2"


def test_an_indented_paragraph_of_outlook_is_no_quote() -> None:
    page = render_html('<blockquote style="margin:0 0 0 40px;border:none;padding:0"><p>moved in</blockquote>', 60)
    assert [(line.text, line.quote) for line in page.lines] == [("    moved in", 0)]


@pytest.mark.parametrize(
    "start",
    [
        '<hr><div id="divRplyFwdMsg">From: Jo</div>',
        '<hr id="stopSpelling">From: Jo<br>',
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p>From: Jo</p></div>",
    ],
)
def test_what_outlook_puts_below_an_answer_folds(start: str) -> None:
    page = render_html(f"<p>mine</p>{start}<div>theirs</div><blockquote>older</blockquote>", 40)
    shown = [(line.text, line.quote, line.block) for line in page.lines if line.text]
    assert shown == [("mine", 0, 0), ("─" * 40, 0, 0), ("From: Jo", 1, 1), ("theirs", 1, 1), ("> older", 2, 1)]


def test_an_address_that_is_its_own_link_has_no_number() -> None:
    page = render_html('<a href="mailto:a@x.org">a@x.org</a> <a href="mailto:a@x.org">write</a>', 60)
    assert page.lines[0].text == "a@x.org write[1]"


def test_links_are_numbered_by_target() -> None:
    page = render_html(
        '<a href="http://a.example/">one</a> <a href="http://b.example">two</a> <a href="http://a.example/">three</a>', 60
    )
    assert page.lines[0].text == "one[1] two[2] three[1]"
    assert [(link.number, link.text, link.target) for link in page.links] == [
        (1, "one", "http://a.example/"),
        (2, "two", "http://b.example"),
    ]
    assert next(span.link for span in page.lines[0].spans if span.style == "link") == "http://a.example/"


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        " java\nscript:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "#top",
        "page.html",
        "",
        "cid:x",
        "about:blank",
        "http:",
    ],
)
def test_links_that_are_not_opened_are_text(href: str) -> None:
    page = render_html(f'<a href="{href}">words</a>', 60)
    assert page.links == ()
    assert page.lines[0].text == "words"


def test_a_link_with_a_picture_only_says_where_it_leads() -> None:
    page = render_html('<a href="https://shop.example/x"><img src="https://i.example/a.png"></a>', 60)
    assert page.lines[0].text == "[shop.example][1]"


def test_a_picture_without_words_is_left_out_where_its_link_has_words_elsewhere() -> None:
    html = '<p>new<p><a href="https://a.example/x"><img src="https://i.example/a.png" alt=""></a><p><a href="https://a.example/x">Boats</a>'
    page = render_html(html, 60)
    assert [line.text for line in page.lines] == ["new", "", "Boats[1]"]
    assert [link.text for link in page.links] == ["Boats"]
    html = '<a href="https://a.example/x"><img src="https://i.example/a.png" alt="A boat"></a> <a href="https://a.example/x">Boats</a>'
    assert lines(html) == ["[A boat][1] Boats[1]"]


def test_addresses_in_running_text_are_links() -> None:
    page = render_html("<p>See https://a.example/x, or <b>www.b.example</b>!<pre>http://c.example/</pre>", 60)
    assert [line.text for line in page.lines] == ["See https://a.example/x[1], or www.b.example[2]!", "", "http://c.example/[3]"]
    assert [link.target for link in page.links] == ["https://a.example/x", "http://www.b.example", "http://c.example/"]


def test_the_number_of_a_link_stands_at_its_text() -> None:
    assert lines('<pre>leave <a href="http://a.example">here\n</a>bye</pre>') == ["leave here[1]", "bye"]


@pytest.mark.parametrize(
    ("text", "target", "shown"),
    [
        ("https://bank.example/login", "https://evil.test/x", "https://bank.example/login[1 → evil.test]"),
        ("bank.example", "https://bank.example@203.0.113.9/", "bank.example[1 → 203.0.113.9]"),
        ("me@bank.example", "mailto:me@evil.test", "me@bank.example[1 → evil.test]"),
        ("www.bank.example", "https://secure.bank.example/", "www.bank.example[1]"),
        ("our bank", "https://evil.test/", "our bank[1]"),
    ],
)
def test_a_link_whose_text_lies_says_where_it_leads(text: str, target: str, shown: str) -> None:
    page = render_html(f'<a href="{target}">{text}</a>', 78)
    assert page.lines[0].text == shown
    assert bool(page.links[0].shows) == ("→" in shown)


def test_buttons() -> None:
    page = render_html('<a class="btn" href="http://a.example">Buy</a> <button>Send</button> <input type=submit value=Go>', 60)
    assert page.lines[0].text == "Buy[1] Send Go"
    assert {style_of(page, word) for word in ("Buy", "Send", "Go")} == {"button"}


def test_images_are_named_and_counted_but_never_loaded() -> None:
    page = render_html(
        '<img src="http://i.example/a.png" alt="A boat"><img src="cid:x" alt="Logo"><img src="http://i.example/b.png" alt="">'
        '<img src="http://t.example/p.gif" width=1 height=1><img src="http://t.example/q.gif" style="display:none">'
        '<table background="http://i.example/bg.png"><tr><td style="background:url(http://i.example/x.png)">x</table>',
        60,
    )
    assert page.lines[0].text == "[A boat] [Logo]"
    assert (page.images, page.trackers) == (6, 2)


def test_attached_images_bear_the_name_of_the_part() -> None:
    html = '<img src="cid:One%40x"><img src="cid:two@x" alt="Logo"><img src="cid:three@x">'
    page = render_html(html, 60, {"one@x": "boat.png", "two@x": "logo.gif"})
    assert page.lines[0].text == "[boat.png] [Logo] […]"
    assert (page.images, page.remote) == (0, ())


def test_the_addresses_of_remote_images_are_told_once() -> None:
    page = render_html(
        '<img src="//i.example/a b.png" alt="A boat"><img src="//i.example/a b.png"><img src="http://t.example/p" height=1>'
        "<div style=\"background:url('HTTPS://i.example/BG.png')\">x</div>",
        60,
    )
    assert (page.images, page.trackers) == (4, 1)
    assert [(one.address, one.words, one.tracker) for one in page.remote] == [
        ("https://i.example/a%20b.png", "A boat", False),
        ("http://t.example/p", "", True),
        ("HTTPS://i.example/BG.png", "", False),
    ]


def test_boxes_to_tick() -> None:
    html = "<input type=checkbox checked> done <input type=checkbox> not <input type=radio checked>yes<input type=text>"
    assert lines(html) == ["[x] done [ ] not (•) yes"]


def test_paragraphs_without_room_between_them() -> None:
    assert lines("<p class=MsoNormal>one<p class=MsoNormal>two<p class=MsoNormal>&nbsp;<p class=MsoNormal>three") == [
        "one", "two", "", "three",
    ]  # fmt: skip
    assert lines('<p style="margin:0in 0in .0001pt">one<p style="margin:0">two<p style="margin:0 0 1em">three<p>four') == [
        "one", "two", "three", "", "four",
    ]  # fmt: skip


def test_blank_lines_in_code_are_no_flood() -> None:
    assert lines("<pre>a\n\n\n\n\n\nb</pre>") == ["a", "", "", "b"]


def test_long_lines_of_code_break_at_a_blank() -> None:
    assert lines("<pre>  return somewhere(else_to, be_found)</pre>", 24) == ["  return somewhere(else_", "to, be_found)"]
    assert lines("<pre>  return somewhere_else(to, be_found)</pre>", 36) == ["  return somewhere_else(to, ", "be_found)"]


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">secret</div>',
        '<div style="DISPLAY : none !important">secret</div>',
        '<span style="visibility:hidden">secret</span>',
        '<span style="opacity:0">secret</span>',
        '<div style="max-height:0px;overflow:hidden">secret</div>',
        '<div style="font-size:0">secret</div>',
        '<div style="font-size:1px">secret</div>',
        '<div style="color:#fff;background-color:#fff">secret</div>',
        '<div style="text-indent:-9999px">secret</div>',
        "<div hidden>secret</div>",
        "<style>.pre, p.x{color:red;display:none}</style><div class='a pre'>secret</div>",
        "<style>#pre{display:none}</style><div id=pre>secret</div>",
        "<select><option>secret</select>",
        "<template>secret</template>",
    ],
)
def test_hidden_text_is_dropped_and_counted(hidden: str) -> None:
    page = render_html(f"{hidden}<p>seen", 60)
    assert [line.text for line in page.lines] == ["seen"]
    assert page.hidden == len("secret")


def test_styles_for_narrow_screens_hide_nothing() -> None:
    assert lines("<style>@media (max-width:600px){.wide{display:none}}</style><p class=wide>seen") == ["seen"]


def test_a_readable_font_inside_a_tiny_one_is_seen() -> None:
    assert lines('<td style="font-size:0px"><div style="font-size:13px">seen</div></td>') == ["seen"]


def test_the_preview_filler_of_newsletters_leaves_no_trace() -> None:
    assert lines("Hello" + "&nbsp;&zwnj;" * 100 + "<p>body") == ["Hello", "", "body"]


def test_data_tables_are_drawn() -> None:
    html = "<table><tr><th>Item<th>Price</tr><tr><td>Tea<td>3.50</tr><tr><td>Sandwich<td>12.00</tr></table>"
    assert lines(html) == ["Item     │ Price", "─────────┼──────", "Tea      │  3.50", "Sandwich │ 12.00"]
    assert lines("<table><tr><td>Total<td>15.50<tr><td>Tax<td>1.00</table>") == ["Total  15.50", "Tax     1.00"]


def test_a_caption_stands_above_its_table() -> None:
    html = "<table><caption>Trips</caption><tr><th>Line<th>Late</tr><tr><td>One<td>3</tr></table>"
    assert lines(html) == ["Trips", "Line │ Late", "─────┼─────", "One  │    3"]


def test_a_bold_first_row_is_a_heading() -> None:
    html = "<table border=1><tr><td><b>Line</b><td><b>Late</b></tr><tr><td>One<td>3</tr><tr><td>Two<td></tr></table>"
    assert lines(html) == ["Line │ Late", "─────┼─────", "One  │    3", "Two  │"]


def test_short_cells_of_a_layout_table_stand_beside_each_other() -> None:
    html = "<table role=presentation><tr><td>Where:<td>Figueira</tr><tr><td>When:<td>10:12</tr></table>"
    assert lines(html) == ["Where:  Figueira", "When:   10:12"]


def test_wide_tables_are_made_narrower() -> None:
    html = "<table border=1><tr><td>" + "one two three " * 5 + "<td>short</table>"
    found = lines(html, 30)
    assert len(found) > 2
    assert all(cell_len(line) <= 30 for line in found)
    assert found[0].endswith("│ short")


def test_layout_tables_flow() -> None:
    left, right = "a sentence of some length " * 2, "another such sentence " * 2
    html = f'<table role="presentation"><tr><td>{left}<td>{right}</tr></table>'
    assert lines(html) == [left.strip(), right.strip()]
    html = "<table><tr><td><h1>News</h1><p>" + "long words " * 20 + "</td><td><p>Side</td></tr></table>"
    assert lines(html, 40)[0] == "News"
    assert lines(html, 40)[-1] == "Side"


def test_spans_of_cells() -> None:
    html = "<table border=1><tr><td colspan=2>wide<tr><td rowspan=2>a<td>b<tr><td>c</table>"
    assert lines(html) == ["wide", "a │ b", "  │ c"]


def test_preformatted_text_keeps_its_blanks() -> None:
    page = render_html("<p>a<pre>  x\n    y\n</pre>b", 60)
    assert [line.text for line in page.lines] == ["a", "", "  x", "    y", "", "b"]
    assert lines('<div style="white-space:pre-wrap">a\n  b</div>') == ["a", "  b"]


def test_signatures_are_marked() -> None:
    page = render_html('<p>text</p><div class="moz-signature">-- <br>Ana</div>', 60)
    assert [line.signature for line in page.lines] == [False, False, True, True]


def test_rules() -> None:
    assert lines("a<hr>b", 30) == ["a", "─" * 30, "b"]


def test_what_is_not_for_reading_is_left_out() -> None:
    html = (
        "<head><title>t</title><style>p{}</style><script>alert('<p>')</script></head><!-- c --><body><?php x ?>"
        "<p>text<!--[if mso]>x<![endif]-->"
    )
    assert lines(html) == ["text"]


def test_markup_that_is_badly_nested_or_open() -> None:
    assert lines("<p>one<div>two</p>three</div></b></div>") == ["one", "", "two", "", "three"]
    page = render_html("<b><p>bold</b>plain", 60)
    assert (style_of(page, "bold"), style_of(page, "plain")) == ("bold", "")
    assert lines("<table><tr><td>a<td>b<tr><td>c<td>d</table>after") == ["a  b", "c  d", "", "after"]
    assert lines("text <b") == ["text"]
    assert lines("5 < 6 and <") == ["5 < 6 and <"]
    assert lines("<a href='http://a.example'>one<a href='http://b.example'>two</a>") == ["one[1]two[2]"]


def test_escapes_and_direction_in_entities_do_no_harm() -> None:
    assert lines("&#27;[2J&#x9b;31m&#8238;x&#0;") == ["[2J›31mx\ufffd"]
    assert lines("\x1b[2J\u202ex") == ["␛[2Jx"]


def test_limits_are_told() -> None:
    page = render_html("<div>" * 3000 + "deep", 60)
    assert "html-too-deep" in page.notices
    assert page.lines[-1].text.endswith("deep")
    assert "html-too-long" in render_html("<p>x" * 21_000, 60).notices


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000,
        "<b>" * 50_000,
        "<blockquote>" * 5_000 + "x",
        "<ul><li>" * 5_000 + "x",
        "<table><tr><td>" * 5_000 + "x",
        "<div " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x",
        '<a href="' * 50_000,
        "<!--" * 100_000,
        "&amp;" * 100_000,
        "<" * 200_000,
        "<a " * 50_000,
        "</b>" * 50_000,
        '<p style="' + "a:b;" * 50_000 + '">x',
        "<style>" + "a{" * 50_000,
        "<style>" + ".a," * 20_000 + "{display:none}",
        "<table><tr><td colspan=99999999 rowspan=99999999>" * 200,
        "<svg>" * 20_000,
        "<b><p>" * 20_000,
        "<a href=http://x.y>" * 20_000,
        "<p>" + "x" * 500_000,
        "<td>" * 50_000,
        "<style>" * 5_000,
        "'\"<x y='" * 20_000,
        '<p style="' + "background:" * 50_000 + 'url(">x',
        "<p>" + "www.a." * 50_000,
        "<table border=1><tr><td><b>a" + "<td>a" * 20_000,
        ("<tr>" + "<td colspan=50 rowspan=3>a" * 100) * 100,
        "<p>" + "http://a" * 50_000,
        '<a href="http://a.example">' + "www.a." * 5_000 + "</a>",
        '<a href="http://' + "a." * 50_000 + '">www.b.example</a>',
        ('<a href="http://a.example/x"><img src="http://b.example/y">' + "</a>") * 5_000 + '<a href="http://a.example/x">z',
    ],
)
def test_hostile_html_is_laid_out(html: str) -> None:
    page = render_html(html, 60)
    assert all(cell_len(line.text) <= 60 for line in page.lines)
    assert isinstance(html_to_text(html), str)


tags = st.sampled_from(
    [
        "p",
        "div",
        "b",
        "i",
        "a",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "tr",
        "td",
        "th",
        "blockquote",
        "pre",
        "h1",
        "br",
        "hr",
        "img",
        "span",
        "style",
        "button",
        "q",
        "code",
        "font",
        "center",
        "input",
    ]
)
attributes = st.sampled_from(
    [
        "",
        " style='display:none'",
        " href='http://a.example/x'",
        " src='http://i.example/x.png' alt='pic'",
        " class=btn",
        " colspan=3",
        " rowspan=2",
        " border=1",
        " style='font-weight:bold;white-space:pre'",
        " type=submit value=Go",
    ]
)
pieces = st.one_of(
    st.builds(lambda tag, more: f"<{tag}{more}>", tags, attributes),
    st.builds(lambda tag: f"</{tag}>", tags),
    st.sampled_from(
        ["word ", "two words", "漢字漢字", " ", "\n", "&nbsp;", "&lt;", "&#27;", "\u202e", "<", ">", "<!--", "-->", "123.50"]
    ),
    any_text,
)


@settings(deadline=None, max_examples=examples(300))
@given(st.lists(pieces, max_size=40).map("".join), st.integers(20, 100))
def test_any_html_fits_and_is_safe(html: str, width: int) -> None:
    page = render_html(html, width)
    for line in page.lines:
        assert cell_len(line.text) <= width
        assert is_safe(line.text)
        assert {name for span in line.spans for name in span.style.split()} <= set(STYLES)
        assert all(is_safe(span.link) for span in line.spans)
    assert [link.number for link in page.links] == list(range(1, len(page.links) + 1))
    assert is_safe(html_to_text(html), "\n\t")


def test_text_of_html_roughly() -> None:
    assert html_to_text("<style>x{}</style><p>one<br>two</p><!-- c --><div>a &amp; <b>b</b></div>") == "one\ntwo\n\na & b"
    assert html_to_text("plain") == "plain"


def test_what_takes_too_long_ends_in_the_middle() -> None:
    html = "".join(f'<p><a href="https://example.org/{n}">link {n}</a></p>' for n in range(3000))
    page = render_html(html, 72, seconds=1e-9)
    assert page.notices == ("html-too-long",) and 0 < len(page.lines) < 1000
    assert page.lines[0].text == "link 0[1]" and page.links[0].target == "https://example.org/0"
    assert render_html(html, 72).notices == ()
