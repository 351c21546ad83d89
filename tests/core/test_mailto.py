"""mailto: links do what RFC 6068 says and nothing more."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.mailto import read_mailto
from tests.depth import examples


def _to(url: str) -> list[str]:
    return [one.addr for one in read_mailto(url).to]


@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("mailto:ana@example.org", ["ana@example.org"]),
        ("MAILTO:ana@example.org?to=joao@example.com", ["ana@example.org", "joao@example.com"]),
        ("mailto:ana@example.org,joao@example.com", ["ana@example.org", "joao@example.com"]),
        ("mailto:?to=ana@example.org", ["ana@example.org"]),
        ("mailto:%22not%40me%22@example.org", ['"not@me"@example.org']),
        ("mailto:gorby%25kremvax@example.com", ["gorby%kremvax@example.com"]),
        ("mailto:Mike%26family@example.org", ["Mike&family@example.org"]),
        ("mailto:a+b@example.org", ["a+b@example.org"]),
        ("mailto:user@example.org%2C%20evil@example.net", ["user@example.org"]),
        ("mailto:user@%E7%B4%8D%E8%B1%86.example.org", ["user@納豆.example.org"]),
        ("mailto:", []),
    ],
)
def test_recipients(url: str, to: list[str]) -> None:
    assert _to(url) == to


def test_subject_text_and_thread() -> None:
    link = read_mailto(
        "mailto:a@x.org?subject=caf%C3%A9+1&body=one%0D%0Atwo%0Athree&cc=c@x.org&bcc=b@x.org&In-Reply-To=%3C1@x%3E#top"
    )
    draft = link.draft()
    assert (draft.subject, draft.body) == ("café+1", "one\ntwo\nthree")
    assert ([one.addr for one in draft.cc], [one.addr for one in draft.bcc]) == (["c@x.org"], ["b@x.org"])
    assert (draft.in_reply_to, draft.references) == ("1@x", ("1@x",))
    assert link.ignored == ()


@pytest.mark.parametrize(
    "name", ["attach", "Attachment", "attach-file", "From", "X-Header", "Content-Type", "%61ttach", "references"]
)
def test_files_and_other_headers_are_never_taken(name: str) -> None:
    link = read_mailto(f"mailto:a@x.org?{name}=/etc/passwd&subject=ok")
    assert len(link.ignored) == 1
    draft = link.draft()
    assert (draft.attachments, draft.from_.addr, draft.subject, draft.references) == ((), "", "ok", ())


def test_nothing_is_smuggled_in_by_line_ends_or_controls() -> None:
    link = read_mailto("mailto:a@x.org?subject=Hi%0D%0ABcc:%20evil@example.net&body=%1B]0;x%07%00&cc=a%0D%0Ab@x.org")
    assert link.subject == "Hi Bcc: evil@example.net"
    assert link.bcc == ()
    assert not set("\x1b\x07\0") & set(link.body)
    assert all("\n" not in one.addr for one in link.cc)


def test_the_first_of_two_subjects_counts_and_a_bad_id_does_not() -> None:
    link = read_mailto("mailto:?subject=one&subject=two&in-reply-to=a%20b%3E%3Cc")
    assert (link.subject, link.in_reply_to) == ("one", "")


@pytest.mark.parametrize("url", ["", "ana@example.org", "http://x", "mailto", "javascript:mailto:a@x.org"])
def test_other_links_are_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_mailto(url)
    assert caught.value.id == "not-mailto"


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=200))
def test_anything_can_follow(text: str) -> None:
    link = read_mailto("mailto:" + text)
    assert link.draft().attachments == ()
    assert "\n" not in link.subject


def test_a_very_long_link_is_cut() -> None:
    assert len(read_mailto("mailto:" + "a@x.org," * 100_000).to) == 500
