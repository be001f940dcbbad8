"""The photographs: what they are, how they are split, and what happens to other files."""

import re
import socket

import numpy as np
import pytest
from PIL import Image

from course_utils import data, paths, photographs


@pytest.fixture(scope="module")
def bundled():
    return data.load_photographs()


def _noise(size=(80, 100), seed=0, mode="RGB"):
    values = np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype("uint8")
    return Image.fromarray(values).convert(mode)


@pytest.fixture
def folder(tmp_path):
    for number in range(5):
        _noise(seed=number).save(tmp_path / f"{number}.png")
    return tmp_path


def test_shapes_types_and_range(bundled):
    assert [len(part) for part in (bundled.train, bundled.val, bundled.test)] == [7, 2, 4]
    for part in (bundled.train, bundled.val, bundled.test):
        for picture in part.values():
            assert picture.dtype == np.float32 and picture.ndim == 2
            assert picture.shape[0] % 4 == 0 and picture.shape[1] % 4 == 0
            assert 0 <= picture.min() < 0.3 and 0.7 < picture.max() <= 1
    assert "13 photographs" in repr(bundled)


def test_whole_pictures_are_held_out(bundled):
    names = [*bundled.train, *bundled.val, *bundled.test]
    assert len(set(names)) == 13
    assert [*bundled.test] == ["chelsea", "coffee", "camera", "flower"]


def test_nothing_is_downloaded(monkeypatch):
    def refuse(*_):
        pytest.fail("asked the network")

    monkeypatch.setattr(socket, "socket", refuse)
    data.load_photographs()


def test_each_picture_has_its_licence_in_the_readme():
    page = (paths.data_dir() / "README.md").read_text(encoding="utf-8")
    for _, name in photographs.TRAIN + photographs.VALIDATION + photographs.TEST:
        (row,) = (line for line in page.splitlines() if f"`{name}`" in line and line[0] == "|")
        assert re.search(r"CC0|CC BY 2.0|public domain|no known copyright", row)


def test_grey_is_what_the_eye_sees(tmp_path):
    for number, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]):
        Image.new("RGB", (64, 64), colour).save(tmp_path / "one.png")
        grey = photographs.read_grey(tmp_path / "one.png")
        assert grey == pytest.approx([0.299, 0.587, 0.114, 1.0][number], abs=1e-6)


def test_a_folder_is_split_by_name(folder):
    found = data.load_photographs(folder)
    assert [*found.train] == ["0.png", "1.png", "2.png"]
    assert [*found.val] == ["3.png"] and [*found.test] == ["4.png"]
    assert found.train["0.png"].shape == (80, 100)
    assert str(folder) in found.source


def test_a_picture_that_occurs_twice_is_in_one_part(folder, capsys):
    _noise(seed=0).save(folder / "9.png")
    found = data.load_photographs(folder)
    assert "9.png" not in found.test
    assert "9.png shows the same as 0.png" in capsys.readouterr().out


def test_hidden_files_and_folders_are_passed_over(folder):
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "Thumbs.db").write_bytes(b"\0")
    (folder / "more").mkdir()
    assert len(data.load_photographs(folder).train) == 3


@pytest.mark.parametrize("name", ["notes.txt", "empty.png", "cut.png", "cut.jpg"])
def test_a_damaged_or_foreign_file_is_named(folder, name):
    if name.startswith("cut"):
        _noise().save(folder / name)
        content = (folder / name).read_bytes()[:-3000]
    else:
        content = b"" if name == "empty.png" else b"my holiday"
    (folder / name).write_bytes(content)
    with pytest.raises(data.DataError, match=rf"{name}: no complete picture.*Remove or replace"):
        data.load_photographs(folder)


def test_a_small_picture_is_named(folder):
    _noise((63, 200)).save(folder / "a.png")
    with pytest.raises(data.DataError, match=r"a.png: 200 × 63 pixels are too few"):
        data.load_photographs(folder)


def test_too_few_pictures_and_no_folder_are_told(folder):
    with pytest.raises(data.DataError, match="nowhere.*cannot be read"):
        data.load_photographs(folder / "nowhere")
    for number in (0, 1, 2):
        (folder / f"{number}.png").unlink()
    with pytest.raises(data.DataError, match="2 different pictures"):
        data.load_photographs(folder)


def test_a_missing_bundled_picture_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(photographs, "_folder", lambda library: tmp_path)
    with pytest.raises(data.DataError, match="astronaut.png: there is no such picture"):
        data.load_photographs()


def test_large_pictures_are_made_smaller(tmp_path):
    _noise((300, 2048)).save(tmp_path / "wide.png")
    assert photographs.read_grey(tmp_path / "wide.png").shape == (148, 1024)


def test_cameras_that_were_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter
    _noise((80, 100)).save(tmp_path / "turned.jpg", exif=exif)
    assert photographs.read_grey(tmp_path / "turned.jpg").shape == (100, 80)


def test_every_way_to_store_colours(tmp_path):
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    clear.save(tmp_path / "clear.png")
    assert photographs.read_grey(tmp_path / "clear.png").min() == 1.0
    deep = np.full((64, 64), 32768, "uint16")
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert photographs.read_grey(tmp_path / "deep.png") == pytest.approx(0.5, abs=1e-4)
    for mode, name in (("P", "p.png"), ("1", "one.png"), ("L", "l.png"), ("CMYK", "c.jpg")):
        _noise(mode=mode).save(tmp_path / name)
        assert photographs.read_grey(tmp_path / name).shape == (80, 100)
    Image.fromarray(np.zeros((64, 64), "float32")).save(tmp_path / "f.tif")
    with pytest.raises(data.DataError, match=r"f.tif.*floats"):
        photographs.read_grey(tmp_path / "f.tif")
