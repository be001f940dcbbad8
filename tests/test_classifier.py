"""The digit classifier reads digits it never saw, and refuses what it cannot judge."""

import numpy as np
import pytest

from course_utils import classifier
from course_utils.data import DataError, gaussian_digits, load_digits


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


def test_the_judge_finds_real_digits_real_and_others_not():
    digits = load_digits()
    real = classifier.judge(digits.x_val)
    assert real["confident"] > 0.95 and abs(real["most frequent class"] - 0.1) < 0.02
    assert abs(real["distance"]) < 0.1
    gaussian = classifier.judge(gaussian_digits(digits.x_train, 300, seed=0))
    assert gaussian["confident"] < 0.7 and 1 < gaussian["distance"] < 10
    noise = classifier.judge(np.random.default_rng(0).random((50, 28, 28)))
    assert noise["distance"] > 20 and noise["most frequent class"] > 0.9


def test_one_digit_again_and_again_gives_itself_away():
    digits = load_digits()
    verdict = classifier.judge(np.repeat(digits.x_test[3:4], 30, axis=0))
    assert verdict["most frequent class"] == 1 and verdict["distance"] > 5


def test_the_distance_is_the_energy_distance_in_the_classifiers_features():
    digits = load_digits()
    images, real = digits.x_train[:23] ** 0.5, digits.x_val[:31]
    a, b = (classifier.features(x).astype(float) for x in (images, real))

    def mean(pairs):
        return np.mean([np.linalg.norm(p - q) for p, q in pairs])

    within = [[(p, q) for i, p in enumerate(x) for j, q in enumerate(x) if i != j] for x in (a, b)]
    expected = 2 * mean([(p, q) for p in a for q in b]) - mean(within[0]) - mean(within[1])
    found = classifier.compare(*classifier.look(images), classifier.features(real))
    assert found["distance"] == pytest.approx(expected, rel=1e-5)


def test_the_distance_has_no_bias_whatever_the_number_of_images():
    images = np.random.default_rng(0).permutation(load_digits().x_train)[:1200]
    small = [classifier.judge(x)["distance"] for x in np.split(images, 60)]
    large = classifier.judge(images)["distance"]
    # with the pairs of an image with itself it would be larger by 0.5
    assert np.mean(small) == pytest.approx(large, abs=3 * np.std(small) / 60**0.5)


def test_one_image_alone_is_not_judged():
    with pytest.raises(ValueError, match="two images"):
        classifier.judge(load_digits().x_test[:1])
