"""The plane of codes: what Python decodes is what the browser is sent."""

import io

import numpy as np
import pytest
from PIL import Image

from course_utils.explorers import PlaneExplorer, explore_codes, explore_plane


def decode(codes):
    """A picture (6, 4) whose grey values depend on both numbers of the code."""
    assert codes.shape == (1, 2) and codes.dtype == np.float32
    rows, columns = np.mgrid[0:6, 0:4] / 10
    return np.clip(rows * codes[0, 0] + columns * codes[0, 1], 0, 1)


def shown(plane):
    return np.frombuffer(plane.image, "uint8").reshape(plane.shape)


def test_the_picture_follows_the_point():
    plane = explore_plane(decode, start=(1.0, 0.5))
    for point in ([1.0, 0.5], [0.3, 2.0], [2.5, -1.0]):
        plane.point = point
        wanted = decode(np.array([point], dtype="float32"))
        assert np.abs(shown(plane) / 255 - wanted).max() <= 0.5 / 255 + 1e-6


def test_a_batch_of_one_picture_is_as_good():
    plane = explore_plane(lambda codes: decode(codes)[None], start=(1.0, 1.0))
    assert plane.shape == [6, 4] and shown(plane).max() == round(255 * 0.8)


def test_the_handle_stays_in_the_plane():
    plane = explore_plane(decode, extent=2.0)
    plane.point = [5.0, -7.0]
    assert plane.point == [2.0, -2.0]


def test_codes_become_dots_with_labels():
    codes = np.array([[0.12345, 1.0], [-1.0, 2.0]], dtype="float32")
    plane = explore_plane(decode, codes, np.array([7, 3]))
    assert plane.dots == [[0.123, 1.0, 7], [-1.0, 2.0, 3]]
    assert explore_plane(decode, codes).dots[0][2] == -1
    assert len(plane.colors) == 10 and all(c.startswith("#") for c in plane.colors)


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        explore_plane(decode, np.zeros((5, 3)))
    with pytest.raises(ValueError, match="5 codes, but 4 labels"):
        explore_plane(decode, np.zeros((5, 2)), np.zeros(4))


def test_sliders_draw_in_grey_and_in_colour():
    codes = np.array([[0.0, 1.0, 5.0], [1.0, 0.0, 7.0]])
    for end in ((), (3,)):
        box = explore_codes(
            lambda c, end=end: np.full((6, 4, *end), c[0, 0]), codes, [0, 2], zoom=3
        )
        picture, column = box.children

        def shown(picture=picture):
            with Image.open(io.BytesIO(picture.value)) as image:
                return np.asarray(image.convert("RGB"))

        assert shown().shape == (18, 12, 3) and shown().max() == 0
        assert [slider.max for slider in column.children[1:]] == [1.0, 7.0]
        column.children[1].value = 1.0
        assert shown().min() == 255


def test_the_browsers_half_is_shipped():
    assert "export default" in str(PlaneExplorer._esm)


def test_long_labels_get_room():
    names = ["hair, black to pink", "skin"]
    box = explore_codes(decode, np.zeros((2, 2)), [0, 1], names=names)
    column = box.children[1].children
    assert [slider.description for slider in column[1:]] == names
    for one in column:  # a letter of JupyterLab's font is less than 8 pixels wide
        room = int(one.style.description_width.removesuffix("px"))
        assert room >= 8 * len(names[0]) and one.layout.width == f"{room + 220}px"
    assert len(explore_codes(decode, np.zeros((2, 2)), []).children[1].children) == 1
