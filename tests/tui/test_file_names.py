"""Files and folders that somebody typed, whatever it was."""

from __future__ import annotations

from pathlib import Path

from tui.file_names import MOST, complete_file, complete_folder, files_named, folder_typed, path_typed


def test_homes_of_nobody_and_endless_names_are_files_that_are_not_there() -> None:
    for text in ("~nobody-of-this-name/a.txt", "a" * 5000, ", ".join(f"picture-{n}.png" for n in range(60)), "a\0b"):
        assert files_named(text)[0] == [] and files_named(text)[1] in (text, text.split(",")[0])
        assert folder_typed(text) is None
        assert complete_file(text) == complete_folder(text) == []
    assert path_typed("~nobody-of-this-name/a") == Path("~nobody-of-this-name/a")
    assert path_typed(" ~/a ") == Path.home() / "a"


def test_several_files_are_named_at_once(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "with, comma.txt", "c[1].txt"):
        (tmp_path / name).write_text(name)
    found, missing = files_named(f"{tmp_path}/a.txt, {tmp_path}/b.txt")
    assert [path.name for path in found] == ["a.txt", "b.txt"] and not missing
    assert [path.name for path in files_named(f"{tmp_path}/with, comma.txt")[0]] == ["with, comma.txt"]
    assert [path.name for path in files_named(f"{tmp_path}/c[1].txt")[0]] == ["c[1].txt"]
    assert [path.name for path in files_named(f"{tmp_path}/?.txt")[0]] == ["a.txt", "b.txt"]
    assert files_named(f"{tmp_path}/a.txt, {tmp_path}/no.txt") == ([], f"{tmp_path}/no.txt")
    for n in range(MOST + 1):
        (tmp_path / f"{n}.png").touch()
    assert len(files_named(f"{tmp_path}/*.png")[0]) == MOST + 1, "none is left out silently"
    assert folder_typed(str(tmp_path)) == tmp_path and folder_typed("") is None
