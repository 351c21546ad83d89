"""The screen on who may use a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import ServerRefused
from tests.tui.office import Clerk, Office, mail, work
from tui.actions import folder
from tui.screens.access import AccessScreen, access_words


def test_access_is_given_to_one_person_after_a_warning_and_taken_back(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.put(mail(1), folder="Projects")
    rights = {"me@example.org": "lrswipkxtea"}

    def answer(do: str, done: Any, **words: Any) -> None:
        assert do == "access" and words["folder"] == office.folder("Projects").id
        if words.get("letters"):
            rights[words["who"]] = words["letters"]
        elif "letters" in words:
            rights.pop(words["who"])
        done(list(rights.items()), None)

    async def script(clerk: Clerk) -> None:
        clerk.app.desk.ask = answer  # type: ignore[method-assign]
        clerk.app.push_screen(AccessScreen(office.folder("Projects")))
        await clerk.until(lambda: "me@example.org: everything" in clerk.text)
        await clerk.press("n")
        await clerk.type("anyone")
        await clerk.press("enter")
        await clerk.until(lambda: "Name one person" in clerk.footer)
        await clerk.press("d")
        await clerk.until(lambda: "That is you" in clerk.footer)
        await clerk.press("n")
        await clerk.type("ana")
        await clerk.press("enter", "enter")
        await clerk.until(lambda: "ana will see every mail in Projects" in " ".join(clerk.text.replace("│", " ").split()))
        await clerk.press("y")
        await clerk.until(lambda: rights.get("ana") == "lr")
        await clerk.press("j", "d")
        await clerk.until(lambda: "will not see Projects any more" in " ".join(clerk.text.replace("│", " ").split()))
        await clerk.press("y")
        await clerk.until(lambda: "ana" not in rights)
        clerk.app.desk.ask = lambda do, done, **words: done(None, ServerRefused("no-acl", server="x", answer=""))  # type: ignore
        await clerk.press("q")
        clerk.main.show_pane("tree")
        assert clerk.app.can_do(folder.Access)

    work(office.app(), script, size=(100, 30))


def test_letters_in_plain_words() -> None:
    assert access_words("lr") == "read" and access_words("l") == "nothing"
    assert access_words("lrswipkxtecda") == "everything" and access_words("lrswipkxte") == "everything but giving access"
