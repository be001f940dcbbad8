"""The smallest case that a wrong answer gets wrong, in words: for the checks of lessons 14 and 21."""

import re
from collections.abc import Callable, Mapping

import numpy as np

from course_utils import check


def smallest_case(answer: Callable, right: Callable, cases: Mapping[str, tuple]) -> str:
    """Words about the first of some worked cases that goes wrong, for ``close(otherwise=...)``.

    Args:
        answer: the learner's function; it is called with a case's arguments.
        right: gives the right value of the same arguments.
        cases: what is put in, in words -> the arguments. Each case adds one thing to those before.

    Returns:
        a sentence with both values; nothing if all cases are right, or if a shape is wrong, which
        ``close`` has words of its own for.

    Raises:
        CheckError: a case gives no numbers or an error; it is named.
    """
    for words, args in cases.items():
        wanted = np.asarray(right(*args), dtype=float)
        found = check.array(check.call(answer, *args), f"a small case, {words}")
        if found.shape != wanted.shape:
            return ""
        if not np.allclose(found, wanted, rtol=1e-4, atol=1e-6):
            return f"wrong values. The smallest case: {words}. Expected {short(wanted)}, got {short(found)}."
    return ""


def short(values: np.ndarray) -> str:
    """A number, or a small array as nested lists, with four digits."""
    if np.ndim(values) == 0:
        return f"{float(values):.4g}"
    return re.sub(r"\.0\b|\.(?=[],])", "", str(np.round(np.asarray(values, dtype=float), 4).tolist()))
