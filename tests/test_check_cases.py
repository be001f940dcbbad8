"""Small worked examples, and mistakes that explain an answer by chance."""

import numpy as np
import pytest

from course_utils.check import CheckError, confirmed, first_wrong, in_digits, worked

CASES = [
    ("the middle of [1]", ([1.0],), 1.0),
    ("the middle of [1, 2]", ([1.0, 2.0],), 1.5, "(1 + 2) / 2"),
    ("the middle of [1, 2, 6]", ([1.0, 2.0, 6.0],), 3.0, "(1 + 2 + 6) / 3"),
]


def test_the_first_wrong_case_is_told():
    assert first_wrong(np.median, CASES) == (
        "a small case: the middle of [1, 2, 6]: got 2, expected (1 + 2 + 6) / 3 = 3."
    )
    assert "the middle of [1, 2]: got 3, expected (1 + 2) / 2 = 1.5." in first_wrong(np.sum, CASES)
    assert first_wrong(np.mean, CASES) == ""
    assert "of [1]: the shape is (1,), expected ()" in first_wrong(np.abs, CASES)


def test_a_case_that_cannot_be_done_is_passed_over():
    def picky(values):
        if len(values) == 2:
            raise ValueError("no")
        return np.sum(values)

    assert "of [1, 2, 6]: got 9" in first_wrong(picky, CASES)


def test_cases_are_worked_by_a_right_function():
    found = list(worked(np.mean, {"of 1 and 3": ([1.0, 3.0],)}))
    assert found == [("of 1 and 3", ([1.0, 3.0],), 2.0)]


def test_a_mistake_by_chance_is_not_named():
    def mistakes(values):
        known = {"the sum": np.sum(values), "the largest": lambda: np.max(values)}
        return known | ({"the middle one": values[1]} if len(values) == 3 else {})

    one, other = (np.array([0.0, 2.0, 0.0]),), (np.array([1.0, 2.0]),)
    assert list(confirmed(np.sum, mistakes, one, [])) == [
        "the sum",
        "the largest",
        "the middle one",
    ]
    assert list(confirmed(np.sum, mistakes, one, [other])) == ["the sum", "the middle one"]
    assert list(confirmed(np.sum, mistakes, one, [other], everywhere=True)) == ["the sum"]
    assert confirmed(np.median, mistakes, one, [other], everywhere=True) == {}


def test_nothing_is_refuted_where_an_answer_stops():
    def stops(values):
        raise CheckError("no")

    assert list(confirmed(stops, lambda x: {"a": x}, (1.0,), [(2.0,)])) == ["a"]


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
