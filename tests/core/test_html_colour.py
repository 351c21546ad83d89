from __future__ import annotations

import pytest

from core.html import render_html
from core.html_colour import hue_of


@pytest.mark.parametrize(
    ("colour", "hue"),
    [
        ("red", "red"), ("#c0392b", "red"), ("#f00", "red"), ("rgb(0, 128, 0)", "green"), ("rgba(0,128,0,.5)", "green"),
        ("#27ae60", "green"), ("#0563c1", "blue"), ("#ff0", "yellow"), ("#00ffff", "cyan"), ("#800080", "magenta"),
        ("#ff0000ff", "red"), ("c0392b", "red"), ("#ff0040", "red"),
        ("#333333", ""), ("#202020", ""), ("#ffffff", ""), ("#8898aa", ""), ("windowtext", ""), ("inherit", ""), ("", ""),
        ("rgb(1,2", ""), ("#12", ""), ("rgb(999,0,0)", "red"), ("url(x)", ""),
    ],
)  # fmt: skip
def test_a_colour_is_one_of_six_hues_or_none(colour: str, hue: str) -> None:
    assert hue_of(colour) == hue


def test_colours_are_styles_and_end_with_their_element() -> None:
    html = '<p style="color:red">stop <b>now</b> <span style="color:#333">calm</span></p>free <font color="#00f">blue</font>'
    page = render_html(html, 60)
    styles = {span.text.strip(): span.style for line in page.lines for span in line.spans if span.text.strip()}
    assert styles == {"stop": "red", "now": "red bold", "calm": "", "free": "", "blue": "blue"}


def test_a_link_keeps_the_look_of_a_link() -> None:
    page = render_html('<a href="http://a.example" style="color:red">x</a>', 60)
    assert page.lines[0].spans[0].style.split()[-1] == "link"
