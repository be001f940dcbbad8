"""The digit classifier reads digits it never saw, and refuses what it cannot judge."""

import numpy as np
import pytest

from course_utils import classifier
from course_utils.data import DataError, load_digits


def test_it_reads_held_out_digits():
    digits = load_digits()
    chances = classifier.probabilities(digits.x_test)
    assert chances.shape == (500, 10) and chances.dtype == np.float32
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert np.mean(chances.argmax(axis=1) == digits.y_test) >= 0.97


def test_features_do_not_depend_on_the_batch_or_the_channel_axis():
    images = load_digits().x_val[:7]
    found = classifier.features(images)
    assert found.shape == (7, classifier.FEATURES)
    np.testing.assert_allclose(classifier.features(images[..., None]), found)
    np.testing.assert_allclose(classifier.features(images[3:4]), found[3:4], atol=1e-5)


def test_no_images_give_no_features():
    assert classifier.features(np.zeros((0, 28, 28))).shape == (0, classifier.FEATURES)


def test_more_images_than_a_batch_keep_their_order():
    images = load_digits().x_train[:1100]
    np.testing.assert_allclose(
        classifier.features(images)[::250], classifier.features(images[::250]), atol=1e-5
    )


@pytest.mark.parametrize(
    "images, says",
    [
        (np.zeros((3, 784)), "shape"),
        (np.full((2, 28, 28), 255.0), "values in"),
        (np.full((2, 28, 28), -1.0), "values in"),
    ],
)
def test_wrong_images_are_refused(images, says):
    with pytest.raises(ValueError, match=says):
        classifier.features(images)


def test_damaged_weights_are_named(monkeypatch, tmp_path):
    (tmp_path / classifier.FILE).write_bytes(b"not weights")
    monkeypatch.setattr(classifier, "data_dir", lambda: tmp_path)
    with pytest.raises(DataError, match="digit_classifier.npz.*remake"):
        classifier.load_classifier.__wrapped__()


def test_the_weights_are_under_one_megabyte():
    assert (classifier.data_dir() / classifier.FILE).stat().st_size < 1_000_000
