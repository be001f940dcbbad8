"""Words about the smallest worked example that an answer gets wrong, for ``check.close(otherwise=...)``."""

from collections.abc import Callable, Iterable

import numpy as np

from course_utils.check import CheckError
from course_utils.check.likeness import in_common


def first_wrong(answer: Callable, cases: Iterable[tuple], found, wanted) -> str:
    """The first of some small cases that is wrong, with what comes out and what should.

    Args:
        answer: gives the learner's value for a case's arguments. A case that it cannot do is passed over.
        cases: (what is given, in words; the arguments; the right value; how it comes about, in words or empty). They
            are ordered, so that each shows one more step than those before.
        found, wanted: what was asked, and is wrong. If one thing is true of all its many values, ``close`` says that alone.

    Returns:
        a sentence, or nothing if all are right.
    """
    found, wanted = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    common = in_common(found, wanted, 1e-4) if found.shape == wanted.shape else ""
    if common and found.size > 2 and not common.startswith(" Only"):
        return ""
    for told, arguments, right, why in cases:
        try:
            here = np.asarray(answer(*arguments), dtype=float)
        except (CheckError, TypeError, ValueError):
            continue
        right = np.asarray(right, dtype=float)
        if here.shape == right.shape and np.allclose(here, right, rtol=1e-4, atol=1e-6):
            continue
        return f"{told}: got {in_digits(here)}, expected {f'{why} = ' if why else ''}{in_digits(right)}."
    return ""


def in_digits(value) -> str:
    """A number or a small array in four digits, on one line."""
    value = np.asarray(value, dtype=float)
    if value.size > 30:
        return f"an array of shape {value.shape}"
    if value.ndim:
        return "[" + ", ".join(in_digits(one) for one in value) + "]"
    return f"{float(value):.4g}" if abs(value) > 1e-9 or np.isnan(value) else "0"


def confirmed(mistakes: Callable, answer: Callable, data: tuple, *others: tuple) -> Callable[[], dict]:
    """Known mistakes for ``check.close``, without those that explain one answer by chance.

    Args:
        mistakes: message -> value, for given data.
        answer: the learner's value, for given data.
        data: what was asked.
        others: other data of the same kind. Together they show every mistake.

    Returns:
        a function, called if the answer is wrong: the mistakes that explain the answers to the other data, too.
    """

    def left() -> dict:
        known = dict(mistakes(*data))
        for other in others:
            try:
                found = np.asarray(answer(*other), dtype=float)
            except (CheckError, TypeError, ValueError):
                continue
            again = dict(mistakes(*other))
            known = {told: one for told, one in known.items() if told in again and _alike(found, again[told])}
        return known

    return left


def _alike(found: np.ndarray, value) -> bool:
    try:
        value = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return False
    return found.shape == value.shape and np.allclose(found, value, rtol=1e-3, atol=1e-6, equal_nan=True)
