"""What headers say of a mailing list is read tolerantly, and nothing that could harm is kept."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.clean import clean_line
from core.header import read_headers
from core.mailing_list import LONGEST, LONGEST_SUBJECT, MAIL, MOST, ONE_CLICK, PAGE, MailingList, host_of, mail_of, read_list
from tests.depth import examples


def listed(*fields: str) -> MailingList:
    return read_list(read_headers("\r\n".join(fields).encode() + b"\r\n\r\n"))


def leave(value: str) -> tuple[str, ...]:
    return listed(f"List-Unsubscribe: {value}").unsubscribe


@pytest.mark.parametrize(
    ("value", "uris"),
    [
        ("<mailto:list@host.example?subject=unsubscribe>", ["mailto:list@host.example?subject=unsubscribe"]),
        ("<https://a.example/u>, <mailto:l@a.example>", ["https://a.example/u", "mailto:l@a.example"]),
        ("(Use this command <http://not.example/>) <mailto:l@a.example>", ["mailto:l@a.example"]),
        (r"(a \) bracket <https://no.example/>) <https://a.example/>", ["https://a.example/"]),
        ("<https://a.example/very/\r\n long/path>", ["https://a.example/very/long/path"]),
        ("https://a.example/bare", ["https://a.example/bare"]),
        ("=?us-ascii?Q?=3Chttps=3A//a.example/q=3E?=", ["https://a.example/q"]),
        ("<https://a.example/1>, <https://a.example/1>", ["https://a.example/1"]),
        ("<MAILTO:l@a.example>", ["MAILTO:l@a.example"]),
        ("NO", []),
        ("", []),
        ("<>", []),
        ("<ftp://a.example/x>, <javascript:alert(1)>, <file:///etc/passwd>, <data:text/html,x>", []),
        ("<https://bank.example@evil.example/>", []),
        ("<https:///nowhere>", []),
        ("<https://a.example:port/>", []),
        ("<https://a.example/\x1b[2J>", []),
        ("<https://a.example/\u202egnp>", []),
        ("<https://bаnk.example/>", []),
        (f"<https://a.example/{'x' * LONGEST}>", []),
        ("<https://a.example/unclosed", []),
    ],
)
def test_addresses(value: str, uris: list[str]) -> None:
    assert list(leave(value)) == uris


def test_there_are_not_too_many() -> None:
    assert len(leave(", ".join(f"<https://a.example/{n}>" for n in range(1000)))) == MOST


def test_one_click_needs_both_fields_and_https() -> None:
    post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    both = "List-Unsubscribe: <mailto:l@a.example>, <http://a.example/>, <https://a.example/s>"
    assert listed(both, post).one_click == "https://a.example/s"
    assert listed(both).one_click == ""
    assert listed(both, "List-Unsubscribe-Post: Something=Else").one_click == ""
    assert listed("List-Unsubscribe: <http://a.example/>", post).one_click == ""
    assert listed(post).one_click == ""


def test_the_surest_way_comes_first() -> None:
    value = "List-Unsubscribe: <http://a.example/p>, <mailto:l@a.example>, <https://a.example:8443/s>"
    found = listed(value, "List-Unsubscribe-Post: list-unsubscribe = one-click").ways()
    assert [(way.kind, way.place) for way in found] == [
        (ONE_CLICK, "a.example:8443"),
        (MAIL, "l@a.example"),
        (PAGE, "a.example"),
    ]


@pytest.mark.parametrize(
    "uri",
    [
        "mailto:a@x.example,b@x.example",
        "mailto:a@x.example?cc=b@x.example",
        "mailto:a@x.example?bcc=b@x.example",
        "mailto:a@x.example?to=b@x.example",
        "mailto:",
        "mailto:?subject=x",
        "https://a.example/",
    ],
)
def test_a_list_is_left_by_one_mail_to_one_address(uri: str) -> None:
    assert mail_of(uri) is None
    assert listed(f"List-Unsubscribe: <{uri}>").ways() == () or not uri.startswith("mailto")


def test_a_mail_brings_nothing_but_subject_and_text() -> None:
    link = mail_of("mailto:l@a.example?subject=go%0D%0ABcc:%20x@y&body=bye%1B[2J&attach=/etc/passwd&in-reply-to=%3C1@x%3E")
    assert link is not None
    assert (link.subject, link.in_reply_to, link.ignored) == ("go Bcc: x@y", "", ())
    assert "\x1b" not in link.body


def test_name_and_id() -> None:
    assert (listed("List-Id: Kites & Co. <Kites.a.example>").id, listed("List-Id: Kites <k.a.example>").name) == (
        "kites.a.example",
        "Kites",
    )
    assert listed("List-Id: =?utf-8?q?Caf=C3=A9?= <c.a.example>").name == "Café"
    assert (listed("List-Id: <c.a.example>").name, listed("Subject: x").name) == ("c", "")


def test_archive_owner_help() -> None:
    found = listed(
        "Archived-At: <https://a.example/7>", "List-Archive: <https://a.example/all> (all of it)",
        "List-Owner: <mailto:boss@a.example> (Ana)", "List-Help: <mailto:l@a.example?subject=help>",
        "List-Subscribe: <mailto:join@a.example>",
    )  # fmt: skip
    assert (found.archived_at, found.archive) == (("https://a.example/7",), ("https://a.example/all",))
    assert (found.owner, found.help) == (("mailto:boss@a.example",), ("mailto:l@a.example?subject=help",))
    assert found.subscribe == ("mailto:join@a.example",)
    assert found.ways() == ()


PIECES = st.lists(
    st.sampled_from(["<", ">", "(", ")", "\\", ",", " ", "https://", "http://", "mailto:", "a.example", "@", "/", "?", "#", "[",
                     "]", ":", "%", "=?utf-8?q?", "?=", "\u202e", "\x00", "\x1b", "\r\n ", "é", "\ud800", "9" * 9])
    | st.text(max_size=5),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=examples(400))
@example("", "> .", False)
@example("", f"{'a' * (LONGEST_SUBJECT - 1)} b <c>", False)
@given(PIECES, PIECES, st.booleans())
def test_nothing_raises_and_nothing_harmful_is_kept(value: str, id: str, click: bool) -> None:
    post = "List-Unsubscribe=One-Click" if click else ""
    raw = f"List-Unsubscribe: {value}\r\nList-Unsubscribe-Post: {post}\r\nList-Id: {id}\r\n\r\n".encode("utf-8", "surrogatepass")
    found = read_list(read_headers(raw))
    for uri in found.unsubscribe:
        assert uri.isascii() and uri.isprintable() and len(uri) <= LONGEST and not set(" <>") & set(uri)
        assert uri.lower().startswith(("https://", "http://", "mailto:"))
    for way in found.ways():
        assert way.place.isprintable() and way.place
        assert way.kind != ONE_CLICK or (way.uri.lower().startswith("https://") and host_of(way.uri) == way.place)
    assert clean_line(found.name) == found.name and "\u202e" not in found.id
