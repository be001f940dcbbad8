"""The detector of `course inspect`, its measures, its page and the command itself."""

import html
import re

import numpy as np
import pytest
from scipy.signal import convolve2d
from skimage.filters import gabor_kernel
from sklearn.metrics import roc_auc_score

from course_utils import filter_bank, inspection
from course_utils.cli import main
from course_utils.inspection import Costs, alarm_level, inspect_parts, region_overlap
from course_utils.inspection_folder import read_inspection_folder
from course_utils.inspection_report import inspection_page
from course_utils.parts import load_parts, write_parts


@pytest.fixture(scope="module")
def plates(tmp_path_factory):
    return write_parts(tmp_path_factory.mktemp("drawn") / "plate", "plate", n=16)


@pytest.fixture(scope="module")
def found(plates):
    return inspect_parts(read_inspection_folder(plates))


def number(text: str, name: str) -> float:
    """A measure, as the page says it."""
    return float(re.search(rf">{re.escape(name)}</th><td>([\d.]+)<", text)[1])


def test_the_filters_are_what_slow_convolutions_are():
    x = np.random.default_rng(0).random((2, 40, 33)).astype("float32")
    answers = filter_bank.filter_bank(x)
    assert answers.shape == (2, 40, 33, 20) and answers.dtype == np.float32
    for place, (frequency, k) in {9: (0.1, 1), 14: (0.2, 2), 19: (0.33, 3)}.items():
        wave = gabor_kernel(
            frequency, np.pi * k / 4, sigma_x=0.5 / frequency, sigma_y=0.5 / frequency
        )
        wide = np.pad(x[1], 20, mode="reflect")
        slow = np.abs(convolve2d(wide, wave - wave.mean(), mode="same"))[20:-20, 20:-20]
        slow = filter_bank.ndimage.gaussian_filter(slow, 2)
        assert np.abs(answers[1, ..., place] - slow).max() < 1e-5
    grey = filter_bank.filter_bank(np.full((1, 64, 64), 0.3))
    assert np.allclose(grey[..., :3], 0.3) and np.abs(grey[..., 3:]).max() < 1e-3


def test_places_of_the_grid():
    x = np.random.default_rng(0).random((2, 33, 30)).astype("float32")
    patches = inspection.patch_pixels(x)
    assert patches.shape == (2, 8, 7, 25)
    assert np.array_equal(patches[1, 2, 3].reshape(5, 5), x[1, 8:13, 12:17])
    assert inspection.filter_answers(x).shape == (2, 8, 7, 20)
    ramp = np.add.outer(np.arange(33.0), 2 * np.arange(30.0))
    back = inspection.to_pixels(inspection.grid(ramp[None, ..., None])[..., 0], (33, 30))[0]
    assert np.allclose(back[2:31, 2:27], ramp[2:31, 2:27], atol=1e-4)


def slow_region_overlap(maps, masks, limit):
    """Threshold after threshold, region after region."""
    regions = []
    for one, mask in zip(maps, masks, strict=True):
        labels, n = inspection.ndimage.label(mask, np.ones((3, 3)))
        regions += [one[labels == k] for k in range(1, n + 1)]
    x, y = [0.0], [0.0]
    for t in np.unique(maps)[::-1]:
        x.append(float(np.mean(maps[~masks] >= t)))
        y.append(float(np.mean([np.mean(region >= t) for region in regions])))
    area = 0.0
    for a, b, low, high in zip(x[:-1], x[1:], y[:-1], y[1:], strict=True):
        if a >= limit:
            break
        if b > limit:
            b, high = limit, low + (high - low) * (limit - a) / (b - a)
        area += (b - a) * (low + high) / 2
    return area / limit


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("limit", [0.05, 0.3, 1.0])
def test_per_region_overlap_is_interpolated_at_its_limit(ties, limit):
    rng = np.random.default_rng(0)
    masks = rng.random((4, 12, 9)) < 0.08
    masks[2] = False
    maps = rng.normal(size=masks.shape) + masks
    maps = np.round(maps) if ties else maps
    exact = slow_region_overlap(maps, masks, limit)
    assert region_overlap(maps, masks, limit) == pytest.approx(exact, abs=1e-9)


def test_per_region_overlap_of_maps_that_say_all_or_nothing():
    masks = np.zeros((2, 10, 10), bool)
    masks[0, :4, :4] = masks[1, 7, 7] = True
    assert region_overlap(masks.astype(float), masks) == pytest.approx(1)
    assert region_overlap(np.zeros(masks.shape), masks) == pytest.approx(0.15)  # a straight line
    one_of_two = masks & (np.arange(2) == 0)[:, None, None]
    assert region_overlap(one_of_two.astype(float), masks) == pytest.approx(0.5 + 0.5 * 0.15)


