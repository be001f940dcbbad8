"""Folders in the layout of MVTec AD are read; every other one is named for what it is."""

import numpy as np
import pytest
from PIL import Image

from course_utils.caches import DataError
from course_utils.inspection_folder import read_inspection_folder
from course_utils.parts import load_parts


def save(path, seed=0, size=(60, 50), mode="RGB", mask=None):
    """A random picture (width, height), or a mask that marks some rows and columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if mask is None:
        channels = (3,) if mode == "RGB" else ()
        pixels = np.random.default_rng(seed).integers(
            0, 255, (size[1], size[0], *channels), "uint8"
        )
    else:
        pixels = np.zeros((size[1], size[0]), "uint8")
        pixels[mask] = 255
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    """A category: 6 good parts, 3 + 4 + 2 parts to test, with masks."""
    root = tmp_path / "bottle"
    for k in range(6):
        save(root / "train" / "good" / f"{k:03d}.png", seed=k)
    for kind, count in (("good", 4), ("broken", 3), ("crack", 2)):
        for k in range(count):
            save(root / "test" / kind / f"{k:03d}.png", seed=100 + 10 * len(kind) + k)
            if kind != "good":
                name = f"{k:03d}_mask.png"
                save(root / "ground_truth" / kind / name, mask=np.s_[3 : 6 + k, 10:20])
    (root / "readme.txt").write_text("hello")
    (root / "train" / "good" / "Thumbs.db").write_bytes(b"x")
    return root


def test_a_category_is_read_in_the_order_of_its_names(folder):
    found = read_inspection_folder(folder)
    assert found.train.shape == (6, 50, 60, 3) and found.train.dtype == np.uint8
    assert found.kinds.tolist() == ["broken"] * 3 + ["crack"] * 2 + ["good"] * 4
    assert found.names_test[0] == "test/broken/000.png" and len(found.names_train) == 6
    assert found.masks.sum(axis=(1, 2)).tolist() == [30, 40, 50, 30, 40, 0, 0, 0, 0]
    assert found.notes == [] and "3 broken, 2 crack, 4 good" in repr(found)
    assert found.chosen_by().tolist() == [True, False, True, True, False, True, False, True, False]


def test_masks_are_never_taken_for_pictures(folder, capsys):
    """As Keras's reader does: ground_truth would be a class, and its masks pictures."""
    from course_utils.session import keras

    keras_reads = keras.utils.image_dataset_from_directory(folder, image_size=(50, 60))
    assert keras_reads.class_names == ["ground_truth", "test", "train"]
    assert len(keras_reads.file_paths) == 6 + 9 + 5
    assert "Found 20 files belonging to 3 classes" in capsys.readouterr().out
    found = read_inspection_folder(folder)
    assert len(found.train) + len(found.test) == 6 + 9
    assert not any("mask" in name or "ground" in name for name in found.names_test)
    save(folder / "test" / "broken" / "000_mask.png", mask=np.s_[:3])
    with pytest.raises(DataError, match=r"000_mask\.png: by its name this is a mask, among the pi"):
        read_inspection_folder(folder)


def test_large_pictures_are_scaled_with_their_masks(folder):
    found = read_inspection_folder(folder, size=48)
    assert found.train.shape == (6, 40, 48, 3) and found.masks.shape == (9, 40, 48)
    assert found.masks[0].sum() >= 30 * 0.8**2
    assert not found.masks[:, 7:].any() and not found.masks[:, :, 16:].any()


def test_a_thin_scratch_stays_in_a_scaled_mask(folder):
    save(folder / "ground_truth" / "crack" / "000_mask.png", mask=np.s_[5, 3:40])
    assert read_inspection_folder(folder, size=48).masks[3].sum() >= 29


def test_without_masks_without_defects_without_good_ones(folder):
    import shutil

    shutil.rmtree(folder / "ground_truth")
    found = read_inspection_folder(folder)
    assert found.masks is None and "no measures of pixels" in found.notes[0]
    shutil.rmtree(folder / "test" / "broken")
    shutil.rmtree(folder / "test" / "crack")
    assert "no part with a defect" in read_inspection_folder(folder).notes[0]
    (folder / "test" / "good").rename(folder / "test" / "odd")
    assert "no good part" in read_inspection_folder(folder).notes[0]
    parts = load_parts(folder=folder)
    assert len(parts.x_train) == 5 and (parts.kinds_val == "good").sum() == 1


def test_what_else_is_noticed(folder):
    (folder / "validation").mkdir()
    again = (folder / "train" / "good" / "002.png").read_bytes()
    (folder / "test" / "good" / "001.png").write_bytes(again)
    notes = read_inspection_folder(folder).notes
    assert any("1 pictures of test/ are in train/" in note for note in notes)
    assert any("not read: validation/" in note for note in notes)


