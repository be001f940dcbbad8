"""Figures hold what they should, and none is shown without words for it."""

import io
import os
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course_utils import explorers, pictures, plots
from tests.bank import ROOT


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
    monkeypatch.setattr(pictures, "display", shown.append)
    plots.show(plots.image_grid(IMAGES), alt="seven squares of noise")
    data, metadata = shown[0]._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == "seven squares of noise"
    assert plt.get_fignums() == []


def test_named_figures_are_saved_when_asked(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_FIGURES", str(tmp_path / "pictures"))
    monkeypatch.setattr(pictures, "display", lambda image: None)
    plots.show(plots.image_grid(IMAGES), alt="noise", name="noise")
    assert (tmp_path / "pictures" / "noise.png").read_bytes().startswith(b"\x89PNG")


def _grey_and_noisy():
    return plots.image_grid(np.random.default_rng(0).random((2, 100, 100)), size=4)


@pytest.mark.parametrize("make", [_grey_and_noisy, lambda: plots.image_grid(IMAGES)])
def test_a_saved_figure_stays_below_60_kilobytes(make, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_FIGURES", str(tmp_path))
    monkeypatch.setattr(pictures, "display", lambda image: None)
    plots.show(make(), alt="noise", name="31_vae")
    saved = tmp_path / "31_vae.png"
    assert saved.stat().st_size <= 60_000
    darkest, lightest = Image.open(saved).convert("L").getextrema()
    assert darkest < 100 and lightest == 255


def test_a_small_picture_keeps_its_size_and_colours_if_it_can():
    fig = plots.curves({"a": [1, 2, 3], "b": [3, 2, 2]}, title="Two curves")
    small = Image.open(io.BytesIO(pictures.small_png(fig)))
    large = Image.open(io.BytesIO(pictures._png(fig, 1))).convert("RGB")
    assert small.size == large.size
    difference = np.asarray(small.convert("RGB"), float) - np.asarray(large, float)
    assert np.abs(difference).max() == 0  # it fits in full colour
    with pytest.raises(ValueError, match="not 100"):
        pictures.small_png(fig, limit=100)


# what a matplotlibrc of the user's may say: white on black, or LaTeX that is not installed
DARK = """
text.color: white
axes.labelcolor: white
axes.edgecolor: white
xtick.color: white
ytick.color: white
axes.facecolor: black
figure.facecolor: black
"""
DRAW = """if True:
    import sys
    import matplotlib.pyplot as plt
    exec(sys.argv[2])
    from course_utils import plots
    fig = plots.curves({"a": [1, 2], "b": [2, 1]}, title="Title", xlabel="x", ylabel="y")
    open(sys.argv[1], "wb").write(plots.Picture(fig, "two curves").png)
    own, ax = plt.subplots()  # as a lesson draws
    ax.set_title("Title")
    own.savefig(sys.argv[1] + ".own.png")"""


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    folder = tmp_path_factory.mktemp("usual")
    (folder / "matplotlibrc").write_text("")
    return _drawn(folder)


def _drawn(folder, before=""):
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(folder / "figure.png"), before],
        cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"MATPLOTLIBRC": str(folder), "MPLBACKEND": "Agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [np.asarray(Image.open(folder / n)) for n in ("figure.png", "figure.png.own.png")]


@pytest.mark.parametrize(
    ("rc", "before"),
    [
        (DARK, ""),
        ("text.usetex: True\nfont.size: 30\nsavefig.transparent: True", ""),
        ("", "plt.style.use('dark_background')"),
    ],
    ids=["dark", "latex", "style"],
)
def test_figures_do_not_depend_on_the_users_matplotlib(rc, before, usual, tmp_path):
    (tmp_path / "matplotlibrc").write_text(rc)
    for mine, other in zip(_drawn(tmp_path, before), usual, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_shown_figure_is_dark_on_opaque_white(usual):
    picture = usual[0]
    assert picture[..., :3].min() < 60  # the text
    assert (picture[0, 0] == 255).all() and (picture[..., 3:] == 255).all()


def test_curves_of_several_seeds_have_a_band_and_places_of_their_own():
    fig = plots.curves(
        {"one": [1.0, 2.0, 3.0], "two": [[1.0, 1.0, 4.0], [3.0, 1.0, 2.0]]}, x=[2, 8, 32],
        title="Error", xlabel="latent dimension", ylabel="error", log_x=True, log_y=True,
        target=2.0, target_name="PCA",
    )  # fmt: skip
    (ax,) = fig.axes
    assert ax.lines[1].get_ydata().tolist() == [2, 1, 3] and len(ax.collections) == 1
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["one", "two", "PCA"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2", "8", "32"]
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == (
        "Error", "latent dimension", "error"
    )  # fmt: skip
    assert plots.curves({"a": [5.0, 6.0]}).axes[0].lines[0].get_xdata().tolist() == [1, 2]


def test_a_film_moves_and_closes_its_figures(monkeypatch):
    shown = []
    monkeypatch.setattr(pictures, "display", shown.append)
    plots.film((plots.image_grid(IMAGES * k / 4) for k in range(5)), alt="noise gets brighter")
    moving = Image.open(io.BytesIO(shown[0].png))
    assert moving.is_animated and moving.n_frames == 6  # the still one and five
    brightness = []
    for k in range(1, 6):
        moving.seek(k)
        brightness.append(np.asarray(moving.convert("L")).mean())
    assert sorted(brightness) == brightness and brightness[-1] > brightness[0] + 20
    assert plt.get_fignums() == []


def test_in_a_film_what_does_not_change_keeps_its_colour(monkeypatch):
    shown, rng = [], np.random.default_rng(0)
    still = np.array([[[0.95, 0.55, 0.75], [0.5, 0.35, 0.75]]])  # pink and purple hair
    noise = lambda: rng.uniform(size=(1, 20, 20, 3))  # noqa: E731  many colours, others each time
    pictures_of = lambda: [np.tile(still, (20, 10, 1)), noise()[0]]  # noqa: E731
    monkeypatch.setattr(pictures, "display", shown.append)
    plots.film((plots.image_grid(np.stack(pictures_of())) for _ in range(4)), alt="a still face")
    moving, hair = Image.open(io.BytesIO(shown[0].png)), []
    for k in range(1, 5):
        moving.seek(k)
        colors = np.asarray(moving.convert("RGB"), int).reshape(-1, 3)
        hair.append([np.abs(colors - 255 * color).max(axis=1).min() for color in still[0]])
    assert np.max(hair) < 20 and np.ptp(hair, axis=0).max() == 0


def test_a_film_of_nothing_or_of_several_sizes_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        plots.film([], alt="nothing")
    with pytest.raises(ValueError, match="one size"):
        plots.film([plots.image_grid(IMAGES), plots.image_grid(IMAGES, columns=2)], alt="two")
    with pytest.raises(ValueError, match="alt text"):
        plots.film([plots.image_grid(IMAGES)], alt="")


def _places(fig) -> np.ndarray:
    """Left and upper edges of a figure's pictures, in widths of one."""
    return np.array([image.get_extent() for image in fig.axes[0].images])[:, [0, 3]]


def _words(fig) -> list[str]:
    return [text.get_text() for text in fig.axes[0].texts]


def _row_names(fig) -> list[str]:
    return [label.get_text() for label in fig.axes[0].get_yticklabels()]


def test_image_grid_shows_every_image_below_its_title():
    fig = plots.image_grid(IMAGES, columns=4, titles=list("abcdefg"))
    shown = [image.get_array() for image in fig.axes[0].images]
    assert np.array_equal(shown, IMAGES)
    places = _places(fig)
    assert places[:, 0] == pytest.approx([0, 1.1, 2.2, 3.3, 0, 1.1, 2.2])
    assert places[:, 1] == pytest.approx([0.3] * 4 + [1.7] * 3)
    assert _words(fig) == list("abcdefg")
    title = fig.axes[0].texts[3]
    assert title.get_position() == pytest.approx((3.3 + 0.5, 0.3 - 0.04))


def test_a_grids_pictures_look_as_they_are():
    """Three pictures of two grey values, found again in the pixels of the drawn figure."""
    pictures_of = np.stack([np.full((4, 4), value) for value in (0.0, 0.4, 0.8)])
    fig = plots.image_grid(pictures_of, size=1.0)
    fig.canvas.draw()
    middle = np.asarray(fig.canvas.buffer_rgba())[..., 0]
    row = middle[len(middle) // 2]
    runs = row[np.flatnonzero(np.diff(row, prepend=300))].tolist()
    assert [value for value in runs if value in (0, 102, 204)] == [0, 102, 204]


def test_image_grid_takes_colour_and_refuses_a_single_image():
    plots.image_grid(np.zeros((2, 8, 8, 3)))
    with pytest.raises(ValueError, match="shape"):
        plots.image_grid(IMAGES[0])


def test_a_long_label_of_image_rows_does_not_touch_the_edge(tmp_path):
    rows = {f"target clean, w = {k}": np.zeros((10, 28, 28)) for k in range(4)}
    plots.image_rows(rows, "Digits", size=0.7).savefig(tmp_path / "rows.png", dpi=220)
    drawn = plt.imread(tmp_path / "rows.png")[..., 0] < 0.9
    assert not drawn[:, :10].any()


def test_image_rows_labels_rows_and_refuses_ragged_ones():
    rows = {"before": IMAGES[:3], "small": IMAGES[3:6, ::4, ::4]}
    fig = plots.image_rows(rows, titles=["first", "second"])
    assert _row_names(fig) == ["before", "small"]
    # a picture of fewer pixels takes the same room
    assert _places(fig)[:, 0] == pytest.approx([0, 1.1, 2.2] * 2)
    assert _places(fig)[:, 1] == pytest.approx([0.3] * 3 + [1.4] * 3)
    assert fig.axes[0].get_yticks() == pytest.approx([0.8, 1.9])
    assert _words(fig) == ["first", "second"]
    with pytest.raises(ValueError, match="same number"):
        plots.image_rows({"before": IMAGES[:3], "after": IMAGES})


@pytest.mark.parametrize("columns", [4, 10])
def test_no_name_of_a_row_is_cut_off(columns):
    names = ("PCA, 128", "sigmoid output, 128", " ", "")  # a row may go on without a name
    fig = plots.image_rows({name: IMAGES[:columns] for name in names})
    fig.canvas.draw()
    for name in fig.axes[0].get_yticklabels():
        assert name.get_window_extent().x0 >= 1


def test_heat_rows_show_chosen_pictures_above_their_maps_on_one_scale():
    maps = np.arange(6 * 28 * 28.0).reshape(6, 28, 28)
    fig = plots.heat_rows(IMAGES[:6], IMAGES[:6] > 0.5, {"mine": maps}, [4, 1], ["bad", "good"])
    assert _row_names(fig) == ["part", "defect", "mine"]
    assert _words(fig) == ["bad", "good"]
    above, hot = fig.axes[0].images[1], fig.axes[0].images[4]
    assert np.array_equal(above.get_array(), IMAGES[1])
    assert np.array_equal(hot.get_array(), maps[4])
    assert hot.get_clim() == pytest.approx((np.median(maps), np.quantile(maps, 0.99)))
    assert hot.get_cmap().name == "inferno" != above.get_cmap().name


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


def test_intervals_are_marked_by_where_they_lie():
    rows = {"better": (0.5, 0.4, 0.7), "unsure": (0.9, 0.7, 1.2), "worse": (2.0, 1.1, 3.0)}
    fig = plots.intervals(rows, "Effects", "ratio")
    ax = fig.axes[0]
    markers = [line.get_marker() for line in ax.lines[1:6:2]]
    assert markers == ["o", "s", "^"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(rows)
    assert [line.get_xdata()[0] for line in ax.lines[0:6:2]] == [0.4, 0.7, 1.1]
    assert ax.get_xscale() == "log"


def test_shares_stand_beside_one_another_with_their_intervals():
    found = {
        "real": [[0.5, 0.4, 0.6], [0.5, 0.45, 0.7]],
        "made": [[0.0, 0.0, 0.1], [1.0, 0.9, 1.0]],
    }
    fig = plots.shares(found, ["cats", "dogs"], [0.5, 0.5], "Cats and dogs", "animal")
    (ax,) = fig.axes
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["cats", "dogs"]
    drawn = [bar.lines[0].get_xydata() for bar in ax.containers]
    np.testing.assert_allclose(drawn[0][:, 1], [50, 50])
    np.testing.assert_allclose(drawn[1][:, 1], [0, 100])
    assert drawn[0][0, 0] < drawn[1][0, 0] < drawn[0][1, 0]
    spans = ax.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose([span[:, 1] for span in spans], [[40, 60], [45, 70]])


def test_a_timeline_puts_papers_at_their_months():
    fig = plots.timeline(
        {"first": ("1406.2661", "a"), "second": ("1812.04948", "b")}, "title", "new"
    )
    places = [line.get_xdata()[0] for line in fig.axes[0].lines if len(line.get_xdata())]
    assert places == pytest.approx([2014 + 5.5 / 12, 2018 + 11.5 / 12])
    assert {text.get_text() for text in fig.axes[0].texts} == {"first", "second"}
