"""The letters: what they are, how they are split, and what happens to other files and fonts."""

import re
import socket
import zipfile
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from course_utils import caches, data, letters, paths

DEJAVU = Path(matplotlib.get_data_path()) / "fonts/ttf"  # fonts that are there wherever we are
PARTS = ("train", "val", "test")


@pytest.fixture(scope="module")
def loaded():
    return data.load_letters()


@pytest.fixture(scope="module")
def stored():
    return caches.bundled(letters.FILE, letters.SHA256)


def test_shapes_types_and_range(loaded):
    assert loaded.characters == letters.CHARACTERS and len(loaded.characters) == 62
    for part in PARTS:
        x, y, table = (getattr(loaded, f"{kind}_{part}") for kind in ("x", "y", "table"))
        assert x.dtype == np.float32 and x.shape == (len(y), 32, 32) and len(table) == len(y)
        assert x.min() == 0 and x.max() == 1 and y.dtype == np.int64
        assert table.columns.tolist() == ["character", "font", "family", "kin", "weight", "italic"]
        assert table.character.tolist() == [loaded.characters[label] for label in y]
        assert table.weight.between(100, 900).all() and table.italic.dtype == bool
    assert "free fonts" in repr(loaded)


def test_every_letter_has_ink_inside_the_frame(loaded):
    for part in PARTS:
        x = getattr(loaded, f"x_{part}")
        assert x.max(axis=(1, 2)).min() > 0.3
        edge = np.concatenate([x[:, 0], x[:, -1], x[:, :, 0], x[:, :, -1]], axis=1)
        assert np.mean(edge > 0.2) < 0.001


def test_no_family_and_no_kin_is_in_two_parts(loaded):
    for column in ("font", "family", "kin"):
        found = [set(getattr(loaded, f"table_{part}")[column]) for part in PARTS]
        assert not (found[0] & found[1] or found[0] & found[2] or found[1] & found[2])
    assert [loaded.table_test.family.nunique() > 20, loaded.table_val.family.nunique() > 10]


def test_no_font_of_one_part_looks_like_one_of_another(stored):
    between = letters.distances(stored["x"])
    other = stored["part"][:, None] != stored["part"]
    assert between[other].min() >= letters.NEAR


def test_kin_and_split_come_out_again(stored):
    assert np.array_equal(letters.kin_of(stored["family"], stored["x"]), stored["kin"])
    assert np.array_equal(letters.split_of(stored["kin"]), stored["part"])


def test_known_clones_are_kin(stored):
    kin = dict(zip(stored["family"].tolist(), stored["kin"].tolist(), strict=True))
    for one, other in (("Lato", "Carlito"), ("Hack", "DejaVu Sans Mono"), ("Tinos", "STIX")):
        assert kin[one] == kin[other]
    assert kin["Open Sans"] == kin["Noto Sans"] and kin["Lato"] != kin["Vollkorn"]


def test_the_size_of_the_file_and_no_picture_twice(stored):
    assert (paths.data_dir() / letters.FILE).stat().st_size < 2_500_000
    assert len({font.tobytes() for font in stored["x"]}) == len(stored["x"])


def test_a_choice_of_characters_is_an_alphabet_a_font(loaded):
    some = data.load_letters(characters="QA7")
    assert some.characters == "QA7" and some.y_val[:4].tolist() == [0, 1, 2, 0]
    fonts = loaded.x_val.reshape(-1, 62, 32, 32)
    assert np.array_equal(some.x_val.reshape(-1, 3, 32, 32), fonts[:, [16, 0, 59]])
    assert some.table_val.character[:3].tolist() == ["Q", "A", "7"]


@pytest.mark.parametrize("characters", ["", "AA", "Aä"])
def test_characters_that_there_are_not(characters):
    with pytest.raises(ValueError, match="each once, of ABC"):
        data.load_letters(characters)


def test_nothing_is_downloaded(monkeypatch):
    def refuse(*_):
        pytest.fail("asked the network")

    monkeypatch.setattr(socket, "socket", refuse)
    data.load_letters("A")


