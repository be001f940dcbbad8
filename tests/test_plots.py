"""Figures hold what they should, and none is shown without words for it."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course_utils import explorers, plots


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


IMAGES = np.random.default_rng(0).random((7, 28, 28))


def test_a_figure_needs_alt_text():
    with pytest.raises(ValueError, match="alt text"):
        plots.show(plots.image_grid(IMAGES), alt=" ")


def test_show_puts_the_alt_text_into_the_output_and_closes(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", shown.append)
    plots.show(plots.image_grid(IMAGES), alt="seven squares of noise")
    data, metadata = shown[0]._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == "seven squares of noise"
    assert plt.get_fignums() == []


def test_named_figures_are_saved_when_asked(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_FIGURES", str(tmp_path / "pictures"))
    monkeypatch.setattr(plots, "display", lambda image: None)
    plots.show(plots.image_grid(IMAGES), alt="noise", name="noise")
    assert (tmp_path / "pictures" / "noise.png").read_bytes().startswith(b"\x89PNG")


def test_a_film_moves_and_closes_its_figures(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", shown.append)
    plots.film((plots.image_grid(IMAGES * k / 4) for k in range(5)), alt="noise gets brighter")
    moving = Image.open(io.BytesIO(shown[0].png))
    assert moving.is_animated and moving.n_frames == 6  # the still one and five
    brightness = []
    for k in range(1, 6):
        moving.seek(k)
        brightness.append(np.asarray(moving.convert("L")).mean())
    assert sorted(brightness) == brightness and brightness[-1] > brightness[0] + 20
    assert plt.get_fignums() == []


def test_a_film_of_nothing_or_of_several_sizes_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        plots.film([], alt="nothing")
    with pytest.raises(ValueError, match="one size"):
        plots.film([plots.image_grid(IMAGES), plots.image_grid(IMAGES, columns=2)], alt="two")
    with pytest.raises(ValueError, match="alt text"):
        plots.film([plots.image_grid(IMAGES)], alt="")


def test_image_grid_shows_every_image_and_hides_the_rest():
    fig = plots.image_grid(IMAGES, columns=4, titles=list("abcdefg"))
    assert [len(ax.images) for ax in fig.axes] == [1] * 7 + [0]
    assert fig.axes[3].get_title() == "d"


def test_image_grid_takes_colour_and_refuses_a_single_image():
    plots.image_grid(np.zeros((2, 8, 8, 3)))
    with pytest.raises(ValueError, match="shape"):
        plots.image_grid(IMAGES[0])


def test_image_rows_labels_rows_and_refuses_ragged_ones():
    fig = plots.image_rows({"before": IMAGES[:3], "after": IMAGES[3:6]})
    assert [fig.axes[0].get_ylabel(), fig.axes[3].get_ylabel()] == ["before", "after"]
    with pytest.raises(ValueError, match="same number"):
        plots.image_rows({"before": IMAGES[:3], "after": IMAGES})


def test_training_curves_draws_histories_and_target():
    fig = plots.training_curves({"loss": [3.0, 2.0], "val_loss": [3.0, 2.5]}, "net", target=1.0)
    labels = [text.get_text() for text in fig.axes[0].get_legend().get_texts()]
    assert labels == ["training", "validation", "1"]


def test_spectrum_accumulates():
    fig = plots.spectrum({"digits": np.array([0.5, 0.3, 0.2])}, "variance", marks=(2,))
    assert fig.axes[0].lines[0].get_ydata().tolist() == pytest.approx([50, 80, 100])
    assert "2: 80 %" in [text.get_text() for text in fig.axes[0].texts]


def test_code_map_has_a_glyph_for_each_class_and_wants_two_numbers():
    fig = plots.code_map(np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 10, "codes")
    assert len(fig.axes[0].collections) == 10
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        plots.code_map(np.zeros((5, 3)), np.zeros(5), "codes")


def test_the_explorer_redraws_when_a_slider_moves():
    codes = np.array([[0.0, 1.0], [1.0, 0.0]])
    seen = []

    def decode(code):
        seen.append(code.copy())
        return np.full((28, 28), code[0, 1])

    box = explorers.explore_codes(decode, codes, units=[1], names=["brightness"])
    picture, (start, slider) = box.children[0], box.children[1].children
    before = picture.value
    slider.value = 0.25
    assert picture.value != before and seen[-1].tolist() == [[0.0, 0.25]]
    start.value = 1
    assert seen[-1].tolist() == [[1.0, 0.0]] and slider.value == 0.0


def test_the_explorer_refuses_a_single_code():
    with pytest.raises(ValueError, match=r"\(n, d\)"):
        explorers.explore_codes(lambda code: code, np.zeros(3), units=[0])
