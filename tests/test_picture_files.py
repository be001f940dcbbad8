import numpy as np
import pytest

from course_utils.content_credentials import add_credentials, read_credentials
from course_utils.picture_files import (
    as_displayed,
    as_stored,
    from_png,
    saved_again,
    through_jpeg,
    to_png,
    with_text_chunk,
)

PICTURE = np.random.default_rng(0).random((12, 9, 3)).astype("float32")


def test_a_png_keeps_256_levels_and_its_texts():
    pixels, text = from_png(to_png(PICTURE, {"maker": "me", "more": "ü"}))
    assert pixels.dtype == np.uint8 and text == {"maker": "me", "more": "ü"}
    np.testing.assert_array_equal(pixels, np.round(255 * PICTURE))
    np.testing.assert_allclose(as_stored(PICTURE), pixels / np.float32(255))
    assert as_stored(PICTURE).dtype == np.float32


def test_values_outside_are_cut_off():
    np.testing.assert_array_equal(as_stored(np.array([-0.3, 0.0, 1.0, 1.7])), [0, 0, 1, 1])


def test_a_chunk_is_added_and_lost_when_the_picture_is_saved_again():
    file = to_png(PICTURE, {"maker": "me"})
    more = with_text_chunk(file, "Comment", "hi")
    assert len(more) > len(file)
    pixels, text = from_png(more)
    assert text == {"maker": "me", "Comment": "hi"}
    again, nothing = from_png(saved_again(more))
    assert nothing == {}
    np.testing.assert_array_equal(again, pixels)


def test_a_notebook_keeps_the_bytes_of_a_file_but_not_the_texts_of_a_picture():
    from IPython.display import Image

    file = to_png(PICTURE, {"maker": "me"})
    assert Image(data=file).data == file
    pixels, text = from_png(as_displayed(file))
    assert text == {}
    np.testing.assert_array_equal(pixels, from_png(file)[0])


@pytest.mark.parametrize("n", [0, 1, 3])
def test_jpeg_keeps_shape_and_range(n):
    pictures = np.random.default_rng(1).random((n, 16, 24, 3))
    found = through_jpeg(pictures, 50)
    assert found.shape == pictures.shape and found.dtype == np.float32
    assert n == 0 or (found.min() >= 0 and found.max() <= 1)


def test_lower_quality_leaves_less():
    smooth = np.linspace(0, 1, 32)[None, :, None, None] * np.ones((1, 32, 32, 3))
    noisy = np.clip(smooth + np.random.default_rng(2).normal(0, 0.1, smooth.shape), 0, 1)
    errors = [np.abs(through_jpeg(noisy, q) - noisy).mean() for q in (95, 50, 5)]
    assert errors == sorted(errors)


def test_content_credentials_as_the_lesson_says():
    signed = add_credentials(to_png(PICTURE), "a test")
    assert read_credentials(signed) == ("Valid", ["signingCredential.untrusted"])
    verdict, remarks = read_credentials(with_text_chunk(signed, "Comment", "hi"))
    assert verdict == "Invalid" and "assertion.dataHash.mismatch" in remarks
    assert read_credentials(saved_again(signed)) == ("none", [])
    assert read_credentials(to_png(PICTURE)) == ("none", [])
    np.testing.assert_array_equal(from_png(signed)[0], from_png(to_png(PICTURE))[0])


def test_a_changed_pixel_makes_credentials_invalid():
    signed = bytearray(add_credentials(to_png(PICTURE), "a test"))
    place = bytes(signed).index(b"IDAT") + 20
    signed[place] ^= 1
    assert read_credentials(bytes(signed))[0] == "Invalid"
