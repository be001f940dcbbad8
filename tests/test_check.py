"""Checks accept what is right, and say in words what is not."""

import numpy as np
import pytest

from course_utils import check
from course_utils.check import CheckError


def test_array_accepts_lists_and_returns_numpy():
    result = check.array([[1, 2], [3, 4]], "codes", shape=(None, 2), kind="integer")
    assert result.tolist() == [[1, 2], [3, 4]]


def test_array_accepts_a_tensor():
    import keras

    tensor = keras.ops.ones((2, 3))
    assert check.array(tensor, "codes", shape=(2, 3), kind="float").sum() == 6


@pytest.mark.parametrize(
    ("value", "options", "words"),
    [
        (None, {}, "return"),
        ("text", {}, "got str"),
        ([[1.0], [1.0, 2.0]], {}, "got list"),
        (np.ones((3, 2)), {"shape": (None, 3)}, r"shape is \(3, 2\), expected \(any, 3\)"),
        (np.ones(3), {"shape": (3, 1)}, "shape"),
        (np.ones(3), {"kind": "integer"}, "expected integer"),
        ([1.0, np.nan, np.inf], {}, "2 of 3 values are NaN or infinite"),
        (np.array([1 + 2j]), {}, "expected an array of numbers"),
    ],
)
def test_array_says_what_is_wrong(value, options, words):
    with pytest.raises(CheckError, match=words):
        check.array(value, "codes", **options)


def test_number_refuses_an_array_and_takes_a_numpy_scalar():
    assert check.number(np.float32(0.5), "entropy") == 0.5
    with pytest.raises(CheckError, match="shape"):
        check.number([0.5], "entropy")


def test_close_has_a_tolerance_relative_to_the_largest_value():
    check.close([1e6, 1.0], [1e6 + 50, 1.0], "values", rtol=1e-4)
    with pytest.raises(CheckError, match=r"at \[1\]"):
        check.close([1e6, 500.0], [1e6, 1.0], "values", rtol=1e-4)


def test_close_names_a_known_mistake():
    with pytest.raises(CheckError, match="nats"):
        check.close(0.693147, 1.0, "entropy", mistakes={"this is in nats": np.log(2)})


def test_close_falls_back_to_the_numbers():
    with pytest.raises(CheckError, match="got 3, expected 2"):
        check.close(3.0, 2.0, "entropy", mistakes={"halved": 1.0})


def test_close_ignores_a_mistake_of_another_shape():
    with pytest.raises(CheckError, match="wrong values"):
        check.close([3.0, 3.0], [2.0, 2.0], "x", mistakes={"flat": 3.0})


def test_differ_and_unchanged():
    check.differ([1.0], [2.0], "constant")
    with pytest.raises(CheckError, match="constant"):
        check.differ([1.0], [1.0], "constant")
    check.unchanged([1, 2], [1, 2], "x")
    with pytest.raises(CheckError, match="in place"):
        check.unchanged([1, 2], [1, 3], "x")


@pytest.mark.parametrize(
    ("value", "words"), [(None, "return"), (3, "got int"), ((1,), "got 1"), ("ab", "got str")]
)
def test_several_counts_the_results(value, words):
    with pytest.raises(CheckError, match=words):
        check.several(value, "mean", "components")


def test_several_returns_the_results():
    assert check.several([1, 2], "a", "b") == (1, 2)


def test_a_notebook_shows_the_message_without_a_traceback():
    assert CheckError("too few rows")._render_traceback_() == ["✗ Not yet: too few rows"]
