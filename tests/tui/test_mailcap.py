"""Which program opens a file, how it is told of it, and what is left of the file afterwards."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core.part import Part
from tui.documents import documents_folder
from tui.lent_files import LentFiles
from tui.mailcap import Command, find_command, mailcap_files, opener_for, read_mailcap

SH = sys.executable
"""A program that is there."""


def command(text: str, type: str = "image/png", environ: dict[str, str] | None = None, **params: str) -> Command | None:
    return find_command(Part("1", type, params), read_mailcap(text), environ if environ is not None else dict(os.environ))


def test_entries() -> None:
    text = f"""# comment
image/*; {SH} --view '%s'; nametemplate=%s.png; description="a\\; b"
text/html; {SH} -T %t \\
  --charset=%{{charset}} %s ; needsterminal
video; {SH}
broken
"""
    assert command(text) == Command((SH, "--view", "%s"), template="%s.png")
    html = Command((SH, "-T", "text/html", "--charset=utf-8", "%s"), terminal=True)
    assert command(text, "text/html", charset="utf-8") == html
    assert command(text, "video/mp4") == Command((SH,)) and command(text, "audio/mp3") is None
    path = Path("/tmp/a file; rm -rf.png")
    assert html.with_file(path)[-1] == str(path) and Command((SH,)).with_file(path) == [SH, str(path)]


@pytest.mark.parametrize(
    "entry",
    [
        f"image/png; {SH} %s | less", f"image/png; cat < %s; {SH}", f"image/png; {SH} $(id) %s", "image/png; no-such-program %s",
        f"image/png; {SH} `id`", "image/png; '%s'", "image/png; %s", f"image/png; {SH} 'unclosed", f"image/png; {SH} %n %F",
        f"image/png; {SH} %s && id",
    ],
)  # fmt: skip
def test_what_needs_a_shell_is_passed_over(entry: str) -> None:
    assert command(entry) is None


def test_the_mail_cannot_add_options() -> None:
    """A parameter comes from the mail: only what is a plain word is put in."""
    text = f"text/plain; {SH} -c %{{charset}} %{{name}} %t %s"
    found = command(text, "text/plain", charset="--evil=1", name="$(id)")
    assert found is not None and found.argv == (SH, "-c", "us-ascii", "", "text/plain", "%s")
    odd = command(f"*/*; {SH}\ntext/-x; {SH} %t %s", "text/-x")
    assert odd is not None and "text/-x" in odd.argv


def test_conditions_on_the_environment_only() -> None:
    path = {"PATH": os.environ["PATH"]}
    text = f'image/png; {SH} one; test=test -n "$DISPLAY"\nimage/png; {SH} two; test=test -z "$DISPLAY"\n'
    text += f"image/png; {SH} three; test=touch /tmp/should-not\n"
    assert command(text, environ={**path, "DISPLAY": ":0"}) == Command((SH, "one"))
    assert command(text, environ=path) == Command((SH, "two"))


def test_the_order(tmp_path: Path) -> None:
    (tmp_path / ".mailcap").write_text(f"image/png; {SH} own %s\n")
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    part = Part("1", "image/png")
    assert opener_for(part, "viewer --flag", environ) == Command(("viewer", "--flag"))
    assert opener_for(part, "", environ) == Command((SH, "own", "%s"))
    other = tmp_path / "other"
    other.write_text(f"image/*; {SH} other\n")
    assert opener_for(part, "", {**environ, "MAILCAPS": f"{tmp_path}/none:{other}"}) == Command((SH, "other"))
    assert mailcap_files(environ)[0] == tmp_path / ".mailcap"


def test_files_are_lent_in_private_and_gone_afterwards(tmp_path: Path) -> None:
    lent = LentFiles(tmp_path / "cache")
    one, two = lent.lend(b"1", "../../a.txt"), lent.lend(b"2", "a.txt", "%s.png")
    assert (one.name, two.name) == ("a.txt", "a.png") and one.read_bytes() == b"1"
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert all(stat.S_IMODE(folder.stat().st_mode) == 0o700 for folder in (one.parent, one.parent.parent))
    lent.take_back(two)
    assert one.exists() and not two.parent.exists()
    lent.close()
    assert not list((tmp_path / "cache").iterdir())


def test_what_a_crash_has_left_goes_at_the_next_loan(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for pid in (ended.pid, os.getppid()):
        (tmp_path / f"lent-{pid}").mkdir()
        (tmp_path / f"lent-{pid}" / "secret").write_text("x")
    LentFiles(tmp_path).lend(b"", "a")
    assert {path.name for path in tmp_path.iterdir()} == {f"lent-{os.getppid()}", f"lent-{os.getpid()}"}


def test_the_folder_for_documents(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    assert documents_folder("", environ) == tmp_path / "Documents"
    (tmp_path / ".config").mkdir()
    dirs = tmp_path / ".config" / "user-dirs.dirs"
    dirs.write_text('XDG_MUSIC_DIR="$HOME/Music"\nXDG_DOCUMENTS_DIR="$HOME/Meus \\"Papéis\\""\n')
    assert documents_folder("", environ) == tmp_path / 'Meus "Papéis"'
    dirs.write_text('XDG_DOCUMENTS_DIR="$HOME/"\n')
    assert documents_folder("", environ) == tmp_path / "Documents", "a desktop without one"
    assert documents_folder("~/x", environ) == tmp_path / "x" and documents_folder("/srv/x", environ) == Path("/srv/x")
    assert documents_folder("papers", environ) == tmp_path / "papers"