def broken(folder, how):
    """Do one thing to a folder that its reader must name; returns the folder to read."""
    test, truth = folder / "test", folder / "ground_truth"
    match how:
        case "nowhere":
            return folder / "nowhere"
        case "several categories":
            return folder.parent
        case "too deep":
            return folder / "train"
        case "a flat folder":
            return folder / "train" / "good"
        case "no test":
            test.rename(folder / "tests")
        case "no good":
            (folder / "train" / "good").rename(folder / "train" / "Good")
        case "bad ones in train":
            save(folder / "train" / "broken" / "7.png")
        case "loose in train":
            save(folder / "train" / "7.png")
        case "loose in test":
            save(test / "7.png")
        case "loose mask":
            save(truth / "7_mask.png", mask=np.s_[:3])
        case "too few":
            for k in range(3):
                (folder / "train" / "good" / f"{k:03d}.png").unlink()
        case "no picture":
            for path in test.rglob("*.png"):
                path.unlink()
        case "LOCO":
            save(truth / "broken" / "000" / "000.png", mask=np.s_[:3])
        case "VisA":
            save(folder / "Data" / "Images" / "Normal" / "1.png")
            (folder / "train").rename(folder / "trains")
        case "AD 2":
            test.rename(folder / "test_public")
        case "mask missing":
            (truth / "crack" / "001_mask.png").unlink()
        case "mask misnamed":
            (truth / "crack" / "001_mask.png").rename(truth / "crack" / "001.png")
        case "mask to spare":
            save(truth / "crack" / "009_mask.png", mask=np.s_[:3])
        case "kind without pictures":
            save(truth / "dent" / "000_mask.png", mask=np.s_[:3])
        case "mask of a good part":
            save(truth / "good" / "000_mask.png", mask=np.s_[:3])
        case "mask of another size":
            save(truth / "crack" / "001_mask.png", size=(50, 60), mask=np.s_[:3])
        case "mask with greys":
            save(truth / "crack" / "001_mask.png", mode="L")
        case "empty mask":
            save(truth / "crack" / "001_mask.png", mask=np.s_[:0])
        case "other size":
            save(test / "good" / "001.png", size=(40, 40))
        case "text":
            (test / "good" / "notes.txt").write_text("hello")
        case "cut":
            whole = (test / "good" / "001.png").read_bytes()
            (test / "good" / "001.png").write_bytes(whole[: len(whole) // 2])
    return folder


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("nowhere", "there is no such folder"),
        ("several categories", r"holds 1 categories \(bottle\). Name one of them: .*bottle"),
        ("too deep", "one folder too deep. Name .*bottle"),
        ("a flat folder", "the folder train/ is missing. It holds no folder. Expected"),
        ("no test", "the folder test/ is missing. It holds the folders ground_truth, tests, train"),
        ("no good", "train: the folder good/ is missing. There are: Good. Expected"),
        ("bad ones in train", "train/broken: the detector learns from good parts only"),
        ("loose in train", "7.png: pictures of train/ lie in train/good/"),
        ("loose in test", "7.png: pictures of test/ lie in test/good/ or test/NAME"),
        ("loose mask", "7_mask.png: pictures of ground_truth/ lie in ground_truth/NAME"),
        ("too few", "train/good: 3 pictures; at least 4 are needed"),
        ("no picture", "test: there is no picture"),
        ("LOCO", "broken/000: no folder is expected there. This is the layout of MVTec LOCO"),
        ("VisA", "this is the layout of VisA"),
        ("AD 2", "this is the layout of MVTec AD 2"),
        ("mask missing", "crack/001.png: its mask .*crack/001_mask.png is missing.$"),
        ("mask misnamed", "001_mask.png is missing. There is 001.png: rename it."),
        ("mask to spare", "crack/009_mask.png: a mask without a picture in test/crack/"),
        ("kind without pictures", "dent/000_mask.png: a mask without a picture in test/dent/"),
        ("mask of a good part", "good/000_mask.png: good parts have no mask"),
        ("mask of another size", "001_mask.png: the mask has 50 x 60 pixels, its picture 60 x 50"),
        (
            "mask with greys",
            r"001_mask.png: a mask is black and white, but this one has \d+ values",
        ),
        ("empty mask", "001_mask.png: the mask marks nothing"),
        ("other size", "001.png: 40 x 40 pixels, but train/good/000.png has 60 x 50"),
        ("text", "notes.txt: not a picture of a known kind"),
        ("cut", "001.png: damaged, or not to be read"),
    ],
)
def test_other_layouts_and_damaged_files_are_named(folder, how, words):
    with pytest.raises(DataError, match=words):
        read_inspection_folder(broken(folder, how))


def test_sizes_that_are_too_small(folder, tmp_path):
    with pytest.raises(ValueError, match="32 pixels or more"):
        read_inspection_folder(folder, size=20)
    for path in folder.rglob("*.png"):
        save(path, size=(20, 20))
    with pytest.raises(DataError, match="20 x 20 pixels are too few"):
        read_inspection_folder(folder)
