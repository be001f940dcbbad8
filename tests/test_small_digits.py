"""Digits of 16 × 16 pixels: the way there and back, and their judge."""

import numpy as np
import pytest

from course_utils import classifier
from course_utils.data import load_digits
from course_utils.small_digits import enlarge, judge_asked, shrink


def test_there_and_back():
    images = load_digits().x_val[:50]
    small = shrink(images)
    assert small.shape == (50, 16, 16, 1) and small.dtype == np.float32
    assert small.min() >= -1 and small.max() <= 1
    back = enlarge(small)
    assert back.shape == images.shape and back.min() >= 0 and back.max() <= 1
    assert np.mean((back - images) ** 2) < 0.1 * np.var(images)
    assert np.array_equal(enlarge(small[..., 0]), back)
    assert np.array_equal(enlarge(small + 9), enlarge(np.ones_like(small)))


def test_real_digits_pass_and_shuffled_questions_do_not():
    digits = load_digits()
    verdict = judge_asked(shrink(digits.x_val), digits.y_val)
    assert verdict["asked"] > 0.97 and verdict["confident"] > 0.93
    assert verdict["coverage"] > 0.88 and abs(verdict["distance"]) < 0.06
    assert verdict["near-copies"] < 0.03
    right = classifier.probabilities(enlarge(shrink(digits.x_val))).argmax(axis=1)
    wrong = judge_asked(shrink(digits.x_val), (right + 1) % 10)
    assert wrong["asked"] == 0 and wrong["coverage"] == verdict["coverage"]


def test_copies_and_collapse_are_seen():
    digits = load_digits()
    copies = judge_asked(shrink(digits.x_train[:100]), digits.y_train[:100])
    assert copies["near-copies"] == 1
    one = judge_asked(np.repeat(shrink(digits.x_val[:1]), 100, axis=0), np.zeros(100))
    assert one["coverage"] < 0.1 and one["distance"] > 1


@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 16, 15, 1), (16, 16)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="expected pictures"):
        enlarge(np.zeros(shape))


def test_other_questions_are_refused():
    with pytest.raises(ValueError, match="digits asked for"):
        judge_asked(np.zeros((3, 16, 16, 1)), np.zeros(2))
    with pytest.raises(ValueError, match="expected images"):
        shrink(np.zeros((3, 16, 16)))
