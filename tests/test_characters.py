"""Characters with known factors: what they are, how they are split, kept and refused."""

import numpy as np
import pytest
from PIL import Image

from course_utils import caches, characters, data
from course_utils.data import DataError, draw_characters, load_characters


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """An empty cache folder, and none to read beside it."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(caches, "cache_dir", lambda: folder)
    monkeypatch.setattr(caches, "data_dir", lambda: tmp_path / "nothing")
    return folder


def parts(found):
    return [
        (getattr(found, f"x_{p}"), getattr(found, f"factors_{p}")) for p in ("train", "val", "test")
    ]


@pytest.mark.parametrize(("style", "size"), [("lorelei", 24), ("pixel-art", 16)])
def test_shapes_split_and_factors(cache, style, size):
    found = load_characters(style, size, n=50)
    assert [len(x) for x, _ in parts(found)] == [40, 5, 5]
    for x, table in parts(found):
        assert x.dtype == np.float32 and x.shape[1:] == (size, size, 3)
        assert 0 <= x.min() < 0.2 and 0.9 < x.max() <= 1
        assert list(table) == characters.STYLES[style].factors and len(table) == len(x)
        assert list(table.index) == list(range(len(x)))
        # the table says what is in the picture: drawn from it again, it is the same
        assert np.array_equal(draw_characters(table, style, size), x)
    everything = np.concatenate([x for x, _ in parts(found)])
    assert len({one.tobytes() for one in everything}) == 50
    glasses = np.concatenate([table["glasses"] != "none" for _, table in parts(found)])
    assert 0.1 < glasses.mean() < 0.5


def test_the_same_arguments_give_the_same_bytes_and_others_do_not(cache):
    first = load_characters("pixel-art", 16, n=30)
    (kept,) = cache.iterdir()
    content = kept.read_bytes()
    kept.unlink()
    second = load_characters("pixel-art", 16, n=30)
    assert kept.read_bytes() == content
    for (x, table), (y, other) in zip(parts(first), parts(second), strict=True):
        assert np.array_equal(x, y) and table.equals(other)
    assert not np.array_equal(load_characters("pixel-art", 16, n=30, seed=1).x_train, first.x_train)


def test_the_second_load_draws_nothing(cache, monkeypatch):
    first = load_characters("pixel-art", 16, n=20)
    monkeypatch.setattr(characters, "_draw", lambda *_: pytest.fail("drawn again"))
    again = load_characters("pixel-art", 16, n=20)
    assert np.array_equal(first.x_test, again.x_test)
    assert first.factors_test.equals(again.factors_test)


def test_a_cache_that_can_only_be_read_is_used(cache, monkeypatch, tmp_path):
    first = load_characters("pixel-art", 16, n=20)
    (tmp_path / "shared").mkdir()
    cache.rename(tmp_path / "shared" / ".cache")
    cache.mkdir()
    monkeypatch.setattr(caches, "data_dir", lambda: tmp_path / "shared")
    monkeypatch.setattr(characters, "_draw", lambda *_: pytest.fail("drawn again"))
    assert np.array_equal(load_characters("pixel-art", 16, n=20).x_test, first.x_test)
    assert not list(cache.iterdir())


@pytest.mark.parametrize("damage", ["cut", "flipped", "other"])
def test_a_damaged_cache_is_named_and_drawn_anew(cache, capsys, damage):
    first = load_characters("pixel-art", 16, n=20)
    (kept,) = cache.iterdir()
    content = bytearray(kept.read_bytes())
    if damage == "cut":
        kept.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[len(content) // 3] ^= 255
        kept.write_bytes(content)
    else:
        np.savez(kept, x=np.zeros((20, 16, 16, 3), "uint8"))
    again = load_characters("pixel-art", 16, n=20)
    assert np.array_equal(first.x_train, again.x_train)
    assert f"{kept} is damaged" in capsys.readouterr().out
    assert [p.name for p in cache.iterdir()] == [kept.name]


def test_pictures_drawn_before_are_left_out(cache, monkeypatch):
    pictures = iter([0, 0, 1, 1, *range(2, 40)])
    monkeypatch.setattr(
        characters, "_draw", lambda *_: np.full((16, 16, 3), next(pictures), "uint8")
    )
    found = load_characters("pixel-art", 16, n=20)
    values = np.concatenate([x[:, 0, 0, 0] for x, _ in parts(found)]) * 255
    assert sorted(values.round()) == list(range(20))


def test_too_few_different_pictures_is_told(cache, monkeypatch):
    monkeypatch.setattr(characters, "_draw", lambda *_: np.zeros((16, 16, 3), "uint8"))
    with pytest.raises(ValueError, match="has no 20 different"):
        load_characters("pixel-art", 16, n=20)


def test_a_factor_changed_in_the_table_changes_its_place_in_the_picture(cache):
    table = load_characters("lorelei", 32, n=40).factors_train
    before = draw_characters(table)
    for name, value in (("background", "blue"), ("glasses", "variant01"), ("hair_color", "red")):
        after = draw_characters(table.assign(**{name: value}))
        other = (table[name] != value).to_numpy()
        assert np.array_equal(after[~other], before[~other])
        share = (np.abs(after - before).max(axis=3) > 0.01).mean(axis=(1, 2))
        assert share[other].mean() > 0.01, name
    assert draw_characters(table[:0]).shape == (0, 32, 32, 3)


def test_what_is_not_possible_is_refused_with_what_is(cache):
    table = load_characters("lorelei", 16, n=20).factors_test
    with pytest.raises(ValueError, match="glasses: 'round' is not possible.*none, variant01"):
        draw_characters(table.assign(glasses="round"))
    with pytest.raises(ValueError, match="skin: 'green'.*light, tan"):
        draw_characters(table.assign(skin="green"))
    with pytest.raises(ValueError, match="tilt: nan"):
        draw_characters(table.assign(tilt=np.nan))
    with pytest.raises(ValueError, match="no column hair, eyes"):
        draw_characters(table.drop(columns=["hair", "eyes"]))
    for arguments, words in (
        ({"style": "manga"}, "lorelei, pixel-art"),
        ({"style": "pixel-art", "size": 20}, "multiples of 16"),
        ({"size": 4}, "8 to 1024"),
        ({"n": 5}, "20 or more"),
    ):
        with pytest.raises(ValueError, match=words):
            load_characters(**arguments)


def test_a_part_that_the_installed_style_lacks_is_named(monkeypatch):
    style = characters.STYLES["lorelei"]
    monkeypatch.setitem(
        characters.STYLES,
        "lorelei",
        characters.Style((*style.parts, "tail"), style.colors, {}, True, 1),
    )
    characters._variants.cache_clear()
    with pytest.raises(DataError, match="lorelei has no tail"):
        load_characters("lorelei", 16, n=20)
    characters._variants.cache_clear()


@pytest.fixture
def folder(tmp_path):
    """Twenty-two pictures of several kinds, one of them twice, and files that systems leave."""
    here = tmp_path / "faces"
    (here / "more").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for k in range(22):
        picture = Image.fromarray(rng.integers(0, 256, (30 + k, 40, 3), dtype="uint8"))
        name = f"{k:02d}.{('png', 'jpg', 'webp', 'bmp')[k % 4]}"
        picture.save((here / "more" if k > 15 else here) / name)
    (here / "copy of 00.png").write_bytes((here / "00.png").read_bytes())
    (here / ".DS_Store").write_bytes(b"x")
    (here / "Thumbs.db").write_bytes(b"x")
    return here


def test_a_folder_of_ones_own_pictures(folder):
    found = load_characters(size=16, folder=folder)
    assert [x.shape for x, _ in parts(found)] == [(18, 16, 16, 3), (2, 16, 16, 3), (2, 16, 16, 3)]
    names = [name for _, table in parts(found) for name in table["file"]]
    assert len(set(names)) == 22 and "more/16.png" in names and "22 pictures" in found.source


def test_transparent_is_white_and_the_middle_is_taken(folder):
    picture = Image.new("RGBA", (60, 20), (255, 0, 0, 255))
    picture.paste((0, 0, 255, 0), (20, 0, 40, 20))  # transparent in the middle
    picture.save(folder / "wide.png")
    found = load_characters(size=16, folder=folder)
    at = {name: x[k] for x, table in parts(found) for k, name in enumerate(table["file"])}
    assert np.allclose(at["wide.png"], 1, atol=0.05)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.txt", b"hello", "notes.txt: not a picture"),
        ("fake.png", b"MZ\x90\x00 a program", "fake.png: not a picture"),
        ("empty.jpg", b"", "empty.jpg: not a picture"),
        ("cut.png", None, "cut.png: damaged"),
    ],
)
def test_foreign_and_damaged_files_are_named_and_left_out(folder, name, content, words, capsys):
    if content is None:
        whole = (folder / "04.png").read_bytes()
        content = whole[: len(whole) // 2]
    (folder / name).write_bytes(content)
    found = load_characters(size=16, folder=folder)
    assert words in capsys.readouterr().out
    names = [name for _, table in parts(found) for name in table["file"]]
    assert len(names) == 22 and name not in names


def test_too_few_pictures_and_no_folder(folder, tmp_path):
    with pytest.raises(DataError, match="nowhere: there is no such folder"):
        load_characters(folder=tmp_path / "nowhere")
    for path in (folder / "more").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="16 different pictures in 17 files; 20 are needed"):
        load_characters(folder=folder, size=16)
    for path in folder.glob("*.*"):
        path.unlink()
    (folder / "notes.txt").write_bytes(b"hello")
    with pytest.raises(DataError, match="0 different .*1 left out; notes.txt: not a picture"):
        load_characters(folder=folder, size=16)


def test_lessons_find_it_beside_the_other_data():
    assert data.load_characters is characters.load_characters