def test_each_family_has_its_licence_in_the_readme(stored):
    page = (paths.data_dir() / "README.md").read_text(encoding="utf-8")
    free = r"OFL|Apache-2.0|MIT|BSD-3-Clause|public domain|CC0-1.0|Bitstream Vera"
    for package, family, licence in zip(
        stored["package"], stored["family"], stored["licence"], strict=True
    ):
        start = f"| {package.removeprefix('fonts-')} |"
        (row,) = (line for line in page.splitlines() if line.startswith(start))
        assert family in row and f"| {licence} |" in row and re.fullmatch(free, licence)


def test_a_damaged_or_foreign_file_is_named(monkeypatch, tmp_path):
    content = (paths.data_dir() / letters.FILE).read_bytes()
    monkeypatch.setattr(caches, "data_dir", lambda: tmp_path)
    with pytest.raises(data.DataError, match=r"letters.npz: cannot be read.*make_letters.py"):
        data.load_letters()
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    for wrong in (b"", content[:-1000], (tmp_path / "other.npz").read_bytes()):
        (tmp_path / letters.FILE).write_bytes(wrong)
        with pytest.raises(data.DataError, match=r"letters.npz: damaged, or another file"):
            data.load_letters()


def test_the_file_tells_nothing_of_the_day_it_was_made():
    with zipfile.ZipFile(paths.data_dir() / letters.FILE) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


# ---- fonts of one's own


def test_a_font_is_drawn_and_described():
    drawn = letters.draw_font(DEJAVU / "DejaVuSerif-BoldItalic.ttf")
    assert drawn.shape == (62, 32, 32) and drawn.dtype == np.uint8 and drawn.max() == 255
    assert set(np.unique(drawn) % 17) == {0}
    rows = np.flatnonzero(drawn[7].max(axis=1) > 127)  # H
    assert rows[-1] == letters.BASELINE - 1 and len(rows) <= letters.CAP_HEIGHT
    assert letters.names_of(DEJAVU / "DejaVuSerif-BoldItalic.ttf") == (
        "DejaVu Serif Bold Italic", "DejaVu Serif", 700, True,
    )  # fmt: skip
    assert letters.names_of(DEJAVU / "DejaVuSans.ttf")[1:] == ("DejaVu Sans", 400, False)


def test_a_font_of_symbols_is_refused():
    with pytest.raises(ValueError, match="missing|no glyph"):
        letters.draw_font(DEJAVU / "STIXSizOneSymReg.ttf")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(letters, "NEAR", 0.0)
    for name in ("DejaVuSans", "DejaVuSans-Bold", "cmr10", "cmtt10", "STIXGeneral"):
        (tmp_path / f"{name}.ttf").write_bytes((DEJAVU / f"{name}.ttf").read_bytes())
    return tmp_path


def test_a_folder_of_fonts(folder, capsys):
    (folder / "again.ttf").write_bytes((DEJAVU / "cmr10.ttf").read_bytes())
    (folder / "cut.otf").write_bytes((DEJAVU / "cmr10.ttf").read_bytes()[:5000])
    (folder / "symbols.ttf").write_bytes((DEJAVU / "STIXSizOneSymReg.ttf").read_bytes())
    (folder / "notes.txt").write_text("my fonts")
    (folder / ".DS_Store").write_bytes(b"\0")
    found = data.load_letters("AB", folder=folder)
    told = capsys.readouterr().out
    assert "cmr10.ttf is passed over: it draws the same as again.ttf" in told
    assert all(f"{name} is passed over" in told for name in ("cut.otf", "symbols.ttf", "notes.txt"))
    sizes = [len(getattr(found, f"x_{part}")) // 2 for part in PARTS]
    assert sum(sizes) == 5 and min(sizes) >= 1 and ".DS_Store" not in told
    parts = [set(getattr(found, f"table_{part}").font) for part in PARTS]
    assert any({"DejaVu Sans", "DejaVu Sans Bold"} <= fonts for fonts in parts)
    assert str(folder) in found.source


def test_too_few_designs_and_no_folder_are_told(folder):
    with pytest.raises(data.DataError, match="nowhere: there is no such folder"):
        data.load_letters(folder=folder / "nowhere")
    (folder / "cmtt10.ttf").unlink()
    with pytest.raises(data.DataError, match="4 fonts of 3 different designs; 4 designs"):
        data.load_letters(folder=folder)
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(data.DataError, match="0 fonts of 0 different designs"):
        data.load_letters(folder=folder)