def test_the_alarm_level_is_the_cheapest_for_the_line():
    rng = np.random.default_rng(1)
    bad = rng.random(60) < 0.5
    scores = rng.normal(size=60).round(1) + bad
    for costs in (Costs(), Costs(50, 1, 0.001), Costs(1, 9, 0.5), Costs(99, 1, 0.5)):
        level, price = alarm_level(scores, bad, costs)
        tries = [*scores, np.inf]
        prices = [costs.of(np.mean(scores[bad] < t), np.mean(scores[~bad] >= t)) for t in tries]
        mine = costs.of(np.mean(scores[bad] < level), np.mean(scores[~bad] >= level))
        assert price == pytest.approx(min(prices)) and mine == pytest.approx(price)
    apart, _ = alarm_level(np.array([0.0, 1, 5, 6]), np.array([0, 0, 1, 1]) == 1, Costs())
    assert apart == pytest.approx(3)  # the middle of the gap
    above, _ = alarm_level(np.array([1.0, 2, 4]), np.zeros(3, bool), Costs())
    assert above == pytest.approx(6)
    with pytest.raises(ValueError, match="from 0 to 1; got 1, 1 and 2"):
        Costs(1, 1, 2)


def test_measures_are_of_the_pictures_that_did_not_choose(found):
    rows, bad = found.judged, found.folder.kinds != "good"
    assert rows.sum() == 16 and (rows & bad).sum() == 8
    area = roc_auc_score(bad[rows], found.scores[rows])
    assert found.measures["image AUROC"] == pytest.approx(area) and area >= 0.85
    assert found.measures["pixel AUROC"] > 0.75
    assert found.measures["share of bad parts found"] == np.mean(found.alarms[rows & bad])
    assert found.maps.shape == found.folder.masks.shape
    assert found.milliseconds > 0 and found.scores[0] == inspection.score_of(found.maps[0])


def test_a_colour_that_grey_does_not_see(tmp_path):
    grey = load_parts("cloth", n=8).x_train
    pictures = np.repeat(255 * grey[..., None], 3, axis=-1)
    pictures[..., 0] += 8  # so that colours are in all of them
    dyed = pictures[:1].copy()
    dyed[0, 30:50, 40:60] += 60 * np.array([1, -0.509, 0])  # of the same brightness
    detector = inspection.Detector(pictures.clip(0, 255).astype("uint8"))
    heat_map = detector.heat_map(dyed.clip(0, 255).astype("uint8")[0])
    row, column = np.unravel_index(np.argmax(heat_map), heat_map.shape)
    assert 26 <= row <= 54 and 36 <= column <= 64


def test_the_page_says_what_was_measured_and_asks_for_nothing(found, tmp_path):
    page = inspection_page(found)
    text = page.save(tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|<script|src=\"(?!data:image/png)|@import|url\(", text)
    assert "default-src 'none'" in text and "prefers-color-scheme:dark" in text
    for name, value in found.measures.items():
        assert number(text, name) == pytest.approx(value, abs=5e-4)
    alts = re.findall(r'<img src="[^"]+" alt="([^"]*)"', text)
    assert len(alts) == 2 * len(found.folder.test) and all(len(alt) > 20 for alt in alts)
    assert text.count("<b>Alarm</b>") == found.alarms.sum()
    shown = page._repr_mimebundle_()["text/html"]
    assert shown.startswith("<iframe") and 'sandbox=""' in shown and shown.count("<iframe") == 1


def test_names_are_escaped(found, tmp_path):
    from dataclasses import replace

    names = ['test/<b>"x"&.png', *found.folder.names_test[1:]]
    folder = replace(found.folder, names_test=names, notes=["<i>odd</i>"])
    text = inspection_page(replace(found, folder=folder)).text
    assert "<b>&quot;x&quot;" not in text and html.escape(names[0]) in text
    assert "<i>" not in text


def test_the_command_inspects_a_folder(plates, tmp_path, monkeypatch, capsys):
    """The numbers of the demonstration, on small drawn parts."""
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", str(plates), "--costs", "50", "1", "0.02"]) == 0
    said = capsys.readouterr().out
    text = (tmp_path / "artifacts" / "inspection" / "plate.html").read_text(encoding="utf-8")
    assert "a miss costs 50 and a false alarm 1" in said and "Learnt from 16 good parts" in said
    assert f"image AUROC: {number(text, 'image AUROC'):.3f}" in said
    assert number(text, "image AUROC") >= 0.85
    assert number(text, "PRO to a false positive rate of 0.3") >= 0.6


def test_the_command_draws_parts_where_no_folder_is_named(tmp_path, monkeypatch, capsys):
    from course_utils import inspection_report

    def few(folder, part):
        return write_parts(folder, part, n=16)

    monkeypatch.setattr(inspection_report, "write_parts", few)
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # the second time the folder is there
        assert main(["inspect", "--to", "page.html"]) == 0
    assert (tmp_path / "artifacts" / "parts" / "cloth" / "train" / "good").is_dir()
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert number(text, "image AUROC") >= 0.9 and "Inspection of cloth" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere: there is no such folder"),
        (["."], "the folder train/ is missing"),
        ([".", "--costs", "1", "1", "2"], "from 0 to 1"),
        ([".", "--size", "3"], "32 pixels or more"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", *arguments]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "artifacts").exists()
