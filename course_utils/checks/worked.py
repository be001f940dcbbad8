"""Words about the smallest worked example that an answer gets wrong, for ``check.close(otherwise=...)``."""

from collections.abc import Callable, Iterable

import numpy as np

from course_utils.check import CheckError


def first_wrong(answer: Callable, cases: Iterable[tuple]) -> str:
    """The first of some small cases that is wrong, with what comes out and what should.

    Args:
        answer: gives the learner's value for a case's arguments. A case that it cannot do is passed over.
        cases: (what is given, in words; the arguments; the right value; how it comes about, in words or empty). They
            are ordered, so that each shows one more step than those before.

    Returns:
        a sentence, or nothing if all are right.
    """
    for told, arguments, right, why in cases:
        try:
            found = np.asarray(answer(*arguments), dtype=float)
        except (CheckError, TypeError, ValueError):
            continue
        right = np.asarray(right, dtype=float)
        if found.shape == right.shape and np.allclose(found, right, rtol=1e-4, atol=1e-6):
            continue
        return f"{told}: got {in_digits(found)}, expected {f'{why} = ' if why else ''}{in_digits(right)}."
    return ""


def in_digits(value) -> str:
    """A number or a small array in four digits, on one line."""
    value = np.asarray(value, dtype=float)
    if value.size > 30:
        return f"an array of shape {value.shape}"
    if value.ndim:
        return "[" + ", ".join(in_digits(one) for one in value) + "]"
    return f"{float(value):.4g}"


def confirmed(mistakes: Callable, answer: Callable, data: tuple, second: tuple) -> Callable[[], dict]:
    """Known mistakes for ``check.close``, without those that explain one answer by chance.

    Args:
        mistakes: message -> value, for given data.
        answer: the learner's value, for given data.
        data: what was asked.
        second: other data of the same kind, on which the mistakes show as well.

    Returns:
        a function, called if the answer is wrong: the mistakes that explain the answer to the second data, too.
    """

    def both() -> dict:
        first, again = dict(mistakes(*data)), dict(mistakes(*second))
        try:
            found = np.asarray(answer(*second), dtype=float)
        except (CheckError, TypeError, ValueError):
            return first
        return {told: value for told, value in first.items() if told in again and _alike(found, again[told])}

    return both


def _alike(found: np.ndarray, value) -> bool:
    try:
        value = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return False
    return found.shape == value.shape and np.allclose(found, value, rtol=1e-3, atol=1e-6, equal_nan=True)
