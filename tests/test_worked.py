"""Small worked examples, and mistakes that explain an answer by chance."""

import numpy as np
import pytest

from course_utils.check import CheckError
from course_utils.checks.worked import confirmed, first_wrong, in_digits

CASES = [
    ("with [1]", ([1.0],), 1.0, ""),
    ("with [1, 2]", ([1.0, 2.0],), 1.5, "(1 + 2) / 2"),
    ("with [1, 2, 6]", ([1.0, 2.0, 6.0],), 3.0, "(1 + 2 + 6) / 3"),
]


def test_the_first_wrong_case_is_told():
    assert first_wrong(np.median, CASES, 0.3, 0.2) == (
        "with [1, 2, 6]: got 2, expected (1 + 2 + 6) / 3 = 3."
    )
    assert first_wrong(np.sum, CASES, 0.3, 0.2).startswith("with [1, 2]: got 3")
    assert first_wrong(np.mean, CASES, 0.3, 0.2) == ""


def test_a_case_that_cannot_be_done_is_passed_over():
    def picky(values):
        if len(values) == 2:
            raise CheckError("no")
        return np.sum(values)

    assert first_wrong(picky, CASES, 0.3, 0.2).startswith("with [1, 2, 6]")


def test_what_all_values_have_in_common_says_more_than_a_case():
    right = np.array([1.0, 2.0, 4.0])
    assert first_wrong(np.sum, CASES, 5 * right, right) == ""
    assert first_wrong(np.sum, CASES, right + [0, 0, 1], right) != ""


def test_a_mistake_by_chance_is_not_named():
    def mistakes(values):
        return {"the sum": np.sum(values), "the largest": np.max(values)}

    one, other = (np.array([0.0, 2.0]),), (np.array([1.0, 2.0]),)
    assert list(confirmed(mistakes, np.sum, one)()) == ["the sum", "the largest"]
    assert list(confirmed(mistakes, np.sum, one, other)()) == ["the sum"]
    assert confirmed(mistakes, np.median, one, other)() == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.3333"),
        (1e-17, "0"),
        (float("nan"), "nan"),
        ([[1, 0.5]], "[[1, 0.5]]"),
        (np.zeros((5, 7)), "an array of shape (5, 7)"),
    ],
)
def test_numbers_in_few_digits(value, text):
    assert in_digits(value) == text
