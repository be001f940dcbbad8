"""Drawn parts: what is promised of them, and a folder that holds them."""

import numpy as np
import pytest
from PIL import Image

from course_utils import data, drawn_parts, parts
from course_utils.inspection_folder import read_inspection_folder
from course_utils.parts import load_parts, write_parts


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / "parts"
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr("course_utils.caches.cache_dir", lambda: folder)
    monkeypatch.setattr("course_utils.caches.data_dir", lambda: folder)


@pytest.mark.parametrize("part", ["cloth", "plate"])
def test_good_parts_to_learn_from_and_every_defect_with_its_mask(part):
    found = load_parts(part, n=16)
    assert found.x_train.shape == (16, 96, 96) and found.x_train.dtype == np.float32
    for x, kinds, masks, good, each in (
        (found.x_val, found.kinds_val, found.masks_val, 8, 2),
        (found.x_test, found.kinds_test, found.masks_test, 12, 4),
    ):
        assert x.shape == masks.shape == (good + 4 * each, 96, 96)
        assert x.min() >= 0 and x.max() <= 1 and masks.dtype == bool
        names, counts = np.unique(kinds, return_counts=True)
        assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {
            "good": good, "scratch": each, "stain": each, "blur": each, "turned": each,
        }  # fmt: skip
        assert np.array_equal(masks.any(axis=(1, 2)), kinds != "good")
        assert masks[kinds != "good"].mean() < 0.06
    everything = np.concatenate([found.x_train, found.x_val, found.x_test])
    assert len(np.unique(everything.reshape(len(everything), -1), axis=0)) == len(everything)
    assert "16 good ones" in repr(found) and part in repr(found)


def test_a_defect_changes_the_picture_within_its_mask_only():
    for part, draw in drawn_parts.DRAW.items():
        for kind, spoil in drawn_parts.DEFECTS.items():
            rng = np.random.default_rng(3)
            whole = draw(rng)
            changed, mask = spoil(whole, rng)
            gap = np.abs(changed - whole)
            assert gap[mask].max() > 0.05, (part, kind)
            far = ~drawn_parts.ndimage.binary_dilation(
                mask, iterations=9
            )  # a stain has a soft edge
            assert gap[far].max() < 1e-3, (part, kind)


def test_the_same_arguments_give_the_same_parts_and_another_seed_others(monkeypatch):
    first = load_parts("plate", n=8)
    monkeypatch.setattr(drawn_parts, "draw_parts", lambda *_: pytest.fail("drawn again"))
    assert np.array_equal(load_parts("plate", n=8).x_test, first.x_test)
    monkeypatch.undo()
    again = drawn_parts.draw_parts("plate", 0, 8)
    assert np.array_equal(again["x_train"] / np.float32(255), first.x_train)
    assert not np.array_equal(drawn_parts.draw_parts("plate", 1, 8)["x_train"], again["x_train"])


def test_a_cache_file_that_holds_something_else_is_made_anew(capsys):
    load_parts("cloth", n=8)
    folder = parts.cached.__globals__["cache_dir"]()
    path = next(folder.glob("parts-cloth-0-8-*.npz"))
    np.savez(path, x_train=np.zeros(3))
    assert load_parts("cloth", n=8).x_train.shape == (8, 96, 96)
    assert "damaged" in capsys.readouterr().out


def test_what_is_not_possible():
    with pytest.raises(ValueError, match="part is one of cloth, plate, not 'bottle'"):
        load_parts("bottle")
    with pytest.raises(ValueError, match="n is 8 or more"):
        load_parts("cloth", n=7)
    assert data.load_parts is load_parts


def test_a_folder_is_written_and_read_again(tmp_path):
    folder = write_parts(tmp_path / "plate", "plate", n=8)
    kinds = ["blur", "good", "scratch", "stain", "turned"]
    assert sorted(p.name for p in (folder / "test").iterdir()) == kinds
    assert sorted(p.name for p in (folder / "ground_truth" / "blur").iterdir()) == [
        "000_mask.png", "001_mask.png",
    ]  # fmt: skip
    mask = np.asarray(Image.open(folder / "ground_truth" / "stain" / "000_mask.png"))
    assert set(np.unique(mask)) == {0, 255}
    drawn, read = load_parts("plate", n=8), load_parts(folder=folder)
    assert np.allclose(read.x_train, drawn.x_train, atol=1e-4)
    rows = [np.flatnonzero(drawn.kinds_val == kind) for kind in kinds]
    assert np.allclose(read.x_val, drawn.x_val[np.concatenate(rows)], atol=1e-4)
    assert np.array_equal(read.masks_val, drawn.masks_val[np.concatenate(rows)])
    assert read.kinds_val.tolist() == ["blur", *["good"] * 4, "scratch", "stain", "turned"]
    assert np.sum(read.kinds_test == "good") == 4 and read.masks_test.any(axis=(1, 2)).sum() == 4
    assert read_inspection_folder(folder).notes == []
    with pytest.raises(FileExistsError, match="not empty"):
        write_parts(folder)
